"""Provisioning by an admin who makes roles and databases and is no superuser, as managed servers have it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.provisioned import Provisioned, provision, state
from tests.fixtures.refusals import refused
from trust_models.db.schema_head import packaged
from trust_models.errors import PermissionDenied
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import PLACES, PRODUCTION
from trust_models.schema.migrations import upgrade
from trust_models.settings import DatabaseUrl

PASSWORD = "of-the-managed-admin"
PLPGSQL = "everybody can write PL/pgSQL here, also services (DO blocks); only a superuser can take that away"


@dataclass(frozen=True)
class Managed:
    """A server that was provisioned by its admin alone."""

    server: EmbeddedServer
    superuser: DatabaseUrl
    admin: DatabaseUrl
    first: Provisioned
    major: int


async def make_admin(superuser: DatabaseUrl, name: str) -> DatabaseUrl:
    """Make an admin as managed servers hand one out."""
    async with connected(superuser) as connection:
        await connection.execute(f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE PASSWORD '{PASSWORD}'")
    return superuser.replace(user=name, password=PASSWORD)


@pytest.fixture(scope="module")
async def managed() -> AsyncIterator[Managed]:
    """The server, with development and production under their own names."""
    with EmbeddedServer() as server:
        superuser = DatabaseUrl.parse(server.url())
        admin = await make_admin(superuser, "admin")
        yield Managed(server, superuser, admin, await provision(admin, *PLACES), server.major)


async def test_what_it_could_not_do_is_said_with_what_follows(managed: Managed) -> None:
    notes = managed.first.texts("not done")
    assert notes.count(PLPGSQL) == 2
    # Since 16 whoever makes a role may grant it; before, whoever makes roles may grant any of them.
    guard = [note for note in notes if "trust_guard" in note]
    assert [note.partition(" (")[0] for note in guard] == (
        ["admin, who made trust_guard, can become it"] if managed.major >= 16 else []
    )
    assert len(notes) == 2 + len(guard)


async def test_a_second_time_changes_nothing(managed: Managed) -> None:
    before = await state(managed.superuser, *PLACES)
    again = await provision(managed.admin, *PLACES)
    assert again.texts("done") == []
    assert await state(managed.superuser, *PLACES) == before


async def test_it_keeps_no_rights_of_a_role(managed: Managed) -> None:
    found = await state(managed.superuser, *PLACES)
    links = [how for _, member, how in found["members"] if member == "admin"]
    assert not [how for how in links if '"set_option": true' in how or '"inherit_option": true' in how]
    if managed.major < 16:
        assert links == []
    async with connected(managed.admin.replace(database=PRODUCTION.database)) as admin:
        async with refused(admin, "42501"):
            await admin.execute(f"SET ROLE {PRODUCTION.owner}")
        async with refused(admin, "42501"):
            await admin.execute("CREATE TABLE public.x ()")


async def test_the_owner_login_migrates_and_grants_can_be_given_again(managed: Managed) -> None:
    settings = managed.first.settings(PRODUCTION, managed.server)
    assert await upgrade(settings) == packaged()
    async with connected(managed.first.url(PRODUCTION, "trust_owner")) as owner:
        await owner.execute("REVOKE SELECT ON public.users FROM trust_app")
    again = await provision(managed.admin, *PLACES)
    assert again.texts("done") == ["granted table public.users to trust_app"]
    async with connected(managed.first.url(PRODUCTION, "trust_app")) as app:
        assert await app.fetch("SELECT * FROM users") == []


async def test_a_login_of_development_does_not_get_into_production(managed: Managed) -> None:
    for role in ("trust_owner", "trust_app"):
        url = managed.first.url(PLACES[0], role, database=PRODUCTION.database)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await asyncpg.connect(**url.connect_kwargs())


async def test_a_superuser_completes_it_later(managed: Managed) -> None:
    run = await provision(managed.superuser, *PLACES)
    assert run.texts("not done") == []
    assert run.texts("done").count("took PL/pgSQL from everybody else") == 2
    if managed.major >= 16:
        assert "took trust_guard from admin" in run.texts("done")
    # What it made does not stand in the admin's way, but for the guard, which is nobody's to borrow now.
    again = await provision(managed.admin, *PLACES)
    assert again.texts("done") == []
    assert [note.partition(" (")[0] for note in again.texts("not done")] == (
        ["without the rights of trust_guard, what needs them is left out"] * 2 if managed.major >= 16 else []
    )


async def test_roles_that_somebody_else_made_are_a_clear_error() -> None:
    with EmbeddedServer() as server:
        superuser = DatabaseUrl.parse(server.url())
        await provision(superuser, PLACES[0])
        second = await make_admin(superuser, "second")
        if server.major < 16:  # where whoever makes roles may grant any of them
            assert (await provision(second, PRODUCTION)).texts("done")
            return
        with pytest.raises(PermissionDenied) as caught:
            await provision(second, PRODUCTION)
        assert str(caught.value).startswith('Permission denied to grant role "trust_owner". Connect as a superuser,')
        async with connected(superuser) as connection:
            rows = await connection.fetch(
                "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)", PRODUCTION.login_names
            )
        assert rows == []
