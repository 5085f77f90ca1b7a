"""Transactions that get into each other's way, and statements that take too long."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR
from trust_models import Actor, Database, acting_as, transaction
from trust_models.db.database import current_client
from trust_models.errors import Retryable, SerializationConflict, TimedOut
from trust_models.models import FeatureFlag


async def make_two() -> None:
    """Insert two switches that are off."""
    for key in ("one", "two"):
        await FeatureFlag.create(key=key)


async def turn_on(key: str) -> None:
    """Turn a switch on, by the ORM."""
    await FeatureFlag.filter(key=key).update(enabled=True)


async def enabled() -> list[str]:
    """Return the keys of the switches that are on."""
    return [flag.key for flag in await FeatureFlag.filter(enabled=True).order_by("key")]


async def test_two_that_change_one_record_under_repeatable_read(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    await admin.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = 'repeatable read'")
    async with Database(cluster.settings(database)):
        await make_two()
        has_read, is_changed = asyncio.Event(), asyncio.Event()

        async def late() -> None:
            async with transaction():
                await enabled()
                has_read.set()
                await is_changed.wait()
                await turn_on("one")

        task = asyncio.create_task(late())
        await has_read.wait()
        await FeatureFlag.filter(key="one").update(description="first")
        is_changed.set()
        with pytest.raises(SerializationConflict) as caught:
            await task
        assert caught.value.sqlstate == "40001"
        assert isinstance(caught.value, Retryable)
        assert await enabled() == []
        await late()
        assert await enabled() == ["one"], "the same transaction, run again"


async def test_two_that_each_change_what_the_other_has_read(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    await admin.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'")
    async with Database(cluster.settings(database)):
        await make_two()
        have_read = [asyncio.Event(), asyncio.Event()]

        async def only_if_none_is_on(number: int, key: str) -> None:
            async with transaction():
                none_is_on = not await enabled()
                have_read[number].set()
                for event in have_read:
                    await event.wait()
                if none_is_on:
                    await turn_on(key)

        results = await asyncio.gather(
            only_if_none_is_on(0, "one"), only_if_none_is_on(1, "two"), return_exceptions=True
        )
        assert sorted(type(result).__name__ for result in results) == ["NoneType", "SerializationConflict"]
        assert len(await enabled()) == 1


async def test_a_transaction_can_be_made_stricter_by_its_first_statement(cluster: Cluster, database: str) -> None:
    """Also when it carries who acts, which is told to the database in the same round trip as BEGIN."""
    async with Database(cluster.settings(database)):
        with acting_as(Actor.system()):
            async with transaction() as strict:
                await strict.execute_script("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                (row,) = await strict.execute_query_dict("SHOW transaction_isolation")
                assert row["transaction_isolation"] == "serializable"


async def test_a_deadlock(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    await admin.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '20ms'")
    async with Database(cluster.settings(database)):
        await make_two()
        locked = [asyncio.Event(), asyncio.Event()]

        async def change(number: int, first: str, second: str) -> None:
            async with transaction():
                await turn_on(first)
                locked[number].set()
                for event in locked:
                    await event.wait()
                await turn_on(second)

        results = await asyncio.gather(change(0, "one", "two"), change(1, "two", "one"), return_exceptions=True)
        (conflict,) = (result for result in results if isinstance(result, BaseException))
        assert type(conflict) is SerializationConflict
        assert conflict.sqlstate == "40P01"
        assert await enabled() == ["one", "two"], "the other one went through"


async def test_a_statement_that_takes_too_long(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, statement_timeout=0.05, pool_max_size=1)):
        with pytest.raises(TimedOut) as caught:
            await current_client().fetch("SELECT pg_sleep(60)")
        assert caught.value.sqlstate == "57014"
        with acting_as(OPERATOR), pytest.raises(TimedOut):
            async with transaction():
                await FeatureFlag.create(key="one")
                await current_client().fetch("SELECT pg_sleep(60)")
        assert await FeatureFlag.all() == []


async def test_a_lock_that_is_not_had_in_time(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    async with Database(cluster.settings(database)):
        await make_two()
        async with admin.transaction():
            await admin.execute("SELECT FROM feature_flags WHERE key = 'one' FOR UPDATE")
            with pytest.raises(TimedOut) as caught:
                async with transaction():
                    await current_client().fetch("SET LOCAL lock_timeout = 20")
                    await turn_on("one")
        assert caught.value.sqlstate == "55P03"
        await turn_on("one")
        assert await enabled() == ["one"]
