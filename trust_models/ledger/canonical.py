"""The canonical bytes of an event: its tuple as `COPY audit_logs TO STDOUT (FORMAT binary)` writes it.

An int16 that counts the columns; then each column of the table in its order: an int32 with the length of the value,
-1 for NULL, and the value; all in network order (PostgreSQL's documentation of COPY, "Binary Format"). So PostgreSQL
itself hands them out at full speed, every column is covered, and equal numbers written differently (1.5, 1.50) differ.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from struct import Struct
from struct import error as StructError  # noqa: N812 - a class
from typing import NamedTuple

from trust_models.errors import InvalidEventBytes
from trust_models.ledger.jsonb import jsonb_text
from trust_models.ledger.merkle import LEAF_PREFIX


class Column(NamedTuple):
    """A column of `audit_logs`, with its type in PostgreSQL."""

    name: str
    type: str


COLUMNS = (
    Column("tx_id", "xid8"),
    Column("id", "bigint"),
    Column("created_at", "timestamptz"),
    Column("schema_version", "smallint"),
    Column("actor_type", "varchar"),
    Column("actor_id", "varchar"),
    Column("on_behalf_of", "varchar"),
    Column("action", "varchar"),
    Column("outcome", "varchar"),
    Column("reason_code", "varchar"),
    Column("entity_type", "varchar"),
    Column("entity_id", "varchar"),
    Column("metadata", "jsonb"),
    Column("context", "jsonb"),
)

_EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_NULL = b"\xff\xff\xff\xff"
_COUNT = len(COLUMNS).to_bytes(2, "big")
_BEGIN = _COUNT + (8).to_bytes(4, "big")
"""What every event begins with: how many columns there are, and the length of the first."""
_HEAD = re.compile(rb"\x00\x0e\x00\x00\x00\x08.{8}\x00\x00\x00\x08.{8}\x00\x00\x00\x08.{8}\x00\x00\x00\x02", re.DOTALL)
"""The columns of fixed length at the front."""
_SHORTEST = 12 + 12 + 6 + 8 + 10 * 4
"""The fewest bytes that can follow on `_BEGIN`: fixed lengths, then ten columns without a value."""
_LENGTH = Struct(">i")
_SMALLINT = Struct(">h")
_BIGINT = Struct(">q")
_XID8 = Struct(">Q")


def encode(values: Mapping[str, object]) -> bytes:
    """Return the canonical bytes of an event, given all columns by name.

    A jsonb column is given as a mapping, or as PostgreSQL's own text of it, which is taken as it is. Raises
    `ValueError` for a column that is missing or a value that the column cannot hold, `TypeError` for another type.
    """
    if values.keys() != {column.name for column in COLUMNS}:
        raise ValueError(f"an event has the columns {', '.join(column.name for column in COLUMNS)}")
    parts = [_COUNT]
    for name, kind in COLUMNS:
        if (value := values[name]) is None:
            parts.append(_NULL)
            continue
        try:
            payload = _ENCODERS[kind](value)
        except StructError as error:
            raise ValueError(f"{name} is out of range") from error
        parts += (_LENGTH.pack(len(payload)), payload)
    return b"".join(parts)


def decode(data: bytes) -> dict[str, object]:
    """Return the columns of one event by name; jsonb stays the text that it is, since its digits count.

    `encode` makes the same bytes of them. Raises `InvalidEventBytes` for other bytes.
    """
    if _end_of_event(data, 0) != len(data):
        raise InvalidEventBytes("These are not the bytes of one whole event.")
    values: dict[str, object] = {}
    at = len(_COUNT)
    for name, kind in COLUMNS:
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if length < 0:
            values[name] = None
            continue
        try:
            values[name] = _DECODERS[kind](data[at : at + length])
        except (StructError, ValueError, OverflowError) as error:
            raise InvalidEventBytes(f"The event's bytes hold no {kind} in {name}.") from error
        at += length
    return values


def split(buffer: bytes) -> list[bytes]:
    """Return the events of a buffer that holds them one behind the other.

    Raises `InvalidEventBytes` if it does not begin and end with a whole event. What no PostgreSQL has written, such as
    a NUL in a text, may be cut elsewhere than where its lengths say; `decode` finds that, and so does a leaf's hash.
    """
    return [_BEGIN + rest for rest in _behind_begin(buffer)]


def leaf_hashes(buffer: bytes) -> bytes:
    """Return the leaf hashes of the events of a buffer (RFC 6962 §2.1), in one piece; raise as `split` does."""
    begin = LEAF_PREFIX + _BEGIN
    return b"".join([sha256(begin + rest).digest() for rest in _behind_begin(buffer)])


def _behind_begin(buffer: bytes) -> list[bytes]:
    """Return the events, each without `_BEGIN`: to search for that is much faster than to walk along the lengths."""
    if not buffer:
        return []
    if whole_events(buffer) != len(buffer):
        raise InvalidEventBytes("The bytes end inside of an event.")
    # A text holds no NUL, so `_BEGIN` can stand inside of an event only where one of its first numbers ends. What
    # comes before is then shorter than an event can be.
    rests = buffer.split(_BEGIN)[1:]
    return rests if min(map(len, rests)) >= _SHORTEST else _joined(rests)


def whole_events(buffer: bytes) -> int:
    """Return how many bytes at the front of a buffer are whole events.

    Raises `InvalidEventBytes` if it does not begin with an event, or its last one has lengths that cannot be.
    """
    if not buffer.startswith(_BEGIN[: len(buffer)]):
        raise InvalidEventBytes("The bytes do not begin with an event.")
    at = len(buffer)
    while (at := buffer.rfind(_BEGIN, 0, at)) > 0:
        if _HEAD.match(buffer, at) and (end := _end_of_event(buffer, at)) is not None:
            return _following(buffer, end)
    return _following(buffer, 0)


def _following(buffer: bytes, at: int) -> int:
    """Return the end of the last whole event, of those that begin at `at`."""
    while (end := _end_of_event(buffer, at)) is not None:
        at = end
    return at


def _end_of_event(buffer: bytes, start: int) -> int | None:
    """Return where an event ends; None if the buffer ends before it."""
    if len(buffer) - start < len(_COUNT):
        return None
    if not buffer.startswith(_COUNT, start):
        raise InvalidEventBytes(f"No event begins at byte {start}.")
    at = start + len(_COUNT)
    for _ in COLUMNS:
        if at + _LENGTH.size > len(buffer):
            return None
        (length,) = _LENGTH.unpack_from(buffer, at)
        if length < -1:
            raise InvalidEventBytes(f"There is no value of {length} bytes, at byte {at}.")
        at += _LENGTH.size + max(length, 0)
    return at if at <= len(buffer) else None


def _joined(pieces: list[bytes]) -> list[bytes]:
    rests = []
    part = b""
    for piece in pieces:
        part += piece
        if len(part) >= _SHORTEST:
            rests.append(part)
            part = b""
        else:
            part += _BEGIN
    return rests


def _text(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"a text is wanted, not {type(value).__name__}")
    if "\x00" in value:
        raise ValueError("PostgreSQL cannot hold a NUL")
    return value.encode()


def _timestamp(value: object) -> bytes:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a datetime with its time zone is wanted")
    return _BIGINT.pack((value - _EPOCH) // _MICROSECOND)


def _jsonb(value: object) -> bytes:
    return b"\x01" + (value if isinstance(value, str) else jsonb_text(value)).encode()


def _moment(payload: bytes) -> datetime:
    (microseconds,) = _BIGINT.unpack(payload)
    return _EPOCH + timedelta(microseconds=microseconds)


def _jsonb_of(payload: bytes) -> str:
    if payload[:1] != b"\x01":
        raise ValueError("another version of jsonb")
    return payload[1:].decode()


_ENCODERS: dict[str, Callable[[object], bytes]] = {
    "xid8": _XID8.pack,
    "bigint": _BIGINT.pack,
    "smallint": _SMALLINT.pack,
    "timestamptz": _timestamp,
    "varchar": _text,
    "jsonb": _jsonb,
}
_DECODERS: dict[str, Callable[[bytes], object]] = {
    "xid8": lambda payload: _XID8.unpack(payload)[0],
    "bigint": lambda payload: _BIGINT.unpack(payload)[0],
    "smallint": lambda payload: _SMALLINT.unpack(payload)[0],
    "timestamptz": _moment,
    "varchar": lambda payload: payload.decode(),
    "jsonb": _jsonb_of,
}
