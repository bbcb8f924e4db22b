"""Requests to the URLs that an administrator granted.

``plugin.toml`` asks for patterns of URLs, an administrator grants them. Redirections are not
followed, and request and answer are bounded in size and time. A request without an answer
raises :class:`HttpError`.
"""

from .host import host
from .jsontext import JSON
from .outside import HttpError, Request, Response

Headers = dict[str, str]

__all__ = ["HttpError", "Request", "Response", "get", "post", "send"]


def send(request: Request) -> Response:
    """Sends it, and waits for the whole answer."""
    return host.send(request)


def get(url: str, headers: Headers | None = None, timeout_ms: int | None = None) -> Response:
    """Asks for something."""
    return send(Request("GET", url, list((headers or {}).items()), timeout_ms=timeout_ms))


def post(
    url: str,
    body: bytes = b"",
    headers: Headers | None = None,
    *,
    json: JSON = None,
    timeout_ms: int | None = None,
) -> Response:
    """Hands something over: bytes, or a value in JSON."""
    request = Request("POST", url, list((headers or {}).items()), body, timeout_ms)
    return send(request if json is None else request.json(json))
