"""Events as people send them: one JSON object, envelope and data side by side."""

from typing import Any

from ..event import Event
from ..jsontext import JSON
from ..time import moment
from ..words import Effect, Origin, Severity


def native_form(fields: dict[str, JSON], id: str, now: int) -> Event:
    """Reads an event; what it leaves out has a default."""
    left = dict(fields)

    def word(kind: type, name: str) -> Any:
        said = left.pop(name, None)
        return None if said is None else kind(said)

    event = Event(
        id=left.pop("id", id),
        source=left.pop("source", "test"),
        kind=left.pop("type", "event"),
        subject=left.pop("subject", None),
        time=moment(left.pop("time")) if "time" in left else now,
        received=now,
        severity=word(Severity, "severity"),
        effect=word(Effect, "effect"),
        origin=word(Origin, "origin"),
        tags=left.pop("tags", []),
        text=left.pop("text", ""),
    )
    data = left.pop("data", {})
    if left and not isinstance(data, dict):
        raise TypeError(f"data that is no object, {data}, leaves no place for {', '.join(left)}")
    event.data = {**data, **left} if isinstance(data, dict) else data
    return event
