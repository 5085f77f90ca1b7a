"""docs/reference/tables.md says which columns and rules the tables have."""

import asyncpg
import pytest

from tests.docs import test_reference_errors
from tests.docs.pages import code, page

PAGE = page("docs/reference/tables.md")
RULE_STATES = {"p": "23505", "u": "23505", "c": "23514", "f": "23503"}


async def test_every_table_is_listed(schema: asyncpg.Connection) -> None:
    rows = await schema.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert sorted(PAGE.headings) == sorted({row["tablename"] for row in rows} - {"aerich"})
    assert len(PAGE.headings) == 17


@pytest.mark.parametrize("table", PAGE.headings)
async def test_the_columns_of_a_table(table: str, schema: asyncpg.Connection) -> None:
    columns = await schema.fetch(
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS filled FROM pg_attribute"
        " WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        f"public.{table}",
    )
    listed = PAGE.section(table).table("Column", "Type", "Null", "Meaning").rows
    assert [(code(row["Column"]), code(row["Type"]), row["Null"]) for row in listed] == [
        (column["name"], column["type"], "no" if column["filled"] else "yes") for column in columns
    ]
    assert all(row["Meaning"] for row in listed)


@pytest.mark.parametrize("table", PAGE.headings)
async def test_the_rules_of_a_table(table: str, schema: asyncpg.Connection) -> None:
    constraints = await schema.fetch(
        "SELECT conname AS name, contype::text AS kind FROM pg_constraint"
        " WHERE conrelid = to_regclass($1) AND contype <> 'n'"
        " UNION SELECT indexrelid::regclass::text, 'u' FROM pg_index"
        " WHERE indrelid = to_regclass($1) AND indisunique"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        f"public.{table}",
    )
    rules = {constraint["name"]: RULE_STATES[constraint["kind"]] for constraint in constraints}
    rules |= {
        rule: sqlstate
        for rule, sqlstate in test_reference_errors.rules_of_the_sql().items()
        if rule.startswith(f"{table}_")
    }
    rules |= {rule: "23514" for rule in test_reference_errors.checks_of_the_sql() if rule.startswith(f"{table}_")}
    listed = PAGE.section(table).table("Rule", "SQLSTATE", "Says").rows
    assert {code(row["Rule"]): code(row["SQLSTATE"]) for row in listed} == rules
    assert all(row["Says"] for row in listed)


@pytest.mark.parametrize("table", PAGE.headings)
async def test_a_table_is_called_append_only_if_it_is(table: str, schema: asyncpg.Connection) -> None:
    guarded = await schema.fetchval(
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgname = 't10_immutable_statement')",
        f"public.{table}",
    )
    assert PAGE.section(table).text.lstrip().startswith("Append-only.") is guarded


async def test_every_foreign_key_has_an_index_as_the_page_says(schema: asyncpg.Connection) -> None:
    bare = await schema.fetch(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])"
    )
    assert not bare
