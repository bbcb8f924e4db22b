"""Tells of what has failed several times in a row, and when it works again."""

from dataclasses import dataclass
from typing import Annotated

from tellify_plugin import (
    Cleared,
    Event,
    Handler,
    Outcome,
    Requirement,
    Severity,
    Trigger,
    about,
    plugin,
    state,
)


@dataclass
class Config:
    """What a subscription configures: people fill it in as a form."""

    key: Annotated[str, about("The field whose values are counted apart, such as `job`.")]
    limit: Annotated[int, about("So many failures in a row are told of.", minimum=1)] = 3


@plugin
class Plugin(Handler[Config]):
    CONFIG = Config
    NAME = "{{name}}"
    VERSION = "0.1.0"
    TITLE = "Failures in a row"
    DESCRIPTION = "Fires when something has failed several times in a row, and resolves when it works again."

    def title(self, config: Config) -> str:
        return f"{config.limit} failures of a {config.key} in a row"

    def required_fields(self, config: Config) -> list[Requirement]:
        # It is called for no other events, which costs nothing.
        return [Requirement.present(config.key), Requirement.present("status")]

    def handle(self, config: Config, now: int, trigger: Trigger, out: Outcome) -> None:
        match trigger:
            case Event():
                count(config, trigger, out)
            case Cleared(key):
                # Somebody has seen to it: count anew.
                state.delete(place(key))


def count(config: Config, event: Event, out: Outcome) -> None:
    key = event.string(config.key) or ""
    before = state.get(place(key), 0)
    if event.string("status") == "fail":
        failures = before + 1
        state.put(place(key), failures)
        if failures >= config.limit:
            title = f"{key} failed {failures} times in a row"
            out.firing(key, Severity.ERROR, title, {"count": failures})
    elif before > 0:
        state.delete(place(key))
        if before >= config.limit:
            title = f"{key} works again after {before} failures"
            out.resolved(key, Severity.ERROR, title, {"count": before})


def place(key: str) -> str:
    """Where a count is kept in this subscription's own store."""
    return f"n:{key}"
