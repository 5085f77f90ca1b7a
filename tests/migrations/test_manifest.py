"""The manifest of the frozen migrations: whole, checkable by `sha256sum`, and it tells each file that differs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged
from trust_models.schema.manifest import NAME, Finding, check, listing

FOLDER = location() / APP
LAST = Path(packaged()[-1]).stem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations."""
    return Path(shutil.copytree(FOLDER, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__")))


def test_it_lists_the_migrations_as_they_are() -> None:
    assert check(FOLDER) == [], "run `python scripts/freeze_migration.py refresh`"


def test_it_lists_every_file_in_the_order_of_the_migrations() -> None:
    files = [line.partition("  ")[2] for line in (FOLDER / NAME).read_text().splitlines()]
    endings = (".catalogue.json", ".down.sql", ".py", ".up.sql")
    assert files == [Path(name).stem + ending for name in packaged() for ending in endings]


def test_sha256sum_checks_it() -> None:
    program = shutil.which("sha256sum")
    assert program is not None
    checked = subprocess.run([program, "-c", "--strict", NAME], cwd=FOLDER, check=False, capture_output=True)  # noqa: S603 - coreutils
    assert checked.returncode == 0, checked.stderr


def test_a_file_that_was_changed_is_told(folder: Path) -> None:
    with (folder / f"{LAST}.up.sql").open("a") as file:
        file.write("-- harmless\n")
    assert check(folder) == [Finding("changed", f"{LAST}.up.sql")]


def test_a_file_that_is_missing_is_told(folder: Path) -> None:
    (folder / f"{LAST}.catalogue.json").unlink()
    assert check(folder) == [Finding("missing", f"{LAST}.catalogue.json")]


def test_a_file_that_nobody_listed_is_told(folder: Path) -> None:
    (folder / "10_20990101000000_planted.py").write_text("")
    (folder / "2_zzz.sql").write_text("")
    (folder / "notes.txt").write_text("no migration reads it")
    assert [str(one) for one in check(folder)] == ["unknown 2_zzz.sql", "unknown 10_20990101000000_planted.py"]


def test_without_a_manifest_nothing_else_is_told(folder: Path) -> None:
    (folder / NAME).unlink()
    assert check(folder) == [Finding("missing", NAME)]


def test_a_listing_depends_on_the_files_alone(folder: Path) -> None:
    assert listing(folder) == (FOLDER / NAME).read_text()
