"""What a plugin finds outside in a test: what the test says."""

from collections.abc import Callable

from ..host import native
from ..jsontext import JSON
from ..outside import Request, Response


def answer_http(answer: Callable[[Request], Response]) -> None:
    """From now on, this answers every request; it may raise :class:`HttpError`."""
    native.outside.http = answer


def take_sent() -> list[Request]:
    """The requests since they were last taken, answered or not."""
    sent, native.outside.sent = native.outside.sent, []
    return sent


def set_secret(name: str, text: str) -> None:
    """Grants a secret."""
    native.outside.secrets[name] = text


def accept_signature(secret: str, data: bytes, signature: bytes) -> None:
    """From now on, this is the signature of this data under the secret."""
    native.outside.signatures.append((secret, data, signature))


def add_source(name: str, kind: str, answer: Callable[[str, JSON], JSON]) -> None:
    """Grants a source of some kind, which answers to a method and its arguments."""
    native.outside.sources[name] = (kind, answer)


def take_log() -> list[tuple[str, str]]:
    """What the plugin has logged since it was last asked, each with its level."""
    lines, native.store.lines = native.store.lines, []
    return lines


def reset() -> None:
    """Forgets store and log, and what there is outside."""
    native.store = native.Store()
    native.outside = native.Outside()
