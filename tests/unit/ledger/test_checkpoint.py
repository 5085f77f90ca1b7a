"""Checkpoints: the form of C2SP, both signatures, rotation of keys, witnesses."""

from base64 import b64decode
from datetime import datetime, timedelta, timezone

import pytest

from tests.fixtures.ledger_vectors import VECTORS
from trust_models.errors import InvalidNote, UntrustedNote
from trust_models.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from trust_models.ledger.keys import Algorithm, Signer, generate
from trust_models.ledger.merkle import TreeHead, leaf_hash
from trust_models.ledger.note import Note, sign, timed_signatures

C2SP = VECTORS["c2sp_checkpoint"]
SUMDB = VECTORS["sumdb_tree"]
NAME = "example.org/trust_prod"
OLD_KEY, NEW_KEY = generate(NAME), generate(NAME)
STRANGER = generate("example.org/other")
WITNESS = generate("witness.example/w1")
HEAD = TreeHead(1234, leaf_hash(b"x"))
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def test_the_checkpoint_of_c2sp() -> None:
    note = Note.parse(C2SP["checkpoint"])
    assert note.text == C2SP["signed_body"]
    found = Checkpoint.parse(note.text)
    assert found == Checkpoint(C2SP["origin"], C2SP["size"], b64decode(C2SP["root_b64"]))
    assert found.text == note.text


def test_the_tree_of_sumdb() -> None:
    found = Checkpoint(SUMDB["origin"], SUMDB["size"], leaf_hash(SUMDB["leaf_ascii"].encode()))
    assert found.text == SUMDB["body"]
    assert Checkpoint.parse(SUMDB["body"]) == found


@pytest.mark.parametrize(
    "text",
    [
        *VECTORS["bad_checkpoints"],
        SUMDB["body"][:-1],
        SUMDB["body"] + "an extension\n",
        SUMDB["body"].replace("=", ""),
        SUMDB["body"].replace("123456789012", "-1"),
        SUMDB["body"].replace("123456789012", "١٢"),
        SUMDB["body"].replace("123456789012", "9" * 20),
        "o\n1\nAAAA\n",
        "",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        Checkpoint.parse(text)


def test_a_checkpoint_is_signed_with_its_time() -> None:
    note = sign_checkpoint(HEAD, [OLD_KEY], at=NOON)
    assert [one.key_id for one in note.signatures] == [OLD_KEY.verifier.key_id, OLD_KEY.verifier.timed.key_id]
    opened = open_checkpoint(str(note), [OLD_KEY.verifier])
    assert opened.checkpoint == Checkpoint(NAME, *HEAD)
    assert opened.checkpoint.head == HEAD
    assert opened.signed_at == NOON
    assert opened.witnessed_at == {}


def test_silence_is_signed_too() -> None:
    first, second = (str(sign_checkpoint(HEAD, [OLD_KEY], at=NOON + timedelta(hours=hour))) for hour in (0, 1))
    assert first != second
    assert open_checkpoint(second, [OLD_KEY.verifier]).signed_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize("known", [[OLD_KEY], [NEW_KEY], [OLD_KEY, NEW_KEY], [STRANGER, NEW_KEY]])
def test_while_keys_rotate_either_is_enough(known: list[Signer]) -> None:
    note = str(sign_checkpoint(HEAD, [OLD_KEY, NEW_KEY], at=NOON))
    assert open_checkpoint(note, [key.verifier for key in known]).signed_at == NOON


def test_keys_of_two_ledgers_sign_nothing_together() -> None:
    with pytest.raises(ValueError, match="unpack"):
        sign_checkpoint(HEAD, [OLD_KEY, STRANGER], at=NOON)


def test_a_checkpoint_of_another_ledger_is_not_trusted() -> None:
    foreign = str(sign_checkpoint(HEAD, [STRANGER], at=NOON))
    with pytest.raises(UntrustedNote, match=r"'example\.org/other', for which no key is known"):
        open_checkpoint(foreign, [OLD_KEY.verifier])
    borrowed = str(sign(Checkpoint(NAME, *HEAD).text, [STRANGER]))
    with pytest.raises(UntrustedNote):
        open_checkpoint(borrowed, [OLD_KEY.verifier, STRANGER.verifier])


def test_a_signature_alone_is_not_enough() -> None:
    text = Checkpoint(NAME, *HEAD).text
    with pytest.raises(UntrustedNote, match="checkpoint's time"):
        open_checkpoint(str(sign(text, [OLD_KEY])), [OLD_KEY.verifier])
    timed = Note(text, tuple(timed_signatures(text, [OLD_KEY], at=NOON)))
    with pytest.raises(UntrustedNote, match="has signed the checkpoint"):
        open_checkpoint(str(timed), [OLD_KEY.verifier])


def test_a_witness_is_no_key_of_the_ledger() -> None:
    text = Checkpoint(NAME, *HEAD).text
    witnessed = sign(text, [OLD_KEY]).with_signatures(timed_signatures(text, [WITNESS], at=NOON))
    with pytest.raises(UntrustedNote, match="checkpoint's time"):
        open_checkpoint(str(witnessed), [OLD_KEY.verifier], witnesses=[WITNESS.verifier.timed])


def test_witnesses_say_when_they_saw_it() -> None:
    note = sign_checkpoint(HEAD, [OLD_KEY], at=NOON)
    seen = NOON + timedelta(seconds=2)
    witnessed = str(note.with_signatures(timed_signatures(note.text, [WITNESS], at=seen)))
    opened = open_checkpoint(witnessed, [OLD_KEY.verifier], witnesses=[WITNESS.verifier.timed])
    assert opened.witnessed_at == {WITNESS.name: seen}
    assert opened.signed_at == NOON
    assert open_checkpoint(witnessed, [OLD_KEY.verifier]).witnessed_at == {}


def test_the_second_signature_is_one_of_c2sp() -> None:
    """`cosignature/v1`, the time, and the text of the note: as c2sp.org/tlog-cosignature writes it."""
    note = sign_checkpoint(HEAD, [OLD_KEY], at=NOON)
    value = note.signatures[1].value
    message = f"cosignature/v1\ntime {int(NOON.timestamp())}\n{note.text}".encode()
    assert value[:8] == int(NOON.timestamp()).to_bytes(8, "big")
    assert OLD_KEY.verifier.accepts(message, value[8:])
    assert OLD_KEY.verifier.timed.algorithm is Algorithm.TIMED_ED25519
