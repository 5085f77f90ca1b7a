"""Append-only tables: every path by which a row might change or go, by every role.

The tables are those that a file of trust_models/sql guards; test_catalogue.py holds that the database guards
the same ones. A table that gets a guard needs a builder in tests/fixtures/records.py, and is then attacked too.
"""

# ruff: noqa: S608 - the names in statements are those of the schema

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.refusals import refused

SEGMENT = "trust.audit_segment_000000"
each_table = pytest.mark.parametrize("table", records.APPEND_ONLY)

STATEMENTS = {
    "update": "UPDATE {table} SET created_at = created_at - interval '1 day' WHERE id = '{id}'",
    "update that changes nothing": "UPDATE {table} SET created_at = created_at WHERE id = '{id}'",
    "update of the key": "UPDATE {table} SET id = id WHERE id = '{id}'",
    "update of every row": "UPDATE {table} SET created_at = now()",
    "update of no row": "UPDATE {table} SET created_at = now() WHERE false",
    "update only": "UPDATE ONLY {table} SET created_at = now() WHERE id = '{id}'",
    "update from": "UPDATE {table} SET created_at = now() FROM (SELECT 1) AS other WHERE id = '{id}'",
    "update in a CTE": "WITH hit AS (UPDATE {table} SET created_at = now() RETURNING id) SELECT count(*) FROM hit",
    "update explained": "EXPLAIN ANALYZE UPDATE {table} SET created_at = now() WHERE id = '{id}'",
    "update at a cursor": """
        DECLARE attack CURSOR FOR SELECT id FROM {table} WHERE id = '{id}'; FETCH attack;
        UPDATE {table} SET created_at = now() WHERE CURRENT OF attack""",
    "update by an upsert": """
        INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id = '{id}'
        ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at""",
    "update by a merge": """
        MERGE INTO {table} AS target USING (SELECT id FROM {table} WHERE id = '{id}') AS source ON target.id = source.id
        WHEN MATCHED THEN UPDATE SET created_at = now()""",
    "update by a merge that matches nothing": """
        MERGE INTO {table} AS target USING (SELECT id FROM {table} WHERE false) AS source ON target.id = source.id
        WHEN MATCHED THEN UPDATE SET created_at = now()""",
    "delete": "DELETE FROM {table} WHERE id = '{id}'",
    "delete of every row": "DELETE FROM {table}",
    "delete of no row": "DELETE FROM {table} WHERE false",
    "delete only": "DELETE FROM ONLY {table}",
    "delete using": "DELETE FROM {table} USING (SELECT 1) AS other WHERE id = '{id}'",
    "delete in a CTE": "WITH hit AS (DELETE FROM {table} RETURNING id) SELECT count(*) FROM hit",
    "delete and insert again": """
        WITH gone AS (DELETE FROM {table} WHERE id = '{id}' RETURNING *)
        INSERT INTO {table} ({columns}) SELECT {columns} FROM gone""",
    "delete explained": "EXPLAIN ANALYZE DELETE FROM {table}",
    "delete at a cursor": """
        DECLARE attack CURSOR FOR SELECT id FROM {table} WHERE id = '{id}'; FETCH attack;
        DELETE FROM {table} WHERE CURRENT OF attack""",
    "delete by a merge": """
        MERGE INTO {table} AS target USING (SELECT id FROM {table} WHERE id = '{id}') AS source ON target.id = source.id
        WHEN MATCHED THEN DELETE""",
    "truncate": "TRUNCATE {table} CASCADE",
    "truncate and restart": "TRUNCATE {table} RESTART IDENTITY CASCADE",
}
each_statement = pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)


@dataclass(frozen=True)
class Evidence:
    """One row of each append-only table, and somebody who looks whether it is still there."""

    ids: dict[str, object]
    columns: dict[str, str]
    witness: asyncpg.Connection

    def attack(self, statement: str, table: str, *, relation: str | None = None) -> str:
        """Return the statement for the row of `table`, reached by way of `relation`."""
        return statement.format(table=relation or f"public.{table}", id=self.ids[table], columns=self.columns[table])

    async def rows(self, table: str) -> list[tuple[object, ...]]:
        """Return everything that `table` holds, as others see it."""
        return [tuple(row) for row in await self.witness.fetch(f"SELECT * FROM {table} ORDER BY id")]


@pytest.fixture(scope="module")
async def evidence(cluster: Cluster, shared_database: str) -> AsyncIterator[Evidence]:
    witness = await connect(cluster.url("app", shared_database))
    ids, columns = {}, {}
    for table in records.APPEND_ONLY:
        assert table in records.BUILDERS, f"tests/fixtures/records.py makes no row of {table}, which is append-only"
        ids[table] = (await records.BUILDERS[table](witness))["id"]
        columns[table] = await witness.fetchval(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            table,
        )
    yield Evidence(ids, columns, witness)
    await witness.close()


def test_the_tables_that_the_product_is_about_are_attacked() -> None:
    named = {"lesson_versions", "lab_versions", "verification_attempts", "proof_artifacts", "audit_logs"}
    assert named <= set(records.APPEND_ONLY)


# Every statement, by every role


@each_table
@each_statement
async def test_the_owner_is_refused(
    owner_trial: asyncpg.Connection, evidence: Evidence, table: str, statement: str
) -> None:
    before = await evidence.rows(table)
    async with refused(owner_trial, "23T01", f"{table}_immutable"):
        await owner_trial.execute(evidence.attack(statement, table))
    assert await evidence.rows(table) == before


@each_table
@each_statement
async def test_a_service_has_no_right_to_it(
    app_trial: asyncpg.Connection, evidence: Evidence, table: str, statement: str
) -> None:
    before = await evidence.rows(table)
    async with refused(app_trial, "42501"):
        await app_trial.execute(evidence.attack(statement, table))
    assert await evidence.rows(table) == before


@each_table
@each_statement
async def test_a_superuser_with_the_replica_role_is_refused(
    admin_trial: asyncpg.Connection, evidence: Evidence, table: str, statement: str
) -> None:
    before = await evidence.rows(table)
    await admin_trial.execute("SET LOCAL session_replication_role = replica")
    async with refused(admin_trial, "23T01", f"{table}_immutable"):
        await admin_trial.execute(evidence.attack(statement, table))
    assert await evidence.rows(table) == before


@each_statement
async def test_the_segment_refuses_by_itself(
    owner_trial: asyncpg.Connection, evidence: Evidence, statement: str
) -> None:
    async with refused(owner_trial, "23T01", "audit_segment_000000_immutable"):
        await owner_trial.execute(evidence.attack(statement, "audit_logs", relation=SEGMENT))


@each_statement
async def test_a_service_does_not_reach_a_segment(
    app_trial: asyncpg.Connection, evidence: Evidence, statement: str
) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(evidence.attack(statement, "audit_logs", relation=SEGMENT))


@each_statement
async def test_a_detached_segment_refuses(owner_trial: asyncpg.Connection, evidence: Evidence, statement: str) -> None:
    await owner_trial.execute(f"ALTER TABLE audit_logs DETACH PARTITION {SEGMENT}")
    async with refused(owner_trial, "23T01", "audit_segment_000000_immutable"):
        await owner_trial.execute(evidence.attack(statement, "audit_logs", relation=SEGMENT))


async def test_a_detached_segment_refuses_under_the_replica_role(
    admin_trial: asyncpg.Connection, evidence: Evidence
) -> None:
    await admin_trial.execute(f"ALTER TABLE audit_logs DETACH PARTITION {SEGMENT}")
    await admin_trial.execute("SET LOCAL session_replication_role = replica")
    for statement in STATEMENTS.values():
        async with refused(admin_trial, "23T01", "audit_segment_000000_immutable"):
            await admin_trial.execute(evidence.attack(statement, "audit_logs", relation=SEGMENT))


async def test_an_empty_segment_refuses_truncation(owner_trial: asyncpg.Connection) -> None:
    async with refused(owner_trial, "23T01", "audit_segment_000003_immutable"):
        await owner_trial.execute("TRUNCATE trust.audit_segment_000003")


# Either guard alone


@each_table
@pytest.mark.parametrize("disabled", ["t10_immutable_statement", "row guard"])
async def test_either_guard_refuses_without_the_other(
    owner_trial: asyncpg.Connection, evidence: Evidence, table: str, disabled: str
) -> None:
    """What fires no statement trigger, as a subscription does, still meets the one of the row."""
    row_guard = "t10_immutable_inherited" if table == "audit_logs" else "t10_immutable"
    if disabled == "row guard":
        disabled = row_guard
        if table == "audit_logs":
            await owner_trial.execute(f"ALTER TABLE {SEGMENT} DISABLE TRIGGER t10_immutable")
    await owner_trial.execute(f"ALTER TABLE {table} DISABLE TRIGGER {disabled}")
    # The row's guard is that of the segment in which the row lies.
    by_row = "audit_segment_000000" if table == "audit_logs" else table
    rule = f"{table if disabled == row_guard else by_row}_immutable"
    for statement in (STATEMENTS["update"], STATEMENTS["delete"], STATEMENTS["delete at a cursor"]):
        async with refused(owner_trial, "23T01", rule):
            await owner_trial.execute(evidence.attack(statement, table))


async def test_a_segment_that_was_attached_by_hand_is_guarded_by_its_parent(owner: asyncpg.Connection) -> None:
    await owner.execute("""
        CREATE TABLE public.by_hand (LIKE audit_logs INCLUDING ALL);
        ALTER TABLE audit_logs ATTACH PARTITION public.by_hand FOR VALUES FROM (900000000) TO (900000100)""")
    await owner.execute("""
        INSERT INTO public.by_hand (id, actor_type, action, outcome, entity_type, context)
        VALUES (900000001, 'SYSTEM', 'a.b', 'SUCCESS', 'lab', '{"database_role": "x", "database_login": "x"}')""")
    for statement in ("UPDATE public.by_hand SET created_at = now()", "DELETE FROM public.by_hand"):
        async with refused(owner, "23T01", "by_hand_immutable"):
            await owner.execute(statement)


# Every column


@each_table
async def test_no_column_can_be_updated(
    owner_trial: asyncpg.Connection, app_trial: asyncpg.Connection, evidence: Evidence, table: str
) -> None:
    for column in evidence.columns[table].split(", "):
        statement = evidence.attack(f"UPDATE {{table}} SET {column} = {column} WHERE id = '{{id}}'", table)
        async with refused(owner_trial, "23T01", f"{table}_immutable"):
            await owner_trial.execute(statement)
        async with refused(app_trial, "42501"):
            await app_trial.execute(statement)


# Other ways to the same statements


@each_table
async def test_copy_of_a_returning_clause(
    owner_trial: asyncpg.Connection, app_trial: asyncpg.Connection, evidence: Evidence, table: str
) -> None:
    for statement in ("DELETE FROM {table} RETURNING id", "UPDATE {table} SET created_at = now() RETURNING id"):
        query = evidence.attack(statement, table)
        async with refused(owner_trial, "23T01", f"{table}_immutable"):
            await owner_trial.copy_from_query(query, output=io.BytesIO())
        async with refused(app_trial, "42501"):
            await app_trial.copy_from_query(query, output=io.BytesIO())


@each_table
async def test_a_prepared_statement(
    owner_trial: asyncpg.Connection, app_trial: asyncpg.Connection, evidence: Evidence, table: str
) -> None:
    for statement in (f"DELETE FROM {table} WHERE id = $1", f"UPDATE {table} SET created_at = now() WHERE id = $1"):
        attack = await owner_trial.prepare(statement)
        for _ in range(6):  # From the sixth on the plan may be a generic one.
            async with refused(owner_trial, "23T01", f"{table}_immutable"):
                await attack.fetch(evidence.ids[table])
        async with refused(app_trial, "42501"):
            await (await app_trial.prepare(statement)).fetch(evidence.ids[table])


@each_table
async def test_a_row_of_the_same_transaction(owner_trial: asyncpg.Connection, table: str) -> None:
    row = await records.BUILDERS[table](owner_trial)
    for statement in (f"DELETE FROM {table} WHERE id = $1", f"UPDATE {table} SET created_at = now() WHERE id = $1"):
        async with refused(owner_trial, "23T01", f"{table}_immutable"):
            await owner_trial.execute(statement, row["id"])


@each_table
async def test_a_view(owner_trial: asyncpg.Connection, table: str) -> None:
    await owner_trial.execute(f"CREATE VIEW public.attack AS SELECT * FROM {table}")
    for statement in ("DELETE FROM attack", "UPDATE attack SET created_at = now()"):
        async with refused(owner_trial, "23T01", f"{table}_immutable"):
            await owner_trial.execute(statement)


@each_table
async def test_a_rule_on_another_table(owner_trial: asyncpg.Connection, table: str) -> None:
    flag = (await records.flag(owner_trial))["id"]
    await owner_trial.execute(f"CREATE RULE attack AS ON UPDATE TO feature_flags DO ALSO DELETE FROM {table}")
    async with refused(owner_trial, "23T01", f"{table}_immutable"):
        await owner_trial.execute("UPDATE feature_flags SET enabled = true WHERE id = $1", flag)


@each_table
async def test_a_function_with_the_owner_s_rights(
    owner: asyncpg.Connection, app: asyncpg.Connection, table: str
) -> None:
    row = await records.BUILDERS[table](app)
    await owner.execute(
        f"CREATE FUNCTION public.attack() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.{table}';"
        "GRANT EXECUTE ON FUNCTION public.attack() TO PUBLIC"
    )
    async with refused(app, "23T01", f"{table}_immutable"):
        await app.execute("SELECT public.attack()")
    assert await app.fetchval(f"SELECT count(*) FROM {table} WHERE id = $1", row["id"]) == 1


@each_table
async def test_a_refusal_that_is_swallowed_has_changed_nothing(
    owner_trial: asyncpg.Connection, evidence: Evidence, table: str
) -> None:
    count = await owner_trial.fetchval(f"SELECT count(*) FROM {table}")
    attack = evidence.attack("DELETE FROM {table}", table)
    await owner_trial.execute(f"""
        DO $$
        BEGIN
          {attack};
        EXCEPTION WHEN OTHERS THEN
          NULL;
        END
        $$""")
    assert await owner_trial.fetchval(f"SELECT count(*) FROM {table}") == count > 0


@each_table
async def test_a_foreign_key_that_cascades(owner_trial: asyncpg.Connection, table: str) -> None:
    """Deleting or renaming a parent reaches the guard, also when somebody has made the foreign key cascade."""
    row = await records.BUILDERS[table](owner_trial)
    for name, parent, column in await foreign_keys(owner_trial, table):
        if row[column] is None:
            continue
        await owner_trial.execute(f"""
            ALTER TABLE {table} DROP CONSTRAINT {name};
            ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {parent} (id)
              ON DELETE CASCADE ON UPDATE CASCADE""")
        refuses = parent if parent in records.APPEND_ONLY else table
        async with refused(owner_trial, "23T01", f"{refuses}_immutable"):
            await owner_trial.execute(f"DELETE FROM {parent} WHERE id = $1", row[column])
        rule = "lab_sessions_identity_immutable" if parent == "lab_sessions" else f"{refuses}_immutable"
        async with refused(owner_trial, "23T01", rule):
            await owner_trial.execute(f"UPDATE {parent} SET id = trust.uuid_v7() WHERE id = $1", row[column])


@each_table
async def test_truncating_a_parent(
    owner_trial: asyncpg.Connection, app_trial: asyncpg.Connection, evidence: Evidence, table: str
) -> None:
    before = await evidence.rows(table)
    rules = {f"{other}_immutable" for other in records.APPEND_ONLY} | {"auth_identities_user_id_last"}
    for _, parent, _ in await foreign_keys(owner_trial, table):
        async with refused(app_trial, "42501"):
            await app_trial.execute(f"TRUNCATE {parent} CASCADE")
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
            async with owner_trial.transaction():
                await owner_trial.execute(f"TRUNCATE {parent} CASCADE")
        assert refusal.value.constraint_name in rules
    assert await evidence.rows(table) == before


async def foreign_keys(connection: asyncpg.Connection, table: str) -> list[tuple[str, str, str]]:
    """Return the foreign keys of a table: name, parent, column."""
    rows = await connection.fetch(
        "SELECT conname::text, confrelid::regclass::text, attname::text FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE conrelid = $1::text::regclass AND contype = 'f'",
        table,
    )
    assert rows or table in {"audit_logs", "audit_checkpoints"}, (
        "only the audit log and its checkpoints refer to nothing"
    )
    return [(name, parent, column) for name, parent, column in rows]
