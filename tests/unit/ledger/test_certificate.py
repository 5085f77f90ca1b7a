"""Certificates of retention: their form, and who may sign them."""

import pytest

from trust_models.errors import InvalidNote, UntrustedNote
from trust_models.ledger.certificate import Certificate, open_certificate, sign_certificate
from trust_models.ledger.checkpoint import Checkpoint
from trust_models.ledger.keys import generate
from trust_models.ledger.lines import to_base64
from trust_models.ledger.merkle import TreeHead, leaf_hash
from trust_models.ledger.note import sign

KEY, OTHER = generate("example.org/trust_prod"), generate("example.org/other")
CERTIFICATE = Certificate(KEY.name, 1, 1_000_000, 999_990, leaf_hash(b"a"), TreeHead(2_000_000, leaf_hash(b"b")))


def test_its_form() -> None:
    assert CERTIFICATE.text == (
        "example.org/trust_prod/retention\nsegment 1-1000000\nleaves 999990\n"
        f"{to_base64(leaf_hash(b'a'))}\ncheckpoint 2000000 {to_base64(leaf_hash(b'b'))}\n"
    )
    assert Certificate.parse(CERTIFICATE.text) == CERTIFICATE
    assert CERTIFICATE.path == "certificates/1-1000000"


def test_it_is_signed_and_opened() -> None:
    note = str(sign_certificate(CERTIFICATE, [KEY]))
    assert open_certificate(note, [OTHER.verifier, KEY.verifier]) == CERTIFICATE


def test_others_cannot_sign_it() -> None:
    for signers in ([OTHER], [KEY, OTHER], []):
        with pytest.raises(ValueError, match="is signed by its keys"):
            sign_certificate(CERTIFICATE, signers)
    foreign = str(sign(CERTIFICATE.text, [OTHER]))
    with pytest.raises(UntrustedNote):
        open_certificate(foreign, [OTHER.verifier, KEY.verifier])
    with pytest.raises(UntrustedNote, match="for which no key is known"):
        open_certificate(foreign, [OTHER.verifier])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("segment 1-1000000", "segment 1000001-1000000"),
        ("segment 1-1000000", "segment 1"),
        ("segment 1-1000000", "segment -1-5"),
        ("segment ", "Segment "),
        ("leaves 999990", "leaves 2000001"),
        ("leaves 999990", "leaves 0999990"),
        ("/retention", "/Retention"),
        ("checkpoint 2000000 ", "checkpoint 2000000"),
        ("=\ncheckpoint", "\ncheckpoint"),
        ("\ncheckpoint", "\nmore\ncheckpoint"),
    ],
)
def test_another_form_is_refused(old: str, new: str) -> None:
    assert old in CERTIFICATE.text
    with pytest.raises(InvalidNote):
        Certificate.parse(CERTIFICATE.text.replace(old, new))


def test_it_cannot_pass_as_a_checkpoint_nor_a_checkpoint_as_one() -> None:
    with pytest.raises(InvalidNote):
        Checkpoint.parse(CERTIFICATE.text)
    with pytest.raises(InvalidNote):
        Certificate.parse(Checkpoint(f"{KEY.name}/retention", 1, leaf_hash(b"a")).text)
