"""scripts/verify_immutability.sql, as a person with psql runs it."""

from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.program import Ended
from tests.fixtures.psql import run_script
from trust_models.models import APPEND_ONLY_TABLES

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_immutability.sql"
PSQL_SCRIPT_ERROR = 3


async def verified(cluster: Cluster, database: str, role: str) -> Ended:
    return await run_script(SCRIPT, cluster.url(role, database))


def verdicts(run: Ended) -> list[str]:
    words = ("refused", "OPEN", "unclear")
    return [line for line in run.output.splitlines() if line.startswith(words)]


@pytest.mark.parametrize(
    ("role", "sqlstate"),
    [("app", "42501"), ("reader", "42501"), ("archiver", "42501"), ("owner", "23T0"), ("admin", "23T0")],
)
async def test_every_role_is_refused(cluster: Cluster, database: str, role: str, sqlstate: str) -> None:
    run = await verified(cluster, database, role)
    assert run.status == 0, run.said
    lines = verdicts(run)
    assert all(line.startswith(f"refused {sqlstate}") for line in lines), run.output
    for table in APPEND_ONLY_TABLES:
        assert sum(table in line for line in lines) >= 5
        assert f"public.{table}" in run.output
    assert run.output.endswith("Everything was refused, and nothing was changed.\n")


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("GRANT UPDATE ON lab_versions TO trust_app; ALTER TABLE lab_versions DISABLE TRIGGER USER", "OPEN"),
        ("ALTER TABLE proof_artifacts DISABLE TRIGGER t10_immutable", "NOT ALWAYS"),
        ("DROP TRIGGER t10_immutable_truncate ON trust.audit_segment_000001", "MISSING"),
        ("DROP TABLE proof_artifacts", "unclear 42P01"),
    ],
)
async def test_a_hole_is_shown(
    cluster: Cluster, database: str, admin: asyncpg.Connection, fault: str, shown: str
) -> None:
    await admin.execute(fault)
    run = await verified(cluster, database, "app")
    assert run.status == PSQL_SCRIPT_ERROR
    assert shown in run.output
    assert "Everything was refused" not in run.output
    assert "Not everything was refused" in run.errors


async def test_an_attempt_that_went_through_is_rolled_back(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    for table in ("audit_logs", "trust.audit_segment_000000"):
        await admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await admin.execute(
        "INSERT INTO audit_logs (actor_type, action, outcome, entity_type, context) VALUES"
        """ ('SYSTEM', 'a.b', 'SUCCESS', 'lab', '{"database_role": "x", "database_login": "x"}')"""
    )
    run = await verified(cluster, database, "owner")
    assert any(line.split(maxsplit=1) == ["OPEN", "remove the records of audit_logs"] for line in verdicts(run))
    assert await admin.fetchval("SELECT count(*) FROM audit_logs") == 1
