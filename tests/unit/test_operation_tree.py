"""How the events of an operation hang together."""

from trust_models.audit.operation_tree import Node, family_of, forest_of
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
