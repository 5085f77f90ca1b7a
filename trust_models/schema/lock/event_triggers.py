"""The second wall of the lock: event triggers, which hold a superuser as well, and which only a superuser can make."""

from dataclasses import dataclass

import asyncpg

from trust_models.sql import load

EVENT_TRIGGERS = {
    "trust_lock_cascade": "refuse_cascade",
    "trust_lock_change": "refuse_schema_change",
    "trust_lock_drop": "refuse_drop",
    "trust_lock_rewrite": "refuse_rewrite",
    "trust_lock_self": "refuse_lock_change",
}
"""Each with its function in schema `trust`, which `engage` makes, and which belongs to the guard for good."""


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """One of the event triggers as it is: "always", "left out", or what else is wrong with it."""

    name: str
    state: str

    @property
    def holds(self) -> bool:
        """Whether it does its part."""
        return self.state == "always"


async def install(admin: asyncpg.Connection) -> bool:
    """Make the event triggers, where the administrator is a superuser; return whether they are made."""
    if not await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return False
    for function in EVENT_TRIGGERS.values():
        await admin.execute(load(f"lock/{function}.sql"))
    return True


async def remove(admin: asyncpg.Connection) -> bool:
    """Drop them with their functions, where the administrator may; return whether they are gone."""
    left = [trigger for trigger in await states(admin) if trigger.state not in {"left out", "missing"}]
    if left and not await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return False
    for name, function in EVENT_TRIGGERS.items():
        await admin.execute(f"DROP EVENT TRIGGER IF EXISTS {name}; DROP FUNCTION IF EXISTS trust.{function}()")
    return True


async def states(connection: asyncpg.Connection) -> tuple[EventTrigger, ...]:
    """Return how each of them is; any role may ask."""
    rows = await connection.fetch(load("queries/event_triggers.sql"), [*EVENT_TRIGGERS], [*EVENT_TRIGGERS.values()])
    return tuple(EventTrigger(name=row["name"], state=row["state"]) for row in rows)
