"""The wheel: what is published has all that a service needs, and works far from any checkout."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fixtures.addresses import urls
from tests.fixtures.cluster import Cluster
from tests.fixtures.program import Program
from tests.fixtures.repositories import Repository
from tests.fixtures.wheels import CHECKOUT, Installation
from trust_models.db.schema_head import packaged

OPEN = """
import asyncio, sys
import trust_models
from trust_models import Database, Settings

async def main():
    async with Database(Settings.load()):
        print(trust_models.__file__)

asyncio.run(main())
"""


@pytest.fixture(scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel, built and installed once."""
    return await Installation.make(tmp_path_factory.mktemp("installation"))


def program(installation: Installation, folder: Path, environment: Mapping[str, str] | None = None) -> Program:
    """The installed console script, which sees nothing of the checkout."""
    script = str(installation.program("trust-models"))
    return Program(folder, command=(script,), environment={"PYTHONPATH": "", **(environment or {})})


def files_below(folder: Path) -> set[str]:
    """Name the files below a folder, without what Python caches."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in paths}


def test_it_has_the_package_and_the_migrations_and_nothing_else(installation: Installation) -> None:
    files = installation.files()
    (info,) = {name.partition("/")[0] for name in files if ".dist-info/" in name}
    package = {f"trust_models/{name}" for name in files_below(CHECKOUT / "trust_models")}
    migrations = {f"trust_models/migrations/{name}" for name in files_below(CHECKOUT / "migrations")}
    rest = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    assert files == package | migrations | rest
    assert {f"trust_models/migrations/trust/{name}" for name in packaged()} <= migrations
    assert "trust_models/py.typed" in package
    assert any(name.startswith("trust_models/sql/functions/") for name in package)


async def test_it_upgrades_a_database_from_anywhere(
    installation: Installation, cluster: Cluster, tmp_path: Path
) -> None:
    async with cluster.empty() as name:
        environment = urls(cluster, name)
        run = await program(installation, tmp_path, environment).run("upgrade")
        assert (run.status, run.errors) == (0, "")
        assert run.output.splitlines() == [*(f"applied {one}" for one in packaged()), "the schema is up to date"]

        python = (str(installation.program("python")), "-c")
        opened = await Program(tmp_path, command=python, environment={"PYTHONPATH": "", **environment}).run(OPEN)
    assert (opened.status, opened.errors) == (0, "")
    assert Path(opened.output.strip()).is_relative_to(installation.environment)


async def test_its_demo_runs(installation: Installation, tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "repository")
    repository.commit("any", {"app.py": "x = 1\n"})
    run = await program(installation, tmp_path).run("demo", "--repo", repository.path)
    assert (run.status, run.errors) == (0, "")
    assert f"HEAD is {repository.head[:12]} (any)" in run.output
    assert run.output.endswith("What nobody could refuse was found out: that event, and no other.\n")


async def test_it_says_its_version(installation: Installation, tmp_path: Path) -> None:
    run = await program(installation, tmp_path).run("--version")
    assert (run.status, run.errors) == (0, "")
    assert run.output == f"trust-models {installation.wheel.name.split('-')[1]}\n"


async def test_without_a_command_it_says_which_there_are(installation: Installation, tmp_path: Path) -> None:
    run = await program(installation, tmp_path).run()
    assert run.status == 2
    assert "Usage: trust-models " in run.said
    assert all(command in run.said for command in ("demo", "maintain", "upgrade"))
    assert "\x1b" not in run.said
