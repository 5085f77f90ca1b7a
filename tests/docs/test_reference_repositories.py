"""docs/reference/repositories.md says which verbs there are, what they return and which event they leave."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import trust_models
from tests.docs.pages import code, page
from trust_models import repositories

PAGE = page("docs/reference/repositories.md")
CLASSES: dict[str, type] = {
    name: getattr(repositories, name) for name in repositories.__all__ if name.endswith("Repository")
}


def verbs(repository: type) -> dict[str, Callable[..., Any]]:
    return {
        name: verb
        for name, verb in vars(repository).items()
        if inspect.iscoroutinefunction(verb) and not name.startswith("_")
    }


def signature(name: str, verb: Callable[..., Any]) -> str:
    """The verb as the page writes it: names and defaults, without types."""
    parts: list[str] = []
    for parameter in list(inspect.signature(verb).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = parameter.default
        shown = f"{default.days} days" if isinstance(default, timedelta) else str(default)
        parts.append(parameter.name if default is parameter.empty else f"{parameter.name}={shown}")
    return f"{name}({', '.join(parts)})"


def returned(verb: Callable[..., Any]) -> str:
    """The type that a verb returns, without the modules."""
    annotation = inspect.signature(verb).return_annotation
    text = annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else annotation
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", str(text))


def event(repository: type, name: str, argument: str = "") -> str:
    """The action that a verb records, found in its source or in that of the method of its own that it calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(repository, name))))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Name(id="audited"), args=[ast.Constant(value=str(action)), *_]):
                return action
            case ast.Call(func=ast.Name(id="audited"), args=[ast.JoinedStr(values=[ast.Constant() as start, _]), *_]):
                return str(start.value) + argument
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=own), args=[*arguments]):
                words = [one.value for one in arguments if isinstance(one, ast.Constant)]
                found = event(repository, own, str(words[0]) if words else "")
                if found != "none":
                    return found
    return "none"


def test_every_repository_is_listed_and_public() -> None:
    assert set(PAGE.headings) == CLASSES.keys()
    assert CLASSES.keys() <= set(trust_models.__all__)


@pytest.mark.parametrize("name", PAGE.headings)
def test_the_verbs_of_a_repository(name: str) -> None:
    repository = CLASSES[name]
    listed = PAGE.section(name).table("Verb", "Returns", "Event", "What it does").rows
    assert [(code(row["Verb"]), code(row["Returns"]), row["Event"].strip("`")) for row in listed] == [
        (signature(verb, function), returned(function), event(repository, verb))
        for verb, function in verbs(repository).items()
    ]


@pytest.mark.parametrize("name", PAGE.headings)
def test_each_error_that_is_listed_is_one(name: str) -> None:
    for row in PAGE.section(name).table("Verb", "Returns", "Event", "What it does").rows:
        for span in re.findall(r"`([A-Z]\w+)`", row["What it does"]):
            assert hasattr(trust_models.errors, span) or span == "PAID", span
