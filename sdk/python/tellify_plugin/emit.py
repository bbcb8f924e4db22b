"""Events that a subscription emits when its handler finds something."""

import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from . import config
from .config import about
from .error import Problem
from .event import NewEvent
from .jsontext import JSON
from .template import Template
from .words import Effect, Severity

if typing.TYPE_CHECKING:
    from .finding import Finding


@dataclass(frozen=True)
class _Envelope:
    type: Annotated[str, about("The event's type.", min_length=1)]
    on: Annotated[Literal["begin", "end", "both"], about("When it is emitted.")] = "begin"
    subject: Template | None = None
    severity: Severity | None = None
    effect: Effect | None = None
    tags: list[Template] | None = None
    text: Template | None = None
    data: dict[str, Any] | None = None


class Emit:
    """The event to emit, written like an event in its native form: what is no envelope key goes
    into ``data``. Every text but the type is a template; one that is nothing but a placeholder
    (``"{count}"``) becomes the value itself where a value may stand.

    ============  ==================================================  =============================
    key                                                               default
    ============  ==================================================  =============================
    ``type``      the event's type, such as ``blocks.failing``        required
    ``on``        ``begin`` (also when it gets worse), ``end``,       ``begin``
                  ``both``
    ``subject``   what it is about                                    the key
    ``severity``  how bad it is                                       the alert's; ``notice`` when
                                                                      it is over
    ``effect``    ``positive`` or ``negative``                        ``negative``; ``positive``
                                                                      when it is over
    ``tags``      words to find it by                                 none
    ``text``      the text for people                                 the alert's title
    all others    its data                                            the alert's data, with
                                                                      ``key`` and ``state``
    ============  ==================================================  =============================
    """

    def __init__(self, value: JSON) -> None:
        if not isinstance(value, dict):
            raise ValueError("an event must stand here, with its `type`")
        known = config.schema(_Envelope)["properties"]
        said = {key: element for key, element in value.items() if key in known and element is not None}
        self._envelope = config.read(_Envelope, said)
        others = {key: element for key, element in value.items() if key not in known}
        self._data = {key: _datum(key, datum) for key, datum in {**(said.get("data") or {}), **others}.items()}

    @property
    def kind(self) -> str:
        """The event's type."""
        return self._envelope.type

    def problems(self) -> list[Problem]:
        """What is wrong with it, where it stands in the configuration at ``/emit``."""
        if not self.kind or self.kind.split() != [self.kind]:
            return [Problem("/emit/type", "the type of an event is a word without blanks")]
        if self.kind.startswith("tellify."):
            message = "types that begin with `tellify.` are the daemon's own: choose another"
            return [Problem("/emit/type", message)]
        return []

    def event(self, finding: "Finding") -> NewEvent | None:
        """The event for a finding, if one is due at its turn."""
        said, is_over = self._envelope, finding.turn.is_over
        is_wanted = said.on == "both" or (said.on == "end") == is_over
        if not (finding.turn.is_news and is_wanted):
            return None
        severity = Severity.NOTICE if is_over else finding.severity
        effect = Effect.POSITIVE if is_over else Effect.NEGATIVE
        return NewEvent(
            kind=said.type,
            subject=said.subject.line(finding.word) if said.subject else finding.key,
            severity=said.severity or severity,
            effect=said.effect or effect,
            tags=[tag.line(finding.word) for tag in said.tags or []],
            text=said.text.line(finding.word) if said.text else finding.title,
            data={**finding.data, **{key: _filled(datum, finding) for key, datum in self._data.items()}},
        )

    @classmethod
    def from_json(cls, value: JSON) -> "Emit":
        return cls(value)

    @classmethod
    def json_schema(cls) -> dict[str, JSON]:
        return {**config.schema(_Envelope), "additionalProperties": True}


def _datum(key: str, value: JSON) -> JSON | Template:
    try:
        return Template(value) if isinstance(value, str) else value
    except ValueError as why:
        raise config.Misfit(f"/{config.escaped(key)}", str(why)) from None


def _filled(datum: JSON | Template, finding: "Finding") -> JSON:
    if not isinstance(datum, Template):
        return datum
    return finding.value(datum.only_field) if datum.only_field else datum.line(finding.word)
