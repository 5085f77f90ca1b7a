"""A ledger for each test."""

from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.ledgers import Folder, Ledger


@pytest.fixture
def ledger(cluster: Cluster, database: str, admin: asyncpg.Connection, tmp_path: Path) -> Ledger:
    """A ledger that is empty yet."""
    return Ledger(admin, cluster.url("reader", database), Folder(tmp_path / "published"))
