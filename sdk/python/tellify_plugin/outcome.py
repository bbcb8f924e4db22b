"""Why a handler is called, and what it returns."""

from dataclasses import dataclass, field
from typing import Any

from .event import Event, NewEvent
from .jsontext import JSON
from .words import AlertState, Severity


@dataclass(frozen=True)
class Wake:
    """The wake-up that this configuration asked for; it is spent now."""

    at: int


@dataclass(frozen=True)
class Cleared:
    """Somebody cleared the alert with this key: forget it, and the next event that meets the
    condition fires anew.
    """

    key: str


Trigger = Event | Wake | Cleared
"""Why a handler is called: an event that meets requirements and filter, or one of the others."""


@dataclass
class Alert:
    """A keyed condition, as the handler sees it now."""

    key: str
    """The same key in the same configuration is the same alert, updated or resolved."""
    state: AlertState
    severity: Severity
    title: str
    """One line for people."""
    data: JSON = None
    """For templates and for the handler's own renderings."""


@dataclass
class AlertItem:
    """An alert among those that one message tells one person."""

    config: Any
    """The configuration that raised it."""
    alert: Alert
    """As it was raised last."""
    count: int
    """How often it was raised in this span."""
    since: int
    latest: int
    ended: int | None = None
    event: Event | None = None
    """The event that raised it last, when one did."""


@dataclass
class Outcome:
    """What a handler returns, gathered in the order of the calls."""

    alerts: list[Alert] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    wake: int | None | bool = False
    """When to be called again; ``None``: never, ``False``: as it was asked for before."""

    def firing(self, key: str, severity: Severity, title: str, data: JSON = None) -> None:
        """The condition with this key holds."""
        self.alerts.append(Alert(key, AlertState.FIRING, severity, title, data))

    def resolved(self, key: str, severity: Severity, title: str, data: JSON = None) -> None:
        """The condition with this key holds no longer."""
        self.alerts.append(Alert(key, AlertState.RESOLVED, severity, title, data))

    def note(self, key: str, severity: Severity, title: str, data: JSON = None) -> None:
        """Something to tell once."""
        self.alerts.append(Alert(key, AlertState.NOTE, severity, title, data))

    def emit(self, event: NewEvent) -> None:
        """Stores an event, and routes it like any other."""
        self.events.append(event)

    def wake_at(self, at: int) -> None:
        """Asks to be called again at this time, instead of any time asked for before; at or
        before now means in one second.
        """
        self.wake = at

    def clear_wake(self) -> None:
        """Gives up the pending wake-up."""
        self.wake = None
