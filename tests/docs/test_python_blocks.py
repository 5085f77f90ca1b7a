"""Every Python block of every page runs.

- In README.md and the tutorials a block is a file, named in its first line. The files of a page are run in their order,
  each in a process of its own, and a `text` block that follows is what the file prints; `…` stands for anything.
- On every other page the blocks are run in their order in one namespace, with `await` at the top, against a migrated
  database. What they only define is called afterwards by the page's exercise.
"""

import ast
import asyncio
import inspect
import json
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest

from tests.docs import programs
from tests.docs.pages import Page, page, pages
from tests.fixtures.cluster import Cluster
from tests.fixtures.web import client
from trust_models import (
    Actor,
    AuditLogRepository,
    AuthSessionRepository,
    Database,
    Entity,
    FeatureFlagRepository,
    LabRepository,
    LabSessionRepository,
    NewAttempt,
    NewProof,
    RecordedEvent,
    TrustError,
    UserRepository,
    acting_as,
    errors,
)
from trust_models.enums import AuthProvider, Difficulty, Outcome, ProofType, VerificationResult
from trust_models.ledger.checkpoint import open_checkpoint, sign_checkpoint
from trust_models.ledger.keys import generate
from trust_models.ledger.merkle import EMPTY_ROOT, TreeHead
from trust_models.ledger.note import Note, timed_signatures
from trust_models.ledger.sealer.witnesses import Witnesses, WitnessRequest
from trust_models.models import AuditLog, LabSession, VerificationAttempt
from trust_models.provisioning.embedded import find_binaries
from trust_models.settings import Settings

Namespace: TypeAlias = dict[str, Any]

WITH_PYTHON = [one for one in pages() if one.blocks_of("python")]
FILES = [one for one in WITH_PYTHON if one.name == "README.md" or one.name.startswith("docs/tutorial/")]
NOTEBOOKS = [one for one in WITH_PYTHON if one not in FILES]

STAYS = "database.py"
"""The tutorial's server, which the reader leaves running."""


def files_of(one: Page) -> list[tuple[str, str, str]]:
    """Name, source and expected output of each file of a page, in their order."""
    files: list[tuple[str, str, str]] = []
    for block in one.blocks:
        if block.language == "python":
            name = re.match(r"# (\w+\.py)\n", block.text)
            assert name, f"{one}:{block.line}: the first line does not name the file"
            files.append((name[1], block.text + "\n", ""))
        elif block.language == "text" and files and not files[-1][2]:
            files[-1] = (*files[-1][:2], block.text + "\n")
    return files


def matches(expected: str, printed: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.split("…")))
    return re.fullmatch(pattern, printed) is not None


async def run_file(name: str, expected: str, *, folder: Path, env: dict[str, str]) -> None:
    printed = await programs.output_of(sys.executable, name, folder=folder, env=env)
    assert matches(expected, printed), f"{name} prints:\n{printed}"


async def test_the_file_of_the_readme(cluster: Cluster, database: str, tmp_path: Path) -> None:
    ((name, source, expected),) = files_of(page("README.md"))
    (tmp_path / name).write_text(source, encoding="utf-8")
    env = programs.environment(cluster.settings(database))
    await run_file(name, expected, folder=tmp_path, env=env)


@pytest.mark.parametrize("one", [one for one in FILES if one.name != "README.md"], ids=str)
async def test_the_files_of_a_tutorial(one: Page, tmp_path: Path) -> None:
    find_binaries()  # says what is missing, where the tests use another server
    files = files_of(one)
    for name, source, _ in files:
        (tmp_path / name).write_text(source, encoding="utf-8")
    async with AsyncExitStack() as stack:
        for name, _, expected in files:
            if name == STAYS:
                server = programs.running(sys.executable, name, folder=tmp_path, env=programs.environment())
                assert matches(expected, await stack.enter_async_context(server))
            else:
                await run_file(name, expected, folder=tmp_path, env=programs.environment())


async def run_notebook(one: Page) -> Namespace:
    """Run the blocks of a page in one namespace, which is returned."""
    namespace: Namespace = {"__name__": one.name}
    for block in one.blocks_of("python"):
        # The lines are where the page has them, so that a traceback points there.
        source = "\n" * block.line + block.text
        program = compile(source, one.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        result = eval(program, namespace)  # noqa: S307 - our own pages
        if inspect.iscoroutine(result):
            await result
    return namespace


@pytest.mark.parametrize("one", NOTEBOOKS, ids=str)
async def test_the_blocks_of_a_page(
    one: Page, cluster: Cluster, database: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert db.settings.database_url.database == database
    settings = cluster.settings(database)
    monkeypatch.setenv("DATABASE_URL", settings.database_url.to_url())
    monkeypatch.setenv("MIGRATION_DATABASE_URL", settings.for_migrations().to_url())
    namespace = await run_notebook(one)
    await EXERCISES[one.name](namespace, settings)


async def use_in_a_service(page_: Namespace, settings: Settings) -> None:
    async with page_["lifespan"](None):
        await FeatureFlagRepository().is_enabled("labs.any")
    assert page_["settings"].database_url == settings.database_url

    user, token = await sign_in()
    event = await enable_behind_the_middleware(page_, f"Bearer {token}")
    assert (event.actor_type, event.actor_id) == ("USER", str(user))
    assert event.context["request_id"] == "r-1"
    assert event.context["client_address"] == "192.0.2.7"
    assert event.context["user_agent"] == "curl/8"
    event = await enable_behind_the_middleware(page_, "Bearer of bad news")
    assert (event.actor_type, event.actor_id) == ("ANONYMOUS", None)

    status_of = page_["status_of"]
    for kind in page_["STATUS"]:
        assert status_of(kind()) == page_["STATUS"][kind]
    assert status_of(errors.SerializationConflict()) == 503
    assert status_of(errors.PermissionDenied()) == 500
    assert status_of(errors.OutcomeUnknown()) == 500
    assert all(400 <= status_of(getattr(errors, name)()) <= 599 for name in errors.__all__)

    session = await open_lab_session(user)
    attempt = NewAttempt("a" * 40, VerificationResult.PASS)
    proof = NewProof(ProofType.LOG, "proofs/1.log", "b" * 64, 1, "text/plain")
    with acting_as(Actor.service("verifier")):
        await page_["record_evidence"](session.id, attempt, [proof])
        bad = NewProof(ProofType.LOG, "https://u:p@example.org/1", "b" * 64, 1, "text/plain")
        with pytest.raises(errors.InvalidValue):
            await page_["record_evidence"](session.id, attempt, [bad])
        assert await VerificationAttempt.filter(lab_session_id=session.id).count() == 1

        assert await page_["enable_all"](["labs.one", "No Key", "labs.two"]) == ["No Key"]
        assert await FeatureFlagRepository().is_enabled("labs.two")

    tries: list[int] = []

    async def fails_once() -> int:
        tries.append(len(tries))
        if len(tries) == 1:
            raise errors.SerializationConflict
        return len(tries)

    assert await page_["in_transaction"](fails_once) == 2
    with pytest.raises(errors.TimedOut):
        await page_["in_transaction"](times_out, tries=1)


async def audit_a_web_service(page_: Namespace, _settings: Settings) -> None:
    user, token = await sign_in()
    session = await open_lab_session(user)
    async with client(page_["app"]) as browser:
        assert (await browser.post("/launches/one")).status_code == 401
        browser.headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "r-1"}
        started = await browser.post(f"/labs/{session.lab_version_id}/sessions")
        launched = await browser.post("/launches/one")
    assert started.json()["status"] == "IN_PROGRESS"
    assert launched.json() == {"flag": "launches.one"}
    event = await newest_event()
    assert (event.action, event.actor_id) == ("launch.begin", str(user))
    assert event.context["request_id"] == "r-1"
    assert event.context["service"] == "labs-api"


async def event_mappings(page_: Namespace, _settings: Settings) -> None:
    await sign_in()
    inserted, _, registered, *_ = [json.loads(line) for line in await page_["lines"]()]
    assert inserted["type"] == "trust_models.user.inserted"
    assert (registered["type"], registered["authtype"]) == ("trust_models.user.register", "unauthenticated")
    assert RecordedEvent.from_cloudevent(registered).action == "user.register"
    assert await page_["lines"](after=10**9) == []


async def times_out() -> None:
    raise errors.TimedOut


async def audit_an_operation(page_: Namespace, _settings: Settings) -> None:
    user, _ = await sign_in()
    session = await open_lab_session(user)
    with acting_as(Actor.user(user)):
        await page_["grant_extra_time"](session.id, minutes=15)
    timeline = await AuditLogRepository().timeline(Entity.of(session))
    assert timeline.items[-1].action == "lab_session.grant_extra_time"
    assert timeline.items[-1].metadata == {"minutes": 15, "status": "IN_PROGRESS"}

    with pytest.raises(page_["QuotaExceeded"]):
        await page_["start_with_quota"](user, hours_left=0)
    event = await newest_event()
    assert (event.action, event.outcome) == ("lab_session.start_with_quota", Outcome.FAILURE)
    assert event.reason_code == "quota_exceeded"

    with pytest.raises(errors.ConfigurationError, match="TRUST_AUDIT_SPOOL"):
        await page_["take_in"](uuid4())

    await page_["launch"](user)
    events = [one for one in (await AuditLogRepository().page(limit=1000)).items if "captured" not in one.context]
    *_, enabled, disabled, launched = events
    assert [event.action for event in (enabled, disabled, launched)] == [
        "feature_flag.enable",
        "feature_flag.disable",
        "launch.begin",
    ]
    assert enabled.context["parent_operation_id"] == launched.context["operation_id"]
    assert enabled.actor_id == str(user)


async def read_the_audit_log(page_: Namespace, _settings: Settings) -> None:
    assert "feature_flag.disable" in [event.action for event in page_["news"].items]
    assert (await AuditLogRepository().committed_since(page_["place"])).items == []


async def service_under_test(page_: Namespace, _settings: Settings) -> None:
    assert page_["recorded"].actions == ["feature_flag.enable"]
    with pytest.raises(AssertionError, match=r"feature_flag\.enable SUCCESS on feature_flag"):
        await page_["assert_audited"]("feature_flag.disable", page_["flag"], outcome=Outcome.DENIED)


async def publish_checkpoints(page_: Namespace, _settings: Settings) -> None:
    ledger, witness = generate("example.org/ledger"), generate("witness.example.org")
    now = datetime.now(timezone.utc)
    note = str(sign_checkpoint(TreeHead(0, EMPTY_ROOT), [ledger], at=now))

    async def hand_over(checkpoint: str) -> str:
        return "".join(map(str, timed_signatures(Note.parse(checkpoint).text, [witness], at=now)))

    page_["hand_over"] = hand_over
    assert isinstance(page_["witnesses"], Witnesses)
    asked = Witnesses([page_["partner"]], keys=[witness.verifier.timed])
    cosigned = await asked.cosigned(WitnessRequest(note, 0, prove=never_asked))
    opened = open_checkpoint(cosigned, [ledger.verifier], witnesses=[witness.verifier.timed])
    assert opened.witnessed_at.keys() == {witness.name}


async def seal_the_audit_log(page_: Namespace, settings: Settings) -> None:
    service = SimpleNamespace(state=SimpleNamespace())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUST_LEDGER_KEY", generate("example.org/ledger").private_text())
        async with page_["lifespan"](service):
            while not service.state.sealing.last.checkpoint:
                assert service.state.sealing.running
                await asyncio.sleep(0.01)
            await FeatureFlagRepository().is_enabled("labs.any")
    assert not service.state.sealing.running
    assert page_["settings"].database_url == settings.database_url


async def never_asked(_old_size: int) -> list[bytes]:
    raise AssertionError


EXERCISES: dict[str, Callable[[Namespace, Settings], Awaitable[None]]] = {
    "docs/how-to/use-in-a-service.md": use_in_a_service,
    "docs/how-to/audit-an-operation.md": audit_an_operation,
    "docs/how-to/audit-a-web-service.md": audit_a_web_service,
    "docs/reference/event-mappings.md": event_mappings,
    "docs/how-to/read-the-audit-log.md": read_the_audit_log,
    "docs/how-to/test-your-service.md": service_under_test,
    "docs/how-to/publish-checkpoints.md": publish_checkpoints,
    "docs/how-to/seal-the-audit-log.md": seal_the_audit_log,
}


def test_each_page_that_defines_something_has_an_exercise() -> None:
    assert {one.name for one in NOTEBOOKS} == EXERCISES.keys()


async def sign_in() -> tuple[UUID, str]:
    """A new user and the token of a session."""
    with acting_as(Actor.anonymous()):
        user = await UserRepository().register(email=f"{uuid4()}@example.org", provider=AuthProvider.EMAIL)
        opened = await AuthSessionRepository().open_session(user.id)
    return user.id, opened.token


async def open_lab_session(user: UUID) -> LabSession:
    """A session that has just begun."""
    with acting_as(Actor.user(user)):
        lab = await LabRepository().draft(
            slug=f"lab-{uuid4()}", title="A lab", difficulty=Difficulty.BEGINNER, estimated_minutes=5
        )
        version = await LabRepository().publish(lab.id)
        return await LabSessionRepository().start(user_id=user, lab_version_id=version.id)


async def enable_behind_the_middleware(page_: Namespace, authorization: str) -> AuditLog:
    """The event of an audited verb that a request makes."""

    async def app(_scope: object, _receive: object, _send: object) -> None:
        await asyncio.create_task(FeatureFlagRepository().enable("labs.new_editor"))

    headers = {"Authorization": authorization, "X-Request-ID": "r-1", "User-Agent": "curl/8"}
    scope = {
        "type": "http",
        "client": ("192.0.2.7", 4711),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await page_["audited_app"](app)(scope, None, None)
    return await newest_event()


async def newest_event() -> AuditLog:
    return (await AuditLogRepository().page(limit=1000)).items[-1]


def test_no_error_shows_more_than_one_line() -> None:
    # What the pages say of every error, and what lets a service log it.
    for name in errors.__all__:
        kind: type[TrustError] = getattr(errors, name)
        assert "\n" not in str(kind())
