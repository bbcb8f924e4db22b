"""What is exchanged with the world outside: requests, answers, and why there are none."""

from dataclasses import dataclass, field
from enum import Enum

from .error import Failed
from .jsontext import JSON, from_text, to_text


@dataclass
class Request:
    """A request, ready to be sent."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    timeout_ms: int | None = None
    """The longest wait for the whole answer; ``None``: the host's own, ten seconds by default."""

    def json(self, value: JSON) -> "Request":
        """With this value as its body, in JSON."""
        self.headers.append(("content-type", "application/json"))
        self.body = to_text(value).encode()
        return self


@dataclass
class Response:
    """An answer, whatever its status."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Names in lower case, in order."""
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether its status says that all went well."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """The first header of this name, which is in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode(errors="replace")

    def json(self) -> JSON:
        """The body as JSON; raises :class:`Failed` when it is none."""
        try:
            return from_text(self.body)
        except ValueError as why:
            raise Failed(f"the answer (status {self.status}) does not read: {why}") from None


class HttpError(Failed):
    """Why there is no answer. ``case`` is ``denied``, ``invalid``, ``timeout``, ``too-big``,
    ``dns``, ``tls`` or ``io``.
    """

    def __init__(self, case: str, why: str | None = None) -> None:
        super().__init__(why or _WITHOUT_WORDS[case])
        self.case = case

    @property
    def is_passing(self) -> bool:
        """Whether another attempt, later, may go better."""
        return self.case in ("timeout", "dns", "io")


_WITHOUT_WORDS = {
    "timeout": "no answer came in time",
    "too-big": "the request or its answer is too large",
}


class Hash(Enum):
    """What an HMAC is made with."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


class SecretError(Failed):
    """Why there is no secret. ``case`` is ``denied`` (nobody granted it) or ``missing``."""

    def __init__(self, case: str, why: str) -> None:
        super().__init__(why)
        self.case = case


@dataclass(frozen=True)
class GrantedSource:
    """A source that may be asked."""

    name: str
    """As it is asked by."""
    kind: str
    """``prometheus``, for instance."""


class SourceError(Failed):
    """Why a source gave no answer. ``case`` is ``unknown``, ``denied``, ``bad-arguments``,
    ``timeout`` or ``failed``.
    """

    def __init__(self, case: str, why: str | None = None) -> None:
        super().__init__(why or "the source did not answer in time")
        self.case = case
