"""What a handler found about a key, and how its subscription tells it: as an alert, as an
event, or as both.
"""

from dataclasses import dataclass, replace
from enum import Enum

from .emit import Emit
from .error import Problem
from .event import Event
from .fields import Fields
from .jsontext import JSON, to_text
from .outcome import Alert, Outcome
from .template import Template
from .words import AlertState, Severity


class Turn(Enum):
    """What has become of a condition."""

    BEGINS = "begins"
    """It holds from now on."""
    WORSENS = "worsens"
    """It holds, and is worse than before."""
    CONTINUES = "continues"
    """It still holds."""
    ENDS = "ends"
    """It holds no longer."""
    ONCE = "once"
    """A one-off, which never ends."""

    @property
    def is_news(self) -> bool:
        """Whether people have not been told of it yet."""
        return self is not Turn.CONTINUES

    @property
    def is_over(self) -> bool:
        """Whether it holds no longer."""
        return self is Turn.ENDS

    @property
    def state(self) -> AlertState:
        match self:
            case Turn.ENDS:
                return AlertState.RESOLVED
            case Turn.ONCE:
                return AlertState.NOTE
        return AlertState.FIRING

    @staticmethod
    def between(before: Severity | None, now: Severity | None) -> "Turn | None":
        """The turn that a condition takes which held before at one severity, and holds now at
        another; ``None``: not at all. ``None`` when it neither held nor holds.
        """
        if now is None:
            return None if before is None else Turn.ENDS
        if before is None:
            return Turn.BEGINS
        return Turn.WORSENS if now > before else Turn.CONTINUES


@dataclass(frozen=True)
class Finding:
    """What a handler found about one key."""

    key: str
    """The key of the alert."""
    turn: Turn
    severity: Severity
    """How bad it is, or was."""
    title: str
    """One line for people."""
    data: dict[str, JSON]
    """What templates and readers may want to know of it."""
    event: Event | None = None
    """The event that brought it to light; ``None`` when a wake-up did."""
    by: Fields | None = None
    """The fields that the key is made of: placeholders know them without an event, too."""

    def entitled(self, own: Template | None) -> "Finding":
        """With the owner's own title, if there is one."""
        return self if own is None else replace(self, title=own.line(self.word))

    def value(self, name: str) -> JSON:
        """What a placeholder of this name stands for: ``key``, ``title``, ``severity``,
        ``state``, one of the data's fields, or a field of the event.
        """
        own = self._own()
        if name in own:
            return own[name]
        if self.event is not None and self.event.has(name):
            return self.event.value(name)
        return self._in_key(name)

    def word(self, name: str) -> str | None:
        """The same as people write it."""
        own = self._own()
        if name in own:
            value = own[name]
            return ", ".join(map(_word, value)) if isinstance(value, list) else _word(value)
        said = None if self.event is None else self.event.string(name)
        return self._in_key(name) if said is None else said

    def _in_key(self, name: str) -> str | None:
        return None if self.by is None else self.by.part(name, self.key)

    def _own(self) -> dict[str, JSON]:
        said = {"key": self.key, "title": self.title}
        return {**self.data, **said, "severity": self.severity.value, "state": self.turn.state.value}


@dataclass(frozen=True)
class Telling:
    """How a subscription tells what is found: its keys ``alert`` and ``emit``."""

    alert: bool
    """Whether people are told."""
    emit: Emit | None
    """The event to emit."""

    def tell(self, finding: Finding, out: Outcome) -> None:
        """Adds to ``out`` what is to be told of a finding. Emitted events carry its data, with
        ``key`` and ``state``.
        """
        if self.emit is not None:
            known = {"key": finding.key, "state": finding.turn.state.value}
            event = self.emit.event(replace(finding, data={**known, **finding.data}))
            out.events.extend([event] if event else [])
        if self.alert:
            state, severity = finding.turn.state, finding.severity
            out.alerts.append(Alert(finding.key, state, severity, finding.title, finding.data))

    def problems(self) -> list[Problem]:
        """What is wrong with these keys of the configuration."""
        if self.emit is not None:
            return self.emit.problems()
        message = "nothing would come of it: let it alert, or give an event to `emit`"
        return [] if self.alert else [Problem("/alert", message)]

    def words(self) -> str:
        """For the end of a summary: ``, and emits blocks.failing``, or nothing."""
        if self.emit is None:
            return ""
        return f", and emits {self.emit.kind}" + ("" if self.alert else " instead of an alert")


def _word(value: JSON) -> str:
    return value if isinstance(value, str) else to_text(value)
