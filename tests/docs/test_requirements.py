"""docs/reference/requirements.md is complete, and names only what exists."""

import ast
import re
from functools import cache

import pytest

from tests.docs.pages import CHECKOUT, codes, page

PAGE = page("docs/reference/requirements.md")
ROWS = PAGE.table("Task", "Asks for", "State", "Code", "Test", "Documentation").rows


@cache
def runnable_in(path: str) -> set[str]:
    """The tests in a file as pytest names them: `test_it`, or `TestThem::test_it`."""
    tree = ast.parse((CHECKOUT / path).read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        f"{prefix}{node.name}"
        for prefix, body in [("", tree.body), *((f"{one.name}::", one.body) for one in classes)]
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_there_are_the_tasks_1_to_100() -> None:
    assert [row["Task"] for row in ROWS] == [str(number) for number in range(1, 101)]


def test_the_page_counts_right() -> None:
    done = sum(row["State"] == "done" for row in ROWS)
    assert f"{done} are done and {100 - done} are open." in " ".join(PAGE.text.split())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["Task"])
def test_a_row_names_what_exists(row: dict[str, str]) -> None:
    assert row["Asks for"]
    assert row["State"] in {"done", "open"}
    for path in codes(row["Code"]):
        assert (CHECKOUT / path).is_file(), path
    for name in codes(row["Test"]):
        path, _, test = name.partition("::")
        assert re.match(r"tests/.+/test_\w+\.py$", path), name
        assert (CHECKOUT / path).is_file(), path
        assert test in runnable_in(path), name
    for cell in ("Code", "Test"):
        assert codes(row[cell]) or row[cell] == "none"


@pytest.mark.parametrize("row", [row for row in ROWS if row["State"] == "done"], ids=lambda row: row["Task"])
def test_what_is_done_has_code_a_test_and_a_page(row: dict[str, str]) -> None:
    assert codes(row["Code"])
    assert codes(row["Test"])
    assert "](" in row["Documentation"]
