"""Files that prove one event: the form of C2SP, and no file in which anything was changed."""

from datetime import datetime, timezone
from hashlib import sha256

import pytest

from tests.fixtures.ledger_vectors import VECTORS
from trust_models.errors import InvalidNote, InvalidProof, NotVerified, UntrustedNote
from trust_models.ledger.checkpoint import sign_checkpoint
from trust_models.ledger.keys import generate
from trust_models.ledger.merkle import TreeHead, leaf_hash, root
from trust_models.ledger.proof_file import ProofFile
from trust_models.ledger.tiles import Tile, inclusion_proof

FORMAT = VECTORS["tlog_proof_format"]
KEY = generate("example.org/trust_prod")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
EVENTS = [b"event %d" % number for number in range(11)]
LEAVES = b"".join(map(leaf_hash, EVENTS))
CHECKPOINT = str(sign_checkpoint(TreeHead(11, root(LEAVES)), [KEY], at=NOON))


def proof_of(index: int) -> ProofFile:
    return ProofFile(index, tuple(inclusion_proof(index, 11, {Tile(0, 0, 11): LEAVES})), CHECKPOINT, EVENTS[index])


def test_the_form_of_c2sp() -> None:
    hashes = tuple(sha256(text.encode()).digest() for text in FORMAT["hashes_are_sha256_of"])
    proof = ProofFile(FORMAT["index"], hashes, FORMAT["checkpoint"])
    assert str(proof) == FORMAT["want"]
    assert ProofFile.parse(FORMAT["want"]) == proof


@pytest.mark.parametrize(
    "text",
    [
        *FORMAT["reject"],
        "",
        "c2sp.org/tlog-proof@v1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nextra AAA\nindex 0\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nplace 0\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + ("A" * 43 + "=\n") * 64 + "\ncheckpoint\n",
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        ProofFile.parse(text)


@pytest.mark.parametrize("index", range(11))
def test_a_file_alone_proves_its_event(index: int) -> None:
    proof = ProofFile.parse(str(proof_of(index)))
    assert proof == proof_of(index)
    signed = proof.verify([KEY.verifier])
    assert (signed.signed_at, signed.checkpoint.size) == (NOON, 11)


def test_another_event_is_not_proved() -> None:
    one, other = proof_of(3), proof_of(4)
    with pytest.raises(InvalidProof):
        ProofFile(one.index, one.hashes, one.checkpoint, other.extra).verify([KEY.verifier])
    with pytest.raises(InvalidProof, match="does not hold the event"):
        ProofFile(one.index, one.hashes, one.checkpoint).verify([KEY.verifier])


def test_a_key_of_somebody_else_proves_nothing() -> None:
    with pytest.raises(UntrustedNote):
        proof_of(3).verify([generate("example.org/trust_prod").verifier])


def test_no_letter_of_the_file_can_be_changed() -> None:
    text = str(proof_of(3))
    accepted = []
    for at, letter in enumerate(text):
        changed = text[:at] + ("A" if letter != "A" else "B") + text[at + 1 :]
        try:
            ProofFile.parse(changed).verify([KEY.verifier])
        except NotVerified:
            continue
        accepted.append(text[:at].rpartition("\n")[2] + letter)
    assert accepted == []
