"""The exports of the world ``ingest``."""

from componentize_py_types import Err
from wit_world.exports import intake as wit
from wit_world.imports import types

from ..error import BadConfig, PluginError
from ..ingest import Accepted, HttpRequest, Ignored, Ingest, Malformed, Unauthorized
from . import convert
from .called import Configurations, said


def intake(plugin: Ingest) -> type:
    saved = Configurations(plugin)

    class Intake:
        def accept(self, c: types.Config, now: float, r: wit.Request) -> wit.Accepted:
            headers = convert.headers(r.headers)
            request = HttpRequest(r.method, r.path, r.query, headers, bytes(r.body), r.remote)
            try:
                return _accepted(plugin.accept(saved.of(c), int(now), request))
            except Exception as error:
                raise Err(_rejection(error)) from None

    return Intake


def _rejection(error: Exception) -> wit.Rejection:
    match error:
        case Unauthorized():
            return wit.Rejection_Unauthorized(str(error))
        case Malformed():
            return wit.Rejection_Malformed(str(error))
        case Ignored():
            return wit.Rejection_Ignored(str(error))
        case BadConfig():
            # Only the door's owner can mend this.
            return wit.Rejection_Failed(f"this door's configuration does not read: {error}")
    return wit.Rejection_Failed(said(error, PluginError))


def _accepted(ours: Accepted) -> wit.Accepted:
    reply = None
    if ours.reply is not None:
        headers = [types.Attribute(key, value) for key, value in ours.reply.headers]
        reply = wit.Reply(ours.reply.status, headers, ours.reply.body)
    return wit.Accepted(list(map(convert.new_event, ours.events)), reply)
