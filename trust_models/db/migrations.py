"""The migrations that came with the package: where they are, which the database has, and applying the rest."""

from collections.abc import Sequence
from pathlib import Path

from aerich import Command
from asyncclick import ClickException
from tortoise.context import TortoiseContext

import trust_models
from trust_models.db.config import APP, migration_config
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import MigrationFailed, SchemaMismatch
from trust_models.settings import Settings


def location() -> Path:
    """Return the folder of the migrations: inside an installed package, beside it in a checkout."""
    package = Path(trust_models.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def packaged() -> list[str]:
    """Return the names of the package's migrations, in their order."""
    names = [path.name for path in (location() / APP).glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.partition("_")[0]))


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
            await command.init()
            return await command.upgrade()
    except ClickException as error:
        raise MigrationFailed(error.format_message()) from error
    except DRIVER_ERRORS as error:
        raise MigrationFailed(f"The migration failed and was rolled back: {translate(error)}") from error


def check_head(applied: Sequence[str]) -> None:
    """Raise `SchemaMismatch` unless `applied` is exactly what the package brings."""
    brought = packaged()
    missing = [name for name in brought if name not in applied]
    unknown = [name for name in applied if name not in brought]
    if unknown:
        raise SchemaMismatch(
            f"The database is ahead of this package: it has {unknown[-1]}, which the package does not know.",
            hint="Install the version of trust-models that the database was upgraded with, or a newer one.",
        )
    if missing:
        raise SchemaMismatch(
            f"The database is behind this package: {len(missing)} of {len(brought)} migrations are missing.",
            hint="Run `trust-models upgrade`.",
        )
