"""`trust.record_denial` and `trust.count_denial`: what a service may say of a right that it was denied."""

import json
from typing import Any

import asyncpg
import pytest

from tests.fixtures.refusal_log import count, listening
from tests.fixtures.refusals import refused

NOBODY: tuple[None, ...] = (None,) * 6


async def record(connection: asyncpg.Connection, *arguments: Any) -> asyncpg.Record:
    """Record a denial and return its event."""
    event_id = await connection.fetchval("SELECT trust.record_denial($1, $2, $3, $4, $5, $6, $7, $8, $9)", *arguments)
    (event,) = await connection.fetch("SELECT * FROM audit_logs WHERE id = $1", event_id)
    return event


async def test_a_denial_is_counted_logged_and_has_an_event(app: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    said = ("USER", "ada", "bob", "op-1", '{"request_id": "req-1"}')
    async with listening(app) as log:
        event = await record(app, "42501", "users", "delete", None, *said)
    assert (event["actor_type"], event["actor_id"], event["on_behalf_of"]) == ("USER", "ada", "bob")
    assert (event["action"], event["outcome"], event["reason_code"]) == (
        "database.refuse",
        "DENIED",
        "permission_denied",
    )
    assert (event["entity_type"], event["entity_id"]) == ("table", "users")
    assert json.loads(event["metadata"]) == {"sqlstate": "42501", "operation": "delete"}
    context = json.loads(event["context"])
    assert context["request_id"] == "req-1"
    assert context["operation_id"] == "op-1"
    assert context["database_login"] == await app.fetchval("SELECT session_user::text")
    assert "unattributed" not in context
    assert log.line.items() >= {"seen_by": "package", "number": 1, "counter": "denials", "actor_id": "ada"}.items()
    assert log.messages[0].sqlstate == "42501"
    assert await count(owner, "users", "delete") == 1


async def test_nobody_who_was_named_is_marked(app: asyncpg.Connection) -> None:
    event = await record(app, "42501", "users", "delete", *NOBODY)
    assert (event["actor_type"], event["actor_id"]) == ("ANONYMOUS", None)
    assert json.loads(event["context"])["unattributed"] is True


@pytest.mark.parametrize("sqlstate", ["23T01", "42T01"])
async def test_what_the_database_has_counted_is_not_counted_twice(
    app: asyncpg.Connection, owner: asyncpg.Connection, sqlstate: str
) -> None:
    async with listening(app) as log:
        event = await record(app, sqlstate, "audit_logs", "delete", "audit_logs_immutable", *NOBODY[1:])
    assert json.loads(event["metadata"])["constraint"] == "audit_logs_immutable"
    assert log.lines == []
    assert await count(owner, "audit_logs", "delete") == 0


@pytest.mark.parametrize(
    ("table", "operation", "counted"),
    [
        ("no_such_table", "delete", ("other", "delete")),
        (None, None, ("other", "other")),
        ('users"; DROP TABLE users; --', "drop everything", ("other", "other")),
        ("audit_segment_000000", "update", ("audit_logs", "update")),
        ("pg_class", "select", ("other", "select")),
        ("x" * 100_000, "x" * 100_000, ("other", "other")),
    ],
    ids=["unknown", "none", "injection", "segment", "catalogue", "long"],
)
async def test_the_rows_of_the_count_are_few(
    app: asyncpg.Connection,
    owner: asyncpg.Connection,
    table: str | None,
    operation: str | None,
    counted: tuple[str, str],
) -> None:
    await record(app, "42501", table, operation, *NOBODY)
    rows = await owner.fetch("SELECT table_name, operation, refused FROM trust.denials")
    assert [tuple(row) for row in rows] == [(*counted, 1)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("23505", "users", "insert", *NOBODY),
        ("00000", "users", "insert", *NOBODY),
        (None, "users", "insert", *NOBODY),
        ("42501", "users", "insert", "r" * 64, *NOBODY[1:]),
        ("42501", "users", "insert", None, None, None, None, "o" * 256, None),
        ("42501", "users", "insert", None, None, None, None, None, json.dumps({"a": "x" * 33_000})),
    ],
    ids=["another rule", "success", "none", "long rule", "long operation", "large request"],
)
async def test_what_does_not_fit_is_refused(app: asyncpg.Connection, arguments: tuple[Any, ...]) -> None:
    async with refused(app, "22023"):
        await record(app, *arguments)


@pytest.mark.parametrize(
    ("arguments", "sqlstate"),
    [
        (("USER", None, None, None, None), "23T05"),
        (("ROOT", "ada", None, None, None), "23514"),
        (("USER", "a" * 256, None, None, None), "22001"),
        (("USER", "ada", None, None, "[]"), "23514"),
    ],
    ids=["no id", "unknown kind of actor", "long actor", "no object"],
)
async def test_the_rules_of_events_hold(app: asyncpg.Connection, arguments: tuple[Any, ...], sqlstate: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as caught:
        await record(app, "42501", "users", "delete", None, *arguments)
    assert caught.value.sqlstate == sqlstate
    assert await app.fetchval("SELECT count(*) FROM audit_logs") == 0


async def test_the_database_role_of_the_event_cannot_be_stated(app: asyncpg.Connection) -> None:
    stated = '{"database_role": "postgres", "database_login": "postgres"}'
    event = await record(app, "42501", "users", "delete", None, None, None, None, None, stated)
    context = json.loads(event["context"])
    assert context["database_role"] == context["database_login"] == await app.fetchval("SELECT session_user::text")
