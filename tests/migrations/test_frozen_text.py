"""The text of the migrations: whole, in order, and the same as the current SQL.

After a change of `trust_models/sql`, `scripts/freeze_migration.py refresh` copies it into the migrations that are not
released yet.
"""

from pathlib import Path

import pytest

from tests.fixtures.migration_sections import (
    migration_files,
    models_state,
    newest_sections,
    script,
    sections,
    statements,
)
from trust_models.db.schema_head import packaged
from trust_models.sql import CURRENT, ROOT, load


def test_the_numbers_run_from_0_without_a_gap() -> None:
    assert [int(name.partition("_")[0]) for name in packaged()] == list(range(len(packaged())))


def test_each_migration_consists_of_four_files_and_there_are_no_others_but_the_manifest() -> None:
    endings = (".py", ".up.sql", ".down.sql", ".catalogue.json")
    files = {Path(name).stem + ending for name in packaged() for ending in endings}
    assert migration_files() == {*files, "MANIFEST"}, "`python scripts/freeze_catalogue.py` writes what is missing"


@pytest.mark.parametrize("migration", packaged())
def test_a_migration_has_the_state_of_the_models(migration: str) -> None:
    assert "trust.Aerich" in models_state(migration)


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("migration", packaged())
def test_a_migration_does_something_in_either_direction(migration: str, direction: str) -> None:
    # A script of comments alone makes the driver fail, which is how an empty one would be noticed: in production.
    assert statements(script(migration, direction))


@pytest.mark.parametrize("migration", packaged())
def test_a_migration_brings_only_files_that_exist_or_existed(migration: str) -> None:
    assert sections(migration)
    gone = {name for name in sections(migration) if name not in CURRENT}
    assert not [name for name in gone if (ROOT / name).exists()]


@pytest.mark.parametrize("file", CURRENT)
def test_the_newest_frozen_text_of_a_file_is_the_current_one(file: str) -> None:
    assert newest_sections().get(file, "").strip() == load(file).strip()


def test_the_migrations_bring_the_files_in_the_order_of_the_current_ones() -> None:
    first: dict[str, int] = {}
    for file in (name for migration in packaged() for name in sections(migration)):
        first.setdefault(file, len(first))
    assert sorted(first, key=first.__getitem__) == [name for name in CURRENT if name in first]
