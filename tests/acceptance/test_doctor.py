"""`trust-models doctor` as an operator or a monitoring system runs it."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.addresses import SECRET, urls, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster
from tests.fixtures.program import Program


@pytest.fixture
def program(cluster: Cluster, database: str, tmp_path: Path) -> Program:
    return Program(tmp_path, environment=urls(cluster, database))


async def test_a_healthy_database(program: Program) -> None:
    run = await program.run("doctor")
    assert (run.status, run.errors) == (0, "")
    lines = run.output.splitlines()
    assert "0 wrong" in lines[-1]
    assert any(line.startswith("✓ guards ") for line in lines)


async def test_a_fault_says_what_mends_it(program: Program, admin: asyncpg.Connection) -> None:
    await admin.execute("DROP TRIGGER t10_immutable_truncate ON trust.audit_segment_000002")
    run = await program.run("doctor")
    assert (run.status, run.errors) == (1, "")
    lines = run.output.splitlines()
    (place,) = (number for number, line in enumerate(lines) if line.startswith("✗ guards "))
    assert lines[place + 1].split() == ["trust.audit_segment_000002:", "TRUNCATE"]
    assert lines[place + 2].strip().startswith("mend: ")


async def test_json_for_monitoring(program: Program, admin: asyncpg.Connection) -> None:
    healthy = await program.run("doctor", "--json")
    assert healthy.status == 0
    assert json.loads(healthy.output)["healthy"] is True
    await admin.execute("GRANT DELETE ON audit_logs TO trust_app")
    run = await program.run("doctor", "--json")
    assert run.status == 1
    report = json.loads(run.output)
    assert report["healthy"] is False
    wrong = {finding["check"]: finding for finding in report["findings"] if finding["status"] == "failed"}
    assert wrong.keys() == {"schema", "service rights"}
    assert wrong["service rights"]["detail"] == "audit_logs: DELETE"
    assert all(finding["mend"] for finding in wrong.values())


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await Program(tmp_path, environment=variables(url)).run("doctor")
    assert run.status == 1
    assert "The database cannot be reached" in run.output
    assert SECRET not in run.said
