"""Canonical bytes: written and read again, cut from a buffer or a stream, and nothing else taken for them."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust_models.errors import InvalidEventBytes
from trust_models.ledger.canonical import COLUMNS, decode, encode, leaf_hashes, split, whole_events
from trust_models.ledger.copy_stream import COPY_HEADER, COPY_TRAILER, CopyStream
from trust_models.ledger.jsonb import jsonb_text
from trust_models.ledger.merkle import leaf_hash
from trust_models.models import AuditLog

EVENT: dict[str, Any] = {
    "tx_id": 2**64 - 1,
    "id": 7,
    "created_at": datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=timezone.utc),
    "schema_version": 1,
    "actor_type": "USER",
    "actor_id": "ünï",
    "on_behalf_of": None,
    "action": "labs.session.verify",
    "outcome": "SUCCESS",
    "reason_code": "",
    "entity_type": "lab_session",
    "entity_id": None,
    "metadata": {"a": Decimal("1.50")},
    "context": '{"verbatim":   1}',
}
numbers = st.one_of(st.integers(0, 2**63 - 1), st.sampled_from([14, 0x000E, 0x000E00000008, 14 << 32 | 8, 14 << 48]))
events = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in EVENT.items()},
        "tx_id": numbers,
        "id": numbers,
        "schema_version": st.sampled_from([1, 14]),
        "actor_type": st.sampled_from(["USER", "SERVICES", "é" * 4]),
        "actor_id": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=14),
        "on_behalf_of": st.none() | st.just("") | st.just("\x0e\x08"),
    }
)


def test_the_columns_are_those_of_the_table() -> None:
    assert [column.name for column in COLUMNS] == list(AuditLog._meta.fields_map)


def test_the_bytes_of_an_event() -> None:
    data = encode(EVENT)
    assert data[:14] == b"\x00\x0e\x00\x00\x00\x08" + b"\xff" * 8
    assert data.endswith(b'\x00\x00\x00\x0c\x01{"a": 1.50}\x00\x00\x00\x12\x01{"verbatim":   1}')
    assert decode(data) == EVENT | {"metadata": '{"a": 1.50}'}


@given(events)
def test_what_is_read_is_written_again(event: dict[str, Any]) -> None:
    data = encode(event)
    assert encode(decode(data)) == data


@given(st.lists(events, max_size=8))
def test_a_buffer_is_cut_where_events_begin(several: list[dict[str, Any]]) -> None:
    each = [encode(event) for event in several]
    buffer = b"".join(each)
    assert split(buffer) == each
    assert leaf_hashes(buffer) == b"".join(map(leaf_hash, each))


@given(st.lists(events, min_size=1, max_size=4), st.data())
def test_a_cut_buffer_ends_with_its_last_whole_event(several: list[dict[str, Any]], data: st.DataObject) -> None:
    each = [encode(event) for event in several]
    buffer = b"".join(each)
    cut = data.draw(st.integers(0, len(buffer)))
    ends = [sum(map(len, each[:count])) for count in range(len(each) + 1)]
    assert whole_events(buffer[:cut]) == max(end for end in ends if end <= cut)
    if cut not in ends:
        with pytest.raises(InvalidEventBytes, match="inside of an event"):
            split(buffer[:cut])
        with pytest.raises(InvalidEventBytes):
            leaf_hashes(buffer[:cut])


@given(st.lists(events, max_size=4), st.lists(st.integers(1, 400), min_size=1))
def test_a_stream_comes_in_pieces_of_any_length(several: list[dict[str, Any]], lengths: list[int]) -> None:
    each = [encode(event) for event in several]
    stream = COPY_HEADER + b"".join(each) + COPY_TRAILER
    reader, found, at, turn = CopyStream(), b"", 0, 0
    while at < len(stream):
        found += reader.feed(stream[at : at + lengths[turn % len(lengths)]])
        at, turn = at + lengths[turn % len(lengths)], turn + 1
    reader.finish()
    assert split(found) == each


def test_a_stream_that_is_cut_or_none_is_refused() -> None:
    cut = CopyStream()
    assert cut.feed(COPY_HEADER + encode(EVENT)) == encode(EVENT)
    with pytest.raises(InvalidEventBytes, match="was cut"):
        cut.finish()
    with pytest.raises(InvalidEventBytes, match="does not begin"):
        CopyStream().feed(b"tx_id,id,created_at,schema_version\n")
    with pytest.raises(InvalidEventBytes):
        CopyStream().feed(COPY_HEADER + b"something else")
    ended = CopyStream()
    ended.feed(COPY_HEADER + COPY_TRAILER)
    ended.feed(b"")
    with pytest.raises(InvalidEventBytes, match="behind its end"):
        ended.feed(encode(EVENT))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        encode(EVENT)[:-1],
        encode(EVENT) + b"\x00",
        encode(EVENT) * 2,
        encode(EVENT).replace(b"\x00\x0e", b"\x00\x0d", 1),
        encode(EVENT).replace(b"\x01{", b"\x02{"),
        encode(EVENT).replace("ü".encode(), b"\xff\xff"),
        encode(EVENT).replace(b"\xff\xff\xff\xff\x00\x00\x00\x13", b"\xff\xff\xff\xfe\x00\x00\x00\x13"),
        encode(EVENT | {"tx_id": 1}).replace(b"\x00\x02\x00\x01", b"\x00\x01\x01"),
        encode(EVENT)[:32] + b"\x7f" * 8 + encode(EVENT)[40:],
    ],
)
def test_other_bytes_are_no_event(data: bytes) -> None:
    with pytest.raises(InvalidEventBytes):
        decode(data)


def test_an_impossible_length_is_named() -> None:
    broken = encode(EVENT).replace(b"\xff\xff\xff\xff\x00\x00\x00\x13", b"\xff\xff\xff\xfe\x00\x00\x00\x13")
    with pytest.raises(InvalidEventBytes, match="no value of -2 bytes"):
        split(broken)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tx_id", -1),
        ("tx_id", 2**64),
        ("id", 2**63),
        ("schema_version", 2**15),
        ("action", "a\0b"),
        ("action", "\ud800"),
        ("metadata", {"a": "\0"}),
        ("metadata", {"\ud800": 1}),
        ("metadata", {"a": float("nan")}),
        ("metadata", {"a": Decimal("1e131072")}),
        ("metadata", {"a": Decimal("1e-16384")}),
    ],
)
def test_what_the_table_cannot_hold_has_no_bytes(column: str, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own message
        encode(EVENT | {column: value})


@pytest.mark.parametrize(
    ("column", "value"),
    [("action", 1), ("created_at", datetime(2026, 1, 1)), ("metadata", {"a": b"x"}), ("metadata", {1: 1})],  # noqa: DTZ001
)
def test_another_type_has_no_bytes(column: str, value: object) -> None:
    with pytest.raises(TypeError):
        encode(EVENT | {column: value})


def test_every_column_must_be_given() -> None:
    with pytest.raises(ValueError, match="has the columns tx_id, id"):
        encode({"id": 1})


def test_a_time_is_the_same_in_every_zone() -> None:
    elsewhere = EVENT["created_at"].astimezone(timezone(timedelta(hours=-7)))
    assert encode(EVENT | {"created_at": elsewhere}) == encode(EVENT)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ({"bb": 1, "a": [True, False, None], "é": {}, "": 0}, '{"": 0, "a": [true, false, null], "bb": 1, "é": {}}'),
        (Decimal("1.50"), "1.50"),
        (Decimal("-0.00"), "0.00"),
        (Decimal("0e5"), "0"),
        (Decimal("1.0e2"), "100"),
        (1e16, "10000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "0.0"),
        ('"\\/\b\f\n\r\t\x1f\x7f', '"\\"\\\\/\\b\\f\\n\\r\\t\\u001f\x7f"'),
    ],
)
def test_the_text_of_jsonb(value: object, text: str) -> None:
    assert jsonb_text(value) == text


def test_a_number_of_thousands_of_digits() -> None:
    assert jsonb_text(10**5000) == f"1{'0' * 5000}"
