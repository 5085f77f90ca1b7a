"""What a superuser does to the log, or to its ledger, and how the verifier names it."""

from tests.fixtures.ledgers import Ledger, kinds, the
from trust_models.ledger.keys import generate
from trust_models.ledger.verifier.findings import Kind, Severity


async def test_an_event_that_was_changed(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("UPDATE audit_logs SET metadata = jsonb_set(metadata, '{share}', '4.500') WHERE id = 3")
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENT_CHANGED}
    assert the(report, Kind.EVENT_CHANGED).events == (3,)
    assert report.severity is Severity.EVENTS


async def test_events_that_are_missing(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("DELETE FROM audit_logs WHERE id IN (5, 300, 301)")
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENT_MISSING}
    assert the(report, Kind.EVENT_MISSING).events == (5, 300, 301)


async def test_a_head_that_was_cut(ledger: Ledger) -> None:
    await ledger.grow(70_000)
    await ledger.tamper("DELETE FROM audit_logs WHERE id <= 69000")
    report = await ledger.verify()
    assert kinds(report) == {Kind.HEAD_CUT}
    assert the(report, Kind.HEAD_CUT).count == 69_000


async def test_a_tail_that_was_cut(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("DELETE FROM audit_logs WHERE id > 300")
    report = await ledger.verify()
    assert kinds(report) == {Kind.TAIL_CUT}
    assert the(report, Kind.TAIL_CUT).leaves == (300, 599)


async def test_a_log_that_was_emptied(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("TRUNCATE audit_logs")
    assert kinds(await ledger.verify()) == {Kind.ALL_EVENTS_MISSING}


async def test_an_event_that_was_inserted_behind_the_back_of_the_ledger(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.grow(10)
    await ledger.tamper(
        "UPDATE audit_logs SET id = 1000 WHERE id = 300",
        'INSERT INTO audit_logs SELECT (jsonb_populate_record(e, \'{"id": 700, "action": "a.b"}\')).*'
        " FROM audit_logs AS e WHERE id = 20",
    )
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENT_INSERTED, Kind.EVENTS_REORDERED, Kind.SEQUENCE_RESET}
    assert the(report, Kind.EVENT_INSERTED).events == (700,)
    assert the(report, Kind.EVENTS_REORDERED).events == (300, 1000)


async def test_events_that_were_swapped(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper(
        "UPDATE audit_logs AS one"
        " SET metadata = other.metadata, entity_id = other.entity_id, created_at = other.created_at"
        " FROM audit_logs AS other WHERE (one.id, other.id) IN ((7, 400), (400, 7))",
    )
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENTS_REORDERED}
    assert the(report, Kind.EVENTS_REORDERED).events == (7, 400)


async def test_transactions_that_were_swapped(ledger: Ledger) -> None:
    await ledger.grow(2)
    await ledger.grow(2)
    await ledger.tamper(
        "UPDATE audit_logs AS one SET tx_id = other.tx_id"
        " FROM audit_logs AS other WHERE (one.id, other.id) IN ((1, 4), (4, 1))"
    )
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENTS_REORDERED}
    assert the(report, Kind.EVENTS_REORDERED).events == (1, 4)


async def test_an_event_that_was_moved_behind_what_is_sealed(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("UPDATE audit_logs SET tx_id = '9000000000' WHERE id = 9")
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENT_CHANGED}
    assert the(report, Kind.EVENT_CHANGED).events == (9,)


async def test_a_segment_that_was_rewritten(ledger: Ledger) -> None:
    await ledger.grow(70_000)
    await ledger.tamper("UPDATE audit_logs SET actor_id = 'somebody'")
    report = await ledger.verify()
    assert kinds(report) == {Kind.EVENT_CHANGED}
    assert the(report, Kind.EVENT_CHANGED).count == 70_000
    assert "1-70000" in the(report, Kind.EVENT_CHANGED).message


async def test_a_segment_that_was_dropped(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("SELECT setval('trust.audit_logs_id_seq', 1000000)")
    await ledger.grow(600)
    await ledger.tamper("DROP TABLE trust.audit_segment_000000")
    report = await ledger.verify()
    assert kinds(report) == {Kind.SEGMENT_PURGED}
    assert the(report, Kind.SEGMENT_PURGED).count == 600


async def test_a_sequence_that_was_reset(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("SELECT setval('trust.audit_logs_id_seq', 5)")
    assert kinds(await ledger.verify()) == {Kind.SEQUENCE_RESET}


async def test_a_tile_that_was_changed(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper(
        "UPDATE trust.audit_tiles SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) WHERE number = 1"
    )
    report = await ledger.verify()
    assert kinds(report) == {Kind.LEDGER_DAMAGED, Kind.LEDGER_REPLACED}
    assert "its events are intact" in the(report, Kind.LEDGER_DAMAGED).message
    assert report.severity is Severity.LEDGER


async def test_a_tile_that_names_other_events(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("UPDATE trust.audit_tiles SET ids[3] = ids[9], ids[9] = ids[3] WHERE number = 1")
    assert kinds(await ledger.verify()) == {Kind.LEDGER_DAMAGED}


async def test_a_tile_that_is_missing(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("DELETE FROM trust.audit_tiles WHERE number = 0")
    assert kinds(await ledger.verify()) == {Kind.LEDGER_DAMAGED}


async def test_a_state_that_points_elsewhere(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("UPDATE trust.audit_ledger SET sealed_tx = '9000000000'")
    assert kinds(await ledger.verify()) == {Kind.LEDGER_DAMAGED}


async def test_a_state_that_is_gone(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("TRUNCATE trust.audit_ledger")
    found = kinds(await ledger.verify())
    assert found >= {Kind.LEDGER_DAMAGED, Kind.LEDGER_ROLLED_BACK}


REBUILD = (
    "TRUNCATE trust.audit_tiles, trust.audit_ledger",
    "INSERT INTO trust.audit_ledger DEFAULT VALUES",
    "SELECT trust.seal_audit_log(1000000)",
)
"""Forges the ledger of whatever the log now holds."""


async def test_an_event_that_was_changed_with_its_ledger(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("UPDATE audit_logs SET outcome = 'FAILURE' WHERE id = 77")
    await ledger.tamper(*REBUILD)
    report = await ledger.verify()
    assert kinds(report) == {Kind.LEDGER_REPLACED}
    assert any(one.events == (77,) for one in report.findings)
    assert any("whole" in one.message for one in report.findings)


async def test_a_ledger_that_was_replaced_after_a_checkpoint(ledger: Ledger) -> None:
    await ledger.grow(300)
    await ledger.grow(300)
    await ledger.tamper("UPDATE audit_logs SET outcome = 'FAILURE' WHERE id = 477")
    await ledger.tamper(*REBUILD)
    report = await ledger.verify()
    assert any("behind its first 300 leaves" in one.message for one in report.findings)


async def test_a_ledger_that_was_rolled_back(ledger: Ledger) -> None:
    await ledger.grow(300)
    await ledger.grow(300)
    await ledger.tamper(
        "DELETE FROM audit_logs WHERE id > 300", "DELETE FROM audit_checkpoints WHERE number > 1", *REBUILD
    )
    report = await ledger.verify()
    assert kinds(report) == {Kind.LEDGER_ROLLED_BACK, Kind.CHECKPOINT_MISSING}
    assert the(report, Kind.LEDGER_ROLLED_BACK).leaves == (300, 599)


async def test_a_checkpoint_that_another_key_signed(ledger: Ledger) -> None:
    await ledger.grow(300)
    await ledger.sign(signer=generate(ledger.signer.name))
    assert the(await ledger.verify(), Kind.CHECKPOINT_FORGED).message.startswith("Checkpoint 2 in the database")
    await ledger.publish()
    report = await ledger.verify()
    assert sum(one.kind is Kind.CHECKPOINT_FORGED for one in report.findings) == 3


async def test_a_key_that_signs_two_trees(ledger: Ledger) -> None:
    await ledger.grow(300)
    await ledger.tamper("UPDATE audit_logs SET outcome = 'FAILURE' WHERE id = 77", *REBUILD)
    await ledger.tamper("DELETE FROM audit_checkpoints")
    await ledger.sign()
    report = await ledger.verify()
    assert Kind.CHECKPOINTS_EQUIVOCATE in kinds(report)
    assert report.severity is Severity.LEDGER


async def test_a_checkpoint_that_is_missing(ledger: Ledger) -> None:
    for _ in range(3):
        await ledger.grow(10)
    await ledger.tamper("DELETE FROM audit_checkpoints WHERE number = 2")
    assert "Checkpoint 2 is missing in the database" in the(await ledger.verify(), Kind.CHECKPOINT_MISSING).message


async def test_incremental_verification_after_a_roll_back(ledger: Ledger) -> None:
    await ledger.grow(600)
    _, since = await ledger.verification()
    await ledger.tamper("DELETE FROM audit_logs WHERE id > 300", "DELETE FROM audit_checkpoints", *REBUILD)
    report = await ledger.verify(since=since)
    assert Kind.LEDGER_ROLLED_BACK in kinds(report)
