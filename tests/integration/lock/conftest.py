"""A locked database that the tests of one module share, where each needs no more than a transaction of it."""

from collections.abc import AsyncIterator

import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import locked_clone


@pytest.fixture(scope="module")
async def watched(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a database that is locked, with event triggers."""
    async with locked_clone(cluster) as name:
        yield name


@pytest.fixture(scope="module")
async def owned(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a database that is locked by ownership alone."""
    async with locked_clone(cluster, event_triggers=False) as name:
        yield name


@pytest.fixture
async def locked(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a locked database of one test, with event triggers."""
    async with locked_clone(cluster) as name:
        yield name
