"""The sealer: gives committed events their leaves, signs checkpoints, and has them published."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import asyncpg

from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import (
    ConfigurationError,
    DatabaseUnavailable,
    EvidenceMissing,
    NotVerified,
    PermissionDenied,
    PublicationConflict,
    StoreUnavailable,
)
from trust_models.ledger.checkpoint import open_checkpoint, sign_checkpoint
from trust_models.ledger.keys import Signer, Verifier
from trust_models.ledger.merkle import TreeHead
from trust_models.ledger.sealer.outlet import Outlet
from trust_models.ledger.sealer.publisher import Publisher
from trust_models.ledger.sealer.tree import LastCheckpoint, Ledger, prove_consistency, read_ledger, root_at
from trust_models.ledger.sealer.witnesses import Witnesses, WitnessRequest
from trust_models.sql import load

_log = logging.getLogger(__name__)

BATCH = 20_000
"""How many events get their leaves in one transaction."""


@dataclass(frozen=True)
class Sealed:
    """What one round did."""

    leaves: int = 0
    """How many events got a leaf."""
    size: int = 0
    """How many leaves the ledger has."""
    checkpoint: int | None = None
    """The number of the checkpoint that was signed, if one was."""
    published: tuple[str, ...] = ()
    """Where something was published."""
    unpublished: tuple[str, ...] = ()
    """What could not be used of the places, each with why; the next round tries again."""


@dataclass
class Sealer:
    """Works on one connection, round by round. Two at once do no harm: one of them works, the other finds nothing.

    It never signs a tree that does not continue what it signed before, or what is published where it publishes.
    """

    signers: Collection[Signer]
    publishers: Collection[Publisher] = ()
    former_keys: Collection[Verifier] = ()
    """Public keys that signed earlier and do not sign any more."""
    witnesses: Witnesses | None = None
    silence: timedelta = timedelta(minutes=1)
    """After so long a checkpoint is signed although nothing has happened."""
    progress: Callable[[int], None] = lambda _leaves: None
    """Called during a round with the number of events that have got a leaf just now."""
    _outlets: list[Outlet] = field(init=False)
    _verifiers: list[Verifier] = field(init=False)
    _signed: TreeHead | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._verifiers = [*{signer.verifier for signer in self.signers} | set(self.former_keys)]
        self._outlets = [Outlet(publisher, self._verifiers) for publisher in self.publishers]

    async def seal(self, connection: asyncpg.Connection) -> Sealed:
        """Do one round: leaves for all that is committed, a checkpoint if there is need of one, and publish it.

        An event gets its leaf as soon as no transaction that began before its own is still writing, in the whole
        cluster. Raises `PublicationConflict` when the ledger does not continue what was signed or published: on the
        first round before it changes anything, later before it signs; `StoreUnavailable` when, on the first round, it
        cannot see what is published; `DatabaseUnavailable` also from a standby; and what else the database raises,
        translated.
        """
        try:
            if self._signed is None:
                self._signed = await self._begin(connection)
            leaves = await self._append(connection)
            ledger = await self._checked(connection)
            number = None
            if self._is_due(ledger):
                ledger = await self._sign(connection)
                number = ledger.last and ledger.last.number
            published, unpublished = await self._publish(connection, ledger)
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise DatabaseUnavailable("The server takes no writes: it is a standby, or read-only.") from error
        except asyncpg.InsufficientPrivilegeError as error:
            message = translate(error).message
            raise PermissionDenied(message, hint="Connect as a login of trust_archiver or trust_app.") from error
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return Sealed(leaves, ledger.head.size, number, published, unpublished)

    async def _begin(self, connection: asyncpg.Connection) -> TreeHead:
        """Return the tree as it is, which continues what is published; before anything is changed."""
        ledger = await read_ledger(connection)
        await self._check_name(connection, ledger.last)
        for outlet in self._outlets:
            await outlet.check(connection, ledger.head)
        return ledger.head

    async def _append(self, connection: asyncpg.Connection) -> int:
        leaves, more = 0, True
        while more:
            row = await connection.fetchrow("SELECT sealed, more FROM trust.seal_audit_log($1)", BATCH)
            sealed, more = row or (0, False)
            if sealed:
                leaves += sealed
                self.progress(sealed)
        return leaves

    async def _checked(self, connection: asyncpg.Connection) -> Ledger:
        """Return the ledger, which continues what is known to have been signed."""
        ledger = await read_ledger(connection)
        signed, head = self._signed or ledger.head, ledger.head
        if head != signed and not (signed.size <= head.size and signed.root == await root_at(connection, signed.size)):
            raise PublicationConflict(f"The ledger does not begin with the {signed.size} leaves that were signed.")
        self._signed = head
        return ledger

    async def _check_name(self, connection: asyncpg.Connection, last: LastCheckpoint | None) -> None:
        (name,) = {signer.name for signer in self.signers}
        origin = last.note.partition("\n")[0] if last else name
        # Whoever may write checkpoints may write a false one last; what was written before stays.
        if origin != name and not await connection.fetchval(load("queries/ledger_is_called.sql"), name):
            raise ConfigurationError(
                f"The ledger is called {origin!r}, and the key {name!r}.",
                hint="Sign with a key of the ledger's name: `trust-models audit keygen NAME`.",
            )

    def _is_due(self, ledger: Ledger) -> bool:
        """Whether the last checkpoint is not of this tree, too old, or not signed by every key of today."""
        if ledger.last is None or ledger.last.age >= self.silence:
            return True
        try:
            checks = [open_checkpoint(ledger.last.note, [signer.verifier]) for signer in self.signers]
        except NotVerified:
            return True
        return any(one.checkpoint.head != ledger.head for one in checks)

    async def _sign(self, connection: asyncpg.Connection) -> Ledger:
        """Record a checkpoint of the ledger as it is; another sealer may have made it larger meanwhile."""
        while True:
            ledger = await self._checked(connection)
            note = str(sign_checkpoint(ledger.head, self.signers, at=datetime.now(timezone.utc)))
            if self.witnesses is not None:
                note = await self._cosigned(connection, note, ledger.head.size)
            try:
                number = await _record(connection, note)
            except EvidenceMissing:
                continue  # it has grown
            return Ledger(ledger.head, LastCheckpoint(number, note, timedelta()))

    async def _cosigned(self, connection: asyncpg.Connection, note: str, size: int) -> str:
        async def prove(old_size: int) -> list[bytes]:
            return await prove_consistency(connection, old_size, size)

        assert self.witnesses is not None  # noqa: S101 - the caller has looked
        return await self.witnesses.cosigned(WitnessRequest(note, size, prove))

    async def _publish(self, connection: asyncpg.Connection, ledger: Ledger) -> tuple[tuple[str, ...], tuple[str, ...]]:
        published, failed = [], []
        for outlet in self._outlets:
            try:
                if ledger.last and await outlet.publish(connection, ledger.head, ledger.last):
                    published.append(str(outlet))
            except StoreUnavailable as error:
                _log.warning("trust_models.checkpoint_not_published %s: %s", outlet, error)
                failed.append(f"{outlet}: {error}")
        return tuple(published), tuple(failed)


async def _record(connection: asyncpg.Connection, note: str) -> int:
    """Write a checkpoint, on the disk before anybody sees it published; return its number."""
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = on")
            number = await connection.fetchval(
                "INSERT INTO public.audit_checkpoints (note) VALUES ($1) RETURNING number", note
            )
    except DRIVER_ERRORS as error:
        raise translate(error) from error
    return int(number)
