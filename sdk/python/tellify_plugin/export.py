"""How a class becomes a component."""

import sys
from typing import TypeVar

from . import host
from .plugin import AnyPlugin

P = TypeVar("P", bound=type[AnyPlugin])


def plugin(kind: P) -> P:
    """Makes a component of the module that this class stands in.

    ``componentize-py`` looks there for one class for each exported interface; outside a
    component there is nothing to do.
    """
    if not hasattr(kind, "CONFIG"):
        raise TypeError(f"{kind.__name__} says nothing of its configuration: set CONFIG to a dataclass")
    if host.is_component:
        from . import guest

        module = sys.modules[kind.__module__]
        for name, interface in guest.interfaces(kind).items():
            setattr(module, name, interface)
    return kind
