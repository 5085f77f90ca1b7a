"""What is sent to witnesses, and what of their answers is taken."""

from datetime import datetime, timezone

import pytest

from tests.fixtures.ledger_vectors import VECTORS
from trust_models.errors import InvalidNote, InvalidProof, UntrustedNote
from trust_models.ledger.checkpoint import open_checkpoint, sign_checkpoint
from trust_models.ledger.keys import generate
from trust_models.ledger.lines import to_base64
from trust_models.ledger.merkle import TreeHead, leaf_hash
from trust_models.ledger.note import timed_signatures
from trust_models.ledger.witness import add_checkpoint, size_of_conflict, with_cosignatures

KEY, WITNESS, OTHER = generate("example.org/trust_prod"), generate("witness.example/w1"), generate("witness.example/w2")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
NOTE = sign_checkpoint(TreeHead(5, leaf_hash(b"root")), [KEY], at=NOON)
CHECKPOINT = str(NOTE)


def test_the_request() -> None:
    hashes = [leaf_hash(b"1"), leaf_hash(b"2")]
    body = add_checkpoint(VECTORS["c2sp_checkpoint"]["checkpoint"], old_size=20852014, proof=hashes)
    lines = ["old 20852014", *map(to_base64, hashes), "", VECTORS["c2sp_checkpoint"]["checkpoint"]]
    assert body.decode() == "\n".join(lines)
    assert add_checkpoint(CHECKPOINT, old_size=0, proof=[]).decode() == f"old 0\n\n{CHECKPOINT}"


@pytest.mark.parametrize(("old_size", "count"), [(0, 1), (-1, 0), (1, 64)])
def test_a_proof_that_no_witness_takes_is_not_sent(old_size: int, count: int) -> None:
    with pytest.raises(InvalidProof):
        add_checkpoint(CHECKPOINT, old_size=old_size, proof=[bytes(32)] * count)


def test_what_is_no_note_is_not_sent() -> None:
    with pytest.raises(InvalidNote):
        add_checkpoint("nothing", old_size=0, proof=[])


def test_signatures_of_known_witnesses_are_added() -> None:
    answer = "".join(map(str, timed_signatures(NOTE.text, [WITNESS, OTHER], at=NOON))).encode()
    cosigned = with_cosignatures(CHECKPOINT, answer, [WITNESS.verifier.timed])
    assert cosigned == CHECKPOINT + answer.decode().splitlines(keepends=True)[0]
    opened = open_checkpoint(cosigned, [KEY.verifier], witnesses=[WITNESS.verifier.timed, OTHER.verifier.timed])
    assert opened.witnessed_at == {WITNESS.name: NOON}


def test_a_false_answer_is_refused() -> None:
    answer = "".join(map(str, timed_signatures("another\ntext\n", [WITNESS], at=NOON))).encode()
    with pytest.raises(UntrustedNote, match="false"):
        with_cosignatures(CHECKPOINT, answer, [WITNESS.verifier.timed])
    with pytest.raises(UntrustedNote, match="No key"):
        with_cosignatures(CHECKPOINT, answer, [OTHER.verifier.timed])


def test_a_signature_without_time_is_none_of_a_witness() -> None:
    with pytest.raises(UntrustedNote, match="No key"):
        with_cosignatures(CHECKPOINT, str(NOTE.signatures[0]).encode(), [KEY.verifier])


@pytest.mark.parametrize("answer", [b"", b"\xff", b"nothing\n"])
def test_another_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(InvalidNote):
        with_cosignatures(CHECKPOINT, answer, [WITNESS.verifier.timed])
    with pytest.raises(InvalidNote):
        size_of_conflict(answer)


def test_the_size_that_a_witness_knows() -> None:
    assert size_of_conflict(b"20852014\n") == 20852014
    assert size_of_conflict(b"0\n") == 0
