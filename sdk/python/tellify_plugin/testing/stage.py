"""A handler over a list of events and a clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..event import Event, NewEvent
from ..handler import Handler
from ..host import native
from ..jsontext import JSON
from ..outcome import Alert, AlertItem, Cleared, Outcome, Trigger, Wake
from ..span import Span
from ..time import rfc3339
from ..words import AlertState
from . import calls
from .native_form import native_form

BEGIN = 1_795_168_800_000
"""When every stage begins: 2026-11-20, ten o'clock UTC."""

# A handler that is woken so often without the clock moving on is caught in a circle.
_WAKES_MAX = 100_000


@dataclass(frozen=True)
class Rendered:
    """Several alerts of a handler told together; ``None`` is the daemon's own rendering."""

    text: str | None
    ascii: str | None
    html: str | None


class Stage:
    """One subscription of a handler, with a clock, a store and a pending wake-up of its own, as
    the daemon would keep them.

    Time goes forward only, and on the way every wake-up fires at its moment: after the events
    that came in up to then, before any later one. Events that do not meet the handler's
    requirements are not for it. All that comes of the calls is written down as lines, in order,
    which :meth:`told` takes.
    """

    def __init__(self, kind: type[Handler[Any]], config: JSON) -> None:
        self._handler = kind()
        self.now = BEGIN
        self.wake: int | None = None
        """When the pending wake-up is due."""
        self.emitted: list[NewEvent] = []
        """All events emitted so far, those with a key of an earlier one left out."""
        self.items: list[AlertItem] = []
        """All alerts so far, each as it stands, for renderings and a closer look."""
        self._store = native.Store()
        self._delivered = 0
        self._dedupe_keys: set[str] = set()
        self._lines: list[str] = []
        self.edit(config)

    def edit(self, config: JSON) -> None:
        """Another configuration over the same store and time, as when somebody edits a
        subscription.
        """
        problems = calls.validate(type(self._handler), config)
        if problems:
            raise AssertionError(f"{self._handler.NAME} does not take {config}: {problems}")
        self._config = calls.read(type(self._handler), config)
        self._requirements = list(self._handler.required_fields(self._config))
        if self._handler.WAKES_FIRST:
            self.wake = self.now + 1000

    def event(self, fields: dict[str, JSON]) -> bool:
        """Delivers an event in the native form: envelope keys, and all others are data. Its time
        is now, unless it says otherwise. Returns whether it met the requirements.
        """
        self._delivered += 1
        return self.deliver(native_form(fields, f"e{self._delivered}", self.now))

    def deliver(self, event: Event) -> bool:
        """Delivers an event, received now. Raises what the call failed with; then nothing comes
        of it.
        """
        event = replace(event, received=self.now)
        is_for_it = all(requirement.holds(event) for requirement in self._requirements)
        if is_for_it:
            self._call(event)
        return is_for_it

    def clear(self, key: str) -> None:
        """Somebody clears the alert with this key."""
        for item in self._open(key):
            item.alert = replace(item.alert, state=AlertState.RESOLVED)
            item.ended = self.now
        self._call(Cleared(key))

    def passes(self, span: str) -> None:
        """Time passes, such as ``90s`` or ``1h30m``, with all that falls due on the way."""
        self.until(self.now + Span.parse(span).ms)

    def until(self, end: int) -> None:
        """Moves the clock to this moment, with all that falls due up to it."""
        wakes = 0
        while self.wake is not None and self.wake <= end:
            wakes += 1
            if wakes > _WAKES_MAX:
                raise AssertionError(f"{self._handler.NAME} was woken {_WAKES_MAX} times before {rfc3339(end)}")
            due, self.wake = self.wake, None
            self.now = max(self.now, due)
            self._call(Wake(due))
        self.now = max(self.now, end)

    def down(self, span: str) -> None:
        """The daemon was down for so long: nothing is delivered or fired, and a wake-up that fell
        due meanwhile moves to a minute after the start.
        """
        self.now += Span.parse(span).ms
        if self.wake is not None and self.wake <= self.now:
            self.wake = self.now + 60_000

    def told(self) -> list[str]:
        """The lines since they were last taken: ``error firing /a: /a is full``, ``notice note
        e1: gc_t failed``, ``error resolved /a: /a is fine``, and for an event ``emitted
        disk.full /a: …`` with its subject and text.
        """
        lines, self._lines = self._lines, []
        return lines

    def firing(self) -> list[str]:
        """The keys of the alerts that fire, in the order in which they began."""
        return [item.alert.key for item in self.items if item.ended is None]

    def rendered(self) -> Rendered:
        """What all alerts so far read like in one message."""
        handler, items = self._handler, self.items
        return Rendered(handler.alert_text(items), handler.alert_ascii(items), handler.alert_html(items))

    def state(self) -> dict[str, JSON]:
        """What the handler keeps, by key, without what has expired."""
        return self._store.values(self.now)

    def log(self) -> Sequence[tuple[str, str]]:
        """What the handler has logged, each line with its level."""
        return self._store.lines

    def _call(self, trigger: Trigger) -> None:
        out = Outcome()
        self._store.begin(self.now)
        outer, native.store = native.store, self._store
        try:
            self._handler.handle(self._config, self.now, trigger, out)
        except Exception:
            self._store.take_back()
            raise
        finally:
            native.store = outer
        if out.wake is not False:
            is_past = out.wake is not None and out.wake <= self.now
            self.wake = self.now + 1000 if is_past else out.wake
        for alert in out.alerts:
            self._raise(alert, trigger if isinstance(trigger, Event) else None)
        for event in out.events:
            self._emit(event)

    def _open(self, key: str) -> list[AlertItem]:
        return [item for item in self.items if item.ended is None and item.alert.key == key]

    def _raise(self, alert: Alert, event: Event | None) -> None:
        self._lines.append(f"{alert.severity} {alert.state.value} {alert.key}: {alert.title}")
        ended = None if alert.state is AlertState.FIRING else self.now
        known = [] if alert.state is AlertState.NOTE else self._open(alert.key)
        for item in known:
            # A resolved alert keeps the severity at which people know it.
            severity = item.alert.severity if ended is not None else alert.severity
            item.alert = replace(alert, severity=severity)
            item.count += int(ended is None)
            item.latest, item.ended = self.now, ended
        if not known and alert.state is not AlertState.RESOLVED:
            self.items.append(AlertItem(self._config, alert, 1, self.now, self.now, ended, event))

    def _emit(self, event: NewEvent) -> None:
        if event.dedupe_key in self._dedupe_keys:
            return
        if event.dedupe_key is not None:
            self._dedupe_keys.add(event.dedupe_key)
        self._lines.append(f"emitted {event.kind} {event.subject or '-'}: {event.text}")
        self.emitted.append(event)
