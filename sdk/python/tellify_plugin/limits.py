"""Limits on a number, each with its severity, and which of them hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from .config import about
from .error import Problem
from .jsontext import JSON, is_number, number_text
from .words import Severity

_SIDES = ("above", "at_least", "below", "at_most")


@dataclass(frozen=True)
class Bound:
    """The side and the number of a limit."""

    side: str
    """``above``, ``at_least``, ``below`` or ``at_most``."""
    number: float

    @staticmethod
    def read(value: JSON) -> "Bound | None":
        """A bound as an alert's data holds it, such as ``{"above": 90}``."""
        match list(value.items()) if isinstance(value, dict) else []:
            case [(side, number)] if side in _SIDES and is_number(number):
                return Bound(side, float(number))
        return None

    def json(self) -> JSON:
        """The same, written."""
        return {self.side: self.number}

    @property
    def is_upper(self) -> bool:
        """Whether numbers past it are the great ones."""
        return self.side in ("above", "at_least")

    def holds(self, value: float, slack: float = 0.0) -> bool:
        """Whether it holds for ``value``, moved inwards by ``slack``."""
        match self.side:
            case "above":
                return value > self.number - slack
            case "at_least":
                return value >= self.number - slack
            case "below":
                return value < self.number + slack
            case _:
                return value <= self.number + slack

    def __str__(self) -> str:
        """As people say it: ``above 90``."""
        return f"{self.side.replace('_', ' ')} {number_text(self.number)}"


@dataclass(frozen=True)
class Limit:
    """A limit with its severity; it has one side and one number."""

    severity: Annotated[Severity, about("How bad it is then.")]
    above: Annotated[float | None, about("Holds while the number is greater than this.")] = None
    at_least: Annotated[float | None, about("Holds while the number is this or greater.")] = None
    below: Annotated[float | None, about("Holds while the number is less than this.")] = None
    at_most: Annotated[float | None, about("Holds while the number is this or less.")] = None

    @property
    def bound(self) -> Bound | None:
        """``None`` when it names several sides, or none: :func:`problems` tells of that."""
        named = [Bound(side, getattr(self, side)) for side in _SIDES if getattr(self, side) is not None]
        return named[0] if len(named) == 1 else None


def holding(limits: Sequence[Limit], hysteresis: float, before: Sequence[Bound], value: float) -> list[Limit]:
    """The limits that hold for ``value``, given those that held before: these are only left
    when the number is inside them by the hysteresis.
    """

    def holds(limit: Limit) -> bool:
        bound = limit.bound
        return bound is not None and bound.holds(value, hysteresis if bound in before else 0.0)

    return list(filter(holds, limits))


def worst(limits: Sequence[Limit]) -> Limit | None:
    """The one with the highest severity; among equals the last, as limits are written outwards."""
    return max(reversed(limits), key=lambda limit: limit.severity, default=None)


def problems(limits: Sequence[Limit]) -> list[Problem]:
    """What is wrong with these limits, which stand in the configuration at ``/limits``."""
    found = [] if limits else [Problem("/limits", "at least one limit is needed")]
    bounds = [limit.bound for limit in limits]
    for i, bound in enumerate(bounds):
        if bound is None:
            message = "give one of `above`, `at_least`, `below` and `at_most`"
            found.append(Problem(f"/limits/{i}", message))
        elif bound in bounds[:i]:
            found.append(Problem(f"/limits/{i}", "this limit stands there twice"))
    upper = min((b for b in bounds if b and b.is_upper), key=lambda b: b.number, default=None)
    lower = max((b for b in bounds if b and not b.is_upper), key=lambda b: b.number, default=None)
    if upper and lower and _leave_nothing(upper, lower):
        message = f"every number is {upper} or {lower}: nothing would ever be inside"
        found.append(Problem("/limits", message))
    return found


def _leave_nothing(upper: Bound, lower: Bound) -> bool:
    """Whether no number is inside both of them."""
    meet = lower.number == upper.number
    # Where they meet, that one number is inside if neither includes it.
    includes = upper.holds(upper.number) or lower.holds(lower.number)
    return lower.number > upper.number or (meet and includes)
