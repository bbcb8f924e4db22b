"""Hands each message to a service that sends it on to a telephone, as one line."""

from dataclasses import dataclass
from typing import Annotated

from tellify_plugin import BadConfig, Channel, Failed, Message, Retry, about, http, plugin


@dataclass
class Config:
    """What an address configures."""

    number: Annotated[str, about("The telephone's number.")]


@plugin
class Plugin(Channel[Config]):
    CONFIG = Config
    NAME = "{{name}}"
    VERSION = "0.1.0"
    TITLE = "Short messages"
    DESCRIPTION = "Sends one line to a telephone."

    def deliver(self, config: Config, now: int, message: Message) -> str | None:
        # A message may come twice, after a crash: by its id the service knows it again.
        headers = {"idempotency-key": message.id}
        body = {"to": config.number, "text": message.text}
        answer = http.post("https://sms.example.org/send", headers=headers, json=body)
        if answer.is_success:
            return answer.header("x-message-id") or ""
        reason = f"the service answered with {answer.status}"
        if answer.status == 429 or answer.status >= 500:
            seconds = answer.header("retry-after") or ""
            raise Retry(reason, int(seconds) * 1000 if seconds.isdigit() else None)
        if answer.status == 400:
            raise BadConfig(f"{config.number} is no number that it sends to")
        raise Failed(reason)
