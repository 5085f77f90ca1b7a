"""Statements that change or remove rows. The guards stop them for everybody."""

# ruff: noqa: S608 - the words in braces are filled in with names that are quoted

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Hole, Over, Path
from trust_models.attack.sending import copied_out, prepared

_path = partial(
    Path,
    family=Family.DML,
    closed_by=ClosedBy.GUARD,
    mend="Put the guard back on the table as its migration does: SELECT trust.guard_table('TABLE').",
    found_by="compare the records with a copy or with checkpoints that are kept outside of the database",
)

_BY_FOREIGN_KEY = frozenset({"23001", "23503"})
_REFERRED_TO = frozenset({"0A000"})  # TRUNCATE of what a foreign key refers to

_UPDATES = (
    _path(name="update a row", sql="UPDATE {table} SET {set} WHERE {where}"),
    _path(name="update that changes nothing", sql="UPDATE {table} SET {key} = {key} WHERE {where}"),
    _path(name="update of no row", sql="UPDATE {table} SET {set} WHERE false"),
    _path(name="update of one column", sql="UPDATE {table} SET {column} = {column} WHERE {where}", over=Over.COLUMN),
    _path(name="update only", sql="UPDATE ONLY {table} SET {set} WHERE {where}"),
    _path(name="update from", sql="UPDATE {table} SET {set} FROM (SELECT 1) AS other WHERE {where}"),
    _path(name="update returning", sql="UPDATE {table} SET {set} WHERE {where} RETURNING {key}"),
    _path(
        name="update in a CTE",
        sql="WITH hit AS (UPDATE {table} SET {set} WHERE {where} RETURNING 1) SELECT count(*) FROM hit",
    ),
    _path(name="update prepared", sql="UPDATE {table} SET {set} WHERE {where}", send=prepared),
    _path(name="update explained", sql="EXPLAIN ANALYZE UPDATE {table} SET {set} WHERE {where}"),
    _path(name="update inside of COPY", sql="UPDATE {table} SET {set} WHERE {where} RETURNING 1", send=copied_out),
    _path(
        name="update at a cursor",
        sql="DECLARE attack CURSOR FOR SELECT * FROM {table} WHERE {where}; FETCH attack;"
        " UPDATE {table} SET {set} WHERE CURRENT OF attack",
        accepts=frozenset({"24000"}),  # the table has no row of ours for the cursor to stand on
    ),
    _path(
        name="upsert",
        sql="INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE {where}"
        " ON CONFLICT ({whole_key}) DO UPDATE SET {key} = excluded.{key}",
    ),
    _path(
        name="merge with update",
        sql="MERGE INTO {table} AS target USING (SELECT {key} AS wanted FROM {table} WHERE {where}) AS source"
        " ON target.{key} = source.wanted WHEN MATCHED THEN UPDATE SET {set}",
    ),
    _path(
        name="merge that matches nothing",
        sql="MERGE INTO {table} AS target USING (SELECT {key} AS wanted FROM {table} WHERE false) AS source"
        " ON target.{key} = source.wanted WHEN MATCHED THEN UPDATE SET {set}",
    ),
    _path(
        name="update, then prepare for two-phase commit",
        # PREPARE TRANSACTION itself is not sent: it adds nothing to COMMIT but the check of deferred constraints, and a
        # prepared transaction would outlive a killed run.
        sql="UPDATE {table} SET {set} WHERE {where}; SET CONSTRAINTS ALL IMMEDIATE",
    ),
)

_DELETES = (
    _path(name="delete a row", sql="DELETE FROM {table} WHERE {where}"),
    _path(name="delete no row", sql="DELETE FROM {table} WHERE false"),
    _path(name="delete only", sql="DELETE FROM ONLY {table} WHERE {where}"),
    _path(name="delete using", sql="DELETE FROM {table} USING (SELECT 1) AS other WHERE {where}"),
    _path(
        name="delete in a CTE",
        sql="WITH hit AS (DELETE FROM {table} WHERE {where} RETURNING 1) SELECT count(*) FROM hit",
    ),
    _path(name="delete prepared", sql="DELETE FROM {table} WHERE {where}", send=prepared),
    _path(name="delete explained", sql="EXPLAIN ANALYZE DELETE FROM {table} WHERE {where}"),
    _path(name="delete inside of COPY", sql="DELETE FROM {table} WHERE {where} RETURNING 1", send=copied_out),
    _path(
        name="delete at a cursor",
        sql="DECLARE attack CURSOR FOR SELECT * FROM {table} WHERE {where}; FETCH attack;"
        " DELETE FROM {table} WHERE CURRENT OF attack",
        accepts=frozenset({"24000"}),
    ),
    _path(
        name="merge with delete",
        sql="MERGE INTO {table} AS target USING (SELECT {key} AS wanted FROM {table} WHERE {where}) AS source"
        " ON target.{key} = source.wanted WHEN MATCHED THEN DELETE",
    ),
    _path(
        name="delete and insert an altered copy",
        sql="WITH gone AS (DELETE FROM {table} WHERE {where} RETURNING *)"
        " INSERT INTO {table} ({columns}) SELECT {columns} FROM gone",
    ),
    _path(name="truncate", sql="TRUNCATE {table}", accepts=_REFERRED_TO),
    _path(name="truncate only", sql="TRUNCATE ONLY {table}", over=Over.ORDINARY_TABLE, accepts=_REFERRED_TO),
    _path(name="truncate with what refers to it", sql="TRUNCATE {table} CASCADE"),
    _path(name="truncate and restart numbers", sql="TRUNCATE {table} RESTART IDENTITY CASCADE"),
)

_DETOURS = (
    _path(
        name="swallow the refusal",
        sql="DO $$ BEGIN DELETE FROM {table} WHERE {where}; EXCEPTION WHEN OTHERS THEN NULL; END $$",
        hole=Hole.EVIDENCE,
    ),
    _path(
        name="through a view",
        sql="CREATE VIEW public.trust_attack AS SELECT * FROM {table};"
        " UPDATE public.trust_attack SET {set} WHERE {where}",
    ),
    _path(
        name="through a function with its owner's rights",
        sql="CREATE FUNCTION public.trust_attack() RETURNS void LANGUAGE sql SECURITY DEFINER"
        " AS $x$DELETE FROM {table} WHERE {where}$x$; SELECT public.trust_attack()",
    ),
    _path(
        name="by a rule on another table",
        sql="CREATE RULE trust_attack AS ON UPDATE TO public.feature_flags DO ALSO DELETE FROM {table} WHERE {where};"
        " UPDATE public.feature_flags SET enabled = NOT enabled WHERE id = {flag}",
    ),
    _path(
        name="by a trigger on another table",
        sql="CREATE FUNCTION public.trust_attack() RETURNS trigger LANGUAGE plpgsql"
        " AS $x$BEGIN DELETE FROM {table} WHERE {where}; RETURN NULL; END$x$;"
        " CREATE TRIGGER trust_attack AFTER INSERT ON public.feature_flags FOR EACH STATEMENT"
        " EXECUTE FUNCTION public.trust_attack(); INSERT INTO public.feature_flags (key) VALUES ('trust.attack.rule')",
    ),
    _path(
        name="call a function of the owner's with hostile arguments",
        sql="SELECT {call}",
        over=Over.DEFINER,
        hole=Hole.EVIDENCE,
        # What such a function says of an argument that makes no sense.
        accepts=frozenset({"22003", "22004", "22023", "22P02", "23502", "23503", "23514", "P0001", "P0002"}),
    ),
)

_PARENTS = (
    _path(
        name="delete the parent",
        sql="DELETE FROM {parent} WHERE {parent_where}",
        over=Over.FOREIGN_KEY,
        accepts=_BY_FOREIGN_KEY,
    ),
    _path(
        name="change the parent's key",
        sql="UPDATE {parent} SET {parent_key} = gen_random_uuid() WHERE {parent_where}",
        over=Over.FOREIGN_KEY,
        accepts=_BY_FOREIGN_KEY,
    ),
    _path(name="truncate the parent", sql="TRUNCATE {parent} CASCADE", over=Over.FOREIGN_KEY),
    *(
        _path(
            name=f"let the foreign key {action}, and delete the parent",
            sql="ALTER TABLE {table} DROP CONSTRAINT {constraint};"
            " ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({column}) REFERENCES {parent} ({parent_key})"
            f" {words};"
            " DELETE FROM {parent} WHERE {parent_where}; SET CONSTRAINTS ALL IMMEDIATE",
            over=Over.FOREIGN_KEY,
            # Also of another table that refers to the same row, or of the column, which may not be empty.
            accepts=_BY_FOREIGN_KEY | {"23502"},
        )
        for action, words in {
            "cascade": "ON DELETE CASCADE",
            "set NULL": "ON DELETE SET NULL",
            "wait": "DEFERRABLE INITIALLY DEFERRED",
        }.items()
    ),
    _path(
        name="a foreign key that already cascades",
        sql="SELECT confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r') FROM pg_catalog.pg_constraint"
        " WHERE conrelid = {table_literal}::regclass AND conname = {constraint_literal}",
        over=Over.FOREIGN_KEY,
        decided=True,
        mend="Make the foreign key ON DELETE RESTRICT again.",
    ),
)

PATHS = (*_UPDATES, *_DELETES, *_DETOURS, *_PARENTS)
