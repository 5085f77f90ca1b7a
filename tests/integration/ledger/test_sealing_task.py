"""The sealer as a task of a service."""

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.ledger import check_ledger, sealer, until, write
from tests.integration.ledger.test_sealer import ALL_SEALED, settled
from trust_models.errors import ConfigurationError, PublicationConflict
from trust_models.ledger.sealer.task import SealingTask


async def test_it_seals_until_it_is_stopped(
    cluster: Cluster, database: str, app: asyncpg.Connection, tmp_path: Path
) -> None:
    await write(app, 3)
    async with SealingTask(cluster.settings(database), sealer(tmp_path), every=0.02) as task:
        await until(ALL_SEALED, app)
        await write(app, 3)
        await until("SELECT count(*) > 0 FROM audit_checkpoints WHERE tree_size = 6", app)
        task.start()  # once is enough
        assert task.running
    assert not task.running
    await check_ledger(app)
    await write(app)
    await asyncio.sleep(0.1)
    assert not await app.fetchval(ALL_SEALED)
    await task.stop()  # once more does no harm


async def test_it_comes_back_after_the_database_was_away(
    cluster: Cluster, database: str, app: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    async with SealingTask(cluster.settings(database), sealer(), every=0.02) as task:
        for _ in range(3):
            await write(app, 2)
            await until(ALL_SEALED, app)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), $1::int)".replace(
                    "$1", str(app.get_server_pid())
                )
            )
        await write(app)
        await until(ALL_SEALED, app)
    assert task.failures >= 1
    await check_ledger(app)


async def test_a_conflict_ends_it(
    cluster: Cluster, app: asyncpg.Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It does not go on beside what is published, and says so at once and when it is stopped."""
    sealing = sealer(tmp_path)
    await write(app)
    await settled(sealing, app)
    async with cluster.clone() as older:
        task = SealingTask(cluster.settings(older), replace(sealing), every=0.02)
        ended = asyncio.Event()
        task.start()
        assert task._task
        task._task.add_done_callback(lambda _: ended.set())
        await asyncio.wait_for(ended.wait(), 20)
    assert "sealer_stopped" in caplog.text
    with pytest.raises(PublicationConflict):
        await task.stop()


def test_it_needs_a_key(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRUST_LEDGER_KEY", "TRUST_LEDGER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="TRUST_LEDGER_KEY_FILE"):
        SealingTask(cluster.settings("nothing"))
