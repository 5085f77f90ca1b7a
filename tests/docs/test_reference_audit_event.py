"""docs/reference/audit-event.md says what an event consists of."""

import json
from dataclasses import fields

import asyncpg
import pytest

from tests.docs.pages import code, codes, page
from tests.fixtures import records
from trust_models import Actor, AuditEvent, Entity, RequestContext
from trust_models.audit import acting_as, audited
from trust_models.db.database import current_client
from trust_models.errors import InvalidValue
from trust_models.repositories import AuditLogRepository, FeatureFlagRepository

PAGE = page("docs/reference/audit-event.md")
COLUMNS = PAGE.table("Column", "Type", "Assigned by", "Meaning").rows
CONTEXT = PAGE.table("Key", "From", "Meaning").rows


async def test_the_columns(schema: asyncpg.Connection) -> None:
    columns = await schema.fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
        " WHERE attrelid = 'audit_logs'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert [(code(row["Column"]), code(row["Type"])) for row in COLUMNS] == [tuple(column) for column in columns]


async def test_what_the_database_assigns(app: asyncpg.Connection) -> None:
    for row in COLUMNS:
        own = await app.fetchval(
            "SELECT NOT has_column_privilege(current_user, 'audit_logs', $1, 'INSERT')", code(row["Column"])
        )
        assert own is (row["Assigned by"] == "database"), row


@pytest.mark.usefixtures("db")
async def test_the_keys_of_the_context() -> None:
    request = RequestContext(**{field.name: field.name for field in fields(RequestContext)})
    with acting_as(Actor.system(), request):
        async with audited("one.two", Entity("one"), actor=Actor.system()):
            await FeatureFlagRepository().enable("labs.any")
    await current_client().fetch("INSERT INTO feature_flags (key) VALUES ('labs.raw')")
    captured, inner, *_, unattributed = (await AuditLogRepository().page()).items
    assert captured.context.keys() - inner.context.keys() == {"captured"}
    keys = captured.context.keys() | inner.context.keys() | unattributed.context.keys()
    assert sorted(keys) == sorted(code(row["Key"]) for row in CONTEXT)
    listed = {code(row["Key"]) for row in CONTEXT if row["From"] == "`RequestContext`"}
    assert listed == {field.name for field in fields(RequestContext)}


async def test_the_database_role_cannot_be_stated(app: asyncpg.Connection) -> None:
    row = await records.event(app, context='{"database_role": "somebody"}')
    assert json.loads(row["context"])["database_role"] == await app.fetchval("SELECT current_user")


@pytest.mark.usefixtures("db")
async def test_a_failure_adds_what_the_page_says() -> None:
    with acting_as(Actor.system()), pytest.raises(InvalidValue):
        await FeatureFlagRepository().enable("No Key")
    (event,) = (await AuditLogRepository().page()).items
    (line,) = (line for line in PAGE.section("Metadata").text.split("\n\n") if "failure" in line)
    assert event.metadata.keys() == set(codes(line))


def test_the_example_is_an_event() -> None:
    (block,) = PAGE.blocks_of("json")
    example = json.loads(block.text)
    assert list(example) == [code(row["Column"]) for row in COLUMNS]
    assert example["context"].keys() <= {code(row["Key"]) for row in CONTEXT}
    event = AuditEvent(
        actor=Actor(example["actor_type"], example["actor_id"], example["on_behalf_of"]),
        entity=Entity(example["entity_type"], example["entity_id"]),
        **{
            name: example[name]
            for name in ("action", "outcome", "reason_code", "metadata", "context", "schema_version")
        },
    )
    assert event.schema_version == 1
