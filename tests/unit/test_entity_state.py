"""What a record was at a moment: rules one by one, and random histories against the states that they went through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust_models.audit.entity_state import Change, ChangeKind, values_at

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
BORN = "2026-01-01T00:00:00+00:00"


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def change(word: str, second: float, *, before: Mapping[str, Any] = {}, after: Mapping[str, Any] = {}) -> Change:
    return Change(ChangeKind(word), at(second), before, after)


def test_the_last_value_before_the_moment_counts() -> None:
    changes = [
        change("inserted", 1, after={"a": 1, "b": None}),
        change("updated", 3, before={"a": 1}, after={"a": 2}),
        change("updated", 5, before={"a": 2}, after={"a": 3}),
    ]
    assert values_at(changes, at(3), {"a": 3, "b": None}) == {"a": 2, "b": None}
    assert values_at(changes, at(2.9), {"a": 3, "b": None}) == {"a": 1, "b": None}
    assert values_at(changes, at(0.9), {"a": 3, "b": None}) is None


def test_a_record_from_before_the_capture_is_undone_from_what_it_is_now() -> None:
    changes = [change("updated", 5, before={"a": 1}, after={"a": 2}), change("updated", 9, before={"a": 2, "b": 1})]
    assert values_at(changes, at(2), {"a": 3, "b": 2, "c": 7}) == {"a": 1, "b": 1, "c": 7}
    assert values_at([], at(2), {"a": 3}) == {"a": 3}
    assert values_at([], at(2), None) is None


def test_a_record_did_not_exist_before_it_was_created() -> None:
    assert values_at([], at(-1), {"created_at": "2026-01-01T00:00:00.5+00:00"}) is None
    assert values_at([], at(1), {"created_at": "2026-01-01T00:00:00.5+00:00"}) is not None


def test_one_that_was_deleted_and_made_again_has_two_lives() -> None:
    changes = [
        change("inserted", 1, after={"a": 1}),
        change("deleted", 3, before={"a": 1}),
        change("inserted", 5, after={"b": 2}),
    ]
    states = [values_at(changes, at(second), {"b": 2}) for second in (0, 1, 3, 5)]
    assert states == [None, {"a": 1}, None, {"b": 2}]


def test_what_a_record_is_now_tells_nothing_of_an_earlier_life() -> None:
    changes = [change("deleted", 3, before={"a": 1}), change("inserted", 5, after={"a": 2, "b": 2})]
    assert values_at(changes, at(2), {"a": 2, "b": 2}) == {"a": 1}


def test_truncate_ends_every_record() -> None:
    changes = [change("updated", 1, before={"a": 1}, after={"a": 2}), change("truncated", 3)]
    assert values_at(changes, at(2), None) == {"a": 2}
    assert values_at(changes, at(3), None) is None
    assert values_at([change("truncated", 3)], at(2), None) is None


def test_a_key_that_was_changed_ends_the_record_under_the_old_one() -> None:
    changes = [change("inserted", 1, after={"id": "x"}), change("updated", 3, before={"id": "x"}, after={"id": "y"})]
    assert values_at(changes, at(2), None) == {"id": "x"}
    assert values_at(changes, at(4), None) is None


@dataclass
class World:
    """A record, its events, and what it was after each."""

    columns: dict[str, Any] | None
    changes: list[Change] = field(default_factory=list)
    states: list[Mapping[str, Any] | None] = field(default_factory=list)

    def apply(self, wish: tuple[str, dict[str, int]]) -> None:
        """Do what is wished, if it can be done now."""
        word, values = wish
        second = len(self.states) + 1
        before = self.columns
        if word == "insert" and before is None:
            self.columns = {"a": 0, "b": 0, "c": 0} | values
            self.changes.append(change("inserted", second, after=self.columns))
        elif word == "update" and before is not None:
            changed = {name: value for name, value in values.items() if before[name] != value}
            self.columns = before | changed
            if changed:
                old = {name: before[name] for name in changed}
                self.changes.append(change("updated", second, before=old, after=changed))
        elif word == "delete" and before is not None:
            self.columns = None
            self.changes.append(change("deleted", second, before=before))
        elif word == "truncate":
            self.columns = None
            self.changes.append(change("truncated", second))
        self.states.append(self.columns)


COLUMNS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3))
WISHES = st.lists(st.tuples(st.sampled_from(["insert", "update", "update", "delete"]), COLUMNS), max_size=12)
ALL_WISHES = st.lists(st.tuples(st.sampled_from(["insert", "update", "delete", "truncate"]), COLUMNS), max_size=12)


@pytest.mark.parametrize("born", [None, {"a": 9, "b": 9, "c": 9}], ids=["captured", "older than the capture"])
@given(wishes=WISHES)
def test_every_state_of_a_random_history_is_found_again(born: dict[str, Any] | None, wishes: list[Any]) -> None:
    world = World(born)
    for wish in wishes:
        world.apply(wish)
    assert [values_at(world.changes, at(second + 1), world.columns) for second in range(len(wishes))] == world.states
    assert values_at(world.changes, at(0), world.columns) == born


@given(wishes=ALL_WISHES)
def test_a_truncate_hides_nothing_of_a_record_that_was_captured_from_its_start(wishes: list[Any]) -> None:
    world = World(None)
    for wish in wishes:
        world.apply(wish)
    assert [values_at(world.changes, at(second + 1), world.columns) for second in range(len(wishes))] == world.states
