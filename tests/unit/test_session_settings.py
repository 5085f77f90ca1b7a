"""Settings of a transaction: how they are kept, and the statement that hands them over."""

import asyncio
import contextvars

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust_models import Actor, RequestContext
from trust_models.audit.context import Acting
from trust_models.db.session_settings import (
    NAMES,
    begin_statement,
    change_statement,
    current_settings,
    session_settings,
)

names = st.from_regex(r"trust\.[a-z_]{1,20}", fullmatch=True)
values = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
some = st.dictionaries(names, values, max_size=5)


def test_there_are_none_at_first() -> None:
    assert current_settings() == {}


def test_they_hold_in_the_block_alone() -> None:
    with session_settings({"trust.a": "1"}):
        assert current_settings() == {"trust.a": "1"}
        with session_settings({"trust.b": "2"}):
            assert current_settings() == {"trust.b": "2"}, "those and no others"
        assert current_settings() == {"trust.a": "1"}
    assert current_settings() == {}


def test_they_end_with_an_error_as_well() -> None:
    with pytest.raises(KeyError), session_settings({"trust.a": "1"}):
        raise KeyError
    assert current_settings() == {}


async def test_they_follow_into_tasks_and_stay_there() -> None:
    async def change() -> None:
        with session_settings({"trust.a": "task"}):
            await asyncio.sleep(0)
            assert current_settings() == {"trust.a": "task"}

    with session_settings({"trust.a": "1"}):
        task = asyncio.create_task(change())
        await asyncio.sleep(0)
        assert current_settings() == {"trust.a": "1"}
        await task
    assert contextvars.copy_context().run(current_settings) == {}


def test_what_did_not_change_is_not_said() -> None:
    assert change_statement({}, {}) == ""
    assert change_statement({"trust.a": "1"}, {"trust.a": "1"}) == ""
    assert "trust.a" not in change_statement({"trust.a": "1"}, {"trust.a": "1", "trust.b": "2"})


def test_a_transaction_begins_with_every_setting() -> None:
    said = begin_statement({"statement_timeout": "5"}, {"trust.actor_id": "ada"})
    assert said.startswith("BEGIN; ")
    assert "SET LOCAL statement_timeout = '5'" in said
    assert "SET LOCAL trust.actor_id = 'ada'" in said
    assert [name for name in NAMES if f"SET LOCAL {name} = ''" in said] == [n for n in NAMES if n != "trust.actor_id"]


def test_every_setting_of_who_acts_is_known() -> None:
    acting = Acting(Actor.user("ada", on_behalf_of="bob"), RequestContext(request_id="r"), "operation")
    assert acting.as_settings().keys() == set(NAMES)


def test_what_no_longer_holds_becomes_empty() -> None:
    assert "''" in change_statement({"trust.a": "1"}, {})


def test_quotes_and_backslashes_are_doubled() -> None:
    assert "'it''s'" in change_statement({}, {"trust.a": "it's"})
    assert r"E'a\\b'" in change_statement({}, {"trust.a": r"a\b"})
    assert r"E'\\'''" in change_statement({}, {"trust.a": "\\'"})


@pytest.mark.parametrize("value", ["\0", "a\0b", "a\0"])
def test_a_nul_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        change_statement({}, {"trust.a": value})


@given(before=some, after=some)
def test_it_continues_the_statement_before_it(before: dict[str, str], after: dict[str, str]) -> None:
    statement = change_statement(before, after)
    assert (statement == "") == (before == after)
    assert statement == "" or statement.startswith("; ")
    for name in before.keys() | after.keys():
        assert (name in _without_literals(statement) or f"'{name}'" in statement) >= (
            before.get(name) != after.get(name)
        )


@given(after=some.filter(bool))
def test_a_value_cannot_leave_its_literal(after: dict[str, str]) -> None:
    """Read as PostgreSQL reads, whatever the value: outside of literals there is nothing of it."""
    skeleton = _without_literals(change_statement({}, after))
    assert skeleton == _without_literals(change_statement({}, dict.fromkeys(after, "x")))


def _without_literals(statement: str) -> str:
    """Return what a statement says outside of its literals, read with standard_conforming_strings on."""
    outside: list[str] = []
    position = 0
    while position < len(statement):
        escapes = statement.startswith("E'", position)
        if not escapes and statement[position] != "'":
            outside.append(statement[position])
            position += 1
            continue
        position += 2 if escapes else 1
        while True:
            if statement.startswith("''", position) or (escapes and statement[position] == "\\"):
                position += 2
            elif statement[position] == "'":
                position += 1
                break
            else:
                position += 1
        outside.append("'…'")
    return "".join(outside)
