"""Handlers: configuration, event and state in, outcome out."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from .gang import Gang
from .outcome import AlertItem, Outcome, Trigger
from .plugin import C, Plugin
from .requirement import Requirement


class Handler(Plugin[C], ABC):
    """Looks at events for a subscription and says what people should know.

    It is pure: what it does follows from its arguments and from the state of the one
    subscription it is called for.
    """

    WAKES_FIRST: ClassVar[bool] = False
    """Whether a subscription is woken for the first time as soon as it is saved, so that it can
    begin to wait for something before any event has come.
    """
    GANG: ClassVar[Gang | None] = None
    """The words in which several alerts for one person are told together; ``None``: the host's
    own rendering, unless the three methods below say something else.
    """

    def required_fields(self, config: C) -> Iterable[Requirement]:
        """What must hold of an event, all of it, before the handler is called for it. The more
        it says, the fewer calls there are.
        """
        return ()

    @abstractmethod
    def handle(self, config: C, now: int, trigger: Trigger, out: Outcome) -> None:
        """Adds to ``out`` what follows from ``trigger``."""

    def alert_text(self, items: Sequence[AlertItem]) -> str | None:
        """One line, for a phone, about several alerts for one person; ``None``: the host's own."""
        return self.GANG and self.GANG.line(items)

    def alert_ascii(self, items: Sequence[AlertItem]) -> str | None:
        """Several lines of plain text about them; ``None``: the host's own."""
        return self.GANG and self.GANG.lines(items)

    def alert_html(self, items: Sequence[AlertItem]) -> str | None:
        """HTML about them; ``None``: the host's own. Texts from events go through
        :func:`escape_html`; the host sanitises the whole.
        """
        return self.GANG and self.GANG.list(items)
