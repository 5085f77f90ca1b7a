"""Names that stand in for ours: temporary tables, schemas and functions of one's own."""

from functools import partial

from trust_models.attack.path import AT_RUN_TIME, ClosedBy, Family, Hole, Over, Path

_path = partial(
    Path,
    family=Family.NAMES,
    closed_by=ClosedBy.SERVICE_PRIVILEGE,
    over=Over.ONCE,
    mend="REVOKE TEMPORARY, CREATE ON DATABASE and CREATE ON SCHEMA public from PUBLIC and from the roles of run time.",
    found_by="look for schemas, functions and temporary tables that nobody knows, while they last",
)

_STAND_INS = (
    _path(
        name="a temporary table of the same name",
        sql="CREATE TEMPORARY TABLE {name} (LIKE {table})",
        over=Over.TABLE,
    ),
    _path(
        name="a schema of one's own with a table of the same name",
        sql="CREATE SCHEMA IF NOT EXISTS {role}; CREATE TABLE {role}.{name} (LIKE {table})",
        over=Over.TABLE,
    ),
    _path(
        name="a function in the schema public",
        attackers=AT_RUN_TIME,
        sql="CREATE FUNCTION public.trust_attack() {nothing}",
    ),
    _path(
        name="a function in the schema trust",
        attackers=AT_RUN_TIME,
        sql="CREATE FUNCTION trust.trust_attack() {nothing}",
    ),
    _path(name="a temporary function", attackers=AT_RUN_TIME, sql="CREATE FUNCTION pg_temp.trust_attack() {nothing}"),
    _path(name="a table in the schema public", attackers=AT_RUN_TIME, sql="CREATE TABLE public.trust_attack ()"),
    _path(name="a schema", attackers=AT_RUN_TIME, sql="CREATE SCHEMA trust_attack"),
)

_FORGED = (
    "CREATE FUNCTION public.{function}({argument}) RETURNS {type} LANGUAGE sql AS $x$SELECT {value}$x$;"
    " SET LOCAL search_path = public, pg_temp, pg_catalog; {insert}"
)

_SHADOWS = tuple(
    _path(
        name=f"a {function}() of one's own",
        sql=_FORGED.replace("{function}", function)
        .replace("{argument}", argument)
        .replace("{type}", kind)
        .replace("{value}", value),
        over=Over.SEEDED_TABLE,
        hole=hole,
        closed_by=ClosedBy.GUARD,
        mend="Pin the search_path of every function in the schema trust to pg_catalog, pg_temp.",
    )
    for function, argument, kind, value, hole in (
        ("now", "", "timestamptz", "timestamptz '2001-01-01'", "SELECT {backdated}"),
        ("clock_timestamp", "", "timestamptz", "timestamptz '2001-01-01'", "SELECT {backdated}"),
        ("sha256", "bytea", "bytea", "decode(repeat('00', 32), 'hex')", "SELECT {with_forged_hash}"),
        ("nextval", "regclass", "bigint", "7::bigint", Hole.EVIDENCE),
    )
)

PATHS = (*_STAND_INS, *_SHADOWS)
