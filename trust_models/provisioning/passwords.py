"""Passwords of logins, and what the server is told of them: a SCRAM-SHA-256 verifier, never the password.

A server may log every statement, and a superuser may read what it stores. From a verifier one can check a password,
not sign in with it (RFC 5802, section 3; RFC 7677 for SHA-256).
"""

import base64
import hashlib
import hmac
import secrets

from trust_models.errors import ConfigurationError
from trust_models.settings.production_rules import WELL_KNOWN_PASSWORDS

__all__ = ["MIN_LENGTH", "check", "generate", "scram_verifier"]

MIN_LENGTH = 16
ITERATIONS = 4096
"""What RFC 7677 demands at least, and what PostgreSQL itself uses."""

_SALT_BYTES = 16
_GENERATED_BYTES = 24


def generate() -> str:
    """Return a new password of 192 random bits, in letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def check(variable: str, password: str) -> None:
    """Raise ConfigurationError, which names the variable and not the password, unless it may be used.

    ASCII only, because SASLprep (RFC 4013), through which clients put a password first, leaves that as it is.
    """
    if not (password.isascii() and password.isprintable()):
        problem = "the password is not printable ASCII"
    elif len(password) < MIN_LENGTH:
        problem = f"the password is shorter than {MIN_LENGTH} characters"
    elif password.casefold() in WELL_KNOWN_PASSWORDS:
        problem = "the password is well known"
    else:
        return
    raise ConfigurationError(f"{variable}: {problem}.", hint="Give a generated one, or none to have one generated.")


def scram_verifier(password: str, *, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return what PostgreSQL stores of `password`, as RFC 5802, section 3, derives it."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    stored_key = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server_key = _hmac(salted, b"Server Key")
    return f"SCRAM-SHA-256${iterations}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
