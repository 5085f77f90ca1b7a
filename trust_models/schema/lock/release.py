"""Releasing the lock."""

from dataclasses import dataclass

from trust_models.errors import SchemaLocked
from trust_models.schema.lock import event_triggers, ownership
from trust_models.schema.lock.connections import administration
from trust_models.schema.lock.ownership import GUARD, MIGRATORS
from trust_models.schema.lock.texts import release_text
from trust_models.settings import DatabaseUrl

__all__ = ["Released", "release"]

_QUOTED = "SELECT quote_ident($1)"


@dataclass(frozen=True, slots=True)
class Released:
    """Who owns everything again, and whether event triggers are left, which do nothing until the next lock."""

    owner: str
    event_triggers_left: bool


async def release(admin_url: DatabaseUrl) -> Released:
    """Use the approved override for a release, and give everything back to the role that owned it before.

    One transaction: whatever stops it leaves the lock engaged and the override unused. `admin_url` is that of an
    administrator on the database in question.

    Raises `SchemaLocked` when the lock is not engaged or no override allows the release, `TimedOut` when somebody uses
    a table for longer than ten seconds, and `PermissionDenied` for a role that is no administrator.
    """
    async with administration(admin_url) as admin, ownership.borrowed(admin, [GUARD]):
        if not await admin.fetchval("SELECT nspowner = $1::regrole FROM pg_namespace WHERE nspname = 'trust'", GUARD):
            raise SchemaLocked("The schema is not locked.", hint="There is nothing to release.")
        await admin.execute(f"SET LOCAL ROLE {GUARD}")
        previous = await admin.fetchrow(release_text(), release_text())
        assert previous is not None  # noqa: S101 - one row, or an error
        await admin.execute("RESET ROLE")
        owner, database_owner = [await admin.fetchval(_QUOTED, name) for name in previous]
        async with ownership.borrowed(admin, filter(None, (owner, database_owner))):
            removed = await event_triggers.remove(admin)
            await ownership.revoke_kept_rights(admin, *{MIGRATORS, owner})
            if database_owner is not None:
                await ownership.move_database(admin, previous["database_owner"])
            await ownership.move_objects(admin, previous["owner"])
    return Released(owner=owner, event_triggers_left=not removed)
