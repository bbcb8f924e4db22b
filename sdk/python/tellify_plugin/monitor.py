"""Monitors: a scheduled look at the outside world."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from .event import NewEvent
from .jsontext import JSON
from .plugin import C, Plugin


@dataclass
class Report:
    """What a monitor saw."""

    is_ok: bool
    """Whether it is as it should be; if not, people are told."""
    message: str
    """For people."""
    value: float | str | None = None
    """What was measured: recorded for every run, and plotted when it is a number."""
    details: JSON = None
    """More of it, for programs."""
    events: list[NewEvent] = field(default_factory=list)
    """Events to be stored and routed."""

    @staticmethod
    def ok(message: str, value: float | str | None = None, details: JSON = None) -> "Report":
        """All is well."""
        return Report(True, message, value, details)

    @staticmethod
    def alarm(message: str, value: float | str | None = None, details: JSON = None) -> "Report":
        """People are to be told."""
        return Report(False, message, value, details)


class Monitor(Plugin[C], ABC):
    """Looks at something with ``http`` or ``sources``, and says whether it is as it should be.
    What it must remember it keeps in ``state``.
    """

    @abstractmethod
    def check(self, config: C, now: int) -> Report:
        """Looks once. An exception is told as the monitor's own trouble, not as an alarm."""
