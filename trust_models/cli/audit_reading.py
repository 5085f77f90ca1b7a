"""What `trust-models audit` does with the database; `audit` has its options."""

import asyncio

from trust_models.audit import EventFilter
from trust_models.audit.operation_tree import forest_of
from trust_models.cli import audit_output as output
from trust_models.cli.app import console
from trust_models.db.database import Database
from trust_models.errors import DatabaseUnavailable, Retryable
from trust_models.models import AuditLog
from trust_models.repositories import AuditLogRepository
from trust_models.repositories.audit_log import News, Place
from trust_models.settings import Settings

POLL_SECONDS = 0.5
log = AuditLogRepository()


async def print_page(where: EventFilter, *, after: int | None, limit: int, oldest_first: bool, as_json: bool) -> None:
    """Print a page of events, and say on standard error how to get the next one."""
    read = log.page if oldest_first else log.newest
    async with _database():
        page = await read(where, after=after, limit=limit)
    if as_json:
        output.print_lines(page.items)
    else:
        output.print_table(page.items)
    if page.after is not None:
        console(stderr=True).print(f"there is more: --after {page.after}")


async def show(event_id: int, *, as_json: bool) -> None:
    """Print one event and its operation; raise `NotFound`."""
    async with _database():
        event = await log.get(event_id)
        family = await log.operation_of(event)
    if as_json:
        output.print_lines([event, *(one for one in family if one.id != event.id)])
        return
    output.print_event(event)
    if len(family) > 1:
        output.print_forest(forest_of(family), shown_event=event)


async def follow(where: EventFilter, *, as_json: bool) -> None:
    """Print each event that is committed from now on, once; a connection that is lost is made again."""
    async with _database():
        place = await log.horizon()
        while True:
            news = await _news(place, where)
            _print_news(news.items, as_json=as_json)
            if news.place.event_id == 0:  # all that there is
                await asyncio.sleep(POLL_SECONDS)
            place = news.place


def _database() -> Database:
    """Return the database that the settings name, and leave the spool to the service."""
    return Database(Settings.load().model_copy(update={"audit_spool": None}))


async def _news(place: Place, where: EventFilter) -> News:
    told = False
    while True:
        try:
            return await log.committed_since(place, where)
        except (DatabaseUnavailable, Retryable) as error:
            if not told:
                output.print_problem(f"{error} Trying again.")
            told = True
            await asyncio.sleep(POLL_SECONDS)


def _print_news(events: list[AuditLog], *, as_json: bool) -> None:
    if as_json:
        output.print_lines(events)
    else:
        for event in events:
            output.print_one_line(event)
