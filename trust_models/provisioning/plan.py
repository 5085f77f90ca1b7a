"""What is to be there: roles, logins, databases. Nothing here touches a server.

Roles carry rights and do not log in; they belong to the server. A login is a member of one role and opens the database
of one environment. So nothing of development opens production, even where both live on one server, and each database
belongs to a login of its own: a shared owner could drop the one with the credentials of the other.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from trust_models.db.schema_head import packaged
from trust_models.enums import Environment
from trust_models.errors import ConfigurationError
from trust_models.sql import CURRENT

__all__ = ["DEVELOPMENT", "PLACES", "PRODUCTION", "ROLES", "Login", "Place", "session_settings", "with_logins"]

ROLES = (
    "trust_owner",
    "trust_guard",
    "trust_approver",
    "trust_app",
    "trust_reader",
    "trust_archiver",
)
"""Who migrates; who owns what is locked; who approves overrides; services; auditors; retention."""

LOGIN_ROLES = ("trust_owner", "trust_app", "trust_reader", "trust_archiver", "trust_approver")
"""The roles that each environment has a login for. The guard is nobody's."""

ON_SERVER = ("provision/roles.sql", "provision/role_repairs.sql", "provision/give_back.sql")
BEFORE_MARKER = (
    "provision/borrow.sql",
    "provision/owner.sql",
    "provision/database.sql",
    "provision/languages.sql",
    "provision/default_privileges.sql",
    "provision/schemas.sql",
)
AFTER_GRANTS = ("provision/give_back.sql",)
EXTENSION = "provision/extension.sql"
SCHEMA_OWNER = "provision/schema_owner.sql"
HAS_SCHEMA = "provision/has_schema.sql"
HOLD = "provision/hold.sql"
READABLE = "queries/readable.sql"
MARKED_AS = "provision/marked_as.sql"
AT_HEAD = "provision/at_head.sql"
CREATE_DATABASE = "provision/create_database.sql"
MARKER = "provision/marker.sql"

ESSENTIAL = frozenset({"provision/roles.sql", CREATE_DATABASE, "provision/owner.sql", MARKER})
"""Files whose statements must succeed; what another cannot do is noted, and the rest goes on."""

MARKER_FILES = CURRENT[: CURRENT.index("functions/environment.sql") + 1]
"""The beginning of the schema, up to the marker and its guard; the first migration makes it again, or finds it.

It is made only in a schema that the same transaction has made: in one that its owner had before, a function of the
owner's could answer to a name, and run with the rights of whoever provisions.
"""

GRANT_FILES = tuple(file for file in CURRENT if file.startswith("grants/"))

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Login:
    """A role that logs in, and the role of the product whose rights it has."""

    name: str
    role: str

    @property
    def password_variable(self) -> str:
        """The environment variable that may hold its password."""
        return f"{self.name.upper()}_PASSWORD"

    @classmethod
    def parse(cls, text: str) -> "Login":
        """Read `alice=trust_approver`; raise ConfigurationError for what is no such thing."""
        name, _, role = text.partition("=")
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"--login: {text!r} names no login.",
                hint="Give NAME=ROLE; a name is of lower-case letters, digits and '_', like alice=trust_approver.",
            )
        if role not in LOGIN_ROLES:
            raise ConfigurationError(f"--login: {text!r} names no role.", hint=f"Roles are {', '.join(LOGIN_ROLES)}.")
        if name in ROLES or any(name in place.login_names for place in PLACES):
            raise ConfigurationError(f"--login: {name} is the product's own.", hint="Choose another name.")
        return cls(name, role)


@dataclass(frozen=True)
class Place:
    """One environment on a server: its database, and the logins that open it; their names begin with `prefix`."""

    environment: Environment
    database: str
    prefix: str
    people: tuple[Login, ...] = ()

    def login(self, role: str) -> str:
        """The name of its login of `role`."""
        return f"{self.prefix}_{role.removeprefix('trust_')}"

    @property
    def owner(self) -> str:
        """The login that owns the database and migrates it."""
        return self.login("trust_owner")

    @property
    def logins(self) -> tuple[Login, ...]:
        """All its logins."""
        return (*(Login(self.login(role), role) for role in LOGIN_ROLES), *self.people)

    @property
    def login_names(self) -> tuple[str, ...]:
        """The names of all its logins."""
        return tuple(login.name for login in self.logins)


DEVELOPMENT = Place(Environment.DEVELOPMENT, "trust_dev", "trust_dev")
PRODUCTION = Place(Environment.PRODUCTION, "trust_prod", "trust_prod")
PLACES = (DEVELOPMENT, PRODUCTION)


def with_logins(places: Iterable[Place], people: Iterable[Login]) -> tuple[Place, ...]:
    """Return the places, each with a login of their own for some people."""
    people = tuple(people)
    return tuple(replace(place, people=people) for place in places)


def roles_setting(logins: Iterable[Login], verifiers: Mapping[str, str], renewed: Iterable[str]) -> str:
    """Return the value of `trust.provision_roles`: the roles, then these logins, each once."""
    renewed = frozenset(renewed)
    wanted = [{"name": name} for name in ROLES] + [
        {
            "name": login.name,
            "member_of": login.role,
            "verifier": verifiers.get(login.name),
            "renew": login.name in renewed,
        }
        for login in dict.fromkeys(logins)
    ]
    return json.dumps(wanted)


def session_settings(place: Place, places: Iterable[Place]) -> dict[str, str]:
    """Return the settings that the files for one database read; logins of other environments stay outside."""
    own = place.login_names
    others = {name for other in (*places, *PLACES) if other != place for name in other.login_names}
    return {
        "search_path": "pg_catalog, pg_temp",
        "trust.provision_roles": roles_setting(place.logins, {}, ()),
        "trust.provision_database": place.database,
        "trust.provision_owner": place.owner,
        "trust.provision_environment": place.environment.value,
        "trust.provision_migrations": json.dumps(sorted(packaged())),
        "trust.provision_logins": json.dumps(own),
        "trust.provision_strangers": json.dumps(sorted(others - set(own))),
    }
