"""The small vocabularies of the interface."""

from enum import Enum
from functools import total_ordering


@total_ordering
class Severity(Enum):
    """How bad it is, in rising order."""

    DEBUG = "debug"
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    def __str__(self) -> str:
        return self.value

    def __lt__(self, other: "Severity") -> bool:
        return _RANK[self] < _RANK[other]


_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Effect(Enum):
    """Whether an event is good news or bad."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class Origin(Enum):
    """Whether we did it ourselves or it was done to us."""

    INTERNAL = "internal"
    EXTERNAL = "external"


class AlertState(Enum):
    """Whether an alert's condition holds."""

    FIRING = "firing"
    """It holds."""
    RESOLVED = "resolved"
    """It holds no longer."""
    NOTE = "note"
    """A one-off: told once and never resolved."""
