"""A log that nobody touched, and how it is verified."""

from datetime import timedelta

from tests.fixtures.ledgers import Ledger, kinds, the
from trust_models.ledger.certificate import Certificate, sign_certificate
from trust_models.ledger.merkle import root
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.findings import Kind, Severity
from trust_models.ledger.verifier.snapshot import opened
from trust_models.ledger.verifier.verification import Verification


async def test_a_log_that_nobody_touched(ledger: Ledger) -> None:
    await ledger.grow(700)
    await ledger.grow(0)
    await ledger.grow(70_000)
    report = await ledger.verify()
    assert report.findings == ()
    assert (report.leaves, report.events, report.checkpoints, report.unsealed) == (70_700, 70_700, 6, 0)


async def test_an_empty_log(ledger: Ledger) -> None:
    assert (await ledger.verify()).findings == ()


async def test_what_is_new_alone(ledger: Ledger) -> None:
    await ledger.grow(1000)
    _, since = await ledger.verification()
    await ledger.grow(0)
    await ledger.grow(300)
    report, since = await ledger.verification(since=since)
    assert report.findings == ()
    assert (report.since, report.events, report.checkpoints) == (1000, 300, 4)
    again = await ledger.verify(since=since)
    assert (again.since, again.events, again.findings) == (1300, 0, ())


async def test_a_place_that_was_added_later(ledger: Ledger) -> None:
    for _ in range(4):
        await ledger.grow(10)
    numbered = ledger.folder.path / "checkpoints"
    (numbered / f"{1:012}").unlink()
    assert (await ledger.verify()).findings == ()
    (numbered / f"{3:012}").unlink()
    assert the(await ledger.verify(), Kind.CHECKPOINT_MISSING).message.startswith("Checkpoint 3 is missing among")


async def test_what_is_published_late_is_looked_at_all_the_same(ledger: Ledger) -> None:
    await ledger.grow(10)
    await ledger.record(10)
    await ledger.seal()
    await ledger.sign()
    report, since = await ledger.verification()
    assert report.findings == ()
    await ledger.publish()
    ledger.folder.put(f"checkpoints/{2:012}", b"something else")
    assert Kind.CHECKPOINT_FORGED in kinds(await ledger.verify(since=since))


async def test_what_waits(ledger: Ledger) -> None:
    await ledger.grow(3)
    await ledger.record(2)
    patient = await ledger.verify()
    assert (patient.findings, patient.unsealed) == ((), 2)
    impatient = await ledger.verify(patience=timedelta(0))
    assert the(impatient, Kind.UNSEALED).count == 2
    assert impatient.severity is Severity.UNPROVEN
    await ledger.seal()
    assert kinds(await ledger.verify(patience=timedelta(0))) == {Kind.UNPUBLISHED}
    await ledger.sign()
    assert kinds(await ledger.verify(patience=timedelta(0))) == {Kind.UNPUBLISHED}
    await ledger.publish()
    assert kinds(await ledger.verify(patience=timedelta(0))) == set()


async def test_a_database_that_was_restored_into_another_cluster(ledger: Ledger) -> None:
    await ledger.grow(300)
    await ledger.record(5)  # without a leaf when the dump is made
    await ledger.tamper("UPDATE trust.audit_epochs SET server_identity = 'another'")
    await ledger.grow(20)
    report, since = await ledger.verification()
    assert report.findings == ()
    assert report.events == report.leaves == 326  # and the event of the new epoch
    await ledger.grow(10)
    assert (await ledger.verify(since=since)).events == 10
    await ledger.tamper("DELETE FROM audit_logs WHERE id = 303")
    assert the(await ledger.verify(), Kind.EVENT_MISSING).events == (303,)


async def test_a_segment_that_was_retired_with_a_certificate(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper("SELECT setval('trust.audit_logs_id_seq', 1000000)")
    await ledger.grow(300)
    hashes = await ledger.admin.fetchval(
        "SELECT string_agg(sha256(decode('00', 'hex') || trust.audit_log_bytes(e)), '' ORDER BY tx_id, id)"
        " FROM audit_logs AS e WHERE id < 1000000"
    )
    certificate = Certificate(ledger.signer.name, 0, 999_999, 600, root(hashes), await ledger.head())
    await ledger.tamper("DROP TABLE trust.audit_segment_000000")
    assert kinds(await ledger.verify()) == {Kind.SEGMENT_PURGED}
    ledger.folder.put(certificate.path, str(sign_certificate(certificate, [ledger.signer])).encode())
    report = await ledger.verify()
    assert kinds(report) == {Kind.SEGMENT_RETIRED}
    assert report.severity is Severity.NONE
    other = certificate._replace(leaves=599)
    ledger.folder.put(other.path, str(sign_certificate(other, [ledger.signer])).encode())
    assert kinds(await ledger.verify()) == {Kind.SEGMENT_PURGED}


async def test_nothing_that_is_published(ledger: Ledger) -> None:
    await ledger.grow(10)
    async with opened(ledger.reader_url) as source:
        claims = Claims([ledger.signer.verifier], [], None, timedelta(minutes=5))
        report = await Verification(source, claims, lambda _done, _total: None).run()
    assert kinds(report) == {Kind.NOTHING_PUBLISHED}


async def test_each_byte_of_an_event_counts(ledger: Ledger) -> None:
    """Any column, and any digit of it: also what PostgreSQL calls equal."""
    await ledger.grow(300)
    changes = (
        "created_at = created_at + '1 microsecond'",
        "metadata = jsonb_set(metadata, '{share}', (metadata ->> 'share' || '0')::jsonb)",
        "schema_version = 2",
        "actor_type = 'USER'",
        "actor_id = NULL",
        "on_behalf_of = ''",
        "action = action || ' '",
        "outcome = 'DENIED'",
        "reason_code = ''",
        "entity_type = 'Lab_session'",
        "entity_id = entity_id || chr(769)",
        "context = context || '{\"a\": null}'",
    )
    for number, change in enumerate(changes, start=20):
        await ledger.tamper(f"UPDATE audit_logs SET {change} WHERE id = {number}")  # noqa: S608 - as above
        found = the(await ledger.verify(), Kind.EVENT_CHANGED)
        assert found.events == tuple(range(20, number + 1)), change
