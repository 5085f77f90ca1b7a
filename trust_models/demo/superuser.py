"""The last attacker: a superuser, whom no database can refuse, and who is found out by what was published before."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg

from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.ledger.keys import Signer, generate
from trust_models.ledger.published import Published
from trust_models.ledger.sealer.publisher import Publisher
from trust_models.ledger.sealer.sealer import Sealed, Sealer
from trust_models.ledger.verifier import auditing
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.findings import Kind, Report
from trust_models.models import AuditLog
from trust_models.provisioning.plan import DEVELOPMENT
from trust_models.provisioning.sandbox import Sandbox

FORGED_ACTOR = "nobody"
"""Who did it, as the superuser would have it."""

_BETWEEN_ROUNDS = 0.02


@dataclass(frozen=True)
class Forgery:
    """An event that a superuser changed after it was sealed, and what the verification said before and after."""

    event: AuditLog
    sealed: Sealed
    before: Report
    after: Report

    @property
    def found_out(self) -> bool:
        """Whether the verification found nothing at first, and then this event and no other."""
        named = [(one.kind, one.events) for one in self.after.findings]
        return not self.before.findings and named == [(Kind.EVENT_CHANGED, (self.event.id,))]


async def forge(box: Sandbox, event: AuditLog, *, published_in: Path) -> Forgery:
    """Seal the log with a new key, publish it in a folder, change an event as a superuser, and verify the log.

    The verification connects as an auditor does, knows the public key and the folder, and nothing else.
    """
    signer = generate("example.org/demo")
    published_in.mkdir()
    try:
        sealed = await _seal(box, signer, published_in)
        before = await _verify(box, signer, published_in)
        await _change(box, event)
        return Forgery(event, sealed, before, await _verify(box, signer, published_in))
    except DRIVER_ERRORS as error:
        raise translate(error) from error


async def _seal(box: Sandbox, signer: Signer, folder: Path) -> Sealed:
    """Seal until every event has its leaf: it waits for transactions of the whole server, like one of autovacuum's."""
    sealer = Sealer([signer], [Publisher.open(str(folder))])
    connection = await asyncpg.connect(**box.url("trust_app").connect_kwargs())
    try:
        events = await connection.fetchval("SELECT count(*) FROM public.audit_logs")
        # Nothing tells that a transaction of somebody else has ended.
        while (sealed := await sealer.seal(connection)).size < events:  # noqa: ASYNC110
            await asyncio.sleep(_BETWEEN_ROUNDS)
        return sealed
    finally:
        await connection.close()


async def _verify(box: Sandbox, signer: Signer, folder: Path) -> Report:
    claims = Claims([signer.verifier], [Published.open(str(folder))], None, patience=timedelta(0))
    return await auditing.audit_log(box.url("trust_reader"), claims, told=lambda _done, _total: None)


async def _change(box: Sandbox, event: AuditLog) -> None:
    """Change who did it, with the triggers off."""
    admin = await asyncpg.connect(**box.admin_url.replace(database=DEVELOPMENT.database).connect_kwargs())
    try:
        segment = await admin.fetchval("SELECT tableoid::regclass::text FROM public.audit_logs WHERE id = $1", event.id)
        await admin.execute(f"ALTER TABLE {segment} DISABLE TRIGGER USER")
        change = f"UPDATE {segment} SET actor_id = $1 WHERE id = $2"  # noqa: S608 - the name of a table
        await admin.execute(change, FORGED_ACTOR, event.id)
    finally:
        await admin.close()
