"""Makes what the plan says on a server, and mends what has drifted from it.

It is safe to run again, and twice at the same time: the second waits, and finds nothing to do. Nothing in it calls a
function or fires a trigger that the owner of a database could have replaced: a superuser would run it with rights on
every database of the server.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager

import asyncpg

from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import ConfigurationError, PermissionDenied
from trust_models.provisioning import passwords, plan
from trust_models.provisioning.database import provision_database
from trust_models.provisioning.plan import Place
from trust_models.provisioning.report import Line, Say
from trust_models.provisioning.steps import Steps
from trust_models.settings import DatabaseUrl
from trust_models.sql import load

__all__ = ["Provisioning"]

LOCK_KEY = 0x7472_7573_745F_7072
"""The advisory lock of provisioning, "trust_pr" in ASCII."""

ADMIN = (
    "Connect as a superuser, or as an admin with CREATEROLE and CREATEDB: the one that made these roles, or one that"
    " was given ADMIN OPTION on them."
)


def _keep_silent(_line: Line) -> None:
    """Say nothing."""


class Provisioning:
    """Roles, logins, databases and markers on one server.

    `given` holds passwords by login, others are generated; `renew` names logins whose password is made anew, others
    keep theirs. `credentials` holds the passwords that were set, by login, also when `run` raised after that: nobody
    can have them a second time.
    """

    def __init__(
        self,
        admin: DatabaseUrl,
        places: Iterable[Place] = plan.PLACES,
        *,
        given: Mapping[str, str] | None = None,
        renew: Collection[str] = (),
        say: Say = _keep_silent,
    ) -> None:
        self.admin = admin
        self.places = tuple(places)
        self.credentials: dict[str, str] = {}
        self._given = given or {}
        self._renew = frozenset(renew)
        self._say = say

    async def run(self) -> None:
        """Do what is still to be done.

        Raises `ConfigurationError` for a login that may not be used, `EnvironmentMismatch` for a database that is
        marked otherwise, `PermissionDenied` when the admin may not do what is essential, and `DatabaseUnavailable`.
        """
        if any(self.admin.user in place.login_names for place in self.places):
            raise ConfigurationError(
                f"TRUST_ADMIN_DATABASE_URL: {self.admin.user} is one of the logins that are provisioned.",
                hint="Give the URL of a superuser, or of the admin of a managed server.",
            )
        try:
            async with _connected(self.admin) as server:
                await server.execute("SELECT pg_catalog.pg_advisory_lock($1)", LOCK_KEY)
                await self._logins(server)
                for place in self.places:
                    steps = Steps(server, self._say)
                    await _configure(server, plan.session_settings(place, self.places))
                    await steps.run(plan.CREATE_DATABASE)
                    async with _connected(self.admin.replace(database=place.database)) as connection:
                        await _configure(connection, plan.session_settings(place, self.places))
                        await provision_database(connection, place, self._say, made=steps.changed)
        except asyncpg.InsufficientPrivilegeError as error:
            raise PermissionDenied(translate(error).message, hint=ADMIN) from error
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def _logins(self, server: asyncpg.Connection) -> None:
        logins = tuple(dict.fromkeys(login for place in self.places for login in place.logins))
        existing = await self._existing(server, logins)
        new = self._passwords(logins, existing)
        verifiers = {name: passwords.scram_verifier(password) for name, password in new.items()}
        setting = plan.roles_setting(logins, verifiers, self._renew)
        await _configure(server, {"trust.provision_roles": setting})
        steps = Steps(server, self._say)
        async with server.transaction():
            await steps.run(*plan.ON_SERVER)
        self.credentials = new
        if not steps.changed:
            self._say(Line("there", "roles and logins, with their rights and no more"))

    async def _existing(self, server: asyncpg.Connection, logins: Iterable[plan.Login]) -> frozenset[str]:
        """Return the logins that are there; raise when one that a person is to have is more than such a login."""
        people = {login.name for place in self.places for login in place.people}
        wanted = {login.name: login.role for login in logins}
        rows = await server.fetch(load("provision/existing_logins.sql"), list(wanted), list(wanted.values()))
        for row in rows:
            if row["name"] in people and row["stronger"]:
                raise ConfigurationError(
                    f"--login: {row['name']} is there already, and more than a login of {wanted[row['name']]}.",
                    hint="Choose another name.",
                )
        return frozenset(row["name"] for row in rows)

    def _passwords(self, logins: Iterable[plan.Login], existing: frozenset[str]) -> dict[str, str]:
        """Return the passwords to set: of new logins, and of those that are renewed."""
        found: dict[str, str] = {}
        for login in logins:
            if login.name not in existing or login.name in self._renew:
                found[login.name] = self._given.get(login.name) or passwords.generate()
            elif login.name in self._given:
                text = f"{login.password_variable} is not used: {login.name} keeps its password (--rotate changes it)"
                self._say(Line("not done", text))
        return found


@asynccontextmanager
async def _connected(url: DatabaseUrl) -> AsyncIterator[asyncpg.Connection]:
    """Connect, and look for names where no owner of a database could have put one."""
    options = url.connect_kwargs()
    options["server_settings"] = options["server_settings"] | {"search_path": "pg_catalog, pg_temp"}
    connection = await asyncpg.connect(**options)
    try:
        yield connection
    finally:
        await connection.close()


async def _configure(connection: asyncpg.Connection, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        await connection.execute("SELECT pg_catalog.set_config($1, $2, false)", name, value)
