"""What plugins of all kinds say of themselves."""

from collections.abc import Iterable
from typing import Any, ClassVar, Generic, TypeVar

from .error import Problem
from .jsontext import JSON

C = TypeVar("C")
"""The dataclass of a plugin's configuration."""


class Plugin(Generic[C]):
    """The base of all kinds. One object of it serves every configuration."""

    CONFIG: ClassVar[type]
    """What is configured: a dataclass, whose schema is drawn as a form."""
    NAME: ClassVar[str]
    """What people call it; unique among the installed plugins."""
    VERSION: ClassVar[str]
    TITLE: ClassVar[str]
    """One line for lists."""
    DESCRIPTION: ClassVar[str]
    """One paragraph for whoever configures it."""
    UI_HINTS: ClassVar[dict[str, JSON]] = {}
    """Extra form hints, keyed by JSON pointer."""

    def validate(self, username: str, config: C) -> Iterable[Problem]:
        """Checks beyond the schema, before ``username`` may save; none: accepted."""
        return ()

    def title(self, config: C) -> str:
        """One line for this saved configuration."""
        return self.TITLE

    def summary(self, config: C) -> str:
        """One paragraph for this saved configuration."""
        return self.DESCRIPTION


AnyPlugin = Plugin[Any]
