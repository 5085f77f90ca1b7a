"""What is examined: the connections that the settings lead to, and what each says of itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import asyncpg

from trust_models.db.pooler import CACHE, is_pooled
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.doctor.finding import Finding, failed
from trust_models.enums import Environment
from trust_models.settings import DatabaseUrl, Settings
from trust_models.sql import load

SERVICE_URL = "DATABASE_URL"


@dataclass(frozen=True)
class Session:
    """A connection in a transaction that only reads, and what the server says about it."""

    name: str
    url: DatabaseUrl
    connection: asyncpg.Connection
    facts: Mapping[str, Any]
    pooled: bool
    """Whether a pooler lies between."""
    clock_ahead: timedelta
    """How far the server's clock is ahead of this machine's, within half a round trip."""


@dataclass(frozen=True)
class Patient:
    """The service's session, and that of migrations where it has a URL of its own."""

    environment: Environment
    service: Session
    migration: Session | None

    @property
    def reader(self) -> asyncpg.Connection:
        """The connection that reads what every role may read."""
        return self.service.connection


class Unreachable(Exception):
    """A session that the settings name cannot be opened; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Patient]:
    """Connect as the service and, where it is set, as migrations do. Raises `Unreachable`."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(_session(SERVICE_URL, settings.database_url))
        migration = None
        if settings.migration_database_url is not None:
            migration = await stack.enter_async_context(
                _session("MIGRATION_DATABASE_URL", settings.migration_database_url)
            )
        yield Patient(settings.environment, service, migration)


@asynccontextmanager
async def _session(name: str, url: DatabaseUrl) -> AsyncIterator[Session]:
    try:
        connection = await asyncpg.connect(**url.connect_kwargs() | {CACHE: 0}, command_timeout=30)
    except DRIVER_ERRORS as error:
        reason = str(translate(error))
        raise Unreachable(
            failed("connection", f"{name}: {reason}", mend="Mend the URL, or start the server.")
        ) from error
    try:
        pooled = await is_pooled(connection)
        async with connection.transaction(readonly=True):
            before = datetime.now(timezone.utc)
            facts = dict(await connection.fetchrow(load("queries/doctor_session.sql")))
            after = datetime.now(timezone.utc)
            yield Session(name, url, connection, facts, pooled, facts["now"] - (before + (after - before) / 2))
    finally:
        await connection.close()
