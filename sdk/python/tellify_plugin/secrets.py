"""Secrets that an administrator set and granted, by name.

To check a signature or a token, :func:`verify_hmac` and :func:`verify_equal` do without the
secret itself ever coming here. All raise :class:`SecretError`.
"""

from .host import host
from .outside import Hash, SecretError

__all__ = ["Hash", "SecretError", "get", "verify_equal", "verify_hmac"]


def get(name: str) -> str:
    """The secret itself, to be sent on. It belongs in no log, title or event."""
    return host.secret(name)


def verify_hmac(name: str, hash: Hash, data: bytes, signature: bytes) -> bool:
    """Whether this is the HMAC of ``data`` under the secret; ``signature`` is raw bytes."""
    return host.verify_hmac(name, hash, data, signature)


def verify_equal(name: str, value: str) -> bool:
    """Whether this is the secret."""
    return host.verify_equal(name, value)
