"""Writing events: one or many, on the transaction of this task or on their own."""

from collections.abc import Sequence

from trust_models.audit.event import AuditEvent, EventRow
from trust_models.db.database import current_client
from trust_models.sql import load


async def write(row: EventRow) -> int:
    """Write an event on the transaction of this task, or on its own, and return its id."""
    rows = await current_client().fetch(load("queries/insert_audit_event.sql"), *row)
    return int(rows[0]["id"])


async def write_many(events: Sequence[AuditEvent]) -> list[int]:
    """Write `events` in one statement, and return their ids in that order."""
    columns = list(zip(*(event.as_row() for event in events), strict=True))
    if not columns:
        return []
    rows = await current_client().fetch(load("queries/insert_audit_events.sql"), *columns)
    return [int(row["id"]) for row in rows]
