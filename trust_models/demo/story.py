"""The main job: sign in, start a lab, verify a commit, keep the evidence, complete the session."""

import hashlib
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from trust_models.audit import Actor, RequestContext, acting_as
from trust_models.demo.git import GitRepository
from trust_models.demo.runner import Check, Runner
from trust_models.enums import AuthProvider, Difficulty, ProofType, VerificationResult
from trust_models.errors import TrustError
from trust_models.models import (
    AuditLog,
    LabSession,
    LabVersion,
    ProofArtifact,
    User,
    VerificationAttempt,
)
from trust_models.repositories import (
    AuditLogRepository,
    AuthSessionRepository,
    LabRepository,
    LabSessionRepository,
    NewAttempt,
    NewProof,
    ProofRepository,
    UserRepository,
)

Say = Callable[[str], None]

VERIFIER = "verifier"
LOG_LINES_KEPT = 20
LOG_BYTES_KEPT = 16 * 1024
"""How much of a log the attempt itself keeps; the whole of it is the proof."""


@dataclass
class Story:
    """What happened, as the database tells it."""

    user: User
    version: LabVersion
    session: LabSession
    attempts: list[VerificationAttempt]
    checks: list[Check]
    proofs: list[ProofArtifact]
    events: list[AuditLog]


def checks_of(command: tuple[str, ...] | None) -> list[tuple[str, ...]]:
    """Return what is run on a commit: that Git's objects are whole, then `command`, or that its Python compiles."""
    # Isolated, so that a module of the repository does not take the place of one of Python's own.
    compiles = (sys.executable, "-I", "-X", "utf8", "-m", "compileall", "-f", ".")
    return [("git", "fsck", "--no-progress", "--no-dangling"), command or compiles]


async def play(
    repository: GitRepository, commands: list[tuple[str, ...]], *, proofs_in: Path, runner: Runner, say: Say
) -> Story:
    """Do the main job on `repository`."""
    user = await _sign_in(say)
    with acting_as(Actor.user(user.id), RequestContext(request_id="demo", service="trust-models-demo")):
        version = await _publish_lab(commands)
        session = await LabSessionRepository().start(user_id=user.id, lab_version_id=version.id)
    say(f"started a session of lab '{LAB_SLUG}' version {version.version}")

    with acting_as(Actor.service(VERIFIER, on_behalf_of=user.id), RequestContext(request_id="demo-verify")):
        checkout = runner.folder / "checkout"
        await repository.check_out(checkout, runner)
        checks, attempts, proofs = [], [], []
        for number, command in enumerate(commands, start=1):
            check = await runner.run(command, log=proofs_in / f"attempt-{number}.log", folder=checkout)
            attempt = await _record(session.id, repository.head, check)
            proofs.append(await _attach(attempt.id, ProofType.LOG, check.log, "text/plain; charset=utf-8"))
            checks.append(check)
            attempts.append(attempt)
            say(f"attempt {number}: `{show(command)}` ended with status {check.exit_status}: {attempt.result}")
        diff = proofs_in / "head.diff"
        await repository.write_diff(diff, checkout=checkout, runner=runner)
        proofs.append(await _attach(attempts[-1].id, ProofType.DIFF, diff, "text/x-diff"))
        say(f"attached {len(proofs)} proofs, {sum(proof.size_bytes for proof in proofs):,} bytes, with their SHA-256")

        sessions = LabSessionRepository()
        passed = all(check.passed for check in checks)
        session = await (sessions.complete(session.id) if passed else sessions.fail(session.id))
    say(f"ended the session: {session.status}")
    return Story(user, version, session, attempts, checks, proofs, await _events())


async def failed_session(story: Story) -> LabSession:
    """Return a session of the same user that failed: the one of the story, or else a new one."""
    if story.session.status == "FAILED":
        return story.session
    sessions = LabSessionRepository()
    with acting_as(Actor.service(VERIFIER, on_behalf_of=story.user.id), RequestContext(request_id="demo-fail")):
        session = await sessions.start(user_id=story.user.id, lab_version_id=story.version.id)
        await sessions.record_attempt(session.id, NewAttempt("0" * 40, VerificationResult.FAIL))
        return await sessions.fail(session.id)


def show(command: tuple[str, ...]) -> str:
    """Return a command as a person would type it."""
    text = shlex.join("python" if part == sys.executable else part for part in command)
    return text.encode(errors="replace").decode()  # an argument need not be UTF-8, what is stored must be


LAB_SLUG = "verify-a-commit"


async def _sign_in(say: Say) -> User:
    users, sessions = UserRepository(), AuthSessionRepository()
    with acting_as(Actor.anonymous(), RequestContext(request_id="demo-sign-in", client_address="127.0.0.1")):
        user = await users.register(email="Ada@Example.org", provider=AuthProvider.EMAIL, display_name="Ada")
    with acting_as(Actor.user(user.id), RequestContext(request_id="demo-sign-in", client_address="127.0.0.1")):
        opened = await sessions.open_session(user.id, ip_address="127.0.0.1")
    session = await sessions.authenticate(opened.token)
    if session is None:
        raise TrustError("The session that was just opened is not valid.")
    say(f"{user.email} signed in until {session.expires_at:%Y-%m-%d %H:%M} UTC; the token is stored as a hash only")
    return user


async def _publish_lab(commands: list[tuple[str, ...]]) -> LabVersion:
    labs = LabRepository()
    lab = await labs.draft(
        slug=LAB_SLUG,
        title="Verify a commit",
        difficulty=Difficulty.BEGINNER,
        estimated_minutes=1,
        config={"checks": [show(command) for command in commands]},
    )
    return await labs.publish(lab.id)


async def _record(session_id: UUID, commit: str, check: Check) -> VerificationAttempt:
    result = VerificationResult.PASS if check.passed else VerificationResult.FAIL
    logs = {"command": show(check.command), "exit_status": check.exit_status, "tail": _tail(check.log)}
    return await LabSessionRepository().record_attempt(session_id, NewAttempt(commit, result, logs))


def _tail(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_BYTES_KEPT))
        text = file.read().decode(errors="replace")
    # jsonb cannot hold the NUL character, which a program may well print.
    return text.replace("\0", "").splitlines()[-LOG_LINES_KEPT:]


async def _attach(attempt_id: UUID, kind: ProofType, path: Path, content_type: str) -> ProofArtifact:
    proof = NewProof(kind, str(path), sha256_of(path), path.stat().st_size, content_type)
    return await ProofRepository().attach_proof(attempt_id, proof)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


async def _events() -> list[AuditLog]:
    """Return what the operations wrote; what triggers captured of the same changes would tell the story twice."""
    page = await AuditLogRepository().page(limit=100)
    return [event for event in page.items if "captured" not in event.context]
