"""docs/how-to/watch-refusals.md says what a line in the log holds, and what a service tells."""

import json

import asyncpg
import pytest

from tests.docs.pages import codes, page
from tests.fixtures import records
from tests.fixtures.refusal_log import MARKER, listening
from trust_models import Database

PAGE = page("docs/how-to/watch-refusals.md")
FIELDS = {field for row in PAGE.table("Field", "Meaning").rows for field in codes(row["Field"])}


def example() -> dict[str, object]:
    """The line that the page shows."""
    (block,) = PAGE.blocks_of("text")
    assert block.text.startswith(MARKER)
    line: dict[str, object] = json.loads(block.text.removeprefix(MARKER))
    return line


async def test_the_line_is_as_the_page_shows_it(owner: asyncpg.Connection) -> None:
    await owner.execute("SET application_name = 'psql'")
    async with listening(owner) as log:
        with pytest.raises(asyncpg.PostgresError):
            await owner.execute("DELETE FROM lesson_versions")
    told = {"client_address"} if log.line.keys() ^ example().keys() else set()  # a Unix socket has none
    assert log.line.keys() | told == example().keys()
    for field in ("table", "operation", "rule", "counter", "seen_by", "sqlstate", "application_name", "role"):
        assert log.line[field] == example()[field]
    assert [type(log.line[field]) for field in log.line] == [type(example()[field]) for field in log.line]


async def test_the_fields_are_those_of_the_table(owner: asyncpg.Connection, app: asyncpg.Connection) -> None:
    session = await records.lab_session(app)
    for name in ("trust.actor_type", "trust.actor_id", "trust.operation_id"):
        await owner.execute("SELECT set_config($1, 'x', false)", name)
    async with listening(owner) as log:
        with pytest.raises(asyncpg.PostgresError):
            await owner.execute("UPDATE lab_sessions SET user_id = gen_random_uuid() WHERE id = $1", session["id"])
    assert log.line.keys() | {"client_address", "incomplete"} == FIELDS


def test_the_attributes_of_a_database_exist(db: Database) -> None:
    for row in PAGE.table("Attribute of `Database`", "Meaning").rows:
        (name,) = codes(row["Attribute of `Database`"])
        part, _, attribute = name.partition(".")
        assert getattr(getattr(db, part), attribute) == 0
