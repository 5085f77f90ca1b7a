"""A PostgreSQL server of one's own, for the demo and the tests; never for a service.

    with EmbeddedServer() as server:
        connection = await asyncpg.connect(server.url())

The server listens on 127.0.0.1 at a free port, with a password and in UTC, whatever the locale, the time zone
and the PG* variables of the caller. It ends with the process that started it, however that one ends.

POSIX only: Windows has neither the signals nor the accounts that this is built on.
"""

from trust_models.provisioning.embedded.binaries import find_binaries
from trust_models.provisioning.embedded.server import EmbeddedServer

__all__ = ["EmbeddedServer", "find_binaries"]
