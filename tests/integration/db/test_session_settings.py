"""Who acts and for which request, as the database sees it: inside a transaction, and nowhere else."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fixtures.cluster import Cluster
from trust_models import Actor, Database, Entity, RequestContext, acting_as, audited, transaction
from trust_models.db.database import current_client
from trust_models.db.session_settings import session_settings
from trust_models.errors import InvalidValue

NAMES = ("actor_type", "actor_id", "on_behalf_of", "operation_id", "context")

ADA = Actor.user("ada")
BOT = Actor.service("bot", on_behalf_of="bob")


async def seen() -> dict[str, str]:
    """Return what the database knows on this task's connection; what is empty is left out."""
    columns = ", ".join(f"current_setting('trust.{name}', true) AS {name}" for name in NAMES)
    (row,) = await current_client().fetch(f"SELECT {columns}")
    return {name: value for name, value in row.items() if value}


def as_seen(actor: Actor) -> dict[str, str]:
    """Return what the database should know of `actor`."""
    known = {"actor_type": str(actor.type), "actor_id": actor.id, "on_behalf_of": actor.on_behalf_of}
    return {name: value for name, value in known.items() if value is not None}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("actor", [ADA, BOT, Actor.system(), Actor.anonymous()], ids=lambda actor: actor.type)
async def test_the_actor_reaches_the_database(actor: Actor) -> None:
    with acting_as(actor):
        async with transaction():
            assert await seen() == as_seen(actor)


@pytest.mark.usefixtures("db")
async def test_the_request_reaches_the_database() -> None:
    request = RequestContext(request_id="r1", client_address="192.0.2.7", user_agent='"quoted" \\ ü')
    with acting_as(ADA, request):
        async with transaction():
            assert json.loads((await seen())["context"]) == {
                "request_id": "r1",
                "client_address": "192.0.2.7",
                "user_agent": '"quoted" \\ ü',
            }


@pytest.mark.usefixtures("db")
async def test_the_operation_reaches_the_database() -> None:
    async with audited("test.outer", Entity("test"), actor=ADA) as outer:
        assert await seen() == {**as_seen(ADA), "operation_id": outer.id}
        async with audited("test.inner", Entity("test"), actor=BOT) as inner:
            assert await seen() == {**as_seen(BOT), "operation_id": inner.id}
        assert await seen() == {**as_seen(ADA), "operation_id": outer.id}


@pytest.mark.usefixtures("db")
async def test_nobody_is_nobody() -> None:
    async with transaction():
        assert await seen() == {}


async def test_what_was_set_for_a_whole_session_is_not_said_of_a_transaction(cluster: Cluster, database: str) -> None:
    """Somebody's own SET outlives the lease of the connection."""
    async with Database(cluster.settings(database, pool_max_size=1)):
        for name in NAMES:
            await current_client().execute_script(f"SET trust.{name} = 'USER'")
        assert await seen() == dict.fromkeys(NAMES, "USER")
        async with transaction():
            assert await seen() == {}
        with acting_as(ADA):
            async with transaction():
                assert await seen() == as_seen(ADA)


@pytest.mark.usefixtures("db")
async def test_a_transaction_keeps_the_actor_that_it_began_with() -> None:
    """The settings change with a transaction or a savepoint, never in the middle."""
    with acting_as(ADA):
        async with transaction():
            with acting_as(BOT):
                assert await seen() == as_seen(ADA)


@pytest.mark.usefixtures("db")
async def test_another_actor_holds_in_a_savepoint_and_ends_with_it() -> None:
    with acting_as(ADA, RequestContext(request_id="r1")):
        async with transaction():
            before = await seen()
            with acting_as(BOT):
                async with transaction():
                    assert await seen() == {**as_seen(BOT), "context": before["context"]}
                    with acting_as(Actor.system(), RequestContext()):
                        async with transaction():
                            assert await seen() == {"actor_type": "SYSTEM"}
                        assert (await seen())["actor_id"] == "bot"
            assert await seen() == before
            with acting_as(Actor.anonymous()):
                with pytest.raises(KeyError):
                    async with transaction():
                        assert (await seen())["actor_type"] == "ANONYMOUS"
                        raise KeyError
                assert await seen() == before
                with pytest.raises(InvalidValue):
                    async with transaction():
                        await current_client().fetch("SELECT 1 / 0")
            assert await seen() == before


@pytest.mark.usefixtures("db")
async def test_a_savepoint_of_somebody_inside_nobody_s_transaction() -> None:
    async with transaction():
        with acting_as(ADA):
            async with transaction():
                assert await seen() == as_seen(ADA)
        assert await seen() == {}


async def test_nothing_is_left_on_the_connection(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=1)):
        for fails in (False, True):
            with acting_as(ADA, RequestContext(request_id="r1")), suppress(KeyError):
                async with transaction():
                    assert (await seen())["actor_id"] == "ada"
                    if fails:
                        raise KeyError
            assert await seen() == {}, "outside a transaction"
            async with transaction():
                assert await seen() == {}, "in the next transaction, of nobody"
            with acting_as(Actor.system()):
                async with transaction():
                    assert await seen() == {"actor_type": "SYSTEM"}


async def test_tasks_that_share_one_connection_see_their_own(cluster: Cluster, database: str) -> None:
    async def work(number: int) -> None:
        actor = Actor.user(f"user-{number}")
        for _ in range(3):
            with acting_as(actor, RequestContext(request_id=f"r{number}")):
                async with transaction():
                    first = await seen()
                    await asyncio.sleep(0)
                    again = await seen()
            assert (
                first
                == again
                == {**as_seen(actor), "context": json.dumps({"request_id": f"r{number}"}, separators=(",", ":"))}
            )
            assert "actor_id" not in await seen()

    async with Database(cluster.settings(database, pool_max_size=1)):
        await asyncio.gather(*(work(number) for number in range(20)))


async def test_a_task_inherits_who_acts_and_changes_nothing_for_others(cluster: Cluster, database: str) -> None:
    async def inherit() -> dict[str, str]:
        async with transaction():
            return await seen()

    async def change() -> dict[str, str]:
        with acting_as(BOT):
            return await inherit()

    async with Database(cluster.settings(database)):
        with acting_as(ADA):
            results = await asyncio.gather(inherit(), change(), inherit())
    assert [*results] == [as_seen(ADA), as_seen(BOT), as_seen(ADA)]


# Hostile values

HOSTILE = (
    "'",
    "''; DROP TABLE users; --",
    "\\",
    "\\'; SELECT pg_sleep(60); --",
    "'\\''",
    "E'\\x27'",
    "$1 $$ %s {}",
    "\n\r\t\v\x01\x7f\x85\u2028",
    "ünïcode 世界 🎓 \u202e \ufeff",
    '"',
    "x" * 1000,
)

text = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
quotes = st.text(alphabet="'\\\n;-$E\"", min_size=1, max_size=20)


@pytest.fixture(scope="module", params=["on", "off"])
async def one_connection(request: pytest.FixtureRequest, cluster: Cluster) -> AsyncIterator[None]:
    """The package, opened where backslashes in literals are, or are not, what the standard says."""
    async with cluster.clone() as name:
        if cluster.admin.get_server_version().major < 19:  # which knows the standard's way alone
            await cluster.admin.execute(f"ALTER DATABASE {name} SET standard_conforming_strings = {request.param}")
        async with Database(cluster.settings(name, pool_max_size=1)):
            yield


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("value", HOSTILE, ids=[f"value {number}" for number in range(len(HOSTILE))])
async def test_a_hostile_value_arrives_as_it_is(value: str) -> None:
    with acting_as(Actor.user(value, on_behalf_of=value), RequestContext(user_agent=value)):
        async with transaction():
            outer = await seen()
            assert (outer["actor_id"], outer["on_behalf_of"]) == (value, value)
            assert json.loads(outer["context"]) == {"user_agent": value}
            with acting_as(Actor.user(value + value)):
                async with transaction():
                    assert (await seen())["actor_id"] == value + value
            assert await seen() == outer


@pytest.mark.usefixtures("one_connection")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=text | quotes, second=text | quotes)
@example(first="\\", second="'")
async def test_any_value_arrives_as_it_is(first: str, second: str) -> None:
    with acting_as(Actor.user(first), RequestContext(user_agent=second)):
        async with transaction():
            known = await seen()
            assert known["actor_id"] == first
            assert json.loads(known["context"]) == {"user_agent": second}
            with acting_as(Actor.user(second)):
                async with transaction():
                    assert (await seen())["actor_id"] == second


@pytest.mark.usefixtures("db")
async def test_what_postgresql_cannot_hold_is_refused_and_spoils_nothing() -> None:
    with pytest.raises(ValueError, match="NUL"), session_settings({"trust.actor_id": "a\0b"}):
        async with transaction():
            pass
    with session_settings({"trust.actor_id": "ada"}):
        async with transaction():
            with pytest.raises(ValueError, match="NUL"), session_settings({"trust.actor_id": "\0"}):
                async with transaction():
                    pass
            assert (await seen())["actor_id"] == "ada"
            async with transaction():
                assert (await seen())["actor_id"] == "ada"
