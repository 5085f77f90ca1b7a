"""`trust-models audit`: what it prints, and how it ends."""

import asyncio
import json
import signal
from asyncio.subprocess import Process
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.addresses import SECRET, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster
from tests.fixtures.processes import happens
from tests.fixtures.program import PATIENCE_SECONDS, Program, ended
from tests.fixtures.terminals import on_terminal, plain
from tests.fixtures.trail import OPERATOR
from trust_models import Database, Entity, FeatureFlagRepository, acting_as, audited

STEER = "\x1b[2J\x07\x9b31m[red]\n"
"""What clears a terminal, rings and colours, and what Rich would take as markup."""


@pytest.fixture
async def flag_id(db: Database) -> str:  # noqa: ARG001 - it comes first
    """The flag that an operation has turned on, inside of another."""
    with acting_as(OPERATOR):
        async with audited("launch.begin", Entity("launch", STEER), actor=OPERATOR):
            return str((await FeatureFlagRepository().enable("labs.one")).id)


@pytest.fixture
def reading(cluster: Cluster, database: str, tmp_path: Path) -> Program:
    """The program as an auditor runs it."""
    return program(cluster, database, tmp_path)


def program(cluster: Cluster, database: str, folder: Path, role: str = "reader") -> Program:
    return Program(folder, environment=variables(cluster.url(role, database)))


@pytest.mark.parametrize("role", ["app", "reader"])
async def test_list_show_and_timeline_as_json(
    cluster: Cluster, database: str, flag_id: str, tmp_path: Path, role: str
) -> None:
    reading = program(cluster, database, tmp_path, role)
    listed = await reading.run("audit", "list", "--json", "--oldest-first")
    assert (listed.status, listed.errors) == (0, "")
    enabled, launched = (
        event for event in map(json.loads, listed.output.splitlines()) if "captured" not in event["context"]
    )
    assert (enabled["action"], launched["entity_id"]) == ("feature_flag.enable", STEER)
    assert listed.output.isascii()
    shown = await reading.run("audit", "show", str(enabled["id"]), "--json")
    assert {json.loads(line)["id"] for line in shown.output.splitlines()} >= {enabled["id"], launched["id"]}
    history = await reading.run("audit", "timeline", "feature_flag", flag_id, "--json")
    assert enabled in map(json.loads, history.output.splitlines())
    assert launched not in map(json.loads, history.output.splitlines())


async def test_filters_and_pages(reading: Program, flag_id: str) -> None:
    async def ids(*options: str) -> list[int]:
        run = await reading.run("audit", "list", "--json", *options)
        assert run.status == 0, run.errors
        return [json.loads(line)["id"] for line in run.output.splitlines()]

    whole = await ids()
    assert whole == sorted(whole, reverse=True)
    (launched,) = await ids("--action", "launch.begin", "--actor", "operator", "--outcome", "SUCCESS")
    assert launched in await ids("--actor-type", "SERVICE")
    assert await ids("--actor-type", "USER") == []
    assert launched not in await ids("--entity-type", "feature_flag", "--entity-id", flag_id, "--since", "2026-01-01")
    assert await ids("--until", "2026-01-01T00:00:00Z") == []
    first = await reading.run("audit", "list", "--json", "--limit", "1")
    assert first.errors == f"there is more: --after {whole[0]}\n"
    assert await ids("--after", str(whole[0])) == whole[1:]


@pytest.mark.usefixtures("flag_id")
async def test_nothing_that_steers_a_terminal_reaches_it(reading: Program) -> None:
    for command in (("list",), ("show", "2"), ("timeline", "launch", STEER)):
        printed = await on_terminal(reading, "audit", *command, columns=100)
        text = plain(printed)
        assert "launch" in text
        assert "[red]" in text
        assert not any(character in text for character in "\x1b\x07\x9b")
        assert "\ufffd[2J\ufffd\ufffd31m[red]\ufffd" in "".join(line.strip() for line in text.splitlines())


async def test_show_is_a_tree(reading: Program, flag_id: str) -> None:
    run = await reading.run("audit", "show", "1")
    assert run.status == 0
    columns, _, tree = run.output.partition("\n\n")
    assert "entity_id" in columns
    launch, *below = tree.splitlines()
    assert "launch.begin" in launch
    assert any(
        flag_id in line and "feature_flag.enable" in line and line.startswith(("├── ", "└── ")) for line in below
    )


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["list", "--since", "yesterday"], 2, "--since is not a time"),
        (["list", "--since", "20261123"], 2, "--since is not a time"),
        (["list", "--entity-id", "1"], 2, "--entity-type"),
        (["list", "--follow", "--after", "1"], 2, "--follow begins now"),
        (["list", "--follow", "--limit", "1"], 2, "Leave --after, --limit and --oldest-first out"),
        (["show", "4711"], 1, "There is no audit log with the id 4711"),
    ],
)
async def test_what_cannot_be_done_is_told(reading: Program, arguments: list[str], status: int, says: str) -> None:
    run = await reading.run("audit", *arguments)
    assert (run.status, run.output) == (status, "")
    assert says in run.errors


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await Program(tmp_path, environment=variables(url)).run("audit", "list", "--follow")
    assert run.status == 1
    assert SECRET not in run.said


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", str(2**63)),
        ("list", "--after", str(2**63)),
        ("list", "--after", "-1"),
        ("list", "--transaction", str(2**64)),
        ("timeline", "lab", "1", "--after", str(2**70)),
    ],
    ids=" ".join,
)
async def test_a_number_that_the_log_cannot_have_is_asked_wrongly(reading: Program, arguments: tuple[str, ...]) -> None:
    run = await reading.run("audit", *arguments)
    assert (run.status, run.output) == (2, "")
    assert "is no number that the log could have" in run.errors


async def test_reading_leaves_the_spool_to_the_service(cluster: Cluster, database: str, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    environment = {**variables(cluster.url("reader", database)), "TRUST_AUDIT_SPOOL": str(spool)}
    run = await Program(tmp_path, environment=environment).run("audit", "list")
    assert (run.status, run.errors) == (0, "no event\n")
    assert not spool.exists()


async def next_ids(process: Process, count: int) -> list[str]:
    assert process.stdout is not None
    lines = [await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS) for _ in range(count)]
    return [json.loads(line)["entity_id"] for line in lines]


INSERT = (
    "INSERT INTO audit_logs (actor_type, action, outcome, entity_type, entity_id)"
    " VALUES ('SYSTEM', 'lab.tick', 'SUCCESS', 'lab', $1)"
)


async def test_follow_tells_what_commits_late_and_goes_on_after_a_lost_connection(
    reading: Program, admin: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    await app.execute(INSERT, "before")
    async with reading.started("audit", "list", "--follow", "--json") as process:

        async def is_polling() -> bool:
            return bool(await admin.fetchval(POLLERS))

        assert await happens(is_polling)
        late = app.transaction()
        await late.start()
        await app.execute(INSERT, "late")
        await admin.execute(INSERT, "early")
        await late.commit()
        assert await next_ids(process, 2) == ["late", "early"]
        await admin.execute(CUT)
        await admin.execute(INSERT, "while it was cut")
        await admin.execute(INSERT, "afterwards")
        assert await next_ids(process, 2) == ["while it was cut", "afterwards"]
        process.send_signal(signal.SIGINT)
        end = await ended(process)
    assert (end.status, end.output) == (130, "")


POLLERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%reached%'"
    " AND pid <> pg_backend_pid() AND usename LIKE '%reader'"
)
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename LIKE '%reader'"
)
