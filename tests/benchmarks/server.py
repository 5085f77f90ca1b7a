"""A PostgreSQL with the product on it, for the time of a benchmark."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fixtures.cluster import Cluster
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl


@asynccontextmanager
async def migrated() -> AsyncIterator[tuple[Cluster, str]]:
    """A cluster whose commits reach the disk, as a service's do, and the name of a migrated database."""
    with tempfile.TemporaryDirectory(prefix="trust-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)  # the server may run as another account
        with EmbeddedServer(data_dir=Path(folder) / "data", settings={"max_wal_size": "8GB"}) as server:
            cluster = Cluster(DatabaseUrl.parse(server.url()))
            await cluster.prepare()
            try:
                async with cluster.clone() as name:
                    yield cluster, name
            finally:
                await cluster.clean_up()


def progress(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - what it is for
