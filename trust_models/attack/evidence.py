"""Rows of the run's own: they are written in the transaction that never commits, and are what is attacked."""

# ruff: noqa: S608 - names and values of statements stand in this file

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

MARK = "trust-attack"

Columns = Mapping[str, str]
"""The columns that a writer states, each with its value as text; a word in braces is the id of an earlier row."""

_HASHES = {"lesson_versions": "content_sha256", "lab_versions": "config_sha256"}

_ROWS: tuple[tuple[str, Columns], ...] = (
    ("users", {"email": "{mark}@attack.invalid", "auth_provider": "EMAIL"}),
    ("feature_flags", {"key": "attack.{mark}"}),
    ("lessons", {"slug": "{mark}", "title": "Attacked", "difficulty": "BEGINNER"}),
    ("lesson_versions", {"lesson_id": "{lessons}", "content": "{}", "created_by": "{users}"}),
    ("labs", {"slug": "{mark}", "title": "Attacked", "difficulty": "BEGINNER", "estimated_minutes": "1"}),
    ("lab_versions", {"lab_id": "{labs}", "config": "{}", "created_by": "{users}"}),
    ("lab_sessions", {"user_id": "{users}", "lab_version_id": "{lab_versions}"}),
    ("verification_attempts", {"lab_session_id": "{lab_sessions}", "commit_sha": "a" * 40, "result": "FAIL"}),
    (
        "proof_artifacts",
        {
            "verification_attempt_id": "{verification_attempts}",
            "type": "LOG",
            "location": "{mark}.log",
            "sha256": "a" * 64,
            "size_bytes": "1",
            "content_type": "text/plain",
        },
    ),
    (
        "audit_logs",
        {
            "actor_type": "SYSTEM",
            "action": "trust.attack",
            "outcome": "SUCCESS",
            "entity_type": "trust_attack",
            "entity_id": "{mark}",
        },
    ),
    ("audit_checkpoints", {"note": "{checkpoint}"}),
)
_FINISHED = ("lab_sessions", {"user_id": "{users}", "lab_version_id": "{lab_versions}"})

_NO_ID = {"audit_logs": "-1"}


@dataclass
class Evidence:
    """One row of each table that the product is about, as far as the role that plants them may."""

    mark: str = field(default_factory=lambda: f"{MARK}-{secrets.token_hex(8)}")
    ids: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    planted: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    """The tables that took no row, each with the SQLSTATE."""
    untouched: dict[str, str | None] = field(default_factory=dict)

    async def plant(self, connection: asyncpg.Connection) -> None:
        """Write the rows inside of the open transaction, and remember what each looks like."""
        self.ids["checkpoint"] = await self._checkpoint(connection)
        for table, columns in _ROWS:
            self.columns[table] = {name: self._stated(value) for name, value in columns.items()}
            self.ids[table] = await self._insert(connection, table, self.columns[table])
        finished = {name: self._stated(value) for name, value in _FINISHED[1].items()}
        self.ids["finished"] = await self._insert(connection, _FINISHED[0], finished)
        await self._end_session(connection)
        self.untouched = {table: text for table in self.planted if (text := await self._text(connection, table))}

    async def is_touched(self, connection: asyncpg.Connection) -> bool:
        """Whether a row is not what it was; one that cannot be found or read any more is not."""
        for table, before in self.untouched.items():
            try:
                if await self._text(connection, table) != before:
                    return True
            except asyncpg.PostgresError:
                return True
        return False

    def where(self, table: str) -> str:
        """Return the condition that finds the row of a table, or none."""
        return f"id = '{self.ids[table]}'" if table in self.ids else "false"

    def words(self) -> dict[str, str]:
        """Return what statements say of these rows, whatever they are tried on."""
        known = {"flag": "feature_flags", "lab": "labs", "finished": "finished", "without_attempt": "lab_sessions"}
        words = {word: f"'{self.ids[table]}'" for word, table in known.items()}
        for table in self.columns:
            own = self.words_of(table)
            words |= {f"{table}_{word}": own[f"insert_{word}"] for word in ("columns", "values")}
            words[f"{table}_mine"] = own["mine"]
        return words

    def words_of(self, table: str) -> dict[str, str]:
        """Return what statements say of one of these tables: how to insert one more row, and how to find it."""
        columns = self.columns[table]
        names, values = ", ".join(columns), ", ".join(f"'{value}'" for value in columns.values())
        mine = f"entity_type = 'trust_attack' AND entity_id = '{self.mark}'"
        if table != "audit_logs":
            parent, value = next(iter(columns.items()))
            mine = f"{parent} = '{value}'"
        found = f"EXISTS (SELECT FROM public.{table} WHERE {mine} AND "
        return {
            "insert_columns": names,
            "insert_values": values,
            "insert_csv": ",".join('"' + value.replace('"', '""') + '"' for value in columns.values()),
            "insert": f"INSERT INTO public.{table} ({names}) VALUES ({values})",
            "mine": mine,
            "backdated": f"{found}created_at < '2002-01-01')",
            "postdated": f"{found}created_at > now() + interval '1 hour')",
            "with_forged_hash": f"{found}{_HASHES[table]} = repeat('0', 64))" if table in _HASHES else "false",
            "chosen": f"'{uuid.uuid4()}'" if table not in _NO_ID else f"'{int(self.ids[table]) + 400}'",
        }

    def _stated(self, value: str) -> str:
        if not value.startswith("{") or value == "{}":
            return value.replace("{mark}", self.mark)
        return self.ids.get(value[1:-1], value.replace("{mark}", self.mark))

    async def _insert(self, connection: asyncpg.Connection, table: str, columns: Columns) -> str:
        names, values = ", ".join(columns), ", ".join(f"'{value}'" for value in columns.values())
        try:
            async with connection.transaction():
                statement = f"INSERT INTO public.{table} ({names}) VALUES ({values}) RETURNING id::text"
                number = str(await connection.fetchval(statement))
        except asyncpg.PostgresError as error:
            self.refused[table] = str(error.sqlstate)
            return _NO_ID.get(table, str(uuid.uuid4()))
        self.planted.add(table)
        return number

    async def _checkpoint(self, connection: asyncpg.Connection) -> str:
        """Return a note that fits the ledger, as far as the role may read that; nobody has signed it."""
        try:
            async with connection.transaction():
                query = "SELECT size, encode(trust.ledger_root(edge), 'base64') FROM trust.audit_ledger"
                tree = await connection.fetchrow(query)
        except asyncpg.PostgresError:
            tree = None
        return "\n".join([self.mark, *map(str, tree or ()), "", self.mark])

    async def _end_session(self, connection: asyncpg.Connection) -> None:
        try:
            async with connection.transaction():
                await connection.execute(
                    f"UPDATE public.lab_sessions SET status = 'FAILED' WHERE id = '{self.ids['finished']}'"
                )
        except asyncpg.PostgresError as error:
            self.refused["lab_sessions"] = str(error.sqlstate)

    async def _text(self, connection: asyncpg.Connection, table: str) -> str | None:
        query = f"SELECT record::text FROM public.{table} AS record WHERE {self.where(table)}"
        text: str | None = await connection.fetchval(query)
        return text


def address(mark: str) -> str:
    """Return the address of the learner that a run brings."""
    return f"{mark}@attack.invalid"
