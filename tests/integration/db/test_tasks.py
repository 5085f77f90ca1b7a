"""Tasks that are started inside a transaction: during its end, and after it."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio

import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.wire import wired
from trust_models import FeatureFlagRepository, acting_as, transaction
from trust_models.db.database import current_client
from trust_models.enums import Outcome
from trust_models.errors import TransactionClosed
from trust_models.models import FeatureFlag


async def keys() -> list[str]:
    """Return the keys of the switches that are stored."""
    return [flag.key for flag in await FeatureFlag.all().order_by("id")]


@pytest.mark.usefixtures("db")
async def test_a_task_that_outlives_its_transaction_is_told() -> None:
    ended = asyncio.Event()

    async def late() -> None:
        await ended.wait()
        await FeatureFlag.create(key="late")

    async with transaction():
        task = asyncio.create_task(late())
        await FeatureFlag.create(key="one")
    ended.set()
    with pytest.raises(TransactionClosed, match="must open its own"):
        await task
    assert await keys() == ["one"]


@pytest.mark.usefixtures("db")
async def test_a_task_that_outlives_its_transaction_cannot_open_another_by_itself() -> None:
    ended = asyncio.Event()

    async def late() -> None:
        await ended.wait()
        async with transaction():
            await FeatureFlag.create(key="late")

    async with transaction():
        task = asyncio.create_task(late())
    ended.set()
    with pytest.raises(TransactionClosed):
        await task
    assert await keys() == []


@pytest.mark.usefixtures("db")
async def test_a_task_from_before_has_a_transaction_of_its_own() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def independent() -> None:
        await begun.wait()
        await FeatureFlag.create(key="independent")
        may_end.set()

    task = asyncio.create_task(independent())
    with pytest.raises(KeyError):
        async with transaction():
            await FeatureFlag.create(key="undone")
            begun.set()
            await may_end.wait()
            raise KeyError
    await task
    assert await keys() == ["independent"]


@pytest.mark.usefixtures("db")
async def test_the_failure_of_a_verb_that_comes_too_late_is_recorded() -> None:
    """A lost record of a failure is what the audit log promises never to have."""
    ended = asyncio.Event()

    async def late() -> None:
        await ended.wait()
        await FeatureFlagRepository().enable("late")

    with acting_as(OPERATOR):
        async with transaction():
            task = asyncio.create_task(late())
        ended.set()
        with pytest.raises(TransactionClosed):
            await task
    event = await Trail().event()
    assert (event.action, event.outcome, event.reason_code) == (
        "feature_flag.enable",
        Outcome.FAILURE,
        "transaction_closed",
    )


async def test_a_statement_that_comes_during_commit_is_not_run_on_its_own(cluster: Cluster, database: str) -> None:
    """It would be stored outside the transaction, on a connection that goes back to the pool at that moment."""
    async with wired(cluster, database, pool_max_size=2) as wire:
        await FeatureFlag.create(key="warm")
        committing = asyncio.Event()

        async def late() -> None:
            await committing.wait()
            await FeatureFlag.create(key="late")

        async def work() -> "asyncio.Task[None]":
            async with transaction():
                task = asyncio.create_task(late())
                await FeatureFlag.create(key="one")
            return task

        stop = wire.hold("COMMIT")
        working = asyncio.create_task(work())
        await stop.answered()
        committing.set()
        for _ in range(10):  # let it come to where it waits for its turn
            await asyncio.sleep(0)
        stop.release()
        with pytest.raises(TransactionClosed):
            await (await working)
        assert await keys() == ["warm", "one"]


async def test_statements_of_tasks_do_not_overlap_on_the_connection(cluster: Cluster, database: str) -> None:
    async with wired(cluster, database) as wire:
        stop = wire.hold("SELECT 1")
        async with transaction():
            first = asyncio.create_task(current_client().fetch("SELECT 1 AS number"))
            await stop.answered()
            second = asyncio.create_task(current_client().fetch("SELECT 2 AS number"))
            await asyncio.sleep(0)
            assert not second.done()
            stop.release()
            assert [row["number"] for row in await first + await second] == [1, 2]
