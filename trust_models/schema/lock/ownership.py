"""Moving everything of ours from one role to another, and the rights that the former owner keeps under the lock."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import asyncpg

from trust_models.sql import load

GUARD = "trust_guard"
MIGRATORS = "trust_owner"

_MEMBERSHIPS_HAVE_OPTIONS = 160000
"""From PostgreSQL 16 on, whoever grants a membership says what it is good for (PostgreSQL's `WITH INHERIT, SET`)."""

_KEPT = (
    "USAGE ON SCHEMA public, trust",
    "SELECT, INSERT, DELETE ON public.aerich",
    "USAGE ON SEQUENCE public.aerich_id_seq",
    "SELECT ON trust.schema_lock_baseline, public.schema_lock_overrides",
    (
        "EXECUTE ON FUNCTION trust.request_override(text, text, text), trust.revoke_override(uuid),"
        " trust.run_migration(text), trust.create_audit_segment(), trust.ensure_audit_segments(integer),"
        " trust.audit_segments_ahead()"
    ),
)
"""What the role that migrates needs under the lock, of which it owns nothing then."""


async def present_owners(admin: asyncpg.Connection, new_owner: str) -> list[str]:
    """Return who owns what `move_objects` would give to `new_owner`, as quoted names."""
    rows = await admin.fetch(load("queries/ownership_statements.sql"), new_owner)
    return list(dict.fromkeys(row["owner"] for row in rows))


async def move_objects(admin: asyncpg.Connection, new_owner: str) -> None:
    """Give every object of the schemas `public` and `trust`, and these, to a role."""
    for row in await admin.fetch(load("queries/ownership_statements.sql"), new_owner):
        await admin.execute(row["statement"])


async def move_database(admin: asyncpg.Connection, new_owner: str) -> bool:
    """Give the database to a role; return False where the server does not let this administrator do so."""
    statement = await admin.fetchval(
        "SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), $1::text)", new_owner
    )
    try:
        async with admin.transaction():
            await admin.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


async def grant_kept_rights(admin: asyncpg.Connection, migrator: str, database_owner: str) -> None:
    """Give a role, by its quoted name, and the role of all migrators what they need to go on under the lock.

    The way into the database is for `migrator` and the former owner of it alone: a right of the role of all would open
    it to the logins of other databases.
    """
    for role in dict.fromkeys((migrator, MIGRATORS)):
        for right in _KEPT:
            await admin.execute(f"GRANT {right} TO {role}")
    database = await admin.fetchval("SELECT quote_ident(current_database())")
    await admin.execute(f"GRANT CONNECT ON DATABASE {database} TO {migrator}, {database_owner}")


async def revoke_kept_rights(admin: asyncpg.Connection, *roles: str) -> None:
    """Take back what `grant_kept_rights` gave, but for the way into the database."""
    for role in roles:
        for right in _KEPT:
            await admin.execute(f"REVOKE {right} FROM {role}")


@asynccontextmanager
async def borrowed(admin: asyncpg.Connection, roles: Iterable[str]) -> AsyncIterator[None]:
    """Be a member of roles, by their quoted names, for a block; afterwards memberships are as they were.

    A superuser needs none. Another administrator gives them to himself, which no other session gets to see.
    """
    undo = [await _join(admin, role) for role in dict.fromkeys(roles)]
    yield
    for statement in filter(None, undo):
        await admin.execute(statement)


async def _join(admin: asyncpg.Connection, role: str) -> str | None:
    """Become a member of a role where needed; return the statement that takes it back."""
    has_options = (
        await admin.fetchval("SELECT current_setting('server_version_num')::integer") >= _MEMBERSHIPS_HAVE_OPTIONS
    )
    enough = "pg_has_role($1::regrole, 'USAGE')" + (" AND pg_has_role($1::regrole, 'SET')" if has_options else "")
    if await admin.fetchval(f"SELECT {enough}", role):
        return None
    if not has_options:
        await admin.execute(f"GRANT {role} TO CURRENT_USER")
        return f"REVOKE {role} FROM CURRENT_USER"
    before = await admin.fetchrow(
        "SELECT inherit_option, set_option FROM pg_auth_members WHERE roleid = $1::regrole"
        " AND member = to_regrole(current_user::text) AND grantor = member",
        role,
    )
    await admin.execute(f"GRANT {role} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
    if before is None:
        return f"REVOKE {role} FROM CURRENT_USER GRANTED BY CURRENT_USER"
    inherit, set_role = before
    return f"GRANT {role} TO CURRENT_USER WITH INHERIT {inherit}, SET {set_role}"
