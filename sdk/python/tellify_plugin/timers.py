"""Many moments on one wake-up: a configuration has one pending wake-up, and a handler that
waits for something of each of its keys needs more.

The moments lie in the state, in order of time, under keys that begin with ``@``. A name may
have several; one that is due too early is no harm to a handler that looks at what it knows,
and asks anew.
"""

from . import state
from .outcome import Outcome

_PREFIX = "@"
# So many are taken at a time: one call must stay far within its limits.
_TAKEN_MAX = 250


def put(name: str, at: int) -> None:
    """Asks for ``name`` to be due at this moment."""
    state.put(_key(name, at), 0)


def put_if_room(name: str, at: int) -> bool:
    """The same, if the state has room for it; returns whether it had."""
    return state.put_if_room(_key(name, at), 0)


def take_due(now: int) -> list[str]:
    """Takes out the names that are due by ``now``, the earliest first, and some of them only
    when there are very many: the next wake-up comes for the others.
    """
    due = []
    for key in state.keys(_PREFIX, _TAKEN_MAX):
        at, name = _read(key)
        # What is not ours, and in our place, has no moment.
        if at is not None and at > now:
            break
        if at is not None:
            due.append(name)
        state.delete(key)
    return due


def arm(out: Outcome) -> None:
    """Makes the configuration's wake-up the earliest of these moments, or none. Belongs at the
    end of each call.
    """
    at = next((_read(key)[0] for key in state.keys(_PREFIX, 1)), None)
    if at is None:
        out.clear_wake()
    else:
        out.wake_at(at)


def _key(name: str, at: int) -> str:
    # Sixteen hexadecimal digits sort like the moments themselves.
    return f"{_PREFIX}{max(at, 0):016x}:{name}"


def _read(key: str) -> tuple[int | None, str]:
    digits, colon, name = key.removeprefix(_PREFIX).partition(":")
    try:
        return (int(digits, 16), name) if colon else (None, name)
    except ValueError:
        return None, name
