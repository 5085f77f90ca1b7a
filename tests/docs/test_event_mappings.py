"""docs/reference/event-mappings.md says what each format takes from an event."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.docs.pages import code, codes, page
from tests.fixtures.events import recorded
from trust_models import Actor, RecordedEvent
from trust_models.audit.mappings import ocsf, ocsf_classes
from trust_models.enums import ActorType, Outcome

PAGE = page("docs/reference/event-mappings.md")
CLOUDEVENTS = PAGE.table("CloudEvents attribute", "From").rows
OCSF = PAGE.table("OCSF attribute", "From").rows

EVENT = recorded(
    context={
        "request_id": "7f3c",
        "trace_id": f"00-{'1' * 32}-{'2' * 16}-01",
        "client_address": "192.0.2.7",
        "user_agent": "curl/8",
        "service": "labs",
        "operation_id": "8a31",
    }
)
"""One with everything that the tables name."""


def values_of(event: RecordedEvent) -> dict[str, Any]:
    """The columns of an event and the keys of its context, by the names in the tables."""
    columns = event.as_json()
    return columns | {f"context.{key}": value for key, value in event.context.items()}


def leaves(made: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The attributes of an event of OCSF; lists and what is not mapped are one."""
    for name, value in made.items():
        if isinstance(value, dict) and path != "unmapped.":
            yield from leaves(value, f"{path}{name}.")
        else:
            yield path + name, value


def attributes(rows: tuple[dict[str, str], ...], column: str) -> list[str]:
    return [name for row in rows for name in codes(row[column])]


def test_the_attributes_of_a_cloudevent() -> None:
    made = EVENT.to_cloudevent("https://labs.example.org")
    assert attributes(CLOUDEVENTS, "CloudEvents attribute") == list(made)


def test_the_attributes_of_ocsf() -> None:
    listed = attributes(OCSF, "OCSF attribute")
    assert len(listed) == len(set(listed))
    assert set(listed) == {path for path, _ in leaves(EVENT.to_ocsf())}


def told(value: Any) -> str:
    """A value as the page writes it; a list of one as that one."""
    return " ".join(value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("row", [*CLOUDEVENTS, *OCSF], ids=lambda row: str(next(iter(row.values()))))
def test_an_attribute_comes_from_where_the_page_says(row: dict[str, str]) -> None:
    names, source = codes(next(iter(row.values()))), row["From"]
    made = EVENT.to_cloudevent("https://labs.example.org") if row in CLOUDEVENTS else dict(leaves(EVENT.to_ocsf()))
    known = values_of(EVENT)
    if found := re.fullmatch(r"(the constant )?`([^`]+)`", source):
        expected = found[2] if found[1] else str(known[found[2]])
        assert {str(made[name] if made[name] != [expected] else expected) for name in names} == {expected}
    else:
        assert all(
            one in known for one in codes(source) if one.startswith("context.") and one != "context.unattributed"
        )


def test_the_types_of_actors() -> None:
    (row,) = (row for row in CLOUDEVENTS if code(row["CloudEvents attribute"]) == "authtype")
    actors = [Actor(kind, "x") for kind in ActorType]
    made = [recorded(actor=actor).to_cloudevent("/")["authtype"] for actor in actors]
    assert set(codes(row["From"])) - {"actor_type", "context.unattributed"} == {*made, "unknown"}
    (row,) = (row for row in OCSF if "actor.user.type" in row["OCSF attribute"])
    users = [recorded(actor=actor).to_ocsf()["actor"]["user"] for actor in actors]
    assert row["From"].partition(": ")[2] == ", ".join(f"{user['type_id']} {user['type']}" for user in users)


@pytest.mark.parametrize("name", ["severity", "status", "action", "disposition"])
def test_what_an_outcome_becomes(name: str) -> None:
    (row,) = (row for row in OCSF if row["OCSF attribute"] == f"`{name}_id`, `{name}`")
    for outcome in Outcome:
        made = recorded(outcome=outcome).to_ocsf()
        result = f"{made[name + '_id']} {made[name]}"
        assert f"{result} for {outcome}" in row["From"] or f"else {result}" in row["From"]


def test_the_activities_of_entities() -> None:
    rows = PAGE.table("Activity", "Verbs").rows
    listed = {verb: row["Activity"] for row in rows for verb in codes(row["Verbs"])}
    known = {
        verb: f"{number} {ocsf_classes._ENTITY_ACTIVITIES[number]}" for verb, number in ocsf_classes._VERBS.items()
    }
    assert listed == known


def test_the_version_is_that_of_the_page() -> None:
    assert f"OCSF {ocsf.VERSION}" in PAGE.headings
