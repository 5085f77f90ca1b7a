"""The state of the lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from trust_models.db.schema_head import no_schema
from trust_models.schema.catalogue import Catalogue, Key, compare, snapshot
from trust_models.schema.lock import overrides
from trust_models.schema.lock.connections import connected
from trust_models.schema.lock.event_triggers import EventTrigger, states
from trust_models.schema.lock.weaknesses import weaknesses
from trust_models.settings import DatabaseUrl

__all__ = ["Engagement", "LockStatus", "status"]

_SHOWN = 10
_NO_EVENT_TRIGGERS = ("There are no event triggers: ownership alone holds, which a superuser can go around.",)


@dataclass(frozen=True, slots=True)
class Engagement:
    """Who engaged the lock, when, and who owned everything before."""

    engaged_by: str
    engaged_at: datetime
    previous_owner: str


@dataclass(frozen=True, slots=True)
class LockStatus:
    """The lock as it is; `engagement` is None while the schema is not locked."""

    engagement: Engagement | None
    event_triggers: tuple[EventTrigger, ...]
    overrides: tuple[overrides.Override, ...]
    problems: tuple[str, ...]
    """What keeps the lock from holding as it should, a sentence each."""
    warnings: tuple[str, ...]
    """What a server without a superuser for us cannot do better, a sentence each."""


async def status(url: DatabaseUrl) -> LockStatus:
    """Read the state of the lock, as whoever migrates, reads or approves.

    The schema is compared with its baseline here, by the package: what a superuser did past the event triggers shows.
    Raises `SchemaMismatch` before the first upgrade.
    """
    async with connected(url) as connection:
        if await connection.fetchval("SELECT to_regclass('trust.schema_lock')") is None:
            raise no_schema()
        row = await connection.fetchrow(
            "SELECT engaged_by, engaged_at, pg_get_userbyid(previous_owner) AS previous_owner FROM trust.schema_lock"
        )
        triggers = await states(connection)
        problems = [*await weaknesses(connection), *await _differences(connection), *_broken(triggers)]
        return LockStatus(
            engagement=Engagement(**dict(row)) if row else None,
            event_triggers=triggers,
            overrides=await overrides.open_ones(connection),
            problems=tuple(problems) if row else (),
            warnings=_NO_EVENT_TRIGGERS if row and any(one.state == "left out" for one in triggers) else (),
        )


async def _differences(connection: asyncpg.Connection) -> list[str]:
    """Say in what the schema is not as it was locked."""
    rows = await connection.fetch("SELECT kind, name, definition FROM trust.schema_lock_baseline")
    locked = Catalogue({Key(row["kind"], row["name"]): row["definition"] for row in rows})
    found = [f"Since it was locked: {one.change} {one.key}." for one in compare(locked, await snapshot(connection))]
    more = [f"Since it was locked: {len(found) - _SHOWN} more changes."] if len(found) > _SHOWN else []
    return found[:_SHOWN] + more


def _broken(triggers: tuple[EventTrigger, ...]) -> Iterator[str]:
    """Say which event triggers do not hold, but for those that could not be made."""
    for trigger in triggers:
        if not trigger.holds and trigger.state != "left out":
            yield f"The event trigger {trigger.name} is {trigger.state}."
