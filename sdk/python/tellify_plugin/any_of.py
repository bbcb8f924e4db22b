"""Configuration values that compare an event's fields: any one of several, field by field."""

from collections.abc import Iterator

from .config import Misfit, escaped
from .event import Event
from .jsontext import JSON, from_text, is_number, same, to_text
from .requirement import Requirement


class AnyOf:
    """Any one of these: a comma list (``"gc_t,route_opt"``), one scalar, or an array of scalars.

    A word that spells a number or a truth value means that as well, since senders differ in
    how they write them: ``"200"`` meets both ``"200"`` and ``200``.
    """

    def __init__(self, value: JSON) -> None:
        self._words: list[str] = []
        self.scalars: list[JSON] = []
        for element in value if isinstance(value, list) else [value]:
            self._add(element)
        if not self.scalars:
            raise ValueError("at least one value must stand here")

    def contains(self, value: JSON) -> bool:
        """Whether a value is any one of these."""
        return any(same(scalar, value) for scalar in self.scalars)

    def holds(self, event: Event, path: str) -> bool:
        """Whether the field at ``path`` is any one of these."""
        return any(self.contains(value) for value in event.values(path))

    def __str__(self) -> str:
        """As people wrote it: ``gc_t or route_opt``."""
        return " or ".join(self._words)

    def _add(self, value: JSON) -> None:
        if isinstance(value, (list, dict)):
            raise ValueError("only text, numbers and truth values can stand here")
        if not isinstance(value, str):
            self._words.append(to_text(value))
            self.scalars.append(value)
            return
        for word in filter(None, (word.strip() for word in value.split(","))):
            self._words.append(word)
            self.scalars.append(word)
            self.scalars.extend(_meant(word))

    @classmethod
    def from_json(cls, value: JSON) -> "AnyOf":
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, JSON]:
        return {
            "description": "A comma list, one value, or an array: any one of these.",
            "type": ["string", "number", "boolean", "array"],
            "items": {"type": ["string", "number", "boolean"]},
            "minItems": 1,
        }


def _meant(word: str) -> list[JSON]:
    try:
        value = from_text(word)
    except ValueError:
        return []
    return [value] if isinstance(value, bool) or is_number(value) else []


class Conditions:
    """Fields and what each must be, such as ``{"project": "vr0,vr1", "status": "fail"}``."""

    def __init__(self, fields: dict[str, AnyOf] | None = None) -> None:
        self._fields = dict(sorted((fields or {}).items()))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._fields)

    def hold(self, event: Event) -> bool:
        """Whether all hold."""
        return all(values.holds(event, field) for field, values in self._fields.items())

    def requirements(self) -> Iterator[Requirement]:
        """The same, for the host to check before it calls."""
        return (Requirement.any_of(field, values.scalars) for field, values in self._fields.items())

    def __str__(self) -> str:
        """As people say it: ``project is vr0 or vr1 and status is fail``."""
        return " and ".join(f"{field} is {values}" for field, values in self._fields.items())

    @classmethod
    def from_json(cls, value: JSON) -> "Conditions":
        if not isinstance(value, dict):
            raise ValueError("fields with their values must stand here")
        fields = {}
        for field, values in value.items():
            try:
                fields[field] = AnyOf(values)
            except ValueError as why:
                raise Misfit(f"/{escaped(field)}", str(why)) from None
        return cls(fields)

    @classmethod
    def json_schema(cls) -> dict[str, JSON]:
        return {"type": "object", "additionalProperties": AnyOf.json_schema()}
