"""What goes around the rules of SQL: the catalogue, files, programs, extensions, replication."""

from functools import partial

from trust_models.attack.path import ClosedBy, Family, Hole, Over, Path

_path = partial(
    Path,
    family=Family.BELOW_SQL,
    closed_by=ClosedBy.PRIVILEGE,
    over=Over.ONCE,
    mend="Make the role no superuser, and take the predefined role or the function's EXECUTE back.",
    found_by="compare the records with a copy or with checkpoints that are kept outside of the database",
)
_catalogue = partial(
    _path,
    hole=Hole.SCHEMA,
    traced=True,
    found_by="compare the catalogue with the expected one, from outside of the database",
)
_decided = partial(_path, decided=True)

_CATALOGUE = (
    _catalogue(
        name="disable the triggers in the catalogue",
        sql="UPDATE pg_catalog.pg_trigger SET tgenabled = 'D' WHERE tgrelid = {table_literal}::regclass",
        over=Over.TABLE,
    ),
    _catalogue(
        name="rewrite the guard in the catalogue",
        sql="UPDATE pg_catalog.pg_proc SET prosrc = 'BEGIN RETURN NEW; END'"
        " WHERE oid = 'trust.refuse_mutation()'::regprocedure",
    ),
    _catalogue(
        name="take a table over in the catalogue",
        sql="UPDATE pg_catalog.pg_class SET relowner = {role_literal}::regrole WHERE oid = {table_literal}::regclass",
        over=Over.TABLE,
        hole=Hole.ACCEPTED,
    ),
)

_FILES = (
    *(
        _decided(name=name, sql=f"SELECT pg_has_role({{role_literal}}, '{right}', 'USAGE')")
        for name, right in {
            "run a program by COPY": "pg_execute_server_program",
            "write a file by COPY": "pg_write_server_files",
            "read a file by COPY": "pg_read_server_files",
        }.items()
    ),
    *(
        _decided(
            name=f"call {function}", sql=f"SELECT has_function_privilege({{role_literal}}, '{function}', 'EXECUTE')"
        )
        for function in (
            "lo_export(oid, text)",
            "lo_import(text)",
            "pg_read_file(text)",
            "pg_ls_dir(text)",
            "pg_reload_conf()",
            "pg_rotate_logfile()",
            "pg_stat_reset()",
            "pg_replication_origin_create(text)",
            "pg_replication_origin_session_setup(text)",
        )
    ),
)

_CODE = (
    _path(
        name="an extension that reaches below SQL",
        sql="CREATE EXTENSION {extension} CASCADE",
        over=Over.EXTENSION,
        found_by="look at pg_extension",
    ),
    _path(
        name="a function in C or of the server's own",
        sql="CREATE FUNCTION public.trust_attack(text) RETURNS integer LANGUAGE internal AS 'textlen'",
    ),
    _path(name="a foreign data wrapper", sql="CREATE FOREIGN DATA WRAPPER trust_attack"),
    _path(
        name="a subscription",
        sql="CREATE SUBSCRIPTION trust_attack CONNECTION 'dbname=trust_attack' PUBLICATION trust_attack"
        " WITH (connect = false)",
        found_by="look at pg_subscription",
    ),
    _path(name="a publication of everything", sql="CREATE PUBLICATION trust_attack FOR ALL TABLES"),
)

_EVENT_TRIGGERS = (
    _path(
        name="an event trigger",
        sql="CREATE FUNCTION public.trust_attack() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        " CREATE EVENT TRIGGER trust_attack ON ddl_command_end EXECUTE FUNCTION public.trust_attack()",
        found_by="look at pg_event_trigger",
    ),
    *(
        _path(name=f"{name} an event trigger", sql=sql, over=Over.EVENT_TRIGGER, found_by="look at pg_event_trigger")
        for name, sql in {
            "disable": "ALTER EVENT TRIGGER {event_trigger} DISABLE",
            "drop": "DROP EVENT TRIGGER {event_trigger}",
        }.items()
    ),
)

PATHS = (*_CATALOGUE, *_FILES, *_CODE, *_EVENT_TRIGGERS)
