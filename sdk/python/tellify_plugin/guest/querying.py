"""The exports of the world ``source``."""

from componentize_py_types import Err
from wit_world.exports import querying as wit
from wit_world.imports import types

from .. import config
from ..error import BadConfig, PluginError
from ..jsontext import from_text, to_text
from ..source import BadArguments, Method, Source, TimedOut, UnknownMethod
from .called import Configurations, said


def querying(plugin: Source) -> type:
    saved = Configurations(plugin)
    known = {method.name: method for method in plugin.METHODS}

    class Querying:
        def methods(self) -> list[wit.Method]:
            return list(map(_method, plugin.METHODS))

        def call(self, c: types.Config, now: float, method: str, arguments: str) -> str:
            try:
                if method not in known:
                    raise UnknownMethod(f"there is no method `{method}`")
                given = _arguments(known[method], arguments)
                return to_text(plugin.call(saved.of(c), int(now), method, given))
            except Exception as error:
                raise Err(_failure(error)) from None

    return Querying


def _method(ours: Method) -> wit.Method:
    arguments, result = ours.schemas()
    return wit.Method(ours.name, ours.summary, to_text(arguments), to_text(result))


def _arguments(method: Method, text: str) -> object:
    try:
        return config.read(method.arguments, from_text(text))
    except ValueError as why:
        raise BadArguments(str(why)) from None


def _failure(error: Exception) -> wit.QueryError:
    match error:
        case UnknownMethod():
            return wit.QueryError_UnknownMethod()
        case BadArguments():
            return wit.QueryError_BadArguments(str(error))
        case BadConfig():
            return wit.QueryError_BadConfig(str(error))
        case TimedOut():
            return wit.QueryError_Timeout()
    return wit.QueryError_Failed(said(error, PluginError))
