"""What is not proven yet: events without a leaf, leaves without a checkpoint, checkpoints that nobody outside has."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from trust_models.ledger.checkpoint import SignedCheckpoint
from trust_models.ledger.verifier.checkpoints import History
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.findings import Finding, Kind, named
from trust_models.ledger.verifier.source import LedgerState


def judge(  # noqa: PLR0913, PLR0917 - each is needed once
    state: LedgerState,
    histories: Sequence[History],
    known: SignedCheckpoint | None,
    waiting: int,
    seconds: float,
    claims: Claims,
) -> Iterator[Finding]:
    """Yield what waits longer than it may. `waiting` events have no leaf, the oldest for so many seconds."""
    latest = state.now - claims.patience
    if waiting and seconds > claims.patience.total_seconds():
        noun = "event has" if waiting == 1 else "events have"
        yield Finding(
            Kind.UNSEALED, f"{waiting} {noun} no leaf yet; the oldest waits for {seconds:.0f} seconds.", waiting
        )
    signed = [one for history in histories for one in history.checkpoints.values()] + ([known] if known else [])
    uncovered = state.size - max((one.checkpoint.size for one in signed), default=0)
    if uncovered > 0 and max((one.signed_at for one in signed), default=latest) <= latest:
        noun = "leaf is" if uncovered == 1 else "leaves are"
        yield Finding(Kind.UNPUBLISHED, f"{uncovered} {noun} in no signed checkpoint.", uncovered)
    for place in histories[1:]:
        yield from _unpublished(histories[0], place, latest)


def _unpublished(database: History, published: History, latest: datetime) -> Iterator[Finding]:
    late = {
        number for number, one in database.checkpoints.items() if number > published.last and one.signed_at <= latest
    }
    if late:
        yield Finding(Kind.UNPUBLISHED, f"Checkpoints that are not yet {published.place}: {named(late)}.", len(late))
    newest = published.checkpoints.get(published.last)
    if newest and published.latest and published.latest.signed_at < newest.signed_at <= latest:
        message = f"The latest checkpoint {published.place} is older than checkpoint {published.last}."
        yield Finding(Kind.UNPUBLISHED, message)
