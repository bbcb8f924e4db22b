"""What a call may fail with, and what may be wrong with a configuration.

A call that fails leaves nothing behind: its state writes, alerts and events are discarded.
Any other exception fails the call too, and its traceback goes to the log.
"""

from dataclasses import dataclass


class PluginError(Exception):
    """The base of those below."""


class BadConfig(PluginError):
    """The configuration can never work: the host disables it and tells its owner."""


class Retry(PluginError):
    """Worth another try, ``after_ms`` milliseconds from now; ``None``: the host's own back-off."""

    def __init__(self, reason: str, after_ms: int | None = None) -> None:
        super().__init__(reason)
        self.after_ms = after_ms


class Failed(PluginError):
    """Give up on this call only."""


@dataclass(frozen=True)
class Problem:
    """Something wrong with a configuration, at a place in it."""

    pointer: str
    """RFC 6901 JSON pointer into the configuration; empty for the whole of it."""
    message: str
    """A sentence for whoever fills in the form."""
