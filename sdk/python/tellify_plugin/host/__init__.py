"""What the daemon offers to a plugin; natively, a stand-in of this process."""

from ..error import Failed

try:
    import wit_world as _  # noqa: F401

    is_component = True
except ImportError:
    is_component = False


class Refused(Failed):
    """The host did not take a write."""

    def __init__(self, why: str, key: str) -> None:
        super().__init__(_REFUSALS[why].format(key=key))
        self.why = why


_REFUSALS = {
    "too-big": "the value for `{key}` is too big to be kept",
    "quota": "this subscription's state is full",
    "not-a-number": "what is kept under `{key}`, or would be, is no finite number",
}

# Both have the same functions. Which one it is, is settled when a component is built.
if is_component:
    from . import component as host
else:
    from . import native as host

__all__ = ["Refused", "host", "is_component"]
