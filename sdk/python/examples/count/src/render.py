"""Words: titles, data, and several alerts in one part of a message."""

from dataclasses import replace

from configuration import ALL, Config
from seen import Seen
from tellify_plugin import JSON, AlertItem, AlertState, Bound, Event, Finding, Gang, Severity, Turn
from tellify_plugin.jsontext import number_text

# Values that a title names; the others are counted.
NAMED_MAX = 10
# Values that an alert carries.
VALUES_MAX = 50


def finding(
    config: Config, key: str, turn: Turn, severity: Severity, bound: Bound | None, seen: Seen, event: Event | None
) -> Finding:
    """What is told of a group."""
    data: dict[str, JSON] = {
        "count": seen.count,
        "within": str(config.within),
        "limit": bound and bound.json(),
    }
    if config.distinct is not None:
        data |= {"distinct": config.distinct, "values": seen.names()[:VALUES_MAX]}
    title = "" if key == ALL else f"{key}: "
    title += standing(config, seen.count)
    if not turn.is_over:
        title += (f" ({bound})" if bound else "") + names(seen)
    found = Finding(key, turn, severity, title, data, event, config.key)
    if config.title is None:
        return found
    # The limit is an object in the data, and a number to people.
    limit = number_text(bound.number) if bound else None
    own = config.title.line(lambda name: limit if limit and name == "limit" else found.word(name))
    return replace(found, title=own)


def counted(config: Config) -> str:
    """``events``, or ``values of block``."""
    return "events" if config.distinct is None else f"values of {config.distinct}"


def limits(config: Config) -> str:
    """``above 4 (error) or at least 10 (critical)``"""
    return " or ".join(f"{limit.bound} ({limit.severity})" for limit in config.limits if limit.bound)


def full(config: Config) -> str:
    """That there is no room for another group."""
    return (
        f"There are too many values of {config.key or ALL} at once: new ones are not counted until others "
        f"have been quiet for {config.within}. Narrow the filter, or count by another field."
    )


def standing(config: Config, count: int) -> str:
    """``5 events within 1h``"""
    one = "event" if config.distinct is None else f"value of {config.distinct}"
    return f"{count} {one if count == 1 else counted(config)} within {config.within}"


def names(seen: Seen) -> str:
    """``: a, b, c, +2 more``; nothing when events are counted."""
    named = seen.names()[:NAMED_MAX]
    more = len(seen.values) - len(named)
    return (f": {', '.join(named)}" if named else "") + (f", +{more} more" if more else "")


def particulars(item: AlertItem) -> str:
    """``5 events within 1h (above 4)``"""
    count = counted_in(item)
    if count is None:
        return item.alert.title
    bound = Bound.read(item.alert.data.get("limit"))
    shows_bound = bound and item.alert.state is not AlertState.RESOLVED
    return standing(item.config, count) + (f" ({bound})" if shows_bound else "")


def brief(item: AlertItem) -> str | None:
    count = counted_in(item)
    return None if count is None else str(count)


def counted_in(item: AlertItem) -> int | None:
    data = item.alert.data
    return data.get("count") if isinstance(data, dict) else None


GANG = Gang(holding=lambda _: "too many", over="back", brief=brief, particulars=particulars)
