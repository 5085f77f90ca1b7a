"""Aerich's own command line with addresses that do not work: one message, no traceback, no password."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.fixtures.addresses import SECRET, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster
from tests.fixtures.program import Ended, Program
from trust_models.db.schema_head import location

CHECKOUT = Path(__file__).parents[2]
AERICH = (str(Path(sys.executable).with_name("aerich")),)


async def refused(folder: Path, environment: Mapping[str, str]) -> Ended:
    """Run `aerich upgrade` in a folder that is like a checkout; it fails with one message that has no secret."""
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    (folder / "migrations").symlink_to(location())
    run = await Program(folder, command=AERICH, environment=environment).run("upgrade")
    assert run.output == ""
    assert "Traceback" not in run.errors
    assert SECRET not in run.errors
    assert run.errors.count("Error: ") == 1
    return run


def message(run: Ended) -> str:
    """Return what comes after "Error: ", which a usage may precede."""
    return run.errors.partition("Error: ")[2]


async def test_no_url(tmp_path: Path) -> None:
    run = await refused(tmp_path, {})
    assert run.status == 2
    assert message(run).startswith("DATABASE_URL: it is not set; give postgresql://")


async def test_a_malformed_url(tmp_path: Path) -> None:
    run = await refused(tmp_path, {"DATABASE_URL": f"postgresql://u:{SECRET}@h"})
    assert run.status == 2
    assert message(run).startswith("DATABASE_URL: the URL names no database; ")


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await refused(tmp_path, variables(url))
    assert run.status == 1
    assert message(run).startswith("The database cannot be reached: ")


async def test_a_wrong_password(cluster: Cluster, database: str, tmp_path: Path) -> None:
    run = await refused(tmp_path, variables(cluster.url("owner", database).replace(password=SECRET)))
    assert run.status == 1
    assert message(run) == f'Password authentication failed for user "{cluster.login("owner")}".\n'
