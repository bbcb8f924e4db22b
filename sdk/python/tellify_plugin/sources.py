"""Sources that an administrator configured and granted, by name: for monitors."""

from .host import host
from .jsontext import JSON
from .outside import GrantedSource, SourceError

__all__ = ["GrantedSource", "SourceError", "call", "granted"]


def granted() -> list[GrantedSource]:
    """Those that may be asked."""
    return host.sources()


def call(source: str, method: str, arguments: JSON) -> JSON:
    """Asks a source; method and arguments are those of its kind. Raises :class:`SourceError`."""
    return host.ask_source(source, method, arguments)
