"""Lines for the author; the host keeps the last of them with each failed call."""

from .host import host


def trace(message: str) -> None:
    """Writes a line that is too much for all but the closest look."""
    host.log("trace", message)


def debug(message: str) -> None:
    """Writes a line that only somebody who looks for it needs."""
    host.log("debug", message)


def info(message: str) -> None:
    """Writes a line."""
    host.log("info", message)


def warn(message: str) -> None:
    """Writes a line about something odd."""
    host.log("warn", message)


def error(message: str) -> None:
    """Writes a line about something that went wrong."""
    host.log("error", message)
