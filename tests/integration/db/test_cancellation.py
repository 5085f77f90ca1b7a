"""A task that is cancelled: nothing stays open, nothing is half done, no connection is lost."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.wire import Stop, wired
from trust_models import Actor, Database, FeatureFlagRepository, acting_as, transaction
from trust_models.db.database import current_client
from trust_models.enums import Outcome
from trust_models.models import FeatureFlag

flags = FeatureFlagRepository()

SOON = 5.0
"""Seconds in which a healthy pool answers by far."""


async def keys() -> list[str]:
    """Return the keys of the switches that are stored, if the pool is healthy."""
    found = await asyncio.wait_for(FeatureFlag.all().order_by("id"), SOON)
    return [flag.key for flag in found]


async def make(key: str) -> None:
    """Insert a switch in a transaction of its own."""
    async with transaction():
        await FeatureFlag.create(key=key)


async def open_transactions(admin: asyncpg.Connection) -> int:
    """Return how many connections to the test's database stand inside a transaction."""
    number = await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
    )
    return int(number)


async def cancelled(work: Coroutine[Any, Any, object], stop: Stop, *, times: int = 1) -> None:
    """Start `work`, cancel it while the server has answered and the answer is held, and see it end cancelled."""
    task = asyncio.create_task(work)
    await stop.answered()
    for _ in range(times):
        task.cancel()
        for _ in range(10):  # let it come to its next wait
            await asyncio.sleep(0)
    stop.release()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(task), SOON)


async def test_inside_a_statement(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):

        async def work() -> None:
            async with transaction():
                await FeatureFlag.create(key="one")
                begun.set()
                await current_client().fetch("SELECT pg_sleep(60)")

        begun = asyncio.Event()
        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await keys() == []
        assert await open_transactions(admin) == 0


async def test_between_two_statements(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):

        async def work() -> None:
            async with transaction():
                await FeatureFlag.create(key="one")
                begun.set()
                await asyncio.Event().wait()

        begun = asyncio.Event()
        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await keys() == []
        assert await open_transactions(admin) == 0


@pytest.mark.parametrize("statement", ["BEGIN", 'INSERT INTO "feature_flags"', "COMMIT"])
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_while_an_answer_is_under_way(
    cluster: Cluster, database: str, admin: asyncpg.Connection, statement: str, times: int
) -> None:
    async with wired(cluster, database, acquire_timeout=1) as wire:
        await FeatureFlag.create(key="warm")
        await cancelled(make("one"), wire.hold(statement), times=times)
        await make("two")
        assert (await keys())[-1] == "two"
        assert await open_transactions(admin) == 0


async def test_while_commit_is_never_answered(cluster: Cluster, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that swallows everything: the task is given back after a time of grace, and so is the pool."""
    monkeypatch.setattr("trust_models.db.uncut.GRACE_SECONDS", 0.2)
    async with wired(cluster, database, acquire_timeout=1) as wire:
        stop = wire.hold("COMMIT")
        task = asyncio.create_task(make("one"))
        await stop.answered()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=SOON)
        stop.release()
        await asyncio.wait([task])
        assert done == {task}, "it waits for ever"
        assert task.cancelled()
        await make("two")
        assert (await keys())[-1] == "two"


async def test_while_rollback_is_under_way(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    async def fail() -> None:
        async with transaction():
            await FeatureFlag.create(key="one")
            raise KeyError

    async with wired(cluster, database, acquire_timeout=1) as wire:
        await cancelled(fail(), wire.hold("ROLLBACK"), times=2)
        assert await keys() == []
        assert await open_transactions(admin) == 0


async def test_while_a_savepoint_opens(cluster: Cluster, database: str) -> None:
    """The outside goes on: with its own actor, and without a savepoint that nobody closes."""
    async with wired(cluster, database, acquire_timeout=1) as wire:
        with acting_as(OPERATOR):
            async with transaction():
                with acting_as(Actor.user("ada")):
                    await cancelled(make("one"), wire.hold("SAVEPOINT"))
                (row,) = await current_client().fetch("SELECT current_setting('trust.actor_id', true) AS actor")
                assert row["actor"] == "operator"
                await make("two")
        assert await keys() == ["two"]


async def test_while_a_savepoint_is_undone(cluster: Cluster, database: str) -> None:
    async def fail() -> None:
        async with transaction():
            await FeatureFlag.create(key="one")
            raise KeyError

    async with wired(cluster, database, acquire_timeout=1) as wire:
        async with transaction():
            await cancelled(fail(), wire.hold("ROLLBACK TO"), times=2)
            await make("two")
        assert await keys() == ["two"]


async def test_a_single_statement(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database, acquire_timeout=1) as wire:
        await FeatureFlag.create(key="warm")
        await cancelled(FeatureFlag.create(key="one"), wire.hold('INSERT INTO "feature_flags"'), times=2)
        assert "warm" in await keys()


async def test_while_waiting_for_a_connection(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):
        async with transaction():
            waiting = asyncio.create_task(_outside(make("one")))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await make("two")
        assert await keys() == ["two"]


async def _outside(work: Coroutine[Any, Any, None]) -> None:
    await work


async def test_cancelling_says_nothing_to_the_loop_s_exception_handler(cluster: Cluster, database: str) -> None:
    """The driver complains there of a connection that comes back with an open transaction."""
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    try:
        async with wired(cluster, database) as wire:
            for statement in ("BEGIN", "COMMIT"):
                await cancelled(make(f"{statement.lower()}"), wire.hold(statement))
                await keys()
    finally:
        loop.set_exception_handler(None)
    assert [complaint["message"] for complaint in complaints] == []


# What is recorded


async def test_a_cancelled_operation_is_recorded(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        with acting_as(OPERATOR):
            await flags.enable("warm")
            trail = await Trail.from_now()
            await cancelled(flags.enable("one"), wire.hold("INSERT INTO public.feature_flags"))
        assert await keys() == ["warm"]
        event = await trail.event()
        assert (event.action, event.outcome, event.reason_code) == (
            "feature_flag.enable",
            Outcome.FAILURE,
            "cancelled_error",
        )


async def test_an_operation_that_is_stored_is_not_recorded_as_failed(cluster: Cluster, database: str) -> None:
    """Cancelled while COMMIT was under way: the change and its SUCCESS are there, so no FAILURE may be."""
    async with wired(cluster, database) as wire:
        with acting_as(OPERATOR):
            await cancelled(flags.enable("one"), wire.hold("EXECUTE trust_"))
        assert await keys() == ["one"]
        assert [event.outcome for event in await Trail().events()] == [Outcome.SUCCESS]


async def test_an_inner_operation_that_is_kept_is_not_recorded_as_failed(cluster: Cluster, database: str) -> None:
    """Cancelled while RELEASE was under way; the outside goes on, and with it the change and its SUCCESS."""
    async with wired(cluster, database) as wire:
        with acting_as(OPERATOR):
            async with transaction():
                await cancelled(flags.enable("one"), wire.hold("RELEASE"))
                kept = await keys() == ["one"]
        events = await Trail().events()
        assert [event.outcome for event in events] == [Outcome.SUCCESS if kept else Outcome.FAILURE]


async def test_a_verb_that_waits_for_a_connection_ends_at_once(cluster: Cluster, database: str) -> None:
    """Not after another wait, for a connection on which to record what never began."""
    async with wired(cluster, database, acquire_timeout=3):
        begun, go = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with transaction():
                begun.set()
                await go.wait()

        holder = asyncio.create_task(hold())
        await begun.wait()
        with acting_as(OPERATOR):
            waiting = asyncio.create_task(flags.enable("one"))
        await asyncio.sleep(0)
        waiting.cancel()
        done, _ = await asyncio.wait([waiting], timeout=1)
        go.set()
        await holder
        assert done == {waiting}
        assert waiting.cancelled()


async def test_an_operation_that_is_cancelled_stays_cancelled_where_nothing_can_be_recorded(
    cluster: Cluster, database: str, owner: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Timeouts and task groups need the CancelledError itself; the loss is told by the log."""
    async with wired(cluster, database) as wire:
        await owner.execute("REVOKE INSERT ON audit_logs FROM trust_app")
        with acting_as(OPERATOR):
            await cancelled(flags.enable("one"), wire.hold("INSERT INTO public.feature_flags"))
        assert "could not be recorded" in caplog.text
