r"""The same work as a script for psql, for those who may not let a program do it.

It runs the same queries: `\gexec` executes what they return. Like the program it changes nothing the second time, does
each database in one transaction, and goes on where something that is not essential fails, with psql's own message.
"""

from collections.abc import Iterable, Iterator, Mapping

from trust_models.provisioning import passwords, plan
from trust_models.provisioning.plan import Login, Place
from trust_models.sql import load

__all__ = ["script"]

HEADER = """\
-- Provisions {databases} for trust_models. Run it with psql, as a superuser or as an admin with CREATEROLE and
-- CREATEDB, connected to any database: psql -X -f provision.sql "$TRUST_ADMIN_DATABASE_URL"
\\set ON_ERROR_ROLLBACK on
\\set VERBOSITY terse
\\pset format unaligned
\\pset tuples_only on
"""


def script(places: Iterable[Place], given: Mapping[str, str]) -> str:
    """Return the script. Of passwords that are given it has verifiers; other logins get a line to set one."""
    places = tuple(places)
    logins = tuple(dict.fromkeys(login for place in places for login in place.logins))
    parts = [
        HEADER.format(databases=" and ".join(place.database for place in places)),
        *_server(logins, given),
        *(part for place in places for part in _place(place, places)),
        "\\echo 'provisioned'",
    ]
    return "\n".join(parts) + "\n"


def _server(logins: Iterable[Login], given: Mapping[str, str]) -> Iterator[str]:
    verifiers = {name: passwords.scram_verifier(password) for name, password in given.items()}
    yield "\\echo 'roles and logins'"
    yield _settings(
        {"search_path": "pg_catalog, pg_temp", "trust.provision_roles": plan.roles_setting(logins, verifiers, ())}
    )
    yield "BEGIN;"
    yield from _run(*plan.ON_SERVER)
    yield "COMMIT;"
    for login in logins:
        if login.name not in verifiers:
            yield f"-- A login without a password cannot sign in yet: \\password {login.name}"


def _place(place: Place, places: Iterable[Place]) -> Iterator[str]:
    settings = _settings(plan.session_settings(place, places))
    yield f"\n\\echo 'database {place.database}'"
    yield settings
    yield from _run(plan.CREATE_DATABASE)
    yield f"\\connect {place.database}"
    yield settings
    yield "BEGIN;"
    yield from _run(plan.HOLD)
    yield r"\set name"
    yield _if("has_marker", plan.READABLE, [_get(plan.MARKED_AS), _refused()])
    yield _get(plan.HAS_SCHEMA)
    yield from _run(*plan.BEFORE_MARKER)
    yield _as_role(_quoted(place.owner), _run(plan.EXTENSION))
    yield _get_text("SELECT :'name' = '' AND NOT :'has_schema'::boolean AS unmarked")
    yield _essential(f"\\if :unmarked\n{_marker()}\n\\endif")
    grants = [load(file) for file in plan.GRANT_FILES]
    yield _if("has_migrations", plan.READABLE, [_if("at_head", plan.AT_HEAD, grants)])
    yield from _run(*plan.AFTER_GRANTS)
    yield "COMMIT;"


def _refused() -> str:
    """Stop where the marker is another one; a DO block is what psql can raise with."""
    refusal = "DO $$ BEGIN RAISE EXCEPTION 'This database is marked as that of another environment.'; END $$;"
    return _essential(f"\\if :{{?otherwise}}\n\\if :otherwise\n{refusal}\n\\endif\n\\endif")


def _marker() -> str:
    files = [load(file) for file in plan.MARKER_FILES]
    return "\n".join([_get(plan.SCHEMA_OWNER), _as_role(":'maker'", [*files, *_run(plan.MARKER)])])


def _as_role(role: str, parts: Iterable[str]) -> str:
    become = _get_text(f"SELECT pg_catalog.set_config('role', {role}, true) AS became")
    return "\n".join([become, *parts, "RESET ROLE;"])


def _if(variable: str, file: str, parts: Iterable[str]) -> str:
    """Put parts below a condition, which a query with a column of that name answers."""
    return "\n".join([_get(file), f"\\if :{variable}", *parts, "\\endif"])


def _get(file: str) -> str:
    return _get_text(load(file).rstrip().removesuffix(";"))


def _get_text(query: str) -> str:
    return f"{query} \\gset"


def _run(*files: str) -> Iterator[str]:
    """Each file as a query, whose statements are run."""
    for file in files:
        query = load(file).rstrip().removesuffix(";")
        part = f"SELECT statement FROM (\n{query}\n) AS steps \\gexec"  # noqa: S608 - our own file
        yield _essential(part) if file in plan.ESSENTIAL else part


def _essential(part: str) -> str:
    return f"\\set ON_ERROR_STOP on\n{part}\n\\set ON_ERROR_STOP off"


def _settings(settings: Mapping[str, str]) -> str:
    calls = (f"pg_catalog.set_config({_quoted(name)}, {_quoted(value)}, false)" for name, value in settings.items())
    return "\n".join(_get_text(f"SELECT {call} AS setting") for call in calls)


def _quoted(text: str) -> str:
    """Return an SQL literal; the plan's names and JSON hold no backslash."""
    return "'" + text.replace("'", "''") + "'"
