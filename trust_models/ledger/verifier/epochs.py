"""Sees whether the epochs of a ledger can be: they are signed by nobody, and they say which events are looked at."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from trust_models.ledger.verifier.findings import Finding, Kind
from trust_models.ledger.verifier.source import Epoch, LedgerState

FIRST = Epoch(0, 0)
"""Every ledger begins with it."""


def mended(state: LedgerState) -> tuple[LedgerState, list[Finding]]:
    """Return the state with epochs by which no event is passed over, and a finding if they were others."""
    if _can_be(state.epochs, state.size) and (state.backlog_id is None or len(state.epochs) > 1):
        return state, []
    message = (
        "The ledger's epochs were changed (trust.audit_epochs): no ledger comes to these."
        " The events are compared as if there were only the first one."
    )
    return replace(state, epochs=(FIRST,), backlog_id=None), [Finding(Kind.LEDGER_DAMAGED, message)]


def _can_be(epochs: Sequence[Epoch], size: int) -> bool:
    """Say whether epochs begin where a ledger does, and each where the one before has ended."""
    rising = all(
        before.first_leaf <= after.first_leaf and before.above_id <= after.above_id
        for before, after in pairwise(epochs)
    )
    return bool(epochs) and epochs[0] == FIRST and rising and (epochs[-1].first_leaf <= size or size < 0)
