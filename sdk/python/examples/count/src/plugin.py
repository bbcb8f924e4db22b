"""``count``: how many events, or how many distinct values of a field, within a window of time,
for each value of a key.

Time is the moment at which an event came in. A group's alert fires at the event that brings its
count past a limit, and is resolved by a wake-up when the window has emptied again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import render
from configuration import ALL, Config
from seen import VALUES_MAX, Seen
from tellify_plugin import (
    JSON,
    Bound,
    Cleared,
    Event,
    Finding,
    Handler,
    Outcome,
    Problem,
    Requirement,
    Rows,
    Severity,
    Telling,
    Trigger,
    Turn,
    bounded,
    limits,
    plugin,
    timers,
)

# A group takes ten kilobytes at most and mostly far less, of the mebibyte that there is.
GROUPS = Rows("g:", 1000)
# Longer windows would say little, and their events stay for long.
WITHIN_MAX_MS = 31 * 86_400_000
# Some fewer than are kept, so that such a limit can be reached and left.
DISTINCT_MAX = VALUES_MAX - 6


@dataclass
class Past:
    """That a group's count is past a limit."""

    bounds: list[Bound]
    """The limits that hold; by their numbers, since a configuration may be edited."""
    severity: Severity
    is_timed: bool
    """A moment lies ahead at which it is looked at again."""

    def json(self) -> JSON:
        bounds = [bound.json() for bound in self.bounds]
        return {"bounds": bounds, "severity": self.severity.value, "is_timed": self.is_timed}

    @staticmethod
    def read(row: JSON) -> "Past":
        bounds = [bound for bound in map(Bound.read, row["bounds"]) if bound]
        return Past(bounds, Severity(row["severity"]), row["is_timed"])


@dataclass
class Group:
    """What is remembered of a group."""

    seen: Seen = field(default_factory=Seen)
    past: Past | None = None

    def json(self) -> JSON:
        return {"seen": self.seen.json()} | ({"past": self.past.json()} if self.past else {})

    @staticmethod
    def read(row: JSON) -> "Group":
        return Group(Seen.read(row["seen"]), Past.read(row["past"]) if "past" in row else None)


@plugin
class Count(Handler[Config]):
    CONFIG = Config
    NAME = "count"
    VERSION = "0.1.0"
    TITLE = "How many within a while"
    DESCRIPTION = (
        "Fires when so many events, or distinct values of a field, have come within a window of time, for "
        "each value of another field, and resolves when the window has emptied."
    )
    GANG = render.GANG

    def validate(self, username: str, config: Config) -> Iterator[Problem]:
        yield from limits.problems(config.limits)
        for i, limit in enumerate(config.limits):
            what = limit.bound and misfit(config, limit.bound)
            if what:
                yield Problem(f"/limits/{i}", what)
        if not 0 <= config.hysteresis < float("inf"):
            yield Problem("/hysteresis", "must be nought or more")
        if not 1000 <= config.within.ms <= WITHIN_MAX_MS:
            yield Problem("/within", "a window lasts from one second to 31 days")
        if config.distinct == "":
            yield Problem("/distinct", "must name the field whose values are counted")
        yield from telling(config).problems()

    def title(self, config: Config) -> str:
        return f"{render.counted(config)} {render.limits(config)} within {config.within}"

    def summary(self, config: Config) -> str:
        each = f" for each {config.key}" if config.key else ""
        only = f" where {config.where}" if config.where else ""
        counted, emits = render.counted(config), telling(config).words()
        past = f"{render.limits(config)} within {config.within}"
        return f"Fires{each} when the {counted}{only} are {past}{emits}."

    def required_fields(self, config: Config) -> Iterator[Requirement]:
        yield from config.where.requirements()
        if config.key:
            yield from config.key.requirements()
        if config.distinct is not None:
            yield Requirement.present(config.distinct)

    def handle(self, config: Config, now: int, trigger: Trigger, out: Outcome) -> None:
        match trigger:
            case Event():
                count(config, now, trigger, out)
            case Cleared(key):
                GROUPS.remove(key)
            case _:
                for key in timers.take_due(now):
                    look_again(config, now, key, out)
        timers.arm(out)


def telling(config: Config) -> Telling:
    return Telling(config.alert, config.emit)


def misfit(config: Config, bound: Bound) -> str | None:
    """Why a limit cannot be one of a count."""
    if not bound.is_upper:
        return "a count has limits upwards, `above` or `at_least`; for too few, use `absence`"
    if bound.holds(0):
        return "this limit would hold without any event"
    if bound.holds(0, config.hysteresis):
        return "with this hysteresis the limit would hold for ever"
    if config.distinct is not None and bound.number > DISTINCT_MAX:
        return f"at most {DISTINCT_MAX} distinct values can be told apart"
    return None


def count(config: Config, now: int, event: Event, out: Outcome) -> None:
    """Counts an event in its group."""
    key = config.key.key(event) if config.key else ALL
    if key is None or not config.where.hold(event):
        return
    known = GROUPS.get(key)
    group = Group() if known is None else Group.read(known)
    group.seen.forget(now, config.within.ms)
    if config.distinct is None:
        group.seen.add_event(now, config.within.ms)
    else:
        value = event.string(config.distinct)
        if value is None:
            return
        group.seen.add_value(bounded(value), now)
    finding = judge(config, now, key, group, event)
    store = GROUPS.insert if known is None else GROUPS.update
    if not store(key, group.json(), lifetime_s(config, group)):
        GROUPS.turn_away(render.full(config), out)
    elif finding:
        telling(config).tell(finding, out)


def lifetime_s(config: Config, group: Group) -> int | None:
    # Only while a limit holds is there a moment at which the group must not be gone.
    return None if group.past else config.within.seconds


def look_again(config: Config, now: int, key: str, out: Outcome) -> None:
    """A moment has come at which a group may have emptied."""
    known = GROUPS.get(key)
    if known is None:
        return
    group = Group.read(known)
    severity = group.past.severity if group.past else None
    if group.past:
        group.past.is_timed = False
    group.seen.forget(now, config.within.ms)
    finding = judge(config, now, key, group, None)
    if group.seen.count == 0:
        GROUPS.remove(key)
    else:
        # It has not grown, so there is room for it.
        GROUPS.update(key, group.json(), lifetime_s(config, group))
    # That its window is emptier is news only when that eases or ends it.
    if finding and (finding.turn.is_over or finding.severity != severity):
        telling(config).tell(finding, out)


def judge(config: Config, now: int, key: str, group: Group, event: Event | None) -> Finding | None:
    """What has become of a group, whose next moment is set."""
    before, group.past = group.past, None
    held = before.bounds if before else []
    holding = limits.holding(config.limits, config.hysteresis, held, group.seen.count)
    worst = limits.worst(holding)
    turn = Turn.between(before.severity if before else None, worst.severity if worst else None)
    if turn is None:
        return None
    if worst is None:
        bound, severity = held[-1] if held else None, before.severity
    else:
        bound, severity = worst.bound, worst.severity
        bounds = [limit.bound for limit in holding]
        is_timed = before is not None and before.is_timed
        group.past = Past(bounds, severity, is_timed or set_timer(config, now, key, group.seen, bounds))
    return render.finding(config, key, turn, severity, bound, group.seen, event)


def set_timer(config: Config, now: int, key: str, seen: Seen, bounds: list[Bound]) -> bool:
    """Asks to look again when enough will have left the window for other limits to hold. What is
    seen until then only makes that moment too early.
    """

    def hold_still(left: int) -> bool:
        return len(limits.holding(config.limits, config.hysteresis, bounds, left)) == len(bounds)

    leaving = next((at for at, left in seen.falling() if not hold_still(left)), now)
    return timers.put_if_room(key, leaving + config.within.ms)
