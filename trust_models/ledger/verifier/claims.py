"""What a verification holds against a database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from trust_models.ledger.keys import Verifier
from trust_models.ledger.verifier.progress_file import Verified
from trust_models.ledger.verifier.published import Published


@dataclass(frozen=True)
class Claims:
    """Who is believed, and what."""

    verifiers: Collection[Verifier]
    """The ledger's public keys."""
    published: Sequence[Published]
    """Where the ledger is published."""
    since: Verified | None
    """Up to where the ledger was verified before; None to verify everything."""
    patience: timedelta
    """How long an event may wait for its leaf, and a leaf for its checkpoint."""
