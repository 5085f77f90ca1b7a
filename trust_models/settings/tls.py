"""What the driver is given for `ssl`, from the parameters that libpq knows.

The meaning is libpq's, with two gaps closed rather than inherited: `verify-ca` without a
`sslrootcert` (any public authority could then vouch for any host) and certificates that the mode
would silently ignore are refused. Without `sslrootcert`, `verify-full` trusts the authorities of
the system, like libpq's `sslrootcert=system`.
"""

import ssl
from pathlib import Path
from typing import NamedTuple

from trust_models.errors import ConfigurationError

__all__ = ["SSL_MODES", "VERIFYING_MODES", "TlsOptions"]

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
VERIFYING_MODES = frozenset({"verify-ca", "verify-full"})

_ENCRYPTING_MODES = VERIFYING_MODES | {"require"}
_SYSTEM = "system"


class TlsOptions(NamedTuple):
    """The parameters of a URL that concern TLS; the files are PEM."""

    sslmode: str | None
    sslrootcert: str | None
    sslcert: str | None
    sslkey: str | None

    def check(self) -> None:
        """Raise ValueError for options that contradict each other. Reads no file."""
        if self.sslmode is not None and self.sslmode not in SSL_MODES:
            raise ValueError(f"the URL's sslmode is unknown; use one of: {', '.join(SSL_MODES)}")
        if self.sslrootcert is not None and self.sslmode not in VERIFYING_MODES:
            raise ValueError(
                "the URL has a sslrootcert that its sslmode would ignore; add sslmode=verify-full or sslmode=verify-ca"
            )
        if self.sslmode == "verify-ca" and self.sslrootcert in {None, _SYSTEM}:
            raise ValueError(
                "the URL's sslmode=verify-ca would trust any host with a public certificate;"
                " add sslrootcert=<file of your authority>, or use sslmode=verify-full"
            )
        if self.sslcert is not None and self.sslmode not in _ENCRYPTING_MODES:
            raise ValueError("the URL has a sslcert that its sslmode may leave unused; add sslmode=verify-full")
        if self.sslkey is not None and self.sslcert is None:
            raise ValueError("the URL has a sslkey without its certificate; add sslcert=<file>")

    def driver_argument(self) -> ssl.SSLContext | str | bool:
        """False, the name of a mode that only prefers TLS, or a context that demands it.

        Raises ConfigurationError when a file is missing or does not hold what it should.
        """
        if self.sslmode == "disable":
            return False
        if self.sslmode not in _ENCRYPTING_MODES:
            return self.sslmode or "prefer"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = self.sslmode == "verify-full"
        # The driver sets this on its own contexts only; PostgreSQL 17 wants it for direct TLS.
        context.set_alpn_protocols(["postgresql"])
        self._trust(context)
        self._identify(context)
        return context

    def _trust(self, context: ssl.SSLContext) -> None:
        if self.sslmode == "require":
            context.verify_mode = ssl.CERT_NONE
        elif self.sslrootcert is None or self.sslrootcert == _SYSTEM:
            context.load_default_certs()
        else:
            authority = _readable("sslrootcert", self.sslrootcert)
            try:
                context.load_verify_locations(authority)
            except ssl.SSLError as error:
                raise ConfigurationError(
                    f"The file that sslrootcert names holds no PEM certificate: {authority}.",
                    hint="Put the certificate of the authority there, in PEM form.",
                ) from error

    def _identify(self, context: ssl.SSLContext) -> None:
        if self.sslcert is None:
            return
        certificate = _readable("sslcert", self.sslcert)
        key = _readable("sslkey", self.sslkey) if self.sslkey else None
        try:
            context.load_cert_chain(certificate, key, password=_no_passphrase)
        except ssl.SSLError as error:
            raise ConfigurationError(
                f"The client certificate {certificate} and its key do not load.",
                hint="Give a PEM certificate and the PEM key that fits it, without a passphrase.",
            ) from error


def _no_passphrase() -> str:
    """Stand in for OpenSSL's question on the terminal, at which a service would hang."""
    return ""


def _readable(parameter: str, name: str) -> Path:
    """Name the parameter whose file is at fault; the ssl module does not say which it was."""
    path = Path(name)
    try:
        path.open("rb").close()
    except OSError as error:
        raise ConfigurationError(
            f"The file that {parameter} names cannot be read ({error.strerror}): {path}.",
            hint="Correct the path in the database URL, or put the file there.",
        ) from error
    return path
