"""The migrations build what `trust_models/sql` says, object by object."""

import re
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from trust_models.schema.catalogue import Catalogue, snapshot
from trust_models.sql import CURRENT, ROOT, load

STATEMENTS = ("queries", "provision", "lock")
"""The folders whose files are run when they are needed, and are not part of the schema."""

SEGMENT = re.compile(r"^trust\.audit_segment_\d+")


@pytest.fixture(scope="module")
async def head(cluster: Cluster) -> Catalogue:
    """What the migrations build."""
    return await catalogue_of(cluster.url("owner", cluster.template))


INTERNAL = {"environment"}
"""The tables that are no record of the product."""


def current(folder: str) -> set[str]:
    return {Path(name).stem for name in CURRENT if name.startswith(f"{folder}/")}


def unqualified(name: str) -> str:
    return name.partition("(")[0].rpartition(".")[2]


async def test_a_database_built_from_the_current_files_is_the_same(cluster: Cluster, head: Catalogue) -> None:
    async with cluster.empty() as name, connected(cluster.url("owner", name)) as owner:
        for file in CURRENT:
            await owner.execute(load(file))
        built = await snapshot(owner)
    assert_same(built, head, after="all migrations, where the current files were expected")


async def test_applying_the_current_files_again_changes_nothing(owner: asyncpg.Connection, head: Catalogue) -> None:
    async with owner.transaction():
        for file in CURRENT:
            if not file.startswith("tables/"):
                await owner.execute(load(file))
        assert_same(head, await snapshot(owner), after="all current files but the tables, once more")


def test_every_file_of_the_schema_is_in_its_order() -> None:
    files = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.sql")}
    assert {name for name in files if Path(name).parts[0] not in STATEMENTS} == set(CURRENT)
    assert len(CURRENT) == len(set(CURRENT))


def test_every_function_has_a_file_of_its_name(head: Catalogue) -> None:
    captures = {f"capture_{table}" for table in current("capture")}
    assert {unqualified(name) for name in head.names("function")} == current("functions") | captures


def test_every_table_has_a_file_of_its_name(head: Catalogue) -> None:
    tables = {unqualified(name) for name in head.names("table") if not SEGMENT.match(name)}
    assert tables == current("tables")


def test_every_view_has_a_file_of_its_name(head: Catalogue) -> None:
    assert {unqualified(name) for name in head.names("view")} == current("views")


def test_every_trigger_is_named_in_the_file_of_its_table(head: Catalogue) -> None:
    guard = load("functions/guard_table.sql")
    stray, tables = [], set()
    for name in head.names("trigger"):
        table, _, trigger = name.rpartition(".")
        if SEGMENT.match(name):
            sources = guard + load("functions/create_audit_segment.sql")
        else:
            tables.add(unqualified(table))
            text = load(f"triggers/{unqualified(table)}.sql")
            if unqualified(table) in current("capture"):
                text += load(f"capture/{unqualified(table)}.sql")
            sources = text + guard if f"SELECT trust.guard_table('{table}')" in text else text
        if not re.search(rf"\b{trigger}\b", sources):
            stray.append(name)
    assert not stray
    assert tables == current("triggers")
