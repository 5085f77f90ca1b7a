"""Neither messages nor logs nor the database give away what nobody may see."""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.cluster import Cluster
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, contents
from tests.fixtures.verbs import (
    AUDITED,
    LOG_FILE,
    PASSED,
    READING,
    WRITING,
    flags,
    github,
    labs,
    lessons,
    proofs,
    sessions,
    sign_ins,
    users,
)
from trust_models import AuthSessionRepository, Database, NewAttempt, acting_as, audited
from trust_models.audit import Entity
from trust_models.enums import AuthProvider, Difficulty, VerificationResult
from trust_models.errors import InvalidValue, TrustError

pytestmark = pytest.mark.usefixtures("shared_db")

SECRET = "hunter2-Geheimnis"
LONG = SECRET + "x" * 2000

Call = Callable[[Scene], Awaitable[Any]]
EASY = Difficulty.BEGINNER

TOO_LONG: dict[str, Call] = {
    "user email": lambda _: users.register(email=f"{LONG}@example.org", provider=AuthProvider.EMAIL),
    "user email change": lambda scene: users.change_email(scene.user_id, email=f"{LONG}@example.org"),
    "user name": lambda scene: users.rename(scene.user_id, display_name=LONG),
    "identity": lambda scene: users.link_identity(scene.user_id, provider=AuthProvider.GOOGLE, provider_user_id=LONG),
    "identity email": lambda scene: users.link_identity(
        scene.user_id, provider=AuthProvider.GOOGLE, provider_user_id=scene.new, email=LONG
    ),
    "user agent": lambda scene: sign_ins.open_session(scene.user_id, user_agent=LONG),
    "lesson slug": lambda _: lessons.draft(slug=LONG, title="x", difficulty=EASY),
    "lesson title": lambda scene: lessons.revise(scene.lesson_id, title=LONG),
    "lab slug": lambda _: labs.draft(slug=LONG, title="x", difficulty=EASY, estimated_minutes=1),
    "lab title": lambda scene: labs.revise(scene.lab_id, title=LONG),
    "commit": lambda scene: sessions.record_attempt(scene.session_id, replace(PASSED, commit_sha=LONG)),
    "proof location": lambda scene: proofs.attach_proof(scene.attempt_id, replace(LOG_FILE, location=LONG)),
    "proof hash": lambda scene: proofs.attach_proof(scene.attempt_id, replace(LOG_FILE, sha256=LONG)),
    "proof content type": lambda scene: proofs.attach_proof(scene.attempt_id, replace(LOG_FILE, content_type=LONG)),
    "github name": lambda scene: github.rename_account(scene.account_id, username=LONG),
    "repository": lambda scene: github.map_repository(scene.session_id, repo_url=f"https://example.org/{LONG}"),
    "branch": lambda scene: github.change_default_branch(scene.mapping_id, default_branch=LONG),
    "flag": lambda _: flags.enable(LONG),
    "flag description": lambda scene: flags.enable(scene.flag_key, description=LONG),
}

NO_JSON: dict[str, Call] = {
    "lesson, an object": lambda scene: lessons.revise(scene.lesson_id, content={SECRET: object()}),
    "lesson, no number": lambda scene: lessons.revise(scene.lesson_id, content={SECRET: float("nan")}),
    "lesson, a draft": lambda scene: lessons.draft(
        slug=scene.new, title="x", difficulty=EASY, content={SECRET: {1, 2}}
    ),
    "lesson, a text": lambda scene: lessons.revise(scene.lesson_id, content=SECRET),  # type: ignore[arg-type]
    "lab, bytes": lambda scene: labs.revise(scene.lab_id, config={SECRET: b""}),
    "attempt, a key": lambda scene: sessions.record_attempt(
        scene.session_id, NewAttempt("a" * 40, VerificationResult.PASS, {SECRET: uuid4()})
    ),
}


@pytest.mark.parametrize("name", TOO_LONG)
async def test_a_value_that_is_too_long_is_refused_and_not_shown(scene: Scene, name: str) -> None:
    with acting_as(OPERATOR), pytest.raises(InvalidValue) as caught:
        await TOO_LONG[name](scene)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", NO_JSON)
async def test_a_value_that_is_no_json_is_refused_and_not_shown(scene: Scene, name: str) -> None:
    with acting_as(OPERATOR), pytest.raises(InvalidValue) as caught:
        await NO_JSON[name](scene)
    assert SECRET not in str(caught.value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0@"), max_size=30).map(
        lambda text: SECRET + text
    )
)
async def test_no_message_quotes_what_was_written(scene: Scene, secret: str) -> None:
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: users.register(email=secret, provider=AuthProvider.EMAIL),
        lambda: lessons.draft(slug=secret, title="x", difficulty=EASY),
        lambda: sessions.record_attempt(scene.session_id, replace(PASSED, commit_sha=secret)),
        lambda: proofs.attach_proof(scene.attempt_id, replace(LOG_FILE, sha256=secret)),
        lambda: proofs.attach_proof(scene.attempt_id, replace(LOG_FILE, location=f"https://u:{secret}@example.org")),
        lambda: github.map_repository(scene.session_id, repo_url=secret),
        lambda: sign_ins.open_session(scene.user_id, ip_address=secret),
        lambda: flags.enable(secret),
        lambda: users.get(secret),  # type: ignore[arg-type]  # not every caller is typed
    ]
    with acting_as(OPERATOR):
        for call in calls:
            with pytest.raises(TrustError) as caught:
                await call()
            assert SECRET not in str(caught.value)
            assert SECRET not in repr(caught.value)


async def test_unique_keys_are_not_quoted(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await users.register(email=f"{SECRET}@example.org", provider=AuthProvider.EMAIL)
        with pytest.raises(TrustError) as caught:
            await users.register(email=f"{SECRET}@example.org", provider=AuthProvider.EMAIL)
        assert SECRET.lower() not in str(caught.value).lower()
        await users.link_identity(scene.user_id, provider=AuthProvider.GOOGLE, provider_user_id=SECRET)
        with pytest.raises(TrustError) as caught:
            await users.link_identity(scene.subscriber_id, provider=AuthProvider.GOOGLE, provider_user_id=SECRET)
        assert SECRET not in str(caught.value)


async def test_a_token_is_in_no_text_form(scene: Scene) -> None:
    with acting_as(OPERATOR):
        opened = await sign_ins.open_session(scene.user_id)
    for text in (repr(opened), str(opened), repr(opened.session), str(opened.session), f"{opened}"):
        assert opened.token not in text
        assert opened.session.token_hash not in text


async def test_a_token_is_nowhere_in_the_database(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    with acting_as(OPERATOR):
        opened = await sign_ins.open_session(scene.user_id)
        assert await sign_ins.authenticate(opened.token) is not None
        await sign_ins.revoke(opened.session.id)
    stored = "\n".join(line for lines in (await contents(standing_admin)).values() for line in lines)
    assert opened.session.token_hash in stored
    assert opened.token not in stored
    assert opened.token.encode().hex() not in stored


async def test_no_log_shows_a_token_or_what_stands_for_it(
    cluster: Cluster, shared_database: str, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), acting_as(OPERATOR):
        for name in ("tortoise", "tortoise.db_client", "asyncpg", "trust_models", "asyncio"):
            caplog.set_level(logging.DEBUG, logger=name)
        async with Database(cluster.settings(shared_database)):
            repository = AuthSessionRepository()
            opened = await repository.open_session(scene.user_id, user_agent=SECRET)
            await repository.authenticate(opened.token)
            await repository.authenticate(f"{opened.token}-wrong")
            await repository.of_user(scene.user_id)
            await repository.revoke(opened.session.id)
    assert "auth_sessions" in caplog.text, "nothing was logged, so nothing is shown by this test"
    assert opened.token not in caplog.text
    assert hashlib.sha256(opened.token.encode()).hexdigest() not in caplog.text
    assert SECRET not in caplog.text
    assert cluster.password not in caplog.text


async def test_no_log_shows_a_value_of_any_statement(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    for name in (None, "tortoise", "tortoise.db_client", "asyncpg", "trust_models"):
        caplog.set_level(logging.DEBUG, logger=name)
    hidden = [scene.email, scene.github_identity, scene.token, scene.lesson_slug, scene.new, str(scene.user_id)]
    with acting_as(OPERATOR):
        for reading in (*READING, *WRITING):
            if reading.name != "AuditLogRepository.get":  # there may be no event yet
                await reading.call(scene)
        for verb in AUDITED:
            try:
                async with audited("test.each", Entity("test"), actor=OPERATOR):
                    await verb.call(scene)
            except TrustError:
                pass  # verbs of one scene get into each other's way
    assert "INSERT INTO" in caplog.text
    assert [value for value in hidden if value in caplog.text] == []
