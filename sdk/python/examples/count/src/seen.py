"""What was seen within the window, in little space."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tellify_plugin import JSON

# So many moments are kept apart; then they are put together in slots.
MOMENTS_MAX = 128
# Slots of the window, when there are more moments than that.
SLOTS = 64
# More distinct values are not kept: the ones seen longest ago go.
VALUES_MAX = 256


@dataclass
class Seen:
    """Events, or distinct values, each at the moment at which it was seen last."""

    events: list[tuple[int, int]] = field(default_factory=list)
    """Moments in milliseconds, the oldest first, with how many events there were."""
    values: dict[str, int] = field(default_factory=dict)

    def add_event(self, now: int, within: int) -> None:
        if self.events and self.events[-1][0] == now:
            self.events[-1] = (now, self.events[-1][1] + 1)
        else:
            self.events.append((now, 1))
        if len(self.events) > MOMENTS_MAX:
            self._put_together(max(within // SLOTS, 1))

    def add_value(self, value: str, now: int) -> None:
        self.values[value] = now
        if len(self.values) > VALUES_MAX:
            oldest = min(sorted(self.values), key=self.values.__getitem__)
            del self.values[oldest]

    def forget(self, now: int, within: int) -> None:
        """Forgets what was seen ``within`` ago or longer."""
        self.events = [(at, count) for at, count in self.events if at + within > now]
        self.values = {value: at for value, at in self.values.items() if at + within > now}

    @property
    def count(self) -> int:
        return sum(count for _, count in self.events) + len(self.values)

    def names(self) -> list[str]:
        """The values in their order."""
        return sorted(self.values)

    def falling(self) -> Iterator[tuple[int, int]]:
        """The moments at which something was seen, the oldest first, with what the count is once
        that is forgotten.
        """
        left = self.count
        for at, count in sorted([*self.events, *((at, 1) for at in self.values.values())]):
            left -= count
            yield at, left

    def json(self) -> JSON:
        said: dict[str, JSON] = {"events": self.events} if self.events else {}
        return said | ({"values": self.values} if self.values else {})

    @staticmethod
    def read(row: JSON) -> "Seen":
        return Seen([(at, count) for at, count in row.get("events", [])], dict(row.get("values", {})))

    def _put_together(self, slot: int) -> None:
        """Moments of one slot become its last, so that nothing is forgotten too early."""
        moments, self.events = self.events, []
        for at, count in moments:
            if self.events and self.events[-1][0] // slot == at // slot:
                self.events[-1] = (at, self.events[-1][1] + count)
            else:
                self.events.append((at, count))
