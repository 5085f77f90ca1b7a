"""`audited`: a change and its event, in one transaction; and the record of what failed."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from tests.fixtures.undone import Undo, undone
from trust_models import (
    Actor,
    Database,
    Entity,
    FeatureFlagRepository,
    RequestContext,
    acting_as,
    audited,
    transaction,
)
from trust_models.audit import Operation
from trust_models.db.database import current_client
from trust_models.enums import ActorType, Outcome
from trust_models.errors import (
    ActorRequired,
    AuditNotRecorded,
    DatabaseUnavailable,
    InvalidValue,
    NotFound,
    PermissionDenied,
    StateNotAllowed,
    TransactionAborted,
)
from trust_models.models import AuditLog, FeatureFlag, User

pytestmark = pytest.mark.usefixtures("db")

THING = Entity("thing", "7")

trail = Trail()


async def keys() -> list[str]:
    """Return the keys of the switches that are stored."""
    return [flag.key for flag in await FeatureFlag.all().order_by("id")]


async def make(key: str) -> FeatureFlag:
    """Make a change."""
    return await FeatureFlag.create(key=key)


def summary(events: list[AuditLog]) -> list[tuple[str, str, str | None]]:
    """Return what happened, how it ended, and why."""
    return [(event.action, str(event.outcome), event.reason_code) for event in events]


# Success


async def test_a_success_is_recorded_with_its_change(app: asyncpg.Connection) -> None:
    with acting_as(Actor.user("ada", on_behalf_of="bob"), REQUEST):
        async with audited("thing.make", THING, actor=Actor.user("ada", on_behalf_of="bob")) as operation:
            await make("one")
            operation.add(size=3)
            assert await app.fetchval("SELECT count(*) FROM audit_logs") == 0
    event = await trail.event()
    assert (event.actor_type, event.actor_id, event.on_behalf_of) == (ActorType.USER, "ada", "bob")
    assert (event.action, event.outcome, event.reason_code) == ("thing.make", Outcome.SUCCESS, None)
    assert (event.entity_type, event.entity_id) == ("thing", "7")
    assert event.metadata == {"size": 3}
    assert event.context.items() >= {**REQUEST.as_json(), "operation_id": operation.id}.items()
    assert event.schema_version == 1
    assert await keys() == ["one"]


async def test_the_database_says_when_who_is_connected_and_in_which_transaction(app: asyncpg.Connection) -> None:
    before = await app.fetchval("SELECT clock_timestamp()")
    async with audited("thing.make", THING, actor=OPERATOR):
        (row,) = await current_client().fetch("SELECT pg_current_xact_id()::text::bigint AS xid, session_user AS role")
    event = await trail.event()
    assert event.tx_id == row["xid"]
    assert event.context["database_role"] == row["role"]
    assert before < event.created_at < await app.fetchval("SELECT clock_timestamp()")


async def test_event_and_change_are_of_one_transaction(admin: asyncpg.Connection) -> None:
    async with audited("thing.make", THING, actor=OPERATOR):
        await make("one")
    event = await trail.event()
    writer = await admin.fetchval("SELECT xmin::text::bigint FROM feature_flags")
    assert writer == event.tx_id % 2**32


async def test_an_operation_can_say_later_what_it_is_about() -> None:
    async with audited("user.register", Entity("user"), actor=OPERATOR) as operation:
        user = await User.create(email="ada@example.org", auth_provider="EMAIL")
        operation.on(user)
    event = await trail.event()
    assert (event.entity_type, event.entity_id) == ("user", str(user.id))


async def test_a_record_is_an_entity() -> None:
    flag = await make("one")
    async with audited("feature_flag.look", flag, actor=OPERATOR):
        pass
    event = await trail.event()
    assert (event.entity_type, event.entity_id) == ("feature_flag", str(flag.id))


async def test_metadata_is_stored_as_it_is() -> None:
    metadata: dict[str, Any] = {
        "text": "ü 世界 🎓 \\ \" ' \n",
        "none": None,
        "number": 12345678901234567890,
        "fraction": 0.1,
        "list": [[], {}, [1, "a", None]],
    }
    async with audited("thing.make", THING, actor=OPERATOR) as operation:
        operation.add(**metadata)
        operation.add(text="again")
    assert (await trail.event()).metadata == metadata | {"text": "again"}


async def test_nothing_is_known_of_a_request_that_nobody_named() -> None:
    async with audited("thing.make", THING, actor=OPERATOR) as operation:
        pass
    event = await trail.event()
    said = {name: value for name, value in event.context.items() if not name.startswith("database_")}
    assert said == {"operation_id": operation.id}


async def test_it_takes_no_actor_from_around() -> None:
    """The one who is named acts, and acts inside."""
    with acting_as(Actor.user("ada"), REQUEST):
        async with audited("thing.make", THING, actor=Actor.system()):
            await FeatureFlagRepository().enable("one")
    assert [(event.actor_type, event.actor_id) for event in await trail.events()] == [(ActorType.SYSTEM, None)] * 2
    assert {event.context["request_id"] for event in await trail.events()} == {"req-1"}


@pytest.mark.parametrize("make_one", [Actor.user, Actor.service])
async def test_a_user_and_a_service_have_an_id(make_one: Any) -> None:
    with pytest.raises(ActorRequired):
        make_one("")


# Failure


async def test_an_error_of_python_is_a_failure() -> None:
    class CardDeclined(Exception):
        """Of a service."""

    with pytest.raises(CardDeclined):
        async with audited("thing.make", THING, actor=OPERATOR) as operation:
            await make("one")
            operation.add(size=3)
            raise CardDeclined
    event = await trail.event()
    assert summary([event]) == [("thing.make", "FAILURE", "card_declined")]
    assert event.metadata == {"size": 3}
    assert event.context["operation_id"] == operation.id
    assert await keys() == []


async def test_a_refusal_of_the_database_is_a_denial() -> None:
    with pytest.raises(InvalidValue):
        async with audited("thing.make", THING, actor=OPERATOR):
            await make("one")
            await make("NOT A KEY")
    event = await trail.event()
    assert summary([event]) == [("thing.make", "DENIED", "invalid_value")]
    assert event.metadata == {"sqlstate": "23514", "constraint": "feature_flags_key_ck"}
    assert await keys() == []


async def test_a_missing_right_is_a_denial() -> None:
    with pytest.raises(PermissionDenied):
        async with audited("thing.remove", THING, actor=OPERATOR):
            await FeatureFlag.all().delete()
    event = await trail.event()
    assert summary([event]) == [("thing.remove", "DENIED", "permission_denied")]
    assert event.metadata == {"sqlstate": "42501"}


async def test_what_is_not_found_is_a_failure() -> None:
    with pytest.raises(NotFound):
        async with audited("thing.find", THING, actor=OPERATOR):
            raise NotFound
    assert summary(await trail.events()) == [("thing.find", "FAILURE", "not_found")]


async def test_a_refusal_at_commit_is_a_denial(owner: asyncpg.Connection) -> None:
    await owner.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION USING ERRCODE = '23T03', MESSAGE = 'Not yet.', HINT = 'Wait.',
            SCHEMA = 'public', TABLE = 'feature_flags', CONSTRAINT = 'feature_flags_late';
        END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON feature_flags
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
        """
    )
    with pytest.raises(StateNotAllowed):
        async with audited("thing.make", THING, actor=OPERATOR):
            await make("one")
    event = await trail.event()
    assert summary([event]) == [("thing.make", "DENIED", "state_not_allowed")]
    assert event.metadata == {"sqlstate": "23T03", "constraint": "feature_flags_late"}


async def test_a_swallowed_error_is_a_failure() -> None:
    with pytest.raises(TransactionAborted):
        async with audited("thing.make", THING, actor=OPERATOR):
            await make("one")
            with pytest.raises(InvalidValue):
                await make("NOT A KEY")
    assert summary(await trail.events()) == [("thing.make", "FAILURE", "transaction_aborted")]
    assert await keys() == []


async def test_the_error_goes_on_as_it_is() -> None:
    error = KeyError("as it is")
    with pytest.raises(KeyError) as caught:
        async with audited("thing.make", THING, actor=OPERATOR):
            raise error
    assert caught.value is error
    assert error.__context__ is None


async def test_what_leaves_by_return_or_break_is_a_success() -> None:
    async def early() -> str:
        async with audited("thing.make", THING, actor=OPERATOR):
            return "early"

    assert await early() == "early"
    for _ in range(1):
        async with audited("thing.make", THING, actor=OPERATOR):
            break
    assert [event.outcome for event in await trail.events()] == [Outcome.SUCCESS] * 2


# Nesting


async def test_an_operation_inside_an_operation_knows_it() -> None:
    with acting_as(OPERATOR, REQUEST):
        async with (
            audited("outer.do", THING, actor=OPERATOR) as outer,
            audited("inner.do", THING, actor=Actor.user("ada")) as inner,
        ):
            await make("one")
    first, second = await trail.events()
    assert summary([first, second]) == [("inner.do", "SUCCESS", None), ("outer.do", "SUCCESS", None)]
    assert first.tx_id == second.tx_id
    assert (first.context["operation_id"], first.context["parent_operation_id"]) == (inner.id, outer.id)
    assert second.context["operation_id"] == outer.id
    assert "parent_operation_id" not in second.context
    assert {event.context["request_id"] for event in (first, second)} == {"req-1"}
    assert [first.actor_id, second.actor_id] == ["ada", "operator"]


async def test_the_failure_of_an_inner_operation_is_recorded_when_the_outer_one_goes_on() -> None:
    async with audited("outer.do", THING, actor=OPERATOR) as outer:
        await make("before")
        with pytest.raises(InvalidValue):
            async with audited("inner.do", THING, actor=OPERATOR):
                await make("inside")
                await make("NOT A KEY")
        await make("after")
    events = await trail.events()
    assert summary(events) == [("outer.do", "SUCCESS", None), ("inner.do", "DENIED", "invalid_value")]
    assert events[1].metadata == {"sqlstate": "23514", "constraint": "feature_flags_key_ck"}
    assert events[1].context["parent_operation_id"] == outer.id
    assert events[0].tx_id != events[1].tx_id
    assert await keys() == ["before", "after"]


async def test_the_failure_of_an_inner_operation_is_recorded_when_the_outer_one_fails_as_well() -> None:
    with pytest.raises(Undo):
        async with audited("outer.do", THING, actor=OPERATOR):
            with pytest.raises(InvalidValue):
                async with audited("inner.do", THING, actor=OPERATOR):
                    await make("NOT A KEY")
            raise Undo
    assert summary(await trail.events()) == [("inner.do", "DENIED", "invalid_value"), ("outer.do", "FAILURE", "undo")]


async def test_one_failure_that_goes_through_all_levels_is_recorded_on_each() -> None:
    with pytest.raises(InvalidValue):
        async with (
            audited("outer.do", THING, actor=OPERATOR),
            transaction(),
            audited("inner.do", THING, actor=OPERATOR),
        ):
            await make("NOT A KEY")
    assert summary(await trail.events()) == [
        ("inner.do", "DENIED", "invalid_value"),
        ("outer.do", "DENIED", "invalid_value"),
    ]


async def test_a_success_inside_what_is_undone_leaves_nothing() -> None:
    """It did not happen."""
    async with undone(), audited("inner.do", THING, actor=OPERATOR):
        await make("one")
    assert await trail.events() == []
    assert await keys() == []


async def test_a_failure_inside_what_is_undone_is_recorded() -> None:
    async with undone():
        with pytest.raises(InvalidValue):
            async with audited("inner.do", THING, actor=OPERATOR):
                await make("NOT A KEY")
        assert await trail.events() == [], "it has to wait for the end"
    assert summary(await trail.events()) == [("inner.do", "DENIED", "invalid_value")]


async def test_failures_inside_a_transaction_are_all_recorded() -> None:
    async with transaction():
        for number in range(5):
            with pytest.raises(InvalidValue):
                async with audited(f"inner.do{number}", THING, actor=OPERATOR):
                    await make("NOT A KEY")
        await make("after")
    assert [event.action for event in await trail.events()] == [f"inner.do{number}" for number in range(5)]
    assert await keys() == ["after"]


# Where the record itself fails


async def revoke(owner: asyncpg.Connection) -> None:
    """Take the right to record away."""
    await owner.execute("REVOKE INSERT ON audit_logs FROM trust_app")


async def refuse_outcome(owner: asyncpg.Connection, outcome: str) -> None:
    """Let events with one outcome fail, and no others."""
    await owner.execute(
        f"""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.outcome = '{outcome}' THEN RAISE EXCEPTION 'The log is full.'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER a_refuse BEFORE INSERT ON trust.audit_segment_000000
          FOR EACH ROW EXECUTE FUNCTION refuse();
        """
    )


async def test_a_change_that_cannot_be_recorded_is_not_made(owner: asyncpg.Connection) -> None:
    await revoke(owner)
    with pytest.raises(AuditNotRecorded) as caught:
        async with audited("thing.make", THING, actor=OPERATOR):
            await make("one")
    assert isinstance(caught.value.__cause__, PermissionDenied)
    assert await keys() == []


async def test_a_failure_that_cannot_be_recorded_is_told_with_the_failure(
    owner: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    await revoke(owner)
    failure = KeyError("of the operation")
    with pytest.raises(AuditNotRecorded) as caught:
        async with audited("thing.make", THING, actor=OPERATOR):
            raise failure
    assert isinstance(caught.value.__cause__, PermissionDenied)
    assert caught.value.__context__ is failure, "the reason why it failed must not be lost"
    (line,) = caplog.records
    assert line.levelname == "CRITICAL"
    assert (
        line.getMessage() == "The FAILURE of thing.make could not be recorded: Permission denied for table audit_logs."
    )


async def test_an_inner_failure_that_cannot_be_recorded_does_not_make_the_outer_one_fail_in_the_log(
    owner: asyncpg.Connection,
) -> None:
    """What is stored has succeeded. The caller learns of the gap."""
    await refuse_outcome(owner, "DENIED")
    with pytest.raises(AuditNotRecorded):
        async with audited("outer.do", THING, actor=OPERATOR):
            await make("kept")
            with pytest.raises(InvalidValue):
                async with audited("inner.do", THING, actor=OPERATOR):
                    await make("NOT A KEY")
    assert await keys() == ["kept"]
    assert summary(await trail.events()) == [("outer.do", "SUCCESS", None)]


async def test_one_failure_that_cannot_be_recorded_keeps_no_other_from_it(owner: asyncpg.Connection) -> None:
    await refuse_outcome(owner, "DENIED")
    with pytest.raises(AuditNotRecorded):
        async with transaction():
            with pytest.raises(InvalidValue):
                async with audited("first.do", THING, actor=OPERATOR):
                    await make("NOT A KEY")
            with pytest.raises(KeyError):
                async with audited("second.do", THING, actor=OPERATOR):
                    raise KeyError
    assert summary(await trail.events()) == [("second.do", "FAILURE", "key_error")]


async def test_where_the_database_is_gone_the_caller_learns_that(
    cluster: Cluster, admin: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async with cluster.clone() as name, Database(cluster.settings(name, pool_max_size=1)):
        with pytest.raises(DatabaseUnavailable):
            async with audited("thing.make", THING, actor=OPERATOR):
                await make("one")
                await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
                await make("two")
    assert "could not be recorded" in caplog.text


# What does not fit


@pytest.mark.parametrize(
    "action", ["", "thing", "Thing.make", "thing.", ".make", "thing..make", "thing make", "1.a", f"a.{'b' * 100}"]
)
async def test_an_action_is_dotted_and_in_lower_case(action: str) -> None:
    ran = False
    with pytest.raises(ValueError, match="dotted"):
        async with audited(action, THING, actor=OPERATOR):
            ran = True
    assert not ran
    assert await trail.events() == []


@pytest.mark.parametrize(
    ("actor", "entity"),
    [
        (OPERATOR, Entity("Not Snake")),
        (OPERATOR, Entity("")),
        (OPERATOR, Entity("x" * 101)),
        (OPERATOR, Entity("thing", "x" * 256)),
        (OPERATOR, Entity("thing", "a\0b")),
        (OPERATOR, Entity("thing", "\ud800")),
        (Actor.user("x" * 256), THING),
        (Actor.user("a\0b"), THING),
        (Actor.user("ada", on_behalf_of="x" * 256), THING),
    ],
    ids=[
        "entity type",
        "no entity type",
        "long entity type",
        "long entity id",
        "NUL in entity id",
        "half a character in entity id",
        "long actor",
        "NUL in actor",
        "long on behalf of",
    ],
)
async def test_what_the_log_cannot_hold_is_refused_before_anything_is_done(actor: Actor, entity: Entity) -> None:
    ran = False
    with pytest.raises(ValueError, match=r"at most|surrogates"):
        async with audited("thing.make", entity, actor=actor):
            ran = True
    assert not ran, "it was found out when it was too late"


@pytest.mark.parametrize("wrong", ["a\0b", "\ud800"], ids=["NUL", "half a character"])
async def test_a_request_that_the_log_cannot_hold_is_refused_before_anything_is_done(wrong: str) -> None:
    """A client writes these headers: none may make a verb fail in a way that cannot be recorded."""
    ran = False
    with pytest.raises(ValueError, match=r".+"), acting_as(OPERATOR, RequestContext(user_agent=wrong)):
        async with audited("thing.make", THING, actor=OPERATOR):
            ran = True
    assert not ran


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", float("nan"), UUID(int=1), "a\0b", "\ud800"],
    ids=["object", "set", "bytes", "no number", "UUID", "NUL", "half a character"],
)
async def test_metadata_that_is_no_json_is_refused_where_it_is_added(value: object) -> None:
    """At the place of the mistake, so that the failure can be recorded with the rest."""
    with pytest.raises((TypeError, ValueError)):
        async with audited("thing.make", THING, actor=OPERATOR) as operation:
            await make("one")
            operation.add(fine=1)
            operation.add(wrong=value)
    assert await keys() == []
    event = await trail.event()
    assert event.outcome is Outcome.FAILURE
    assert event.metadata == {"fine": 1}


async def test_metadata_that_was_refused_can_be_left_out() -> None:
    async with audited("thing.make", THING, actor=OPERATOR) as operation:
        with pytest.raises(TypeError):
            operation.add(wrong=object())
        operation.add(right=1)
    assert (await trail.event()).metadata == {"right": 1}


# Decorators


async def test_it_decorates_a_function() -> None:
    @audited("thing.count", THING, actor=Actor.system())
    async def count(number: int) -> int:
        if number < 0:
            raise ValueError(number)
        return number + 1

    assert [await count(1), await count(2)] == [2, 3]
    with pytest.raises(ValueError, match="-1"):
        await count(-1)
    events = await trail.events()
    assert summary(events) == [
        ("thing.count", "SUCCESS", None),
        ("thing.count", "SUCCESS", None),
        ("thing.count", "FAILURE", "value_error"),
    ]
    assert len({event.context["operation_id"] for event in events}) == 3, "each call is an operation of its own"


async def test_a_decorated_function_knows_who_called_it_for_which_request() -> None:
    @audited("thing.count", THING, actor=Actor.system())
    async def count() -> None:
        await make("one")

    with acting_as(Actor.user("ada"), REQUEST):
        await count()
    event = await trail.event()
    assert (event.actor_type, event.context["request_id"]) == (ActorType.SYSTEM, "req-1")


async def test_a_block_can_be_used_once() -> None:
    block = audited("thing.make", THING, actor=OPERATOR)
    async with block:
        pass
    with pytest.raises((RuntimeError, AttributeError)):
        async with block:
            pass


async def test_an_operation_has_an_id_of_its_own() -> None:
    operations: set[str] = set()
    for _ in range(10):
        async with audited("thing.make", THING, actor=OPERATOR) as operation:
            assert isinstance(operation, Operation)
            operations.add(operation.id)
    assert len(operations) == 10


# Many at once


async def test_two_hundred_tasks_keep_their_actors_apart() -> None:
    async def work(number: int) -> None:
        request = RequestContext(request_id=f"r{number}", client_address=f"192.0.2.{number}")
        with acting_as(Actor.user(f"user-{number}"), request):
            await asyncio.sleep(0)
            if number % 3 == 0:
                await FeatureFlagRepository().enable(f"f{number}")
            elif number % 3 == 1:
                with pytest.raises(InvalidValue):
                    await FeatureFlagRepository().enable(f"NOT A KEY {number}")
            else:
                async with transaction():
                    await asyncio.sleep(0)
                    await FeatureFlagRepository().enable(f"f{number}")

    await asyncio.gather(*(work(number) for number in range(200)))
    events = await trail.events()
    assert len(events) == 200
    for event in events:
        assert event.actor_id is not None
        number = event.actor_id.removeprefix("user-")
        assert event.context["request_id"] == f"r{number}"
        assert event.context["client_address"] == f"192.0.2.{number}"
        assert event.outcome is (Outcome.DENIED if int(number) % 3 == 1 else Outcome.SUCCESS)
        if event.outcome is Outcome.SUCCESS:
            assert event.metadata == {"key": f"f{number}"}
    assert len({event.actor_id for event in events}) == 200
    assert len({event.context["operation_id"] for event in events}) == 200
    assert len({event.tx_id for event in events}) == 200
