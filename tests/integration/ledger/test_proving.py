"""Proofs of single events, taken from the database."""

import pytest

from tests.fixtures.ledgers import Ledger
from trust_models.errors import InvalidProof, NotFound, NotVerified, UntrustedNote
from trust_models.ledger.canonical import decode
from trust_models.ledger.keys import generate
from trust_models.ledger.proof_file import ProofFile
from trust_models.ledger.verifier.proving import Prover
from trust_models.ledger.verifier.snapshot import opened


@pytest.mark.parametrize(("events", "more"), [(1, 0), (256, 0), (257, 700), (600, 1), (1100, 255)])
async def test_every_event_of_a_checkpoint_is_proven_however_far_the_ledger_has_grown(
    ledger: Ledger, events: int, more: int
) -> None:
    await ledger.grow(events)
    if more:
        await ledger.record(more)
        await ledger.seal()
    numbers = {row["id"] for row in await ledger.admin.fetch("SELECT id FROM audit_logs ORDER BY id LIMIT $1", events)}
    async with opened(ledger.reader_url) as source:
        prover = Prover(source, [ledger.signer.verifier])
        proofs = {number: await prover.prove(number) for number in numbers}
        for number in range(events + 1, events + more + 1):
            with pytest.raises(NotVerified, match="in no signed checkpoint yet"):
                await prover.prove(number)
    assert {proof.index for proof in proofs.values()} == set(range(events))
    for number, proof in proofs.items():
        alone = ProofFile.parse(str(proof))
        assert alone.verify([ledger.signer.verifier]).checkpoint.size == events
        assert decode(alone.extra or b"")["id"] == number


async def test_what_cannot_be_proven_says_why(ledger: Ledger) -> None:
    await ledger.grow(300)
    await ledger.tamper("UPDATE audit_logs SET actor_id = 'x' WHERE id = 7", "DELETE FROM audit_logs WHERE id = 8")
    async with opened(ledger.reader_url) as source:
        prover = Prover(source, [ledger.signer.verifier])
        with pytest.raises(InvalidProof, match="Event 7 cannot be proven") as changed:
            await prover.prove(7)
        assert "audit verify" in str(changed.value.hint)
        with pytest.raises(NotVerified, match="Event 8 is no longer in the log; its leaf in the ledger is 7"):
            await prover.prove(8)
        with pytest.raises(NotFound, match="There is no event 301"):
            await prover.prove(301)
        with pytest.raises(UntrustedNote):
            await Prover(source, [generate("example.org/tests").verifier]).prove(9)


async def test_a_tile_that_was_changed_proves_nothing(ledger: Ledger) -> None:
    await ledger.grow(600)
    await ledger.tamper(
        "UPDATE trust.audit_tiles SET hashes = set_byte(hashes, 99, 255 - get_byte(hashes, 99)) WHERE number = 0"
    )
    async with opened(ledger.reader_url) as source:
        prover = Prover(source, [ledger.signer.verifier])
        with pytest.raises(InvalidProof, match="Event 1 cannot be proven"):
            await prover.prove(1)
