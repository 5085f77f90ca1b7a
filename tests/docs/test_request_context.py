"""docs/reference/request-context.md and the how-to page say what the middleware does."""

import ast
import inspect
from dataclasses import fields

from tests.docs.pages import CHECKOUT, code, page
from trust_models import RequestContext, TrustMiddleware

PAGE = page("docs/reference/request-context.md")
HOW_TO = page("docs/how-to/audit-a-web-service.md")


def test_the_arguments() -> None:
    arguments = list(inspect.signature(TrustMiddleware).parameters)
    assert [code(row["Argument"]) for row in PAGE.table("Argument", "Meaning").rows] == arguments


def test_the_keys() -> None:
    keys = [code(row["Key"]) for row in PAGE.table("Key", "From", "Form").rows]
    assert keys == [field.name for field in fields(RequestContext)]


def statements(source: str) -> set[str]:
    """What a program consists of, but for its imports and its docstring."""
    body = ast.parse(source).body
    return {ast.unparse(one) for one in body if not isinstance(one, ast.Import | ast.ImportFrom | ast.Expr)}


def test_the_page_shows_the_whole_example() -> None:
    shown = "\n".join(block.text for block in HOW_TO.blocks_of("python"))
    example = (CHECKOUT / "docs/examples/web_service.py").read_text(encoding="utf-8")
    assert statements(shown) == statements(example)
    lines = [line for block in HOW_TO.blocks_of("console") for line in block.text.splitlines()]
    assert lines[-1].removeprefix("$ ") in example
