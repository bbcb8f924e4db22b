"""Ingest plugins: somebody else's HTTP payload becomes events."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from .error import PluginError
from .event import NewEvent
from .jsontext import JSON, from_text
from .plugin import C, Plugin


@dataclass
class HttpRequest:
    """A request to a door, whole."""

    method: str = "POST"
    path: str = ""
    """What follows the door's own path."""
    query: str = ""
    """What follows ``?``, as it was sent."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Names in lower case, in order, repeated as received."""
    body: bytes = b""
    """After decompression."""
    remote: str = ""
    """The sender's address."""

    def header(self, name: str) -> str | None:
        """The first header of this name, which is in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def text(self) -> str:
        """The body as text; raises :class:`Malformed`, which names the first byte that is no
        UTF-8.
        """
        try:
            return self.body.decode()
        except UnicodeDecodeError as why:
            raise Malformed(f"byte {why.start} of the body is not UTF-8") from None

    def json(self) -> JSON:
        """The body as JSON; raises :class:`Malformed`, which names line and column."""
        try:
            return from_text(self.text())
        except ValueError as why:
            raise Malformed(str(why)) from None


@dataclass
class Reply:
    """What the sender expects to read."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass
class Accepted:
    """What a request brought."""

    events: list[NewEvent]
    """Stored together, or not at all."""
    reply: Reply | None = None
    """Sent only after the events are synced; ``None``: 202 with an empty body."""


class Unauthorized(PluginError):
    """The sender did not prove who they are."""


class Malformed(PluginError):
    """The payload is not what it should be; says where and why."""


class Ignored(PluginError):
    """Not for us (a ping, an ignored kind): answered with 200, nothing stored."""


class Ingest(Plugin[C], ABC):
    """Reads what another system sends to one of its doors."""

    @abstractmethod
    def accept(self, config: C, now: int, request: HttpRequest) -> Accepted:
        """Reads one request. Raises :class:`Unauthorized`, :class:`Malformed` or
        :class:`Ignored`; any other exception is not the sender's fault, and the door's owner is
        told.
        """
