"""Single calls, with the configuration as JSON."""

from typing import Any

from .. import config as configs
from ..channel import Channel, Message
from ..error import BadConfig, Problem
from ..host import native
from ..ingest import Accepted, HttpRequest, Ingest
from ..jsontext import JSON
from ..monitor import Monitor, Report
from ..plugin import AnyPlugin
from ..source import Source, UnknownMethod


def read(kind: type[AnyPlugin], config: JSON) -> Any:
    """The configuration as calls get it; raises :class:`BadConfig`."""
    try:
        return configs.read(kind.CONFIG, config)
    except ValueError as why:
        raise BadConfig(str(why)) from None


def validate(kind: type[AnyPlugin], config: JSON) -> list[Problem]:
    """What a plugin finds wrong with a configuration; what does not even read is one problem."""
    try:
        return list(kind().validate("tester", configs.read(kind.CONFIG, config)))
    except configs.Misfit as misfit:
        return [Problem(misfit.pointer, misfit.message)]


def accept(kind: type[Ingest], config: JSON, now: int, request: HttpRequest) -> Accepted:
    """Hands a request to a door."""
    return kind().accept(read(kind, config), now, request)


def check(kind: type[Monitor], config: JSON, now: int) -> Report:
    """Runs a monitor once. A failed run's writes are discarded."""
    given = read(kind, config)
    native.store.begin(now)
    try:
        return kind().check(given, now)
    except Exception:
        native.store.take_back()
        raise


def query(kind: type[Source], config: JSON, now: int, method: str, arguments: JSON) -> JSON:
    """Asks a source."""
    known = next((m for m in kind.METHODS if m.name == method), None)
    if known is None:
        raise UnknownMethod(f"there is no method `{method}`")
    return kind().call(read(kind, config), now, method, configs.read(known.arguments, arguments))


def deliver(kind: type[Channel], config: JSON, now: int, message: Message) -> str | None:
    """Delivers a message over a channel."""
    return kind().deliver(read(kind, config), now, message)
