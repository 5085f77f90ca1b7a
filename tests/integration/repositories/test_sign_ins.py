"""AuthSessionRepository: signed-in sessions, judged by the database's clock."""

import asyncio
import hashlib
from datetime import datetime, timedelta, timezone
from ipaddress import ip_interface
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.typed_errors import refused_as
from trust_models import AuthSessionRepository, acting_as
from trust_models.enums import Outcome
from trust_models.errors import InvalidValue, NotFound, ReferenceBroken
from trust_models.models import AuthSession

pytestmark = pytest.mark.usefixtures("shared_db")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_MOMENT = timedelta(seconds=5)

sign_ins = AuthSessionRepository(ttl=12 * HOUR, max_age=30 * DAY)


async def row_of(admin: asyncpg.Connection, session_id: UUID) -> asyncpg.Record:
    """Return the session with the version of its row, which changes with every write."""
    row = await admin.fetchrow(
        "SELECT *, ctid::text || xmin::text AS version FROM auth_sessions WHERE id = $1", session_id
    )
    assert row is not None
    return row


async def backdate(admin: asyncpg.Connection, session_id: UUID, **ago: timedelta) -> None:
    """Set columns of a session to times that are so long ago, or to come where negative."""
    changes = ", ".join(f"{column} = clock_timestamp() - ${number}::interval" for number, column in enumerate(ago, 2))
    async with admin.transaction():
        await admin.execute("ALTER TABLE auth_sessions DISABLE TRIGGER t40_revoked")  # it says the moment itself
        await admin.execute(f"UPDATE auth_sessions SET {changes} WHERE id = $1", session_id, *ago.values())  # noqa: S608
        await admin.execute("ALTER TABLE auth_sessions ENABLE ALWAYS TRIGGER t40_revoked")


async def test_open_session_stores_the_hash_and_hands_out_the_token(
    standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    with acting_as(OPERATOR):
        opened = await sign_ins.open_session(scene.user_id, ip_address="2001:db8::7", user_agent="tests/1.0")
    row = await row_of(standing_admin, opened.session.id)
    assert row["token_hash"] == hashlib.sha256(opened.token.encode()).hexdigest()
    assert len(opened.token) == 43, "256 bits in base64"
    assert row["user_id"] == scene.user_id
    assert ip_interface(row["ip_address"]) == ip_interface("2001:db8::7")
    assert opened.session.ip_address is not None
    assert opened.session.user_agent == row["user_agent"] == "tests/1.0"
    assert opened.session.last_seen_at is None
    assert opened.session.revoked_at is None
    assert abs(opened.session.expires_at - opened.session.created_at - 12 * HOUR) < A_MOMENT


async def test_open_session_knows_little_of_a_silent_client(scene: Scene) -> None:
    with acting_as(OPERATOR):
        opened = await sign_ins.open_session(scene.user_id)
    assert opened.session.ip_address is None
    assert opened.session.user_agent is None


async def test_every_token_is_another(scene: Scene) -> None:
    with acting_as(OPERATOR):
        opened = await asyncio.gather(*(sign_ins.open_session(scene.user_id) for _ in range(20)))
    assert len({one.token for one in opened}) == 20


async def test_a_session_does_not_outlive_the_maximum_age_from_the_start(scene: Scene) -> None:
    with acting_as(OPERATOR):
        opened = await AuthSessionRepository(ttl=DAY, max_age=HOUR).open_session(scene.user_id)
    assert abs(opened.session.expires_at - opened.session.created_at - HOUR) < A_MOMENT


async def test_open_session_needs_a_user() -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "auth_sessions_user_id_fkey"):
        await sign_ins.open_session(uuid4())


async def test_open_session_refuses_what_is_no_address(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, None, hidden="no-address"):
        await sign_ins.open_session(scene.user_id, ip_address="no-address")


async def test_open_session_refuses_a_user_agent_that_does_not_fit(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, None, hidden="xxx"):
        await sign_ins.open_session(scene.user_id, user_agent="x" * 1001)


async def test_open_session_refuses_one_that_has_ended_before_it_began(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, "auth_sessions_expires_at_ck"):
        await AuthSessionRepository(ttl=-HOUR).open_session(scene.user_id)


async def test_authenticate_returns_the_session_of_a_token(scene: Scene) -> None:
    with acting_as(OPERATOR):
        opened = await sign_ins.open_session(scene.user_id)
    found = await sign_ins.authenticate(opened.token)
    assert found is not None
    assert (found.id, found.user_id) == (opened.session.id, scene.user_id)
    assert found.last_seen_at is not None


@pytest.mark.parametrize(
    "token",
    ["", "unknown", "\0", "ünïcode", "\ud800", "x" * 100_000, "' OR true --"],
    ids=["empty", "unknown", "NUL", "not ASCII", "half a character", "long", "SQL"],
)
async def test_authenticate_knows_no_other_token(token: str) -> None:
    assert await sign_ins.authenticate(token) is None


async def test_authenticate_does_not_take_the_hash_for_the_token(
    standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    stored: str = (await row_of(standing_admin, scene.sign_in_id))["token_hash"]
    assert await sign_ins.authenticate(scene.token) is not None
    assert await sign_ins.authenticate(stored) is None


async def test_a_revoked_session_is_not_valid(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await sign_ins.revoke(scene.sign_in_id)
    assert await sign_ins.authenticate(scene.token) is None


async def test_an_expired_session_is_not_valid(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    await backdate(standing_admin, scene.sign_in_id, created_at=DAY, expires_at=timedelta(milliseconds=1))
    before = await row_of(standing_admin, scene.sign_in_id)
    assert await sign_ins.authenticate(scene.token) is None
    assert await row_of(standing_admin, scene.sign_in_id) == before, "an expired session must not be revived"


async def test_a_session_past_its_maximum_age_is_not_valid(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    await backdate(standing_admin, scene.sign_in_id, created_at=30 * DAY + A_MOMENT, expires_at=-HOUR)
    assert await sign_ins.authenticate(scene.token) is None


async def test_use_moves_the_end_of_a_session_on(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    await backdate(standing_admin, scene.sign_in_id, created_at=DAY, expires_at=-HOUR, last_seen_at=2 * HOUR)
    found = await sign_ins.authenticate(scene.token)
    assert found is not None
    now = datetime.now(timezone.utc)
    assert abs(found.expires_at - (now + 12 * HOUR)) < A_MOMENT
    assert found.last_seen_at is not None
    assert abs(found.last_seen_at - now) < A_MOMENT
    stored = await row_of(standing_admin, scene.sign_in_id)
    assert (stored["expires_at"], stored["last_seen_at"]) == (found.expires_at, found.last_seen_at)


async def test_use_never_brings_the_end_of_a_session_nearer(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    await backdate(standing_admin, scene.sign_in_id, expires_at=-20 * HOUR)
    before = await row_of(standing_admin, scene.sign_in_id)
    found = await sign_ins.authenticate(scene.token)
    assert found is not None
    assert found.expires_at == before["expires_at"]


async def test_use_moves_the_end_no_further_than_the_maximum_age(
    standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    await backdate(standing_admin, scene.sign_in_id, created_at=30 * DAY - 2 * HOUR, expires_at=-HOUR)
    found = await sign_ins.authenticate(scene.token)
    assert found is not None
    assert found.expires_at == found.created_at + 30 * DAY


async def test_a_shorter_maximum_age_holds_for_sessions_that_exist(
    standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    await backdate(standing_admin, scene.sign_in_id, created_at=2 * HOUR)
    assert await AuthSessionRepository(max_age=HOUR).authenticate(scene.token) is None
    assert await AuthSessionRepository(max_age=DAY).authenticate(scene.token) is not None


async def test_within_a_minute_use_writes_nothing(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    assert await sign_ins.authenticate(scene.token) is not None
    first = await row_of(standing_admin, scene.sign_in_id)
    again = await sign_ins.authenticate(scene.token)
    assert again is not None
    assert again.last_seen_at == first["last_seen_at"]
    assert await row_of(standing_admin, scene.sign_in_id) == first

    await backdate(standing_admin, scene.sign_in_id, last_seen_at=timedelta(seconds=59))
    fresh = await row_of(standing_admin, scene.sign_in_id)
    assert await sign_ins.authenticate(scene.token) is not None
    assert await row_of(standing_admin, scene.sign_in_id) == fresh

    await backdate(standing_admin, scene.sign_in_id, last_seen_at=timedelta(seconds=60))
    stale = await row_of(standing_admin, scene.sign_in_id)
    assert await sign_ins.authenticate(scene.token) is not None
    assert (await row_of(standing_admin, scene.sign_in_id))["version"] != stale["version"]


async def test_many_requests_of_one_session_at_once_are_one_write(
    standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    found = await asyncio.gather(*(sign_ins.authenticate(scene.token) for _ in range(20)))
    assert {session.id for session in found if session} == {scene.sign_in_id}
    seen = {session.last_seen_at for session in found if session and session.last_seen_at}
    assert seen == {(await row_of(standing_admin, scene.sign_in_id))["last_seen_at"]}


async def test_a_session_is_revoked_once(standing_admin: asyncpg.Connection, scene: Scene) -> None:
    with acting_as(OPERATOR):
        await sign_ins.revoke(scene.sign_in_id)
        first = await row_of(standing_admin, scene.sign_in_id)
        assert first["revoked_at"] is not None
        await sign_ins.revoke(scene.sign_in_id)
    assert await row_of(standing_admin, scene.sign_in_id) == first


async def test_revoke_all_ends_what_still_lives(
    standing_app: asyncpg.Connection, standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    expired = await records.sign_in(standing_app, user_id=scene.user_id)
    await backdate(standing_admin, expired["id"], created_at=DAY, expires_at=HOUR)
    elsewhere = await records.sign_in(standing_app, user_id=scene.subscriber_id)
    with acting_as(OPERATOR):
        await sign_ins.open_session(scene.user_id)
        assert await sign_ins.revoke_all(scene.user_id) == 2
        assert await sign_ins.revoke_all(scene.user_id) == 0
    assert await sign_ins.authenticate(scene.token) is None
    assert (await row_of(standing_admin, elsewhere["id"]))["revoked_at"] is None


async def test_revoke_knows_whom_it_does_not_find(scene: Scene, trail: Trail) -> None:
    missing = uuid4()
    with acting_as(OPERATOR), pytest.raises(NotFound, match=str(missing)):
        await sign_ins.revoke(missing)
    event = await trail.event()
    assert (event.outcome, event.reason_code, event.entity_id) == (Outcome.FAILURE, "not_found", str(missing))
    assert await sign_ins.authenticate(scene.token) is not None


async def test_of_user_returns_all_until_they_are_purged(scene: Scene) -> None:
    with acting_as(OPERATOR):
        second = (await sign_ins.open_session(scene.user_id)).session
        await sign_ins.revoke(second.id)
    page = await sign_ins.of_user(scene.user_id)
    assert [session.id for session in page.items] == [scene.sign_in_id, second.id]
    assert page.after is None


class TestPurging:
    """A database of its own for each, as purging takes what it finds."""

    @pytest.fixture
    def shared_db(self, db: object) -> object:
        return db

    async def dead(self, admin: asyncpg.Connection, number: int, **ago: timedelta) -> list[UUID]:
        """Make sessions of one user that ended long ago."""
        user = await records.user(admin)
        times = {"created_at": 40 * DAY, "expires_at": 10 * DAY} | ago
        made = [(await records.sign_in(admin, user_id=user["id"]))["id"] for _ in range(number)]
        for session_id in made:
            await backdate(admin, session_id, **times)
        return made

    async def test_takes_what_ended_long_ago(self, admin: asyncpg.Connection) -> None:
        await self.dead(admin, 2)
        await self.dead(admin, 1, expires_at=-DAY, revoked_at=8 * DAY)
        fresh = await self.dead(admin, 1, expires_at=6 * DAY)
        fresh += await self.dead(admin, 1, expires_at=-DAY, revoked_at=6 * DAY)
        alive = await self.dead(admin, 1, expires_at=-DAY)
        assert await sign_ins.purge_dead() == 3
        assert {session.id for session in await AuthSession.all()} == {*fresh, *alive}
        assert await sign_ins.purge_dead() == 0
        assert await sign_ins.purge_dead(older_than=5 * DAY) == 2
        assert await sign_ins.purge_dead(older_than=timedelta()) == 0

    async def test_takes_no_more_than_it_is_told(self, admin: asyncpg.Connection) -> None:
        await self.dead(admin, 5)
        assert [await sign_ins.purge_dead(limit=2) for _ in range(4)] == [2, 2, 1, 0]

    async def test_two_workers_share_the_work(self, admin: asyncpg.Connection) -> None:
        await self.dead(admin, 60)
        counts = await asyncio.gather(*(sign_ins.purge_dead(limit=20) for _ in range(2)))
        assert counts == [20, 20]
        assert await AuthSession.all().count() == 20

    async def test_a_worker_does_not_wait_for_another(self, admin: asyncpg.Connection) -> None:
        taken = await self.dead(admin, 3)
        await self.dead(admin, 4)
        async with admin.transaction():
            await admin.execute("SELECT FROM auth_sessions WHERE id = ANY($1) FOR UPDATE", taken)
            assert await asyncio.wait_for(sign_ins.purge_dead(), timeout=5) == 4
        assert await sign_ins.purge_dead() == 3

    async def test_refuses_a_limit_below_zero(self) -> None:
        with refused_as(InvalidValue, None):
            await sign_ins.purge_dead(limit=-1)
