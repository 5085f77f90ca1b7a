"""docs/reference/permissions.md says what the roles may do."""

import re

import asyncpg
import pytest

from tests.docs.pages import code, codes, page
from trust_models.provisioning.plan import ROLES

PAGE = page("docs/reference/permissions.md")
SERVICE = PAGE.table("Table", "INSERT", "UPDATE", "DELETE").rows
READING = PAGE.table("Table", "trust_reader", "trust_archiver").rows

RIGHTS = """
    SELECT privilege_type AS privilege, NULL AS field FROM pg_class, aclexplode(relacl)
    WHERE oid = to_regclass($1) AND grantee = to_regrole($2)
    UNION ALL
    SELECT privilege_type, attname FROM pg_attribute, aclexplode(attacl)
    WHERE attrelid = to_regclass($1) AND grantee = to_regrole($2)
"""


async def rights(schema: asyncpg.Connection, table: str, role: str) -> dict[str, set[str]]:
    """What a role may do with a table: its columns by privilege, "all" for the whole table."""
    found: dict[str, set[str]] = {}
    for row in await schema.fetch(RIGHTS, f"public.{table}", role):
        found.setdefault(row["privilege"], set()).add(row["field"] or "all")
    return found


def columns(cell: str) -> set[str]:
    return {"all"} if cell in {"all", "yes"} else set(codes(cell))


@pytest.mark.parametrize("row", SERVICE, ids=lambda row: code(row["Table"]))
async def test_what_a_service_may_do(row: dict[str, str], schema: asyncpg.Connection) -> None:
    listed = {privilege: columns(row[privilege]) for privilege in ("INSERT", "UPDATE", "DELETE")}
    reads = f"every table but `{code(row['Table'])}`" not in PAGE.text
    expected = ({"SELECT": {"all"}} if reads else {}) | {
        privilege: fields for privilege, fields in listed.items() if fields
    }
    assert await rights(schema, code(row["Table"]), "trust_app") == expected


@pytest.mark.parametrize("role", ["trust_reader", "trust_archiver"])
@pytest.mark.parametrize("row", READING, ids=lambda row: code(row["Table"]))
async def test_what_others_may_read(row: dict[str, str], role: str, schema: asyncpg.Connection) -> None:
    table, cell = code(row["Table"]), row[role]
    fields = columns(cell)
    if cell.startswith("all but"):
        every = await schema.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            f"public.{table}",
        )
        fields = {column["attname"] for column in every} - set(codes(cell))
    seals = role == "trust_archiver" and table == "audit_checkpoints"
    assert await rights(schema, table, role) == ({"SELECT": fields} if fields else {}) | (
        {"INSERT": {"note"}} if seals else {}
    )


async def test_every_table_is_listed(schema: asyncpg.Connection) -> None:
    rows = await schema.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = {row["tablename"] for row in rows} - {"aerich"}
    for listed in (SERVICE, READING):
        assert {code(row["Table"]) for row in listed} == tables
    for role in ROLES[2:]:
        assert not await rights(schema, "aerich", role)


async def test_the_segments_are_nobodys(schema: asyncpg.Connection) -> None:
    for role in ROLES[1:]:
        assert not await schema.fetch(RIGHTS, "trust.audit_segment_000000", role)


async def test_who_may_call_a_function(schema: asyncpg.Connection) -> None:
    rows = await schema.fetch(
        "SELECT oid::regprocedure::text AS name, coalesce(array_agg(CASE grantee WHEN 0 THEN 'everyone'"
        " ELSE grantee::regrole::text END) FILTER (WHERE grantee <> proowner), '{}') AS grantees"
        " FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))"
        " WHERE pronamespace = 'trust'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend"
        " WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e') GROUP BY oid"
    )
    callable_by = {row["name"]: set(row["grantees"]) for row in rows if row["grantees"]}
    listed = {
        code(row["Object"]): set(re.findall(r"\btrust_\w+|everyone", row["Who besides the owner"]))
        for row in PAGE.table("Object", "Who besides the owner").rows
        if not row["Object"].startswith("sequence")
    }
    assert listed == callable_by


async def test_who_may_use_a_sequence(schema: asyncpg.Connection) -> None:
    rows = await schema.fetch(
        "SELECT relname, grantee::regrole::text AS role, privilege_type FROM pg_class, aclexplode(relacl)"
        " WHERE relkind = 'S' AND relnamespace = 'trust'::regnamespace AND grantee <> relowner"
    )
    assert {tuple(row) for row in rows} == {
        ("audit_logs_id_seq", "trust_app", "USAGE"),
        # The verifier compares it with the events, to see whether it was reset.
        *(("audit_logs_id_seq", role, "SELECT") for role in ("trust_archiver", "trust_reader")),
    }


def test_every_role_is_listed() -> None:
    listed = [code(row["Role"]) for row in PAGE.table("Role", "Used by", "Logins", "Rights").rows]
    assert sorted(listed) == sorted(ROLES)
