"""Sources: a kind of connection that monitors may ask."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from . import config
from .error import PluginError
from .jsontext import JSON
from .plugin import C, Plugin


@dataclass(frozen=True)
class Method:
    """A question that a source answers."""

    name: str
    """As monitors name it."""
    summary: str
    """One line for authors of monitors."""
    arguments: Any
    """A type: a dataclass, say."""
    result: Any
    """A type."""

    def schemas(self) -> tuple[JSON, JSON]:
        """JSON Schema 2020-12 of arguments and result."""
        return config.schema(self.arguments), config.schema(self.result)


class UnknownMethod(PluginError):
    """There is no such method."""


class BadArguments(PluginError):
    """It cannot be answered with these arguments, whatever the schema says."""


class TimedOut(PluginError):
    """What lies behind a source did not answer in time."""


class Source(Plugin[C], ABC):
    """Answers questions of monitors from behind one configured connection, whose credentials no
    monitor ever sees.
    """

    METHODS: ClassVar[Sequence[Method]]
    """What it can be asked."""

    @abstractmethod
    def call(self, config: C, now: int, method: str, arguments: Any) -> JSON:
        """Answers one question; ``arguments`` are of the method's type. Raises
        :class:`UnknownMethod`, :class:`BadArguments`, :class:`BadConfig` or :class:`TimedOut`;
        any other exception is a failure.
        """
