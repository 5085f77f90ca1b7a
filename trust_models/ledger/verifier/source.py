"""What the verifier reads of a database, all of it in one snapshot, in a transaction that cannot write."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from struct import unpack_from
from typing import NamedTuple, TypeVar

import asyncpg

from trust_models.ledger.canonical import split
from trust_models.ledger.copy_stream import CopyStream
from trust_models.ledger.merkle import HASH_LENGTH, LEAF_PREFIX
from trust_models.ledger.tiles import FULL_WIDTH
from trust_models.ledger.verifier.copy_query import inlined
from trust_models.ledger.verifier.tree import TILE_BYTES
from trust_models.sql import load

T = TypeVar("T")

CHUNK = 65_536
"""Events, or leaves, that are read at once: the bytes of a chunk are hashed while they come, and not kept."""

BATCH = 10_000
_NOTES = 500  # which may have 64 KiB each
_BY_SEGMENT = (
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off;"
    " SET LOCAL enable_bitmapscan = off"
)
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; SET LOCAL enable_indexonlyscan = on"
_TX_ID = slice(6, 14)
_ID = slice(18, 26)


class Epoch(NamedTuple):
    """A time in which the ledger grew in one cluster."""

    first_leaf: int
    above_id: int


class Place(NamedTuple):
    """Where an event stands in the order of a cluster."""

    tx_id: int
    id: int

    @classmethod
    def of(cls, event: bytes) -> "Place":
        """Return the place of an event, of which the canonical bytes are given."""
        return cls(int.from_bytes(event[_TX_ID], "big"), int.from_bytes(event[_ID], "big"))


@dataclass(frozen=True)
class LedgerState:
    """The ledger as the database says that it is."""

    size: int
    edge: Sequence[bytes]
    edge_ids: Sequence[int]
    sealed: Place
    last: Place | None
    """The place of the event that has the last leaf, as that event says; None if it is not there."""
    backlog_id: int | None
    epochs: Sequence[Epoch]
    tiles: Mapping[int, int]
    """How many full tiles there are on each level."""
    last_number: int | None
    """What the sequence has given last; None if the role may not see it."""
    highest_id: int
    segments: Sequence[tuple[int, int]]
    """From which id to before which id the segments of the log reach."""
    now: datetime


class Leaves(NamedTuple):
    """Consecutive leaves: their hashes in one piece, and the ids of their events, 8 bytes each."""

    hashes: bytes
    ids: bytes

    def __len__(self) -> int:
        return len(self.ids) // 8

    @property
    def numbers(self) -> tuple[int, ...]:
        """The ids as numbers."""
        return unpack_from(f">{len(self)}q", self.ids)

    def hash(self, at: int) -> bytes:
        """Return one hash."""
        return self.hashes[at * HASH_LENGTH : (at + 1) * HASH_LENGTH]


class Events(NamedTuple):
    """What was read of events: the leaves that they should have, and the place of the last one."""

    leaves: Leaves
    last: Place | None


class Source:
    """A database in a snapshot."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._plans_once = False

    async def state(self) -> LedgerState | None:
        """Return the state of the ledger; None if its row is gone."""
        row = await self._connection.fetchrow(load("queries/ledger_state.sql"))
        if row is None:
            return None
        return LedgerState(
            size=row["size"],
            edge=_without_holes(row["edge"]),
            edge_ids=_without_holes(row["edge_ids"]),
            sealed=Place(int(row["sealed_tx"]), row["sealed_id"]),
            last=None if row["last_tx"] is None else Place(int(row["last_tx"]), row["last_id"]),
            backlog_id=row["backlog_id"],
            epochs=[Epoch(*one) for one in row["epochs"] or ()],
            tiles=dict(row["tiles"] or ()),
            last_number=row["last_number"],
            highest_id=row["highest_id"],
            segments=[(start, end) for start, end in row["segments"] or ()],
            now=row["now"],
        )

    async def stand_ins(self) -> list[str]:
        """Return what stands in the place of the log or of a segment, and is no table."""
        return [row["name"] for row in await self._connection.fetch(load("queries/ledger_stand_ins.sql"))]

    async def state_without_ledger(self) -> LedgerState:
        """Return the state of a ledger of which nothing is left, in a log whose events are all new."""
        now = await self._connection.fetchval("SELECT pg_catalog.clock_timestamp()")
        every = (0, 2**63 - 1)
        return LedgerState(0, (), (), Place(0, 0), None, None, (Epoch(0, 0),), {}, None, 0, (every,), now)

    async def tiles(self, level: int, start: int, end: int) -> dict[int, tuple[bytes, Sequence[int]]]:
        """Return full tiles by number, each with its hashes and, on level 0, the ids of its events.

        A tile that does not have the form of one is left out.
        """
        rows = await self._connection.fetch(load("queries/ledger_tiles.sql"), level, start, end)
        return {row["number"]: (row["hashes"], row["ids"] or ()) for row in rows if _well_formed(row, level)}

    async def tiles_over(self, first_id: int, last_id: int) -> AsyncIterator[tuple[int, bytes, Sequence[int]]]:
        """Yield the full tiles that hold an event of a range of ids."""
        query = self._connection.cursor(load("queries/ledger_tiles_over.sql"), first_id, last_id, prefetch=FULL_WIDTH)
        async for row in query:
            if _well_formed(row, 0):
                yield row["number"], row["hashes"], row["ids"]

    async def leaves_of(self, ids: Collection[int]) -> dict[int, tuple[int, bytes]]:
        """Return the leaf and its hash of events, by id, as far as they have one in a full tile."""
        found: dict[int, tuple[int, bytes]] = {}
        wanted = list(ids)
        for at in range(0, len(wanted), BATCH):
            rows = await self._connection.fetch(load("queries/ledger_leaves_of.sql"), wanted[at : at + BATCH])
            found |= {row["id"]: (row["leaf"], row["hash"]) for row in rows}
        return found

    async def leaves(self, wanted: Collection[int], state: LedgerState) -> dict[int, tuple[int, bytes]]:
        """Return of leaves the id of their event and their hash, as far as the ledger has them."""
        edge = state.size // FULL_WIDTH
        found: dict[int, tuple[int, bytes]] = {}
        for number in sorted({leaf // FULL_WIDTH for leaf in wanted}):
            tiles = await self.tiles(0, number, number + 1)
            own = (state.edge[0], state.edge_ids) if number == edge and state.edge else (b"", ())
            hashes, ids = tiles.get(number, own)
            for leaf in wanted:
                at = leaf - number * FULL_WIDTH
                if 0 <= at < len(ids):
                    found[leaf] = ids[at], hashes[at * HASH_LENGTH : (at + 1) * HASH_LENGTH]
        return found

    async def events(self, between: tuple[int, int], *, after: Place, last: Place, limit: int) -> Events:
        """Return the next events in the order of leaves, of those with an id above the one and up to the other.

        Raises `asyncpg.PostgresError` if the server cannot read one; the snapshot stays.
        """
        hashes: list[bytes] = []
        ids: list[bytes] = []
        final = b""

        def take(events: list[bytes]) -> None:
            nonlocal final
            hashes.extend([sha256(LEAF_PREFIX + event).digest() for event in events])
            ids.extend([event[_ID] for event in events])
            final = events[-1] if events else final

        arguments = (*between, after.tx_id, after.id, last.tx_id, last.id, limit)
        await self._copy("queries/ledger_events.sql", arguments, take)
        return Events(Leaves(b"".join(hashes), b"".join(ids)), Place.of(final) if final else None)

    async def events_by_id(self, ids: Sequence[int]) -> list[bytes]:
        """Return the canonical bytes of events, in the order of their ids; raise as `events` does."""
        found: list[bytes] = []
        await self._copy("queries/ledger_events_by_id.sql", (list(ids),), found.extend)
        return found

    async def sealed_event(self, event: int) -> asyncpg.Record | None:
        """Return what `queries/ledger_event.sql` says of an event; None if the ledger has no state."""
        if not self._plans_once:
            # To plan this query takes longer than to run it, and no event makes another plan better.
            await self._connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            self._plans_once = True
        return await self._connection.fetchrow(load("queries/ledger_event.sql"), event)

    async def unsealed(self, state: LedgerState, after: Place) -> tuple[int, float]:
        """Return how many events wait for a leaf, and for how many seconds the oldest of them does."""
        above = state.epochs[-1].above_id
        rows = await self._connection.fetch(load("queries/ledger_unsealed.sql"), above, str(after.tx_id), after.id)
        if state.backlog_id is not None:
            rows += await self._connection.fetch(load("queries/ledger_backlog.sql"), state.backlog_id, above)
        return sum(row["events"] for row in rows), max(row["seconds"] for row in rows)

    async def of_future_transactions(self) -> list[int]:
        """Return events that bear a transaction which the server has not begun yet, the first of them.

        None in a database that was restored from another server and not sealed since: there they prove nothing.
        """
        if not await self._connection.fetchval(load("queries/ledger_server_is_told.sql")):
            return []
        return [row["id"] for row in await self._connection.fetch(load("queries/ledger_future_events.sql"))]

    async def out_of_sight(self) -> int:
        """Return how many events more the segments hold than the index leads to by which they are read.

        Raises `asyncpg.PostgresError` where a segment cannot be read; the snapshot stays.
        """
        async with self._connection.transaction():
            await self._connection.execute(_BY_SEGMENT)
            held = await self._connection.fetchval(load("queries/ledger_events_held.sql"))
            await self._connection.execute(_BY_INDEX)
            return int(held) - int(await self._connection.fetchval(load("queries/ledger_events_indexed.sql")))

    async def place_of(self, event: int) -> Place | None:
        """Return where an event stands; None if there is none."""
        found = await self.events_by_id([event])
        return Place.of(found[0]) if found else None

    async def checkpoints(self, after: int) -> AsyncIterator[asyncpg.Record]:
        """Yield the checkpoints in the database, from a number on."""
        while rows := await self._connection.fetch(load("queries/ledger_checkpoints.sql"), after, _NOTES):
            for row in rows:
                yield row
            after = rows[-1]["number"]

    async def _copy(
        self, query: str, arguments: Sequence[int | Sequence[int]], take: Callable[[list[bytes]], object]
    ) -> None:
        stream = CopyStream()

        async def feed(piece: bytes) -> None:
            take(split(stream.feed(piece)))

        # A savepoint: what cannot be read does not end the snapshot.
        async with self._connection.transaction():
            await self._connection.copy_from_query(inlined(load(query), arguments), output=feed, format="binary")
        stream.finish()


def _well_formed(row: asyncpg.Record, level: int) -> bool:
    # Whoever takes away the table's constraints can also leave NULLs.
    if len(row["hashes"] or b"") != TILE_BYTES:
        return False
    return level > 0 or len(_without_holes(row["ids"])) == FULL_WIDTH


def _without_holes(values: Sequence[T | None] | None) -> Sequence[T]:
    return [one for one in values or () if one is not None]
