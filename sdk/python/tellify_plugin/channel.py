"""Channels: a digest carried to one address."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from .jsontext import JSON
from .plugin import C, Plugin
from .words import AlertState, Severity


@dataclass
class Item:
    """One alert in a message."""

    id: str
    key: str
    """Stable over the life of the alert: a ticket's or page's key."""
    state: AlertState
    severity: Severity
    title: str
    data: JSON = None
    """The handler's own."""
    count: int = 1
    """How often it was raised."""
    first: int = 0
    last: int = 0
    link: str = ""
    """Where it is shown."""


@dataclass
class Message:
    """A rendered digest."""

    id: str
    """Stable over attempts: pass it on as an idempotency key."""
    recipient: str
    severity: Severity
    """Of its worst item."""
    subject: str
    text: str = ""
    """One line, for a phone."""
    ascii: str = ""
    """Several lines of plain text."""
    html: str | None = None
    items: list[Item] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """What they are called, and where they lead."""
    previous: str | None = None
    """The receipt of the last message of this thread to this recipient."""
    attempt: int = 1


class Channel(Plugin[C], ABC):
    """Hands a rendered digest to some service for one recipient."""

    @abstractmethod
    def deliver(self, config: C, now: int, message: Message) -> str | None:
        """Delivers a message, once more if an attempt before came to nothing or its answer was
        lost: :attr:`Message.id` stays the same. Returns the other side's name for it, one line
        that comes back as :attr:`Message.previous`, or ``None``. Raises :class:`Retry` for
        another attempt, :class:`Failed` to give up on this message.
        """
