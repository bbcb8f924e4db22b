"""Field by field, between the interface's types and ours."""

from enum import Enum
from typing import TypeVar

from componentize_py_types import Err
from wit_world.imports import types

from ..error import BadConfig, PluginError, Retry
from ..event import Event, NewEvent
from ..jsontext import from_text, to_text
from ..words import AlertState, Effect, Origin, Severity
from .called import said

E = TypeVar("E", bound=Enum)


def word(kind: type[E], theirs: Enum | None) -> E | None:
    """The small vocabularies are the same words on both sides."""
    return None if theirs is None else kind[theirs.name]


def event(theirs: types.Event) -> Event:
    return Event(
        id=theirs.id,
        source=theirs.source,
        kind=theirs.kind,
        subject=theirs.subject,
        time=int(theirs.time),
        received=int(theirs.received),
        severity=word(Severity, theirs.severity),
        effect=word(Effect, theirs.effect),
        origin=word(Origin, theirs.origin),
        tags=theirs.tags,
        text=theirs.text,
        data=from_text(theirs.data),
    )


def new_event(ours: NewEvent) -> types.NewEvent:
    return types.NewEvent(
        kind=ours.kind,
        source=ours.source,
        subject=ours.subject,
        time=None if ours.time is None else float(ours.time),
        severity=word(types.Severity, ours.severity),
        effect=word(types.Effect, ours.effect),
        origin=word(types.Origin, ours.origin),
        tags=list(ours.tags),
        text=ours.text,
        data=to_text(ours.data),
        dedupe_key=ours.dedupe_key,
    )


def state(theirs: types.AlertState) -> AlertState:
    return AlertState[theirs.name]


def headers(theirs: list[types.Attribute]) -> list[tuple[str, str]]:
    return [(header.key, header.value) for header in theirs]


def failure(error: Exception) -> Err:
    """What a call failed with, for the host."""
    match error:
        case BadConfig():
            return Err(types.Error_BadConfig(str(error)))
        case Retry():
            return Err(types.Error_Retry(types.RetryLater(error.after_ms, str(error))))
    return Err(types.Error_Failed(said(error, PluginError)))
