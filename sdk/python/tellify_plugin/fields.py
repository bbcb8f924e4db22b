"""The fields that tell one thing from another."""

from collections.abc import Iterator

from .event import Event
from .jsontext import JSON
from .requirement import Requirement

# Longer keys are cut off, with a mark of what was cut: they are kept in the state, where a
# key has its bound, and nobody reads them.
_KEY_BYTES_MAX = 200
_BETWEEN = " / "


class Fields:
    """One field, or several that only together tell one thing from another: a comma list
    (``"project,runtag"``) or an array of names.
    """

    def __init__(self, names: str | list[str]) -> None:
        self.names = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
        if not self.names or not all(self.names):
            raise ValueError("the name of a field is missing")

    def key(self, event: Event) -> str | None:
        """The values of an event in these fields as one text, such as ``vr0 / run7``; ``None``
        when the event lacks one of them. At most 200 bytes.
        """
        values = [event.string(name) for name in self.names]
        return None if None in values else bounded(_BETWEEN.join(values))

    def part(self, field: str, key: str) -> str | None:
        """What a key says of one of these fields; ``None`` when its values cannot be told apart."""
        parts = key.split(_BETWEEN)
        told_apart = field in self.names and len(parts) == len(self.names)
        return parts[self.names.index(field)] if told_apart else None

    def requirements(self) -> Iterator[Requirement]:
        """That they are there."""
        return map(Requirement.present, self.names)

    def __str__(self) -> str:
        """As people say it: ``project and runtag``."""
        return " and ".join(self.names)

    @classmethod
    def from_json(cls, value: JSON) -> "Fields":
        is_list = isinstance(value, list) and all(isinstance(name, str) for name in value)
        if not is_list and not isinstance(value, str):
            raise ValueError("a field's name, a comma list or an array of names must stand here")
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, JSON]:
        return {
            "description": "A field, or a comma list or array of fields.",
            "type": ["string", "array"],
            "items": {"type": "string"},
            "minItems": 1,
        }


def bounded(text: str) -> str:
    """A text of any length as a key of at most 200 bytes: itself, or its beginning with a hash
    of the whole.
    """
    whole = text.encode()
    if len(whole) <= _KEY_BYTES_MAX:
        return text
    mark = 0xCBF2_9CE4_8422_2325
    for byte in whole:
        mark = ((mark ^ byte) * 0x0100_0000_01B3) & 0xFFFF_FFFF_FFFF_FFFF
    beginning = whole[: _KEY_BYTES_MAX - len("…".encode()) - 16].decode(errors="ignore")
    return f"{beginning}…{mark:016x}"
