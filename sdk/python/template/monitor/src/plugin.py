"""Raises an alarm while a page does not answer as it should."""

from dataclasses import dataclass
from typing import Annotated

from tellify_plugin import Monitor, Report, about, http, plugin
from tellify_plugin.http import HttpError


@dataclass
class Config:
    """What a monitor's file configures."""

    url: Annotated[str, about("The page.")]
    word: Annotated[str, about("A word that it must hold.")] = ""


@plugin
class Plugin(Monitor[Config]):
    CONFIG = Config
    NAME = "{{name}}"
    VERSION = "0.1.0"
    TITLE = "A page answers"
    DESCRIPTION = "Raises an alarm while a page does not answer as it should."

    def check(self, config: Config, now: int) -> Report:
        try:
            answer = http.get(config.url)
        except HttpError as error:
            # That nobody answers is what this looks for; that it may not look is its own trouble.
            if error.is_passing:
                return Report.alarm("it does not answer")
            raise
        if not answer.is_success:
            return Report.alarm(f"it answers with {answer.status}", answer.status)
        if config.word not in answer.text:
            return Report.alarm(f"it answers without `{config.word}`", answer.status)
        return Report.ok("it answers", answer.status)
