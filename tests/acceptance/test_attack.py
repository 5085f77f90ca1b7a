"""`trust-models attack`: as a person runs it, on a database that was migrated and has no rows."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fixtures.addresses import SECRET, urls, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster
from tests.fixtures.program import Program
from trust_models.attack.path import Attacker, Family
from trust_models.attack.paths import EVERY, NOT_TRIED

KEYS = {
    "attacker": str,
    "role": str,
    "family": str,
    "path": str,
    "target": str | None,
    "verdict": str,
    "by": str,
    "sqlstate": str | None,
    "should_be_closed": bool,
    "decided_by_catalogue": bool,
}
PRODUCTION = "CREATE OR REPLACE FUNCTION trust.environment() RETURNS text LANGUAGE sql AS $$SELECT 'production'$$"


def with_admin(cluster: Cluster, database: str) -> Mapping[str, str]:
    """The environment of somebody who has a superuser's URL as well; its database is another."""
    return {**urls(cluster, database), "TRUST_ADMIN_DATABASE_URL": cluster.admin_url.to_url()}


@pytest.fixture(scope="module")
async def whole(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report on a run as every role."""
    async with cluster.clone() as name:
        folder = tmp_path_factory.mktemp("attack")
        run = await Program(folder, environment=with_admin(cluster, name)).run("attack", "--json")
    assert (run.status, run.errors) == (0, "")
    report: dict[str, Any] = json.loads(run.output)
    return report


def test_every_path_that_should_be_closed_is_closed(whole: dict[str, Any]) -> None:
    assert whole["failed"] is False
    assert whole["damage"] == []
    through = [one for one in whole["attempts"] if one["should_be_closed"] and one["verdict"] != "prevented"]
    assert through == []
    assert {one["verdict"] for one in whole["attempts"]} <= {"prevented", "detected", "open"}


def test_every_path_is_tried_or_named_with_the_reason(whole: dict[str, Any]) -> None:
    tried = {(one["family"], one["path"]) for one in whole["attempts"]}
    left = {(str(one.family), one.name) for one in EVERY} - tried
    assert {f"{family}: {path}" for family, path in left} == whole["paths_not_tried"].keys() - NOT_TRIED.keys()
    assert all(whole["paths_not_tried"].values())
    assert len(tried) > 200


def test_every_role_attacks_with_every_family(whole: dict[str, Any]) -> None:
    tried = {(one["attacker"], one["family"]) for one in whole["attempts"]}
    missing = {(str(who), str(family)) for who in Attacker for family in Family} - tried
    assert missing == {("superuser", "roles")}  # it is every role
    assert (whole["roles_not_tried"], whole["tables_without_a_row"]) == ([], {})


def test_dml_and_forgery_are_closed_for_a_superuser(whole: dict[str, Any]) -> None:
    for one in whole["attempts"]:
        if one["family"] in {"dml", "forgery"}:
            assert (one["should_be_closed"], one["verdict"]) == (True, "prevented"), one


def test_what_a_service_and_an_owner_meet(whole: dict[str, Any]) -> None:
    met = {
        one["attacker"]: (one["by"], one["sqlstate"])
        for one in whole["attempts"]
        if (one["path"], one["target"]) == ("delete a row", "public.proof_artifacts")
    }
    assert met["service"] == met["reader"] == met["approver"] == ("missing privilege", "42501")
    assert met["owner"] == met["superuser"] == ("guard proof_artifacts_immutable", "23T01")


def test_the_form_of_the_report(whole: dict[str, Any]) -> None:
    for one in whole["attempts"]:
        assert one.keys() == KEYS.keys()
        assert all(isinstance(one[key], kind) for key, kind in KEYS.items())


async def test_without_a_superuser_the_given_logins_attack(cluster: Cluster, database: str, tmp_path: Path) -> None:
    run = await Program(tmp_path, environment=urls(cluster, database)).run("attack")
    assert (run.status, run.errors) == (0, "")
    assert "Every path that should be closed is closed." in run.output
    assert "as reader, archiver, approver, superuser: no login is given" in run.output
    assert "Engage the schema lock" in run.output
    assert "ALTER SYSTEM, setval" in run.output


async def test_sabotage_is_told_with_its_mend(
    cluster: Cluster, database: str, admin: asyncpg.Connection, tmp_path: Path
) -> None:
    await admin.execute("ALTER TABLE proof_artifacts DISABLE TRIGGER t10_immutable_truncate")
    run = await Program(tmp_path, environment=urls(cluster, database)).run("attack", "--verbose")
    assert (run.status, run.errors) == (1, "")
    owner = cluster.login("owner")
    assert f"OPEN, should be closed: {owner}, dml: truncate on public.proof_artifacts\n" in run.output
    assert "mend: Put the guard back on the table" in run.output
    assert f"{owner} | dml | truncate | public.lesson_versions | prevented: guard" in run.output
    assert "Every path that should be closed is closed." not in run.output


async def test_a_database_in_production_is_refused(
    cluster: Cluster, database: str, admin: asyncpg.Connection, tmp_path: Path
) -> None:
    await admin.execute(PRODUCTION)
    program = Program(tmp_path, environment=urls(cluster, database))
    run = await program.run("attack")
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith("error: This is a database in production.")
    assert "--i-know" in run.errors
    assert (await program.run("attack", "--i-know")).errors == ""


async def test_a_database_without_the_schema_says_what_to_do(cluster: Cluster, tmp_path: Path) -> None:
    async with cluster.empty() as name:
        run = await Program(tmp_path, environment=urls(cluster, name)).run("attack")
    assert run.status == 1
    assert run.said == "error: The database has no trust_models schema yet. Run `trust-models upgrade`.\n"


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await Program(tmp_path, environment=variables(url)).run("attack")
    assert (run.status, run.output) == (1, "")
    assert run.errors.startswith("error: The database cannot be reached: ")
    assert SECRET not in run.errors
