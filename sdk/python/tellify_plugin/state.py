"""The store of one subscription: what a handler remembers between calls.

Values are JSON. Writes are committed together with the call's outcome; a call that fails
leaves none. A value is at most 64 KiB, a subscription's values together at most 1 MiB.
Anything kept in a module or an object instead is lost between calls.
"""

from .error import Failed
from .host import Refused, host
from .jsontext import JSON, from_text, to_text

# Keys asked for at a time: one page is far below what a call may take from the host.
_PAGE_KEYS = 1000


def get(key: str, default: JSON = None) -> JSON:
    """The value under this key."""
    stored = host.get(key)
    if stored is None:
        return default
    try:
        return from_text(stored)
    except ValueError as why:
        raise Failed(f"the state under `{key}` does not read as expected: {why}") from None


def put(key: str, value: JSON, ttl_s: int | None = None) -> None:
    """Stores a value, until it is overwritten or deleted, or for so many seconds."""
    host.set(key, to_text(value).encode(), ttl_s)


def put_if_room(key: str, value: JSON, ttl_s: int | None = None) -> bool:
    """The same if the subscription's state has room for it; returns whether it had."""
    try:
        put(key, value, ttl_s)
    except Refused as refused:
        if refused.why == "quota":
            return False
        raise
    return True


def delete(key: str) -> None:
    """Forgets the value under this key, if there is one."""
    host.delete(key)


def increment(key: str, by: float = 1, ttl_s: int | None = None) -> float:
    """Adds to the number under this key, which begins at nought; returns the new number. With
    ``ttl_s`` it goes away so many seconds after the last call.
    """
    return host.increment(key, by, ttl_s)


def keys(prefix: str = "", count: int | None = None) -> list[str]:
    """The keys that begin with ``prefix``, in order; all of them, or the first so many."""
    found: list[str] = []
    while True:
        wanted = _PAGE_KEYS if count is None else min(_PAGE_KEYS, count - len(found))
        page = host.keys(prefix, found[-1] if found else None, wanted)
        found += page
        if len(page) < wanted or len(found) == count:
            return found
