"""A server that these tests have for themselves: they change roles that others rely on, and read its log."""

from collections.abc import Iterator

import pytest

from tests.fixtures.provisioned import two_places
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import Place
from trust_models.settings import DatabaseUrl


@pytest.fixture(scope="session")
def own_server() -> Iterator[EmbeddedServer]:
    """The server, which logs every statement."""
    with EmbeddedServer(settings={"log_statement": "all", "log_min_duration_statement": "0"}) as server:
        yield server


@pytest.fixture(scope="session")
def superuser(own_server: EmbeddedServer) -> DatabaseUrl:
    """Its superuser."""
    return DatabaseUrl.parse(own_server.url())


@pytest.fixture
def places() -> tuple[Place, Place]:
    """Development and production, under names of the test's own."""
    return two_places()


@pytest.fixture
def development(places: tuple[Place, Place]) -> Place:
    """The first of the two."""
    return places[0]


@pytest.fixture
def production(places: tuple[Place, Place]) -> Place:
    """The second of the two."""
    return places[1]
