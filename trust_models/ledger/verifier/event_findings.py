"""What is wrong with the events, told as precisely as their hashes allow."""

from trust_models.ledger.verifier import certificates, missing
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.coverage import Coverage
from trust_models.ledger.verifier.events import UNREADABLE, Comparison
from trust_models.ledger.verifier.findings import Finding, Kind, events_finding, named
from trust_models.ledger.verifier.missing import Missing
from trust_models.ledger.verifier.source import LedgerState, Source
from trust_models.ledger.verifier.swaps import MOST, swapped


async def judge(  # noqa: PLR0913, PLR0917 - what was found, and all that it is judged by
    source: Source, state: LedgerState, found: Comparison, claims: Claims, suspect: set[int], begin: int
) -> list[Finding]:
    """Return the findings about events from the leaf `begin` on."""
    findings: list[Finding] = []
    retired = Coverage()
    if any(found.covered.gaps(begin, state.size)):
        accepted, findings = await certificates.read(claims.published, claims.verifiers)
        for certificate in accepted:
            held = await certificates.gone(source, state, certificate, found.covered)
            if held is None:
                continue
            for leaves in held:
                found.covered.add(leaves.start, leaves.stop)
                retired.add(leaves.start, leaves.stop)
            span = f"{certificate.first_id}-{certificate.last_id}"
            message = f"The segment {span} was retired with its {certificate.leaves} events, as its certificate says."
            findings.append(Finding(Kind.SEGMENT_RETIRED, message, certificate.leaves))
    gone = await missing.collect(source, state, found, since=begin, suspect=suspect)
    gone, moved = await _without_swapped(source, state, found, gone)
    findings += moved
    if found.changed:
        findings.append(events_finding(Kind.EVENT_CHANGED, found.changed, "changed after being sealed"))
    if found.inserted:
        findings.append(events_finding(Kind.EVENT_INSERTED, found.inserted, "inserted among sealed events"))
    if found.unreadable:
        findings.append(
            events_finding(Kind.EVENT_UNREADABLE, found.unreadable, "unreadable (the server reports damaged data)")
        )
    if found.misplaced:
        findings.append(
            events_finding(Kind.EVENTS_REORDERED, found.misplaced, "moved out of the order in which they were sealed")
        )
    head = next(iter(retired.gaps(0, state.size)), (state.size, 0))[0]
    findings += missing.judge(gone, state, head=None if begin else head)
    findings += _sequence(state)
    return findings


async def out_of_sight(source: Source, found: Comparison) -> list[Finding]:
    """Return findings about events that stand where a reading in the order of the leaves does not come by."""
    findings = []
    if future := [one for one in await source.of_future_transactions() if one not in found.changed]:
        what = "inserted with the number of a transaction that has not happened yet"
        findings.append(events_finding(Kind.EVENT_INSERTED, future, what))
    try:
        hidden = await source.out_of_sight()
    except UNREADABLE:
        return findings  # what cannot be read has been found
    if hidden:
        rows = "row" if hidden == 1 else "rows"
        message = (
            f"The log holds {hidden} more {rows} than its index on (tx_id, id) leads to: they were hidden from whoever"
            " reads by it, or the index is damaged. REINDEX it and verify again, to see which."
        )
        findings.append(Finding(Kind.EVENT_INSERTED, message, abs(hidden)))
    return findings


def _sequence(state: LedgerState) -> list[Finding]:
    highest = max(state.highest_id, state.sealed.id, state.epochs[-1].above_id, *state.edge_ids, 0)
    if state.last_number is None or state.last_number >= highest:
        return []
    message = f"The sequence of the events was reset: it stands at {state.last_number}, and event {highest} exists."
    return [Finding(Kind.SEQUENCE_RESET, message, events=(highest,))]


async def _without_swapped(
    source: Source, state: LedgerState, found: Comparison, gone: Missing
) -> tuple[Missing, list[Finding]]:
    """Take out events that bear what another one had, and return a finding about them."""
    suspects = sorted({*found.changed, *found.inserted})
    if not suspects or len(suspects) + len(gone.ids) < 2:  # noqa: PLR2004 - it takes two
        return gone, []
    try:
        rows = await source.events_by_id(suspects[:MOST])
    except UNREADABLE:
        return gone, []
    changed = list(found.changed.values())[:MOST]
    leaves = dict((await source.leaves(changed, state)).values())
    leaves |= {gone.ids[at]: gone.hash(at) for at in range(min(len(gone.ids), MOST))}
    pairs = swapped(rows, leaves)
    if not pairs:
        return gone, []
    both = {one for pair in pairs for one in pair}
    kept = Missing()
    for at, event in enumerate(gone.ids):
        if event not in both:
            kept.add(gone.leaves[at], event, gone.hash(at))
    for event in both:
        found.changed.pop(event, None)
    found.inserted = [event for event in found.inserted if event not in both]
    told = "; ".join(
        f"{own} bears what was {original}'s" if own != original else f"{own} stands elsewhere"
        for own, original in pairs[:20]
    )
    message = f"Events were swapped: {named(both)} ({told})."
    return kept, [Finding(Kind.EVENTS_REORDERED, message, len(both), tuple(sorted(both)))]
