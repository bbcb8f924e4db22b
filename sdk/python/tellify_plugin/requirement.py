"""What must hold of an event before a handler is called for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .event import Event, spelled_number
from .jsontext import JSON, same


@dataclass(frozen=True)
class Requirement:
    """What must hold of one field; an array meets it when any element does."""

    field: str
    """An envelope name, else a dotted path into ``data``."""
    condition: Literal["present", "equals", "prefix", "at-least", "at-most"]
    operand: JSON = None
    """Scalars, texts or a number, as the condition has it."""

    @staticmethod
    def present(field: str) -> "Requirement":
        """The field is there."""
        return Requirement(field, "present")

    @staticmethod
    def any_of(field: str, scalars: Iterable[JSON]) -> "Requirement":
        """The field is any one of these."""
        return Requirement(field, "equals", list(scalars))

    @staticmethod
    def prefix(field: str, prefixes: Iterable[str]) -> "Requirement":
        """The field is a text that begins with any one of these."""
        return Requirement(field, "prefix", list(prefixes))

    @staticmethod
    def at_least(field: str, bound: float) -> "Requirement":
        """The field is a number and at least this."""
        return Requirement(field, "at-least", float(bound))

    @staticmethod
    def at_most(field: str, bound: float) -> "Requirement":
        """The field is a number and at most this."""
        return Requirement(field, "at-most", float(bound))

    def holds(self, event: Event) -> bool:
        """Whether it holds of an event, as the daemon judges before it calls."""
        return any(map(self._holds_of, event.values(self.field)))

    def _holds_of(self, value: JSON) -> bool:
        number = spelled_number(value)
        match self.condition:
            case "present":
                return True
            case "equals":
                # A time is compared by size alone.
                return self.field != "time" and any(same(wanted, value) for wanted in self.operand)
            case "prefix":
                return isinstance(value, str) and value.startswith(tuple(self.operand))
            case "at-least":
                return number is not None and number >= self.operand
            case _:
                return number is not None and number <= self.operand
