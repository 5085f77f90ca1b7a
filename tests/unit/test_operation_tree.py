"""How the events of an operation hang together."""

import pytest

from trust_models.audit.operation_tree import MAX_LEVELS, Node, family_of, forest_of, text_of
from trust_models.models import AuditLog


def event(number: int, operation: str | None = None, *, parent: str | None = None, captured: bool = False) -> AuditLog:
    context = {"operation_id": operation, "parent_operation_id": parent, "captured": captured or None}
    return AuditLog(id=number, context={name: value for name, value in context.items() if value is not None})


OUTER, INNER, DEEPEST = event(9, "o"), event(5, "i", parent="o"), event(4, "d", parent="i")
CHANGE, OTHER, LOOSE = event(3, "i", captured=True), event(6, "x"), event(7, captured=True)
ALL = [OUTER, INNER, DEEPEST, CHANGE, OTHER, LOOSE]


def numbers(events: list[AuditLog]) -> list[int]:
    return [one.id for one in events]


def test_all_of_an_operation_are_found_from_any_of_it() -> None:
    for one in (OUTER, INNER, DEEPEST, CHANGE):
        assert numbers(family_of(one, ALL)) == [3, 4, 5, 9]


def test_an_event_of_no_operation_is_alone() -> None:
    assert numbers(family_of(LOOSE, ALL)) == [7]
    assert numbers(family_of(OTHER, [])) == [6]


def test_each_hangs_below_its_operation() -> None:
    def shape(node: Node) -> tuple[int, list[object]]:
        return node.event.id, [shape(one) for one in node.below]

    forest = [shape(node) for node in forest_of(family_of(OUTER, ALL))]
    assert forest == [(9, [(5, [(3, []), (4, [])])])]


def test_what_has_lost_its_operation_stands_by_itself() -> None:
    assert [node.event.id for node in forest_of([CHANGE, LOOSE])] == [3, 7]


def test_no_event_hides_behind_a_circle() -> None:
    alone, one, other = event(1, "a", parent="a"), event(2, "b", parent="c"), event(3, "c", parent="b")
    below = event(4, "d", parent="c")
    assert [node.event.id for node in forest_of([alone, one, other, below])] == [1, 2, 3, 4]


def test_a_tree_is_only_so_deep() -> None:
    chain = [event(number, f"o{number}", parent=f"o{number - 1}") for number in range(1, 2001)]
    forest = forest_of(chain)
    assert [node.event.id for node in forest] == [1, *range(MAX_LEVELS + 2, 2001)]
    levels, node = 0, forest[0]
    while node.below:
        levels, (node,) = levels + 1, node.below
    assert levels == MAX_LEVELS


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], 7, True, ""])
def test_what_is_no_text_names_nothing(value: object) -> None:
    odd = AuditLog(id=1, context={"operation_id": value, "parent_operation_id": value, "request_id": value})
    assert numbers(family_of(odd, [odd, OUTER])) == [1]
    assert [node.event.id for node in forest_of([odd, OUTER])] == [1, 9]
    assert text_of(odd, "request_id") is None
