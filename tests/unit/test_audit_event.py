"""The one format of an audit event, who acts in it, and for which request."""

import asyncio
import json
from dataclasses import FrozenInstanceError
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from trust_models import Actor, AuditEvent, Entity, RequestContext, acting_as
from trust_models.audit import current_actor
from trust_models.audit.event import SCHEMA_VERSION, check_actor, snake_case
from trust_models.db.session_settings import current_settings
from trust_models.enums import ActorType, Outcome
from trust_models.errors import ActorRequired
from trust_models.models import LabSession

ADA = Actor.user("ada")


def event(**values: Any) -> AuditEvent:
    """Return an event that is right, but for what is given."""
    defaults: dict[str, Any] = {
        "actor": ADA,
        "action": "lab_session.complete",
        "outcome": Outcome.SUCCESS,
        "entity": Entity("lab_session", "1"),
    }
    return AuditEvent(**defaults | values)


# The event


def test_an_event_as_a_row() -> None:
    made = event(
        actor=Actor.service("bot", on_behalf_of="bob"),
        outcome=Outcome.FAILURE,
        reason_code="broken",
        metadata={"ü": [1]},
        context={"request_id": "r"},
    )
    assert made.as_row() == (
        SCHEMA_VERSION,
        "SERVICE",
        "bot",
        "bob",
        "lab_session.complete",
        "FAILURE",
        "broken",
        "lab_session",
        "1",
        '{"ü":[1]}',
        '{"request_id":"r"}',
    )


def test_an_event_never_changes() -> None:
    with pytest.raises(ValidationError):
        event().action = "lab_session.start"  # type: ignore[misc]


def test_events_share_no_metadata() -> None:
    first, second = event(), event()
    assert first.metadata == {}
    assert first.metadata is not second.metadata


@pytest.mark.parametrize("action", ["a.b", "lab_session.complete", "a1.b_2", "a.b.c", "a." + "b" * 98])
def test_an_action_is_dotted(action: str) -> None:
    assert event(action=action).action == action


@pytest.mark.parametrize(
    "action", ["", "a", "a.", ".a", "A.b", "a.B", "a b.c", "a..b", "a.b\n", "1a.b", "a.1b", "ä.b", "a." + "b" * 99]
)
def test_an_action_is_nothing_else(action: str) -> None:
    with pytest.raises(ValidationError):
        event(action=action)


@pytest.mark.parametrize("outcome", [Outcome.FAILURE, Outcome.DENIED])
def test_what_is_no_success_has_a_reason(outcome: Outcome) -> None:
    with pytest.raises(ValidationError, match="reason_code"):
        event(outcome=outcome)
    assert event(outcome=outcome, reason_code="why").reason_code == "why"


def test_a_reason_is_a_short_word() -> None:
    with pytest.raises(ValidationError):
        event(outcome=Outcome.FAILURE, reason_code="x" * 101)


def test_an_event_has_no_other_fields() -> None:
    with pytest.raises(ValidationError, match="created_at"):
        event(created_at="2001-01-01")


@pytest.mark.parametrize("field", ["metadata", "context"])
@pytest.mark.parametrize("value", [{"a": {1}}, {"a": float("inf")}, {"a": b""}, {"a": ADA}, [1], "text", None])
def test_metadata_and_context_are_json_objects(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        event(**{field: value})


@pytest.mark.parametrize(
    "values",
    [
        {"entity": Entity("")},
        {"entity": Entity("Lab")},
        {"entity": Entity("x" * 101)},
        {"entity": Entity("lab", "x" * 256)},
        {"entity": Entity("lab", "a\0")},
        {"entity": Entity("lab", UUID(int=1))},  # type: ignore[arg-type]
        {"actor": Actor.user("x" * 256)},
        {"actor": Actor.user("a\0")},
        {"actor": Actor.user("ada", on_behalf_of="x" * 256)},
        {"metadata": {"a": "\0"}},
        {"metadata": {"a": "\ud800"}},
        {"context": {"user_agent": "\0"}},
    ],
    ids=[
        "no entity type",
        "entity type in capitals",
        "long entity type",
        "long entity id",
        "NUL in entity id",
        "entity id that is no text",
        "long actor",
        "NUL in actor",
        "long on behalf of",
        "NUL in metadata",
        "half a character in metadata",
        "NUL in context",
    ],
)
def test_what_the_log_cannot_hold_is_refused(values: dict[str, Any]) -> None:
    """ "What does not fit is refused, never cut": here, and not by the database when the change has been made."""
    with pytest.raises((ValidationError, ValueError)):
        event(**values)


def test_a_backslash_before_zeros_is_text() -> None:
    assert json.loads(event(metadata={"a": "\\u0000"}).as_row()[9]) == {"a": "\\u0000"}


# Who


@pytest.mark.parametrize(
    ("actor", "kind", "name"),
    [
        (Actor.user(UUID(int=1)), ActorType.USER, str(UUID(int=1))),
        (Actor.user("ada"), ActorType.USER, "ada"),
        (Actor.service("bot"), ActorType.SERVICE, "bot"),
        (Actor.system(), ActorType.SYSTEM, None),
        (Actor.anonymous(), ActorType.ANONYMOUS, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_kinds_of_actors(actor: Actor, kind: ActorType, name: str | None) -> None:
    assert (actor.type, actor.id, actor.on_behalf_of) == (kind, name, None)


def test_somebody_acts_for_somebody_else() -> None:
    assert Actor.user("ada", on_behalf_of=UUID(int=1)).on_behalf_of == str(UUID(int=1))
    assert Actor.service("bot", on_behalf_of="bob").on_behalf_of == "bob"


@pytest.mark.parametrize("kind", [ActorType.USER, ActorType.SERVICE])
@pytest.mark.parametrize("name", [None, ""])
def test_a_user_and_a_service_have_an_id(kind: ActorType, name: str | None) -> None:
    with pytest.raises(ActorRequired, match=f"A {kind} who acts has an id"):
        Actor(kind, name)


@pytest.mark.parametrize("actor", [Actor.user(" "), Actor.service("\t\u2003")])
def test_an_id_of_white_space_is_refused_before_anything_is_done(actor: Actor) -> None:
    """The log refuses it, also what comes from a spool: there it would keep all that follows."""
    with pytest.raises(ValueError, match="more than white space"):
        check_actor(actor)


def test_actors_are_values() -> None:
    assert Actor.user("ada") == ADA
    assert len({Actor.user("ada"), ADA, Actor.service("ada")}) == 2
    with pytest.raises(FrozenInstanceError):
        ADA.id = "bob"  # type: ignore[misc]


# On what


def test_entities() -> None:
    session = LabSession(id=UUID(int=7))
    assert Entity.of(session) == Entity("lab_session", str(UUID(int=7)))
    assert Entity.of(LabSession()) == Entity("lab_session", None)
    assert Entity.named("lab", UUID(int=7)) == Entity("lab", str(UUID(int=7)))
    assert Entity.named("lab", 7) == Entity("lab", "7")
    assert Entity.named("lab", 0) == Entity("lab", "0")
    assert Entity.named("lab") == Entity("lab", None)


@pytest.mark.parametrize(
    ("name", "snake"), [("LabSession", "lab_session"), ("User", "user"), ("GithubRepoMapping", "github_repo_mapping")]
)
def test_names_in_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@pytest.mark.parametrize(
    ("name", "snake"), [("HTTPError", "http_error"), ("KeyError", "key_error"), ("OSError", "os_error")]
)
def test_abbreviations_stay_together(name: str, snake: str) -> None:
    """Reason codes are made of the names of errors: a person filters by them."""
    assert snake_case(name) == snake


# The context


def test_nobody_acts_at_first() -> None:
    with pytest.raises(ActorRequired, match=r"Say who acts: `with acting_as\(Actor\.user\(user_id\)\): \.\.\.`\."):
        current_actor()


def test_somebody_acts_in_a_block() -> None:
    with acting_as(ADA):
        assert current_actor() == ADA
        with acting_as(Actor.system()):
            assert current_actor() == Actor.system()
        assert current_actor() == ADA
    with pytest.raises(ActorRequired):
        current_actor()


def test_a_block_that_fails_ends() -> None:
    with pytest.raises(KeyError), acting_as(ADA):
        raise KeyError
    with pytest.raises(ActorRequired):
        current_actor()
    assert current_settings() == {}


def test_the_request_is_kept_by_an_inner_actor_and_replaced_by_an_inner_request() -> None:
    with acting_as(ADA, RequestContext(request_id="r1", trace_id="t1")):
        assert json.loads(current_settings()["trust.context"]) == {"request_id": "r1", "trace_id": "t1"}
        with acting_as(Actor.system()):
            assert json.loads(current_settings()["trust.context"]) == {"request_id": "r1", "trace_id": "t1"}
        with acting_as(Actor.system(), RequestContext(request_id="r2")):
            assert json.loads(current_settings()["trust.context"]) == {"request_id": "r2"}
        with acting_as(Actor.system(), RequestContext()):
            assert "trust.context" not in current_settings()


def test_the_settings_that_the_database_sees() -> None:
    with acting_as(Actor.service("bot", on_behalf_of="bob"), RequestContext(service="lessons")):
        assert current_settings() == {
            "trust.actor_type": "SERVICE",
            "trust.actor_id": "bot",
            "trust.on_behalf_of": "bob",
            "trust.context": '{"service":"lessons"}',
        }
    with acting_as(Actor.anonymous()):
        assert current_settings() == {"trust.actor_type": "ANONYMOUS"}


async def test_tasks_inherit_who_acts_and_keep_their_own() -> None:
    async def work(number: int) -> Actor:
        with acting_as(Actor.user(f"user-{number}")):
            await asyncio.sleep(0)
            return await asyncio.create_task(inherit())

    async def inherit() -> Actor:
        await asyncio.sleep(0)
        return current_actor()

    with acting_as(ADA):
        actors = await asyncio.gather(inherit(), *(work(number) for number in range(50)))
        assert actors == [ADA, *(Actor.user(f"user-{number}") for number in range(50))]
        assert current_actor() == ADA
