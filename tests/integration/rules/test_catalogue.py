"""What must hold for every table, trigger, function and key: found by walking the catalogue, not from a list."""

import re

import asyncpg
import pytest
from tortoise.fields.data import CharEnumFieldInstance

import trust_models.models
from tests.fixtures import records
from tests.fixtures.cluster import Cluster
from tests.fixtures.columns import members_of
from trust_models.models.append_only import AppendOnly

AERICH = "aerich"  # Made as Aerich makes it; none of the rules on records is for it.

MODELS = [getattr(trust_models.models, name) for name in trust_models.models.__all__]

# The tables of the specification, with their columns beyond id, created_at and updated_at; `?` for nullable.
SPECIFIED = {
    "users": "email display_name? role auth_provider erased_at?",
    "auth_sessions": "user_id token_hash expires_at last_seen_at? revoked_at? ip_address? user_agent?",
    "auth_identities": "user_id provider provider_user_id email?",
    "lessons": "slug title difficulty status content published_at?",
    "lesson_versions": "lesson_id version content content_sha256 created_by?",
    "labs": "slug title difficulty estimated_minutes config",
    "lab_versions": "lab_id version config config_sha256 created_by?",
    "lab_sessions": "user_id lab_version_id status started_at completed_at? compute_cost? cost_metadata",
    "verification_attempts": "lab_session_id attempt commit_sha result logs",
    "proof_artifacts": "verification_attempt_id type location sha256 size_bytes content_type",
    "github_accounts": "user_id github_user_id username",
    "github_repo_mappings": "lab_session_id repo_url default_branch",
    "audit_logs": "tx_id schema_version actor_type actor_id? on_behalf_of? action outcome reason_code?"
    " entity_type entity_id? metadata context",
    "feature_flags": "key enabled description?",
    "subscriptions": "user_id plan status",
}

# Bits of pg_trigger.tgtype
ROW, BEFORE, UPDATE = 1, 2, 16


@pytest.fixture
def catalogue(standing_owner: asyncpg.Connection) -> asyncpg.Connection:
    """A connection that only reads."""
    return standing_owner


async def tables(catalogue: asyncpg.Connection) -> set[str]:
    """Return our tables in `public`; their partitions lie elsewhere."""
    rows = await catalogue.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    return {row["relname"] for row in rows} - {AERICH}


async def append_only(catalogue: asyncpg.Connection) -> set[str]:
    """Return the tables in `public` that anything at all guards."""
    rows = await catalogue.fetch(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE relnamespace = 'public'::regnamespace AND tgfoid = 'trust.refuse_mutation'::regproc"
    )
    return {row["relname"] for row in rows}


async def segments(catalogue: asyncpg.Connection) -> set[str]:
    """Return the segments of the audit log, whether they are attached or not."""
    rows = await catalogue.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'trust'::regnamespace AND relkind IN ('r', 'p')"
        " AND relname LIKE 'audit\\_segment\\_%'"
    )
    return {row["relname"] for row in rows}


# Tables and columns


async def test_the_tables_are_those_of_the_specification(catalogue: asyncpg.Connection) -> None:
    assert await tables(catalogue) >= SPECIFIED.keys()
    assert len(SPECIFIED) == 15


@pytest.mark.parametrize("table", SPECIFIED)
async def test_the_columns_are_those_of_the_specification(catalogue: asyncpg.Connection, table: str) -> None:
    rows = await catalogue.fetch(
        "SELECT attname || CASE WHEN attnotnull THEN '' ELSE '?' END AS name FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
        table,
    )
    common = {"id", "created_at"} if table == "audit_logs" else {"id", "created_at", "updated_at"}
    assert {row["name"] for row in rows} == {*SPECIFIED[table].split(), *common}


async def test_every_table_has_a_model_and_a_builder(catalogue: asyncpg.Connection) -> None:
    modelled = {model._meta.db_table for model in MODELS}
    assert await tables(catalogue) >= modelled >= SPECIFIED.keys()
    assert records.BUILDERS.keys() == await tables(catalogue)


async def test_every_table_is_dated(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, attname, atttypid::regtype::text AS type, attnotnull,"
        " pg_get_expr(adbin, adrelid) AS expression, attgenerated::text AS generated"
        " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " LEFT JOIN pg_attrdef ON adrelid = pg_class.oid AND adnum = attnum"
        " WHERE attname IN ('created_at', 'updated_at') AND relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p')"
    )
    assert all(row["type"] == "timestamp with time zone" and row["attnotnull"] for row in rows)
    guarded = await append_only(catalogue)
    found = {(row["relname"], row["attname"]): (row["expression"], row["generated"]) for row in rows}
    expected = {}
    for table in await tables(catalogue):
        clock = "clock_timestamp()" if table in guarded else "statement_timestamp()"
        expected[table, "created_at"] = (clock, "")
        expected[table, "updated_at"] = ("created_at", "s") if table in guarded else (clock, "")
    del expected["audit_logs", "updated_at"]  # An event happens once.
    assert found == expected


async def test_every_moment_has_a_time_zone_and_every_document_is_binary(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace IN ('public'::regnamespace, 'trust'::regnamespace) AND relkind IN ('r', 'p')"
        " AND attnum > 0 AND atttypid IN ('timestamp'::regtype, 'time'::regtype, 'timetz'::regtype, 'json'::regtype)"
    )
    assert rows == []


async def test_the_time_zone_of_the_database_is_utc(cluster: Cluster) -> None:
    # Of the one that was migrated: CREATE DATABASE does not copy the settings of its template.
    settings = await cluster.admin.fetchval(
        "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase"
        " WHERE datname = $1 AND setrole = 0",
        cluster.template,
    )
    assert "TimeZone=UTC" in settings


async def test_nothing_but_tables_lies_in_public(catalogue: asyncpg.Connection) -> None:
    assert await catalogue.fetch("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == []
    kinds = await catalogue.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind NOT IN ('r', 'p', 'i', 'I') AND relname <> 'aerich_id_seq'"
    )
    assert [row["relname"] for row in kinds] == []


async def test_no_rule_and_no_policy_stands_between_a_statement_and_its_rows(catalogue: asyncpg.Connection) -> None:
    rules = await catalogue.fetch(
        "SELECT rulename FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class"
        " WHERE relnamespace IN ('public'::regnamespace, 'trust'::regnamespace) AND relkind IN ('r', 'p')"
    )
    assert rules == []
    assert await catalogue.fetch("SELECT polname FROM pg_policy") == []


# Append-only tables and triggers; test_guards.py looks for what is missing


async def test_the_append_only_tables_are_known_to_all(catalogue: asyncpg.Connection) -> None:
    guarded = await append_only(catalogue)
    assert guarded >= {"lesson_versions", "lab_versions", "verification_attempts", "proof_artifacts", "audit_logs"}
    assert guarded >= {model._meta.db_table for model in MODELS if issubclass(model, AppendOnly)}
    modelled = {model._meta.db_table for model in MODELS if not issubclass(model, AppendOnly)}
    assert not guarded & modelled
    assert guarded == set(records.APPEND_ONLY), "test_immutability.py attacks those of the files"


async def test_every_partition_is_a_segment(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, relkind::text, relnamespace::regnamespace::text AS schema"
        " FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind IN ('r', 'p')"
    )
    assert {row["relname"] for row in rows} == await segments(catalogue)
    assert all((row["relkind"], row["schema"]) == ("r", "trust") for row in rows)


async def test_the_name_of_a_trigger_says_when_it_fires(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT DISTINCT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal AND relnamespace IN ('public'::regnamespace, 'trust'::regnamespace)"
    )
    names = {row["tgname"] for row in rows}
    assert len(names) > 10
    assert all(re.fullmatch(r"t[0-9]{2}_[a-z_]+", name) for name in names), names


async def test_every_table_that_can_change_is_touched_last(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, (array_agg(tgfoid::regproc::text ORDER BY tgname DESC))[1] AS last"
        " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal AND tgtype & $1 = $1 AND tgattr = ''"
        " GROUP BY relname",
        ROW | BEFORE | UPDATE,
    )
    changeable = await tables(catalogue) - await append_only(catalogue)
    last = {row["relname"]: row["last"] for row in rows if row["relname"] in changeable}
    assert last == dict.fromkeys(changeable, "trust.touch")


async def test_no_trigger_and_no_default_stands_on_the_catalogue_s_good_will(catalogue: asyncpg.Connection) -> None:
    """Every default is the database's own function, or one of the schema `trust`, by its full name."""
    rows = await catalogue.fetch(
        "SELECT DISTINCT pg_get_expr(adbin, adrelid) AS expression"
        " FROM pg_attrdef JOIN pg_class ON pg_class.oid = adrelid"
        " WHERE relnamespace IN ('public'::regnamespace, 'trust'::regnamespace) AND relname <> 'aerich'"
    )
    calls = {call for row in rows for call in re.findall(r"([\w.]+)\(", row["expression"])}
    assert calls <= {"trust.uuid_v7", "clock_timestamp", "statement_timestamp", "nextval", "pg_current_xact_id"}


# Functions

OURS = """
    SELECT pg_proc.oid, proname, prosecdef AS definer, prosqlbody IS NOT NULL AS bound, lanname AS language,
      coalesce(proconfig, '{}') AS settings, prorettype = 'trigger'::regtype AS trigger,
      EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner)))
              WHERE grantee = 0 AND privilege_type = 'EXECUTE') AS public
    FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
    WHERE pronamespace = 'trust'::regnamespace AND NOT EXISTS (
      SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')"""


async def test_no_function_with_the_owner_s_rights_is_for_everyone(catalogue: asyncpg.Connection) -> None:
    functions = await catalogue.fetch(OURS)
    assert any(function["definer"] for function in functions)
    open_to_all = {function["proname"] for function in functions if function["definer"] and function["public"]}
    # The names of the migrations, so that a service that was just installed can tell that they are missing.
    assert open_to_all == {"applied_migrations"}


async def test_no_trigger_function_is_for_everyone(catalogue: asyncpg.Connection) -> None:
    # Whoever may execute one may put it on a table of his own, where it runs with the owner's rights.
    functions = await catalogue.fetch(OURS)
    assert [function["proname"] for function in functions if function["trigger"] and function["public"]] == []


# Keys and constraints


async def test_every_primary_key_is_a_time_ordered_uuid(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, array_agg(attname::text) AS columns, min(atttypid::regtype::text) AS type,"
        " min(pg_get_expr(adbin, adrelid)) AS expression"
        " FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)"
        " LEFT JOIN pg_attrdef ON adrelid = conrelid AND adnum = attnum"
        " WHERE contype = 'p' AND relnamespace = 'public'::regnamespace AND relname <> 'aerich' GROUP BY relname"
    )
    keys = {row["relname"]: (row["columns"], row["type"], row["expression"]) for row in rows}
    assert keys.pop("audit_logs") == (["id"], "bigint", "nextval('trust.audit_logs_id_seq'::regclass)")
    others = await tables(catalogue) - {"audit_logs"}
    assert keys == dict.fromkeys(others, (["id"], "uuid", "trust.uuid_v7()"))


async def test_every_foreign_key_has_an_index(catalogue: asyncpg.Connection) -> None:
    keys = await catalogue.fetch("""
        SELECT conname, EXISTS (
          SELECT FROM pg_index
          WHERE indrelid = conrelid AND indisvalid AND indpred IS NULL AND indnkeyatts >= cardinality(conkey)
            -- indkey counts from 0.
            AND (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey) AS indexed
        FROM pg_constraint
        WHERE contype = 'f' AND connamespace IN ('public'::regnamespace, 'trust'::regnamespace)""")
    assert len(keys) >= 13
    assert [key["conname"] for key in keys if not key["indexed"]] == []


async def test_constraints_are_named_for_table_and_purpose(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, conname, contype::text FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
        # PostgreSQL 18 names NOT NULL by itself. The constraints of a segment are its parent's.
        " WHERE relnamespace = 'public'::regnamespace AND relname <> 'aerich' AND contype <> 'n'"
    )
    endings = {"p": "pkey", "f": "fkey", "u": "key", "c": "ck"}
    assert len(rows) > 60
    for table, name, kind in rows:
        assert re.fullmatch(rf"{table}_([a-z0-9_]+_)?{endings[kind]}", name), name


async def test_indexes_are_named_for_table_and_columns(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT indrelid::regclass::text AS relation, pg_class.relname AS name, indisunique AS is_unique"
        " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE relnamespace = 'public'::regnamespace AND indrelid <> 'aerich'::regclass"
    )
    for table, name, is_unique in rows:
        assert re.fullmatch(rf"{table}_([a-z0-9_]+_)?{'p?key' if is_unique else 'idx'}", name), name


async def test_every_rule_that_a_function_names_begins_with_a_table(catalogue: asyncpg.Connection) -> None:
    known = await tables(catalogue) | {"audit_ledger", "audit_spools", "audit_tiles", "schema_lock"}
    for function in await catalogue.fetch(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'trust'::regnamespace"
    ):
        for rule in re.findall(r"CONSTRAINT = '(\w+)'|rule := '(\w+)'", function["prosrc"]):
            name = "".join(rule)
            assert any(name.startswith(f"{table}_") for table in known), (function["proname"], name)


# Enums


async def test_the_checks_and_the_enums_have_the_same_members(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname, attname, pg_get_constraintdef(pg_constraint.oid) AS rule"
        " FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'c' AND cardinality(conkey) = 1 AND relnamespace = 'public'::regnamespace"
    )
    checks = {
        (row["relname"], row["attname"]): set(members_of(row["rule"])) for row in rows if "= ANY (" in row["rule"]
    }
    enums = {
        (model._meta.db_table, field.source_field or name): {member.value for member in field.enum_type}
        for model in MODELS
        for name, field in model._meta.fields_map.items()
        if isinstance(field, CharEnumFieldInstance)
    }
    assert len(enums) > 10
    assert checks == enums


async def test_enums_are_text_of_capitals(catalogue: asyncpg.Connection) -> None:
    own_types = await catalogue.fetch("SELECT typname FROM pg_type WHERE typtype = 'e'")
    assert own_types == []
    for model in MODELS:
        for field in model._meta.fields_map.values():
            if isinstance(field, CharEnumFieldInstance):
                assert all(re.fullmatch(r"[A-Z_]+", member.value) for member in field.enum_type), field.enum_type
