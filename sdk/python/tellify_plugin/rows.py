"""One row for each thing that a handler tells apart, and a bound on how many there are."""

from . import log, state
from .jsontext import JSON
from .outcome import Outcome
from .words import Severity

# How many rows have been stored since they were last counted.
_STORED = "!stored"
# Stands for a minute after a count found them to be too many.
_FULL = "!full"
# Stands for a day after the owner was told.
_TOLD = "!told"
_MINUTE_S = 60
_DAY_S = 86_400


class Rows:
    """Rows by key in the state, each any JSON.

    What people send decides how many keys there are, so there is a bound; who is turned away
    at it is told of once a day.
    """

    def __init__(self, prefix: str, most: int) -> None:
        self._prefix = prefix
        self._most = most

    def get(self, key: str) -> JSON:
        """The row of a key; ``None`` when it has none."""
        return state.get(self._prefix + key)

    def update(self, key: str, row: JSON, ttl_s: int | None = None) -> bool:
        """Stores the row of a key that has one, for ever or for so many seconds. Returns false
        when the state has no room for it; then the old one stays.
        """
        return state.put_if_room(self._prefix + key, row, ttl_s)

    def insert(self, key: str, row: JSON, ttl_s: int | None = None) -> bool:
        """Stores the first row of a key, unless there are too many. Returns whether it did."""
        stored = state.get(_STORED, 0)
        if stored >= self._most:
            if state.get(_FULL) is not None:
                return False
            # Rows go away in many ways, so only a count tells how many there are.
            stored = len(state.keys(self._prefix, self._most))
            if stored == self._most:
                state.put_if_room(_FULL, 1, _MINUTE_S)
                return False
        return state.put_if_room(_STORED, stored + 1) and self.update(key, row, ttl_s)

    def remove(self, key: str) -> None:
        """Removes the row of a key."""
        state.delete(self._prefix + key)

    def keys(self) -> list[str]:
        """All keys that have a row, in order."""
        return [key.removeprefix(self._prefix) for key in state.keys(self._prefix)]

    def turn_away(self, title: str, out: Outcome) -> None:
        """Tells the owner, once a day, that a key found no room; ``title`` says what follows."""
        log.warn(title)
        if state.get(_TOLD) is None and state.put_if_room(_TOLD, 1, _DAY_S):
            out.note("full", Severity.WARNING, title)
