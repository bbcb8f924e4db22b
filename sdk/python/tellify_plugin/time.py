"""Moments: whole milliseconds since the Unix epoch, UTC, as plain integers."""

import re
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))"
)


def rfc3339(at: int) -> str:
    """The moment as RFC 3339 in UTC with milliseconds: ``2026-11-20T10:00:00.000Z``."""
    when = _EPOCH + timedelta(milliseconds=at)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z".rjust(24, "0")


def moment(text: str) -> int:
    """Reads RFC 3339 with ``Z`` or an offset; what is finer than a millisecond is cut off.

    Raises ``ValueError`` for all else.
    """
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise ValueError("not an RFC 3339 time with an offset, such as 2026-11-20T10:00:00Z")
    date, clock, second, decimals, sign, hours, minutes = parts.groups()
    leap = int(second == "60")
    when = datetime.fromisoformat(f"{date}T{clock}{'59' if leap else second}+00:00")
    ms = (when - _EPOCH) // timedelta(milliseconds=1) + leap * 1000 + int((decimals or "0").ljust(3, "0")[:3])
    offset = (int(hours or 0) * 60 + int(minutes or 0)) * 60_000
    return ms + offset if sign == "-" else ms - offset
