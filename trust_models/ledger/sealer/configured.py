"""The sealer that the settings describe, and its connection."""

from datetime import timedelta

import asyncpg

from trust_models.db.connector import Connector
from trust_models.db.schema_head import no_schema
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.ledger import key_files
from trust_models.ledger.sealer.publisher import publishers
from trust_models.ledger.sealer.sealer import Sealer
from trust_models.settings import LedgerSettings, Settings


def configured_sealer(settings: LedgerSettings) -> Sealer:
    """Return a sealer with the keys and the places of the settings; raise `ConfigurationError` for wrong ones."""
    return Sealer(
        signers=key_files.signers(settings),
        publishers=publishers(settings),
        former_keys=key_files.verifiers(settings) if settings.ledger_public_key is not None else [],
        silence=timedelta(seconds=settings.ledger_silence),
    )


async def connect(settings: Settings) -> asyncpg.Connection:
    """Connect as a service does, with DATABASE_URL, for a sealer alone.

    Raises `DatabaseUnavailable`, `EnvironmentMismatch`, and `SchemaMismatch` where there is nothing of ours.
    """
    try:
        return await Connector(settings.environment)(**settings.database_url.connect_kwargs())
    except asyncpg.InvalidSchemaNameError as error:
        raise no_schema() from error
    except DRIVER_ERRORS as error:
        raise translate(error) from error
