"""Signed notes: those of Go's sumdb and of C2SP, and none that was changed."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.ledger_vectors import VECTORS
from trust_models.errors import InvalidNote, UntrustedNote
from trust_models.ledger.keys import Signer, Verifier
from trust_models.ledger.note import Note, Signature, parse_signatures, sign, timed_signatures

SUMDB = VECTORS["sumdb_note"]
PETER = Signer.parse(SUMDB["skey"])
ENOCH = Signer("EnochRoot", bytes(32))
C2SP = VECTORS["c2sp_signed_note"]
NOON = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=timezone.utc)


def test_the_notes_of_sumdb_are_signed_to_the_letter() -> None:
    assert str(sign(SUMDB["text"], [PETER])) == SUMDB["signed"]
    assert str(sign(SUMDB["text"], [PETER, ENOCH])) == SUMDB["signed_by_both"]


@pytest.mark.parametrize(
    ("note", "keys", "names"),
    [
        (SUMDB["signed"], [SUMDB["vkey"]], ["PeterNeumann"]),
        (SUMDB["signed"], [SUMDB["vkey"], SUMDB["second_vkey"]], ["PeterNeumann"]),
        (SUMDB["signed_by_both"], [SUMDB["second_vkey"]], ["EnochRoot"]),
        (SUMDB["signed_by_both"], [SUMDB["vkey"], SUMDB["second_vkey"]], ["PeterNeumann", "EnochRoot"]),
        (C2SP["note"], [C2SP["vkey"]], ["example.com/foo"]),
    ],
)
def test_the_notes_of_others_are_checked(note: str, keys: list[str], names: list[str]) -> None:
    parsed = Note.parse(note)
    checked = parsed.check([Verifier.parse(key) for key in keys])
    assert [one.verifier.name for one in checked] == names
    assert {one.time for one in checked} == {None}
    assert str(parsed) == note


def test_a_note_of_unknown_keys_is_not_trusted() -> None:
    with pytest.raises(UntrustedNote, match="No key"):
        Note.parse(SUMDB["signed"]).check([ENOCH.verifier])
    with pytest.raises(UntrustedNote, match="No key"):
        Note.parse(SUMDB["signed"]).check([])


def test_a_key_of_the_same_name_is_another() -> None:
    with pytest.raises(UntrustedNote, match="No key"):
        Note.parse(SUMDB["signed"]).check([Signer("PeterNeumann", bytes(32)).verifier])


def test_a_changed_text_is_found() -> None:
    with pytest.raises(UntrustedNote, match="false"):
        Note.parse(SUMDB["signed"].replace("answer", "Answer")).check([PETER.verifier])


def test_one_false_signature_of_a_known_key_spoils_the_note() -> None:
    note = sign("text\n", [PETER])
    false = Signature(ENOCH.name, ENOCH.verifier.key_id, bytes(64))
    assert note.with_signatures([false]).check([PETER.verifier])
    with pytest.raises(UntrustedNote, match="EnochRoot is false"):
        note.with_signatures([false]).check([PETER.verifier, ENOCH.verifier])


def test_a_timed_signature_says_the_second() -> None:
    note = Note("text\n", tuple(timed_signatures("text\n", [PETER], at=NOON)))
    (checked,) = note.check([PETER.verifier.timed])
    assert checked.time == NOON.replace(microsecond=0)
    with pytest.raises(UntrustedNote, match="No key"):
        note.check([PETER.verifier])


@pytest.mark.parametrize("value", [bytes(72), b"\xff" * 72, bytes(8), b"", bytes(7)])
def test_a_false_time_is_found(value: bytes) -> None:
    key = PETER.verifier.timed
    with pytest.raises(UntrustedNote, match="PeterNeumann"):
        Note("text\n", (Signature(key.name, key.key_id, value),)).check([key])


def test_the_time_is_part_of_what_is_signed() -> None:
    (signature,) = timed_signatures("text\n", [PETER], at=NOON)
    later = signature._replace(value=(int(NOON.timestamp()) + 1).to_bytes(8, "big") + signature.value[8:])
    with pytest.raises(UntrustedNote, match="false"):
        Note("text\n", (later,)).check([PETER.verifier.timed])


def test_a_text_cannot_pass_as_a_timed_one() -> None:
    with pytest.raises(InvalidNote, match="cosignature/v1"):
        sign("cosignature/v1\ntime 1\no\n", [PETER])


def test_signatures_are_not_doubled() -> None:
    note = Note.parse(SUMDB["signed"])
    assert note.with_signatures(note.signatures) == note


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— a b",
        "text\n\n— a AAAAAA==",
        "text\n\n— a AAAAAAAAAA\n",
        "text\n\n- a AAAAAAAA\n",
        "text\n\n—  AAAAAAAA\n",
        "text\n\n— a+b AAAAAAAA\n",
        "text\n\n— a AAAAAA==\n",
        "text\n\n— a AAAAAB==\n",
        "text\n\n— a AAAAAAA=\n\n",
        "te\tt\n\n— a AAAAAAA=\n",
        "te\ud800t\n\n— a AAAAAAA=\n",
        "x" * 1_000_001 + "\n\n— a AAAAAAA=\n",
        "text\n\n" + "— a AAAAAAA=\n" * 101,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(InvalidNote):
        Note.parse(note)


def test_sixteen_signatures_are_taken() -> None:
    assert len(parse_signatures("— a AAAAAAA=\n" * 16)) == 16


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=200), st.integers(0, 10**9))
def test_any_text_is_signed_and_read_again(text: str, second: int) -> None:
    at = datetime.fromtimestamp(second, timezone.utc)
    body = f"{text}\n\n{text}\n"
    note = sign(body, [PETER]).with_signatures(timed_signatures(body, [PETER], at=at))
    parsed = Note.parse(str(note))
    assert parsed == note
    assert [one.time for one in parsed.check([PETER.verifier, PETER.verifier.timed])] == [None, at]
