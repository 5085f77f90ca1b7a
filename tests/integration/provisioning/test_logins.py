"""Logins: nobody is more than a member of one role, and no password is anywhere but with whom it is for."""

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.provisioned import provision, state
from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import LOGIN_ROLES, Login, Place, with_logins
from trust_models.provisioning.provision import Provisioning
from trust_models.settings import DatabaseUrl

Places = tuple[Place, Place]


async def value(url: DatabaseUrl, query: str, *arguments: object) -> object:
    async with connected(url) as connection:
        return await connection.fetchval(query, *arguments)


async def test_no_login_is_more_than_a_member_of_its_role(superuser: DatabaseUrl, places: Places) -> None:
    await provision(superuser, *places)
    found = await state(superuser, *places)
    logins = {login.name: login.role for place in places for login in place.logins}
    for name, *attributes in found["roles"]:
        assert attributes == [False, True, False, False, name in logins, False, False], name
    assert {(role, member) for role, member, _ in found["members"] if member in logins} == {
        (role, login) for login, role in logins.items()
    }
    assert not [member for role, member, _ in found["members"] if role == "trust_guard" or role in logins]


async def test_a_person_gets_a_login_of_their_own(superuser: DatabaseUrl, production: Place) -> None:
    name = f"{production.prefix}_alice"
    (place,) = with_logins([production], [Login(name, "trust_approver")])
    made = await provision(superuser, place)
    async with connected(
        superuser.replace(database=place.database, user=name, password=made.credentials[name])
    ) as alice:
        assert await alice.fetchval("SELECT pg_has_role(current_user, 'trust_approver', 'USAGE')")
    # A run that does not name her leaves her alone.
    again = await provision(superuser, production)
    assert again.texts("done") == []


@pytest.mark.parametrize("attribute", ["SUPERUSER", "CREATEDB", "IN ROLE pg_monitor"])
async def test_somebody_who_is_more_than_a_login_is_not_turned_into_one(
    superuser: DatabaseUrl, production: Place, attribute: str
) -> None:
    name = f"{production.prefix}_dba"
    async with connected(superuser) as admin:
        await admin.execute(f"CREATE ROLE {name} LOGIN {attribute}")
    (place,) = with_logins([production], [Login(name, "trust_approver")])
    with pytest.raises(ConfigurationError, match=f"{name} is there already, and more than a login of trust_approver"):
        await provision(superuser, place)
    assert await value(superuser, "SELECT count(*) FROM pg_roles WHERE rolname = $1", place.owner) == 0


async def test_the_admin_is_not_one_of_the_logins(superuser: DatabaseUrl, production: Place) -> None:
    with pytest.raises(ConfigurationError, match="is one of the logins that are provisioned"):
        await provision(superuser.replace(user=production.owner), production)


# Passwords


async def test_a_password_that_was_given_is_used_for_a_new_login_only(
    superuser: DatabaseUrl, development: Place
) -> None:
    app = development.login("trust_app")
    first = await provision(superuser, development, given={app: "the-first-that-was-given"})
    assert first.credentials[app] == "the-first-that-was-given"
    second = await provision(superuser, development, given={app: "the-second-that-was-given"})
    assert second.credentials == {}
    assert second.texts("not done") == [
        f"{app.upper()}_PASSWORD is not used: {app} keeps its password (--rotate changes it)"
    ]
    async with connected(first.url(development, "trust_app")):
        """It still opens."""


async def test_rotating_gives_new_ones_and_ends_the_old(superuser: DatabaseUrl, development: Place) -> None:
    first = await provision(superuser, development)
    second = await provision(superuser, development, renew=development.login_names)
    assert set(second.credentials) == set(first.credentials)
    assert not set(second.credentials.values()) & set(first.credentials.values())
    for role in LOGIN_ROLES:
        async with connected(second.url(development, role)):
            """The new one opens."""
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(**first.url(development, role).connect_kwargs())


async def test_the_server_gets_verifiers_and_logs_no_password(
    superuser: DatabaseUrl, own_server: EmbeddedServer, places: Places
) -> None:
    app = places[0].login("trust_app")
    made = await provision(superuser, *places, given={app: "one-that-somebody-gave"})
    again = await provision(superuser, *places, renew=places[0].login_names)
    log = own_server.log.read_text()
    assert f"CREATE ROLE {app} LOGIN PASSWORD 'SCRAM-SHA-256$" in log
    for password in (*made.credentials.values(), *again.credentials.values()):
        assert password not in log
    stored = await value(superuser, "SELECT rolpassword FROM pg_authid WHERE rolname = $1", app)
    assert str(stored).startswith("SCRAM-SHA-256$4096:")


async def test_credentials_are_handed_over_also_when_a_later_step_fails(
    superuser: DatabaseUrl, development: Place
) -> None:
    async with connected(superuser) as admin:
        await admin.execute(
            f"CREATE DATABASE {development.database} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
        )
    work = Provisioning(superuser, [development])
    with pytest.raises(ConfigurationError, match="is encoded in SQL_ASCII, which cannot hold every name"):
        await work.run()
    assert set(work.credentials) == set(development.login_names)
