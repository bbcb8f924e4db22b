"""Lengths of time, as people write them in a configuration: ``90s``, ``5m``, ``1h30m``, ``14d``."""

import re
from dataclasses import dataclass

from .jsontext import JSON, to_text

# In falling order, as they are written and read.
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
# Ten years: longer ones are mistakes.
_MAX_MS = 3_652 * 86_400_000
_WRITTEN = re.compile("".join(rf"(?:(\d+){unit}(?![a-z]))?" for unit, _ in _UNITS))


@dataclass(frozen=True, order=True)
class Span:
    """A length of time in whole milliseconds, from nought to ten years."""

    ms: int

    @staticmethod
    def parse(text: str) -> "Span":
        """Reads whole numbers with the units ``d h m s ms``, each once, the larger first."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or not any(found.groups()):
            raise ValueError(_what_is_wrong(text))
        ms = sum(int(number or 0) * ms for number, (_, ms) in zip(found.groups(), _UNITS, strict=True))
        if ms > _MAX_MS:
            raise ValueError(_what_is_wrong(text))
        return Span(ms)

    @property
    def seconds(self) -> int:
        """In whole seconds, rounded up, as the store takes them."""
        return -(-self.ms // 1000)

    def __str__(self) -> str:
        """The shortest text that reads back as the same: ``1h30m``, ``0s``."""
        if self.ms == 0:
            return "0s"
        text, rest = "", self.ms
        for unit, ms in _UNITS:
            if rest >= ms:
                text += f"{rest // ms}{unit}"
                rest %= ms
        return text

    @classmethod
    def from_json(cls, value: JSON) -> "Span":
        if not isinstance(value, str):
            raise ValueError(_what_is_wrong(to_text(value)))
        return cls.parse(value)

    @classmethod
    def json_schema(cls) -> dict[str, JSON]:
        # The pattern says less than the parser, but names the field that is wrong.
        return {
            "description": "A length of time, such as 90s, 5m, 1h30m or 14d.",
            "type": "string",
            "pattern": "^([0-9]+(d|h|m|s|ms))+$",
        }


def _what_is_wrong(text: str) -> str:
    return (
        f"`{text}` is no length of time up to ten years: write whole numbers with d, h, m, s or ms, "
        "the larger first, such as 90s or 1h30m"
    )
