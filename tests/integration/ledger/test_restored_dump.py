"""A dump that is restored into another cluster, where transaction ids begin anew, goes on with the same tree."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledger import check_ledger, leaves, only_row, seal, seal_all, sealer, write
from tests.fixtures.program import ended
from tests.fixtures.psql import find_psql
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl


@pytest.fixture
async def elsewhere() -> AsyncIterator[Cluster]:
    """Another server, with the roles."""
    with EmbeddedServer() as server:
        cluster = Cluster(DatabaseUrl.parse(server.url()))
        await cluster.prepare()
        yield cluster
        await cluster.clean_up()


async def run(program: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        str(Path(find_psql()).with_name(program)), *arguments, stdout=PIPE, stderr=PIPE
    )
    done = await ended(process)
    assert done.status == 0, done.said


async def copy(cluster: Cluster, database: str, elsewhere: Cluster, name: str, folder: Path) -> None:
    """Dump a database and restore it into another one."""
    dump = str(folder / "dump")
    await run("pg_dump", "--format=custom", f"--file={dump}", cluster.url("admin", database).to_url())
    await run("pg_restore", "--no-owner", "--no-privileges", f"--dbname={elsewhere.url('admin', name).to_url()}", dump)


async def test_a_new_epoch_begins(
    cluster: Cluster, database: str, admin: asyncpg.Connection, elsewhere: Cluster, tmp_path: Path
) -> None:
    for _ in range(3000):  # so that the other cluster's transaction ids are lower
        await admin.execute("SELECT pg_current_xact_id()")
    await write(admin, 300)
    await seal_all(admin)
    unsealed = await write(admin, 5)
    sealed = await leaves(admin)

    async with elsewhere.empty() as name:
        await copy(cluster, database, elsewhere, name, tmp_path)
        restored = await connect(elsewhere.url("admin", name))
        try:
            early = await write(restored, 4)
            sizes = [await seal(restored, 100) for _ in range(5)]
            assert sizes[0] == 0, "the first hundred have their leaves"
            late = await write(restored, 300)
            await seal_all(restored)
            epochs = await restored.fetch("SELECT * FROM trust.audit_epochs ORDER BY number")
            event = await only_row(restored, "SELECT * FROM audit_logs WHERE action = 'audit_ledger.rebase'")
            assert [(row["first_leaf"], row["above_id"]) for row in epochs] == [(0, 0), (300, early[-1])]
            assert epochs[0]["server_identity"] != epochs[1]["server_identity"]
            await check_ledger(restored, order=[*sealed, *unsealed, *early, event["id"], *late])
            assert event["tx_id"] < min(await tx_ids(admin)), "the case is not the one that it should be"
        finally:
            await restored.close()


async def test_the_sealer_goes_on(
    cluster: Cluster, database: str, admin: asyncpg.Connection, elsewhere: Cluster, tmp_path: Path
) -> None:
    """The published tree continues: whoever watches it from outside sees nothing of the move."""
    published = tmp_path / "published"
    published.mkdir()
    sealing = sealer(published)
    await write(admin, 10)
    await sealing.seal(admin)
    async with elsewhere.empty() as name:
        await copy(cluster, database, elsewhere, name, tmp_path)
        restored = await connect(elsewhere.url("admin", name))
        try:
            await write(restored, 10)
            await type(sealing)(sealing.signers, sealing.publishers).seal(restored)
            assert (published / "checkpoint").read_text().split("\n")[1] == "21"
        finally:
            await restored.close()


async def tx_ids(connection: asyncpg.Connection) -> list[int]:
    return [row["tx_id"] for row in await connection.fetch("SELECT tx_id FROM audit_logs")]
