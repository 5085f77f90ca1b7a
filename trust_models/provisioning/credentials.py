"""New credentials as they are handed on: lines of a `.env` file for each environment."""

from collections.abc import Iterator, Mapping

from trust_models.enums import Environment
from trust_models.provisioning.plan import Place
from trust_models.settings import DatabaseUrl
from trust_models.settings.tls import VERIFYING_MODES

__all__ = ["credential_lines", "urls"]

VARIABLES = {
    "trust_app": "DATABASE_URL",
    "trust_owner": "MIGRATION_DATABASE_URL",
    "trust_approver": "TRUST_APPROVER_DATABASE_URL",
}
"""The settings that take the URL of a login; auditors and maintenance use theirs elsewhere."""


def urls(admin: DatabaseUrl, place: Place, passwords: Mapping[str, str]) -> dict[str, DatabaseUrl]:
    """Return the URL of each login of the place whose password is known.

    They reach the server as the admin does, but with nothing of the admin's own, like a client certificate.
    """
    way = DatabaseUrl(
        host=admin.host,
        port=admin.port,
        database=place.database,
        sslmode=admin.sslmode,
        sslrootcert=admin.sslrootcert,
    )
    names = [name for name in place.login_names if name in passwords]
    return {name: way.replace(user=name, password=passwords[name]) for name in names}


def credential_lines(admin: DatabaseUrl, place: Place, passwords: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines for one place; none when no password of it was set."""
    found = urls(admin, place, passwords)
    if not found:
        return
    yield f"# {place.environment.value}: shown once; give each line only to whom it is for"
    if place.environment is Environment.PRODUCTION and not (admin.is_local or admin.sslmode in VERIFYING_MODES):
        yield "# production demands TLS: add sslmode=verify-full to each URL"
    yield f"TRUST_ENVIRONMENT={place.environment.value}"
    others = []
    for login in place.logins:
        if login.name not in found:
            continue
        url = found[login.name].to_url()
        if login in place.people or login.role not in VARIABLES:
            others.append(f"# {login.name}, a login of {login.role}: {url}")
        else:
            yield f"{VARIABLES[login.role]}={url}"
    yield from others
