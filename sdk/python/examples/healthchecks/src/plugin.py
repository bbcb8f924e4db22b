"""Takes the pings that jobs send to Healthchecks: a request to ``/ID``, ``/ID/start``, ``/ID/fail``, ``/ID/log``
or ``/ID/7`` with the job's exit code, and its output as the body. In place of the ID, a ping key and a name
(``/KEY/backup``) will do.

A job's checks are the daemon's own: one over these events tells when a ping is missing.
"""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs

from tellify_plugin import (
    Accepted,
    Effect,
    HttpRequest,
    Ignored,
    Ingest,
    Malformed,
    NewEvent,
    Reply,
    Severity,
    about,
    plugin,
)

# Of a job's output so much is kept, as Healthchecks does.
BODY_BYTES_MAX = 10_000
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SLUG = re.compile(r"[a-z0-9_-]+")
SIGNALS = ("start", "fail", "log")


@dataclass
class Config:
    type: Annotated[str, about("The beginning of the events' types.", min_length=1)] = "job"
    keep_output: Annotated[bool, about("Whether the job's output becomes the event's text.")] = True


@plugin
class Healthchecks(Ingest[Config]):
    CONFIG = Config
    NAME = "healthchecks"
    VERSION = "0.1.0"
    TITLE = "Pings of jobs"
    DESCRIPTION = "Takes the pings that jobs send to Healthchecks, at its own paths."

    def accept(self, config: Config, now: int, request: HttpRequest) -> Accepted:
        if request.method not in ("GET", "POST", "HEAD"):
            raise Ignored(f"a ping is a GET, POST or HEAD, and this is a {request.method}")
        job, signal = read_path(request.path)
        event = NewEvent(f"{config.type}.{kind(signal)}", subject=job, data={"job": job})
        if signal.isdigit():
            event.data["exit_code"] = int(signal)
        run = parse_qs(request.query).get("rid", [None])[0]
        if run is not None and not UUID.fullmatch(run):
            raise Malformed("invalid uuid format")
        if run is not None:
            event.data["run"] = run
        if signal not in ("start", "log"):
            is_good = signal in ("", "0")
            event.effect = Effect.POSITIVE if is_good else Effect.NEGATIVE
            event.severity = Severity.INFO if is_good else Severity.ERROR
            event.data["status"] = "good" if is_good else "fail"
        if config.keep_output:
            event.text = request.body[:BODY_BYTES_MAX].decode(errors="replace")
        reply = Reply(200, [("content-type", "text/plain")], b"OK")
        return Accepted([event], reply)


def kind(signal: str) -> str:
    return {"start": "started", "log": "logged"}.get(signal, "done")


def read_path(path: str) -> tuple[str, str]:
    """The job, by its ID or name, and what is said of it; nothing: that it is done."""
    parts = [part for part in path.split("/") if part]
    # A name stands behind its key, and an ID for itself.
    if parts and not UUID.fullmatch(parts[0]):
        parts = parts[1:]
    if len(parts) not in (1, 2) or not SLUG.fullmatch(parts[0]):
        raise Malformed("invalid url format")
    signal = parts[1] if len(parts) == 2 else ""
    is_exit_code = signal.isdigit() and int(signal) <= 255
    if signal and signal not in SIGNALS and not is_exit_code:
        raise Malformed("invalid url format")
    return parts[0], signal
