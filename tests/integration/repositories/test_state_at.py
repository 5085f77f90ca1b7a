"""AuditLogRepository.state_at: what a record was, from events that were captured and from the record itself."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from uuid import uuid4

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.captured import capture, open_desk
from tests.fixtures.cluster import Cluster
from trust_models import AuditLogRepository, Database, Entity
from trust_models.repositories.captured import current_values

log = AuditLogRepository()
ONE = timedelta(microseconds=1)

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
async def desk(owner: asyncpg.Connection) -> None:
    await open_desk(owner)


async def test_a_record_through_its_life(owner: asyncpg.Connection) -> None:
    key = uuid4()
    flag = Entity.named("feature_flag", key)
    born = await capture(owner, "feature_flag.inserted", key, after={"key": "a.b", "enabled": False})
    await capture(owner, "feature_flag.updated", uuid4(), before={"enabled": False}, after={"enabled": True})
    on = await capture(owner, "feature_flag.updated", key, before={"enabled": False}, after={"enabled": True})
    gone = await capture(owner, "feature_flag.deleted", key, before={"key": "a.b", "enabled": True})
    assert await log.state_at(flag, born - ONE) is None
    state = await log.state_at(flag, born)
    assert state is not None
    assert (state.entity, state.moment, state.masked) == (flag, born, ())
    assert state.values == {"key": "a.b", "enabled": False}
    after = await log.state_at(flag, on)
    assert after is not None
    assert after.values == {"key": "a.b", "enabled": True}
    assert await log.state_at(flag, gone) is None


async def test_truncate_ends_all_of_a_kind(owner: asyncpg.Connection) -> None:
    key = uuid4()
    await capture(owner, "feature_flag.inserted", key, after={"key": "a.b"})
    await capture(owner, "lesson.truncated", rows=3)
    still = await log.state_at(Entity.named("feature_flag", key), datetime.now(timezone.utc))
    assert still is not None
    end = await capture(owner, "feature_flag.truncated", rows=3)
    assert await log.state_at(Entity.named("feature_flag", key), end) is None
    assert await log.state_at(Entity.named("feature_flag", key), end - ONE) is not None


@pytest.mark.parametrize("role", ["app", "reader"])
async def test_a_record_from_before_the_capture_without_what_is_masked(
    cluster: Cluster, database: str, owner: asyncpg.Connection, db: Database, role: str
) -> None:
    await owner.execute("ALTER TABLE users DISABLE TRIGGER USER")
    row = await owner.fetchrow(
        "INSERT INTO users (email, display_name, auth_provider, created_at)"
        " VALUES ('ada@example.org', 'Ada', 'EMAIL', '2026-01-01Z') RETURNING id, role"
    )
    assert row is not None
    user = Entity.named("user", row["id"])
    change = await capture(
        owner, "user.updated", row["id"], before={"role": "RECRUITER"}, after={"role": "USER"}, masked=["email"]
    )
    await db.close()
    async with Database(cluster.settings(database, role)):
        state = await log.state_at(user, change - ONE)
        assert await log.state_at(user, datetime(2025, 1, 1, tzinfo=timezone.utc)) is None
    assert state is not None
    assert set(state.masked) == {"display_name", "email"}
    assert "ada" not in str(state).lower()
    assert state.values["role"] == "RECRUITER"
    assert state.values.keys() == {"id", "created_at", "role", "auth_provider"} | (state.values.keys() & {"erased_at"})


@pytest.mark.parametrize("key", ["0190a5a0-0000-7000-8000-000000000000", "no key at all"])
async def test_of_what_never_was_there_is_no_state(key: str) -> None:
    assert await log.state_at(Entity("lab", key), datetime.now(timezone.utc)) is None


async def test_what_is_not_captured_has_no_state() -> None:
    with pytest.raises(ValueError, match="changes of auth_session are not captured"):
        await log.state_at(Entity("auth_session", str(uuid4())), datetime.now(timezone.utc))
    with pytest.raises(ValueError, match="time zone"):
        await log.state_at(Entity("lab", "1"), datetime(2026, 1, 1))  # noqa: DTZ001 - the point


async def test_an_event_that_only_claims_to_be_a_change_counts_for_nothing(
    owner: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    key = uuid4()
    born = await capture(owner, "feature_flag.inserted", key, after={"key": "a.b"})
    await app.execute(
        "INSERT INTO audit_logs (actor_type, action, outcome, entity_type, entity_id)"
        " VALUES ('SYSTEM', 'feature_flag.deleted', 'SUCCESS', 'feature_flag', $1)",
        str(key),
    )
    assert await log.state_at(Entity.named("feature_flag", key), born + timedelta(days=1)) is not None


async def test_a_number_is_as_exact_as_in_the_table(app: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    """From an event, and from the record."""
    cost = Decimal("123456789012.000010")
    key = (await records.lab_session(app))["id"]
    session = Entity.named("lab_session", key)
    await owner.execute("ALTER TABLE lab_sessions DISABLE TRIGGER USER, ENABLE ALWAYS TRIGGER t90_capture")
    await owner.execute("UPDATE lab_sessions SET compute_cost = $1 WHERE id = $2", cost, key)
    state = await log.state_at(session, datetime.now(timezone.utc))
    assert state is not None
    for values in (state.values, await current_values(session)):
        assert values is not None
        assert (type(values["compute_cost"]), str(values["compute_cost"])) == (Decimal, str(cost))
