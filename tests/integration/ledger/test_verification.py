"""A log that nobody touched, and how it is verified."""

from datetime import timedelta

from tests.fixtures.ledgers import Ledger, kinds, the
from trust_models.ledger.verifier.findings import Kind, Severity


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
