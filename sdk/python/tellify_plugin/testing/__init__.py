"""Plugins natively, without WebAssembly, as the daemon would call them.

:class:`Stage` plays events to a handler on a clock. :func:`accept`, :func:`check`,
:func:`query` and :func:`deliver` make single calls of the other kinds, and
:func:`answer_http`, :func:`set_secret` and :func:`add_source` say what those find outside.
Tests of the built component, with the daemon's limits, are ``tellify plugin test``.
"""

from .calls import accept, check, deliver, query, validate
from .outside import (
    accept_signature,
    add_source,
    answer_http,
    reset,
    set_secret,
    take_log,
    take_sent,
)
from .stage import BEGIN, Rendered, Stage

__all__ = [
    "BEGIN", "Rendered", "Stage", "accept", "accept_signature", "add_source", "answer_http", "check",
    "deliver", "query", "reset", "set_secret", "take_log", "take_sent", "validate",
]  # fmt: skip
