"""Several upgrades of one database at the same time: one does the work, the others wait and find none left."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.aerich_cli import Finished, aerich, finish, start
from tests.fixtures.bookkeeping import applied
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.migration_folder import MigrationFolder
from trust_models.db.schema_head import packaged
from trust_models.errors import MigrationFailed
from trust_models.schema.migration_turn import LOCK_KEY
from trust_models.schema.migrations import upgrade

ALL_APPLIED = [f"Success upgrading to {migration}" for migration in packaged()]
NOTHING_TO_DO = ["No upgrade items found"]

NEVER_ENDS = """
import asyncio, sys

RUN_IN_TRANSACTION = True

async def upgrade(database):
    await database.execute_script("CREATE TABLE public.half_way (id integer)")
    print("under way", flush=True)
    await asyncio.Event().wait()
"""


async def assert_migrated_once(cluster: Cluster, name: str) -> None:
    url = cluster.url("owner", name)
    expected = await catalogue_of(cluster.url("owner", cluster.template))
    assert_same(expected, await catalogue_of(url), after="concurrent upgrades")
    assert await applied(url) == packaged()


async def test_the_owner_is_a_plain_role(cluster: Cluster, owner: asyncpg.Connection) -> None:
    rights = await owner.fetchrow(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = $1",
        cluster.login("owner"),
    )
    assert rights is not None
    assert not any(rights)


async def test_three_processes(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        settings = cluster.settings(name)
        runs: list[Finished] = await asyncio.gather(*(aerich(settings, "upgrade") for _ in range(3)))
        assert [run.status for run in runs] == [0, 0, 0], [run.errors for run in runs]
        outputs = sorted((run.output.splitlines() for run in runs), key=len)
        assert outputs == [NOTHING_TO_DO, NOTHING_TO_DO, ALL_APPLIED]
        await assert_migrated_once(cluster, name)


async def test_three_tasks(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        settings = cluster.settings(name)
        runs = await asyncio.gather(*(upgrade(settings) for _ in range(3)))
        assert sorted(runs, key=len) == [[], [], packaged()]
        await assert_migrated_once(cluster, name)


async def test_a_lock_that_is_held_for_too_long_is_a_clear_error(
    cluster: Cluster, database: str, owner: asyncpg.Connection
) -> None:
    settings = cluster.settings(database, migration_lock_timeout=0.01)
    await owner.execute(f"SELECT pg_advisory_lock({LOCK_KEY})")
    with pytest.raises(MigrationFailed) as caught:
        await upgrade(settings)
    assert str(caught.value) == (
        "Another migration of this database is still running after 0.01 seconds."
        " Wait for it to end, or raise TRUST_MIGRATION_LOCK_TIMEOUT."
    )
    refused = await aerich(settings, "upgrade")
    assert refused.status == 1
    assert refused.errors.splitlines()[-1] == f"Error: {caught.value}"

    await owner.execute(f"SELECT pg_advisory_unlock({LOCK_KEY})")
    assert await upgrade(settings) == []


async def test_the_lock_is_of_one_database(cluster: Cluster, owner: asyncpg.Connection) -> None:
    await owner.execute(f"SELECT pg_advisory_lock({LOCK_KEY})")
    async with cluster.clone() as other:
        assert await upgrade(cluster.settings(other, migration_lock_timeout=0.01)) == []


async def test_a_killed_upgrade_leaves_neither_lock_nor_change(cluster: Cluster, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    folder.add("0_20260101000000_never_ends.py", NEVER_ENDS)
    async with cluster.empty() as name:
        settings = cluster.settings(name)
        holder = await start(settings, "upgrade", folder=tmp_path)
        try:
            assert holder.stdout is not None
            assert await holder.stdout.readline() == b"under way\n"
            waiting = await start(settings, "upgrade")
            assert waiting.stderr is not None
            notice = await waiting.stderr.readline()
            assert notice == b"Another migration of this database is running; waiting for it to end.\n"
        finally:
            holder.kill()
        assert (await finish(holder)).status < 0
        ended = await finish(waiting)
        assert (ended.status, ended.output.splitlines()) == (0, ALL_APPLIED), ended.errors
        await assert_migrated_once(cluster, name)
