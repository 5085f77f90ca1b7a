"""What a superuser does so that the verifier does not look where something was changed, or cannot look at all."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fixtures.ledgers import Ledger, kinds, the
from trust_models.errors import NotVerified
from trust_models.ledger.keys import generate
from trust_models.ledger.published import Published
from trust_models.ledger.verifier.auditing import audit_log
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.findings import Kind

GAP = "SELECT setval('trust.audit_logs_id_seq', 700)"
"""After 600 events: as if a hundred had been rolled back."""

COPIED = "INSERT INTO audit_logs SELECT (jsonb_populate_record(e, '{}')).* FROM audit_logs AS e WHERE id = 20"


async def grown(ledger: Ledger) -> None:
    """Two checkpoints, and no events from 601 to 700."""
    await ledger.grow(600)
    await ledger.admin.execute(GAP)
    await ledger.grow(100)


def inserted(*changes: str) -> str:
    """Return a statement that inserts a copy of event 20 with other values."""
    values = ", ".join(('"action": "lab.forged"', *changes))
    return COPIED.format(f"{{{values}}}")


async def test_an_event_below_the_first_number(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        "CREATE TABLE trust.audit_segment_below PARTITION OF audit_logs FOR VALUES FROM (-1000) TO (0)",
        inserted('"id": -5'),
    )
    assert the(await ledger.verify(), Kind.EVENT_INSERTED).events == (-5,)


@pytest.mark.parametrize(
    "epochs",
    [
        "UPDATE trust.audit_epochs SET above_id = 700",
        "TRUNCATE trust.audit_epochs",
        "INSERT INTO trust.audit_epochs (number, first_leaf, above_id) VALUES (1, 300, 650), (2, 200, 0)",
        "UPDATE trust.audit_ledger SET backlog_id = 0",
    ],
)
async def test_epochs_that_no_ledger_comes_to(ledger: Ledger, epochs: str) -> None:
    await grown(ledger)
    await ledger.tamper(epochs, inserted('"id": 650'))
    report = await ledger.verify()
    assert kinds(report) == {Kind.LEDGER_DAMAGED, Kind.EVENT_INSERTED}
    assert the(report, Kind.EVENT_INSERTED).events == (650,)


@pytest.mark.parametrize("moment", ["2020-01-01", "2999-01-01", "infinity", "-infinity", "4000-01-01 BC"])
async def test_an_event_of_a_transaction_to_come(ledger: Ledger, moment: str) -> None:
    await grown(ledger)
    await ledger.tamper(inserted('"id": 650', '"tx_id": "9000000000"', f'"created_at": "{moment}"'))
    assert the(await ledger.verify(), Kind.EVENT_INSERTED).events == (650,)


async def test_a_second_event_with_the_last_number(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        "UPDATE pg_index SET indisunique = false, indisprimary = false"
        " WHERE indrelid = 'trust.audit_segment_000000'::regclass AND indisprimary",
        inserted('"id": 800'),
    )
    assert the(await ledger.verify(), Kind.EVENT_INSERTED).events == (800,)


async def test_an_event_that_an_index_does_not_lead_to(ledger: Ledger) -> None:
    await grown(ledger)
    ready = "UPDATE pg_index SET indisready = {} WHERE indexrelid::regclass::text LIKE '%tx_id_id_idx'"
    await ledger.tamper(ready.format("false"))
    await ledger.tamper(inserted('"id": 650'))
    await ledger.tamper(ready.format("true"))
    found = the(await ledger.verify(), Kind.EVENT_INSERTED)
    assert "holds 1 more row than" in found.message
    await ledger.admin.execute("REINDEX TABLE audit_logs")
    assert the(await ledger.verify(), Kind.EVENT_INSERTED).events == (650,)


async def test_operators_of_the_database(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        inserted('"id": 650'),
        "CREATE SCHEMA own",
        "GRANT USAGE ON SCHEMA own TO PUBLIC",
        "CREATE FUNCTION own.up_to(bigint, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE"
        " AS 'SELECT $1 OPERATOR(pg_catalog.<=) $2 AND $1 OPERATOR(pg_catalog.<>) 650'",
        "CREATE OPERATOR own.<= (leftarg = bigint, rightarg = bigint, function = own.up_to)",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = own, pg_catalog', current_database()); END $$",
    )
    assert the(await ledger.verify(), Kind.EVENT_INSERTED).events == (650,)


async def test_a_policy_that_hides_an_event(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        inserted('"id": 650'),
        "ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY hiding ON audit_logs FOR SELECT USING (id <> 650)",
    )
    claims = Claims([ledger.signer.verifier], [ledger.folder], None, timedelta(minutes=5))
    with pytest.raises(NotVerified, match="row-level security"):
        await audit_log(ledger.reader_url, claims, told=lambda _done, _total: None)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE trust.audit_ledger SET size = size + 256000000000",
        "INSERT INTO trust.audit_tiles (level, number, hashes) SELECT -2, 0, hashes FROM trust.audit_tiles LIMIT 1",
        "UPDATE trust.audit_tiles SET hashes = NULL WHERE number = 1",
        "UPDATE trust.audit_tiles SET ids[5] = NULL WHERE number = 1",
        "UPDATE trust.audit_ledger SET edge = NULL",
        "UPDATE trust.audit_ledger SET edge = ARRAY[NULL, NULL]::bytea[], edge_ids = ARRAY[NULL]::bigint[]",
        "UPDATE trust.audit_ledger SET size = -1",
    ],
)
async def test_a_ledger_without_its_constraints(ledger: Ledger, damage: str) -> None:
    await grown(ledger)
    await ledger.tamper(
        "ALTER TABLE trust.audit_tiles DROP CONSTRAINT audit_tiles_level_ck, ALTER hashes DROP NOT NULL",
        "ALTER TABLE trust.audit_ledger DROP CONSTRAINT audit_ledger_edge_ck, ALTER edge DROP NOT NULL",
        damage,
    )
    assert Kind.LEDGER_DAMAGED in kinds(await ledger.verify())


async def test_a_checkpoint_with_an_enormous_number(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        "INSERT INTO audit_checkpoints (number, tree_size, root_hash, note, sealed_tx, sealed_id)"
        " SELECT 900000000000, tree_size, root_hash, note, sealed_tx, sealed_id FROM audit_checkpoints WHERE number = 2"
    )
    messages = [one.message for one in (await ledger.verify()).findings if one.kind is Kind.CHECKPOINT_MISSING]
    assert "Checkpoints 3-899999999999 are missing everywhere." in messages


async def test_a_view_in_the_place_of_the_log(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        inserted('"id": 650'),
        "ALTER TABLE audit_logs RENAME TO hidden",
        "CREATE VIEW audit_logs AS SELECT * FROM hidden WHERE id <> 650",
        "GRANT SELECT ON audit_logs TO trust_reader",
    )
    assert "audit_logs is no table" in the(await ledger.verify(), Kind.LEDGER_DAMAGED).message


async def test_an_event_before_the_last_one_which_was_removed(ledger: Ledger) -> None:
    await grown(ledger)
    await ledger.tamper(
        inserted('"id": 650'),
        "DELETE FROM audit_logs WHERE id = 800",
        "UPDATE trust.audit_ledger SET sealed_tx = '0', sealed_id = 0",
    )
    report = await ledger.verify()
    assert the(report, Kind.EVENT_INSERTED).events == (650,)
    assert the(report, Kind.TAIL_CUT).events == (800,)


async def test_a_false_checkpoint_is_told_once_and_stops_nobody(ledger: Ledger) -> None:
    """A service that may seal can write one, and nobody may remove it."""
    await grown(ledger)
    note = await ledger.sign(signer=generate(ledger.signer.name))
    report, since = await ledger.verification()
    assert kinds(report) == {Kind.CHECKPOINT_FORGED}
    assert since is not None
    await ledger.grow(10)
    (ledger.folder.path / "checkpoints" / f"{3:012}").unlink()  # which no sealer would publish
    report, since = await ledger.verification(since=since)
    assert (kinds(report), report.events, note in str(since)) == ({Kind.CHECKPOINT_FORGED}, 10, False)
    report, since = await ledger.verification(since=since)
    assert report.findings == ()


async def test_a_checkpoint_published_under_a_second_name(ledger: Ledger) -> None:
    await grown(ledger)
    ledger.folder.put("checkpoints/2", b"nothing")
    assert kinds(await ledger.verify()) == set()


async def test_what_is_published_leads_elsewhere(ledger: Ledger, tmp_path: Path) -> None:
    await grown(ledger)
    top = tmp_path / "published"
    (top / "checkpoints" / "again").symlink_to(top)
    (top / "checkpoint").unlink()
    (top / "checkpoint").symlink_to("/dev/zero")
    with pytest.raises(Exception, match="is no file that a ledger publishes"):
        await ledger.verify(published=Published.open(str(top)))
