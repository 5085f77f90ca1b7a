"""How often the server is waited for: counted on the wire, on a warm connection with prepared statements."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.scene import Scene, set_scene
from tests.fixtures.trail import OPERATOR, REQUEST
from tests.fixtures.verbs import AUDITED, READING, WRITING, Plain, Verb
from tests.fixtures.wire import Record, Wire, wired
from trust_models import Entity, acting_as, audited, transaction
from trust_models.db.database import current_client
from trust_models.models import AuthSession, FeatureFlag


@pytest.fixture(scope="module")
async def quiet_database(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a migrated database for this module."""
    async with cluster.clone() as name:
        yield name


@pytest.fixture(scope="module")
async def wire(cluster: Cluster, quiet_database: str) -> AsyncIterator[Wire]:
    """The package, opened on the module's database along a wire, on one connection."""
    async with wired(cluster, quiet_database) as wire:
        yield wire


@pytest.fixture(scope="module")
async def service(cluster: Cluster, quiet_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A bare connection past the wire."""
    connection = await asyncpg.connect(**cluster.url("app", quiet_database).connect_kwargs())
    yield connection
    await connection.close()


def kinds(record: Record) -> list[str]:
    """Return what each statement begins with."""
    return [statement.split()[0].rstrip(";") for statement in record.statements]


@pytest.fixture(scope="module")
async def scene(wire: Wire, service: asyncpg.Connection) -> Scene:  # noqa: ARG001 - the way to write an event
    """What there is to read; an event among it."""
    scene = await set_scene(service)
    await WRITING[-1].call(scene)
    return scene


@pytest.mark.parametrize("verb", READING + WRITING, ids=str)
async def test_the_round_trips_of_a_plain_verb(wire: Wire, scene: Scene, verb: Plain) -> None:
    await verb.call(scene)
    with wire.recording() as record:
        await verb.call(scene)
    assert record.round_trips == verb.round_trips
    assert len(record.statements) == verb.round_trips


@pytest.mark.parametrize("verb", AUDITED, ids=str)
async def test_an_audited_verb_adds_begin_and_a_commit_with_the_event(
    wire: Wire, service: asyncpg.Connection, verb: Verb
) -> None:
    warm, scene = await set_scene(service), await set_scene(service)
    with acting_as(OPERATOR, REQUEST):
        await verb.call(warm)
        with wire.recording() as record:
            await verb.call(scene)
    assert record.round_trips == 2 + verb.statements
    assert record.statements[0].startswith("BEGIN; ")
    assert re.fullmatch(r"EXECUTE trust_\w+ \(.*\); COMMIT", record.statements[-1], re.DOTALL)


@pytest.mark.parametrize("verb", AUDITED, ids=str)
async def test_an_audited_verb_in_a_transaction_adds_savepoint_event_and_release(
    wire: Wire, service: asyncpg.Connection, verb: Verb
) -> None:
    warm, scene = await set_scene(service), await set_scene(service)
    with acting_as(OPERATOR, REQUEST):
        await verb.call(warm)
        async with transaction():
            with wire.recording() as record:
                await verb.call(scene)
    assert record.round_trips == 3 + verb.statements
    assert record.statements[0].startswith("SAVEPOINT")
    assert record.statements[-2].startswith("INSERT INTO public.audit_logs")
    assert record.statements[-1].startswith("RELEASE SAVEPOINT")


async def test_a_transaction_of_one_statement_is_three(wire: Wire) -> None:
    await FeatureFlag.all()
    with wire.recording() as record, acting_as(OPERATOR, REQUEST):
        async with transaction():
            await FeatureFlag.all()
    assert record.round_trips == 3
    assert kinds(record) == ["BEGIN", "SELECT", "COMMIT"]


async def test_a_transaction_that_is_undone_is_no_more(wire: Wire) -> None:
    await FeatureFlag.all()
    with wire.recording() as record, pytest.raises(KeyError):
        async with transaction():
            await FeatureFlag.all()
            raise KeyError
    assert kinds(record) == ["BEGIN", "SELECT", "ROLLBACK"]
    assert record.round_trips == 3


async def test_a_change_outside_a_transaction_gets_one_where_somebody_acts(wire: Wire) -> None:
    await FeatureFlag.filter(key="none").update(enabled=True)
    with wire.recording() as nobody:
        await FeatureFlag.filter(key="none").update(enabled=True)
    with wire.recording() as somebody, acting_as(OPERATOR, REQUEST):
        await FeatureFlag.filter(key="none").update(enabled=True)
        await FeatureFlag.all()
        await current_client().fetch("WITH one AS (SELECT 1) SELECT * FROM one")
        await AuthSession.filter(token_hash="none").delete()
    assert kinds(nobody) == ["UPDATE"]
    assert kinds(somebody) == ["BEGIN", "UPDATE", "COMMIT", "SELECT", "WITH", "DELETE"]


async def test_a_savepoint_adds_two(wire: Wire) -> None:
    await FeatureFlag.all()
    with acting_as(OPERATOR):
        async with transaction():
            with wire.recording() as record:
                async with transaction():
                    await FeatureFlag.all()
    assert kinds(record) == ["SAVEPOINT", "SELECT", "RELEASE"]
    assert record.round_trips == 3


async def test_a_savepoint_that_is_undone_adds_two(wire: Wire) -> None:
    await FeatureFlag.all()
    async with transaction():
        with wire.recording() as record, pytest.raises(KeyError):
            async with transaction():
                await FeatureFlag.all()
                raise KeyError
    assert kinds(record) == ["SAVEPOINT", "SELECT", "ROLLBACK"]
    assert record.round_trips == 3


async def test_another_actor_inside_costs_nothing(wire: Wire) -> None:
    """The settings travel with SAVEPOINT and RELEASE."""
    with acting_as(OPERATOR, REQUEST):
        async with audited("outer.warm", Entity("test"), actor=OPERATOR):
            pass
        with wire.recording() as record:
            async with (
                audited("outer.act", Entity("test"), actor=OPERATOR),
                audited("inner.act", Entity("test"), actor=OPERATOR),
            ):
                pass
    assert kinds(record) == ["BEGIN", "SAVEPOINT", "INSERT", "RELEASE", "EXECUTE"]
    assert record.round_trips == 5


async def test_a_failure_is_recorded_in_one_more(wire: Wire) -> None:
    with pytest.raises(KeyError):
        async with audited("outer.warm", Entity("test"), actor=OPERATOR):
            raise KeyError
    with wire.recording() as record, pytest.raises(KeyError):
        async with audited("outer.act", Entity("test"), actor=OPERATOR):
            raise KeyError
    assert kinds(record) == ["BEGIN", "ROLLBACK", "INSERT"]
    assert record.round_trips == 3


async def test_a_connection_goes_back_without_a_round_trip(wire: Wire) -> None:
    await current_client().fetch("SELECT 1")
    with wire.recording() as record:
        for _ in range(3):
            await current_client().fetch("SELECT 1")
    assert record.statements == ["SELECT 1"] * 3
    assert record.round_trips == 3
