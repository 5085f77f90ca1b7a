"""A recorded event as a CloudEvent and as an event of OCSF: valid by what their authors publish, and nothing lost."""

import json
import re
from functools import cache
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, example, given, settings
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from pydantic import ValidationError

from tests.fixtures.events import recorded, recorded_events
from tests.fixtures.verbs import AUDITED
from trust_models import Actor, Entity, RecordedEvent
from trust_models.audit.mappings.ocsf import VERSION
from trust_models.enums import ActorType, Outcome
from trust_models.errors import ActorRequired

SOURCE = "https://labs.example.org/trust_prod"

FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef]")
"""Of the type String in CloudEvents 1.0.2, section 2.2 Type System; beside what ends in FFFE or FFFF."""


RANDOMLY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""However busy the machine is: the first event waits for a schema to be read."""


def transported(event: dict[str, Any]) -> CloudEvent:
    """What another program reads, by the SDK of CloudEvents: attributes are checked on the way in and out."""
    arrived = JSONFormat().read(None, json.dumps(event))
    assert isinstance(arrived, CloudEvent)
    return arrived


# CloudEvents


@RANDOMLY
@given(recorded_events())
def test_a_cloudevent_is_valid_and_comes_back_as_the_same_event(event: RecordedEvent) -> None:
    made = event.to_cloudevent(SOURCE)
    attributes = {name: value for name, value in made.items() if name != "data"}
    for name, value in attributes.items():
        assert re.fullmatch(r"[a-z0-9]{1,20}", name)
        assert value
        assert not FORBIDDEN.search(value)
        assert not any(ord(character) & 0xFFFE == 0xFFFE for character in value)
    arrived = transported(made)
    assert arrived.get_time() == event.created_at
    assert arrived.get_subject() == made["subject"]
    assert RecordedEvent.from_cloudevent({**arrived.get_attributes(), "data": arrived.get_data()}) == event
    assert RecordedEvent.from_cloudevent(json.loads(json.dumps(made))) == event


def test_the_attributes_of_a_cloudevent() -> None:
    made = recorded(entity=Entity("lab_session", "7")).to_cloudevent(SOURCE, type_prefix="org.example.labs")
    data = made.pop("data")
    assert made == {
        "specversion": "1.0",
        "id": "5",
        "source": SOURCE,
        "type": "org.example.labs.lab_session.complete",
        "subject": "lab_session/7",
        "time": "2026-11-23T14:01:35.904096+00:00",
        "datacontenttype": "application/json",
        "authtype": "service_account",
        "authid": "verifier",
        "correlationid": "8a31",
    }
    assert (data["tx_id"], data["outcome"], data["on_behalf_of"]) == (771, "DENIED", "bob")


@pytest.mark.parametrize(
    ("actor", "context", "kind"),
    [
        (Actor.user("ada"), {}, "app_user"),
        (Actor.service("bot"), {}, "service_account"),
        (Actor.system(), {}, "system"),
        (Actor.anonymous(), {}, "unauthenticated"),
        (Actor.anonymous(), {"unattributed": True}, "unknown"),
    ],
)
def test_who_acts_by_the_extension(actor: Actor, context: dict[str, Any], kind: str) -> None:
    made = recorded(actor=actor, context=context).to_cloudevent(SOURCE)
    assert (made["authtype"], made.get("authid")) == (kind, actor.id)


def test_a_whole_traceparent_is_the_extension_and_an_id_alone_is_not() -> None:
    parent = f"00-{'1' * 32}-{'2' * 16}-01"
    assert recorded(context={"trace_id": parent}).to_cloudevent(SOURCE)["traceparent"] == parent
    assert "traceparent" not in recorded(context={"trace_id": "1" * 32}).to_cloudevent(SOURCE)


def test_what_an_attribute_cannot_hold_is_encoded() -> None:
    made = recorded(entity=Entity("repo", "a\nb%c\x85")).to_cloudevent(SOURCE)
    assert made["subject"] == "repo/a%0Ab%25c%C2%85"


@pytest.mark.parametrize("source", ["", "a b", "https://example.org/ü", "a%", "<a>", "a\n"])
def test_a_source_is_a_uri(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        recorded().to_cloudevent(source)


@pytest.mark.parametrize("prefix", ["", ".", "a.", "a b", "a..b"])
def test_a_prefix_is_dotted(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        recorded().to_cloudevent(SOURCE, type_prefix=prefix)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "6"},
        {"data": None},
        {"data": {}},
        {"data": recorded().as_json() | {"action": "x"}},
        {"data": recorded().as_json() | {"actor_id": None}},
        {"data": recorded().as_json() | {"more": 1}},
    ],
    ids=["another id", "no data", "no event", "no action", "nobody", "more"],
)
def test_another_cloudevent_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ActorRequired)):
        RecordedEvent.from_cloudevent(recorded().to_cloudevent(SOURCE) | change)


# OCSF


@cache
def schema_of(class_uid: int) -> Draft202012Validator:
    """The published schema of a class, with its profile: an attribute that it does not have is an error."""
    schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    name = schemas.lookup_class_name_from_uid(class_uid=class_uid)
    return Draft202012Validator(schemas.get_class_schema(class_name=name, profiles=["security_control"]))


@cache
def captions(class_uid: int) -> dict[str, dict[str, str]]:
    """What the published schema calls the members of each enumeration of a class."""
    classes = get_ocsf_schema(version=VERSION)["classes"]
    (one,) = (one for one in classes.values() if one["uid"] == class_uid)
    return {
        name: {number: member["caption"] for number, member in attribute["enum"].items()}
        for name, attribute in one["attributes"].items()
        if "enum" in attribute
    }


SIBLINGS = ("activity_id", "severity_id", "status_id", "action_id", "disposition_id", "class_uid", "type_uid")


@RANDOMLY
@given(recorded_events())
@example(recorded(action="auth_session.open", outcome=Outcome.SUCCESS, metadata={"user_id": "ada"}))
@example(recorded(action="auth_session.revoke_all", entity=Entity("user", "ada")))
@example(recorded(action="user.register", entity=Entity("user", "ada")))
def test_an_ocsf_event_is_valid_and_says_all(event: RecordedEvent) -> None:
    made = json.loads(json.dumps(event.to_ocsf()))
    schema_of(made["class_uid"]).validate(made)

    names = captions(made["class_uid"])
    for number in SIBLINGS:
        name = number.removesuffix("_id").removesuffix("_uid") + ("_name" if number[:2] in {"ac", "cl", "ty"} else "")
        told = made.get("action" if number == "action_id" else name)
        if made[number] != 99:
            assert told == names[number][str(made[number])], number

    unmapped = made["unmapped"]
    assert unmapped["tx_id"] == event.tx_id
    assert unmapped.get("on_behalf_of") == event.actor.on_behalf_of
    assert unmapped.get("metadata", {}) == event.metadata
    assert made["metadata"]["original_time"] == event.created_at.isoformat(timespec="microseconds")
    assert made["metadata"]["event_code"] == event.action
    assert made.get("status_code") == event.reason_code
    mapped = {
        "client_address": made.get("src_endpoint", {}).get("ip", made.get("src_endpoint", {}).get("name")),
        "operation_id": made["metadata"].get("correlation_uid"),
        "request_id": made.get("http_request", {}).get("uid"),
        "user_agent": made.get("http_request", {}).get("user_agent"),
        "service": made["metadata"].get("log_provider"),
    }
    known = {key: value for key, value in mapped.items() if value is not None}
    assert {**unmapped.get("context", {}), **known} == event.context


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ({}, (3004, 3, "Update")),
        ({"action": "user.register", "entity": Entity("user", "ada")}, (3001, 1, "Create")),
        ({"action": "user.register", "entity": Entity("user")}, (3004, 1, "Create")),
        ({"action": "user.deleted", "entity": Entity("user", "ada")}, (3001, 6, "Delete")),
        ({"action": "user.change_role", "entity": Entity("user", "ada")}, (3001, 99, "change_role")),
        ({"action": "auth_session.open", "metadata": {"user_id": "ada"}}, (3002, 1, "Logon")),
        ({"action": "auth_session.open", "metadata": {}}, (3004, 1, "Create")),
        ({"action": "auth_session.revoke_all", "entity": Entity("user", "ada")}, (3002, 2, "Logoff")),
        ({"action": "database.refuse", "metadata": {"operation": "truncate"}}, (3004, 4, "Delete")),
        ({"action": "database.refuse", "metadata": {"operation": "ddl"}}, (3004, 99, "ddl")),
        ({"action": "report.publish_twice"}, (3004, 99, "publish_twice")),
        ({"action": "lab.updated"}, (3004, 3, "Update")),
        ({"action": "lab.truncated", "entity": Entity("lab")}, (3004, 4, "Delete")),
    ],
    ids=str,
)
def test_which_class_and_activity(values: dict[str, Any], fits: tuple[int, int, str]) -> None:
    made = recorded(**values).to_ocsf()
    assert (made["class_uid"], made["activity_id"], made["activity_name"]) == fits


@pytest.mark.parametrize("verb", AUDITED, ids=str)
def test_each_verb_of_ours_has_an_activity(verb: Any) -> None:
    made = recorded(action=verb.action, entity=Entity(verb.entity_type, "1"), metadata={"user_id": "ada"}).to_ocsf()
    assert made["activity_id"] != 99 or made["class_uid"] == 3001


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (Outcome.SUCCESS, (1, "Success", "Allowed", "Allowed", 1)),
        (Outcome.FAILURE, (2, "Failure", "Failed", "Error", 2)),
        (Outcome.DENIED, (2, "Failure", "Denied", "Blocked", 2)),
    ],
)
def test_how_an_outcome_is_told(outcome: Outcome, result: tuple[object, ...]) -> None:
    made = recorded(outcome=outcome).to_ocsf()
    names = ("status_id", "status", "action", "disposition", "severity_id")
    assert tuple(made[name] for name in names) == result


@pytest.mark.parametrize("kind", ActorType)
def test_who_acts_is_a_user_of_a_kind(kind: ActorType) -> None:
    named = kind in (ActorType.USER, ActorType.SERVICE)
    user = recorded(actor=Actor(kind, "ada" if named else None)).to_ocsf()["actor"]["user"]
    assert user["type"] == kind.capitalize()
    assert ("uid" in user, "name" in user) == (named, not named)


def test_a_client_without_an_address_has_a_name() -> None:
    assert recorded(context={"client_address": "testclient"}).to_ocsf()["src_endpoint"] == {"name": "testclient"}
    assert recorded(context={"client_address": "fe80::1%eth0"}).to_ocsf()["src_endpoint"] == {"name": "fe80::1%eth0"}


def test_what_an_analyst_looks_for() -> None:
    event = recorded(context={"client_address": "192.0.2.7", "user_agent": "curl/8"})
    assert [(one["type_id"], one["name"], one["value"]) for one in event.to_ocsf()["observables"]] == [
        (31, "actor.user.uid", "verifier"),
        (10, "lab_session", "7"),
        (2, "src_endpoint.ip", "192.0.2.7"),
        (16, "http_request.user_agent", "curl/8"),
    ]


# The event itself


def test_an_event_that_is_recorded_never_changes() -> None:
    with pytest.raises(ValidationError):
        recorded().id = 6  # type: ignore[misc]


@pytest.mark.parametrize("values", [{"id": 0}, {"tx_id": 0}, {"created_at": "2026-11-23T14:01:35"}, {"more": 1}])
def test_an_event_is_whole(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        recorded(**values)


def test_what_is_stored_has_no_limit() -> None:
    large = {"after": {"content": "x" * 2_000_000}}
    assert recorded(metadata=large).metadata == large
