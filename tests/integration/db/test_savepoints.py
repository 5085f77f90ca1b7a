"""A transaction inside a transaction: what is undone in it alone, in one task and in several."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from tests.fixtures import records
from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.undone import Undo, undone
from trust_models import Database, UserRepository, acting_as, transaction
from trust_models.db.database import current_client
from trust_models.enums import Outcome
from trust_models.errors import AlreadyExists, InvalidValue, NotFound, TransactionAborted, TrustError
from trust_models.models import FeatureFlag

pytestmark = pytest.mark.usefixtures("db")


async def keys() -> list[str]:
    """Return the keys of the switches that are stored."""
    return [flag.key for flag in await FeatureFlag.all().order_by("id")]


async def make(key: str) -> None:
    """Insert a switch."""
    await FeatureFlag.create(key=key)


async def test_an_error_inside_undoes_the_inside_alone() -> None:
    async with transaction():
        await make("before")
        with pytest.raises(Undo):
            async with transaction():
                await make("inside")
                raise Undo
        await make("after")
    assert await keys() == ["before", "after"]


async def test_a_refusal_inside_leaves_the_outside_usable() -> None:
    async with transaction():
        await make("before")
        with pytest.raises(AlreadyExists):
            async with transaction():
                await make("inside")
                await make("before")
        await make("after")
    assert await keys() == ["before", "after"]


async def test_what_is_kept_inside_goes_with_the_outside() -> None:
    async with undone():
        async with transaction():
            await make("inside")
        assert await keys() == ["inside"]
    assert await keys() == []


async def test_levels_are_undone_one_by_one() -> None:
    async with transaction():
        await make("l1")
        async with undone():
            await make("l11")
            async with transaction():
                await make("l111")
        async with transaction():
            await make("l12")
            async with undone():
                await make("l121")
            async with in_transaction():
                await make("l122")
                with pytest.raises(InvalidValue):
                    async with in_transaction():
                        await make("NOT A KEY")
                await make("l123")
    assert await keys() == ["l1", "l12", "l122", "l123"]


async def test_many_levels() -> None:
    async def nest(depth: int) -> None:
        async with transaction():
            await make(f"level{depth}")
            if depth < 30:
                await nest(depth + 1)

    await nest(1)
    assert len(await keys()) == 30


async def test_one_after_another() -> None:
    async with transaction():
        for number in range(10):
            with suppress(Undo):
                async with transaction():
                    await make(f"n{number}")
                    if number % 2:
                        raise Undo
    assert await keys() == ["n0", "n2", "n4", "n6", "n8"]


async def test_a_swallowed_error_inside_is_told_and_undoes_the_inside() -> None:
    async with transaction():
        await make("before")
        with pytest.raises(TransactionAborted):
            async with transaction():
                with pytest.raises(InvalidValue):
                    await make("NOT A KEY")
        await make("after")
    assert await keys() == ["before", "after"]


async def test_a_cancelled_inside_leaves_the_outside_usable() -> None:
    async with transaction():
        await make("before")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(_sleep_inside(), timeout=0.2)
        await make("after")
    assert await keys() == ["before", "after"]


async def _sleep_inside() -> None:
    async with transaction():
        await make("inside")
        await current_client().fetch("SELECT pg_sleep(60)")


# Several tasks


async def test_statements_of_several_tasks_take_turns() -> None:
    async with transaction():
        await asyncio.gather(*(make(f"n{number}") for number in range(20)))
        assert len(await keys()) == 20
    assert len(await keys()) == 20


async def test_statements_of_several_tasks_are_undone_together() -> None:
    async with undone():
        await asyncio.gather(*(make(f"n{number}") for number in range(20)))
    assert await keys() == []


async def test_savepoints_of_two_tasks_undo_their_own_part_alone() -> None:
    """Interleaved on purpose: the first opens, the second opens, the first fails, the second succeeds."""
    first_is_open, second_is_open, first_is_done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def fails() -> None:
        try:
            async with transaction():
                await make("first")
                first_is_open.set()
                # It may never open: a second savepoint may also have to wait for the first.
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(second_is_open.wait(), timeout=0.2)
                raise Undo
        finally:
            first_is_done.set()

    async def succeeds() -> None:
        await first_is_open.wait()
        async with transaction():
            await make("second")
            second_is_open.set()
            await first_is_done.wait()

    async with transaction():
        results = await asyncio.gather(fails(), succeeds(), return_exceptions=True)
    assert [type(result) for result in results] == [Undo, type(None)]
    assert await keys() == ["second"]


async def test_an_outside_that_fails_undoes_what_a_task_kept_inside() -> None:
    inside, go = asyncio.Event(), asyncio.Event()

    async def keep() -> None:
        async with transaction():
            await make("inside")
            inside.set()
            await go.wait()

    with pytest.raises(Undo):
        async with transaction():
            task = asyncio.create_task(keep())
            await inside.wait()
            go.set()
            raise Undo
    await task
    assert await keys() == []


async def test_who_waits_for_the_outside_from_inside_is_told(cluster: Cluster, database: str) -> None:
    """A savepoint has the connection to itself, so what waits for its own end must not wait for ever."""
    async with Database(cluster.settings(database, acquire_timeout=0.3)):
        async with transaction() as outer:
            with pytest.raises(TrustError):
                async with transaction():
                    await asyncio.wait_for(FeatureFlag.create(key="one", using_db=outer), timeout=5)
            with pytest.raises(TrustError):
                task = asyncio.create_task(make("two"))
                async with transaction():
                    await asyncio.wait_for(task, timeout=5)
            await make("after")
        assert "after" in await keys()


async def test_verbs_of_several_tasks_in_one_transaction_all_succeed(app: asyncpg.Connection) -> None:
    users = [(await records.user(app))["id"] for _ in range(5)]
    with acting_as(OPERATOR):
        async with transaction():
            renamed = await asyncio.gather(*(_rename(user) for user in users))
    assert renamed == [str(user) for user in users]
    assert len(await Trail().events(outcome=Outcome.SUCCESS)) == 5


async def test_a_verb_that_fails_undoes_nothing_of_another_task(app: asyncpg.Connection) -> None:
    known = [(await records.user(app))["id"] for _ in range(4)]
    unknown = [uuid4() for _ in range(4)]
    each_in_turn = [user for pair in zip(known, unknown, strict=True) for user in pair]
    with acting_as(OPERATOR):
        async with transaction():
            results = await asyncio.gather(*(_rename(user) for user in each_in_turn), return_exceptions=True)
    assert [type(result) for result in results] == [str, NotFound] * 4
    for user in known:
        assert (await UserRepository().get(user)).display_name == str(user), "reported as done, and undone"
    assert {event.entity_id for event in await Trail().events(outcome=Outcome.SUCCESS)} == {str(user) for user in known}


async def _rename(user: UUID) -> str | None:
    return (await UserRepository().rename(user, display_name=str(user))).display_name
