"""Diagrams show what there is."""

import re

import asyncpg
import pytest

from tests.docs.pages import CHECKOUT, Page, page, pages
from trust_models.enums import LabSessionStatus

ARCHITECTURE = page("docs/explanation/architecture.md")

KINDS = ("sequenceDiagram", "erDiagram", "stateDiagram-v2")


@pytest.mark.parametrize("one", [one for one in pages() if one.blocks_of("mermaid")], ids=str)
def test_each_diagram_is_of_a_known_kind(one: Page) -> None:
    assert {block.text.partition("\n")[0] for block in one.blocks_of("mermaid")} <= set(KINDS)


def drawn(kind: str) -> str:
    return "\n".join(block.text for block in ARCHITECTURE.blocks_of("mermaid") if block.text.startswith(kind))


async def test_the_relations_are_the_foreign_keys(schema: asyncpg.Connection) -> None:
    keys = await schema.fetch(
        "SELECT confrelid::regclass::text AS parent, conrelid::regclass::text AS child, attname AS column,"
        " attnotnull AS needed"
        " FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)"
        " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    )
    lines = re.findall(r"^    (\w+) (\|\||\|o)--o\{ (\w+) : (\w+)$", drawn("erDiagram"), re.MULTILINE)
    assert sorted((parent, child, column, end == "||") for parent, end, child, column in lines) == sorted(
        (key["parent"], key["child"], key["column"], key["needed"]) for key in keys
    )


async def test_each_table_is_drawn(schema: asyncpg.Connection) -> None:
    tables = await schema.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    words = set(re.findall(r"\w+", drawn("erDiagram")))
    assert {table["tablename"] for table in tables} - {"aerich"} <= words


def test_the_states_of_a_session_are_drawn() -> None:
    text = drawn("stateDiagram-v2")
    assert set(re.findall(r"\b[A-Z_]{4,}\b", text)) == set(map(str, LabSessionStatus))


def test_the_layers_are_those_of_the_contract() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    contract = re.search(r"^layers = \[\n(.*?)^]", project, re.DOTALL | re.MULTILINE)
    assert contract
    (layers,) = (block for block in ARCHITECTURE.blocks_of("text") if block.text.startswith("__main__\n"))
    assert layers.text.splitlines() == re.findall(r'"([^"]+)"', contract[1])
