"""The address of a database and the way to reach it, as one value that never shows its password."""

import dataclasses
import re
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from trust_models.settings.tls import TlsOptions
from trust_models.settings.url_syntax import (
    DEFAULT_PORT,
    PARAMETERS,
    is_ipv6,
    split_url,
    whole_number,
)

__all__ = ["DatabaseUrl"]

_MAX_PORT = 65_535
_MAX_TIMEOUT = 3_600
_MAX_CACHE = 1_000_000
_HOST_NAME = re.compile(r"[\w.-]+")
# PostgreSQL stores no NUL, and what is not UTF-8 cannot be sent at all.
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DatabaseUrl:
    """Where a PostgreSQL database is and who connects to it; valid by construction.

    `host` is a name, an IPv4 or IPv6 address (without brackets), or the directory of a Unix socket
    (it starts with '/'). `connect_timeout` is in whole seconds. Without a `user` or a `password`
    the driver falls back to PGUSER, PGPASSWORD and ~/.pgpass. `repr()` and `str()` give the `safe`
    form.

    Raises ValueError: one sentence that says what is wrong and how to mend it, and shows no value.
    """

    host: str
    database: str
    user: str | None = None
    password: str | None = None
    port: int = DEFAULT_PORT
    sslmode: str | None = None
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    application_name: str | None = None
    connect_timeout: int | None = None
    statement_cache_size: int | None = None

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check_text(field.name, getattr(self, field.name))
        _check_host(self.host)
        _check_range("port", self.port, 1, _MAX_PORT)
        _check_range("connect_timeout", self.connect_timeout, 1, _MAX_TIMEOUT)
        _check_range("statement_cache_size", self.statement_cache_size, 0, _MAX_CACHE)
        self._tls_options().check()

    @classmethod
    def parse(cls, text: str) -> "DatabaseUrl":
        """Read `postgresql://user:password@host:5432/database?sslmode=verify-full`.

        The schemes postgres and asyncpg mean the same. A Unix socket is `?host=/directory`, or the
        percent-encoded directory in place of the host. Raises ValueError as the class does.
        """
        parts = split_url(text)
        options = dict(parts.parameters)
        return cls(
            host=parts.host,
            database=parts.database,
            user=parts.user,
            password=parts.password,
            port=parts.port,
            connect_timeout=_number(options, "connect_timeout"),
            statement_cache_size=_number(options, "statement_cache_size"),
            **options,
        )

    @property
    def safe(self) -> str:
        """The URL with `***` in place of the password, for messages and logs."""
        return self._render("***")

    @property
    def is_local(self) -> bool:
        """Whether a Unix socket is used: no network lies between, and TLS does not apply."""
        return self.host.startswith("/")

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.safe!r})"

    def __str__(self) -> str:
        return self.safe

    def to_url(self) -> str:
        """The full URL, WITH the password; `parse` makes an equal value of it.

        libpq's tools (psql, pg_dump) know every parameter but `statement_cache_size`.
        """
        return self._render(quote(self.password or "", safe=""))

    def replace(
        self, *, user: str | None = None, password: str | None = None, database: str | None = None
    ) -> "DatabaseUrl":
        """Change user, password or database; what is not given stays, the password too.

        Raises ValueError as the class does.
        """
        return dataclasses.replace(
            self,
            user=self.user if user is None else user,
            password=self.password if password is None else password,
            database=self.database if database is None else database,
        )

    def tls(self) -> ssl.SSLContext | str | bool:
        """What asyncpg takes for `ssl`: False for a Unix socket, "prefer" without an sslmode.

        Reads the certificate files. Raises ConfigurationError when one is missing or unfit.
        """
        return False if self.is_local else self._tls_options().driver_argument()

    def connect_kwargs(self) -> dict[str, Any]:
        """Arguments for `asyncpg.connect` and `create_pool`; the connection's time zone is UTC.

        They contain the password. What the URL leaves out is the driver's default. Raises as `tls`.
        """
        given = {
            "user": self.user,
            "password": self.password,
            "timeout": self.connect_timeout,
            "statement_cache_size": self.statement_cache_size,
        }
        return {
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "ssl": self.tls(),
            "server_settings": {
                "application_name": self.application_name or "trust_models",
                "timezone": "UTC",
            },
            **{name: value for name, value in given.items() if value is not None},
        }

    def _tls_options(self) -> TlsOptions:
        return TlsOptions(self.sslmode, self.sslrootcert, self.sslcert, self.sslkey)

    def _render(self, password: str) -> str:
        secret = f":{password}" if self.password else ""
        at = "@" if self.user or self.password else ""
        # A zone (fe80::1%eth0) is encoded like any other '%'.
        host = "" if self.is_local else quote(self.host, safe=":")
        address = f"[{host}]" if ":" in host else host
        options = "&".join(
            f"{name}={quote(str(value), safe='')}"
            for name in PARAMETERS
            if (value := getattr(self, name)) is not None and (name != "host" or self.is_local)
        )
        place = f"{address}:{self.port}/{quote(self.database, safe='')}"
        user = quote(self.user or "", safe="")
        return f"postgresql://{user}{secret}{at}{place}{'?' if options else ''}{options}"


def _check_text(name: str, value: object) -> None:
    if value == "":
        raise ValueError(f"the URL's {name} is empty; give it a value or leave it out")
    if isinstance(value, str) and _UNSENDABLE.search(value):
        raise ValueError(f"the URL's {name} is not UTF-8 or holds a NUL; percent-encode its UTF-8")


def _check_host(host: str) -> None:
    if not (host.startswith("/") or _HOST_NAME.fullmatch(host) or is_ipv6(host)):
        raise ValueError("the URL's host is not one name or address; write it like db.example.org")


def _check_range(name: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise ValueError(f"the URL's {name} is out of range; give one from {low} to {high}")


def _number(options: dict[str, str], name: str) -> int | None:
    text = options.pop(name, None)
    return None if text is None else whole_number(name, text)
