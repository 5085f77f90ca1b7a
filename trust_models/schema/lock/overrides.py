"""Overrides: a permission to run one text, once, asked for by one person and given by another."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from trust_models.errors import NotFound
from trust_models.schema.lock.connections import connected
from trust_models.schema.lock.texts import sha256, text_of
from trust_models.settings import DatabaseUrl
from trust_models.sql import load

__all__ = ["REASON_LENGTH", "Override", "approve", "find", "open_ones", "request", "revoke"]

REASON_LENGTH = 1000
"""The characters that the database keeps of a reason; more are refused."""


@dataclass(frozen=True, slots=True)
class Override:
    """One override; `state` is requested, approved, expired, used or revoked."""

    id: UUID
    migration: str
    sql_sha256: str
    reason: str
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    expires_at: datetime | None
    state: str


async def request(migration_url: DatabaseUrl, migration: str, reason: str) -> Override:
    """Ask for a permission to apply a migration of the package under the lock, or to release it.

    Raises `NotFound` for a migration that the package does not bring, `StateNotAllowed` when the schema is not locked,
    `InvalidValue` without a reason, and `PermissionDenied` for a role that may not migrate.
    """
    text = await text_of(migration)
    async with connected(migration_url) as connection:
        made = await connection.fetchval("SELECT trust.request_override($1, $2, $3)", migration, sha256(text), reason)
        return await _one(connection, made)


async def find(url: DatabaseUrl, override: UUID) -> Override:
    """Return an override. Raises `NotFound`."""
    async with connected(url) as connection:
        return await _one(connection, override)


async def approve(approver_url: DatabaseUrl, override: UUID, read_sha256: str, valid_for: timedelta) -> Override:
    """Approve an override for the text that has this SHA-256, from now on for at most 24 hours.

    Raises `StateNotAllowed` when the text is another one, when the override is not open, or when whoever approves asked
    for it himself or may migrate.
    """
    async with connected(approver_url) as connection:
        await connection.execute("SELECT trust.approve_override($1, $2, $3)", override, read_sha256, valid_for)
        return await _one(connection, override)


async def revoke(url: DatabaseUrl, override: UUID) -> Override:
    """Take back an override that is not used yet, as whoever asked for it or as an approver.

    Raises `StateNotAllowed` when it is not open, or for anybody else.
    """
    async with connected(url) as connection:
        await connection.execute("SELECT trust.revoke_override($1)", override)
        return await _one(connection, override)


async def open_ones(connection: asyncpg.Connection) -> tuple[Override, ...]:
    """Return those that are not used, revoked or expired, the oldest first."""
    rows = await connection.fetch(load("queries/lock_overrides.sql"), None)
    every = (_from_row(row) for row in rows)
    return tuple(one for one in every if one.state in {"requested", "approved"})


async def _one(connection: asyncpg.Connection, override: UUID) -> Override:
    row = await connection.fetchrow(load("queries/lock_overrides.sql"), override)
    if row is None:
        raise NotFound("There is no such override.", hint="See `trust-models lock status`.")
    return _from_row(row)


def _from_row(row: asyncpg.Record) -> Override:
    return Override(**dict(row))
