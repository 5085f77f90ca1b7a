"""The text of a database URL, taken apart. Pure: decodes, but does not judge what the parts mean.

Own code, because `urllib.parse` is unfit here: it drops control characters, puts the password into
the messages of its errors, and takes the start of a password with an unencoded `/` or `#` for a
port. No message of this module shows any part of the text but the name of an unknown parameter.
"""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import unquote

__all__ = [
    "DEFAULT_PORT",
    "FORM",
    "PARAMETERS",
    "UrlParts",
    "is_ipv6",
    "split_url",
    "whole_number",
]

DEFAULT_PORT = 5432
FORM = "postgresql://user:password@host:5432/database"

PARAMETERS = (
    "host",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "connect_timeout",
    "statement_cache_size",
)

_SCHEMES = {"postgres", "postgresql", "asyncpg"}
_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[^]]*)]|(?P<name>[^][:]*))(?::(?P<port>.*))?")
# `int` would also take signs, underscores and other scripts.
_NUMBER = re.compile(r"[0-9]{1,9}")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class UrlParts(NamedTuple):
    """What stands between the separators, percent-decoded; an empty user or password is None.

    Bytes that are not UTF-8 come out as lone surrogates, for the reader to refuse.
    """

    user: str | None
    password: str | None
    host: str
    port: int
    database: str
    parameters: dict[str, str]


def split_url(text: str) -> UrlParts:
    """Take a URL apart; ValueError says what is wrong with its form and how to mend it."""
    if " " in text or not text.isprintable():
        raise ValueError(
            "the URL contains whitespace or a control character; remove it, or percent-encode it (a space is %20)"
        )
    credentials, location = _split_credentials(_after_scheme(text))
    if "#" in location:
        raise ValueError("the URL has a fragment; remove it, or write a literal '#' as %23")
    place, _, query = location.partition("?")
    address, _, path = place.partition("/")
    host, port = _split_address(address)
    user, _, password = credentials.partition(":")
    parameters = _split_query(query)
    return UrlParts(
        user=_decoded(user),
        password=_decoded(password),
        host=_one_host(host, parameters.pop("host", None)),
        port=port,
        database=_database(path),
        parameters=parameters,
    )


def whole_number(name: str, text: str) -> int:
    """Read a number written in at most nine decimal digits; anything else is a ValueError."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"the URL's {name} is not a whole number; write it in decimal digits")
    return int(text)


def is_ipv6(host: str) -> bool:
    """Whether the text is an IPv6 address, with or without a zone."""
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _after_scheme(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ValueError(f"the text is not a URL; write it as {FORM}")
    dialect, plus, _ = scheme.lower().partition("+")
    if dialect not in _SCHEMES:
        raise ValueError(f"the URL's scheme is not that of PostgreSQL; write {FORM}")
    if plus:
        raise ValueError("the URL's scheme names a driver, as for SQLAlchemy; write postgresql://")
    return rest


def _split_credentials(rest: str) -> tuple[str, str]:
    """Split at the only '@': with a second one, nobody can tell where the password ends."""
    credentials, _, location = rest.rpartition("@")
    if any(character in credentials for character in "@/?#"):
        raise ValueError(
            "the URL has an '@', '/', '?' or '#' where it does not belong; percent-encode it in the"
            " user, password and parameters ('@' is %40, '/' is %2F, '?' is %3F, '#' is %23)"
        )
    return credentials, location


def _split_address(address: str) -> tuple[str | None, int]:
    if "," in address:
        raise ValueError("the URL names several hosts; name one")
    match = _ADDRESS.fullmatch(address)
    if match is None or (match["ipv6"] is not None and not is_ipv6(unquote(match["ipv6"]))):
        raise ValueError(
            "the URL's host is neither a name nor an IPv6 address in brackets; write it like db.example.org or [::1]"
        )
    port = DEFAULT_PORT if match["port"] is None else whole_number("port", match["port"])
    return _decoded(match["ipv6"] or match["name"]), port


def _one_host(in_address: str | None, in_query: str | None) -> str:
    if in_query is not None and not in_query.startswith("/"):
        raise ValueError(f"the URL's parameter host is not a socket directory; write {FORM}")
    if in_address is not None and in_query is not None:
        raise ValueError("the URL names a host twice; keep one of the two")
    host = in_address or in_query
    if host is None:
        raise ValueError(f"the URL names no host; write {FORM}, or ?host=/directory for a socket")
    return host


def _database(path: str) -> str:
    if "/" in path:
        raise ValueError("the URL has a second '/' after the host; end it with the database, or write %2F")
    database = _decoded(path)
    if database is None:
        raise ValueError(f"the URL names no database; add it after the host: {FORM}")
    return database


def _split_query(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, equals, text = pair.partition("=")
        _check_known(name, has_value=bool(equals))
        value = _decoded(text)
        if name in parameters:
            raise ValueError(f"the URL has the parameter {name} twice; keep one of the two")
        if value is None:
            raise ValueError(f"the URL's {name} is empty; give it a value or leave it out")
        parameters[name] = value
    return parameters


def _check_known(name: str, *, has_value: bool) -> None:
    if name == "ssl":
        raise ValueError("the URL has the parameter ssl; write sslmode, like sslmode=verify-full")
    if name not in PARAMETERS:
        # Only what looks like a parameter is repeated: anything else may be a piece of a secret.
        shown = f"parameter {name}" if has_value and name.isidentifier() else "parameter"
        known = ", ".join(PARAMETERS)
        raise ValueError(f"the URL has an unknown {shown}; remove it, known are: {known}")


def _decoded(text: str) -> str | None:
    if _STRAY_PERCENT.search(text):
        raise ValueError("the URL has a '%' that encodes nothing; write a literal '%' as %25")
    # A strict decoder's error would carry the bytes of the password.
    return unquote(text, errors="surrogateescape") or None
