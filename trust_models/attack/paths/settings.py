"""Settings that could switch a guard off, for a session, a role, the database or the server."""

# ruff: noqa: S608 - the words in braces are filled in with names that are quoted

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Hole, Over, Path

_path = partial(
    Path,
    family=Family.SETTINGS,
    closed_by=ClosedBy.GUARD,
    mend="Make every trigger of the table fire ALWAYS again: SELECT trust.guard_table('TABLE').",
    found_by="look at pg_db_role_setting, pg_parameter_acl, pg_file_settings and the server's log",
)
_server = partial(
    _path,
    closed_by=ClosedBy.PRIVILEGE,
    over=Over.ONCE,
    mend="Take the right back: REVOKE SET, ALTER SYSTEM ON PARAMETER ... FROM the role, and make it no superuser.",
)

_REPLICA = "SET session_replication_role = replica; "
IN_DISGUISE = {
    "as a replica": _REPLICA,
    "as a replica, for the transaction": "SET LOCAL session_replication_role = replica; ",
    "as a replica, by a function": "SELECT set_config('session_replication_role', 'replica', true); ",
    "with every setting that the functions read off": "{settings_off}; ",
    "with every setting that the functions read on": "{settings_on}; ",
    "under another application's name": "SET LOCAL application_name = 'trust_models-migration-lock'; ",
    "with a search_path of one's own": "SET LOCAL search_path = pg_temp, public, trust; ",
    "with row security off": "SET LOCAL row_security = off; ",
}

_DISGUISED = tuple(
    _path(name=f"{verb} {disguise}", sql=setting + statement)
    for disguise, setting in IN_DISGUISE.items()
    for verb, statement in {
        "update": "UPDATE {table} SET {set} WHERE {where}",
        "delete": "DELETE FROM {table} WHERE {where}",
        "truncate": "TRUNCATE {table} CASCADE",
    }.items()
)

_SESSION = (
    *(
        _server(name=f"set {setting}", sql=f"SET LOCAL {setting} = {value}")
        for setting, value in {
            "session_replication_role": "replica",
            "log_min_messages": "panic",
            "log_statement": "none",
            "allow_system_table_mods": "on",
            "ignore_checksum_failure": "on",
        }.items()
    ),
    _server(name="set event_triggers", sql="SET LOCAL event_triggers = off", since=17),
    _server(
        name="delete a parent as a replica, and leave orphans",
        sql=_REPLICA + "DELETE FROM public.labs WHERE id = {lab}",
        hole="SELECT NOT EXISTS (SELECT FROM public.labs WHERE id = {lab})",
        found_by="validate the foreign keys anew",
    ),
)

_PERSISTED = (
    *(
        _server(name=name, sql=sql, hole=Hole.ACCEPTED)
        for name, sql in {
            "keep the replica role for oneself": "ALTER ROLE {role} SET session_replication_role = replica",
            "keep the replica role for everybody": "ALTER ROLE ALL SET session_replication_role = replica",
            "keep the replica role for oneself in the database": (
                "ALTER ROLE {role} IN DATABASE {database} SET session_replication_role = replica"
            ),
            "keep the replica role in the database": "ALTER DATABASE {database} SET session_replication_role = replica",
            "grant the right to set it": "GRANT SET ON PARAMETER session_replication_role TO {role}",
            "grant the right to set it for the server": (
                "GRANT ALTER SYSTEM ON PARAMETER session_replication_role TO {role}"
            ),
        }.items()
    ),
    _server(
        name="set it for the whole server",
        # ALTER SYSTEM writes a file at once, in no transaction.
        sql="SELECT has_parameter_privilege({role_literal}, 'session_replication_role', 'ALTER SYSTEM')",
        decided=True,
    ),
    _path(
        name="a search_path of one's own that stays",
        sql="ALTER ROLE {role} SET search_path = pg_temp, public; SET LOCAL search_path = pg_temp, public;"
        " UPDATE {table} SET {set} WHERE {where}",
    ),
)

PATHS = (*_DISGUISED, *_SESSION, *_PERSISTED)
