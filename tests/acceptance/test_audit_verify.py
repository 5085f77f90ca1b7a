"""`trust-models audit verify`, `prove` and `check`: what they say, and how they end."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.docs.pages import page
from tests.fixtures.addresses import variables
from tests.fixtures.cluster import Cluster
from tests.fixtures.ledgers import Folder, Ledger
from tests.fixtures.program import Program
from tests.fixtures.terminals import on_terminal, plain
from trust_models.ledger.keys import generate


@pytest.fixture
async def ledger(cluster: Cluster, database: str, admin: asyncpg.Connection, tmp_path: Path) -> Ledger:
    """A ledger of 600 events."""
    ledger = Ledger(admin, cluster.url("reader", database), Folder(tmp_path / "published"))
    await ledger.grow(600)
    return ledger


@pytest.fixture
def auditor(ledger: Ledger, tmp_path: Path) -> Program:
    """The program as an auditor runs it."""
    given = {"TRUST_LEDGER_PUBLIC_KEY": ledger.key, "TRUST_LEDGER_PUBLISH": str(ledger.folder.path)}
    return Program(tmp_path, environment={**variables(ledger.reader_url), **given})


async def test_a_log_that_nobody_touched(auditor: Program) -> None:
    run = await auditor.run("audit", "verify")
    assert (run.status, run.errors) == (0, "")
    assert run.output.endswith("verified\n")
    assert "verified" in plain(await on_terminal(auditor, "audit", "verify", columns=100))


@pytest.mark.parametrize(
    ("damage", "status", "kind"),
    [
        ("UPDATE audit_logs SET actor_id = 'x' WHERE id = 7", 20, "event_changed"),
        ("DELETE FROM trust.audit_tiles WHERE level = 0", 30, "ledger_damaged"),
    ],
)
async def test_the_exit_status_tells_the_class(
    ledger: Ledger, auditor: Program, damage: str, status: int, kind: str
) -> None:
    await ledger.tamper(damage)
    run = await auditor.run("audit", "verify", "--json")
    report = json.loads(run.output)
    assert (run.status, report["status"]) == (status, status)
    assert [one["kind"] for one in report["findings"]] == [kind]


async def test_what_waits_is_a_class_of_its_own(ledger: Ledger, auditor: Program) -> None:
    await ledger.record(1)
    assert (await auditor.run("audit", "verify")).status == 0
    run = await auditor.run("audit", "verify", "--max-lag", "0")
    assert run.status == 10
    assert "1 event has no leaf yet" in run.output


async def test_only_what_is_new(ledger: Ledger, auditor: Program) -> None:
    assert (await auditor.run("audit", "verify", "--state", "state.json")).status == 0
    await ledger.grow(5)
    await ledger.tamper("UPDATE audit_logs SET actor_id = 'x' WHERE id = 7")
    new = await auditor.run("audit", "verify", "--state", "state.json")
    assert (new.status, new.output.splitlines()[0]) == (
        0,
        "5 events compared with their leaves, from leaf 600 on; the ledger has 605 leaves",
    )
    assert (await auditor.run("audit", "verify", "--state", "state.json", "--full")).status == 20
    (auditor.folder / "state.json").write_text("{}")
    assert (await auditor.run("audit", "verify", "--state", "state.json")).status == 2
    nowhere = await auditor.run("audit", "verify", "--state", "nowhere/state.json")
    assert (nowhere.status, nowhere.output) == (2, "")
    assert "nowhere/state.json cannot be written" in nowhere.errors


async def test_without_a_key_or_with_another(ledger: Ledger, auditor: Program) -> None:
    asked = Program(auditor.folder, environment=variables(ledger.reader_url))
    assert (await asked.run("audit", "verify")).status == 2
    other = str(generate(ledger.signer.name).verifier)
    run = await auditor.run("audit", "verify", "--public-key", other)
    assert run.status == 30
    assert "checkpoint_forged" in run.output


async def test_a_proof_stands_alone(ledger: Ledger, auditor: Program) -> None:
    run = await auditor.run("audit", "prove", "300", "--output", "300.tlog-proof")
    assert (run.status, run.output) == (0, "")
    (auditor.folder / "key").write_text(ledger.key + "\n")
    offline = Program(auditor.folder)
    checked = await offline.run("audit", "check", "300.tlog-proof", "--public-key", "key")
    assert checked.status == 0, checked.errors
    assert checked.output.endswith("proven\n")
    asjson = await offline.run("audit", "check", "300.tlog-proof", "--public-key", ledger.key, "--json")
    assert json.loads(asjson.output)["event"]["id"] == 300
    assert (await auditor.run("audit", "prove", "300", "--output", "300.tlog-proof")).status == 1  # it is there
    text = (auditor.folder / "300.tlog-proof").read_text()
    for damaged in (text.replace("index 299", "index 298"), text[:-9], "", text.replace("extra A", "extra B")):
        (auditor.folder / "damaged").write_text(damaged)
        run = await offline.run("audit", "check", "damaged", "--public-key", ledger.key)
        assert (run.status, run.output) == (1, ""), damaged
    (auditor.folder / "damaged").write_text(text[:200])
    assert "The proof was cut" in (await offline.run("audit", "check", "damaged", "--public-key", ledger.key)).errors


async def test_what_cannot_be_proven(ledger: Ledger, auditor: Program) -> None:
    assert "There is no event 999" in (await auditor.run("audit", "prove", "999")).errors
    await ledger.record(1)
    assert "in no signed checkpoint yet" in (await auditor.run("audit", "prove", "601")).errors
    await ledger.tamper("UPDATE audit_logs SET actor_id = 'x' WHERE id = 7", "DELETE FROM audit_logs WHERE id = 8")
    assert "cannot be proven" in (await auditor.run("audit", "prove", "7")).errors
    gone = await auditor.run("audit", "prove", "8")
    assert (gone.status, "no longer in the log" in gone.errors) == (1, True)


async def test_the_commands_of_the_page(ledger: Ledger, auditor: Program) -> None:
    (auditor.folder / "ledger.key.pub").write_text(ledger.key + "\n")
    commands = [
        line.removeprefix("trust-models ").split()
        for block in page("docs/how-to/verify-the-audit-log.md").blocks
        if block.language == "sh"
        for line in block.text.splitlines()
        if line.startswith("trust-models ")
    ]
    assert len(commands) > 3
    for command in commands:
        run = await auditor.run(*(word.replace("/var/lib/auditor", str(auditor.folder)) for word in command))
        assert run.status == 0, (command, run.errors)
