"""What lets somebody go around the lock, whatever it holds."""

import asyncpg

from trust_models.sql import load

__all__ = ["diverting_settings", "weaknesses"]


async def weaknesses(connection: asyncpg.Connection) -> list[str]:
    """Say what roles and settings of the server do against an engaged lock, a sentence each; any role may ask."""
    rows = await connection.fetch(load("queries/lock_weaknesses.sql"))
    return [row["problem"] for row in rows] + await diverting_settings(connection)


async def diverting_settings(connection: asyncpg.Connection) -> list[str]:
    """Say which settings lead statements to something else than the locked tables."""
    return [row["problem"] for row in await connection.fetch(load("queries/diverting_settings.sql"))]
