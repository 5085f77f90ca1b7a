"""Migrating under the schema lock: refused without an override, which names the mend, and done with it."""

from pathlib import Path

import pytest

from tests.fixtures.aerich_cli import aerich
from tests.fixtures.bookkeeping import applied, connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.installed_package import InstalledPackage
from tests.fixtures.locked import allow, state
from tests.fixtures.migration_folder import MigrationFolder, freeze, source
from tests.fixtures.refusals import refused
from trust_models.db.schema_head import packaged
from trust_models.schema.lock.engage import engage
from trust_models.schema.lock.status import status

NAME = f"{len(packaged())}_20990101000000_good.py"
TEXT = "CREATE TABLE public.good (id integer); CREATE INDEX good_id_idx ON public.good (id)"
REFUSAL = (
    f"{NAME} was not applied. The schema is locked, and no override allows this text (SHA-256 "
    "{hash}): nobody has asked for one. Ask for an override: `trust-models lock request "
    f"{NAME} --reason '...'`."
)


@pytest.fixture
async def locked(cluster: Cluster, database: str) -> str:
    """The name of a database that is at head and locked."""
    await engage(cluster.url("admin", database))
    return database


def shortened(message: str) -> str:
    """A message with its hash left out."""
    start = message.index("(SHA-256 ") + len("(SHA-256 ")
    return message[:start] + "{hash}" + message[message.index(")", start) :]


@pytest.fixture
def folder(tmp_path: Path) -> MigrationFolder:
    """A checkout with one more migration."""
    folder = MigrationFolder(tmp_path)
    folder.bring()
    folder.add(NAME, source(TEXT))
    return folder


async def test_aerich_needs_an_override(cluster: Cluster, locked: str, folder: MigrationFolder) -> None:
    settings, url = cluster.settings(locked), cluster.url("owner", locked)
    before = await aerich(settings, "upgrade", folder=folder.root)
    assert (before.status, before.output) == (1, "")
    assert shortened(before.errors) == f"Error: {REFUSAL}\n"
    assert await applied(url) == packaged()

    override = await allow(cluster, locked, TEXT, NAME)
    after = await aerich(settings, "upgrade", folder=folder.root)
    assert (after.status, after.output) == (0, f"Success upgrading to {NAME}\n"), after.errors
    assert await applied(url) == [*packaged(), NAME]
    assert await state(cluster, locked, override) == "used"
    assert (await status(url)).problems == ()

    again = await aerich(settings, "upgrade", folder=folder.root)
    assert (again.status, again.output) == (0, "No upgrade items found\n")


async def test_the_program_needs_an_override(cluster: Cluster, locked: str, tmp_path: Path) -> None:
    package = InstalledPackage(tmp_path)
    freeze(package.migrations / NAME, source(TEXT))
    before = await package.upgrade(cluster.settings(locked))
    assert (before.status, before.output) == (1, "")
    assert shortened(before.errors) == f"{REFUSAL}\n"

    await allow(cluster, locked, TEXT, NAME)
    after = await package.upgrade(cluster.settings(locked))
    assert (after.status, after.output) == (0, f"{NAME}\n"), after.errors


async def test_an_override_for_another_migration_s_name_is_of_no_use(
    cluster: Cluster, locked: str, folder: MigrationFolder
) -> None:
    override = await allow(cluster, locked, TEXT, "99_another.py")
    run = await aerich(cluster.settings(locked), "upgrade", folder=folder.root)
    assert run.status == 1
    assert run.errors.startswith("Error: INSERT is refused: the schema is locked, and no override was used for it.")
    assert await state(cluster, locked, override) == "approved"
    assert await applied(cluster.url("owner", locked)) == packaged()


async def test_a_migration_outside_of_a_transaction_is_refused(
    cluster: Cluster, locked: str, folder: MigrationFolder
) -> None:
    text = "CREATE INDEX CONCURRENTLY good_id_idx ON public.labs (title)"
    folder.add(NAME, source(text).replace("RUN_IN_TRANSACTION = True", "RUN_IN_TRANSACTION = False"))
    await allow(cluster, locked, text, NAME)
    run = await aerich(cluster.settings(locked), "upgrade", folder=folder.root)
    assert run.status == 1
    assert run.errors == (
        f"Error: {NAME} was not applied. The schema is locked, and an override lets a migration through only in a"
        " transaction. Release the lock for it: `trust-models lock request --release`.\n"
    )


async def test_nothing_is_marked_as_applied_or_taken_back_without_an_override(
    cluster: Cluster, locked: str, folder: MigrationFolder
) -> None:
    settings = cluster.settings(locked)
    for arguments in (("upgrade", "--fake"), ("downgrade", "--yes"), ("downgrade", "--fake", "--yes")):
        run = await aerich(settings, *arguments, folder=folder.root)
        assert run.status == 1, arguments
        assert run.errors.startswith("Error: "), run.errors
        assert "the schema is locked" in run.errors.lower()
    assert await applied(cluster.url("owner", locked)) == packaged()


@pytest.mark.parametrize("role", ["owner", "admin"])
async def test_aerich_s_table_is_held_in_raw_sql_as_well(cluster: Cluster, locked: str, role: str) -> None:
    async with connected(cluster.url(role, locked)) as connection:
        for statement in (
            "INSERT INTO aerich (version, app, content) VALUES ('x', 'trust', '{}')",
            "DELETE FROM aerich",
        ):
            async with refused(connection, "42T01", "schema_lock_bookkeeping"):
                await connection.execute(statement)


async def test_a_downgrade_passes_with_an_override_of_its_own(
    cluster: Cluster, locked: str, folder: MigrationFolder
) -> None:
    settings = cluster.settings(locked)
    await allow(cluster, locked, TEXT, NAME)
    assert (await aerich(settings, "upgrade", folder=folder.root)).status == 0
    down = "SELECT 1"  # what `source` takes a migration back with
    await allow(cluster, locked, down, NAME)
    run = await aerich(settings, "downgrade", "--yes", folder=folder.root)
    assert (run.status, run.output) == (0, f"Success downgrading to {NAME}\n"), run.errors
