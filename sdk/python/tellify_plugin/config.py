"""Typed configurations: a dataclass is the schema that people fill in, and what calls get.

A field's type says what may stand there, its default makes it optional, and
``Annotated[T, about("…")]`` says what it means and what bounds it has. Types are ``str``,
``int``, ``float``, ``bool``, ``list[T]``, ``dict[str, T]``, ``T | None``, ``Literal``, enums of
texts, other dataclasses, ``Any``, and whatever has ``json_schema()`` and ``from_json(value)``
as class methods, as this package's own values have.
"""

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from .jsontext import JSON, is_number, to_text


class Misfit(ValueError):
    """A value that a configuration cannot have, and where it stands."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}" if pointer else message)
        self.pointer = pointer
        self.message = message


@dataclasses.dataclass(frozen=True)
class About:
    """What is said of a field beside its type; made by :func:`about`."""

    description: str
    key: str | None
    keywords: tuple[tuple[str, JSON], ...]


def about(
    description: str,
    *,
    key: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    min_items: int | None = None,
    max_items: int | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> About:
    """For ``Annotated``: a sentence for the form, the bounds of the value, and the key under
    which it stands when that cannot be a name in Python, such as ``from``.
    """
    bounds = {
        "minimum": minimum,
        "maximum": maximum,
        "minItems": min_items,
        "maxItems": max_items,
        "minLength": min_length,
        "maxLength": max_length,
        "pattern": pattern,
    }
    return About(description, key, tuple((k, v) for k, v in bounds.items() if v is not None))


def schema(kind: Any) -> dict[str, JSON]:
    """The JSON Schema 2020-12 of a type."""
    return _codec(kind).schema


def read(kind: Any, value: JSON, pointer: str = "") -> Any:
    """The value of a type that JSON says.

    Raises :class:`Misfit` at the first place that does not fit.
    """
    return _codec(kind).read(value, pointer)


class _Codec(NamedTuple):
    schema: dict[str, JSON]
    read: Callable[[JSON, str], Any]


@functools.cache
def _codec(kind: Any) -> _Codec:
    # An annotated type has the attributes of its type, too.
    is_annotated = typing.get_origin(kind) is Annotated
    if not is_annotated and hasattr(kind, "from_json") and hasattr(kind, "json_schema"):
        return _Codec(kind.json_schema(), functools.partial(_read_own, kind))
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _choice([member.value for member in kind], kind)
    if kind in _SCALARS:
        name, fits = _SCALARS[kind]
        return _Codec({"type": name}, functools.partial(_read_scalar, kind, name, fits))
    if kind in (Any, JSON):
        return _Codec({}, lambda value, _: value)
    return _generic(kind, typing.get_origin(kind), typing.get_args(kind))


def _generic(kind: Any, origin: Any, arguments: tuple[Any, ...]) -> _Codec:
    if origin is Annotated:
        inner = _codec(arguments[0])
        said = next((a for a in arguments[1:] if isinstance(a, About)), about(""))
        keywords = dict(said.keywords)
        if said.description:
            keywords["description"] = said.description
        return _Codec({**inner.schema, **keywords}, inner.read)
    if origin is Literal:
        return _choice(list(arguments), lambda value: value)
    if origin in (typing.Union, types.UnionType):
        return _optional(kind, arguments)
    if origin is list:
        item = _codec(arguments[0])
        return _Codec({"type": "array", "items": item.schema}, functools.partial(_read_list, item))
    if origin is dict and arguments[0] is str:
        item = _codec(arguments[1])
        return _Codec(
            {"type": "object", "additionalProperties": item.schema}, functools.partial(_read_dict, item)
        )
    raise TypeError(f"a configuration cannot hold {kind}: see tellify_plugin.config")


_SCALARS: dict[Any, tuple[str, Callable[[JSON], bool]]] = {
    str: ("string", lambda value: isinstance(value, str)),
    bool: ("boolean", lambda value: isinstance(value, bool)),
    float: ("number", is_number),
    int: ("integer", lambda value: is_number(value) and float(value).is_integer()),
}


def _read_scalar(kind: Any, name: str, fits: Callable[[JSON], bool], value: JSON, pointer: str) -> Any:
    if not fits(value):
        raise Misfit(pointer, f"{to_text(value)} is not of type {name}")
    return kind(value)


def _read_own(kind: Any, value: JSON, pointer: str) -> Any:
    try:
        return kind.from_json(value)
    except Misfit as misfit:
        raise Misfit(pointer + misfit.pointer, misfit.message) from None
    except ValueError as why:
        raise Misfit(pointer, str(why)) from None


def _read_list(item: _Codec, value: JSON, pointer: str) -> list[Any]:
    if not isinstance(value, list):
        raise Misfit(pointer, f"{to_text(value)} is not of type array")
    return [item.read(element, f"{pointer}/{i}") for i, element in enumerate(value)]


def _read_dict(item: _Codec, value: JSON, pointer: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Misfit(pointer, f"{to_text(value)} is not of type object")
    return {key: item.read(element, f"{pointer}/{escaped(key)}") for key, element in value.items()}


def _choice(values: list[JSON], make: Callable[[JSON], Any]) -> _Codec:
    def one_of(value: JSON, pointer: str) -> Any:
        if value not in values:
            raise Misfit(pointer, f"{to_text(value)} is not one of {', '.join(map(to_text, values))}")
        return make(value)

    return _Codec({"enum": values}, one_of)


def _optional(kind: Any, arguments: tuple[Any, ...]) -> _Codec:
    inner = [argument for argument in arguments if argument is not type(None)]
    if len(inner) != 1 or len(inner) == len(arguments):
        raise TypeError(f"a configuration cannot hold {kind}: of unions, only `T | None`")
    codec = _codec(inner[0])

    def read_or_none(value: JSON, pointer: str) -> Any:
        return None if value is None else codec.read(value, pointer)

    return _Codec(_or_null(codec.schema), read_or_none)


def _or_null(schema: dict[str, JSON]) -> dict[str, JSON]:
    kinds = schema.get("type")
    if kinds is None or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]} if schema else {}
    return {**schema, "type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}


class _Field(NamedTuple):
    name: str
    codec: _Codec
    is_required: bool


def _object(kind: Any) -> _Codec:
    hints = typing.get_type_hints(kind, include_extras=True)
    fields: dict[str, _Field] = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        said = next((a for a in getattr(hint, "__metadata__", ()) if isinstance(a, About)), None)
        key = said.key if said and said.key else field.name
        has_default = (
            field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        )
        fields[key] = _Field(field.name, _codec(hint), not has_default)
    return _Codec(_object_schema(kind, fields), functools.partial(_read_object, kind, fields))


def _object_schema(kind: Any, fields: dict[str, _Field]) -> dict[str, JSON]:
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}

    def described(field: _Field) -> dict[str, JSON]:
        default = defaults[field.name]
        shown = isinstance(default, (str, int, float, bool))
        return {**field.codec.schema, "default": default} if shown else field.codec.schema

    said: dict[str, JSON] = {
        "type": "object",
        "properties": {key: described(field) for key, field in fields.items()},
        "additionalProperties": False,
    }
    required = [key for key, field in fields.items() if field.is_required]
    return {**said, "required": required} if required else said


def _read_object(kind: Any, fields: dict[str, _Field], value: JSON, pointer: str) -> Any:
    if not isinstance(value, dict):
        raise Misfit(pointer, f"{to_text(value)} is not of type object")
    found = {}
    for key, element in value.items():
        if key not in fields:
            known = ", ".join(f"`{name}`" for name in fields)
            raise Misfit(pointer, f"there is no key `{key}`, but {known or 'none at all'}")
        field = fields[key]
        found[field.name] = field.codec.read(element, f"{pointer}/{escaped(key)}")
    for key, field in fields.items():
        if field.is_required and field.name not in found:
            raise Misfit(pointer, f"`{key}` is missing")
    return kind(**found)


def escaped(key: str) -> str:
    """A key as RFC 6901 writes it in a pointer."""
    return key.replace("~", "~0").replace("/", "~1")
