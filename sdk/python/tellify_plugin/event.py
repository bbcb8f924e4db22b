"""Events: those that come to a plugin, and those that it makes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .jsontext import JSON, is_number, to_text
from .time import rfc3339
from .words import Effect, Origin, Severity


@dataclass
class Event:
    """An event as the journal holds it: a CloudEvents 1.0 envelope, with severity, tags and
    text for people. Its fields by path: :meth:`value` and its relatives.
    """

    id: str = ""
    """Unique among the events of its source."""
    source: str = ""
    """Who says so."""
    kind: str = ""
    """Its ``type``."""
    subject: str | None = None
    """What it is about."""
    time: int = 0
    """When it happened, as the sender says."""
    received: int = 0
    """When it came in."""
    severity: Severity | None = None
    effect: Effect | None = None
    origin: Origin | None = None
    tags: list[str] = field(default_factory=list)
    text: str = ""
    """Plain text or Markdown, possibly many lines, possibly empty."""
    data: JSON = None
    """Everything else; usually a ``dict``."""

    @property
    def about(self) -> str:
        """What it is about: its subject, or else its source."""
        return self.source if self.subject is None else self.subject

    def values(self, path: str) -> Iterator[JSON]:
        """All values that a path leads to, in order.

        A path is an envelope name (``type source subject severity effect origin tag text time
        id``), else dotted into ``data`` (``disk.percent``; ``data.`` in front forces the
        latter). An array stands for its elements; ``time`` is in milliseconds.
        """
        envelope = _ENVELOPE.get(path)
        if envelope is not None:
            return iter(envelope(self))
        return _values_at(self.data, path.removeprefix("data."))

    def value(self, path: str) -> JSON:
        """The first value there; ``None`` when there is none."""
        return next(self.values(path), None)

    def has(self, path: str) -> bool:
        """Whether the path leads anywhere."""
        return any(True for _ in self.values(path))

    def number(self, path: str) -> float | None:
        """The first value there that is a number, or a text that spells one."""
        return next((n for n in map(spelled_number, self.values(path)) if n is not None), None)

    def string(self, path: str) -> str | None:
        """The first value there as people write it: a text as it is, a time as RFC 3339,
        anything else as JSON.
        """
        if path == "time":
            return rfc3339(self.time)
        for value in self.values(path):
            return value if isinstance(value, str) else to_text(value)
        return None


@dataclass
class NewEvent:
    """An event that a plugin wants stored and routed."""

    kind: str
    """Its ``type``; ``tellify.*`` is the daemon's own and is refused."""
    source: str | None = None
    """Who says so; ``None``: the plugin's configuration or door."""
    subject: str | None = None
    time: int | None = None
    """When it happened; ``None``: now."""
    severity: Severity | None = None
    effect: Effect | None = None
    origin: Origin | None = None
    tags: list[str] = field(default_factory=list)
    text: str = ""
    data: JSON = None
    dedupe_key: str | None = None
    """A second event with the same key, from the same configuration or door, is not stored."""


def spelled_number(value: JSON) -> float | None:
    """The number that a value is, or that its text spells."""
    if is_number(value):
        return float(value)
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _present(value: object) -> list[JSON]:
    return [] if value is None else [getattr(value, "value", value)]


_ENVELOPE = {
    "type": lambda event: [event.kind],
    "source": lambda event: [event.source],
    "subject": lambda event: _present(event.subject),
    "severity": lambda event: _present(event.severity),
    "effect": lambda event: _present(event.effect),
    "origin": lambda event: _present(event.origin),
    "tag": lambda event: event.tags,
    "text": lambda event: [event.text] if event.text else [],
    "id": lambda event: [event.id],
    "time": lambda event: [event.time],
}


def _values_at(value: JSON, path: str | None) -> Iterator[JSON]:
    """``path`` is what is still to go; ``None``: we are there."""
    if isinstance(value, list):
        for element in value:
            yield from _values_at(element, path)
    elif path is None:
        yield value
    elif isinstance(value, dict):
        step, _, rest = path.partition(".")
        # A key may itself hold dots ("disk.percent": 93): what stands there is found first.
        if rest and path in value:
            yield from _values_at(value[path], None)
        if step in value:
            yield from _values_at(value[step], rest or None)
