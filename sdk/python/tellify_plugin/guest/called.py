"""What each call has in common: its configuration read once, and every exception told."""

import traceback
from typing import Any

from wit_world.imports import types

from .. import config, log
from ..error import BadConfig
from ..jsontext import from_text
from ..plugin import AnyPlugin

# An instance serves one owner, and few own more.
_PARSED_MAX = 64


class Configurations:
    """The parsed forms of a plugin's saved configurations. Each is parsed once in a revision."""

    def __init__(self, plugin: AnyPlugin) -> None:
        self._kind = plugin.CONFIG
        self._parsed: dict[str, tuple[int, Any]] = {}

    def of(self, saved: types.Config) -> Any:
        """Raises :class:`BadConfig` when it does not read."""
        revision, known = self._parsed.get(saved.id, (None, None))
        if revision == saved.revision:
            return known
        try:
            value = config.read(self._kind, from_text(saved.data))
        except ValueError as why:
            raise BadConfig(str(why)) from None
        self._parsed.pop(saved.id, None)
        if len(self._parsed) >= _PARSED_MAX:
            self._parsed.pop(next(iter(self._parsed)))
        self._parsed[saved.id] = (saved.revision, value)
        return value


def said(error: Exception, *expected: type[Exception]) -> str:
    """What an exception says. The author finds where one that nobody expects comes from in the
    log, and its end in the message.
    """
    if isinstance(error, expected):
        return str(error)
    log.error("".join(traceback.format_exception(error)))
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({frame.filename}, line {frame.lineno})" for frame in last)
    return f"{type(error).__name__}: {error}{where}"
