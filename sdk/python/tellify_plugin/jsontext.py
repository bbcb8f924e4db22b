"""JSON as the daemon writes it: compact, and without NaN, which it knows as little."""

import json
from typing import Any

JSON = Any
"""What JSON can say: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list``, ``dict``."""


def to_text(value: JSON) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_text(text: str | bytes) -> JSON:
    return json.loads(text)


def number_text(number: float) -> str:
    """A number as people write it: ``4``, ``0.5``."""
    return str(int(number)) if float(number).is_integer() else repr(number)


def is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(a: JSON, b: JSON) -> bool:
    """Whether two values are the same; numbers are compared as doubles, as the daemon does."""
    if is_number(a) and is_number(b):
        return float(a) == float(b)
    return type(a) is type(b) and a == b
