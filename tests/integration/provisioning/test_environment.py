"""A process of production works on a database that is marked as production, and no other process does."""

from dataclasses import dataclass

import asyncpg
import pytest

from tests.fixtures.aerich_cli import aerich
from tests.fixtures.bookkeeping import connected
from tests.fixtures.processes import happens
from tests.fixtures.provisioned import Provisioned, provision, two_places
from tests.fixtures.refusals import refused
from tests.fixtures.wire import open_wire
from trust_models import Database
from trust_models.db.environment import refuse_production
from trust_models.db.maintenance import ensure_audit_segments
from trust_models.enums import Environment
from trust_models.errors import DatabaseUnavailable, EnvironmentMismatch, SchemaMismatch
from trust_models.models import FeatureFlag
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import Place
from trust_models.schema.migrations import upgrade
from trust_models.settings import DatabaseUrl, Settings

NOT_PRODUCTION = (
    "The database is not marked as production, and TRUST_ENVIRONMENT is production."
    " Name the database of production. Provision it first: `trust-models provision`."
)
IS_PRODUCTION = (
    "The database is marked as production, and TRUST_ENVIRONMENT is {}."
    " Name another database, or set TRUST_ENVIRONMENT=production."
)


@dataclass(frozen=True)
class Both:
    """Development and production on one server, both migrated."""

    server: EmbeddedServer
    superuser: DatabaseUrl
    made: Provisioned
    development: Place
    production: Place

    def settings(self, place: Place, environment: str) -> Settings:
        """The settings of a process of an environment that is given the URLs of a place."""
        own = self.made.settings(place, self.server)
        return Settings.load(
            environment=environment,
            database_url=own.database_url,
            migration_database_url=own.migration_database_url,
        )


@pytest.fixture(scope="module")
async def both(own_server: EmbeddedServer, superuser: DatabaseUrl) -> Both:
    places = two_places()
    # The rules for production go by the name of the development database, which is another one here.
    made = await provision(superuser, *places)
    for place in places:
        await upgrade(made.settings(place, own_server))
    return Both(own_server, superuser, made, *places)


async def test_each_process_opens_the_database_of_its_environment(both: Both) -> None:
    async with Database(both.settings(both.production, "production")):
        assert await FeatureFlag.all() == []
    for environment in ("development", "test"):
        async with Database(both.settings(both.development, environment)):
            assert await FeatureFlag.all() == []


@pytest.mark.parametrize("minimum", [0, 2])
async def test_a_process_of_production_refuses_development(both: Both, minimum: int) -> None:
    settings = both.settings(both.development, "production").model_copy(update={"pool_min_size": minimum})
    with pytest.raises(EnvironmentMismatch) as caught:
        await Database(settings).open()
    assert str(caught.value) == NOT_PRODUCTION


@pytest.mark.parametrize("environment", ["development", "test"])
async def test_every_other_process_refuses_production(both: Both, environment: str) -> None:
    with pytest.raises(EnvironmentMismatch) as caught:
        await Database(both.settings(both.production, environment)).open()
    assert str(caught.value) == IS_PRODUCTION.format(environment)


async def test_a_refusal_leaves_no_connection_behind(both: Both) -> None:
    with pytest.raises(EnvironmentMismatch):
        await Database(both.settings(both.production, "development")).open()
    async with connected(both.superuser) as admin:
        open_ones = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = $1"

        async def none() -> bool:
            return bool(await admin.fetchval(open_ones, both.production.database))

        assert await happens(none)


async def test_a_database_that_takes_the_name_of_another_is_noticed_by_the_next_connection(
    own_server: EmbeddedServer, superuser: DatabaseUrl, places: tuple[Place, Place]
) -> None:
    development, production = places
    made = await provision(superuser, *places)
    for place in places:
        await upgrade(made.settings(place, own_server))
    # A pool that keeps none open by itself: it would be back before the database has another name.
    settings = made.settings(production, own_server).model_copy(update={"pool_min_size": 0})
    async with connected(superuser) as admin, Database(settings):
        assert await FeatureFlag.all() == []
        await admin.execute(f"GRANT CONNECT ON DATABASE {development.database} TO {production.login('trust_app')}")
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", production.database
        )
        await admin.execute(f"ALTER DATABASE {production.database} RENAME TO {production.database}_old")
        await admin.execute(f"ALTER DATABASE {development.database} RENAME TO {production.database}")

        # What is left of the old connection breaks first.
        seen: list[Exception] = []

        async def mismatch() -> bool:
            try:
                await FeatureFlag.all()
            except (EnvironmentMismatch, DatabaseUnavailable) as error:
                seen.append(error)
            return isinstance(seen[-1], EnvironmentMismatch)

        assert await happens(mismatch)
        assert str(seen[-1]) == NOT_PRODUCTION


async def test_the_check_is_one_round_trip_per_connection(both: Both) -> None:
    url = both.made.url(both.development, "trust_app")
    async with open_wire(url) as wire:
        settings = Settings.load(database_url=wire.url, pool_max_size=1)
        with wire.recording() as record:
            async with Database(settings):
                opening = record.round_trips
                (question,) = [one for one in record.statements if "trust.environment()" in one]
                await FeatureFlag.all()
                await FeatureFlag.all()
        connection = await asyncpg.connect(**wire.url.connect_kwargs())
        with wire.recording() as alone:
            await connection.execute(question)
        await connection.close()
    assert alone.round_trips == 1
    # The start of the session, the marker, the migrations.
    assert opening == 3
    assert record.statements.count(question) == 1


async def test_a_database_without_our_schema_is_told_as_before(both: Both, superuser: DatabaseUrl) -> None:
    made = await provision(superuser, place := two_places()[0])
    async with connected(superuser.replace(database=place.database)) as admin:
        await admin.execute("DROP SCHEMA trust CASCADE")
    with pytest.raises(SchemaMismatch, match="has no trust_models schema yet"):
        await Database(made.settings(place, both.server)).open()


async def test_a_database_that_is_only_provisioned_has_no_schema_yet(both: Both, superuser: DatabaseUrl) -> None:
    made = await provision(superuser, place := two_places()[1])
    with pytest.raises(SchemaMismatch, match="has no trust_models schema yet"):
        await Database(made.settings(place, both.server)).open()


# Migrations


async def test_production_is_provisioned_before_it_is_migrated(
    own_server: EmbeddedServer, superuser: DatabaseUrl, production: Place
) -> None:
    made = await provision(superuser, production)
    async with connected(superuser) as admin:
        await admin.execute(f"DROP DATABASE {production.database}")
        await admin.execute(f"CREATE DATABASE {production.database} OWNER {production.owner}")
    settings = made.settings(production, own_server)
    with pytest.raises(EnvironmentMismatch) as caught:
        await upgrade(settings)
    assert str(caught.value) == NOT_PRODUCTION
    run = await aerich(settings, "upgrade")
    assert run.status == 1
    assert run.errors.splitlines()[-1] == f"Error: {NOT_PRODUCTION}"
    async with connected(superuser.replace(database=production.database)) as admin:
        assert await admin.fetchval("SELECT to_regclass('public.aerich')") is None


async def test_development_does_not_migrate_production(both: Both) -> None:
    settings = both.settings(both.production, "development")
    with pytest.raises(EnvironmentMismatch) as caught:
        await upgrade(settings)
    assert str(caught.value) == IS_PRODUCTION.format("development")
    for command in (["upgrade"], ["downgrade", "--yes"]):
        run = await aerich(settings, *command)
        assert run.status == 1
        assert run.errors.splitlines()[-1] == f"Error: {caught.value}"


async def test_segments_are_made_in_the_database_of_the_environment_only(both: Both) -> None:
    with pytest.raises(EnvironmentMismatch):
        await ensure_audit_segments(both.settings(both.production, "development"), 9)
    with pytest.raises(EnvironmentMismatch):
        await ensure_audit_segments(both.settings(both.development, "production"), 9)
    assert await ensure_audit_segments(both.settings(both.production, "production"), 4) == 0


# What destroys


@pytest.mark.parametrize("role", ["trust_owner", "trust_app"])
async def test_what_destroys_is_refused_where_the_database_or_the_process_is_of_production(
    both: Both, role: str
) -> None:
    async with connected(both.made.url(both.development, role)) as connection:
        await refuse_production(connection, Environment.DEVELOPMENT)
        await refuse_production(connection, Environment.TEST)
        with pytest.raises(EnvironmentMismatch, match="TRUST_ENVIRONMENT is production"):
            await refuse_production(connection, Environment.PRODUCTION)
    async with connected(both.made.url(both.production, role)) as connection:
        for environment in Environment:
            with pytest.raises(EnvironmentMismatch):
                await refuse_production(connection, environment)


async def test_an_unmarked_database_may_be_destroyed(superuser: DatabaseUrl) -> None:
    async with connected(superuser) as admin:
        await refuse_production(admin, Environment.DEVELOPMENT)


# The marker itself


@pytest.mark.parametrize("role", ["trust_app", "trust_reader", "trust_archiver", "trust_approver"])
async def test_only_the_owner_marks(both: Both, role: str) -> None:
    async with connected(both.made.url(both.production, role)) as connection:
        async with refused(connection, "42501"):
            await connection.execute("INSERT INTO trust.environment (name) VALUES ('development')")
        assert await connection.fetchval("SELECT trust.environment()") == "production"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trust.environment SET name = 'development'",
        "DELETE FROM trust.environment",
        "TRUNCATE trust.environment",
        "SET LOCAL session_replication_role = replica; DELETE FROM trust.environment",
    ],
)
async def test_what_was_marked_stays_written_down(both: Both, superuser: DatabaseUrl, statement: str) -> None:
    url = superuser.replace(database=both.production.database)
    async with connected(url) as admin, refused(admin, "23T01", "environment_immutable"):
        await admin.execute(statement)


async def test_the_newest_mark_counts_and_says_who_and_when(both: Both) -> None:
    async with connected(both.made.url(both.development, "trust_owner")) as owner:
        transaction = owner.transaction()
        await transaction.start()
        for name in ("production", "test"):
            await owner.execute(
                "INSERT INTO trust.environment (id, name, marked_by, created_at)"
                " VALUES (gen_random_uuid(), $1, 'somebody', '2001-01-01')",
                name,
            )
            assert await owner.fetchval("SELECT trust.environment()") == name
        rows = await owner.fetch("SELECT marked_by, now() - created_at < interval '1 minute' FROM trust.environment")
        await transaction.rollback()
    assert [tuple(row) for row in rows] == [
        (both.superuser.user, True),
        (both.development.owner, True),
        (both.development.owner, True),
    ]


async def test_a_name_beside_the_list_is_refused(both: Both) -> None:
    url = both.made.url(both.development, "trust_owner")
    async with connected(url) as owner, refused(owner, "23514", "environment_name_ck"):
        await owner.execute("INSERT INTO trust.environment (name) VALUES ('staging')")


async def test_going_down_leaves_the_marker(own_server: EmbeddedServer, superuser: DatabaseUrl) -> None:
    place = two_places()[0]
    made = await provision(superuser, place)
    settings = made.settings(place, own_server)
    await upgrade(settings)
    run = await aerich(settings, "downgrade", "-v", "0", "--yes")
    assert run.status == 0, run.errors
    async with connected(superuser.replace(database=place.database)) as admin:
        assert await admin.fetchval("SELECT trust.environment()") == "development"
        assert await admin.fetchval("SELECT to_regprocedure('trust.touch()')") is None
    assert await upgrade(settings)
    assert (await provision(superuser, place)).texts("done") == []
