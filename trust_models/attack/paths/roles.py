"""Becoming somebody stronger, and holding a right that the work does not need."""

# ruff: noqa: S608 - the words in braces are filled in with names that are quoted

from functools import partial

from trust_models.attack.path import AT_RUN_TIME, BELOW_SUPERUSER, ClosedBy, Family, Hole, Over, Path

_path = partial(
    Path,
    family=Family.ROLES,
    closed_by=ClosedBy.PRIVILEGE,
    over=Over.ONCE,
    attackers=BELOW_SUPERUSER,
    mend="Take the membership or the attribute back: REVOKE the role, or ALTER ROLE ... NOSUPERUSER NOCREATEROLE.",
    found_by="look at pg_roles and pg_auth_members, and at the server's log of connections",
)
_for_services = partial(
    _path,
    closed_by=ClosedBy.SERVICE_PRIVILEGE,
    attackers=AT_RUN_TIME,
    mend="REVOKE the right from the role and from PUBLIC; docs/reference/permissions.md lists what each needs.",
)

_BECOMING = (
    _path(name="become a stronger role", sql="SET LOCAL ROLE {other}", over=Over.ROLE),
    _path(
        name="have the rights of a stronger role",
        sql="SELECT pg_has_role({role_literal}, {other_literal}, 'USAGE')",
        over=Over.ROLE,
        decided=True,
    ),
    _path(
        name="become another login",
        sql="SET LOCAL SESSION AUTHORIZATION {other}",
        over=Over.ROLE,
        by_login="SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = {role_literal}",
    ),
    *(
        _path(
            name=f"return to a login that is stronger than the role, by {statement}",
            sql=statement,
            hole="SELECT rolsuper OR rolcreaterole OR pg_has_role(session_user, {owner_literal}, 'MEMBER')"
            " FROM pg_catalog.pg_roles WHERE rolname = session_user",
            closed_by=ClosedBy.SERVICE_PRIVILEGE,
            attackers=AT_RUN_TIME,
            by_login="SELECT rolsuper OR rolcreaterole OR pg_has_role({role_literal}, {owner_literal}, 'MEMBER')"
            " FROM pg_catalog.pg_roles WHERE rolname = {role_literal}",
        )
        for statement in ("RESET ROLE", "RESET SESSION AUTHORIZATION")
    ),
    _path(
        name="grant oneself a stronger role",
        sql="GRANT {other} TO {role}",
        over=Over.ROLE,
        accepts=frozenset({"0LP01"}),
    ),
    _path(
        name="set the password of a stronger role",
        sql="ALTER ROLE {other} PASSWORD 'rolled-back-at-once'",
        over=Over.ROLE,
        accepts=frozenset({"42939"}),  # a predefined role has none
    ),
    _path(name="let a role log in that must not", sql="ALTER ROLE trust_guard LOGIN"),
    *(
        _path(name=f"make oneself {attribute}", sql=f"ALTER ROLE {{role}} {attribute}")
        for attribute in ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS")
    ),
    _path(name="make a role", sql="CREATE ROLE trust_attack SUPERUSER LOGIN"),
    _path(name="make a plain role", sql="CREATE ROLE trust_attack"),
)

_HELD = (
    *(
        _path(
            name=f"be {attribute}",
            sql=f"SELECT {attribute} FROM pg_catalog.pg_roles WHERE rolname = {{role_literal}}",
            decided=True,
        )
        for attribute in ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
    ),
    *(
        _for_services(
            name=f"hold {right} on evidence",
            sql=f"SELECT has_table_privilege({{role_literal}}, {{table_literal}}, '{right}')",
            over=Over.TABLE,
            decided=True,
            since=17 if right == "MAINTAIN" else 15,
        )
        for right in ("DELETE", "TRUNCATE", "TRIGGER", "MAINTAIN")
    ),
    *(
        _for_services(
            name=f"hold {right} on a column of evidence",
            sql=f"SELECT has_any_column_privilege({{role_literal}}, {{table_literal}}, '{right}')",
            over=Over.TABLE,
            decided=True,
        )
        for right in ("UPDATE", "REFERENCES")
    ),
    _for_services(
        name="be allowed to write to a segment",
        sql="SELECT has_any_column_privilege({role_literal}, {table_literal}, 'INSERT')",
        over=Over.SEGMENT,
        decided=True,
    ),
    *(
        _for_services(
            name=f"hold {right} on the database",
            sql=f"SELECT has_database_privilege({{role_literal}}, current_database(), '{right}')",
            decided=True,
        )
        for right in ("CREATE", "TEMPORARY")
    ),
    _for_services(
        name="hold CREATE on a schema",
        sql="SELECT has_schema_privilege({role_literal}, {schema_literal}, 'CREATE')",
        over=Over.SCHEMA,
        decided=True,
    ),
    _for_services(
        name="call a function with another's rights that the package does not have",
        sql="SELECT NOT {known} AND has_function_privilege({role_literal}, {function_oid}, 'EXECUTE')",
        over=Over.DEFINER,
        decided=True,
    ),
    _for_services(
        name="write Aerich's bookkeeping",
        sql="UPDATE public.aerich SET version = version",
        hole=Hole.ACCEPTED,
    ),
)

PATHS = (*_BECOMING, *_HELD)
