"""`trust-models drift`: what it prints, and how it ends."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.addresses import SECRET, urls, variables, where_nobody_answers
from tests.fixtures.cluster import Cluster
from tests.fixtures.program import Program
from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged

DISABLED = "ALTER TABLE public.users DISABLE TRIGGER t80_touch"
STRAY = 'CREATE TABLE public."[red]stray" ()'
LAST = packaged()[-1]


@pytest.mark.parametrize("role", ["app", "reader", "owner"])
async def test_a_schema_as_it_was_made(cluster: Cluster, database: str, tmp_path: Path, role: str) -> None:
    run = await Program(tmp_path, environment=variables(cluster.url(role, database))).run("drift")
    assert (run.status, run.errors) == (0, "")
    verdict, fingerprint = run.output.splitlines()
    assert verdict == f"no drift: the schema is what its {len(packaged())} migrations made"
    assert len(fingerprint.removeprefix("fingerprint: ")) == 64


async def test_each_object_that_differs_is_shown_with_its_definition(
    cluster: Cluster, database: str, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await owner.execute(DISABLED)
    await owner.execute(STRAY)
    run = await Program(tmp_path, environment=urls(cluster, database)).run("drift")
    assert (run.status, run.errors) == (1, "")
    *objects, summary, accept, fingerprint = run.output.splitlines()
    assert objects == [
        'unknown grant table public."[red]stray" to <owner> (not ours)',
        *(f"  +{right}" for right in await rights_of_an_owner(owner)),
        'unknown owner table public."[red]stray" (not ours)',
        "  +<owner>",
        'unknown table public."[red]stray" (not ours)',
        "disabled trigger public.users.t80_touch",
        "   CREATE TRIGGER t80_touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION trust.touch()",
        "  -ENABLE ALWAYS",
        "  +DISABLED",
    ]
    assert summary == "objects that differ: 4; that stop an upgrade: 1"
    assert accept.startswith("to accept exactly this in an upgrade: trust-models upgrade --accept-drift ")
    assert fingerprint.startswith("fingerprint: ")


async def test_as_json(cluster: Cluster, database: str, owner: asyncpg.Connection, tmp_path: Path) -> None:
    program = Program(tmp_path, environment=urls(cluster, database))
    clean = await program.run("drift", "--json")
    assert (clean.status, clean.errors) == (0, "")
    before = json.loads(clean.output)
    assert before["expected"] == before["actual"]
    assert (before["migration"], before["acceptance"], before["differences"]) == (LAST, None, [])
    assert before["postgresql"] == owner.get_server_version().major

    await owner.execute(DISABLED)
    run = await program.run("drift", "--json")
    assert (run.status, run.errors) == (1, "")
    after = json.loads(run.output)
    assert after["expected"] == before["expected"] != after["actual"]
    (found,) = after["differences"]
    assert {name: found[name] for name in ("change", "kind", "name", "stops_upgrade")} == {
        "change": "disabled",
        "kind": "trigger",
        "name": "public.users.t80_touch",
        "stops_upgrade": True,
    }
    assert found["actual"].endswith("\nDISABLED")


async def test_an_empty_database(cluster: Cluster, tmp_path: Path) -> None:
    async with cluster.empty() as name:
        run = await Program(tmp_path, environment=urls(cluster, name)).run("drift")
    assert (run.status, run.said) == (0, "no migration is applied: there is nothing to compare with\n")


async def test_a_drift_is_accepted_by_what_the_refusal_names(
    cluster: Cluster, database: str, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    await owner.execute((location() / APP / LAST).with_suffix(".down.sql").read_text())
    await owner.execute("DELETE FROM aerich WHERE version = $1", LAST)
    await owner.execute(DISABLED)
    program = Program(tmp_path, environment=urls(cluster, database))
    refused = await program.run("upgrade")
    assert (refused.status, refused.output) == (1, "")
    start, _, command = refused.errors.rpartition("`trust-models ")
    assert start.startswith(
        "error: The schema is not what its migrations made: disabled trigger public.users.t80_touch."
    )
    done = await program.run(*command.partition("`")[0].split())
    assert (done.status, done.said) == (0, f"applied {LAST}\nthe schema is up to date\n")


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await Program(tmp_path, environment=variables(url)).run("drift")
    assert (run.status, run.output) == (1, "")
    assert run.errors.startswith("error: The database cannot be reached: ")
    assert SECRET not in run.errors


async def rights_of_an_owner(connection: asyncpg.Connection) -> list[str]:
    """Return the rights that an owner has on a table, in the order of the alphabet."""
    rows = await connection.fetch(
        "SELECT privilege_type FROM aclexplode(acldefault('r', 'trust_app'::regrole)) ORDER BY privilege_type"
    )
    return [row["privilege_type"] for row in rows]
