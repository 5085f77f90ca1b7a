"""Append-only tables beside twins that have their columns, rules and indexes, and no trigger.

Into the table goes what a service writes, and the database says the rest. Into the twin goes the same row: ids and
times come from the columns' defaults, the client computes hashes, and it either asks for the last number in its INSERT
or knows it. So both store the same.
"""

# ruff: noqa: S608 - the names in statements are those of the schema

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

from tests.fixtures import records

CONTENT = json.dumps({"text": "What the lesson says. " * 20})
CONFIG = json.dumps({"image": "python:3.13", "steps": ["Write a test that fails, then make it pass."] * 8})
LOGS = json.dumps({"lines": ["collected 12 items", "12 passed in 0.34s"] * 8})
CONTEXT = {"request_id": "req-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "service": "bench"}

# With what the database adds by itself to the event in the guarded table.
STORED_CONTEXT = json.dumps(CONTEXT | {"database_role": "x" * 13, "database_login": "x" * 13})


def _digest(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()


@dataclass(frozen=True)
class Statement:
    """An INSERT, and its arguments for the nth row below a parent."""

    table: str
    columns: Sequence[str]
    arguments: Callable[[object, int], Sequence[object]]
    asks: tuple[str, str] | None = None
    """The column of a number that the INSERT looks up, and the column of the series that it counts in."""

    @property
    def text(self) -> str:
        """The INSERT of one row, which returns its key as those of the repositories do."""
        columns, values = list(self.columns), [f"${number}" for number in range(1, len(self.columns) + 1)]
        if self.asks:
            number, series = self.asks
            columns.append(number)
            values.append(f"(SELECT coalesce(max({number}), 0) + 1 FROM {self.table} WHERE {series} = $1)")
        return f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({', '.join(values)}) RETURNING id"


@dataclass(frozen=True)
class Pair:
    """The same write with all that guards it, and with nothing."""

    table: str
    parent: records.Builder
    guarded: Statement
    bare: Statement
    knowing: Statement | None = None
    """The bare write of a client who knows the number of its row."""
    plain: Statement | None = None
    """The write of the same row into a table that has no rule about it either."""


def _version(table: str, parent: records.Builder, series: str, document: str, value: str) -> Pair:
    columns = (series, document, f"{document}_sha256")
    return Pair(
        table,
        parent,
        Statement(f"public.{table}", (series, document), lambda key, _: (key, value)),
        Statement(f"bench.{table}", columns, lambda key, _: (key, value, _digest(value)), asks=("version", series)),
        Statement(f"bench.{table}", (*columns, "version"), lambda key, number: (key, value, _digest(value), number)),
    )


_ATTEMPT = ("lab_session_id", "commit_sha", "result", "logs")
_PROOF = ("verification_attempt_id", "type", "location", "sha256", "size_bytes", "content_type")
_EVENT = ("actor_type", "actor_id", "action", "outcome", "entity_type", "entity_id", "metadata", "context")


def _proof(key: object, number: int) -> Sequence[object]:
    return key, "LOG", f"proofs/{number}.log", "c" * 64, 1234, "text/plain"


def _event(context: str) -> Callable[[object, int], Sequence[object]]:
    return lambda key, _: (
        *("USER", str(key), "lab_session.record_attempts", "SUCCESS", "lab_session", str(key), "{}"),
        context,
    )


PAIRS = (
    _version("lesson_versions", records.lesson, "lesson_id", "content", CONTENT),
    _version("lab_versions", records.lab, "lab_id", "config", CONFIG),
    Pair(
        "verification_attempts",
        records.lab_session,
        Statement("public.verification_attempts", _ATTEMPT, lambda key, _: (key, "a" * 40, "FAIL", LOGS)),
        Statement(
            "bench.verification_attempts",
            _ATTEMPT,
            lambda key, _: (key, "a" * 40, "FAIL", LOGS),
            asks=("attempt", "lab_session_id"),
        ),
        Statement(
            "bench.verification_attempts",
            (*_ATTEMPT, "attempt"),
            lambda key, number: (key, "a" * 40, "FAIL", LOGS, number),
        ),
    ),
    Pair(
        "proof_artifacts",
        records.attempt,
        Statement("public.proof_artifacts", _PROOF, _proof),
        Statement("bench.proof_artifacts", _PROOF, _proof),
    ),
    Pair(
        "audit_logs",
        records.user,
        Statement("public.audit_logs", _EVENT, _event(json.dumps(CONTEXT))),
        Statement(
            "bench.audit_logs",
            _EVENT,
            _event(STORED_CONTEXT),
        ),
        plain=Statement("bench.plain_audit_logs", _EVENT, _event(STORED_CONTEXT)),
    ),
)


async def make_twins(owner: asyncpg.Connection) -> None:
    """Make the schema `bench` with the twins, for services to write into as they write into the tables."""
    await owner.execute("CREATE SCHEMA bench")
    for pair in PAIRS:
        partitioned = " PARTITION BY RANGE (id)" if pair.table == "audit_logs" else ""
        await owner.execute(f"CREATE TABLE {pair.bare.table} (LIKE public.{pair.table} INCLUDING ALL){partitioned}")
        for key in await owner.fetch(_KEYS, f"public.{pair.table}"):
            await owner.execute(f"ALTER TABLE {pair.bare.table} ADD CONSTRAINT {key['name']} {key['definition']}")
    await owner.execute(
        "CREATE TABLE bench.plain_audit_logs (LIKE bench.audit_logs INCLUDING DEFAULTS INCLUDING INDEXES)"
    )
    await owner.execute("""
        -- What the trigger of the log asks of an event.
        ALTER TABLE bench.audit_logs
          ADD CHECK (actor_type NOT IN ('USER', 'SERVICE') OR coalesce(actor_id, '') ~ '[^[:space:]]'),
          ADD CHECK (schema_version > 0),
          ADD CHECK (action ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)+$'),
          ADD CHECK (outcome = 'SUCCESS' OR coalesce(reason_code, '') ~ '[^[:space:]]'),
          ADD CHECK (entity_type ~ '^[a-z][a-z0-9_]*$'),
          ADD CHECK (jsonb_typeof(metadata) = 'object' AND pg_column_size(metadata) <= 1048576),
          ADD CHECK (jsonb_typeof(context) = 'object' AND pg_column_size(context) <= 1048576);
        CREATE SEQUENCE bench.audit_logs_id_seq;
        ALTER TABLE bench.audit_logs ALTER id SET DEFAULT nextval('bench.audit_logs_id_seq');
        ALTER TABLE bench.plain_audit_logs ALTER id SET DEFAULT nextval('bench.audit_logs_id_seq');
        CREATE TABLE bench.audit_segment PARTITION OF bench.audit_logs FOR VALUES FROM (0) TO (1000000000);
        GRANT USAGE ON SCHEMA bench TO trust_app;
        GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA bench TO trust_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA bench TO trust_app""")


_KEYS = """
    SELECT quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'f'"""
