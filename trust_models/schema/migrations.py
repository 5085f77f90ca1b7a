"""Applying the migrations that came with the package."""

from pkgutil import ModuleInfo

from aerich import Command
from asyncclick import ClickException
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException, OperationalError

from trust_models.db.config import APP, migration_config
from trust_models.db.schema_head import check_not_ahead, location
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import EnvironmentMismatch, MigrationFailed, SchemaMismatch
from trust_models.settings import Settings

_ERRORS = (BaseORMException, *DRIVER_ERRORS)


async def upgrade(settings: Settings, *, accepted_drift: str | None = None) -> list[str]:
    """Apply the migrations that the database lacks, and return their names.

    If there is one to apply, the schema must be what its migrations made, or the drift of it `accepted_drift`.

    Two at once are safe: the second waits, and finds nothing to do. Each migration is one transaction with its
    own entry in the bookkeeping, so whatever stops an upgrade leaves the database after the last whole one.

    Raises `ConfigurationError`, `EnvironmentMismatch` for a database of another environment, `SchemaDrifted`,
    `SchemaMismatch` when the database has a migration that the package does not know, or `MigrationFailed` with the
    reason.
    """
    config = migration_config(settings, accepted_drift=accepted_drift)
    try:
        # A context of its own: Aerich would take over any that is active, and with it another database.
        async with TortoiseContext(), _Command(config, app=APP, location=str(location())) as command:
            check_not_ahead(await _applied(command))
            return await command.upgrade()
    except ClickException as error:
        if isinstance(error.__cause__, (EnvironmentMismatch, SchemaMismatch)):
            raise error.__cause__ from None
        raise MigrationFailed(error.format_message()) from error
    except _ERRORS as error:
        raise _failure("A migration", error) from error


async def _applied(command: Command) -> list[str]:
    try:
        return await command.get_applied_migrations(APP)
    except OperationalError:  # Aerich's table comes with the first migration
        return []


class _Command(Command):
    """Aerich's command, with errors that name the migration."""

    async def _upgrade(
        self,
        conn: BaseDBAsyncClient,
        version_file: str,
        fake: bool = False,  # noqa: FBT001, FBT002 - the signature is Aerich's
        version_module: ModuleInfo | None = None,
    ) -> None:
        try:
            await super()._upgrade(conn, version_file, fake, version_module)
        except _ERRORS as error:
            raise _failure(version_file, error) from error


def _failure(what: str, error: Exception) -> MigrationFailed:
    cause = error.__cause__ if isinstance(error, BaseORMException) else error
    reason = translate(cause) if isinstance(cause, DRIVER_ERRORS) else error
    return MigrationFailed(f"{what} failed and was rolled back: {reason}")
