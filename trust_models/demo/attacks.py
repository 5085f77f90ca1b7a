"""The attacker: every change below is tried on stored evidence, by the service's role and by the owner's."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import IntegrityViolation, PermissionDenied
from trust_models.provisioning.sandbox import Sandbox

ATTACKERS = {"trust_app": "the service", "trust_owner": "the owner"}


@dataclass(frozen=True)
class Attack:
    """A statement that would falsify evidence."""

    aim: str
    statement: str
    arguments: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of an attack; `refused_by` is None when it went through."""

    role: str
    attack: Attack
    refused_by: str | None
    sqlstate: str | None
    message: str | None

    @property
    def refused(self) -> bool:
        """Whether the database stopped it."""
        return self.sqlstate is not None


def attacks_on(*, attempt: UUID, proof: UUID, failed_session: UUID) -> list[Attack]:
    """Return what is tried."""
    return [
        Attack(
            "edit the attempt",
            "UPDATE verification_attempts SET result = 'PASS', commit_sha = repeat('f', 40) WHERE id = $1",
            (attempt,),
        ),
        Attack("delete the proof", "DELETE FROM proof_artifacts WHERE id = $1", (proof,)),
        Attack("truncate the log", "TRUNCATE audit_logs"),
        Attack(
            "mark a failed session as passed",
            "UPDATE lab_sessions SET status = 'VERIFIED_PASS' WHERE id = $1",
            (failed_session,),
        ),
    ]


async def attack(sandbox: Sandbox, attacks: list[Attack]) -> list[Outcome]:
    """Try each attack as each role, in transactions that are rolled back, and return what became of it."""
    try:
        return [outcome for role in ATTACKERS for outcome in await _attack_as(role, sandbox, attacks)]
    except DRIVER_ERRORS as error:
        raise translate(error) from error


async def _attack_as(role: str, sandbox: Sandbox, attacks: list[Attack]) -> list[Outcome]:
    connection = await asyncpg.connect(**sandbox.url(role).connect_kwargs())
    try:
        return [await _try(connection, role, one) for one in attacks]
    finally:
        await connection.close()


async def _try(connection: asyncpg.Connection, role: str, one: Attack) -> Outcome:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(one.statement, *one.arguments)
    except asyncpg.PostgresError as error:
        refusal = translate(error)
        # Anything else, like a table that is not there or a server that is gone, is no protection.
        if isinstance(refusal, PermissionDenied):
            by = "missing privilege"
        elif isinstance(refusal, IntegrityViolation) and refusal.constraint:
            by = f"rule {refusal.constraint}"
        else:
            raise refusal from error
        return Outcome(role, one, by, refusal.sqlstate, refusal.message)
    finally:
        await transaction.rollback()
    return Outcome(role, one, None, None, None)
