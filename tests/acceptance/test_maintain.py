"""`trust-models maintain`: segments of the audit log, made ahead by a role that may."""

from pathlib import Path

import pytest

from tests.fixtures.addresses import SECRET, urls, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.program import Program


async def segments(cluster: Cluster, database: str) -> int:
    """Count the segments that a database has."""
    connection = await connect(cluster.url("owner", database))
    count = await connection.fetchval(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.audit_logs'::regclass"
    )
    await connection.close()
    return int(count)


@pytest.mark.parametrize("role", ["owner", "archiver"])
async def test_it_makes_what_is_missing_and_then_nothing(
    cluster: Cluster, database: str, tmp_path: Path, role: str
) -> None:
    program = Program(tmp_path, environment=urls(cluster, database, migrate_as=role))
    before = await segments(cluster, database)
    first = await program.run("maintain", "--ahead", "7")
    assert (first.status, first.errors) == (0, "")
    made = await segments(cluster, database) - before
    assert made > 0
    assert first.output == f"audit segments made: {made}; ready ahead: at least 7\n"

    second = await program.run("maintain", "--ahead", "7")
    assert (second.status, second.said) == (0, "audit segments made: 0; ready ahead: at least 7\n")
    assert await segments(cluster, database) == before + made


async def test_a_service_may_not(cluster: Cluster, database: str, tmp_path: Path) -> None:
    run = await Program(tmp_path, environment=urls(cluster, database, migrate_as="app")).run("maintain")
    assert (run.status, run.said) == (1, "error: Permission denied for function ensure_audit_segments.\n")


async def test_a_database_without_the_schema_says_what_to_do(cluster: Cluster, tmp_path: Path) -> None:
    async with cluster.empty() as name:
        run = await Program(tmp_path, environment=urls(cluster, name)).run("maintain")
    assert run.status == 1
    assert run.said == "error: The database has no trust_models schema yet. Run `trust-models upgrade`.\n"


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await Program(tmp_path, environment=variables(url)).run("maintain")
    assert (run.status, run.output) == (1, "")
    assert run.errors.startswith("error: The database cannot be reached: ")
    assert SECRET not in run.errors


@pytest.mark.parametrize("ahead", ["0", "101", "many"])
async def test_a_number_that_makes_no_sense_is_a_wrong_usage(tmp_path: Path, ahead: str) -> None:
    run = await Program(tmp_path).run("maintain", "--ahead", ahead)
    assert (run.status, run.output) == (2, "")
    assert "--ahead" in run.errors
    assert "Traceback" not in run.errors
