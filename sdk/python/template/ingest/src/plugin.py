"""Takes reports of finished jobs: ``{"job": "backup", "status": "good"}``, and whatever else there is to
say.
"""

from dataclasses import dataclass
from typing import Annotated

from tellify_plugin import (
    JSON,
    Accepted,
    HttpRequest,
    Ingest,
    Malformed,
    NewEvent,
    Unauthorized,
    about,
    plugin,
    secrets,
)


@dataclass
class Config:
    """What a door configures."""

    type: Annotated[str, about("The type of the events that are made.")] = "job.done"


@plugin
class Plugin(Ingest[Config]):
    CONFIG = Config
    NAME = "{{name}}"
    VERSION = "0.1.0"
    TITLE = "Reports of jobs"
    DESCRIPTION = "Takes a JSON object with `job` and `status`, and whatever else there is."

    def accept(self, config: Config, now: int, request: HttpRequest) -> Accepted:
        # The secret itself stays with the daemon, which compares.
        if not secrets.verify_equal("{{name}}-token", request.header("x-token") or ""):
            raise Unauthorized("the header `x-token` is not the token")
        data = read(request)
        job = data.get("job") if isinstance(data, dict) else None
        if not isinstance(job, str):
            raise Malformed("the body has no `job`")
        return Accepted([NewEvent(config.type, subject=job, data=data)])


def read(request: HttpRequest) -> JSON:
    try:
        return request.json()
    except Malformed:
        raise Malformed("the body is no JSON") from None
