"""Certificates of retention, as they are published: which segments were removed on purpose."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence

from trust_models.errors import NotVerified
from trust_models.ledger.certificate import Certificate, open_certificate
from trust_models.ledger.keys import Verifier
from trust_models.ledger.merkle import HASH_LENGTH
from trust_models.ledger.tiles import FULL_WIDTH
from trust_models.ledger.verifier.coverage import Coverage
from trust_models.ledger.verifier.findings import Finding, Kind
from trust_models.ledger.verifier.published import Published
from trust_models.ledger.verifier.source import LedgerState, Source
from trust_models.ledger.verifier.tree import GrowingTree

_FOLDER = "certificates"


async def read(places: Sequence[Published], verifiers: Collection[Verifier]) -> tuple[set[Certificate], list[Finding]]:
    """Return the certificates that are genuine, and findings about the others."""
    genuine: set[Certificate] = set()
    findings = []
    for published in places:
        for path in await published.list(_FOLDER):
            note = (await published.get(path) or b"").decode("utf-8", errors="replace")
            try:
                genuine.add(open_certificate(note, verifiers))
            except NotVerified as error:
                message = f"What is published as {path} is no certificate of this ledger: {error}"
                findings.append(Finding(Kind.CHECKPOINT_FORGED, message))
    return genuine, findings


async def gone(source: Source, state: LedgerState, certificate: Certificate, there: Coverage) -> list[range] | None:
    """Return the leaves of a certificate's segment, if all their events are gone, and they are what it says.

    `there` are the leaves whose events are in the log.
    """
    tree = GrowingTree()
    leaves = Coverage()
    async for leaf, hashed in _leaves(source, state, certificate.first_id, certificate.last_id):
        if leaf in there:
            return None
        tree.append(hashed)
        leaves.add(leaf, leaf + 1)
    if tree.head() != (certificate.leaves, certificate.root):
        return None
    return leaves.ranges


async def _leaves(source: Source, state: LedgerState, first: int, last: int) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the leaves of events with ids of a range, in their order."""
    async for number, hashes, ids in source.tiles_over(first, last):
        for one in _within(number, hashes, ids, first, last):
            yield one
    if state.edge_ids:
        for one in _within(state.size // FULL_WIDTH, state.edge[0], state.edge_ids, first, last):
            yield one


def _within(number: int, hashes: bytes, ids: Sequence[int], first: int, last: int) -> Iterator[tuple[int, bytes]]:
    for at, event in enumerate(ids):
        if first <= event <= last:
            yield number * FULL_WIDTH + at, hashes[at * HASH_LENGTH : (at + 1) * HASH_LENGTH]
