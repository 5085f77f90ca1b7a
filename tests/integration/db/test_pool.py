"""The pool: its limits, its patience, and tasks that share it."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR
from trust_models import Database, FeatureFlagRepository, acting_as, transaction
from trust_models.db.database import current_client
from trust_models.errors import InvalidValue, Retryable, TimedOut
from trust_models.models import FeatureFlag

MEND = "Use shorter transactions, or raise TRUST_POOL_MAX_SIZE."


class Holder:
    """A task that keeps a transaction open for the time of an `async with`; inside another one, all of that."""

    def __init__(self) -> None:
        self._holds, self._go = asyncio.Event(), asyncio.Event()

    async def _hold(self) -> None:
        async with transaction():
            self._holds.set()
            await self._go.wait()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._hold())
        await self._holds.wait()

    async def __aexit__(self, *_exception: object) -> None:
        self._go.set()
        await asyncio.wait({self._task})


async def test_a_transaction_that_gets_no_connection_is_told_the_mend(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=2, acquire_timeout=0.1)):
        async with Holder(), Holder():
            with pytest.raises(TimedOut) as caught:
                async with transaction():
                    pass
            assert str(caught.value) == f"No connection got free within 0.1 seconds. {MEND}"
            assert isinstance(caught.value, Retryable)
            with pytest.raises(TimedOut, match="No connection got free"):
                await FeatureFlag.all()
        assert await FeatureFlag.all() == []


async def test_a_verb_that_gets_no_connection_is_told_the_mend(cluster: Cluster, database: str) -> None:
    """Not that its failure could not be recorded, and not after waiting twice."""
    async with Database(cluster.settings(database, pool_max_size=1, acquire_timeout=0.5)), Holder():
        started = asyncio.get_running_loop().time()
        with acting_as(OPERATOR), pytest.raises(TimedOut) as caught:
            await FeatureFlagRepository().enable("one")
        assert caught.value.hint == MEND
        assert asyncio.get_running_loop().time() - started < 0.9


async def test_more_tasks_than_connections_take_turns(cluster: Cluster, database: str) -> None:
    async def work(number: int) -> int:
        async with transaction():
            await FeatureFlag.create(key=f"n{number}")
            (row,) = await current_client().fetch("SELECT pg_backend_pid() AS number")
        return int(row["number"])

    async with Database(cluster.settings(database, pool_max_size=3)):
        backends = await asyncio.gather(*(work(number) for number in range(50)))
        assert 1 <= len(set(backends)) <= 3
        assert await FeatureFlag.all().count() == 50


async def test_a_pool_of_one_serves_nested_verbs(cluster: Cluster, database: str) -> None:
    """Whatever happens inside a transaction needs no second connection."""
    async with Database(cluster.settings(database, pool_max_size=1, acquire_timeout=1)):
        with acting_as(OPERATOR):
            async with transaction(), transaction():
                await FeatureFlagRepository().enable("one")
                assert await FeatureFlagRepository().is_enabled("one")


async def test_tasks_of_their_own_have_transactions_of_their_own(cluster: Cluster, database: str) -> None:
    made, read = ([asyncio.Event() for _ in range(5)] for _ in range(2))

    async def meet(events: list[asyncio.Event], number: int) -> None:
        events[number].set()
        for event in events:
            await event.wait()

    async def work(number: int) -> tuple[str, list[str]]:
        async with transaction():
            (row,) = await current_client().fetch("SELECT pg_current_xact_id()::text AS number")
            await FeatureFlag.create(key=f"n{number}")
            await meet(made, number)
            seen = [flag.key for flag in await FeatureFlag.all()]
            await meet(read, number)
            return row["number"], seen

    async with Database(cluster.settings(database, pool_max_size=5)):
        results = await asyncio.gather(*(work(number) for number in range(5)))
    assert len({transaction_id for transaction_id, _ in results}) == 5
    assert [seen for _, seen in results] == [[f"n{number}"] for number in range(5)]


async def test_closing_waits_for_a_transaction_that_is_open(cluster: Cluster, database: str) -> None:
    opened = Database(cluster.settings(database))
    await opened.open()
    async with AsyncExitStack() as stack:
        holder = Holder()
        await stack.enter_async_context(holder)
        closing = asyncio.create_task(current_client().close())
        await asyncio.sleep(0)
        assert not closing.done()
    await closing
    await opened.close()


async def test_a_value_that_cannot_be_sent_leaves_no_lock(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    """The driver has prepared the statement by then, for which the server has locked the table."""
    async with Database(cluster.settings(database, pool_max_size=1)):
        with pytest.raises(InvalidValue):
            await current_client().fetch("SELECT * FROM users WHERE id = $1", "no uuid")
        held = "SELECT FROM pg_locks WHERE relation = 'users'::regclass AND pid <> pg_backend_pid()"
        assert await admin.fetch(held) == []


async def test_a_statement_that_gets_no_turn_is_told_why(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, acquire_timeout=0.1)), transaction():
        async with Holder():
            with pytest.raises(TimedOut, match="Another task has had the transaction to itself"):
                await make("one")
        await make("two")
        assert [flag.key for flag in await FeatureFlag.all()] == ["two"]


async def test_a_task_that_is_cancelled_while_it_waits_for_its_turn_leaves_it_to_others(
    cluster: Cluster, database: str
) -> None:
    async with Database(cluster.settings(database)), transaction():
        async with Holder():
            waiting = asyncio.create_task(make("one"))
            await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await make("two")
        assert [flag.key for flag in await FeatureFlag.all()] == ["two"]


async def test_a_task_that_is_cancelled_as_its_turn_comes_leaves_it_to_others(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database)), transaction() as tx:
        async with tx.acquire_connection():
            waiting = asyncio.create_task(make("one"))
            await asyncio.sleep(0.01)
        for _ in range(2):  # until the turn is its own, and it does not know
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(make("two"), 5)


async def test_an_end_that_gets_no_turn_is_told_why(cluster: Cluster, database: str) -> None:
    """The time limit ends the wait of what no cancellation ends."""
    async with Database(cluster.settings(database, acquire_timeout=0.2)):

        async def end_too_early(holders: AsyncExitStack) -> None:
            async with transaction():
                await make("one")
                await holders.enter_async_context(Holder())

        async with AsyncExitStack() as holders:
            with pytest.raises(TimedOut, match="Another task has had the transaction to itself"):
                await end_too_early(holders)
        assert await FeatureFlag.all() == []


async def make(key: str) -> None:
    """Insert a switch."""
    await FeatureFlag.create(key=key)
