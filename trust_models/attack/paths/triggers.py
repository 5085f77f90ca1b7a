"""The guard itself: its triggers, its functions and what they decide from."""

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Hole, Over, Path

_path = partial(
    Path,
    family=Family.TRIGGERS,
    closed_by=ClosedBy.LOCK,
    hole=Hole.SCHEMA,
    traced=True,
    mend="Engage the schema lock, which takes the ownership of the guard from the role that migrates.",
    found_by="compare the catalogue with the expected one, from outside of the database",
)

_CHILD = frozenset({"0A000", "2BP01", "42710", "XX000"})
"""What PostgreSQL says of a trigger that a partition has from its parent; 15 calls its renaming an internal error."""

_TRIGGERS = tuple(
    _path(name=f"{name} a trigger", sql=sql, over=Over.GUARD, accepts=_CHILD)
    for name, sql in {
        "disable": "ALTER TABLE {table} DISABLE TRIGGER {trigger}",
        "make replicas alone heed": "ALTER TABLE {table} ENABLE REPLICA TRIGGER {trigger}",
        "make replicas not heed": "ALTER TABLE {table} ENABLE TRIGGER {trigger}",
        "drop": "DROP TRIGGER {trigger} ON {table}",
        "rename": "ALTER TRIGGER {trigger} ON {table} RENAME TO zz_trust_attack",
        "blunt": "{blunted}",
    }.items()
)

_TABLES = (
    _path(name="disable the triggers of users", sql="ALTER TABLE {table} DISABLE TRIGGER USER"),
    _path(name="disable all triggers", sql="ALTER TABLE {table} DISABLE TRIGGER ALL"),
    _path(
        name="disable, change, enable again",
        sql="ALTER TABLE {table} DISABLE TRIGGER USER; UPDATE {table} SET {set} WHERE {where}; {enable_again}",
        hole=Hole.EVIDENCE,
        traced=False,  # it leaves the catalogue as it was
        found_by="compare the records with a copy or with checkpoints that are kept outside of the database",
    ),
    _path(
        name="an early trigger that drops what is inserted",
        sql="CREATE FUNCTION public.trust_attack() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE TRIGGER a00 BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.trust_attack()",
    ),
    _path(
        name="a late trigger that rewrites what is inserted",
        sql="CREATE FUNCTION public.trust_attack() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN NEW.created_at := ''2001-01-01''; RETURN NEW; END';"
        " CREATE TRIGGER zz BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.trust_attack()",
    ),
    _path(
        name="an early trigger by the right to make triggers alone",
        sql="CREATE TRIGGER a00 BEFORE INSERT ON {table} FOR EACH STATEMENT"
        " EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
    ),
)

_FUNCTIONS = (
    _path(
        name="replace a trigger's function",
        sql="CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        over=Over.TRIGGER_FUNCTION,
    ),
    _path(
        name="replace the guard's function and change",
        sql="CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'; UPDATE {table} SET {set} WHERE {where}",
    ),
    *(
        _path(name=f"{name} a function", sql=sql, over=Over.FUNCTION, accepts=frozenset({"2BP01"}))
        for name, sql in {
            "rename": "ALTER FUNCTION {function} RENAME TO trust_attack",
            "move": "ALTER FUNCTION {function} SET SCHEMA public",
            "unpin the search_path of": "ALTER FUNCTION {function} SET search_path = public, pg_catalog",
            "drop": "DROP FUNCTION {function} CASCADE",
            "let everybody call": "GRANT EXECUTE ON FUNCTION {function} TO PUBLIC",
            "give away": "ALTER FUNCTION {function} OWNER TO {anybody}",
        }.items()
    ),
)

_SCHEMAS = tuple(
    _path(name=f"{name} a schema", sql=sql, over=Over.SCHEMA, closed_by=ClosedBy.OWNERSHIP)
    for name, sql in {
        "give away": "ALTER SCHEMA {schema} OWNER TO {anybody}",
        "rename": "ALTER SCHEMA {schema} RENAME TO trust_attack",
        "drop": "DROP SCHEMA {schema} CASCADE",
        "let everybody make things in": "GRANT CREATE ON SCHEMA {schema} TO PUBLIC",
    }.items()
)

_DECIDED_FROM = tuple(
    _path(name=f"{name} what the schema trust decides from", sql=sql, over=Over.INTERNAL, hole=Hole.ACCEPTED)
    for name, sql in {
        "update": "UPDATE {internal} SET {any} = {any}",
        "delete": "DELETE FROM {internal}",
        "truncate": "TRUNCATE {internal} CASCADE",
    }.items()
)

_MISSING = (
    _path(
        name="a guard that is missing, silent or not ours",
        # One for each row, one for each statement, one for TRUNCATE: pg_trigger.tgtype has a bit for each.
        sql="SELECT count(DISTINCT CASE WHEN tgtype & 27 = 27 THEN 1 WHEN tgtype & 26 = 26 THEN 2"
        " WHEN tgtype & 34 = 34 THEN 3 END) < 3 FROM pg_catalog.pg_trigger WHERE tgrelid = {table_literal}::regclass"
        " AND tgfoid = to_regprocedure('trust.refuse_mutation()') AND tgenabled = 'A' AND tgqual IS NULL"
        " AND tgattr::text = ''",
        decided=True,
        traced=False,
        closed_by=ClosedBy.GUARD,
        mend="Put the guard back on the table as its migration does: SELECT trust.guard_table('TABLE').",
    ),
    _path(
        name="a table of evidence that is gone",
        sql="SELECT {missing_tables} <> ''",
        over=Over.ONCE,
        decided=True,
        traced=False,
        closed_by=ClosedBy.GUARD,
        mend="Restore the table from a backup; find out who dropped or renamed it.",
    ),
)

PATHS = (*_MISSING, *_TRIGGERS, *_TABLES, *_FUNCTIONS, *_SCHEMAS, *_DECIDED_FROM)
