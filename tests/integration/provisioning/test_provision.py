"""Provisioning by a superuser: from nothing, again, twice at once, and after a drift."""

import asyncio

import asyncpg
import pytest

from tests.fixtures.bookkeeping import applied, connected
from tests.fixtures.provisioned import provision, state
from tests.fixtures.refusals import refused
from trust_models.db.schema_head import packaged
from trust_models.errors import DatabaseUnavailable, EnvironmentMismatch, PermissionDenied
from trust_models.provisioning import plan
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.passwords import scram_verifier
from trust_models.provisioning.plan import LOGIN_ROLES, Place
from trust_models.provisioning.steps import Steps
from trust_models.schema.migrations import upgrade
from trust_models.settings import DatabaseUrl

Places = tuple[Place, Place]

NOTHING = [
    "roles and logins, with their rights and no more",
    "the database {0.database}, marked as development, with its rights",
    "the database {1.database}, marked as production, with its rights",
]


async def value(url: DatabaseUrl, query: str, *arguments: object) -> object:
    async with connected(url) as connection:
        return await connection.fetchval(query, *arguments)


async def test_from_nothing(superuser: DatabaseUrl, places: Places) -> None:
    first = await provision(superuser, *places)
    assert first.texts("not done") == []
    assert set(first.credentials) == {name for place in places for name in place.login_names}
    for place in places:
        for role in LOGIN_ROLES:
            async with connected(first.url(place, role)) as connection:
                assert await connection.fetchval("SELECT trust.environment()") == place.environment
                assert await connection.fetchval("SHOW server_encoding") == "UTF8"
                assert await connection.fetchval("SELECT lower('Ä')") == "ä"
                assert await connection.fetchval("SELECT pg_has_role(session_user, $1, 'MEMBER')", role)


async def test_the_time_zone_is_that_of_the_database(superuser: DatabaseUrl, development: Place) -> None:
    made = await provision(superuser, development)
    # Past the package, which sets it for each connection itself.
    url = made.url(development, "trust_reader")
    connection = await asyncpg.connect(url.to_url())
    assert await connection.fetchval("SHOW timezone") == "UTC"
    await connection.close()
    settings = await value(
        superuser.replace(database=development.database),
        "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase"
        " WHERE datname = current_database() AND setrole = 0",
    )
    assert settings == ["TimeZone=UTC"]


async def test_a_second_time_changes_nothing_and_says_so(superuser: DatabaseUrl, places: Places) -> None:
    first = await provision(superuser, *places)
    before = await state(superuser, *places)
    second = await provision(superuser, *places)
    assert second.credentials == {}
    assert (second.texts("done"), second.texts("not done")) == ([], [])
    assert second.texts("there") == [text.format(*places) for text in NOTHING]
    assert await state(superuser, *places) == before
    async with connected(first.url(places[0], "trust_app")):
        """The password is still the one that was handed over."""


async def test_two_at_once(superuser: DatabaseUrl, places: Places) -> None:
    runs = await asyncio.gather(*(provision(superuser, *places) for _ in range(3)))
    busy = [run for run in runs if run.texts("done")]
    assert len(busy) == 1
    assert len(busy[0].credentials) == 10
    assert [run.texts("there") for run in runs if run is not busy[0]] == [
        [text.format(*places) for text in NOTHING]
    ] * 2


# Each environment for itself


@pytest.mark.parametrize("role", LOGIN_ROLES)
async def test_a_login_of_development_does_not_get_into_production(
    superuser: DatabaseUrl, places: Places, role: str
) -> None:
    development, production = places
    made = await provision(superuser, *places)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(**made.url(development, role, database=production.database).connect_kwargs())


async def test_the_owner_of_development_has_no_hold_on_production(superuser: DatabaseUrl, places: Places) -> None:
    development, production = places
    made = await provision(superuser, *places)
    async with connected(made.url(development, "trust_owner")) as owner:
        for statement in (
            f"DROP DATABASE {production.database}",
            f"ALTER DATABASE {production.database} OWNER TO {development.owner}",
            f"ALTER DATABASE {production.database} SET timezone TO 'Asia/Tokyo'",
            f"GRANT {production.owner} TO {development.owner}",
            f"ALTER ROLE {production.owner} PASSWORD 'taken'",
            f"SET ROLE {production.owner}",
            f"GRANT CONNECT ON DATABASE {production.database} TO {development.owner}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner.execute(statement)
        for privilege in ("CONNECT", "CREATE", "TEMPORARY"):
            held = "SELECT has_database_privilege($1, $2)"
            assert not await owner.fetchval(held, production.database, privilege)


async def test_everybody_s_rights_on_the_database_are_gone(superuser: DatabaseUrl, development: Place) -> None:
    made = await provision(superuser, development)
    for role in LOGIN_ROLES[1:]:
        async with connected(made.url(development, role)) as connection:
            async with refused(connection, "42501"):
                await connection.execute("CREATE TEMPORARY TABLE x ()")
            async with refused(connection, "42501"):
                await connection.execute("CREATE SCHEMA x")
            async with refused(connection, "42501"):
                await connection.execute("CREATE TABLE public.x ()")
            async with refused(connection, "42501"):
                await connection.execute("DO $$ BEGIN RETURN; END $$")


# With migrations


async def test_the_owner_login_migrates_what_was_provisioned(
    superuser: DatabaseUrl, own_server: EmbeddedServer, places: Places
) -> None:
    made = await provision(superuser, *places)
    for place in places:
        assert await upgrade(made.settings(place, own_server)) == packaged()
        assert await applied(superuser.replace(database=place.database)) == packaged()
        owners = await value(
            superuser.replace(database=place.database),
            "SELECT array_agg(DISTINCT relowner::regrole::text) FROM pg_class WHERE relnamespace IN"
            " ('public'::regnamespace, 'trust'::regnamespace)",
        )
        assert owners == [place.owner]
    assert (await provision(superuser, *places)).texts("done") == []


async def test_a_database_that_was_migrated_before_gets_grants_and_is_left_for_its_owner_to_mark(
    superuser: DatabaseUrl, own_server: EmbeddedServer, development: Place
) -> None:
    made = await provision(superuser, development)
    admin = superuser.replace(database=development.database)
    async with connected(superuser) as connection:
        await connection.execute(f"DROP DATABASE {development.database}")
        await connection.execute(f"CREATE DATABASE {development.database} OWNER {development.owner} TEMPLATE template0")
    await upgrade(made.settings(development, own_server))
    async with connected(admin) as connection:
        assert await connection.fetchval("SELECT trust.environment()") is None
        await connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM trust_app")
    run = await provision(superuser, development)
    assert any(
        text.startswith(f"{development.database} is not marked") and "as the owner" in text
        for text in run.texts("not done")
    )
    assert "granted table public.lab_sessions to trust_app" in run.texts("done")
    async with connected(made.url(development, "trust_app")) as app:
        assert await app.fetch("SELECT * FROM lab_sessions") == []


async def test_a_former_owner_keeps_no_right_on_the_database(superuser: DatabaseUrl, development: Place) -> None:
    name = f"{development.prefix}_former"
    async with connected(superuser) as admin:
        await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{scram_verifier('of-the-former-owner')}'")
        await admin.execute(f"CREATE DATABASE {development.database} OWNER {name} TEMPLATE template0")
    former = superuser.replace(database=development.database, user=name, password="of-the-former-owner")
    async with connected(former) as connection:
        await connection.execute(f"GRANT ALL ON DATABASE {development.database} TO CURRENT_USER WITH GRANT OPTION")
    run = await provision(superuser, development)
    assert f"made {development.owner} the owner of {development.database}" in run.texts("done")
    held = "SELECT array_agg(one) FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS one"
    held += " WHERE has_database_privilege($1, $2, one)"
    assert await value(superuser, held, name, development.database) is None
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(**former.connect_kwargs())


async def test_tables_of_somebody_else_are_pointed_out(
    superuser: DatabaseUrl, own_server: EmbeddedServer, development: Place
) -> None:
    made = await provision(superuser, development)
    await upgrade(made.settings(development, own_server))
    async with connected(superuser.replace(database=development.database)) as admin:
        await admin.execute("ALTER TABLE public.aerich OWNER TO trust_owner")
    assert any(
        f"the tables belong to trust_owner, not to {development.owner}" in text
        for text in (await provision(superuser, development)).texts("not done")
    )


# The marker


async def test_a_database_of_another_environment_is_refused_and_left_alone(
    superuser: DatabaseUrl, development: Place
) -> None:
    await provision(superuser, development)
    async with connected(superuser.replace(database=development.database)) as admin:
        await admin.execute("INSERT INTO trust.environment (name) VALUES ('production')")
        await admin.execute(f"GRANT CONNECT ON DATABASE {development.database} TO PUBLIC")
    before = await state(superuser, development)
    with pytest.raises(EnvironmentMismatch) as caught:
        await provision(superuser, development)
    assert str(caught.value) == (
        f"The database {development.database} is marked as production, not as development. Leave it, or let its owner"
        " mark it anew: a row in trust.environment, whose newest one counts."
    )
    assert await state(superuser, development) == before


async def test_nothing_that_an_owner_wrote_runs_with_the_rights_of_the_admin(
    superuser: DatabaseUrl, own_server: EmbeddedServer, development: Place
) -> None:
    """The owner of one database must not become the superuser of all of them."""
    made = await provision(superuser, development)
    await upgrade(made.settings(development, own_server))
    async with connected(made.url(development, "trust_owner")) as owner:
        for header, value_returned in (
            ("OR REPLACE FUNCTION trust.environment() RETURNS text", "NULL"),
            ("OR REPLACE FUNCTION trust.assign_environment() RETURNS trigger", "NEW"),
            ("FUNCTION public.evil() RETURNS trigger", "NEW"),
            ("FUNCTION public.format(text, name) RETURNS text", "'SELECT 1'"),
        ):
            await owner.execute(
                f"CREATE {header} LANGUAGE plpgsql AS $$ BEGIN RESET ROLE;"
                f" EXECUTE 'ALTER ROLE {development.owner} SUPERUSER'; RETURN {value_returned}; END $$"
            )
        await owner.execute("""
            CREATE TRIGGER evil BEFORE INSERT ON trust.environment EXECUTE FUNCTION public.evil();
            ALTER TABLE trust.environment DISABLE TRIGGER USER;
            DELETE FROM trust.environment;
            ALTER TABLE trust.environment ENABLE ALWAYS TRIGGER evil""")
    await provision(superuser, development)
    assert not await value(superuser, "SELECT rolsuper FROM pg_roles WHERE rolname = $1", development.owner)

    async with connected(made.url(development, "trust_owner")) as owner:
        await owner.execute(f"""
            DROP FUNCTION trust.environment(); DROP TABLE trust.environment;
            CREATE FUNCTION trust.guard_table(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RESET ROLE;
              EXECUTE 'ALTER ROLE {development.owner} SUPERUSER'; END $$;
            CREATE SCHEMA evil;
            CREATE FUNCTION evil.pg_get_userbyid(oid) RETURNS name LANGUAGE plpgsql AS $$ BEGIN
              EXECUTE 'ALTER ROLE {development.owner} SUPERUSER'; RETURN 'x'; END $$;
            GRANT USAGE ON SCHEMA evil TO PUBLIC;
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA evil, trust TO PUBLIC;
            ALTER DATABASE {development.database} SET search_path = evil, pg_catalog, public""")
    run = await provision(superuser.replace(database=development.database), development)
    assert any(text.startswith(f"{development.database} is not marked") for text in run.texts("not done"))
    assert not await value(superuser, "SELECT rolsuper FROM pg_roles WHERE rolname = $1", development.owner)


@pytest.mark.parametrize(
    "way",
    [
        "CREATE INDEX ON {table} ((public.evil(1)))",
        "CREATE STATISTICS public.told ON (public.evil(1)), (public.evil(2)) FROM {table}",
        "CREATE TABLE public.heir () INHERITS ({table}); CREATE INDEX ON public.heir ((public.evil(1)))",
    ],
)
async def test_nothing_of_an_owner_s_runs_by_reading_his_tables(
    superuser: DatabaseUrl, own_server: EmbeddedServer, development: Place, way: str
) -> None:
    made = await provision(superuser, development)
    await upgrade(made.settings(development, own_server))
    async with connected(made.url(development, "trust_owner")) as owner:
        await owner.execute("CREATE SEQUENCE public.ran")
        await owner.execute(
            "CREATE FUNCTION public.evil(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN"
            " IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN"
            " PERFORM pg_catalog.nextval('public.ran'); END IF; RETURN 1; END $$"
        )
        for table in ("public.aerich", "trust.environment"):
            await owner.execute(way.format(table=table))
            await provision(superuser, development)
            assert not await owner.fetchval("SELECT is_called FROM public.ran"), table
            await owner.execute("DROP TABLE IF EXISTS public.heir; DROP STATISTICS IF EXISTS public.told")


async def test_an_owner_hangs_nothing_on_a_table_that_is_being_read(
    superuser: DatabaseUrl, own_server: EmbeddedServer, development: Place
) -> None:
    made = await provision(superuser, development)
    await upgrade(made.settings(development, own_server))
    async with (
        connected(superuser.replace(database=development.database)) as admin,
        connected(made.url(development, "trust_owner")) as owner,
        admin.transaction(),
    ):
        await Steps(admin, print).run(plan.HOLD)
        await owner.execute("SET lock_timeout = '10ms'")
        for table in ("public.aerich", "trust.environment"):
            for change in (f"CREATE INDEX ON {table} (id)", f"CREATE STATISTICS told ON (id + 1) FROM {table}"):
                with pytest.raises(asyncpg.LockNotAvailableError):
                    await owner.execute(change)


# What cannot be done at all


async def test_an_admin_without_the_right_to_make_roles(superuser: DatabaseUrl, production: Place) -> None:
    name = f"{production.prefix}_nobody"
    async with connected(superuser) as admin:
        await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{scram_verifier('a-plain-role')}'")
    with pytest.raises(PermissionDenied) as caught:
        await provision(superuser.replace(user=name, password="a-plain-role"), production)
    assert str(caught.value).startswith("Permission denied to create role. Connect as a superuser, or as an admin with")


async def test_a_wrong_password_of_the_admin(superuser: DatabaseUrl, production: Place) -> None:
    with pytest.raises(DatabaseUnavailable, match="Password authentication failed"):
        await provision(superuser.replace(password="wr0ng-and-s3cr3t"), production)


async def test_a_database_of_the_admin_that_is_not_there(superuser: DatabaseUrl, production: Place) -> None:
    with pytest.raises(DatabaseUnavailable, match="no_such_database"):
        await provision(superuser.replace(database="no_such_database"), production)
