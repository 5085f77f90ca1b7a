"""A run leaves nothing, however it ends, and makes nobody wait for long."""

import time
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.bookkeeping import connected
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.processes import happens
from tests.fixtures.program import Program
from tests.fixtures.sieges import every_role, named, of, siege
from trust_models.attack.outcome import Verdict
from trust_models.attack.path import AT_RUN_TIME, Family
from trust_models.attack.stage import APPLICATION, bare_stage
from trust_models.errors import TimedOut

TABLES = """
    SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p')
      AND relnamespace IN ('public'::regnamespace, 'trust'::regnamespace) ORDER BY name"""
ROLES = "SELECT string_agg(r::text, chr(10) ORDER BY rolname) FROM pg_roles AS r"
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2"


async def everything(admin: asyncpg.Connection) -> list[tuple[str, str]]:
    """Every row of every table, the roles, their settings, and what waits for a second phase."""
    found = []
    for table in [row["name"] for row in await admin.fetch(TABLES)]:
        rows = f"SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} AS t"  # noqa: S608 - quoted
        found.append((str(table), str(await admin.fetchval(rows))))
    found.append(("roles", str(await admin.fetchval(ROLES))))
    found.append(("settings", str(await admin.fetch("SELECT * FROM pg_db_role_setting ORDER BY 1, 2"))))
    found.append(("prepared", str(await admin.fetchval("SELECT count(*) FROM pg_prepared_xacts"))))
    return found


@pytest.fixture
async def with_records(admin: asyncpg.Connection) -> None:
    """A database in which people have worked."""
    await records.proof(admin)
    await records.lesson_version(admin)
    await records.event(admin)


@pytest.mark.usefixtures("with_records")
async def test_a_run_changes_nothing(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    rows, catalogue = await everything(admin), await catalogue_of(cluster.url("admin", database))
    result = await siege(every_role(cluster, database), of(*Family))
    assert (result.damage, result.is_failure) == ([], False)
    assert await everything(admin) == rows
    assert_same(catalogue, await catalogue_of(cluster.url("admin", database)), "an attack")


@pytest.mark.usefixtures("with_records")
async def test_a_killed_run_leaves_nothing(
    cluster: Cluster, database: str, admin: asyncpg.Connection, tmp_path: Path
) -> None:
    rows, catalogue = await everything(admin), await catalogue_of(cluster.url("admin", database))
    logins = every_role(cluster, database)
    assert logins.admin
    environment = {
        "DATABASE_URL": logins.service.to_url(),
        "TRUST_ADMIN_DATABASE_URL": logins.admin.to_url(),
    }

    async def is_at_work() -> bool:
        return bool(await admin.fetchval(f"{CONNECTED} AND backend_xid IS NOT NULL", database, APPLICATION))

    async def is_gone() -> bool:
        return not await admin.fetchval(CONNECTED, database, APPLICATION)

    async with Program(tmp_path, environment=environment).started("attack") as process:
        assert await happens(is_at_work)
        process.kill()
        await process.wait()
    assert await happens(is_gone)
    assert await everything(admin) == rows
    assert_same(catalogue, await catalogue_of(cluster.url("admin", database)), "a killed attack")


@pytest.mark.parametrize("role", ["admin", "owner", "app", "reader"])
@pytest.mark.parametrize(
    ("end", "error"),
    [("COMMIT", asyncpg.DivisionByZeroError), ("PREPARE TRANSACTION 'attack'", asyncpg.FeatureNotSupportedError)],
)
async def test_a_stage_can_neither_commit_nor_be_prepared(
    cluster: Cluster, database: str, role: str, end: str, error: type[asyncpg.PostgresError]
) -> None:
    async def finish() -> None:
        async with bare_stage(cluster.url(role, database)) as stage:
            await stage.connection.execute(end)

    with pytest.raises(error):
        await finish()


async def test_a_commit_on_a_stage_fails(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    async def commit() -> None:
        async with bare_stage(cluster.url("owner", database)) as stage:
            await stage.connection.execute("CREATE TABLE public.trust_attack ()")
            await stage.connection.execute("COMMIT")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await commit()
    assert await admin.fetchval("SELECT to_regclass('public.trust_attack')") is None


async def test_a_table_that_others_write_to_is_let_be(cluster: Cluster, database: str) -> None:
    paths = named("truncate", "delete a row", "rename the table", "drop the table")
    async with connected(cluster.url("app", database)) as writer, writer.transaction():
        await records.proof(writer)
        begun = time.monotonic()
        result = await siege(every_role(cluster, database), paths)
        took = time.monotonic() - begun
    waited = [one for one in result.outcomes if one.finding.verdict is Verdict.NOT_TRIED]
    assert ("owner", "drop the table", "public.proof_artifacts") in {
        (one.attacker, one.path.name, one.on) for one in waited
    }
    assert not any(one.attacker in AT_RUN_TIME for one in waited)  # who has no right waits for no lock
    assert not result.is_failure
    # As the owner and as a superuser: twice a second for each of the tables that are written to, then no more.
    assert took < 2 * 2 * 12


async def test_a_table_that_others_keep_to_themselves_ends_the_run(cluster: Cluster, database: str) -> None:
    async with connected(cluster.url("admin", database)) as held, held.transaction():
        await held.execute("LOCK TABLE proof_artifacts IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        with pytest.raises(TimedOut):
            await siege(every_role(cluster, database), named("truncate"))
        assert time.monotonic() - begun < 10
