"""Any change of any byte of a sealed event is found, and told of this event."""

from collections.abc import Mapping

import asyncpg
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tests.fixtures.ledgers import Ledger
from trust_models.errors import InvalidEventBytes
from trust_models.ledger.canonical import decode
from trust_models.ledger.verifier.findings import Severity
from trust_models.ledger.verifier.snapshot import opened

EVENTS = 300
RULES = ("actor_type", "outcome", "context")
"""The constraints by which the log's columns are checked."""


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(event=st.integers(1, EVENTS), at=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
async def test_any_byte_of_any_event(ledger: Ledger, event: int, at: float, flipped: int) -> None:
    await _prepared(ledger)
    original = await _bytes_of(ledger, event)
    before, after = decode(original), _decoded(original, int(at * len(original)), flipped)
    now = int(str(after["id"]))
    try:
        await ledger.tamper(_update(event, after))
    except (asyncpg.PostgresError, ValueError):
        reject()  # no event that PostgreSQL can hold
    changed = await _bytes_of(ledger, now) != original
    report = await ledger.verify()
    await ledger.tamper(_update(now, before))
    assert (await ledger.verify()).findings == ()
    if changed:  # and not the same document, written otherwise
        assert report.severity is Severity.EVENTS
        assert event in {one for finding in report.findings for one in finding.events}


async def _prepared(ledger: Ledger) -> None:
    if not await ledger.admin.fetchval("SELECT size FROM trust.audit_ledger"):
        await ledger.grow(EVENTS)
        await ledger.tamper(*(f"ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_{name}_ck" for name in RULES))


async def _bytes_of(ledger: Ledger, event: int) -> bytes:
    async with opened(ledger.reader_url) as source:
        (found,) = await source.events_by_id([event])
    return found


def _decoded(event: bytes, at: int, flipped: int) -> Mapping[str, object]:
    """Return the event with another byte, if that is one."""
    changed = bytearray(event)
    changed[at] ^= flipped
    values: Mapping[str, object] = {}
    try:
        values = decode(bytes(changed))
    except (InvalidEventBytes, ValueError, OverflowError):
        reject()
    return values


def _update(event: int, values: Mapping[str, object]) -> str:
    sets = ", ".join(f"{name} = {_literal(value)}" for name, value in values.items())
    return f"UPDATE audit_logs SET {sets} WHERE id = {event}"  # noqa: S608 - of a test


def _literal(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
