"""A service starts only on the schema that it was written for, and otherwise says what to do."""

from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.migration_folder import MigrationFolder
from tests.fixtures.processes import happens
from trust_models.db.database import Database, current_client
from trust_models.db.schema_head import check_head, packaged
from trust_models.errors import SchemaMismatch

NOT_THERE = "The database has no trust_models schema yet. Run `trust-models upgrade`."
BEHIND = "The database is behind this package: {} of {} migrations are missing. Run `trust-models upgrade`."
AHEAD = (
    "The database is ahead of this package: it has 99_20990101000000_future.py, which the package does not know."
    " Install the version of trust-models that the database was upgraded with, or a newer one."
)
FUTURE = "99_20990101000000_future.py"


async def refusal(cluster: Cluster, name: str) -> str:
    with pytest.raises(SchemaMismatch) as caught:
        await Database(cluster.settings(name)).open()
    return str(caught.value)


async def downgrade(cluster: Cluster, name: str, folder: Path, number: int) -> None:
    migrations = MigrationFolder(folder)
    migrations.bring()
    async with migrations.command(cluster.settings(name)) as command:
        await command.downgrade(number, delete=False)


async def test_an_empty_database_is_refused(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        assert await refusal(cluster, name) == NOT_THERE


async def test_a_database_that_was_downgraded_to_nothing_is_refused(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    await downgrade(cluster, database, tmp_path, 0)
    assert await refusal(cluster, database) == NOT_THERE


@pytest.mark.parametrize("number", [1, len(packaged()) - 1])
async def test_a_database_that_is_behind_is_refused(
    cluster: Cluster, database: str, tmp_path: Path, number: int
) -> None:
    await downgrade(cluster, database, tmp_path, number)
    assert await refusal(cluster, database) == BEHIND.format(len(packaged()) - number, len(packaged()))


async def test_a_database_that_is_ahead_is_refused(cluster: Cluster, database: str, owner: asyncpg.Connection) -> None:
    await owner.execute("INSERT INTO aerich (version, app, content) VALUES ($1, 'trust', '{}')", FUTURE)
    assert await refusal(cluster, database) == AHEAD


async def test_a_refused_database_leaves_nothing_open(cluster: Cluster, database: str) -> None:
    async with cluster.empty() as name:
        await refusal(cluster, name)
        alone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1)"
        assert await happens(lambda: cluster.admin.fetchval(alone, name)), "a server process ends after its client"
    async with Database(cluster.settings(database)):
        assert await current_client().fetch("SELECT 1 AS one") == [{"one": 1}]


async def test_a_service_needs_no_right_on_the_bookkeeping(
    cluster: Cluster, database: str, app: asyncpg.Connection
) -> None:
    rights = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"
    assert not await app.fetchval("SELECT has_table_privilege('public.aerich', $1)", rights)
    assert not await app.fetchval("SELECT has_any_column_privilege('public.aerich', $1)", rights[:22])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.fetch("SELECT version FROM public.aerich")
    async with Database(cluster.settings(database)):
        rows = await current_client().fetch("SELECT name FROM trust.applied_migrations() AS name")
    assert [row["name"] for row in rows] == packaged()


async def test_the_bookkeeping_takes_no_migration_twice(owner: asyncpg.Connection) -> None:
    twice = "INSERT INTO aerich (version, app, content) SELECT version, app, content FROM aerich"
    with pytest.raises(asyncpg.UniqueViolationError) as caught:
        await owner.execute(twice)
    assert caught.value.constraint_name == "aerich_app_version_key"


def test_the_head_is_exactly_what_the_package_brings() -> None:
    check_head(packaged())
    with pytest.raises(SchemaMismatch, match=r"behind this package: 1 of "):
        check_head(packaged()[1:])
    with pytest.raises(SchemaMismatch, match=r"ahead of this package: it has 99_"):
        check_head([FUTURE])
