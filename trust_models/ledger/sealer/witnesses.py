"""Witnesses: others who sign a checkpoint once they have seen that it continues the one before.

Their signatures keep the owner of the ledger's key from showing one tree to some and another to others. A witness that
is not there, or refuses, never stops the sealing: it is logged and counted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from trust_models.errors import TrustError
from trust_models.ledger.keys import Verifier
from trust_models.ledger.witness import with_cosignatures

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WitnessRequest:
    """What a witness is asked to sign."""

    checkpoint: str
    """The signed note."""
    size: int
    """How many leaves its tree has."""
    prove: Callable[[int], Awaitable[Sequence[bytes]]]
    """The consistency proof from an older size, at least 1 and at most `size`."""


class Witness(Protocol):
    """Asks one witness; an object or a function of yours."""

    async def __call__(self, request: WitnessRequest, /) -> str:
        """Return the lines that the witness signed; any exception means that it did not."""


class Witnesses:
    """Asks several witnesses at once, and takes only signatures of the keys that are known for them."""

    def __init__(self, witnesses: Collection[Witness], *, keys: Collection[Verifier], patience: float = 10) -> None:
        """Take the keys of witnesses as they publish them, of the kind of cosignature/v1; `patience` is in seconds."""
        self._witnesses = tuple(witnesses)
        self._keys = tuple(keys)
        self._patience = patience
        self.failures = 0
        """How many requests have failed since the start."""

    async def cosigned(self, request: WitnessRequest) -> str:
        """Return the checkpoint with the signatures of all witnesses that gave one in time.

        Record and publish the result, not the note before: what is published under a number never changes.
        """
        note = request.checkpoint
        for answer in await asyncio.gather(*(self._ask(witness, request) for witness in self._witnesses)):
            if answer is not None:
                # Every answer was checked against the same text, so adding one signature never spoils another.
                note = with_cosignatures(note, answer, self._keys)
        return note

    async def _ask(self, witness: Witness, request: WitnessRequest) -> bytes | None:
        try:
            answer = (await asyncio.wait_for(witness(request), self._patience)).encode()
            with_cosignatures(request.checkpoint, answer, self._keys)
        except Exception as error:  # noqa: BLE001 - whatever a witness does, the log must be sealed
            self.failures += 1
            reason = str(error) if isinstance(error, TrustError) else type(error).__name__
            _log.warning("trust_models.witness_failed %s: %s", witness, reason)
            return None
        return answer
