"""The exports of the world ``monitor``."""

from wit_world.exports import checking as wit
from wit_world.imports import types

from ..jsontext import to_text
from ..monitor import Monitor, Report
from . import convert
from .called import Configurations


def checking(plugin: Monitor) -> type:
    saved = Configurations(plugin)

    class Checking:
        def check(self, c: types.Config, now: float) -> wit.Report:
            try:
                return _report(plugin.check(saved.of(c), int(now)))
            except Exception as error:
                raise convert.failure(error) from None

    return Checking


def _report(ours: Report) -> wit.Report:
    if ours.value is None:
        value = wit.Value_None_()
    else:
        is_text = isinstance(ours.value, str)
        value = wit.Value_Text(ours.value) if is_text else wit.Value_Number(float(ours.value))
    return wit.Report(
        status=wit.Status.OK if ours.is_ok else wit.Status.ALARM,
        message=ours.message,
        value=value,
        details=to_text(ours.details),
        events=list(map(convert.new_event, ours.events)),
    )
