"""Titles with placeholders."""

import re
from collections.abc import Callable

from .jsontext import JSON

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|\{|\}")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class Template:
    """A line of text with ``{field}`` placeholders, such as ``{block} failed at {step}``;
    ``{{`` and ``}}`` are braces.
    """

    def __init__(self, text: str) -> None:
        # Each a literal text and the field behind it.
        self._parts: list[tuple[str, str | None]] = []
        literal, at = "", 0
        for token in _TOKEN.finditer(text):
            literal += text[at : token.start()]
            at = token.end()
            name = token[1]
            if name is None and len(token[0]) == 2:
                literal += token[0][0]
            elif name is None:
                raise ValueError(_what_is_wrong(text, token))
            elif not name.strip():
                raise ValueError(f"{_where(text, token)}: no field is named between these braces")
            else:
                self._parts.append((literal, name.strip()))
                literal = ""
        self._parts.append((literal + text[at:], None))

    def line(self, word: Callable[[str], str | None]) -> str:
        """The line in which each placeholder is what ``word`` says of its name, or ``?``."""

        def filled(field: str | None) -> str:
            said = "" if field is None else word(field)
            return "?" if said is None else said

        return one_line("".join(text + filled(field) for text, field in self._parts))

    @property
    def only_field(self) -> str | None:
        """The name of the placeholder that is all of the template."""
        match self._parts:
            case [("", field), ("", None)]:
                return field
        return None

    @classmethod
    def from_json(cls, value: JSON) -> "Template":
        if not isinstance(value, str):
            raise ValueError("a line with {field} placeholders must stand here")
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, JSON]:
        return {"description": "A line with {field} placeholders.", "type": "string"}


def one_line(text: str) -> str:
    """The text on one line: each run of blanks and control characters becomes one blank."""
    return _BLANKS.sub(" ", text).strip(" ")


def _where(text: str, token: re.Match[str]) -> str:
    return f"byte {len(text[: token.start()].encode())} of the template"


def _what_is_wrong(text: str, token: re.Match[str]) -> str:
    brace, other = ("{", "}") if token[0] == "{" else ("}", "{")
    return f"{_where(text, token)}: this `{brace}` has no `{other}` (write `{brace * 2}` for a brace)"
