"""A connection that breaks: before, inside and at the end of a transaction. The pool mends itself."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
import dataclasses
from contextlib import suppress

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.wire import wired
from trust_models import Database, FeatureFlagRepository, Settings, acting_as, audited, transaction
from trust_models.audit import Entity
from trust_models.db.database import current_client, current_transaction
from trust_models.enums import Outcome
from trust_models.errors import DatabaseUnavailable, NotFound, OutcomeUnknown, TimedOut
from trust_models.models import FeatureFlag

pytestmark = pytest.mark.usefixtures("database")


async def keys() -> list[str]:
    """Return the keys of the switches that are stored."""
    return [flag.key for flag in await FeatureFlag.all().order_by("id")]


async def backend() -> int:
    """Return the number of the server's process at the other end."""
    (row,) = await current_client().fetch("SELECT pg_backend_pid() AS number")
    return int(row["number"])


def end_of_connection() -> asyncio.Event:
    """Return what is set when the driver has noticed that the connection of this transaction is gone."""
    around, gone = current_transaction(), asyncio.Event()
    assert around is not None
    around.connection.add_termination_listener(lambda _: gone.set())
    return gone


async def terminate(admin: asyncpg.Connection, number: int) -> None:
    """End a process of the server, and return when it has gone."""
    assert await admin.fetchval("SELECT pg_terminate_backend($1, 5000)", number)


# COMMIT


async def test_a_connection_cut_before_commit_leaves_the_outcome_open(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        wire.cut_before("COMMIT")
        with pytest.raises(OutcomeUnknown, match="Look for the record before you try again") as caught:
            async with transaction():
                await FeatureFlag.create(key="one")
        assert isinstance(caught.value.__cause__, DatabaseUnavailable)
        assert await keys() == [], "the pool has mended itself"


async def test_a_connection_cut_after_commit_leaves_the_outcome_open(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        wire.cut_answer("COMMIT")
        with pytest.raises(OutcomeUnknown):
            async with transaction():
                await FeatureFlag.create(key="one")
        assert await keys() == ["one"]


@pytest.mark.parametrize("stored", [False, True])
async def test_an_operation_with_an_open_outcome_says_so_in_the_log(
    cluster: Cluster,
    database: str,
    stored: bool,  # noqa: FBT001
) -> None:
    async with wired(cluster, database) as wire:
        if stored:
            wire.cut_answer("EXECUTE trust_")
        else:
            wire.cut_before("EXECUTE trust_")
        with acting_as(OPERATOR), pytest.raises(OutcomeUnknown):
            await FeatureFlagRepository().enable("one")
        events = await Trail().events()
        assert await keys() == (["one"] if stored else [])
        assert [event.outcome for event in events] == [Outcome.SUCCESS] * stored + [Outcome.FAILURE]
        assert events[-1].reason_code == "outcome_unknown"
        assert len({event.context["operation_id"] for event in events}) == 1, "a reader can tell that they are one"


# Inside


async def test_a_connection_cut_inside_undoes_everything(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        with pytest.raises(DatabaseUnavailable) as caught:
            async with transaction():
                await FeatureFlag.create(key="one")
                wire.cut_before("SELECT 2")
                await current_client().fetch("SELECT 2")
        assert caught.value.__cause__ is not None
        assert await keys() == []


async def test_a_connection_cut_between_the_change_and_its_event_leaves_neither(
    cluster: Cluster, database: str
) -> None:
    async with wired(cluster, database) as wire:
        wire.cut_before("PREPARE trust_")
        with acting_as(OPERATOR), pytest.raises(DatabaseUnavailable):
            await FeatureFlagRepository().enable("one")
        assert await keys() == []
        event = await Trail().event()
        assert (event.outcome, event.reason_code) == (Outcome.FAILURE, "database_unavailable")


async def test_a_connection_cut_inside_a_savepoint_undoes_everything(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        with pytest.raises(DatabaseUnavailable):
            async with transaction():
                await FeatureFlag.create(key="one")
                async with transaction():
                    wire.cut_before("SELECT 2")
                    await current_client().fetch("SELECT 2")
        assert await keys() == []


async def test_a_connection_cut_at_begin_runs_nothing(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        ran = False
        wire.cut_before("BEGIN")
        with pytest.raises(DatabaseUnavailable):
            async with transaction():
                ran = True
        assert not ran
        assert await keys() == []


async def test_a_server_that_goes_inside_is_told_by_the_next_statement(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):
        with pytest.raises(DatabaseUnavailable):
            async with transaction():
                await FeatureFlag.create(key="one")
                await terminate(admin, await backend())
                await FeatureFlag.create(key="two")
        assert await keys() == []


async def test_a_server_that_goes_while_nobody_asks_is_told_at_the_end(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):
        with pytest.raises((DatabaseUnavailable, OutcomeUnknown)):
            async with transaction():
                await FeatureFlag.create(key="one")
                gone = end_of_connection()
                await terminate(admin, await backend())
                await gone.wait()
        assert await keys() == []


async def test_an_error_of_the_body_is_what_a_broken_connection_leaves(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    """ROLLBACK has nothing left to undo, and hides nothing."""
    async with Database(cluster.settings(database, pool_max_size=1)):
        with pytest.raises(NotFound):
            async with transaction():
                gone = end_of_connection()
                await terminate(admin, await backend())
                await gone.wait()
                raise NotFound
        assert await keys() == []


async def test_hooks_run_after_a_broken_connection(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    """What is recorded of a failure inside must not be lost with the connection."""
    async with Database(cluster.settings(database, pool_max_size=1)):
        with pytest.raises((DatabaseUnavailable, OutcomeUnknown)):
            async with transaction():
                with pytest.raises(KeyError):
                    async with audited("inner.act", Entity("test"), actor=OPERATOR):
                        raise KeyError
                gone = end_of_connection()
                await terminate(admin, await backend())
                await gone.wait()
        assert (await Trail().event()).reason_code == "key_error"


# Between


async def test_a_pool_replaces_connections_that_went_while_idle(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):
        for _ in range(5):
            await terminate(admin, await backend())
            with suppress(DatabaseUnavailable):  # what was lost in between may be told once
                await keys()
            assert await keys() == []


async def test_a_pool_recovers_when_every_connection_goes_at_once(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database, pool_max_size=5)):

        async def hold() -> None:
            async with transaction():
                await backend()
                entered.release()
                await go.wait()
                await backend()

        entered, go = asyncio.Semaphore(0), asyncio.Event()
        tasks = [asyncio.create_task(hold()) for _ in range(5)]
        for _ in tasks:
            await entered.acquire()
        numbers = await admin.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for row in numbers:
            await terminate(admin, row["pid"])
        go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [DatabaseUnavailable] * 5
        assert await asyncio.gather(*(keys() for _ in range(10))) == [[]] * 10


# Nobody there


async def test_a_server_that_is_not_there(cluster: Cluster, database: str) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    url = dataclasses.replace(cluster.url("app", database), port=listener.sockets[0].getsockname()[1])
    listener.close()
    await listener.wait_closed()
    with pytest.raises(DatabaseUnavailable, match="cannot be reached") as caught:
        async with Database(Settings.load(database_url=url)):
            pass
    assert cluster.password not in str(caught.value)


@pytest.mark.parametrize("pool_min_size", [0, 1])
async def test_a_server_that_does_not_answer_is_not_taken_for_a_pool_in_use(
    cluster: Cluster, database: str, pool_min_size: int
) -> None:
    writers: list[asyncio.StreamWriter] = []
    listener = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    url = dataclasses.replace(cluster.url("app", database), port=port, connect_timeout=1, sslmode="disable")
    settings = Settings.load(database_url=url, pool_min_size=pool_min_size, acquire_timeout=0.2)
    try:
        with pytest.raises(DatabaseUnavailable):
            async with Database(settings):
                pass
    finally:
        for writer in writers:
            writer.close()
        listener.close()
        await listener.wait_closed()


async def test_a_wrong_password_is_told_without_it(cluster: Cluster, database: str) -> None:
    url = cluster.url("app", database).replace(password="hunter2-wrong")
    with pytest.raises(DatabaseUnavailable, match="assword") as caught:
        async with Database(Settings.load(database_url=url)):
            pass
    assert caught.value.sqlstate == "28P01"
    assert "hunter2" not in str(caught.value)


async def test_a_database_that_does_not_exist(cluster: Cluster) -> None:
    with pytest.raises(DatabaseUnavailable, match="no_such_database"):
        async with Database(cluster.settings("no_such_database")):
            pass


async def test_a_connection_that_the_server_ends_for_idling_inside(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):
        with pytest.raises((DatabaseUnavailable, OutcomeUnknown, TimedOut)):
            async with transaction():
                gone = end_of_connection()
                await current_client().fetch("SET LOCAL idle_in_transaction_session_timeout = 20")
                await gone.wait()
        assert await keys() == []
