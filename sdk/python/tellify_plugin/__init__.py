"""Write Tellify plugins in Python.

A plugin is a class derived from :class:`Handler`, :class:`Ingest`, :class:`Monitor`,
:class:`Source` or :class:`Channel`, with :func:`plugin` in front of it. Its configuration is a
dataclass: the schema that people fill in is derived from it, and calls get it read. A call
that raises an exception leaves nothing behind.

Deliberately absent: clocks, randomness, files and sockets. ``now`` is an argument, and what a
plugin knows it was told. Outside a component the host is a small stand-in, so that
:mod:`tellify_plugin.testing` plays events to a handler on a clock of its own.
"""

from . import config, http, limits, log, secrets, sources, state, timers
from .any_of import AnyOf, Conditions
from .channel import Channel, Item, Message
from .config import about
from .emit import Emit
from .error import BadConfig, Failed, PluginError, Problem, Retry
from .event import Event, NewEvent
from .export import plugin
from .fields import Fields, bounded
from .finding import Finding, Telling, Turn
from .gang import Gang, escape_html
from .handler import Handler
from .ingest import Accepted, HttpRequest, Ignored, Ingest, Malformed, Reply, Unauthorized
from .jsontext import JSON
from .limits import Bound, Limit
from .monitor import Monitor, Report
from .outcome import Alert, AlertItem, Cleared, Outcome, Trigger, Wake
from .requirement import Requirement
from .rows import Rows
from .source import BadArguments, Method, Source, TimedOut, UnknownMethod
from .span import Span
from .template import Template, one_line
from .time import moment, rfc3339
from .words import AlertState, Effect, Origin, Severity

__all__ = [
    "JSON", "Accepted", "Alert", "AlertItem", "AlertState", "AnyOf", "BadArguments", "BadConfig", "Bound",
    "Channel", "Cleared", "Conditions", "Effect", "Emit", "Event", "Failed", "Fields", "Finding", "Gang",
    "Handler", "HttpRequest", "Ignored", "Ingest", "Item", "Limit", "Malformed", "Message", "Method",
    "Monitor", "NewEvent", "Origin", "Outcome", "PluginError", "Problem", "Reply", "Report", "Requirement",
    "Retry", "Rows", "Severity", "Source", "Span", "Telling", "Template", "TimedOut", "Trigger", "Turn",
    "Unauthorized", "UnknownMethod", "Wake", "about", "bounded", "config", "escape_html", "http", "limits",
    "log", "moment", "one_line", "plugin", "rfc3339", "secrets", "sources", "state", "timers",
]  # fmt: skip
