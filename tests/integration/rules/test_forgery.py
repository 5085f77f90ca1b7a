"""Nothing that the database says of a record can be said by whoever writes it, the owner and superusers included.

Which columns the database owns is read from the rights: those of an append-only table that no service may insert.
"""

# ruff: noqa: S608 - the names in statements are those of the schema

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.guards import MODELLED
from tests.fixtures.refusals import refused

FORGED: Mapping[str, Any] = {
    "uuid": UUID("00000000-0000-4000-8000-000000000000"),
    "timestamp with time zone": datetime(2001, 1, 1, tzinfo=timezone.utc),
    "bytea": b"f" * 32,
    "character varying(64)": "f" * 64,
    "integer": 1_000_000,
    "bigint": 77,
    "xid8": 3,
}
REFUSED = {
    "23T02",  # a number out of order
    "428C9",  # a generated column
    "42P10",  # the same by COPY
    "55000",  # a number of the log, before this connection has one
}
COPIED = "COPY"

OWNED = """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
      AND NOT has_column_privilege('trust_app', attrelid, attnum, 'INSERT')
    ORDER BY attnum"""


@dataclass(frozen=True)
class Forger:
    """Somebody with every right who writes into one table."""

    connection: asyncpg.Connection
    table: str

    async def owned(self) -> dict[str, str]:
        """The columns that the database says, with their types."""
        return {row["name"]: row["type"] for row in await self.connection.fetch(OWNED, self.table)}

    async def stored(self, way: str, column: str, value: object) -> object:
        """Write a row in which `column` is `value`, and return what is stored; None when it is refused."""
        row = await records.BUILDERS[self.table](self.connection)
        try:
            async with self.connection.transaction():
                if way == COPIED:
                    return await self._copied(row, column, value)
                return (await records.BUILDERS[self.table](self.connection, **{column: value}))[column]
        except asyncpg.PostgresError as error:
            if error.sqlstate not in REFUSED:
                raise
            return None

    async def _copied(self, row: asyncpg.Record, column: str, value: object) -> object:
        """Copy the row once more, with `value`, as whoever restores a dump would."""
        owned = await self.owned()
        values = {name: stated for name, stated in row.items() if name not in owned and name != "version"} | {
            column: value
        }
        await self.connection.copy_records_to_table(self.table, records=[tuple(values.values())], columns=list(values))
        query = f"SELECT {column} FROM {self.table} WHERE id <> $1 ORDER BY ctid DESC LIMIT 1"
        return await self.connection.fetchval(query, row["id"])


@pytest.fixture(params=records.APPEND_ONLY)
async def forger(admin_trial: asyncpg.Connection, request: pytest.FixtureRequest) -> Forger:
    return Forger(admin_trial, request.param)


@pytest.mark.parametrize("way", ["INSERT", COPIED])
@pytest.mark.parametrize("replication_role", ["origin", "replica"])
async def test_nothing_that_the_database_says_can_be_forged(forger: Forger, way: str, replication_role: str) -> None:
    owned = await forger.owned()
    assert owned.keys() >= {"id", "created_at"}
    await forger.connection.execute(f"SET LOCAL session_replication_role = {replication_role}")
    for column, kind in owned.items():
        assert await forger.stored(way, column, FORGED[kind]) != FORGED[kind], column


@pytest.mark.parametrize("way", ["INSERT", COPIED])
@pytest.mark.parametrize("column", ["id", "created_at"])
async def test_without_the_trigger_it_would_be_stored(admin_trial: asyncpg.Connection, way: str, column: str) -> None:
    forger = Forger(admin_trial, "proof_artifacts")
    forged = FORGED[(await forger.owned())[column]]
    await admin_trial.execute("ALTER TABLE proof_artifacts DISABLE TRIGGER t20_assign")
    assert await forger.stored(way, column, forged) == forged


@pytest.mark.parametrize("relation", ["audit_logs", "public.by_hand"])
async def test_a_segment_that_numbers_nothing_takes_no_event(admin: asyncpg.Connection, relation: str) -> None:
    """One that was attached by hand has no trigger that says what the database owns; so it stays empty."""
    await admin.execute("""
        CREATE TABLE public.by_hand (LIKE audit_logs INCLUDING ALL);
        ALTER TABLE audit_logs ATTACH PARTITION public.by_hand FOR VALUES FROM (900000000) TO (900000100);
        SELECT setval('trust.audit_logs_id_seq', 900000000);
        SET session_replication_role = replica""")
    for context in ("{}", '{"database_role": "trust_app"}', '{"database_login": "trust_app"}'):
        async with refused(admin, "23514", "audit_logs_context_ck"):
            await admin.execute(f"""
                INSERT INTO {relation} (actor_type, action, outcome, entity_type, created_at, context)
                VALUES ('SYSTEM', 'a.b', 'SUCCESS', 'lab', '2001-01-01', '{context}')""")


async def test_a_column_of_every_kind_is_tried(admin_trial: asyncpg.Connection) -> None:
    owned = {table: await Forger(admin_trial, table).owned() for table in MODELLED}
    assert set(owned["audit_logs"]) == {"tx_id", "id", "created_at"}
    assert {kind for columns in owned.values() for kind in columns.values()} == set(FORGED)
