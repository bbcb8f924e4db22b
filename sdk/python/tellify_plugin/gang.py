"""Several alerts of one handler in one part of a message: worst first, those that are over
last.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .outcome import AlertItem
from .words import AlertState

# Names of a line together; with the words around them it stays one text message.
_LINE_CHARS_MAX = 120
# Longer keys stand out of their column rather than push all others away.
_KEY_WIDTH_MAX = 40


@dataclass(frozen=True)
class Gang:
    """The words in which a handler's alerts are told together."""

    holding: Callable[[Sequence[AlertItem]], str]
    """What those that hold have in common, such as ``over limit``."""
    over: str
    """What those have in common that are over, such as ``back``."""
    brief: Callable[[AlertItem], str | None]
    """What to say beside the key on a phone's line."""
    particulars: Callable[[AlertItem], str]
    """What to say beside the key on a line of its own."""

    def line(self, items: Sequence[AlertItem]) -> str:
        """One line for a phone: ``3 over limit: /a 98.1%, /b 93%, +1 more; 1 back: /d``. A
        single alert is told by its title.
        """
        if len(items) == 1:
            return items[0].alert.title
        over = [item for item in _sorted(items) if _is_over(item)]
        holding = [item for item in _sorted(items) if not _is_over(item)]
        parts = []
        if holding:
            names = short([self._named(item) for item in holding], _LINE_CHARS_MAX * 2 // 3)
            parts.append(f"{len(holding)} {self.holding(holding)}: {names}")
        if over:
            names = short([item.alert.key for item in over], _LINE_CHARS_MAX // 3)
            parts.append(f"{len(over)} {self.over}: {names}")
        return "; ".join(parts)

    def lines(self, items: Sequence[AlertItem]) -> str:
        """One line for each alert."""
        width = min(max((len(item.alert.key) for item in items), default=0), _KEY_WIDTH_MAX)

        def line(item: AlertItem) -> str:
            return f"{_standing(item):<8}  {item.alert.key:<{width}}  {self._told(item)}".rstrip()

        return "\n".join(map(line, _sorted(items)))

    def list(self, items: Sequence[AlertItem]) -> str:
        """The same as an HTML list."""

        def entry(item: AlertItem) -> str:
            key, told = escape_html(item.alert.key), escape_html(self._told(item))
            return f"<li>{_standing(item)}: <b>{key}</b> {told}</li>"

        return f"<ul>{''.join(map(entry, _sorted(items)))}</ul>"

    def _named(self, item: AlertItem) -> str:
        brief = self.brief(item)
        return item.alert.key if brief is None else f"{item.alert.key} {brief}"

    def _told(self, item: AlertItem) -> str:
        """The particulars, with how often it was when that was more than once."""
        times = f", {item.count} times" if item.count > 1 else ""
        return self.particulars(item) + times


def escape_html(text: str) -> str:
    """The text as it stands in HTML, in content and in quoted attributes alike."""
    return html.escape(text).replace("&#x27;", "&#39;")


def short(names: Sequence[str], chars_max: int) -> str:
    """As many of the names as fit, and how many more there are."""
    line = ""
    for i, name in enumerate(names):
        if i > 0 and len(line) + len(name) > chars_max:
            return f"{line}, +{len(names) - i} more"
        line += (", " if i > 0 else "") + name
    return line


def _is_over(item: AlertItem) -> bool:
    return item.alert.state is AlertState.RESOLVED


def _standing(item: AlertItem) -> str:
    return "resolved" if _is_over(item) else item.alert.severity.value


def _sorted(items: Sequence[AlertItem]) -> list[AlertItem]:
    """Worst first, those that are over last."""
    by_key = sorted(items, key=lambda item: item.alert.key)
    latest_first = sorted(by_key, key=lambda item: item.latest, reverse=True)
    worst_first = sorted(latest_first, key=lambda item: item.alert.severity, reverse=True)
    over = [item for item in latest_first if _is_over(item)]
    return [item for item in worst_first if not _is_over(item)] + over
