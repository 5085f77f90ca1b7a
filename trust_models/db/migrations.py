"""Applying the migrations that came with the package."""

from aerich import Command
from asyncclick import ClickException
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException

from trust_models.db.config import APP, migration_config
from trust_models.db.schema_head import location
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import MigrationFailed
from trust_models.settings import Settings


async def upgrade(settings: Settings) -> list[str]:
    """Apply the migrations that the database lacks, and return their names.

    Two at once are safe: the second waits, and finds nothing to do. Each migration is one transaction with its
    own entry in the bookkeeping, so whatever stops an upgrade leaves the database after the last whole one.

    Raises `ConfigurationError`, or `MigrationFailed` with the reason.
    """
    config = migration_config(settings)
    try:
        # A context of its own: Aerich would take over any that is active, and with it another database.
        async with TortoiseContext(), Command(config, app=APP, location=str(location())) as command:
            return await command.upgrade()
    except ClickException as error:
        raise MigrationFailed(error.format_message()) from error
    except (BaseORMException, *DRIVER_ERRORS) as error:
        cause = error.__cause__ if isinstance(error, BaseORMException) else error
        reason = translate(cause) if isinstance(cause, DRIVER_ERRORS) else error
        raise MigrationFailed(f"A migration failed and was rolled back: {reason}") from error
