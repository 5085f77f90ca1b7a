"""Reading what was recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trust_models.audit import AuditEvent, Entity, EntityState, EventFilter, write_many
from trust_models.audit.captured import BY_KIND
from trust_models.audit.entity_state import values_at
from trust_models.audit.operation_tree import family_of, text_of
from trust_models.db.database import current_client, transaction
from trust_models.models import AuditLog
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.repositories.captured import changes_of, current_values
from trust_models.repositories.event_query import EventQuery
from trust_models.sql import load

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the order of numbers and the order of times may differ, for a range of time to be complete."""

EVERYTHING = EventFilter()


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody who follows the log has read: up to an event, in the order of transactions and numbers."""

    transaction_id: int
    event_id: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """Events that were committed since, and where to go on."""

    items: list[AuditLog]
    place: Place


class AuditLogRepository:
    """Reading what was recorded. Pages go by the event's number.

    A range of time is complete but for an event whose number and time were taken more than five minutes apart, as by a
    clock that was put back. An event that commits late may have a number that lies before a page that was read already;
    `committed_since` misses none.
    """

    async def get(self, event_id: int) -> AuditLog:
        """Return an event; raise `NotFound`."""
        return await base.get(AuditLog, event_id)

    async def record_many(self, events: Sequence[AuditEvent]) -> list[int]:
        """Record events that were collected elsewhere, in one statement; return their numbers in that order."""
        return await write_many(events)

    async def page(
        self, where: EventFilter | None = None, *, after: int | None = None, limit: int = PAGE_SIZE
    ) -> Page[AuditLog]:
        """Return events, the oldest first."""
        return await _page(EventQuery(where or EVERYTHING, "ASC"), after=after, limit=limit)

    async def newest(
        self, where: EventFilter | None = None, *, after: int | None = None, limit: int = PAGE_SIZE
    ) -> Page[AuditLog]:
        """Return events, the newest first; `after` is the number to go down from."""
        return await _page(EventQuery(where or EVERYTHING, "DESC"), after=after, limit=limit)

    async def timeline(self, entity: Entity, *, after: int | None = None, limit: int = PAGE_SIZE) -> Page[AuditLog]:
        """Return what was done to one entity: operations and captured changes, the oldest first."""
        return await self.page(EventFilter(entity=entity), after=after, limit=limit)

    async def state_at(self, entity: Entity, moment: datetime) -> EntityState | None:
        """Return what a record was at a moment, from its captured changes; None when it did not exist then.

        Personal columns are not told, but named in `masked`. A change counts from the time of its event, not from its
        COMMIT. Raises `ValueError` for a kind of record whose changes are not captured, and for a time without a zone.
        """
        if entity.type not in BY_KIND:
            raise ValueError(f"changes of {entity.type} are not captured")
        if moment.utcoffset() is None:
            raise ValueError("the moment needs a time zone")
        # The record first: a change that comes in between is then among the events, which count for more.
        current = await current_values(entity)
        values = values_at(await changes_of(entity), moment, current)
        return None if values is None else EntityState(entity, moment, values, BY_KIND[entity.type].hidden)

    async def operation_of(self, event: AuditLog) -> list[AuditLog]:
        """Return the events of an event's operation: those around it, those inside of it, and what they changed.

        They are looked for in the event's transaction and in its request, among 1,000 events of each at most.
        """
        found = await self.page(EventFilter(transaction_id=event.tx_id), limit=base.MAX_PAGE_SIZE)
        events = found.items
        if request_id := text_of(event, "request_id"):
            of_request = EventFilter(request_id=request_id)
            events = events + (await self.page(of_request, limit=base.MAX_PAGE_SIZE)).items
        return family_of(event, events)

    async def horizon(self) -> Place:
        """Return the place from which `committed_since` tells what is not committed yet."""
        rows = await current_client().fetch(load("queries/audit_horizon.sql"))
        return Place(int(rows[0]["horizon"]))

    async def committed_since(
        self, place: Place, where: EventFilter | None = None, *, limit: int = base.MAX_PAGE_SIZE
    ) -> News:
        """Return events that were committed since, each exactly once, and the place to go on from.

        In the order of transactions, and only of transactions below which none is under way: an event is not told while
        an older transaction, of whichever database of the server, still writes.
        """
        base.check_limit(limit)
        query = EventQuery(where or EVERYTHING, "ASC")
        rows = await current_client().fetch(*query.committed(place.transaction_id, place.event_id, limit))
        reached = [Place(row.pop("reached_transaction"), row.pop("reached_id")) for row in rows]
        return News([AuditLog._init_from_db(**row) for row in rows if row["id"] is not None], reached[0])


async def _page(query: EventQuery, *, after: int | None, limit: int) -> Page[AuditLog]:
    base.check_limit(limit)
    if query.where == EVERYTHING:
        return _cut(await base.fetch(AuditLog, *query.page(after, limit + 1)), limit)
    async with transaction():
        await current_client().fetch(load("queries/plan_for_each.sql"))
        bounded = await _bounded(query)
        return _cut(await base.fetch(AuditLog, *bounded.page(after, limit + 1)), limit)


def _cut(items: list[AuditLog], limit: int) -> Page[AuditLog]:
    return Page(items[:limit], items[limit - 1].id if len(items) > limit else None)


async def _bounded(query: EventQuery) -> EventQuery:
    """Say in numbers what a query says in times, so that every index serves; the times stay, and make it exact."""
    since, until = query.where.since, query.where.until
    if since is not None:
        query = replace(query, first=(await _bound(since - CLOCK_TOLERANCE))["first"])
    if until is not None:
        query = replace(query, end=(await _bound(until + CLOCK_TOLERANCE))["next"])
    return query


async def _bound(moment: datetime) -> Mapping[str, int | None]:
    rows = await current_client().fetch(load("queries/event_bounds.sql"), moment)
    return rows[0] if rows else {"first": None, "next": None}  # of an empty log
