"""`transaction()`: what it keeps, what it undoes, and what it says at its end."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio

import asyncpg
import pytest
from tortoise.transactions import atomic, in_transaction

from tests.fixtures.undone import Undo, undone
from trust_models import FeatureFlagRepository, transaction
from trust_models.db.database import current_client, current_transaction
from trust_models.db.transaction import Transaction
from trust_models.errors import (
    ActorRequired,
    AlreadyExists,
    DatabaseUnavailable,
    InvalidValue,
    StateNotAllowed,
    TransactionAborted,
    TransactionClosed,
    TrustError,
)
from trust_models.models import FeatureFlag, User

pytestmark = pytest.mark.usefixtures("db")


async def keys() -> list[str]:
    """Return the keys of the switches that are stored."""
    return [flag.key for flag in await FeatureFlag.all().order_by("id")]


async def make(key: str) -> FeatureFlag:
    """Insert a switch, by the ORM's own method."""
    return await FeatureFlag.create(key=key)


def around() -> Transaction:
    """Return the transaction that this task is in."""
    found = current_transaction()
    assert found is not None
    return found


async def test_what_is_done_inside_is_stored_at_the_end(app: asyncpg.Connection) -> None:
    async with transaction():
        await make("one")
        await make("two")
        assert await keys() == ["one", "two"]
        assert await app.fetchval("SELECT count(*) FROM feature_flags") == 0
    assert await app.fetchval("SELECT count(*) FROM feature_flags") == 2


async def test_an_error_undoes_everything_and_goes_on() -> None:
    with pytest.raises(Undo):
        async with transaction():
            await make("one")
            raise Undo
    assert await keys() == []


async def test_a_refusal_undoes_everything_and_goes_on() -> None:
    with pytest.raises(InvalidValue):
        async with transaction():
            await make("one")
            await make("NOT A KEY")
    assert await keys() == []


async def test_inside_a_transaction_the_clock_of_the_transaction_stands_still() -> None:
    async with transaction():
        first = await current_client().fetch("SELECT now(), pg_current_xact_id()::text AS xid")
        again = await current_client().fetch("SELECT now(), pg_current_xact_id()::text AS xid")
    assert first == again


async def test_current_transaction_is_the_one_around() -> None:
    assert current_transaction() is None
    async with transaction() as outer:
        assert current_transaction() is outer
        async with transaction() as inner:
            assert current_transaction() is inner
        assert current_transaction() is outer
    assert current_transaction() is None


async def test_tortoise_s_own_way_in_is_the_same_transaction() -> None:
    with pytest.raises(Undo):
        async with in_transaction():
            await make("one")
            async with transaction():
                await make("two")
            async with in_transaction():
                await make("three")
            raise Undo
    assert await keys() == []

    @atomic()
    async def make_two() -> None:
        await make("four")
        await make("five")

    await make_two()
    assert await keys() == ["four", "five"]


async def test_get_or_create_of_the_orm_works_inside_and_outside() -> None:
    for _ in range(2):
        assert (await FeatureFlag.get_or_create(key="one"))[0].key == "one"
        async with transaction():
            flag, created = await FeatureFlag.get_or_create(key="one", defaults={"enabled": True})
            assert (flag.key, created) == ("one", False)
            await FeatureFlag.get_or_create(key="two")
    assert await keys() == ["one", "two"]


async def test_get_or_create_of_the_orm_survives_that_another_was_first(app: asyncpg.Connection) -> None:
    """The ORM catches IntegrityError by its own class."""
    async with transaction():
        assert await FeatureFlag.filter(key="one").exists() is False
        await app.execute("INSERT INTO feature_flags (key) VALUES ('one')")
        _, created = await FeatureFlag.get_or_create(key="one")
        assert created is False
        await make("after")
    assert await keys() == ["one", "after"]


async def test_bulk_create_of_the_orm_takes_part() -> None:
    async with undone():
        await FeatureFlag.bulk_create([FeatureFlag(key=f"f{number}") for number in range(5)])
        assert len(await keys()) == 5
    assert await keys() == []
    await FeatureFlag.bulk_create([FeatureFlag(key=f"f{number}") for number in range(5)])
    assert len(await keys()) == 5


async def test_bulk_create_of_the_orm_raises_our_errors() -> None:
    flags = [FeatureFlag(key="same"), FeatureFlag(key="same")]
    with pytest.raises(AlreadyExists):
        await FeatureFlag.bulk_create(flags)
    async with undone():
        with pytest.raises(AlreadyExists):
            await FeatureFlag.bulk_create(flags)


# An error that was swallowed


async def test_a_swallowed_error_is_told_at_the_end() -> None:
    with pytest.raises(TransactionAborted, match=r"transaction\(\) of its own"):
        async with transaction():
            await make("one")
            with pytest.raises(InvalidValue):
                await make("NOT A KEY")
    assert await keys() == []


async def test_a_statement_after_a_swallowed_error_says_what_went_wrong() -> None:
    with pytest.raises(TransactionAborted, match=r"transaction\(\) of its own"):
        async with transaction():
            with pytest.raises(InvalidValue):
                await make("NOT A KEY")
            await make("one")
    assert await keys() == []


async def test_a_swallowed_error_of_python_alone_aborts_nothing() -> None:
    async with transaction():
        await make("one")
        with pytest.raises(Undo):
            raise Undo
    assert await keys() == ["one"]


# The end


async def test_a_statement_after_the_end_is_refused() -> None:
    async with transaction():
        closed = around()
        await make("one")
    assert closed.closed
    with pytest.raises(TransactionClosed, match="must open its own"):
        await closed.fetch("SELECT 1")
    with pytest.raises(TransactionClosed):
        await FeatureFlag.create(key="two", using_db=closed)
    with pytest.raises(TransactionClosed):
        await closed.execute_many("INSERT INTO feature_flags (key) VALUES ($1)", [["three"]])
    with pytest.raises(TransactionClosed):
        async with closed._in_transaction():
            pass
    assert await keys() == ["one"]


async def test_a_transaction_can_be_ended_by_hand() -> None:
    async with transaction() as early:
        await make("one")
        await early.rollback()
        with pytest.raises(TransactionClosed):
            await make("two")
    async with transaction() as early:
        await make("three")
        await early.commit()
    assert await keys() == ["three"]


async def test_a_rule_that_is_checked_at_the_end_is_told_there(owner: asyncpg.Connection) -> None:
    await owner.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION USING ERRCODE = '23T03', MESSAGE = 'Not yet.', HINT = 'Wait.',
            SCHEMA = 'public', TABLE = 'feature_flags', CONSTRAINT = 'feature_flags_late';
        END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON feature_flags
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
        """
    )
    reached_the_end = False
    with pytest.raises(StateNotAllowed, match=r"^Not yet\. Wait\.$") as caught:
        async with transaction():
            await make("one")
            reached_the_end = True
    assert reached_the_end
    assert caught.value.constraint == "feature_flags_late"
    assert await keys() == []
    await User.create(email="a@example.org", auth_provider="EMAIL")  # the connection is as good as new


async def test_an_error_at_the_end_that_leaves_the_connection_whole_tells_the_outcome(
    owner: asyncpg.Connection,
) -> None:
    """The server has answered, so the outcome is known: nothing was stored."""
    await owner.execute(
        """
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file'; END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON feature_flags
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fill();
        """
    )
    with pytest.raises(TrustError) as caught:
        async with transaction():
            await make("one")
    assert type(caught.value) is DatabaseUnavailable
    assert caught.value.sqlstate == "53100"


async def test_hooks_run_after_the_end_in_their_order() -> None:
    told: list[str] = []

    async def tell(word: str) -> None:
        assert current_transaction() is None
        told.append(word)

    async with transaction():
        around().after_close(lambda: tell("one"))
        async with transaction():
            around().after_close(lambda: tell("two"))
        assert told == []
    async with undone():
        around().after_close(lambda: tell("undone"))
    assert told == ["one", "two", "undone"]


async def test_a_hook_that_fails_keeps_no_other_from_running() -> None:
    told: list[str] = []

    async def fail() -> None:
        raise Undo

    async def tell() -> None:
        told.append("told")

    with pytest.raises(Undo):
        async with transaction():
            around().after_close(fail)
            around().after_close(tell)
    assert told == ["told"]


async def test_a_transaction_that_ends_in_another_task_loses_no_connection() -> None:
    """A framework may run the two halves of a generator in two tasks."""
    scope = transaction()
    client = await asyncio.create_task(scope.__aenter__())
    assert isinstance(client, Transaction)
    with pytest.raises(ValueError, match="different Context"):
        await asyncio.create_task(scope.__aexit__(None, None, None))
    pool = current_client()._pool
    assert pool is not None
    lost = pool.get_size() - pool.get_idle_size()
    await pool.release(client.connection)
    assert lost == 0


async def test_a_verb_without_an_actor_spoils_no_transaction() -> None:
    async with transaction():
        with pytest.raises(ActorRequired):
            await FeatureFlagRepository().enable("one")
        await make("two")
    assert await keys() == ["two"]
