"""Keys and moments that the database alone makes."""

# ruff: noqa: S608 - the names in statements are those of the schema

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from uuid import RFC_4122, UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused

EPOCH = datetime(2001, 1, 1, tzinfo=timezone.utc)
FUTURE = datetime(2090, 1, 1, tzinfo=timezone.utc)
CHOSEN = UUID("00000000-0000-4000-8000-000000000000")
BY_STEPS = {"schema_lock_overrides"}
"""What no service writes, and what changes by steps only: see tests/integration/lock."""

CHANGEABLE = sorted(records.BUILDERS.keys() - set(records.APPEND_ONLY) - BY_STEPS)
WITH_UUID = sorted(records.BUILDERS.keys() - {"audit_logs"} - BY_STEPS)
each_append_only = pytest.mark.parametrize("table", records.APPEND_ONLY)
each_changeable = pytest.mark.parametrize("table", CHANGEABLE)
each_with_uuid = pytest.mark.parametrize("table", WITH_UUID)


def made_at(key: UUID) -> datetime:
    """Return the moment in a UUIDv7: 48 bits of milliseconds, then twelve of their fraction."""
    assert (key.version, key.variant) == (7, RFC_4122)
    milliseconds = (key.int >> 80) + (key.int >> 64 & 0xFFF) / 4096
    return datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=milliseconds)


# Keys


async def test_keys_are_of_version_7_and_hold_their_moment(app_trial: asyncpg.Connection) -> None:
    for _ in range(100):
        row = await app_trial.fetchrow(
            "SELECT clock_timestamp() AS before, trust.uuid_v7() AS key, clock_timestamp() AS after"
        )
        assert row is not None
        error = timedelta(microseconds=1)
        assert row["before"] - error <= made_at(row["key"]) <= row["after"] + error


async def test_keys_sort_by_time(app_trial: asyncpg.Connection) -> None:
    rows = await app_trial.fetch("SELECT trust.uuid_v7() AS key FROM generate_series(1, 2000)")
    keys = [row["key"] for row in rows]
    assert len(set(keys)) == 2000
    assert all(one.int >> 64 <= other.int >> 64 for one, other in pairwise(keys))


async def test_keys_of_two_connections_sort_by_time(app: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    connections = [app, owner] * 20
    keys = [await connection.fetchval("SELECT trust.uuid_v7()") for connection in connections]
    assert keys == sorted(keys)


async def test_keys_cannot_be_guessed(app_trial: asyncpg.Connection) -> None:
    rows = await app_trial.fetch("SELECT trust.uuid_v7() AS key FROM generate_series(1, 2000)")
    random = [row["key"].int & (2**62 - 1) for row in rows]
    for bit in range(62):
        # Six standard deviations around the half: one run in 500 million is beyond it.
        assert 866 < sum(number >> bit & 1 for number in random) < 1134


@each_with_uuid
async def test_every_row_gets_such_a_key(app_trial: asyncpg.Connection, table: str) -> None:
    row = await records.BUILDERS[table](app_trial)
    assert abs(made_at(row["id"]) - row["created_at"]) < timedelta(seconds=5)


@each_append_only
async def test_the_key_of_a_record_cannot_be_chosen(owner_trial: asyncpg.Connection, table: str) -> None:
    if table == "audit_logs":
        async with refused(owner_trial, "23T02", "audit_logs_id_order"):
            await records.event(owner_trial)
            await records.event(owner_trial, id=77)
        return
    for chosen in (CHOSEN, UUID(int=0), UUID(int=2**128 - 1), None):
        row = await records.BUILDERS[table](owner_trial, id=chosen)
        assert abs(made_at(row["id"]) - row["created_at"]) < timedelta(seconds=5)


# created_at


@each_append_only
@pytest.mark.parametrize("chosen", [EPOCH, FUTURE, None])
async def test_the_moment_of_a_record_cannot_be_chosen(
    owner_trial: asyncpg.Connection, table: str, chosen: datetime | None
) -> None:
    row = await records.BUILDERS[table](owner_trial, created_at=chosen)
    assert await owner_trial.fetchval("SELECT $1 > now() AND $1 < clock_timestamp()", row["created_at"])


@each_append_only
async def test_neither_can_be_chosen_by_copy(owner_trial: asyncpg.Connection, table: str) -> None:
    row = await records.BUILDERS[table](owner_trial)
    assigned = {"id", "version", "attempt", "updated_at"}
    values = {column: value for column, value in row.items() if column not in assigned}
    chosen = {"created_at": EPOCH} | ({} if table == "audit_logs" else {"id": CHOSEN})
    copied = {**values, **chosen}
    await owner_trial.copy_records_to_table(table, records=[tuple(copied.values())], columns=list(copied))
    rows = await owner_trial.fetch(
        f"SELECT id, created_at > now() AND created_at < clock_timestamp() AS now FROM {table} WHERE created_at > $1",
        row["created_at"],
    )
    assert [found["now"] for found in rows] == [True]
    assert rows[0]["id"] not in {CHOSEN, row["id"]}


@each_append_only
async def test_a_record_has_not_changed_since(owner_trial: asyncpg.Connection, table: str) -> None:
    row = await records.BUILDERS[table](owner_trial)
    if table == "audit_logs":
        assert "updated_at" not in row.keys()  # noqa: SIM118 - `in` of a Record looks at values
        return
    assert row["updated_at"] == row["created_at"]
    async with refused(owner_trial, "428C9"):
        await records.BUILDERS[table](owner_trial, updated_at=EPOCH)


@each_append_only
async def test_a_transaction_that_is_held_open_backdates_nothing(owner_trial: asyncpg.Connection, table: str) -> None:
    first = await records.BUILDERS[table](owner_trial)
    between = await owner_trial.fetchval("SELECT clock_timestamp()")
    second = await records.BUILDERS[table](owner_trial)
    assert first["created_at"] < between < second["created_at"]


@each_changeable
async def test_a_new_row_is_dated_by_the_database(app_trial: asyncpg.Connection, table: str) -> None:
    before = await app_trial.fetchval("SELECT clock_timestamp()")
    row = await records.BUILDERS[table](app_trial)
    after = await app_trial.fetchval("SELECT clock_timestamp()")
    assert before < row["created_at"] < after
    assert row["updated_at"] == row["created_at"]


# updated_at


@each_changeable
async def test_every_update_moves_updated_at(owner_trial: asyncpg.Connection, table: str) -> None:
    row = await records.BUILDERS[table](owner_trial)
    update = f"UPDATE {table} SET created_at = created_at WHERE id = $1 RETURNING updated_at"
    moments = [row["updated_at"], *[await owner_trial.fetchval(update, row["id"]) for _ in range(3)]]
    assert all(one < other for one, other in pairwise(moments))


@each_changeable
@pytest.mark.parametrize("chosen", [EPOCH, FUTURE, None])
async def test_updated_at_cannot_be_chosen(
    owner_trial: asyncpg.Connection, table: str, chosen: datetime | None
) -> None:
    row = await records.BUILDERS[table](owner_trial)
    moved = await owner_trial.fetchval(
        f"UPDATE {table} SET updated_at = $1 WHERE id = $2 RETURNING updated_at", chosen, row["id"]
    )
    assert await owner_trial.fetchval("SELECT $1 > now() AND $1 < clock_timestamp()", moved)


@pytest.mark.parametrize(
    "update",
    [
        """INSERT INTO feature_flags (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET enabled = true""",
        """MERGE INTO feature_flags AS target USING (SELECT $1::text AS key) AS source ON target.key = source.key
           WHEN MATCHED THEN UPDATE SET enabled = true""",
        """WITH changed AS (UPDATE feature_flags SET enabled = true WHERE key = $1 RETURNING id) SELECT 1""",
    ],
)
async def test_every_way_to_update_moves_updated_at(app_trial: asyncpg.Connection, update: str) -> None:
    flag = await records.flag(app_trial)
    await app_trial.execute(update, flag["key"])
    moved = await app_trial.fetchrow("SELECT enabled, updated_at FROM feature_flags WHERE id = $1", flag["id"])
    assert moved is not None
    assert moved["enabled"]
    assert moved["updated_at"] > flag["updated_at"]


async def test_updated_at_moves_under_the_replica_role(admin_trial: asyncpg.Connection) -> None:
    flag = await records.flag(admin_trial)
    await admin_trial.execute("SET LOCAL session_replication_role = replica")
    moved = await admin_trial.fetchval(
        "UPDATE feature_flags SET enabled = true, updated_at = '2001-01-01' WHERE id = $1 RETURNING updated_at",
        flag["id"],
    )
    assert moved > flag["updated_at"]
