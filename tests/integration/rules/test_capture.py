"""Every change of a critical table leaves an event, by whatever statement and whoever makes it."""

# ruff: noqa: S608 - the names in statements are those of this file

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.guards import CRITICAL
from tests.fixtures.refusals import refused

MASKED = {
    "users": ["email", "display_name"],
    "auth_identities": ["provider_user_id", "email"],
    "github_accounts": ["github_user_id", "username"],
}
"""What no event may hold, in the order of the columns; said anew here, so that a mask cannot be lost unseen."""

CHANGES = {
    "users": "role = 'ADMIN', display_name = 'Ada'",
    "auth_identities": "provider = 'GOOGLE', provider_user_id = provider_user_id || 'x'",
    "lessons": """title = 'A "new" title', status = 'PUBLISHED', content = '{"text": null}'""",
    "labs": "title = E'A \\\\ title', difficulty = 'ADVANCED', estimated_minutes = 31",
    "lab_sessions": """compute_cost = 1.50, cost_metadata = '{"rate": 2}'""",
    "github_accounts": "username = 'renamed'",
    "github_repo_mappings": "default_branch = 'next'",
    "feature_flags": "enabled = true, description = 'why'",
    "subscriptions": "plan = 'PAID'",
    "schema_lock_overrides": "revoked_by = 'x', revoked_at = now()",
}
KEPT = {"schema_lock_overrides"}
"""Whose rows a rule keeps from being deleted."""
CAN_BE_EMPTIED = {"github_accounts", "github_repo_mappings", "feature_flags", "subscriptions"}

Row = Mapping[str, Any]
Event = tuple[str, str | None, Any]

everywhere = pytest.mark.parametrize("table", CRITICAL)


def test_the_changes_are_of_every_critical_table() -> None:
    assert CHANGES.keys() == set(CRITICAL)


async def document(connection: asyncpg.Connection, table: str, key: object) -> Row:
    return json.loads(await connection.fetchval(f"SELECT to_jsonb(t)::text FROM {table} AS t WHERE id = $1", key)) or {}


async def made(connection: asyncpg.Connection, table: str) -> Any:
    """Make a row that may be deleted, and return its id."""
    row = await records.BUILDERS[table](connection)
    if table == "auth_identities":
        await records.identity(connection, user_id=row["user_id"])
    return row["id"]


async def events(connection: asyncpg.Connection, table: str, after: int = 0) -> list[Event]:
    """What was captured of a table after a number."""
    rows = await connection.fetch(
        "SELECT action, entity_id, metadata::text FROM audit_logs"
        " WHERE context ? 'captured' AND entity_type = $1 AND id > $2 ORDER BY id",
        ENTITIES[table],
        after,
    )
    return [(row["action"].partition(".")[2], row["entity_id"], json.loads(row["metadata"])) for row in rows]


async def last(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT coalesce(max(id), 0) FROM audit_logs"))


ENTITIES = {table: table.removesuffix("s") for table in CRITICAL} | {"auth_identities": "auth_identity"}


def shown(table: str, row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {*MASKED.get(table, ()), "updated_at"}}


def masks(table: str, names: list[str]) -> dict[str, Any]:
    hidden = [name for name in MASKED.get(table, ()) if name in names]
    return {"masked": hidden} if hidden else {}


def whole(table: str, side: str, row: Row) -> dict[str, Any]:
    return {side: shown(table, row)} | masks(table, [name for name, value in row.items() if value is not None])


def difference(table: str, was: Row, is_now: Row) -> dict[str, Any]:
    changed = [name for name in was if was[name] != is_now[name]]
    before, after = ({name: row[name] for name in shown(table, row) if name in changed} for row in (was, is_now))
    return {"before": before, "after": after} | masks(table, changed)


@everywhere
async def test_insert_update_and_delete(owner_trial: asyncpg.Connection, table: str) -> None:
    begun = await last(owner_trial)
    key = await made(owner_trial, table)
    first = await document(owner_trial, table, key)
    assert (await events(owner_trial, table, begun))[0] == ("inserted", str(key), whole(table, "after", first))

    begun = await last(owner_trial)
    await owner_trial.execute(f"UPDATE {table} SET {CHANGES[table]} WHERE id = $1", key)
    second = await document(owner_trial, table, key)
    assert await events(owner_trial, table, begun) == [("updated", str(key), difference(table, first, second))]

    begun = await last(owner_trial)
    if table not in KEPT:
        await owner_trial.execute(f"DELETE FROM {table} WHERE id = $1", key)
        assert await events(owner_trial, table, begun) == [("deleted", str(key), whole(table, "before", second))]


@everywhere
async def test_copy_upsert_and_merge(owner_trial: asyncpg.Connection, table: str) -> None:
    key = await made(owner_trial, table)
    row = await owner_trial.fetchrow(f"SELECT * FROM {table} WHERE id = $1", key)
    assert row is not None
    values = {name: value for name, value in row.items() if value is not None and name not in {"id", "updated_at"}}
    columns = ", ".join(["id", *values])

    async def away() -> str:
        """Make room for a row like it, and return the id that it shall have."""
        if table not in KEPT:
            await owner_trial.execute(f"DELETE FROM {table} WHERE id = $1", key)
        return str(uuid.uuid4()) if table in KEPT else str(key)

    numbers = ", ".join(f"${number}" for number in range(1, len(values) + 2))
    insert = f"({columns}) VALUES ({numbers})"
    told, begun = await away(), await last(owner_trial)
    await owner_trial.copy_records_to_table(table, records=[(told, *values.values())], columns=["id", *values])
    assert [one[:2] for one in await events(owner_trial, table, begun)] == [("inserted", told)]

    for statement in (
        f"INSERT INTO {table} {insert} ON CONFLICT (id) DO UPDATE SET {CHANGES[table]}".replace(
            "provider_user_id || 'x'", "excluded.provider_user_id || 'x'"
        ),
        (
            f"MERGE INTO {table} USING (VALUES ($1::uuid)) AS given (told) ON id = told"
            f" WHEN MATCHED THEN UPDATE SET {CHANGES[table]} WHEN NOT MATCHED THEN INSERT {insert}"
        ),
    ):
        told, begun = await away(), await last(owner_trial)
        await owner_trial.execute(statement, told, *values.values())
        await owner_trial.execute(statement, told, *values.values())
        found = await events(owner_trial, table, begun)
        assert [one[:2] for one in found] == [("inserted", told), ("updated", told)]
    if table not in KEPT:
        begun = await last(owner_trial)
        await owner_trial.execute(
            f"MERGE INTO {table} USING (VALUES ($1::uuid)) AS given (told) ON id = told WHEN MATCHED THEN DELETE", key
        )
        assert [one[:2] for one in await events(owner_trial, table, begun)] == [("deleted", str(key))]


@everywhere
async def test_each_row_of_a_bulk_update(owner_trial: asyncpg.Connection, table: str) -> None:
    keys = [await made(owner_trial, table) for _ in range(3)]
    begun = await last(owner_trial)
    await owner_trial.execute(f"UPDATE {table} SET {CHANGES[table]} WHERE id = ANY ($1)", keys)
    found = await events(owner_trial, table, begun)
    assert sorted(one[:2] for one in found) == sorted(("updated", str(key)) for key in keys)


@everywhere
async def test_truncate(owner_trial: asyncpg.Connection, table: str) -> None:
    keys = [await made(owner_trial, table) for _ in range(2)]
    begun = await last(owner_trial)
    if table in CAN_BE_EMPTIED:
        await owner_trial.execute(f"TRUNCATE {table}")
        rows = len(keys)
        assert await events(owner_trial, table, begun) == [("truncated", None, {"rows": rows})]
        return
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with owner_trial.transaction():
            await owner_trial.execute(f"TRUNCATE {table} CASCADE")
    assert caught.value.sqlstate.startswith("23T")


@everywhere
async def test_a_change_of_nothing_leaves_no_event(owner_trial: asyncpg.Connection, table: str) -> None:
    key = await made(owner_trial, table)
    begun = await last(owner_trial)
    if table in KEPT:
        async with refused(owner_trial, "23T03", f"{table}_state"):
            await owner_trial.execute(f"UPDATE {table} SET updated_at = now() WHERE id = $1", key)
        return
    await owner_trial.execute(f"UPDATE {table} SET id = id, updated_at = '2001-01-01' WHERE id = $1", key)
    assert await last(owner_trial) == begun


async def test_what_is_equal_and_not_the_same_is_a_change(owner_trial: asyncpg.Connection) -> None:
    key = (await records.lab_session(owner_trial, cost_metadata='{"rate": 1}', compute_cost=1))["id"]
    begun = await last(owner_trial)
    await owner_trial.execute("""UPDATE lab_sessions SET cost_metadata = '{"rate": 1.0}' WHERE id = $1""", key)
    (event,) = await events(owner_trial, "lab_sessions", begun)
    assert event[2].keys() == {"before", "after"}
    assert list(event[2]["after"]) == ["cost_metadata"]


async def test_what_hangs_from_a_user_is_recorded_too(owner_trial: asyncpg.Connection) -> None:
    user = await records.user(owner_trial)
    for builder in (records.identity, records.github_account):
        await builder(owner_trial, user_id=user["id"])
    begun = await last(owner_trial)
    await owner_trial.execute("DELETE FROM users WHERE id = $1", user["id"])
    found = [one for table in MASKED for one in await events(owner_trial, table, begun)]
    assert [one[0] for one in found] == ["deleted"] * 3


async def test_a_key_that_changes(owner_trial: asyncpg.Connection) -> None:
    key, begun = (await records.flag(owner_trial))["id"], await last(owner_trial)
    new = await owner_trial.fetchval("UPDATE feature_flags SET id = DEFAULT WHERE id = $1 RETURNING id", key)
    assert (await events(owner_trial, "feature_flags", begun)) == [
        ("updated", str(key), {"before": {"id": str(key)}, "after": {"id": str(new)}})
    ]


async def test_the_event_goes_with_a_savepoint(owner_trial: asyncpg.Connection) -> None:
    before = await last(owner_trial)
    savepoint = owner_trial.transaction()
    await savepoint.start()
    await records.flag(owner_trial)
    assert await last(owner_trial) > before
    await savepoint.rollback()
    assert await last(owner_trial) == before


async def test_the_time_zone_of_the_session_does_not_matter(owner_trial: asyncpg.Connection) -> None:
    await owner_trial.execute("SET LOCAL timezone = 'Asia/Tokyo'; SET LOCAL datestyle = 'SQL, DMY'")
    lesson, begun = await records.lesson(owner_trial), await last(owner_trial)
    await owner_trial.execute("UPDATE lessons SET status = 'PUBLISHED' WHERE id = $1", lesson["id"])
    (event,) = (one for one in await events(owner_trial, "lessons", begun) if one[0] == "updated")
    assert event[2]["after"]["published_at"].endswith("+00:00")


async def test_a_superuser_as_a_replica_is_recorded(admin_trial: asyncpg.Connection) -> None:
    await admin_trial.execute("SET LOCAL session_replication_role = replica")
    begun = await last(admin_trial)
    key = (await records.flag(admin_trial))["id"]
    await admin_trial.execute("UPDATE feature_flags SET enabled = true WHERE id = $1", key)
    await admin_trial.execute("TRUNCATE feature_flags")
    assert [one[0] for one in await events(admin_trial, "feature_flags", begun)] == ["inserted", "updated", "truncated"]


async def test_no_masked_value_is_anywhere_in_the_log(owner_trial: asyncpg.Connection) -> None:
    user = await records.user(owner_trial, email="sentinel@example.org", display_name="Sentinel")
    await records.identity(owner_trial, user_id=user["id"], provider_user_id="sentinel", email="sentinel@example.org")
    await records.github_account(owner_trial, user_id=user["id"], github_user_id=998877665544, username="sentinel")
    await owner_trial.execute("UPDATE users SET email = 'sentinel2@example.org', role = 'ADMIN'")
    await owner_trial.execute("UPDATE auth_identities SET provider_user_id = 'sentinel2', email = NULL")
    await owner_trial.execute("UPDATE github_accounts SET username = 'sentinel2', github_user_id = 998877665545")
    await owner_trial.execute("DELETE FROM users")
    rows = await owner_trial.fetch("SELECT log::text AS line FROM audit_logs AS log")
    assert len(rows) >= 9
    assert [row["line"] for row in rows if "sentinel" in row["line"].lower() or "9988776655" in row["line"]] == []


# Who


async def context(connection: asyncpg.Connection) -> tuple[Any, ...]:
    row = await connection.fetchrow(
        "SELECT actor_type, actor_id, on_behalf_of, outcome, context::text FROM audit_logs ORDER BY id DESC LIMIT 1"
    )
    assert row is not None
    known = {name: value for name, value in json.loads(row["context"]).items() if not name.startswith("database_")}
    return *tuple(row)[:4], known


async def test_who_acts_is_in_the_event(app_trial: asyncpg.Connection) -> None:
    await app_trial.execute(
        "SET LOCAL trust.actor_type = 'USER'; SET LOCAL trust.actor_id = 'u'; SET LOCAL trust.on_behalf_of = 'v';"
        """ SET LOCAL trust.operation_id = 'o"1'; SET LOCAL trust.context = '{"request_id": "r", "captured": false}'"""
    )
    await records.flag(app_trial)
    known = {"captured": True, "operation_id": 'o"1', "request_id": "r"}
    assert await context(app_trial) == ("USER", "u", "v", "SUCCESS", known)


async def test_nobody_said_who_acts(app: asyncpg.Connection) -> None:
    nobody = ("ANONYMOUS", None, None, "SUCCESS", {"captured": True, "unattributed": True})
    await records.flag(app)
    assert await context(app) == nobody
    async with app.transaction():
        await app.execute("SET LOCAL trust.actor_type = 'SYSTEM'; SET LOCAL trust.operation_id = 'o'")
        await app.execute("SET LOCAL trust.context = '{}'")
    await records.flag(app)  # what was local is empty now, not NULL
    assert await context(app) == nobody


@pytest.mark.parametrize(
    ("setting", "sqlstate", "rule"),
    [
        ("trust.context = 'x'", "22P02", None),
        ("trust.context = '[]'", "23514", "audit_logs_context_ck"),
        ("trust.actor_type = 'NOBODY'", "23514", "audit_logs_actor_type_ck"),
        ("trust.actor_type = 'USER'", "23T05", "audit_logs_actor_required"),
    ],
)
async def test_what_cannot_be_recorded_does_not_happen(
    app_trial: asyncpg.Connection, setting: str, sqlstate: str, rule: str | None
) -> None:
    async with refused(app_trial, sqlstate, rule):
        await app_trial.execute(f"SET LOCAL {setting}")
        await records.flag(app_trial)


async def test_a_writer_needs_no_right_to_the_log(admin: asyncpg.Connection, app: asyncpg.Connection) -> None:
    await admin.execute("REVOKE ALL ON audit_logs FROM trust_app")
    await admin.execute("REVOKE ALL ON SEQUENCE trust.audit_logs_id_seq FROM trust_app")
    await records.flag(app)
    assert [one[0] for one in await events(admin, "feature_flags")] == ["inserted"]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE feature_flags DISABLE TRIGGER t90_capture",
        "SET LOCAL session_replication_role = replica",
        "SELECT trust.capture_feature_flags()",
        "CREATE OR REPLACE FUNCTION trust.capture_feature_flags() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ],
)
async def test_a_service_cannot_silence_it(app_trial: asyncpg.Connection, statement: str) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(statement)


async def test_a_bulk_update_takes_as_long_per_row_whatever_the_session_did_before(
    owner_trial: asyncpg.Connection,
) -> None:
    await owner_trial.execute("INSERT INTO feature_flags (key) SELECT 'a' || n FROM generate_series(1, 10000) AS n")
    for number in range(50):
        await owner_trial.execute("UPDATE feature_flags SET description = $1 WHERE key = 'a1'", str(number))

    async def seconds(rows: int) -> float:
        begun = time.perf_counter()
        await owner_trial.execute(
            "UPDATE feature_flags SET enabled = NOT enabled WHERE substr(key, 2)::integer <= $1", rows
        )
        return time.perf_counter() - begun

    few = min([await seconds(1000) for _ in range(3)])
    assert await seconds(10000) < 10 * few * 4
