"""`trust-models audit seal`, as an operator runs it."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.addresses import urls
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledger import NAME, check_ledger, until, write
from tests.fixtures.program import Program
from trust_models.ledger.checkpoint import open_checkpoint
from trust_models.ledger.keys import parse_verifiers
from trust_models.ledger.tiles import tiles_for

ALL_SEALED = "SELECT count(*) = (SELECT size FROM trust.audit_ledger) FROM audit_logs"


@pytest.fixture
async def program(cluster: Cluster, database: str, tmp_path: Path) -> Program:
    """A folder with a key and a place to publish at, and the settings."""
    program = Program(tmp_path, environment=urls(cluster, database))
    made = await program.run("audit", "keygen", NAME)
    assert made.status == 0, made.said
    (tmp_path / "published").mkdir()
    ledger = {
        "TRUST_LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
        "TRUST_LEDGER_PUBLISH": str(tmp_path / "published"),
    }
    return replace(program, environment={**program.environment, **ledger})


def published_size(folder: Path) -> int:
    """How many leaves the published tree has, all of whose tiles are there."""
    keys = parse_verifiers((folder / "ledger.key.pub").read_text())
    size = open_checkpoint((folder / "published/checkpoint").read_text(), keys).checkpoint.size
    for tile in tiles_for(size):
        assert len((folder / "published" / tile.path).read_bytes()) == 32 * tile.width
    return size


async def test_one_round(program: Program, app: asyncpg.Connection) -> None:
    await write(app, 3)
    while not await app.fetchval(ALL_SEALED):
        done = await program.run("audit", "seal", "--once")
        assert (done.status, done.errors) == (0, "")
    assert "3 leaves; checkpoint 1; published at" in done.output
    assert published_size(program.folder) == 3


async def test_what_cannot_be_published_is_told(program: Program, app: asyncpg.Connection) -> None:
    await write(app)
    (program.folder / "published/checkpoints").write_text("in the way")
    done = await program.run("audit", "seal", "--once")
    assert done.status == 1
    assert "NOT published at" in done.output


async def test_without_a_key(program: Program) -> None:
    without = {name: value for name, value in program.environment.items() if "KEY" not in name}
    done = await replace(program, environment=without).run("audit", "seal", "--once")
    assert done.status == 2
    assert "TRUST_LEDGER_KEY_FILE: it is not set" in done.errors


@pytest.mark.parametrize("every", ["0s", "soon", "-1"])
async def test_a_time_that_is_none(program: Program, every: str) -> None:
    done = await program.run("audit", "seal", f"--every={every}")
    assert (done.status, "no time like 5s" in done.errors) == (2, True)


async def test_killed_again_and_again(
    program: Program, cluster: Cluster, database: str, app: asyncpg.Connection
) -> None:
    """Wherever it is killed: the next one goes on, and in the end every event has one leaf and all is published."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    writer = await connect(cluster.url("app", database))
    stop = asyncio.Event()

    async def keep_writing() -> None:
        while not stop.is_set():
            await write(writer, 5)

    writing = asyncio.create_task(keep_writing())
    for _ in range(6):
        async with program.started("audit", "seal", "--every", "10ms") as process:
            before = await app.fetchval("SELECT size FROM trust.audit_ledger")
            await until(f"SELECT size > {before} FROM trust.audit_ledger", app)  # noqa: S608 - a number
            await asyncio.sleep(chance.random() / 5)
            process.kill()
    stop.set()
    await writing
    while not await app.fetchval(ALL_SEALED):
        assert (await program.run("audit", "seal", "--once")).status == 0
    await check_ledger(app)
    assert published_size(program.folder) == await app.fetchval("SELECT size FROM trust.audit_ledger")
    await writer.close()
