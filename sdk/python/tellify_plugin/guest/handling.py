"""The exports of the world ``handler``."""

from collections.abc import Callable, Sequence

from wit_world.exports import handling as wit
from wit_world.imports import types

from ..handler import Handler
from ..jsontext import from_text, to_text
from ..outcome import Alert, AlertItem, Cleared, Outcome, Trigger, Wake
from ..requirement import Requirement
from ..words import Severity
from . import convert
from .called import Configurations, said


def handling(plugin: Handler) -> type:
    saved = Configurations(plugin)

    def told(render: Callable[[Sequence[AlertItem]], str | None], items: list[wit.AlertItem]) -> str | None:
        try:
            return render([_item(item, saved) for item in items])
        except Exception as error:
            # The host's own rendering can show them all.
            said(error)
            return None

    class Handling:
        def required_fields(self, c: types.Config) -> list[wit.Requirement]:
            try:
                return [_requirement(ours) for ours in plugin.required_fields(saved.of(c))]
            except Exception as error:
                raise convert.failure(error) from None

        def handle(self, c: types.Config, now: float, t: wit.Trigger) -> wit.Outcome:
            try:
                out = Outcome()
                plugin.handle(saved.of(c), int(now), _trigger(t), out)
                return _outcome(out)
            except Exception as error:
                raise convert.failure(error) from None

        def alert_text(self, items: list[wit.AlertItem]) -> str | None:
            return told(plugin.alert_text, items)

        def alert_ascii(self, items: list[wit.AlertItem]) -> str | None:
            return told(plugin.alert_ascii, items)

        def alert_html(self, items: list[wit.AlertItem]) -> str | None:
            return told(plugin.alert_html, items)

    return Handling


def _trigger(theirs: wit.Trigger) -> Trigger:
    match theirs:
        case wit.Trigger_Event(event):
            return convert.event(event)
        case wit.Trigger_Wake(at):
            return Wake(int(at))
    return Cleared(theirs.value)


def _requirement(ours: Requirement) -> wit.Requirement:
    match ours.condition:
        case "present":
            condition = wit.Condition_Present()
        case "equals":
            condition = wit.Condition_Equals([to_text(scalar) for scalar in ours.operand])
        case "prefix":
            condition = wit.Condition_Prefix(list(ours.operand))
        case "at-least":
            condition = wit.Condition_AtLeast(ours.operand)
        case _:
            condition = wit.Condition_AtMost(ours.operand)
    return wit.Requirement(ours.field, condition)


def _outcome(ours: Outcome) -> wit.Outcome:
    if ours.wake is False:
        wake = wit.Wake_Keep()
    else:
        wake = wit.Wake_Clear() if ours.wake is None else wit.Wake_At(float(ours.wake))
    return wit.Outcome([_alert(alert) for alert in ours.alerts], list(map(convert.new_event, ours.events)), wake)


def _alert(ours: Alert) -> wit.Alert:
    state, severity = types.AlertState[ours.state.name], types.Severity[ours.severity.name]
    return wit.Alert(ours.key, state, severity, ours.title, to_text(ours.data))


def _item(theirs: wit.AlertItem, saved: Configurations) -> AlertItem:
    alert = theirs.alert
    severity = Severity[alert.severity.name]
    return AlertItem(
        config=saved.of(theirs.config),
        alert=Alert(alert.key, convert.state(alert.state), severity, alert.title, from_text(alert.data)),
        count=theirs.count,
        since=int(theirs.since),
        latest=int(theirs.latest),
        ended=None if theirs.ended is None else int(theirs.ended),
        event=None if theirs.event is None else convert.event(theirs.event),
    )
