"""Replaying a spool by hand: after a service has ended, or while it is not the one to do it."""

from typing import Any

import asyncpg

from trust_models.db.environment import check_environment
from trust_models.db.spool_replay import Replayed, Send, replay
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import ConfigurationError
from trust_models.settings import Settings


async def replay_once(settings: Settings) -> Replayed:
    """Replay the spool that the settings name, once through.

    Raises `ConfigurationError` when none is set, `EnvironmentMismatch` for a database of another environment, and what
    `replay` raises.
    """
    if settings.audit_spool is None:
        raise ConfigurationError("TRUST_AUDIT_SPOOL: it is not set; name the folder of the service.")
    try:
        connection = await asyncpg.connect(**settings.database_url.connect_kwargs())
        try:
            await check_environment(connection, settings.environment)
            return await replay(settings.audit_spool, settings.database_url.database, sending_by(connection))
        finally:
            await connection.close()
    except DRIVER_ERRORS as error:
        raise translate(error) from error


def sending_by(connection: asyncpg.Connection) -> Send:
    """Return what sends a statement over `connection`, and raises errors of the package."""

    async def send(statement: str, *arguments: Any) -> Any:
        try:
            return await connection.fetchval(statement, *arguments)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    return send
