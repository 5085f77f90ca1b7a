"""An upgrade begins only on files and on a schema that are what they were made as."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.aerich_cli import aerich
from tests.fixtures.bookkeeping import applied
from tests.fixtures.cluster import Cluster
from tests.fixtures.drifts import stopping, told
from tests.fixtures.installed_package import InstalledPackage
from tests.fixtures.migration_folder import MigrationFolder, freeze, source
from trust_models.db.config import APP
from trust_models.db.schema_head import packaged
from trust_models.errors import SchemaDrifted
from trust_models.schema import migrations
from trust_models.schema.drift import drift

LATER = f"{len(packaged())}_20990101000000_later.py"
DROPPED = "DROP TRIGGER t80_touch ON public.users"
REFUSED = (
    "The schema is not what its migrations made: missing trigger public.users.t80_touch. `trust-models drift` shows"
    " what differs. Put it back, or go on from exactly this state by `trust-models upgrade --accept-drift {}`."
)
STOPPING = (
    "CREATE TRIGGER t00_skip BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION trust.touch()",
    "CREATE RULE ignore AS ON DELETE TO public.users DO INSTEAD NOTHING",
    "CREATE POLICY hide ON public.users USING (false)",
    "ALTER TABLE public.users ADD CONSTRAINT never CHECK (false) NOT VALID",
    "ALTER TABLE public.users ADD nickname text",
    "CREATE INDEX stray ON public.users (created_at)",
    "GRANT SELECT ON public.users TO pg_monitor",
    "REVOKE SELECT ON public.labs FROM trust_reader",
    "CREATE FUNCTION trust.stray() RETURNS integer LANGUAGE sql RETURN 1",
    "CREATE TABLE trust.stray (id integer)",
    "CREATE TABLE public.stray () INHERITS (public.feature_flags)",
)
NOT_STOPPING = (
    "CREATE TABLE public.stray (id integer PRIMARY KEY, label text DEFAULT 'x' CHECK (label <> ''))",
    "CREATE VIEW public.people AS SELECT id FROM public.users; GRANT SELECT ON public.people TO pg_monitor",
    "CREATE FUNCTION public.half(integer) RETURNS integer LANGUAGE sql RETURN $1 / 2",
    "CREATE TYPE public.mood AS ENUM ('good')",
    "CREATE SEQUENCE public.numbers",
    "CREATE TABLE public.parent (id integer); CREATE TABLE public.child () INHERITS (public.parent)",
    "GRANT USAGE ON SCHEMA public TO pg_monitor",
)


@pytest.fixture
def folder(tmp_path: Path) -> MigrationFolder:
    """The migrations, and a later one that no database has."""
    folder = MigrationFolder(tmp_path)
    folder.bring()
    folder.add(LATER, source("CREATE TABLE public.later (id integer)"))
    return folder


@pytest.mark.parametrize("statement", STOPPING)
async def test_what_touches_objects_of_ours_stops_an_upgrade(owner: asyncpg.Connection, statement: str) -> None:
    await owner.execute(statement)
    assert stopping(await drift(owner))


@pytest.mark.parametrize("statement", NOT_STOPPING)
async def test_what_others_keep_in_public_is_told_and_stops_nothing(owner: asyncpg.Connection, statement: str) -> None:
    await owner.execute(statement)
    found = await drift(owner)
    assert told(found)
    assert stopping(found) == []


async def test_aerich_refuses_and_runs_nothing(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    settings = cluster.settings(database)
    await owner.execute(DROPPED)
    found = await drift(owner)
    refused = await aerich(settings, "upgrade", folder=folder.root)
    assert (refused.status, refused.output) == (1, "")
    assert refused.errors == f"Error: {REFUSED.format(found.acceptance)}\n"
    assert await applied(cluster.url("owner", database)) == packaged()
    assert await owner.fetchval("SELECT to_regclass('public.later')") is None

    for command in ("heads", "history"):
        looked = await aerich(settings, command, folder=folder.root)
        assert (looked.status, looked.output.splitlines()[-1]) == (0, LATER), looked.errors


async def test_aerich_goes_on_beside_objects_of_others(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    await owner.execute("CREATE TABLE public.stray (id integer)")
    done = await aerich(cluster.settings(database), "upgrade", folder=folder.root)
    assert (done.status, done.output) == (0, f"Success upgrading to {LATER}\n"), done.errors


async def test_a_migration_without_a_transaction_is_held_back_too(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    text = source("CREATE INDEX CONCURRENTLY later ON public.users (created_at)")
    folder.add(LATER, text.replace("RUN_IN_TRANSACTION = True", "RUN_IN_TRANSACTION = False"))
    await owner.execute(DROPPED)
    refused = await aerich(cluster.settings(database), "upgrade", folder=folder.root)
    assert refused.status == 1
    assert await owner.fetchval("SELECT to_regclass('public.later')") is None


async def test_going_back_is_not_held_back(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    await owner.execute(DROPPED)
    back = await aerich(cluster.settings(database), "downgrade", "--yes", folder=folder.root)
    assert back.status == 0, back.errors
    assert await applied(cluster.url("owner", database)) == packaged()[:-1]


async def test_a_database_that_is_behind_is_compared_with_what_it_should_be(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    settings, url = cluster.settings(database), cluster.url("owner", database)
    async with folder.command(settings) as command:
        await command.downgrade(len(packaged()) - 2, delete=False)
    behind = packaged()[:-2]
    assert ((await drift(owner)).applied, told(await drift(owner))) == (tuple(behind), [])

    await owner.execute(DROPPED)
    assert told(await drift(owner)) == ["missing trigger public.users.t80_touch"]
    with pytest.raises(SchemaDrifted) as caught:
        await migrations.upgrade(settings)
    assert str(caught.value) == REFUSED.format((await drift(owner)).acceptance)
    assert await applied(url) == behind


async def test_a_drift_can_be_accepted_and_no_other(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    settings = cluster.settings(database)
    async with folder.command(settings) as command:
        await command.downgrade(-1, delete=False)
    await owner.execute(DROPPED)
    accepted = (await drift(owner)).acceptance

    await owner.execute("CREATE TABLE public.stray (id integer)")  # stops nothing, so it changes nothing here
    await owner.execute("ALTER TABLE public.labs DISABLE TRIGGER t80_touch")
    with pytest.raises(SchemaDrifted, match=r"disabled trigger public\.labs\.t80_touch, missing trigger public\.users"):
        await migrations.upgrade(settings, accepted_drift=accepted)
    await owner.execute("ALTER TABLE public.labs ENABLE ALWAYS TRIGGER t80_touch")
    assert await migrations.upgrade(settings, accepted_drift=accepted) == packaged()[-1:]


async def test_with_nothing_to_apply_nothing_is_asked(
    cluster: Cluster, database: str, owner: asyncpg.Connection
) -> None:
    await owner.execute(DROPPED)
    assert await migrations.upgrade(cluster.settings(database)) == []


async def test_only_the_first_few_objects_are_named(
    cluster: Cluster, database: str, owner: asyncpg.Connection, folder: MigrationFolder
) -> None:
    await owner.execute("ALTER TABLE public.subscriptions DISABLE TRIGGER USER; DROP FUNCTION trust.touch() CASCADE")
    count = len((await drift(owner)).refused)
    refused = await aerich(cluster.settings(database), "upgrade", folder=folder.root)
    assert refused.errors.startswith(
        "Error: The schema is not what its migrations made: missing function trust.touch(), missing grant function"
        f" trust.touch() to <owner>, missing owner function trust.touch() and {count - 3} more. "
    )


def tamper(folder: Path) -> str:
    file = folder / LATER
    file.write_text(file.read_text().replace("public.later", "public.planted"))
    return f"changed {LATER}"


def plant(folder: Path) -> str:
    (folder / "99_20990101000000_planted.py").write_text(source("CREATE TABLE public.planted (id integer)"))
    return "unknown 99_20990101000000_planted.py"


def lose(folder: Path) -> str:
    (folder / packaged()[0]).with_suffix(".up.sql").unlink()
    return f"missing {Path(packaged()[0]).stem}.up.sql"


def soften(folder: Path) -> str:
    file = (folder / packaged()[1]).with_suffix(".catalogue.json")
    file.write_text(file.read_text().replace("ENABLE ALWAYS", "DISABLED"))
    return f"changed {file.name}"


@pytest.mark.parametrize("harm", [tamper, plant, lose, soften])
async def test_files_that_are_not_as_listed_stop_both_commands(
    cluster: Cluster,
    database: str,
    folder: MigrationFolder,
    tmp_path_factory: pytest.TempPathFactory,
    harm: Callable[[Path], str],
) -> None:
    settings, url = cluster.settings(database), cluster.url("owner", database)
    package = InstalledPackage(tmp_path_factory.mktemp("installed"))
    freeze(package.migrations / LATER, source("CREATE TABLE public.later (id integer)"))
    what = harm(folder.location / APP)
    harm(package.migrations)
    message = f"The frozen migrations are not as their manifest says: {what}. "
    refused = await aerich(settings, "upgrade", folder=folder.root)
    assert refused.status == 1
    assert refused.errors.startswith(f"Error: {message}")
    refused = await package.upgrade(settings)
    assert refused.status == 1
    assert f"SchemaDrifted: {message}" in refused.errors
    assert await applied(url) == packaged()
