"""Between the interface's generated types and this package's own. Only components have it."""

from ..channel import Channel
from ..handler import Handler
from ..ingest import Ingest
from ..monitor import Monitor
from ..plugin import AnyPlugin
from ..source import Source
from .described import descriptor


def interfaces(kind: type[AnyPlugin]) -> dict[str, type]:
    """The classes that export a plugin, by the names under which they are looked for."""
    plugin = kind()
    # Each world has an interface of its own, and a component only that of its world.
    if isinstance(plugin, Handler):
        from .handling import handling as export
    elif isinstance(plugin, Ingest):
        from .intake import intake as export
    elif isinstance(plugin, Monitor):
        from .checking import checking as export
    elif isinstance(plugin, Source):
        from .querying import querying as export
    elif isinstance(plugin, Channel):
        from .delivering import delivering as export
    else:
        raise TypeError(f"{kind.__name__} is derived from no kind of plugin: take Handler, Ingest, …")
    return {"Descriptor": descriptor(plugin), export.__name__.title(): export(plugin)}
