"""The verification of an audit log, from the first event on or from where the last one ended."""

from collections.abc import Callable
from dataclasses import dataclass, field

from trust_models.errors import ConfigurationError, NotVerified
from trust_models.ledger.checkpoint import SignedCheckpoint
from trust_models.ledger.merkle import leaf_hash
from trust_models.ledger.tiles import FULL_WIDTH, HEIGHT
from trust_models.ledger.verifier import checkpoints, epochs, event_findings, lag, tree_findings
from trust_models.ledger.verifier.checkpoints import History, Opener
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.events import UNREADABLE, EventScan
from trust_models.ledger.verifier.findings import Finding, Kind, Report, Severity
from trust_models.ledger.verifier.progress_file import Verified
from trust_models.ledger.verifier.source import Epoch, LedgerState, Place, Source
from trust_models.ledger.verifier.tree import GrowingTree
from trust_models.ledger.verifier.walk import walk

Told = Callable[[int, int], None]
"""Is told how many more leaves and events were dealt with, and how many there are in all."""

_BEGINNING = Place(0, 0)


@dataclass
class Verification:
    """One verification: `run` does it; `verified` is then what the next may begin with, None if too much is wrong."""

    source: Source
    claims: Claims
    told: Told
    findings: list[Finding] = field(default_factory=list)
    verified: Verified | None = None

    async def run(self) -> Report:
        """Compare the log, its ledger and what is published; return what was found.

        Raises `ConfigurationError` when the last verification was of another ledger, what a place raises that cannot be
        read, and `asyncpg.PostgresError` when the role may not read the ledger.
        """
        opener = Opener(self.claims.verifiers)
        known = self._known(opener)
        state = await self._state()
        histories = await self._histories(opener, known)
        start = await self._start(state)
        begin = start.size
        total = 2 * (state.size - begin)
        signed = checkpoints.heads(histories)

        def advance(count: int) -> None:
            self.told(count, total)

        seen = await walk(self.source, state, start=start, sizes=signed.keys(), told=advance)
        self.findings += tree_findings.of_roots(state, seen, signed, begin=begin)
        self.findings += await tree_findings.of_rewriting(self.source, state, seen, histories)
        last = await self._last_sealed(state)
        scan = EventScan(self.source, state, tree=seen, told=advance)
        since = self.claims.since if begin else None
        place, epoch = (since.place, since.epoch) if since else (_BEGINNING, 0)
        found = await scan.run(leaf=begin, after=place, epoch=epoch, last=last)
        self.findings += tree_findings.of_tiles(seen, found)
        self.findings += await event_findings.judge(self.source, state, found, self.claims, seen.suspect, begin)
        if not begin:
            self.findings += await event_findings.out_of_sight(self.source, found)
        waiting, seconds = await self.source.unsealed(state, last)
        self.findings += lag.judge(state, histories, known, waiting, seconds, self.claims)
        genuine = sum(len(one.checkpoints) for one in histories)
        report = Report(tuple(self.findings), state.size, found.events, genuine, waiting, seconds, begin)
        grave = any(one.kind.severity >= Severity.EVENTS and not one.once for one in self.findings)
        if not grave and state.backlog_id is None:
            self.verified = self._next(start, last, len(state.epochs) - 1, histories)
        return report

    def _known(self, opener: Opener) -> SignedCheckpoint | None:
        since = self.claims.since
        if since is None or since.note is None:
            return None
        try:
            return opener.open(since.note)
        except NotVerified as error:
            raise ConfigurationError(
                "The last verification was of a ledger with other keys.", hint="Give its keys, or verify everything."
            ) from error

    async def _state(self) -> LedgerState:
        for name in await self.source.stand_ins():
            message = f"{name} is no table: what is read of it need not be what was written."
            self.findings.append(Finding(Kind.LEDGER_DAMAGED, message))
        state = await self.source.state()
        if state is not None:
            state, findings = epochs.mended(state)
            self.findings += findings
            return state
        self.findings.append(
            Finding(Kind.LEDGER_DAMAGED, "The ledger has lost its state: trust.audit_ledger is empty.")
        )
        return await self.source.state_without_ledger()

    async def _histories(self, opener: Opener, known: SignedCheckpoint | None) -> list[History]:
        after = self.claims.since.number if self.claims.since else 0
        database = await checkpoints.stored(self.source, opener, after=after)
        places = [await checkpoints.published_in(one, opener, after=after) for one in self.claims.published]
        if not places:
            message = "Nothing that is published was given: only that the database agrees with itself was checked."
            self.findings.append(Finding(Kind.NOTHING_PUBLISHED, message))
        histories = [database, *places]
        for history in histories:
            self.findings += history.findings
        self.findings += checkpoints.contradictions(histories, since=known)
        self.findings += checkpoints.gaps(database, places, after=after)
        return histories

    async def _start(self, state: LedgerState) -> GrowingTree:
        """Return the tree that was verified, if the ledger still begins with it; else an empty one."""
        since = self.claims.since
        if since is None:
            return GrowingTree()
        size = since.tree.size
        if size > state.size or since.epoch >= len(state.epochs):
            message = f"The ledger has {state.size} leaves; it had {size} at the last verification."
            self.findings.append(Finding(Kind.LEDGER_ROLLED_BACK, message, max(size - state.size, 1)))
            return GrowingTree()
        for level, hashes in enumerate(since.tree.edge):
            number = size >> HEIGHT * (level + 1)
            if number == state.size >> HEIGHT * (level + 1):
                own = state.edge[level] if level < len(state.edge) else b""
            else:
                own = (await self.source.tiles(level, number, number + 1)).get(number, (b"", ()))[0]
            if not own.startswith(hashes):
                message = (
                    f"The ledger does not begin with the {size} leaves of the last verification: it was rewritten."
                )
                self.findings.append(Finding(Kind.LEDGER_REPLACED, message))
                return GrowingTree()
        return GrowingTree(size, since.tree.edge)

    async def _last_sealed(self, state: LedgerState) -> Place:
        """Return the place of the last event that has a leaf, as the events say; also judge what the ledger says."""
        newest: Epoch = state.epochs[-1]
        if state.last == state.sealed or state.size <= newest.first_leaf:
            return state.sealed
        leaves = range(max(newest.first_leaf, (state.size - 1) // FULL_WIDTH * FULL_WIDTH), state.size)
        hashed = dict((await self.source.leaves(leaves, state)).values())
        try:
            rows = await self.source.events_by_id([one for one in hashed if one > newest.above_id])
        except UNREADABLE:
            rows = []
        untouched = [place for row in rows if leaf_hash(row) == hashed[(place := Place.of(row)).id]]
        if state.last in untouched:
            message = "The ledger's state names another event as the last one than its leaves do."
            self.findings.append(Finding(Kind.LEDGER_DAMAGED, message, events=(state.last.id,)))
        return max((*untouched, state.sealed))

    def _next(self, tree: GrowingTree, place: Place, epoch: int, histories: list[History]) -> Verified:
        since = self.claims.since
        known = [(since.number, since.note)] if since else [(0, None)]
        # Up to where all of them have come: what is published late is still to be looked at.
        number = min(max(one.last, known[0][0]) for one in histories)
        _, note = max((*known, *(one.newest for one in histories if one.newest)), key=lambda one: one[0])
        return Verified(tree, place, epoch, number, note)
