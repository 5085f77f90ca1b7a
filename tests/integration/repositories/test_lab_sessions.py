"""LabSessionRepository: sessions from their start to their end, with the attempts in between."""

import asyncio
from uuid import uuid4

import pytest

from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.typed_errors import refused_as
from tests.fixtures.verbs import FAILED, PASSED
from trust_models import LabSessionRepository, NewAttempt, acting_as
from trust_models.enums import LabSessionStatus, Outcome, VerificationResult
from trust_models.errors import EvidenceMissing, InvalidValue, ReferenceBroken, StateNotAllowed
from trust_models.models import LabSession

pytestmark = pytest.mark.usefixtures("shared_db")

sessions = LabSessionRepository()


async def started(scene: Scene) -> LabSession:
    """Start a session without an attempt."""
    with acting_as(OPERATOR):
        return await sessions.start(user_id=scene.user_id, lab_version_id=scene.lab_version_id)


async def test_start_returns_the_session_as_stored(scene: Scene) -> None:
    session = await started(scene)
    assert (session.user_id, session.lab_version_id) == (scene.user_id, scene.lab_version_id)
    assert session.status is LabSessionStatus.IN_PROGRESS
    assert session.completed_at is None
    assert columns_of(await sessions.get(session.id)) == columns_of(session)


async def test_start_needs_a_user_and_a_version(scene: Scene) -> None:
    with acting_as(OPERATOR):
        with refused_as(ReferenceBroken, "lab_sessions_user_id_fkey"):
            await sessions.start(user_id=uuid4(), lab_version_id=scene.lab_version_id)
        with refused_as(ReferenceBroken, "lab_sessions_lab_version_id_fkey"):
            await sessions.start(user_id=scene.user_id, lab_version_id=scene.lab_id)


async def test_attempts_are_numbered_in_their_order(scene: Scene) -> None:
    session = await started(scene)
    with acting_as(OPERATOR):
        first = await sessions.record_attempt(session.id, PASSED)
        rest = await sessions.record_attempts(session.id, [FAILED, PASSED, FAILED])
    assert (first.attempt, first.commit_sha, first.result) == (1, "a" * 40, VerificationResult.PASS)
    assert first.logs == {"lines": ["ok"]}
    assert [(one.attempt, one.result, one.logs) for one in rest] == [
        (2, "FAIL", {}),
        (3, "PASS", {"lines": ["ok"]}),
        (4, "FAIL", {}),
    ]
    page = await sessions.attempts(session.id)
    assert [one.id for one in page.items] == [one.id for one in (first, *rest)]


async def test_a_large_batch_keeps_its_order(scene: Scene) -> None:
    session = await started(scene)
    batch = [NewAttempt(f"{number:040x}", VerificationResult.FAIL, {"number": number}) for number in range(500)]
    with acting_as(OPERATOR):
        recorded = await sessions.record_attempts(session.id, batch)
    assert [(one.attempt, one.commit_sha, one.logs["number"]) for one in recorded] == [
        (number + 1, f"{number:040x}", number) for number in range(500)
    ]
    first = await sessions.attempts(session.id, limit=300)
    second = await sessions.attempts(session.id, limit=300, after=first.after)
    assert [one.attempt for one in first.items + second.items] == list(range(1, 501))


async def test_attempts_that_come_at_once_are_numbered_without_a_gap(scene: Scene) -> None:
    session = await started(scene)
    with acting_as(OPERATOR):
        recorded = await asyncio.gather(*(sessions.record_attempts(session.id, [FAILED, PASSED]) for _ in range(10)))
    assert sorted(one.attempt for batch in recorded for one in batch) == list(range(1, 21))
    assert all(second.attempt == first.attempt + 1 for first, second in recorded), "a batch was torn apart"


async def test_no_attempts_are_none(scene: Scene) -> None:
    with acting_as(OPERATOR):
        assert await sessions.record_attempts(scene.session_id, []) == []


@pytest.mark.parametrize("commit", ["", "a" * 39, "a" * 41, "g" * 40, "A" * 40, "HEAD", "a" * 64 + "\n"])
async def test_one_commit_that_is_none_refuses_the_whole_batch(scene: Scene, commit: str) -> None:
    session = await started(scene)
    wrong = NewAttempt(commit, VerificationResult.PASS)
    constraint = None if len(commit) > 64 else "verification_attempts_commit_sha_ck"
    with acting_as(OPERATOR), refused_as(InvalidValue, constraint, hidden=commit or None):
        await sessions.record_attempts(session.id, [PASSED, wrong])
    assert (await sessions.attempts(session.id)).items == []


async def test_an_attempt_needs_a_session() -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "verification_attempts_lab_session_id_fkey"):
        await sessions.record_attempt(uuid4(), PASSED)


async def test_complete_ends_a_session_that_has_an_attempt_that_passed(scene: Scene) -> None:
    with acting_as(OPERATOR):
        ended = await sessions.complete(scene.session_id)
    assert ended.status is LabSessionStatus.VERIFIED_PASS
    assert ended.completed_at is not None
    assert ended.completed_at >= ended.started_at


@pytest.mark.parametrize("attempts", [[], [FAILED, FAILED]], ids=["no attempt", "none passed"])
async def test_complete_needs_an_attempt_that_passed(scene: Scene, trail: Trail, attempts: list[NewAttempt]) -> None:
    session = await started(scene)
    with acting_as(OPERATOR):
        await sessions.record_attempts(session.id, attempts)
        with refused_as(EvidenceMissing, "lab_sessions_status_evidence"):
            await sessions.complete(session.id)
    assert (await sessions.get(session.id)).status is LabSessionStatus.IN_PROGRESS
    denied = await trail.event(outcome=Outcome.DENIED)
    assert (denied.action, denied.entity_id, denied.reason_code) == (
        "lab_session.complete",
        str(session.id),
        "evidence_missing",
    )
    assert denied.metadata == {"sqlstate": "23T04", "constraint": "lab_sessions_status_evidence"}


async def test_evidence_of_another_session_does_not_count(scene: Scene) -> None:
    session = await started(scene)
    with acting_as(OPERATOR):
        await sessions.complete(scene.session_id)
        with refused_as(EvidenceMissing, "lab_sessions_status_evidence"):
            await sessions.complete(session.id)


async def test_fail_ends_a_session_without_evidence(scene: Scene) -> None:
    session = await started(scene)
    with acting_as(OPERATOR):
        ended = await sessions.fail(session.id)
    assert ended.status is LabSessionStatus.FAILED
    assert ended.completed_at is not None


@pytest.mark.parametrize("first", ["complete", "fail"])
@pytest.mark.parametrize("second", ["complete", "fail"])
async def test_a_session_ends_once(scene: Scene, first: str, second: str) -> None:
    with acting_as(OPERATOR):
        ended = await getattr(sessions, first)(scene.session_id)
        with pytest.raises(StateNotAllowed) as caught:
            await getattr(sessions, second)(scene.session_id)
    assert caught.value.hint
    assert columns_of(await sessions.get(scene.session_id)) == columns_of(ended)


async def test_of_two_who_end_a_session_at_once_one_does(scene: Scene) -> None:
    with acting_as(OPERATOR):
        results = await asyncio.gather(
            sessions.complete(scene.session_id), sessions.fail(scene.session_id), return_exceptions=True
        )
    (ended,) = (result for result in results if isinstance(result, LabSession))
    assert sum(isinstance(result, StateNotAllowed) for result in results) == 1
    assert (await sessions.get(scene.session_id)).status is ended.status


async def test_a_session_that_has_ended_takes_no_attempt(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await sessions.fail(scene.session_id)
        with refused_as(StateNotAllowed, "verification_attempts_lab_session_id_open"):
            await sessions.record_attempt(scene.session_id, PASSED)
    assert len((await sessions.attempts(scene.session_id)).items) == 1


async def test_of_user_returns_sessions_by_status(scene: Scene) -> None:
    second, third = await started(scene), await started(scene)
    with acting_as(OPERATOR):
        await sessions.fail(second.id)
    everything = await sessions.of_user(scene.user_id)
    assert [session.id for session in everything.items] == [scene.session_id, second.id, third.id]
    open_ones = await sessions.of_user(scene.user_id, status=LabSessionStatus.IN_PROGRESS)
    assert [session.id for session in open_ones.items] == [scene.session_id, third.id]
    first = await sessions.of_user(scene.user_id, status=LabSessionStatus.IN_PROGRESS, limit=1)
    assert [session.id for session in first.items] == [scene.session_id]
    assert first.after == scene.session_id
    assert (await sessions.of_user(scene.user_id, status=LabSessionStatus.VERIFIED_PASS)).items == []
    assert (await sessions.of_user(uuid4())).items == []
