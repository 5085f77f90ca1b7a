"""The same with django-pghistory, called from an asynchronous service: Django's transactions need a thread for that."""

from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async

from tests.benchmarks.peers.pghistory_peer import configure, prepare, revise
from tests.benchmarks.peers.work import Opened, timed
from tests.fixtures.cluster import Cluster


@asynccontextmanager
async def opened(cluster: Cluster, _database: str) -> Opened:
    """Configure Django for a database of its own, and hand each change over as an asynchronous view does."""
    async with cluster.empty() as name:
        configure(cluster.url("owner", name))
        await sync_to_async(prepare)()
        try:
            yield timed(sync_to_async(revise))
        finally:
            await sync_to_async(_disconnect)()


def _disconnect() -> None:
    from django.db import connections  # noqa: PLC0415 - once Django is set up

    connections.close_all()
