"""docs/how-to/seal-the-audit-log.md: the unit, the queries and the new place, as an operator uses them."""

import re
import shlex
import sys
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path

import asyncpg
import pytest

from tests.docs import programs
from tests.docs.pages import page
from tests.docs.test_console_blocks import assert_documented, commands
from tests.fixtures.cluster import Cluster
from tests.fixtures.ledger import write
from trust_models.settings import LedgerSettings, Settings

PAGE = page("docs/how-to/seal-the-audit-log.md")
WAITING, OPEN, PREPARED, NEWEST = (block.text for block in PAGE.blocks_of("sql"))
ENVIRONMENT, NEW_PLACE = (block.text for block in PAGE.blocks_of("sh"))


def variables() -> dict[str, str]:
    """The environment that the page gives to the unit."""
    lines = [line for line in ENVIRONMENT.splitlines() if not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def exec_start() -> list[str]:
    """The arguments with which the unit starts the sealer."""
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as the standard library's documentation has it
    unit.read_string(PAGE.blocks_of("systemd")[0].text)
    assert unit["Service"]["EnvironmentFile"] == ENVIRONMENT.splitlines()[0].removeprefix("# ")
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/trust-models")
    return arguments


async def run(arguments: list[str], env: Mapping[str, str], folder: Path) -> str:
    return await programs.output_of(sys.executable, "-m", "trust_models", *arguments, folder=folder, env=env)


@pytest.fixture
async def env(cluster: Cluster, database: str, tmp_path: Path) -> dict[str, str]:
    """What an operator has after README.md's first command, with a folder to publish in."""
    keygen, *_ = readme()
    env = programs.environment(cluster.settings(database))
    await run(keygen, env, tmp_path)
    (tmp_path / "published").mkdir()
    return env | {
        "TRUST_LEDGER_KEY_FILE": str(tmp_path / "ledger.key"),
        "TRUST_LEDGER_PUBLIC_KEY": str(tmp_path / "ledger.key.pub"),
        "TRUST_LEDGER_PUBLISH": str(tmp_path / "published"),
    }


def readme() -> list[list[str]]:
    """The ledger's commands in README.md, one round in the place of many."""
    own = [list(one.words[1:]) for one in commands(page("README.md")) if one.words[:2] == ("trust-models", "audit")]
    return [once(arguments) for arguments in own]


def once(arguments: list[str]) -> list[str]:
    return shlex.split(re.sub(r"--every \S+", "--once", shlex.join(arguments)))


def test_the_environment_of_the_unit_is_taken_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_documented(*(f"{name}={value}" for name, value in variables().items()))
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    assert Settings.load().database_url.user == "trust_prod_archiver"
    places = LedgerSettings.load().ledger_publish
    assert ",".join(places) == variables()["TRUST_LEDGER_PUBLISH"]


async def test_the_command_of_the_unit_seals(
    env: dict[str, str], app: asyncpg.Connection, tmp_path: Path, cluster: Cluster, database: str
) -> None:
    assert variables().keys() - env.keys() == {"TRUST_ENVIRONMENT"}
    await write(app)
    archiver = env | {"DATABASE_URL": cluster.url("archiver", database).to_url()}
    assert "--every 5s" in shlex.join(exec_start())
    assert "checkpoint 1; published at" in await run(once(exec_start()), archiver, tmp_path)
    row = await app.fetchrow(NEWEST)
    assert row is not None
    assert row["number"] == 1


async def test_the_commands_of_the_readme_end_in_a_verified_log(
    env: dict[str, str], app: asyncpg.Connection, tmp_path: Path
) -> None:
    await write(app)
    _, seal, verify = readme()
    while not (await app.fetchval("SELECT size FROM trust.audit_ledger")):
        await run(seal, env, tmp_path)
    assert "verified" in await run(verify, env, tmp_path)


async def test_what_holds_leaves_up_is_found(
    app: asyncpg.Connection, admin: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    async with owner.transaction():
        await owner.execute("SELECT pg_current_xact_id()")
        await write(app, 2)
        await admin.execute("SELECT trust.seal_audit_log(100)")
        row = await app.fetchrow(WAITING)
        assert row is not None
        assert row["events"] == 2
        assert row["waiting"].total_seconds() > 0
        assert owner.get_server_pid() in [one["pid"] for one in await admin.fetch(OPEN)]
    await admin.fetch(PREPARED)


async def test_a_new_place_goes_on_from_checkpoints_that_were_copied(
    env: dict[str, str], app: asyncpg.Connection, tmp_path: Path
) -> None:
    for count in (1, 2):
        await write(app)
        while (await app.fetchval("SELECT max(number) FROM audit_checkpoints WHERE tree_size >= $1", count)) is None:
            await run(["audit", "seal", "--once"], env, tmp_path)
    last = await app.fetchval("SELECT max(number) FROM audit_checkpoints")
    script = NEW_PLACE.replace("/srv/ledger", f"{tmp_path}/published").replace("seq 1 47", f"seq 1 {last}")
    await programs.output_of("sh", "-eu", "-c", script)
    new = env | {"TRUST_LEDGER_PUBLISH": f"{tmp_path}/published-2"}
    await run(["audit", "seal", "--once"], new, tmp_path)
    assert "verified" in await run(["audit", "verify"], new, tmp_path)
    assert (tmp_path / "published-2/checkpoint").exists()
