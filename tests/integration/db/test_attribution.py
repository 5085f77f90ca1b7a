"""Changes outside of a transaction: of whom they are, and what becomes of what was refused."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from tests.fixtures.trail import OPERATOR, REQUEST
from trust_models import acting_as
from trust_models.db.database import current_client, current_transaction
from trust_models.errors import InvalidValue
from trust_models.models import FeatureFlag

pytestmark = pytest.mark.usefixtures("db")


async def by_saving() -> None:
    flag = await FeatureFlag.create(key="one")
    flag.enabled = True
    await flag.save(update_fields=["enabled"])
    await flag.delete()


async def by_query_sets() -> None:
    await FeatureFlag.bulk_create([FeatureFlag(key="one")])
    await FeatureFlag.filter(key="one").update(enabled=True)
    await FeatureFlag.filter(key="one").delete()


async def by_sql() -> None:
    client = current_client()
    (row,) = await client.fetch(
        "WITH made AS (INSERT INTO feature_flags (key) VALUES ($1) RETURNING key) TABLE made", "one"
    )
    assert row == {"key": "one"}
    changed, _ = await client.execute_query("UPDATE feature_flags SET enabled = $1", [True])
    assert changed == 1
    await client.execute_script("/* all */ DELETE FROM feature_flags; DELETE FROM feature_flags")


async def by_many() -> None:
    client = current_client()
    for statement in (
        "INSERT INTO feature_flags (key) VALUES ($1)",
        "UPDATE feature_flags SET enabled = true WHERE key = $1",
        "DELETE FROM feature_flags WHERE key = $1",
    ):
        await client.execute_many(statement, [["one"]])


@pytest.fixture(autouse=True)
async def may_delete(owner: asyncpg.Connection) -> None:
    """The service, for once, may do all of it."""
    await owner.execute("GRANT DELETE ON feature_flags TO trust_app")


@pytest.mark.parametrize("change", [by_saving, by_query_sets, by_sql, by_many])
async def test_a_change_is_of_who_makes_it(change: Callable[[], Awaitable[None]], owner: asyncpg.Connection) -> None:
    with acting_as(OPERATOR, REQUEST):
        await change()
        assert current_transaction() is None
    await change()
    events = await owner.fetch("SELECT action, actor_id, context FROM audit_logs ORDER BY id")
    kinds = [f"feature_flag.{kind}" for kind in ("inserted", "updated", "deleted")]
    assert [event["action"] for event in events] == kinds * 2
    assert [event["actor_id"] for event in events] == [OPERATOR.id] * 3 + [None] * 3
    for number, event in enumerate(events):
        context = json.loads(event["context"])
        assert ("unattributed" in context) == (number >= 3)
        assert (context.items() >= REQUEST.as_json().items()) == (number < 3)


async def test_what_is_refused_is_undone_and_leaves_the_connection_whole() -> None:
    with acting_as(OPERATOR):
        with pytest.raises(InvalidValue):
            await FeatureFlag.create(key="NOT A KEY")
        assert current_transaction() is None
        await FeatureFlag.create(key="one")
    assert await FeatureFlag.all().count() == 1


async def test_many_at_once_are_each_of_their_own(owner: asyncpg.Connection) -> None:
    async def make(number: int) -> None:
        with acting_as(type(OPERATOR).user(f"u{number}")):
            await FeatureFlag.create(key=f"f{number}")

    await asyncio.gather(*map(make, range(30)))
    rows = await owner.fetch("SELECT actor_id, metadata #>> '{after,key}' AS key FROM audit_logs")
    assert sorted(map(tuple, rows)) == sorted((f"u{number}", f"f{number}") for number in range(30))
