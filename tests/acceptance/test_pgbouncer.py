"""Behind PgBouncer in transaction mode: what holds on a connection of one's own holds there, and nothing crosses."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
import dataclasses
import json
import os
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.pgbouncer import CONNECTIONS, behind_pgbouncer
from tests.fixtures.pgbouncer_program import NoPgBouncer
from tests.fixtures.trail import Trail
from trust_models import Actor, Database, FeatureFlagRepository, RequestContext, acting_as, transaction
from trust_models.db.database import current_client, current_transaction
from trust_models.doctor import Status, examine
from trust_models.errors import InvalidValue, MigrationFailed, TimedOut
from trust_models.schema.migration_turn import LOCK_KEY
from trust_models.schema.migrations import upgrade
from trust_models.settings import Settings

CHECKOUT = Path(__file__).parents[2]
SUITE = ("tests/integration/repositories", "tests/integration/audit")
SUITE_SECONDS = 500

CLIENTS, TRANSACTIONS = 40, 10_000
SEEN = """
SELECT current_setting('trust.actor_type', true) AS actor_type, current_setting('trust.actor_id', true) AS actor_id,
  current_setting('trust.on_behalf_of', true) AS on_behalf_of, current_setting('trust.context', true) AS context
"""


@pytest.fixture(scope="module")
async def pooler(cluster: Cluster) -> AsyncIterator[None]:
    """Services connect through PgBouncer; where it cannot be had, the tests are skipped, but never in CI."""
    try:
        async with behind_pgbouncer(cluster):
            yield
    except NoPgBouncer as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
async def crowd(cluster: Cluster, pooler: None, database: str) -> AsyncIterator[Database]:  # noqa: ARG001 - it stands
    """The package with ten times as many connections to the pooler as that has to PostgreSQL."""
    async with Database(cluster.settings(database, pool_max_size=CLIENTS)) as opened:
        yield opened


async def test_repositories_and_audit_pass_behind_it(pooler: None) -> None:  # noqa: ARG001 - skips without PgBouncer
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", *SUITE),
        cwd=CHECKOUT,
        env={**os.environ, "TRUST_TEST_POOLER": "1"},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), SUITE_SECONDS)
    assert process.returncode == 0, output.decode()


def a_request(number: int) -> tuple[Actor, RequestContext]:
    actor = Actor.user(f"user-{number}", on_behalf_of=f"other-{number}" if number % 2 else None)
    return actor, RequestContext(request_id=f"request-{number}", trace_id=f"trace-{number}")


async def sees(number: int | None) -> None:
    """See that the database is told of this request and no other, or of none."""
    (row,) = await current_client().fetch(SEEN)
    told = [value or None for value in row.values()]
    if number is None:
        assert told == [None] * 4
    else:
        actor, request = a_request(number)
        assert told == ["USER", actor.id, actor.on_behalf_of, told[3]]
        assert json.loads(told[3] or "") == request.as_json()


async def commit(number: int | None) -> None:
    async with transaction():
        await sees(number)


async def record(number: int | None) -> None:
    assert number is not None
    await FeatureFlagRepository().enable(f"key-{number}")


async def fail(number: int | None) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await sees(number)
            raise ZeroDivisionError


async def be_refused(number: int | None) -> None:
    with pytest.raises(InvalidValue):
        async with transaction():
            await sees(number)
            await current_client().fetch("SELECT 1 / 0")


async def send_no_value(_number: int | None) -> None:
    with pytest.raises(InvalidValue):
        await current_client().fetch("SELECT * FROM users WHERE id = $1", "no uuid")


async def be_cancelled(number: int | None) -> None:
    async def work() -> None:
        async with transaction():
            await sees(number)
            begun.set()
            await current_client().fetch("SELECT pg_sleep(10)")

    begun = asyncio.Event()
    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def be_killed(number: int | None) -> None:
    with pytest.raises(Exception, match="connection"):
        async with transaction():
            await sees(number)
            client = current_transaction()
            assert client is not None
            client.connection.terminate()


async def say_nothing(number: int | None) -> None:
    assert number is None
    await sees(None)


Work = Callable[[int | None], Awaitable[None]]
ATTRIBUTED: dict[Work, int] = {
    commit: 80,
    record: 10,
    fail: 4,
    be_refused: 4,
    send_no_value: 2,
    be_cancelled: 1,
    be_killed: 1,
}
UNATTRIBUTED: dict[Work, int] = {commit: 1, say_nothing: 1}


async def one(number: int, chance: random.Random) -> Work:
    """Do one of the things that clients do, as somebody or, each tenth time, as nobody."""
    kinds = UNATTRIBUTED if number % 10 == 0 else ATTRIBUTED
    (work,) = chance.choices(list(kinds), list(kinds.values()))
    if kinds is UNATTRIBUTED:
        await work(None)
    else:
        with acting_as(*a_request(number)):
            await work(number)
    return work


async def test_ten_thousand_transactions_keep_apart(crowd: Database) -> None:  # noqa: ARG001 - it is open
    chance, numbers, done = random.Random(1), count(1), Counter[Work]()  # noqa: S311 - to be the same again

    async def client() -> None:
        while (number := next(numbers)) <= TRANSACTIONS:
            done[await one(number, chance)] += 1

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    assert done.total() == TRANSACTIONS
    assert done.keys() == ATTRIBUTED.keys() | UNATTRIBUTED.keys()
    events = await Trail().events(action="feature_flag.enable")
    assert len(events) == done[record]
    for event in events:
        assert event.actor_id is not None
        number = int(event.actor_id.removeprefix("user-"))
        actor, request = a_request(number)
        assert (event.actor_id, event.on_behalf_of) == (actor.id, actor.on_behalf_of)
        assert event.context.items() >= request.as_json().items()
        assert event.metadata == {"key": f"key-{number}"}
    assert len({event.tx_id for event in events}) == len(events)


async def test_a_connection_of_ours_leaves_nothing_in_a_session(cluster: Cluster, crowd: Database) -> None:
    for number in range(20):
        with acting_as(*a_request(number)):
            await record(number)
    options = cluster.service_url("app", crowd.settings.database_url.database).connect_kwargs()
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):  # all of the pooler's at once
            session = await asyncpg.connect(**options, statement_cache_size=0)
            stack.push_async_callback(session.close)
            await stack.enter_async_context(session.transaction())
            assert await session.fetch("SELECT name FROM pg_prepared_statements WHERE name <> ''") == []
            assert await session.fetchval("SELECT current_setting('statement_timeout')") == "0"
            assert {value or None for value in await session.fetchrow(SEEN)} == {None}


async def test_a_value_that_cannot_be_sent_holds_no_session(crowd: Database) -> None:  # noqa: ARG001 - it is open
    await asyncio.wait_for(asyncio.gather(*(send_no_value(None) for _ in range(CLIENTS))), 10)


async def test_a_statement_timeout_holds(cluster: Cluster, pooler: None, database: str) -> None:  # noqa: ARG001
    async with Database(cluster.settings(database, statement_timeout=0.1)):
        with pytest.raises(TimedOut):
            async with transaction():
                await current_client().fetch("SELECT pg_sleep(5)")


async def test_a_migration_does_not_go_through_it(
    cluster: Cluster,
    pooler: None,  # noqa: ARG001
    database: str,
    admin: asyncpg.Connection,
) -> None:
    way = cluster.service_url("owner", database)
    settings = cluster.settings(database).model_copy(update={"migration_database_url": way})
    with pytest.raises(MigrationFailed, match="Give MIGRATION_DATABASE_URL the address of PostgreSQL itself"):
        await upgrade(settings)
    held = await admin.fetch("SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1", LOCK_KEY & 0xFFFF_FFFF)
    assert held == []


async def test_the_doctor_says_which_url_leads_through_it(cluster: Cluster, pooler: None, database: str) -> None:  # noqa: ARG001
    settings = cluster.settings(database)
    tracked = dataclasses.replace(settings.database_url, statement_cache_size=100)
    through = settings.model_copy(
        update={"database_url": tracked, "migration_database_url": cluster.service_url("owner", database)}
    )
    assert await ways(settings) == {"DATABASE_URL": Status.OK, "MIGRATION_DATABASE_URL": Status.OK}
    assert await ways(through) == {"DATABASE_URL": Status.WARNING, "MIGRATION_DATABASE_URL": Status.FAILED}


async def ways(settings: Settings) -> dict[str, Status]:
    findings = await examine(settings)
    return {one.check.removeprefix("way of "): one.status for one in findings if one.check.startswith("way of ")}
