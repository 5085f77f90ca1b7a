"""What a database URL has to fulfil before a process that is set to production may use it."""

from collections.abc import Callable, Iterator

from trust_models.settings.database_url import DatabaseUrl
from trust_models.settings.tls import VERIFYING_MODES

__all__ = [
    "DEVELOPMENT_DATABASE",
    "SUPERUSERS",
    "WELL_KNOWN_PASSWORDS",
    "check",
    "check_transport",
    "is_owner",
    "is_superuser",
]

DEVELOPMENT_DATABASE = "trust_dev"
SERVICE_LOGIN = "a login of trust_app, like trust_prod_app"
OWNER_LOGIN = "the owner of the database, like trust_prod_owner"

# The first user of a cluster, as PostgreSQL, its images and the managed services name it.
_SUPERUSERS = """
    admin administrator alloydbadmin alloydbsuperuser avnadmin azure_pg_admin azure_superuser azuresu
    cloudsqladmin cloudsqlsuperuser dbadmin doadmin enterprisedb master neon_superuser pgadmin pgsql
    postgres postgresql rds_superuser rdsadmin root sa superuser supabase_admin sysadmin
"""
SUPERUSERS = frozenset(_SUPERUSERS.split())

# From tutorials, images and samples, and the names that this package itself hands out.
_WELL_KNOWN_PASSWORDS = """
    *** 0000 1234 12345 123456 1234567 12345678 123456789 1234567890 admin admin123 administrator
    app changeit changeme changethis ci database db default demo dev development docker example foo
    foobar guest hunter2 letmein local localhost master mysecretpassword pass pass123 passw0rd
    password password1 password123 pg pgpass pgpassword placeholder postgres postgresql prod
    production pw pwd qwerty replaceme root sa sample secret superuser supersecret test test123
    testing toor trust trust_app trust_approver trust_archiver trust_dev trust_guard trust_models
    trust_owner trust_prod trust_reader user welcome xxx xxxx
"""
WELL_KNOWN_PASSWORDS = frozenset(_WELL_KNOWN_PASSWORDS.split())


def is_superuser(user: str) -> bool:
    """Whether a name is that of a first user of a cluster."""
    return user.casefold() in SUPERUSERS


def is_owner(user: str) -> bool:
    """Whether a name is that of an owner of a database: trust_prod_owner, and by courtesy any that ends so."""
    return user.casefold().endswith("_owner")


def check(url: DatabaseUrl, *, connect_as: str, reserved: Callable[[str], bool]) -> None:
    """Raise ValueError unless the URL is fit for production.

    Each line of its message is one problem with its mend; none shows a value. `connect_as` says
    in a mend as whom; `reserved` tells which users the URL must not name.
    """
    problems = [
        *_transport_problems(url),
        *_user_problems(url, connect_as, reserved),
        *_password_problems(url),
        *_database_problems(url),
    ]
    if problems:
        raise ValueError("\n".join(problems))


def check_transport(url: DatabaseUrl) -> None:
    """Raise ValueError unless the way to the server is fit for production."""
    if problems := list(_transport_problems(url)):
        raise ValueError("\n".join(problems))


def _transport_problems(url: DatabaseUrl) -> Iterator[str]:
    if not url.is_local and url.sslmode not in VERIFYING_MODES:
        yield (
            "production demands TLS that verifies the server; add sslmode=verify-full"
            " (only a Unix socket, which is local, needs none)"
        )


def _user_problems(url: DatabaseUrl, connect_as: str, reserved: Callable[[str], bool]) -> Iterator[str]:
    if url.user is None:
        yield f"production demands a named user; connect as {connect_as}"
    elif reserved(url.user):
        yield f"the user has more rights than production allows here; connect as {connect_as}"


def _database_problems(url: DatabaseUrl) -> Iterator[str]:
    if url.database.casefold() == DEVELOPMENT_DATABASE:
        yield "the database is the development one; name that of production, like trust_prod"


def _password_problems(url: DatabaseUrl) -> Iterator[str]:
    if url.password is None:
        # Peer authentication and client certificates know no password.
        if not (url.is_local or url.sslcert):
            yield "production demands a password; add a generated one, or a client certificate"
        return
    guesses = WELL_KNOWN_PASSWORDS | {(url.user or "").casefold(), url.database.casefold()}
    if url.password.casefold() in guesses:
        yield (
            "the password is well known, or the name of the user or database;"
            " set a generated one in the database and here"
        )
