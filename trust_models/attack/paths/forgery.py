"""Records that are false from the start, and ends of sessions that nothing supports."""

# ruff: noqa: S608 - the words in braces are filled in with names that are quoted

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Over, Path
from trust_models.attack.sending import copied_in

_path = partial(
    Path,
    family=Family.FORGERY,
    closed_by=ClosedBy.GUARD,
    over=Over.SEEDED_TABLE,
    mend="Put the assigning trigger of the table back, ENABLE ALWAYS, as its migration does.",
    found_by="compare the records with a copy or with checkpoints that are kept outside of the database",
)

_REPLICA = "SET LOCAL session_replication_role = replica; "
_OLD, _COMING = "'2001-01-01'", "now() + interval '1 day'"
_INSERT = "INSERT INTO {table} ({insert_columns}, created_at) VALUES ({insert_values}, "
_FUTURE = "SELECT {postdated}"
_NOBODY = """'{"database_role": "nobody", "database_login": "nobody"}'"""
"""What the database adds to the context of an event, and demands of one that got there without it."""

_TIMES = (
    _path(name="backdate", sql=f"{_INSERT}{_OLD})", hole="SELECT {backdated}"),
    _path(name="backdate as a replica", sql=f"{_REPLICA}{_INSERT}{_OLD})", hole="SELECT {backdated}"),
    _path(name="postdate", sql=f"{_INSERT}{_COMING})", hole=_FUTURE),
    _path(
        name="backdate by COPY",
        sql="{schema_name}, {bare_name}, {insert_columns}, created_at\n{insert_csv},2001-01-01\n",
        hole="SELECT {backdated}",
        send=copied_in,
    ),
    _path(
        name="backdate by a transaction that is held open",
        # created_at of a row is the clock's, so it is later than the start of this transaction.
        sql="{insert}",
        hole="SELECT EXISTS (SELECT FROM {table} WHERE {mine} AND created_at <= now())",
    ),
)

_KEYS = (
    _path(
        name="choose the number",
        sql="INSERT INTO {table} ({insert_columns}, {key}) OVERRIDING SYSTEM VALUE VALUES ({insert_values}, {chosen})",
        hole="SELECT EXISTS (SELECT FROM {table} WHERE {mine} AND {key} = {chosen})",
    ),
    _path(
        name="insert an exact duplicate",
        sql="INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE {where}",
        hole="SELECT count(*) > 1 FROM {table} WHERE {where}",
        accepts=frozenset({"23505"}),
    ),
    _path(
        name="insert into a segment by a number of one's own",
        sql="INSERT INTO {table} (id, actor_type, action, outcome, entity_type, context)"
        f" VALUES ({{lowest}}, 'SYSTEM', 'trust.attack', 'SUCCESS', 'trust_attack', {_NOBODY})",
        over=Over.SEGMENT,
        accepts=frozenset({"55000"}),  # the sequence has given this session no number yet
    ),
)


def _own(table: str, name: str, columns: str, values: str, hole: str) -> Path:
    """Return a forgery that only one table knows: `columns` are the database's own there."""
    return _path(
        name=f"{name} of {table}",
        sql=f"INSERT INTO public.{table} ({{{table}_columns}}, {columns}) VALUES ({{{table}_values}}, {values})",
        over=Over.ONCE,
        hole=f"SELECT EXISTS (SELECT FROM public.{table} WHERE {{{table}_mine}} AND {hole})",
    )


_ZEROS = "repeat('0', 64)"
_FIELDS = (
    _own("lesson_versions", "forge the hash", "content_sha256", _ZEROS, f"content_sha256 = {_ZEROS}"),
    _own("lab_versions", "forge the hash", "config_sha256", _ZEROS, f"config_sha256 = {_ZEROS}"),
    _own("lesson_versions", "skip a number", "version", "99", "version = 99"),
    _own("lab_versions", "skip a number", "version", "99", "version = 99"),
    _own("verification_attempts", "skip a number", "attempt", "99", "attempt = 99"),
    _own("audit_logs", "forge the transaction", "tx_id, context", f"'3', {_NOBODY}", "tx_id = '3'"),
    _own(
        "audit_logs",
        "forge the role",
        "context",
        _NOBODY,
        "'nobody' IN (context ->> 'database_role', context ->> 'database_login')",
    ),
)

_SESSIONS = tuple(
    _path(
        name=name,
        sql=sql,
        over=Over.ONCE,
        accepts=frozenset({"23514"}),  # a session has a time of its end exactly when it has ended
        mend="Put the trigger t40_state of lab_sessions back, ENABLE ALWAYS.",
    )
    for name, sql in {
        "reopen a finished session": "UPDATE public.lab_sessions SET status = 'IN_PROGRESS' WHERE id = {finished}",
        "reopen it with no end": (
            "UPDATE public.lab_sessions SET status = 'IN_PROGRESS', completed_at = NULL WHERE id = {finished}"
        ),
        "turn a failure into a pass": "UPDATE public.lab_sessions SET status = 'VERIFIED_PASS' WHERE id = {finished}",
        "turn it as a replica": (
            f"{_REPLICA}UPDATE public.lab_sessions SET status = 'VERIFIED_PASS' WHERE id = {{finished}}"
        ),
        "give a finished session to another": (
            "UPDATE public.lab_sessions SET user_id = gen_random_uuid() WHERE id = {finished}"
        ),
        "delete a finished session": "DELETE FROM public.lab_sessions WHERE id = {finished}",
        "pass without evidence": "UPDATE public.lab_sessions SET status = 'VERIFIED_PASS' WHERE id = {without_attempt}",
        "pass without evidence, with an end of one's own": (
            "UPDATE public.lab_sessions SET status = 'VERIFIED_PASS', completed_at = clock_timestamp()"
            " WHERE id = {without_attempt}"
        ),
        "begin as passed": (
            "INSERT INTO public.lab_sessions (user_id, lab_version_id, status, completed_at)"
            " SELECT user_id, lab_version_id, 'VERIFIED_PASS', clock_timestamp() + interval '1 hour'"
            " FROM public.lab_sessions WHERE id = {finished}"
        ),
        "truncate the sessions": "TRUNCATE public.lab_sessions CASCADE",
    }.items()
)

PATHS = (*_TIMES, *_KEYS, *_FIELDS, *_SESSIONS)
