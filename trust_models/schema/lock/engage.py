"""Engaging the lock."""

from dataclasses import dataclass

import asyncpg

from trust_models.db.config import APP
from trust_models.db.schema_head import no_schema
from trust_models.errors import SchemaDrifted, SchemaLocked
from trust_models.schema.drift import drift_from, enumerated
from trust_models.schema.lock import event_triggers, ownership
from trust_models.schema.lock.connections import administration, connected
from trust_models.schema.lock.ownership import GUARD
from trust_models.schema.lock.weaknesses import diverting_settings
from trust_models.settings import DatabaseUrl
from trust_models.sql import load

__all__ = ["Engaged", "engage"]

_OWNERS = """
    SELECT quote_ident(pg_get_userbyid(lock_table.relowner)) AS of_lock,
      quote_ident(pg_get_userbyid(bookkeeping.relowner)) AS of_objects,
      (SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database()) AS of_database
    FROM pg_class AS lock_table, pg_class AS bookkeeping
    WHERE lock_table.oid = to_regclass('trust.schema_lock') AND bookkeeping.oid = to_regclass('public.aerich')
"""


@dataclass(frozen=True, slots=True)
class Engaged:
    """What engaging has done, and what it could not do here."""

    previous_owner: str
    database_moved: bool
    event_triggers: bool
    left_behind: tuple[str, ...]
    """The former owners of what somebody made at the same moment; engage again after a release."""


async def engage(admin_url: DatabaseUrl) -> Engaged:
    """Give everything to `trust_guard`, which nobody can become, and have event triggers watch it.

    One transaction: whatever stops it leaves everything as it was. `admin_url` is that of an administrator on the
    database in question, a superuser where event triggers are to be had.

    Raises `SchemaLocked` when the lock is engaged, `SchemaMismatch` before the first upgrade, `SchemaDrifted` when the
    schema is not what its migrations made, `TimedOut` when somebody uses a table for longer than ten seconds, and
    `PermissionDenied` for a role that is no administrator.
    """
    async with administration(admin_url) as admin:
        owners = await admin.fetchrow(_OWNERS)
        if owners is None:
            raise no_schema()
        if owners["of_lock"] == GUARD:
            raise SchemaLocked("The schema is locked already.", hint="See `trust-models lock status`.")
        concerned = [GUARD, owners["of_database"], *await ownership.present_owners(admin, GUARD)]
        async with ownership.borrowed(admin, (role for role in concerned if role != "pg_database_owner")):
            database_moved = await ownership.move_database(admin, GUARD)
            await ownership.move_objects(admin, GUARD)
            # Nobody else can change anything from here on, and nothing of the schema has run with this connection's
            # rights yet. What is locked now stays as it is, so it has to be what the migrations made.
            await _check_drift(admin)
            has_event_triggers = await event_triggers.install(admin)
            await ownership.grant_kept_rights(admin, owners["of_objects"], owners["of_database"])
            await _close(admin, owners["of_objects"], owners["of_database"] if database_moved else None)
    async with connected(admin_url) as admin:
        left_behind = tuple(await ownership.present_owners(admin, GUARD))
    return Engaged(
        previous_owner=owners["of_objects"],
        database_moved=database_moved,
        event_triggers=has_event_triggers,
        left_behind=left_behind,
    )


async def _check_drift(admin: asyncpg.Connection) -> None:
    if diverting := await diverting_settings(admin):
        raise SchemaDrifted(
            f"The schema is not locked. {' '.join(diverting)}", hint="Take it back with RESET, then engage again."
        )
    found = await drift_from(admin, await _recorded(admin))
    if found.refused:
        raise SchemaDrifted(
            f"The schema is not what its migrations made, and is not locked: {enumerated(found.refused)}.",
            hint="`trust-models drift` shows what differs. Put it back, then engage again.",
        )


async def _recorded(admin: asyncpg.Connection) -> list[str]:
    """Return the migrations that the database has, unless reading them would run what its owner wrote."""
    (tables,) = await admin.fetch(load("queries/readable.sql"))
    if not tables["has_migrations"]:
        raise SchemaDrifted(
            "The schema is not locked: reading public.aerich would run what somebody hung on it.",
            hint="`trust-models drift` shows what differs. Put it back, then engage again.",
        )
    rows = await admin.fetch("SELECT version FROM ONLY public.aerich WHERE app = $1", APP)
    return [row["version"] for row in rows]


async def _close(admin: asyncpg.Connection, previous_owner: str, previous_database_owner: str | None) -> None:
    await admin.execute(f"SET LOCAL ROLE {GUARD}")
    await admin.execute(
        "SELECT trust.engage_schema_lock($1::text::regrole, $2::text::regrole)", previous_owner, previous_database_owner
    )
    await admin.execute("RESET ROLE")
