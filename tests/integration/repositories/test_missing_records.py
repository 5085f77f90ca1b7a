"""NotFound: which record, of which kind, looked for by what."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.verbs import github, labs, lessons, log, proofs, sessions, sign_ins, users
from trust_models import acting_as
from trust_models.enums import Outcome, UserRole
from trust_models.errors import NotFound

pytestmark = pytest.mark.usefixtures("shared_db")

Call = Callable[[UUID], Awaitable[Any]]

READING: list[tuple[str, str, Call]] = [
    ("users", "user with the id {}", users.get),
    ("lessons", "lesson with the id {}", lessons.get),
    ("lessons", "lesson with the slug {}", lambda key: lessons.get_by_slug(str(key))),
    ("lesson_versions", "lesson version with the lesson {}", lessons.latest_version),
    ("lesson_versions", "lesson version with the number 7", lambda key: lessons.version(key, 7)),
    ("labs", "lab with the id {}", labs.get),
    ("labs", "lab with the slug {}", lambda key: labs.get_by_slug(str(key))),
    ("lab_versions", "lab version with the lab {}", labs.latest_version),
    ("lab_versions", "lab version with the number 7", lambda key: labs.version(key, 7)),
    ("lab_sessions", "lab session with the id {}", sessions.get),
    ("proof_artifacts", "proof artifact with the id {}", proofs.get),
    ("audit_logs", "audit log with the id 0", lambda _: log.get(0)),
]

WRITING: list[tuple[str, str, str, Call]] = [
    ("users", "user", "user.rename", lambda key: users.rename(key, display_name="x")),
    ("users", "user", "user.change_email", lambda key: users.change_email(key, email="x@example.org")),
    ("users", "user", "user.change_role", lambda key: users.change_role(key, role=UserRole.ADMIN)),
    ("auth_identities", "auth identity", "auth_identity.unlink", users.unlink_identity),
    ("auth_sessions", "auth session", "auth_session.revoke", sign_ins.revoke),
    ("lessons", "lesson", "lesson.revise", lambda key: lessons.revise(key, title="x")),
    ("lessons", "lesson", "lesson.publish", lessons.publish),
    ("lessons", "lesson", "lesson.withdraw", lessons.withdraw),
    ("labs", "lab", "lab.revise", lambda key: labs.revise(key, title="x")),
    ("labs", "lab", "lab.publish", labs.publish),
    ("lab_sessions", "lab session", "lab_session.complete", sessions.complete),
    ("lab_sessions", "lab session", "lab_session.fail", sessions.fail),
    (
        "github_accounts",
        "github account",
        "github_account.rename",
        lambda key: github.rename_account(key, username="x"),
    ),
    ("github_accounts", "github account", "github_account.disconnect", github.disconnect_account),
    (
        "github_repo_mappings",
        "github repo mapping",
        "github_repo_mapping.change_default_branch",
        lambda key: github.change_default_branch(key, default_branch="x"),
    ),
]


@pytest.mark.parametrize(("table", "text", "call"), READING, ids=[text for _, text, _ in READING])
async def test_reading_what_is_not_there(table: str, text: str, call: Call) -> None:
    key = uuid4()
    with pytest.raises(NotFound) as caught:
        await call(key)
    assert str(caught.value) == f"There is no {text.format(key)}."
    assert caught.value.table == table


@pytest.mark.parametrize(("table", "kind", "action", "call"), WRITING, ids=[action for _, _, action, _ in WRITING])
async def test_changing_what_is_not_there(trail: Trail, table: str, kind: str, action: str, call: Call) -> None:
    key = uuid4()
    with acting_as(OPERATOR), pytest.raises(NotFound) as caught:
        await call(key)
    assert str(caught.value) == f"There is no {kind} with the id {key}."
    assert caught.value.table == table
    event = await trail.event()
    assert (event.action, event.outcome, event.reason_code) == (action, Outcome.FAILURE, "not_found")
    assert event.entity_id == str(key)


async def test_a_key_that_could_be_none_is_not_found() -> None:
    """A slug of any length may come from a URL."""
    with pytest.raises(NotFound):
        await lessons.get_by_slug("x" * 101)
    with pytest.raises(NotFound):
        await labs.get_by_slug("x" * 101)
