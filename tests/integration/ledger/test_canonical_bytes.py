"""What we take for the canonical bytes of an event is what PostgreSQL writes, whatever the event holds."""

import json
from collections.abc import AsyncIterator
from datetime import timezone
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fixtures import records
from trust_models.ledger.canonical import COLUMNS, decode, encode, split
from trust_models.ledger.copy_stream import CopyStream
from trust_models.ledger.jsonb import jsonb_text

# As JSON writes them: the digits are what matters, so no number becomes a float on its way.
number_texts = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(
        ["1.50", "-0", "-0.0", "-0.00e5", "0e9", "1e400", "1.0e2", "1E-400", "123456789012345678901234567890"]
    ),
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
documents = st.recursive(
    st.one_of(number_texts, texts.map(json.dumps), st.sampled_from(["null", "true", "false"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda values: f"[{','.join(values)}]"),
        # Pairs, not a dict: a key may come twice.
        st.lists(st.tuples(texts | st.sampled_from(["a", "b", "aa", "é"]), inner), max_size=5).map(
            lambda pairs: f"{{{','.join(f'{json.dumps(key)}: {value}' for key, value in pairs)}}}"
        ),
    ),
    max_leaves=12,
)
objects = documents.map(lambda inner: f'{{"value": {inner}, "other": 1.0}}')
moments = st.datetimes(timezones=st.just(timezone.utc))
rows = st.fixed_dictionaries(
    {
        "tx_id": st.integers(0, 2**64 - 1),
        "id": st.integers(-(2**63), 2**63 - 1),
        "created_at": moments,
        "schema_version": st.integers(-(2**15), 2**15 - 1),
        **{name: st.none() | texts for name in ("actor_id", "on_behalf_of", "reason_code", "entity_id")},
        **dict.fromkeys(("action", "entity_type"), texts),
        **{name: texts.map(lambda text: text[:16]) for name in ("actor_type", "outcome")},
        "metadata": st.none() | objects,
        "context": objects,
    }
)


def parsed(text: str) -> Any:
    """Read JSON without losing a digit; of equal keys the last wins, as in jsonb."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


@pytest.fixture(scope="module")
async def scratch(admin_url: Any) -> AsyncIterator[asyncpg.Connection]:
    """A connection with a table that has the columns of the log, and none of its rules."""
    connection = await asyncpg.connect(**admin_url.connect_kwargs())
    columns = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)
    await connection.execute(f"CREATE TEMPORARY TABLE scratch ({columns})")
    yield connection
    await connection.close()


async def copied(connection: asyncpg.Connection, query: str) -> list[bytes]:
    """Return the tuples of a COPY in binary form."""
    stream = CopyStream()
    found = bytearray()

    async def take(piece: bytes) -> None:
        found.extend(stream.feed(piece))

    await connection.copy_from_query(query, output=take, format="binary")
    stream.finish()
    return split(bytes(found))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, min_size=1, max_size=20))
async def test_bytes_of_any_row(scratch: asyncpg.Connection, several: list[dict[str, Any]]) -> None:
    places = ", ".join(
        f"${number}::text::{column.type}" if column.type in {"xid8", "jsonb"} else f"${number}"
        for number, column in enumerate(COLUMNS, 1)
    )
    await scratch.execute("TRUNCATE scratch")
    await scratch.executemany(
        f"INSERT INTO scratch VALUES ({places})",  # noqa: S608 - names of columns
        [[str(row[name]) if name == "tx_id" else row[name] for name, _ in COLUMNS] for row in several],
    )
    ours = [encode({name: _value(name, row[name]) for name, _ in COLUMNS}) for row in several]
    theirs = await copied(scratch, "SELECT * FROM scratch ORDER BY ctid")
    assert ours == theirs
    assert [encode(decode(data)) for data in theirs] == theirs


def _value(name: str, value: Any) -> Any:
    return parsed(value) if name in {"metadata", "context"} and value is not None else value


@settings(max_examples=300, deadline=None)
@given(documents)
@example('"\\u007f\\u0080\\u2028\\u0001"')
@example('{"b": 1, "a": 2, "b": {"aa": 1, "é": 2, "z": 3}}')
async def test_text_of_any_document(scratch: asyncpg.Connection, document: str) -> None:
    assert jsonb_text(parsed(document)) == await scratch.fetchval("SELECT $1::text::jsonb::text", document)


@pytest.mark.parametrize("number", ["1e131071", "1e-16383", "0e131073", "0.0e-16382"])
async def test_the_longest_numbers(scratch: asyncpg.Connection, number: str) -> None:
    assert jsonb_text(Decimal(number)) == await scratch.fetchval("SELECT $1::text::jsonb::text", number)


@pytest.mark.parametrize("number", ["1e131072", "1e-16384", "0e-16384"])
async def test_longer_numbers_are_refused_here_and_there(scratch: asyncpg.Connection, number: str) -> None:
    with pytest.raises(ValueError, match="more digits"):
        jsonb_text(Decimal(number))
    with pytest.raises(asyncpg.NumericValueOutOfRangeError):
        await scratch.fetchval("SELECT $1::text::jsonb::text", number)


async def test_bytes_of_real_events(app: asyncpg.Connection, admin: asyncpg.Connection) -> None:
    await records.event(app, entity_id="a\nb", metadata=json.dumps({"a": [1.5, None, "ü", {"b": 10**30}]}))
    await records.event(app)
    found = await copied(admin, "SELECT * FROM public.audit_logs ORDER BY tx_id, id")
    fetched = await admin.fetch("SELECT * FROM public.audit_logs ORDER BY tx_id, id")
    assert len(found) >= 2
    assert [decode(data) for data in found] == [dict(row) for row in fetched]
    assert [encode(dict(row)) for row in fetched] == found


async def test_the_columns_have_the_types_of_the_table(admin: asyncpg.Connection) -> None:
    listed = await admin.fetch(
        """SELECT attname, atttypid::regtype::text AS type FROM pg_attribute
            WHERE attrelid = 'public.audit_logs'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
    )
    ours = await admin.fetch(
        "SELECT u.name AS attname, u.type::regtype::text AS type FROM unnest($1::text[], $2::text[]) AS u (name, type)",
        [column.name for column in COLUMNS],
        [column.type for column in COLUMNS],
    )
    assert listed == ours
