"""`trust-models upgrade`: what it does, and what it says when it cannot."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.addresses import SECRET, urls, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.processes import happens
from tests.fixtures.program import Ended, Program, ended
from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged

INTERRUPTED = 130
WAITING = "Another migration of this database is running; waiting for it to end.\n"
MALFORMED = {
    "no-url": (SECRET, "the text is not a URL; write it as postgresql://user:password@host:5432/database."),
    "a-bare-slash": (
        f"postgresql://u:{SECRET}/@h/d",
        (
            "the URL has an '@', '/', '?' or '#' where it does not belong; percent-encode it in the user, password and"
            " parameters ('@' is %40, '/' is %2F, '?' is %3F, '#' is %23)."
        ),
    ),
}


async def upgrade(folder: Path, environment: Mapping[str, str]) -> Ended:
    """Run the upgrade."""
    return await Program(folder, environment=environment).run("upgrade")


async def refused(folder: Path, environment: Mapping[str, str], *, secret: str) -> Ended:
    """Run the upgrade, which fails with one message; neither it nor what --debug adds shows the secret."""
    program = Program(folder, environment=environment)
    runs = await asyncio.gather(program.run("upgrade"), program.run("--debug", "upgrade"))
    assert secret not in "".join(run.said for run in runs)
    plain, debugged = (Ended(run.status, run.output, run.errors.replace(WAITING, "")) for run in runs)
    assert plain.output == ""
    assert plain.errors.startswith("error: ")
    assert plain.errors.count("\n") == 1
    assert debugged.status == plain.status
    assert debugged.errors.startswith("Traceback ")
    return plain


async def applied(cluster: Cluster, database: str) -> list[str]:
    """Return the migrations that a database has."""
    connection = await connect(cluster.url("owner", database))
    rows = await connection.fetch("SELECT version FROM aerich ORDER BY id")
    await connection.close()
    return [row["version"] for row in rows]


async def test_it_applies_every_migration_once(cluster: Cluster, tmp_path: Path) -> None:
    async with cluster.empty() as name:
        first = await upgrade(tmp_path, urls(cluster, name))
        assert (first.status, first.errors) == (0, "")
        assert first.output.splitlines() == [*(f"applied {one}" for one in packaged()), "the schema is up to date"]
        second = await upgrade(tmp_path, urls(cluster, name))
        assert (second.status, second.said) == (0, "nothing to do: the schema is up to date\n")
        assert await applied(cluster, name) == packaged()


async def test_a_database_that_is_behind_gets_the_rest(cluster: Cluster, database: str, tmp_path: Path) -> None:
    owner = await connect(cluster.url("owner", database))
    last = packaged()[-1]
    await owner.execute((location() / APP / last).with_suffix(".down.sql").read_text())
    await owner.execute("DELETE FROM aerich WHERE version = $1", last)
    await owner.close()
    run = await upgrade(tmp_path, urls(cluster, database))
    assert (run.status, run.said) == (0, f"applied {last}\nthe schema is up to date\n")


async def test_a_database_that_is_ahead_is_left_alone(cluster: Cluster, database: str, tmp_path: Path) -> None:
    owner = await connect(cluster.url("owner", database))
    await owner.execute(
        "INSERT INTO aerich (version, app, content) VALUES ('99_20990101000000_later.py', 'trust', '{}')"
    )
    await owner.close()
    run = await refused(tmp_path, urls(cluster, database), secret=cluster.password)
    assert run.status == 1
    assert run.errors == (
        "error: The database is ahead of this package: it has 99_20990101000000_later.py, which the package does not"
        " know. Install the version of trust-models that the database was upgraded with, or a newer one.\n"
    )


async def test_no_url(tmp_path: Path) -> None:
    run = await upgrade(tmp_path, {})
    assert (run.status, run.output) == (2, "")
    assert run.errors == (
        "error: DATABASE_URL: it is not set; give postgresql://user:password@host:5432/database?sslmode=verify-full.\n"
    )


@pytest.mark.parametrize(("url", "message"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_url(tmp_path: Path, url: str, message: str) -> None:
    run = await refused(tmp_path, {"DATABASE_URL": url}, secret=SECRET)
    assert (run.status, run.errors) == (2, f"error: DATABASE_URL: {message}\n")


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await refused(tmp_path, variables(url), secret=SECRET)
    assert run.status == 1
    assert run.errors.startswith("error: The database cannot be reached: ")
    assert f"'{url.host}', {url.port}" in run.errors


async def test_a_database_that_is_not_there(cluster: Cluster, tmp_path: Path) -> None:
    run = await refused(tmp_path, urls(cluster, "no_such_database"), secret=cluster.password)
    assert run.status == 1
    assert "no_such_database" in run.errors


async def test_a_wrong_password(cluster: Cluster, database: str, tmp_path: Path) -> None:
    wrong = cluster.url("owner", database).replace(password=SECRET)
    run = await refused(tmp_path, variables(wrong), secret=SECRET)
    assert (run.status, run.errors) == (
        1,
        f'error: Password authentication failed for user "{cluster.login("owner")}".\n',
    )


async def test_a_role_without_rights(cluster: Cluster, tmp_path: Path) -> None:
    async with cluster.empty() as name:
        run = await refused(tmp_path, urls(cluster, name, migrate_as="app"), secret=cluster.password)
    assert run.status == 1
    assert "Permission denied for " in run.errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_one_that_is_interrupted_is_completed_by_the_next(
    cluster: Cluster, tmp_path: Path, number: signal.Signals
) -> None:
    """A table that another transaction is about to make stops the migration that makes it."""
    stopped = next(one for one in packaged() if "CREATE TABLE public.labs" in script(one))
    async with cluster.empty() as name:
        admin = await connect(cluster.url("admin", name))
        obstacle = admin.transaction()
        await obstacle.start()
        await admin.execute("CREATE TABLE public.labs (id integer)")
        async with Program(tmp_path, environment=urls(cluster, name)).started("upgrade") as process:
            assert await happens(lambda: somebody_waits_for(cluster.admin, admin))
            os.killpg(process.pid, number)
            run = await ended(process)
        assert await applied(cluster, name) == packaged()[: packaged().index(stopped)]
        await obstacle.rollback()
        await admin.close()

        again = await upgrade(tmp_path, urls(cluster, name))
        assert again.status == 0, again.errors
        assert again.output.splitlines()[0] == f"applied {stopped}"
        assert await applied(cluster, name) == packaged()
    if number == signal.SIGINT:
        assert (run.status, run.errors) == (INTERRUPTED, "\ninterrupted; nothing is left running\n")
    else:
        assert run.status == -number


def script(migration: str) -> str:
    """Return the SQL of a migration."""
    return (location() / APP / migration).with_suffix(".up.sql").read_text()


async def somebody_waits_for(observer: asyncpg.Connection, holder: asyncpg.Connection) -> bool:
    """Tell whether a statement waits for a transaction of `holder`."""
    found = await observer.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))", holder.get_server_pid()
    )
    return bool(found)
