"""The stand-in: a store, a log, and what a test says is outside."""

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..jsontext import JSON, from_text, is_number, to_text
from ..outside import (
    GrantedSource,
    Hash,
    HttpError,
    Request,
    Response,
    SecretError,
    SourceError,
)
from . import Refused

# The host's default limits on one value, one key, and all keys and values together, in bytes.
_VALUE_BYTES_MAX = 64 << 10
_KEY_BYTES_MAX = 512
_STATE_BYTES_MAX = 1 << 20


class Stored(NamedTuple):
    value: bytes
    until: int | None


@dataclass
class Store:
    """The state and the log of one configuration, as the daemon would keep them."""

    now: int = 0
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Each a level and a message."""
    _rows: dict[str, Stored] = field(default_factory=dict)
    _replaced: list[tuple[str, Stored | None]] = field(default_factory=list)
    """What the writes of the call under way have replaced, in their order."""

    def begin(self, now: int) -> None:
        """A call begins, at this moment."""
        self.now = now
        self._replaced.clear()
        # The daemon removes what has expired before it would be in the way.
        self._rows = {key: row for key, row in self._rows.items() if self._lives(row)}

    def take_back(self) -> None:
        """The call failed: its writes have never been."""
        while self._replaced:
            key, row = self._replaced.pop()
            self._put(key, row)

    def get(self, key: str) -> bytes | None:
        row = self._rows.get(key)
        return row.value if row is not None and self._lives(row) else None

    def set(self, key: str, value: bytes, ttl_s: int | None) -> None:
        if len(value) > _VALUE_BYTES_MAX or len(key.encode()) > _KEY_BYTES_MAX:
            raise Refused("too-big", key)
        others = sum(len(k.encode()) + len(row.value) for k, row in self._rows.items() if k != key)
        if others + len(key.encode()) + len(value) > _STATE_BYTES_MAX:
            raise Refused("quota", key)
        self._replaced.append((key, self._rows.get(key)))
        self._put(key, Stored(value, None if ttl_s is None else self.now + ttl_s * 1000))

    def delete(self, key: str) -> None:
        self._replaced.append((key, self._rows.get(key)))
        self._put(key, None)

    def keys(self, prefix: str, after: str | None, limit: int) -> list[str]:
        living = sorted(k for k, row in self._rows.items() if k.startswith(prefix) and self._lives(row))
        begin = 0 if after is None else bisect.bisect_right(living, after)
        return living[begin : begin + limit]

    def values(self, now: int) -> dict[str, JSON]:
        """All values that have not expired by now."""
        living = {key: row for key, row in self._rows.items() if row.until is None or row.until > now}
        return {key: from_text(row.value) for key, row in sorted(living.items())}

    def _lives(self, row: Stored) -> bool:
        return row.until is None or row.until > self.now

    def _put(self, key: str, row: Stored | None) -> None:
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row


@dataclass
class Outside:
    """What a test says is there."""

    http: Callable[[Request], Response] | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    signatures: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    """Each the name of a secret, what was signed, and the signature."""
    sources: dict[str, tuple[str, Callable[[str, JSON], JSON]]] = field(default_factory=dict)
    """By name: their kind, and what they answer."""
    sent: list[Request] = field(default_factory=list)
    """Requests so far."""


store = Store()
outside = Outside()


def log(level: str, message: str) -> None:
    store.lines.append((level, message))


def get(key: str) -> bytes | None:
    return store.get(key)


def set(key: str, value: bytes, ttl_s: int | None) -> None:
    store.set(key, value, ttl_s)


def delete(key: str) -> None:
    store.delete(key)


def increment(key: str, by: float, ttl_s: int | None) -> float:
    before = from_text(store.get(key) or b"0")
    total = before + by if is_number(before) else float("nan")
    if not abs(total) < float("inf"):
        raise Refused("not-a-number", key)
    store.set(key, to_text(total).encode(), ttl_s)
    return float(total)


def keys(prefix: str, after: str | None, limit: int) -> list[str]:
    return store.keys(prefix, after, limit)


def send(request: Request) -> Response:
    outside.sent.append(request)
    if outside.http is None:
        raise HttpError("denied", f"{request.url} is not granted: no test answers for it")
    return outside.http(request)


def secret(name: str) -> str:
    if name not in outside.secrets:
        raise SecretError("denied", f"the secret `{name}` is not granted: no test set it")
    return outside.secrets[name]


def verify_hmac(name: str, hash: Hash, data: bytes, signature: bytes) -> bool:
    secret(name)
    return (name, data, signature) in outside.signatures


def verify_equal(name: str, value: str) -> bool:
    return secret(name) == value


def sources() -> list[GrantedSource]:
    return [GrantedSource(name, kind) for name, (kind, _) in sorted(outside.sources.items())]


def ask_source(source: str, method: str, arguments: JSON) -> JSON:
    if source not in outside.sources:
        raise SourceError("denied", f"the source `{source}` is not granted: no test has it")
    return outside.sources[source][1](method, arguments)
