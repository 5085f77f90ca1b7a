"""docs/how-to/find-schema-drift.md shows what `trust-models drift` prints."""

import sys
from typing import get_args

import asyncpg

from tests.docs import programs
from tests.docs.pages import CHECKOUT, code, page
from tests.fixtures.cluster import Cluster
from trust_models.schema.catalogue import Change

PAGE = page("docs/how-to/find-schema-drift.md")


async def test_the_page_shows_what_the_command_prints(
    cluster: Cluster, database: str, owner: asyncpg.Connection
) -> None:
    (change,) = PAGE.blocks_of("sql")
    await owner.execute(change.text)
    process = await programs.start(
        sys.executable,
        "-m",
        "trust_models",
        "drift",
        folder=CHECKOUT,
        env=programs.environment(cluster.settings(database)),
    )
    printed, _ = await process.communicate()
    assert process.returncode == 1
    shown, *_ = PAGE.blocks_of("text")
    assert printed.decode().startswith(f"{shown.text}\nobjects that differ: 1; ")


def test_the_page_lists_every_kind_of_change() -> None:
    rows = PAGE.table("Change", "Meaning").rows
    assert sorted(code(row["Change"]) for row in rows) == sorted(get_args(Change))
