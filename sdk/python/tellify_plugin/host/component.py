"""The real thing: imports of the component. Which of them there are depends on its world."""

import importlib
from types import ModuleType

from componentize_py_types import Err
from wit_world.imports import log as _log

from ..jsontext import JSON, from_text, to_text
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


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(f"wit_world.imports.{name}")
    except ImportError:
        return None


_state, _http, _secrets, _sources = map(_import, ("state", "http", "secrets", "sources"))


def log(level: str, message: str) -> None:
    _log.log(_log.Level[level.upper()], message)


def get(key: str) -> bytes | None:
    try:
        return _state.get(key)
    except Err as error:
        raise _refused(error, key) from None


def set(key: str, value: bytes, ttl_s: int | None) -> None:
    try:
        _state.set(key, value, ttl_s)
    except Err as error:
        raise _refused(error, key) from None


def delete(key: str) -> None:
    try:
        _state.delete(key)
    except Err as error:
        raise _refused(error, key) from None


def increment(key: str, by: float, ttl_s: int | None) -> float:
    try:
        return _state.increment(key, by, ttl_s)
    except Err as error:
        raise _refused(error, key) from None


def keys(prefix: str, after: str | None, limit: int) -> list[str]:
    try:
        return _state.keys(prefix, after, limit)
    except Err as error:
        raise _refused(error, prefix) from None


def _refused(error: Err, key: str) -> Refused:
    return Refused(_case(error.value), key)


def send(request: Request) -> Response:
    from wit_world.imports.types import Attribute

    headers = [Attribute(key, value) for key, value in request.headers]
    try:
        answer = _http.send(
            _http.Request(request.method, request.url, headers, request.body, request.timeout_ms)
        )
    except Err as error:
        raise HttpError(_case(error.value), getattr(error.value, "value", None)) from None
    return Response(answer.status, [(header.key, header.value) for header in answer.headers], answer.body)


def secret(name: str) -> str:
    try:
        return _secrets.get(name)
    except Err as error:
        raise SecretError(_case(error.value), error.value.value) from None


def verify_hmac(name: str, hash: Hash, data: bytes, signature: bytes) -> bool:
    try:
        return _secrets.verify_hmac(name, _secrets.Hash[hash.name], data, signature)
    except Err as error:
        raise SecretError(_case(error.value), error.value.value) from None


def verify_equal(name: str, value: str) -> bool:
    try:
        return _secrets.verify_equal(name, value)
    except Err as error:
        raise SecretError(_case(error.value), error.value.value) from None


def sources() -> list[GrantedSource]:
    return [GrantedSource(source.name, source.kind) for source in _sources.granted()]


def ask_source(source: str, method: str, arguments: JSON) -> JSON:
    try:
        return from_text(_sources.call(source, method, to_text(arguments)))
    except Err as error:
        raise SourceError(_case(error.value), getattr(error.value, "value", None)) from None


def _case(value: object) -> str:
    """The name of a variant's case as the interface writes it: ``too-big`` of ``X_TooBig``."""
    name = type(value).__name__.partition("_")[2]
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).removeprefix("-")
