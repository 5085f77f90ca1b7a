"""A migration that fails halfway leaves nothing of itself; those before it stay, and the upgrade can go on."""

from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from tests.fixtures.aerich_cli import aerich
from tests.fixtures.bookkeeping import applied
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.installed_package import InstalledPackage
from tests.fixtures.migration_folder import MigrationFolder, freeze, source
from tests.fixtures.model_descriptions import NOWHERE
from trust_models.db.schema_head import packaged
from trust_models.errors import MigrationFailed
from trust_models.schema.migrations import upgrade

GOOD = f"{len(packaged())}_20990101000000_good.py"
BAD = f"{len(packaged()) + 1}_20990101000000_bad.py"
GOOD_SQL = "CREATE TABLE public.good (id integer)"
MENDED_SQL = "CREATE TABLE public.bad (id integer)"
FAILURES = {
    "an unknown table": ("INSERT INTO public.nowhere VALUES (1)", 'Relation "public.nowhere" does not exist.'),
    "a value": ("SELECT 1 / 0", "A value does not have the form that the database demands (SQLSTATE 22012)."),
    "a rule": (
        "INSERT INTO public.bad VALUES (1), (1); CREATE UNIQUE INDEX bad_id_key ON public.bad (id)",
        "A record with the same key exists already (bad_id_key of bad).",
    ),
    "a right": ("CREATE ROLE somebody", "Permission denied to create role."),
    "a wait": (
        "SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(60)",
        "Canceling statement due to statement timeout.",
    ),
}


@pytest.mark.parametrize(("failing", "reason"), FAILURES.values(), ids=FAILURES.keys())
async def test_the_message_names_the_migration_and_the_reason(
    cluster: Cluster, database: str, tmp_path: Path, failing: str, reason: str
) -> None:
    package = InstalledPackage(tmp_path)
    freeze(package.migrations / BAD, source(f"{MENDED_SQL}; {failing}; SELECT 1"))
    before = await catalogue_of(cluster.url("owner", database))
    failed = await package.upgrade(cluster.settings(database))
    assert (failed.status, failed.output) == (1, "")
    assert failed.errors == f"{BAD} failed and was rolled back: {reason}\n"
    assert_same(before, await catalogue_of(cluster.url("owner", database)), after="a migration that failed")


async def test_what_came_before_stays_and_a_mended_migration_goes_on(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    package, url = InstalledPackage(tmp_path), cluster.url("owner", database)
    settings = cluster.settings(database)
    freeze(package.migrations / GOOD, source(GOOD_SQL))
    freeze(package.migrations / BAD, source(f"{MENDED_SQL}; SELECT 1 / 0"))

    assert (await package.upgrade(settings)).status == 1
    assert await applied(url) == [*packaged(), GOOD]
    tables = (await catalogue_of(url)).names("table")
    assert "public.good" in tables
    assert "public.bad" not in tables

    freeze(package.migrations / BAD, source(MENDED_SQL))
    mended = await package.upgrade(settings)
    assert (mended.status, mended.output) == (0, f"{BAD}\n"), mended.errors
    assert await applied(url) == [*packaged(), GOOD, BAD]
    assert "public.bad" in (await catalogue_of(url)).names("table")


async def test_the_command_line_rolls_back_too(cluster: Cluster, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    folder.bring()
    folder.add(BAD, source(f"{MENDED_SQL}; SELECT 1 / 0"))
    async with cluster.empty() as name:
        settings, url = cluster.settings(name), cluster.url("owner", name)
        failed = await aerich(settings, "upgrade", folder=tmp_path)
        assert failed.status == 1
        assert "division by zero" in failed.errors.splitlines()[-1]
        assert await applied(url) == packaged()
        migrated = await catalogue_of(cluster.url("owner", cluster.template))
        assert_same(migrated, await catalogue_of(url), after="a migration that failed")

        folder.add(BAD, source(MENDED_SQL))
        mended = await aerich(settings, "upgrade", folder=tmp_path)
        assert (mended.status, mended.output) == (0, f"Success upgrading to {BAD}\n"), mended.errors


async def test_a_failure_lets_the_next_upgrade_of_the_same_process_in(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    folder, settings = MigrationFolder(tmp_path), cluster.settings(database, migration_lock_timeout=10)
    folder.bring()
    folder.add(BAD, source("SELECT 1 / 0"))
    with pytest.raises(OperationalError):
        async with folder.command(settings) as command:
            await command.upgrade()
    assert await upgrade(settings) == []


async def test_a_server_that_cannot_be_reached_is_a_clear_error() -> None:
    with pytest.raises(MigrationFailed, match=r"^The database cannot be reached: "):
        await upgrade(NOWHERE)
