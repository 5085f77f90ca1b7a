"""Definitions: of tables, columns, constraints, segments, sequences and rights."""

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Hole, Over, Path

_path = partial(
    Path,
    family=Family.DDL,
    closed_by=ClosedBy.LOCK,
    hole=Hole.SCHEMA,
    traced=True,
    mend="Engage the schema lock, which takes the ownership of the evidence from the role that migrates.",
    found_by="compare the catalogue with the expected one, from outside of the database",
)
_rows = partial(
    _path,
    hole=Hole.ACCEPTED,
    found_by="compare the records with a copy or with checkpoints that are kept outside of the database",
)

_NOT_ON_A_SEGMENT = frozenset({"42P16", "42809"})  # columns and constraints come from the parent
_BY_KIND = {"make it unlogged", "inherit forged rows"}
_OTHER_KIND = frozenset({"0A000", "42809", "42P16"})  # a partitioned table, or one that others refer to

_COLUMNS = (
    _rows(
        name="rewrite by a type",
        sql="ALTER TABLE {table} ALTER COLUMN {rewrite}",
        accepts=_NOT_ON_A_SEGMENT | {"0A000"},  # a column that a function of the schema reads
        traced=False,  # the type stays, and so does what the catalogue says of the column
    ),
    *(
        _path(name=name, sql=f"ALTER TABLE {{table}} {sql}", accepts=_NOT_ON_A_SEGMENT)
        for name, sql in {
            "drop a column": "DROP COLUMN {some_column} CASCADE",
            "rename a column": "RENAME COLUMN {some_column} TO trust_attack",
            "drop a column and add it again": (
                "DROP COLUMN {some_column} CASCADE, ADD COLUMN trust_attack text DEFAULT 'forged'"
            ),
            "a new column that says what was never written": "ADD COLUMN trust_attack text DEFAULT 'forged'",
            "a default that backdates": "ALTER COLUMN created_at SET DEFAULT '2001-01-01'",
            "drop a default": "ALTER COLUMN created_at DROP DEFAULT",
            "let a column be empty": "ALTER COLUMN created_at DROP NOT NULL",
            "a constraint that stops the log": "ADD CONSTRAINT trust_attack CHECK (false) NOT VALID",
        }.items()
    ),
    _path(
        name="free a generated column",
        sql="ALTER TABLE {table} ALTER COLUMN {column} DROP EXPRESSION",
        over=Over.GENERATED_COLUMN,
    ),
    _rows(
        name="generate a column anew",
        sql="ALTER TABLE {table} ALTER COLUMN {column} SET EXPRESSION"
        " AS ((created_at AT TIME ZONE 'UTC' - interval '1 day') AT TIME ZONE 'UTC')",
        over=Over.GENERATED_COLUMN,
        since=17,
    ),
    _path(
        name="drop a constraint",
        sql="ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE",
        over=Over.CONSTRAINT,
        accepts=_NOT_ON_A_SEGMENT,
    ),
    _path(
        name="defer a foreign key",
        sql="ALTER TABLE {table} ALTER CONSTRAINT {constraint} DEFERRABLE INITIALLY DEFERRED",
        over=Over.FOREIGN_KEY,
    ),
    _path(
        name="no longer enforce a foreign key",
        sql="ALTER TABLE {table} ALTER CONSTRAINT {constraint} NOT ENFORCED",
        over=Over.FOREIGN_KEY,
        since=18,
    ),
    _path(
        name="rename the label of an enumeration",
        sql="ALTER TYPE {type} RENAME VALUE {label} TO 'trust attack'",
        over=Over.ENUM_LABEL,
    ),
    _path(
        name="drop the check of a domain",
        sql="ALTER DOMAIN {type} DROP CONSTRAINT {constraint} CASCADE",
        over=Over.DOMAIN_CONSTRAINT,
    ),
)

_TABLES = (
    *(
        _path(name=name, sql=sql, accepts=_OTHER_KIND if name in _BY_KIND else frozenset())
        for name, sql in {
            "hide rows": "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            "hide rows from the owner too": "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "a policy that hides rows": "CREATE POLICY trust_attack ON {table} USING (false)",
            "a rule that drops what is inserted": (
                "CREATE RULE trust_attack AS ON INSERT TO {table} DO INSTEAD NOTHING"
            ),
            "a rule that pretends to delete": "CREATE RULE trust_attack AS ON DELETE TO {table} DO INSTEAD NOTHING",
            "rename the table": "ALTER TABLE {table} RENAME TO trust_attack",
            "swap the table": (
                "CREATE TABLE public.trust_attack (LIKE {table} INCLUDING ALL);"
                " ALTER TABLE {table} RENAME TO trust_attack_old; ALTER TABLE public.trust_attack RENAME TO {name}"
            ),
            "a view in the table's place": (
                "ALTER TABLE {table} RENAME TO trust_attack_old; CREATE VIEW {table} AS SELECT 'forged' AS id"
            ),
            "move the table": "CREATE SCHEMA trust_attack; ALTER TABLE {table} SET SCHEMA trust_attack",
            "drop the table": "DROP TABLE {table} CASCADE",
            "make it unlogged": "ALTER TABLE {table} SET UNLOGGED",
            "inherit forged rows": "CREATE TABLE public.trust_attack () INHERITS ({table})",
            "give the table away": "ALTER TABLE {table} OWNER TO {anybody}",
            "grant rights on it": "GRANT UPDATE, DELETE, TRUNCATE, TRIGGER ON {table} TO PUBLIC",
            "blind the auditor": "REVOKE SELECT ON {table} FROM trust_reader",
            "stop the writers": "REVOKE INSERT ON {table} FROM trust_app",
        }.items()
    ),
    _path(
        name="lock the table",
        sql="LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        closed_by=ClosedBy.OWNERSHIP,
        hole=Hole.ACCEPTED,
        traced=False,
        found_by="look at pg_locks while it lasts",
    ),
    _path(
        name="grant the right and use it",
        sql="GRANT DELETE ON {table} TO {role}; DELETE FROM {table} WHERE {where}",
        hole=Hole.ACCEPTED,
    ),
    _path(
        name="rights on every later table",
        sql="ALTER DEFAULT PRIVILEGES FOR ROLE {holder} GRANT ALL ON TABLES TO PUBLIC",
        over=Over.ONCE,
    ),
)

_SEGMENTS = (
    _path(
        name="detach a segment",
        sql="ALTER TABLE {parent} DETACH PARTITION {table}",
        over=Over.SEGMENT,
    ),
    _path(
        name="detach, change, attach a segment",
        sql="ALTER TABLE {parent} DETACH PARTITION {table}; UPDATE {table} SET {set} WHERE {where};"
        " ALTER TABLE {parent} ATTACH PARTITION {table} {bounds}",
        over=Over.SEGMENT,
        hole=Hole.ACCEPTED,
        closed_by=ClosedBy.GUARD,
        mend="Put the segment's own guard back: SELECT trust.guard_table('SEGMENT').",
    ),
    _path(
        name="attach forged rows",
        sql="CREATE TABLE trust.trust_attack (LIKE {table} INCLUDING ALL);"
        " ALTER TABLE {table} ATTACH PARTITION trust.trust_attack FOR VALUES FROM (9000000000000) TO (9000000000001)",
        over=Over.LOG,
    ),
    _path(
        name="a segment for everything else",
        sql="CREATE TABLE trust.trust_attack PARTITION OF {table} DEFAULT",
        over=Over.LOG,
    ),
)

_NUMBERS = (
    _path(
        name="rewind a sequence",
        # setval survives a rollback, so it is not tried.
        sql="SELECT has_sequence_privilege({role_literal}, {sequence_literal}, 'UPDATE')",
        over=Over.SEQUENCE,
        decided=True,
        traced=False,
        closed_by=ClosedBy.OWNERSHIP,
        found_by="compare the sequence with the highest number that was given out",
    ),
    *(
        _path(name=name, sql=sql, over=Over.SEQUENCE, hole=hole, closed_by=ClosedBy.OWNERSHIP)
        for name, sql, hole in (
            ("restart a sequence", "ALTER SEQUENCE {sequence} RESTART", Hole.ACCEPTED),
            ("turn a sequence round", "ALTER SEQUENCE {sequence} INCREMENT -1 MINVALUE -10", Hole.SCHEMA),
            ("drop a sequence", "DROP SEQUENCE {sequence} CASCADE", Hole.SCHEMA),
        )
    ),
)

_WHOLESALE = (
    _path(
        name="drop what the holder owns",
        sql="DROP OWNED BY {holder} CASCADE",
        over=Over.ONCE,
        closed_by=ClosedBy.OWNERSHIP,
    ),
    _path(
        name="take over what the holder owns",
        sql="REASSIGN OWNED BY {holder} TO {role}",
        over=Over.ONCE,
        closed_by=ClosedBy.OWNERSHIP,
        traced=False,  # the comparison calls whoever migrates by one name
        hole="SELECT relowner <> {holder_literal}::regrole FROM pg_catalog.pg_class"
        " WHERE oid = 'public.audit_logs'::regclass",
        found_by="look at the owner of public.aerich and of public.audit_logs",
    ),
    _path(
        name="drop an extension with what needs it",
        sql="DROP EXTENSION {extension} CASCADE",
        over=Over.INSTALLED_EXTENSION,
        closed_by=ClosedBy.OWNERSHIP,
        hole=Hole.ACCEPTED,
    ),
    _path(
        name="drop the database",
        sql="SELECT pg_has_role({role_literal}, datdba, 'USAGE') FROM pg_catalog.pg_database"
        " WHERE datname = current_database()",
        over=Over.ONCE,
        decided=True,
        traced=False,
        closed_by=ClosedBy.SERVICE_PRIVILEGE,
        mend="Let nobody who works at run time own the database.",
        found_by="a backup and a copy of the records that are kept elsewhere",
    ),
)

PATHS = (*_COLUMNS, *_TABLES, *_SEGMENTS, *_NUMBERS, *_WHOLESALE)
