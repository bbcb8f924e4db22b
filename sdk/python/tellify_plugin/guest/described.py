"""What every plugin exports."""

from wit_world.exports.descriptor import Description
from wit_world.imports import types

from .. import config
from ..error import BadConfig
from ..handler import Handler
from ..jsontext import from_text, to_text
from ..plugin import AnyPlugin
from .called import Configurations


def descriptor(plugin: AnyPlugin) -> type:
    saved = Configurations(plugin)
    schema = config.schema(plugin.CONFIG)
    # The one thing that the daemon must know of a handler before it calls it.
    if isinstance(plugin, Handler) and plugin.WAKES_FIRST:
        schema = {**schema, "x-wakes-first": True}
    description = Description(
        name=plugin.NAME,
        version=plugin.VERSION,
        title=plugin.TITLE,
        description=plugin.DESCRIPTION,
        config_schema=to_text(schema),
        ui_hints=to_text(plugin.UI_HINTS),
    )

    class Descriptor:
        def describe(self) -> Description:
            return description

        def validate(self, username: str, parameters: str) -> list[types.Problem]:
            try:
                read = config.read(plugin.CONFIG, from_text(parameters))
            except config.Misfit as misfit:
                return [types.Problem(misfit.pointer, misfit.message)]
            except ValueError as why:
                return [types.Problem("", str(why))]
            return [types.Problem(found.pointer, found.message) for found in plugin.validate(username, read)]

        def title(self, c: types.Config) -> str:
            try:
                return plugin.title(saved.of(c))
            except BadConfig:
                return plugin.TITLE

        def summary(self, c: types.Config) -> str:
            try:
                return plugin.summary(saved.of(c))
            except BadConfig as why:
                return str(why)

    return Descriptor
