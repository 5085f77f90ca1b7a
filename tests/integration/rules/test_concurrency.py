"""The rules that two transactions could break together, though each of them keeps it alone."""

# ruff: noqa: S608 - the names in statements are those of this file

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from itertools import count
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.records import Builder
from tests.fixtures.refusals import assert_rule, still_referenced

Open: TypeAlias = Callable[..., Awaitable[asyncpg.Connection]]
Start: TypeAlias = Callable[..., Awaitable["asyncio.Task[Any]"]]
Isolation: TypeAlias = Literal["read_committed", "repeatable_read", "serializable"]

WRITERS = 40
COMPLETE = "UPDATE lab_sessions SET status = $1 WHERE id = $2"
ATTEMPT = "INSERT INTO verification_attempts (lab_session_id, commit_sha, result) VALUES ($1, repeat('a', 40), $2)"
UNLINK = "DELETE FROM auth_identities WHERE id = $1"
REGISTER = "INSERT INTO users (email, auth_provider) VALUES ($1, 'EMAIL')"
SUBSCRIBE = "INSERT INTO subscriptions (user_id, plan) VALUES ($1, 'PAID')"

# Whichever of these ends a transaction, it has written nothing and may be run again.
CONFLICTS = {"40001", "40P01"}


@pytest.fixture
async def open_connection(cluster: Cluster, database: str) -> AsyncIterator[Open]:
    """Open further connections to the test's database, as a service unless said otherwise."""
    await cluster.admin.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '20ms'")
    opened = []

    async def open_one(role: str = "app") -> asyncpg.Connection:
        connection = await connect(cluster.url(role, database))
        opened.append(connection)
        await connection.execute("SET lock_timeout = '20s'")  # An error says more than a test that hangs.
        return connection

    yield open_one
    for connection in opened:
        connection.terminate()  # Also one that still waits, after a failure.


@pytest.fixture
async def other(open_connection: Open) -> asyncpg.Connection:
    """A second service."""
    return await open_connection()


@pytest.fixture
def start_blocked(admin: asyncpg.Connection) -> Start:
    """Start a statement that has to wait for a lock, and return when it does."""

    async def start(connection: asyncpg.Connection, statement: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(statement)

        async def until_blocked() -> None:
            while not await admin.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", connection.get_server_pid()):
                assert not task.done(), f"did not wait: {task.exception() or task.result()}"

        await asyncio.wait_for(until_blocked(), timeout=10)
        return task

    return start


async def refusal_of(task: Awaitable[object]) -> asyncpg.PostgresError:
    """Return the error with which the database ended a statement."""
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await task
    return refusal.value


async def begin(
    connection: asyncpg.Connection, isolation: Isolation = "read_committed"
) -> asyncpg.transaction.Transaction:
    """Begin, and take the snapshot."""
    transaction = connection.transaction(isolation=isolation)
    await transaction.start()
    await connection.fetchval("SELECT pg_current_snapshot()")
    return transaction


# Series without gaps


async def lesson_series(app: asyncpg.Connection) -> tuple[Builder, dict[str, object], str]:
    return records.lesson_version, {"lesson_id": (await records.lesson(app))["id"]}, "lesson_versions.version"


async def lab_series(app: asyncpg.Connection) -> tuple[Builder, dict[str, object], str]:
    return records.lab_version, {"lab_id": (await records.lab(app))["id"]}, "lab_versions.version"


async def attempt_series(app: asyncpg.Connection) -> tuple[Builder, dict[str, object], str]:
    session = (await records.lab_session(app))["id"]
    return records.attempt, {"lab_session_id": session}, "verification_attempts.attempt"


Series = Callable[[asyncpg.Connection], Awaitable[tuple[Builder, dict[str, object], str]]]
each_series = pytest.mark.parametrize("series", [lesson_series, lab_series, attempt_series])
UNIQUE_KEYS = {
    "lesson_versions.version": "lesson_versions_lesson_id_version_key",
    "lab_versions.version": "lab_versions_lab_id_version_key",
    "verification_attempts.attempt": "verification_attempts_lab_session_id_attempt_key",
}


async def numbers(connection: asyncpg.Connection, name: str) -> list[int]:
    table, column = name.split(".")
    return [row[column] for row in await connection.fetch(f"SELECT {column} FROM {table} ORDER BY {column}")]


@each_series
async def test_forty_writers_of_one_series(app: asyncpg.Connection, open_connection: Open, series: Series) -> None:
    make, key, name = await series(app)
    connections = await asyncio.gather(*(open_connection() for _ in range(WRITERS)))
    before = len(await numbers(app, name))
    rows = await asyncio.gather(*(make(connection, **key) for connection in connections))
    assert sorted(row[name.partition(".")[2]] for row in rows) == list(range(1, WRITERS + 1))
    assert len(await numbers(app, name)) == before + WRITERS


@each_series
@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_forty_writers_with_snapshots_of_their_own(
    app: asyncpg.Connection, open_connection: Open, series: Series, isolation: Isolation
) -> None:
    make, key, name = await series(app)
    connections = await asyncio.gather(*(open_connection() for _ in range(WRITERS)))
    transactions = [await begin(connection, isolation) for connection in connections]

    async def write(number: int) -> int:
        try:
            row = await make(connections[number], **key)
            await transactions[number].commit()
        except asyncpg.PostgresError as error:
            await transactions[number].rollback()
            if error.sqlstate not in CONFLICTS:
                assert_rule(error, "23505", UNIQUE_KEYS[name])
            return 0
        return int(row[name.partition(".")[2]])

    # All snapshots are older than all rows, so that one alone can win.
    assert sorted(await asyncio.gather(*map(write, range(WRITERS))))[-2:] == [0, 1]
    assert await make(app, **key) is not None
    assert (await numbers(app, name))[-2:] == [1, 2]


@each_series
async def test_a_snapshot_from_before_gives_no_second_of_a_number(
    app: asyncpg.Connection, other: asyncpg.Connection, series: Series
) -> None:
    make, key, name = await series(app)
    transaction = await begin(other, "repeatable_read")
    await make(app, **key)
    error = await refusal_of(make(other, **key))
    await transaction.rollback()
    assert_rule(error, "23505", UNIQUE_KEYS[name])


@each_series
async def test_a_writer_waits_and_gets_the_next_number(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, series: Series
) -> None:
    make, key, name = await series(app)
    column = name.partition(".")[2]
    transaction = await begin(app)
    await make(app, **key)
    behind = await start_blocked(other, make(other, **key))
    await transaction.commit()
    assert (await behind)[column] == 2


@each_series
async def test_a_writer_waits_and_gets_the_number_that_was_given_back(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, series: Series
) -> None:
    make, key, name = await series(app)
    column = name.partition(".")[2]
    transaction = await begin(app)
    await make(app, **key)
    behind = await start_blocked(other, make(other, **key))
    await transaction.rollback()
    assert (await behind)[column] == 1


@each_series
async def test_a_stated_number_is_judged_after_the_wait(
    app: asyncpg.Connection, owner: asyncpg.Connection, start_blocked: Start, series: Series
) -> None:
    make, key, name = await series(app)
    table, column = name.split(".")
    transaction = await begin(app)
    await make(app, **key)
    behind = await start_blocked(owner, make(owner, **key, **{column: 1}))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23T02", f"{table}_{column}_order")


@each_series
async def test_another_series_does_not_wait(app: asyncpg.Connection, other: asyncpg.Connection, series: Series) -> None:
    make, key, name = await series(app)
    _, another, _ = await series(app)
    transaction = await begin(app)
    await make(app, **key)
    await other.execute("SET lock_timeout = '1s'")
    assert (await make(other, **another))[name.partition(".")[2]] == 1
    await transaction.rollback()


async def test_forty_writers_of_the_audit_log(app: asyncpg.Connection, open_connection: Open) -> None:
    connections = await asyncio.gather(*(open_connection() for _ in range(WRITERS)))

    async def write(connection: asyncpg.Connection) -> None:
        for _ in range(5):
            await records.event(connection)

    await asyncio.gather(*map(write, connections))
    rows = await app.fetch("SELECT id FROM audit_logs ORDER BY id")
    assert [row["id"] for row in rows] == list(range(1, 5 * WRITERS + 1))


# A session's end and its attempts


@pytest.fixture
async def session(app: asyncpg.Connection) -> UUID:
    """A session that is open and has no attempt."""
    return UUID(str((await records.lab_session(app))["id"]))


async def status(connection: asyncpg.Connection, session: UUID) -> tuple[str, int]:
    row = await connection.fetchrow(
        "SELECT status, (SELECT count(*) FROM verification_attempts WHERE lab_session_id = $1) AS attempts"
        " FROM lab_sessions WHERE id = $1",
        session,
    )
    assert row is not None
    return row["status"], row["attempts"]


async def test_an_end_waits_for_its_evidence(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, session: UUID
) -> None:
    transaction = await begin(app)
    await app.execute(ATTEMPT, session, "PASS")
    behind = await start_blocked(other, other.execute(COMPLETE, "VERIFIED_PASS", session))
    await transaction.commit()
    await behind
    assert await status(app, session) == ("VERIFIED_PASS", 1)


async def test_an_end_does_not_rest_on_evidence_that_was_taken_back(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, session: UUID
) -> None:
    transaction = await begin(app)
    await app.execute(ATTEMPT, session, "PASS")
    behind = await start_blocked(other, other.execute(COMPLETE, "VERIFIED_PASS", session))
    await transaction.rollback()
    assert_rule(await refusal_of(behind), "23T04", "lab_sessions_status_evidence")
    assert await status(app, session) == ("IN_PROGRESS", 0)


@pytest.mark.parametrize("final", ["VERIFIED_PASS", "FAILED"])
async def test_an_attempt_that_comes_during_the_end_is_refused(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, session: UUID, final: str
) -> None:
    await app.execute(ATTEMPT, session, "PASS")
    transaction = await begin(app)
    await app.execute(COMPLETE, final, session)
    behind = await start_blocked(other, other.execute(ATTEMPT, session, "FAIL"))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23T03", "verification_attempts_lab_session_id_open")
    assert await status(app, session) == (final, 1)


async def test_an_attempt_that_comes_during_an_end_that_fails_is_taken(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, session: UUID
) -> None:
    transaction = await begin(app)
    await app.execute(COMPLETE, "FAILED", session)
    behind = await start_blocked(other, other.execute(ATTEMPT, session, "PASS"))
    await transaction.rollback()
    await behind
    assert await status(app, session) == ("IN_PROGRESS", 1)


@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_an_attempt_with_a_snapshot_from_before_the_end_is_refused(
    app: asyncpg.Connection, other: asyncpg.Connection, session: UUID, isolation: Isolation
) -> None:
    transaction = await begin(other, isolation)
    await app.execute(COMPLETE, "FAILED", session)
    error = await refusal_of(other.execute(ATTEMPT, session, "PASS"))
    await transaction.rollback()
    assert_rule(error, "40001")
    assert await status(app, session) == ("FAILED", 0)


async def test_an_end_with_a_snapshot_from_before_its_evidence_is_refused(
    app: asyncpg.Connection, other: asyncpg.Connection, session: UUID
) -> None:
    transaction = await begin(other, "repeatable_read")
    await app.execute(ATTEMPT, session, "PASS")
    error = await refusal_of(other.execute(COMPLETE, "VERIFIED_PASS", session))
    await transaction.rollback()
    assert_rule(error, "23T04", "lab_sessions_status_evidence")


@pytest.mark.parametrize("ends", [("FAILED", "VERIFIED_PASS"), ("VERIFIED_PASS", "FAILED")])
async def test_a_session_ends_once(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start, session: UUID, ends: tuple[str, str]
) -> None:
    first, second = ends
    await app.execute(ATTEMPT, session, "PASS")
    transaction = await begin(app)
    await app.execute(COMPLETE, first, session)
    behind = await start_blocked(other, other.execute(COMPLETE, second, session))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23T03", "lab_sessions_status_final")
    assert await status(app, session) == (first, 1)


async def test_a_session_ends_once_for_many(app: asyncpg.Connection, open_connection: Open, session: UUID) -> None:
    await app.execute(ATTEMPT, session, "PASS")
    connections = await asyncio.gather(*(open_connection() for _ in range(12)))
    ends = [("VERIFIED_PASS", "FAILED")[number % 2] for number in range(12)]
    results = await asyncio.gather(
        *(connection.execute(COMPLETE, end, session) for connection, end in zip(connections, ends, strict=True)),
        return_exceptions=True,
    )
    won = [end for end, result in zip(ends, results, strict=True) if result == "UPDATE 1"]
    assert len(won) == 1
    assert await status(app, session) == (won[0], 1)
    lost = [result for result in results if isinstance(result, asyncpg.PostgresError)]
    assert {error.sqlstate for error in lost} <= {"23T01", "23T03"}


async def test_a_session_is_not_deleted_under_its_first_attempt(
    app: asyncpg.Connection, owner: asyncpg.Connection, start_blocked: Start, session: UUID
) -> None:
    transaction = await begin(app)
    await app.execute(ATTEMPT, session, "PASS")
    behind = await start_blocked(owner, owner.execute("DELETE FROM lab_sessions WHERE id = $1", session))
    await transaction.commit()
    rule = "verification_attempts_lab_session_id_fkey"
    assert_rule(await refusal_of(behind), still_referenced(owner), rule)


async def test_a_session_that_is_being_deleted_takes_no_attempt(
    app: asyncpg.Connection, owner: asyncpg.Connection, start_blocked: Start, session: UUID
) -> None:
    transaction = await begin(owner)
    await owner.execute("DELETE FROM lab_sessions WHERE id = $1", session)
    behind = await start_blocked(app, app.execute(ATTEMPT, session, "PASS"))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23503", "verification_attempts_lab_session_id_fkey")


# The last identity


async def identities(app: asyncpg.Connection, number: int) -> tuple[UUID, list[UUID]]:
    """Return a user and the user's identities."""
    user = (await records.user(app))["id"]
    return user, [(await records.identity(app, user_id=user))["id"] for _ in range(number)]


async def remaining(connection: asyncpg.Connection, user: UUID) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM auth_identities WHERE user_id = $1", user))


@pytest.mark.parametrize(
    ("isolation", "rule"),
    [
        ("read_committed", ("23T03", "auth_identities_user_id_last")),
        ("repeatable_read", ("40001", None)),
        ("serializable", ("40001", None)),
    ],
)
async def test_two_that_unlink_both_identities(
    app: asyncpg.Connection,
    other: asyncpg.Connection,
    start_blocked: Start,
    isolation: Isolation,
    rule: tuple[str, str | None],
) -> None:
    user, (first, second) = await identities(app, 2)
    one, two = await begin(app, isolation), await begin(other, isolation)
    await app.execute(UNLINK, first)
    behind = await start_blocked(other, other.execute(UNLINK, second))
    await one.commit()
    error = await refusal_of(behind)
    await two.rollback()
    assert_rule(error, *rule)
    assert await remaining(app, user) == 1


async def test_the_second_may_unlink_when_the_first_thinks_better_of_it(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    user, (first, second) = await identities(app, 2)
    transaction = await begin(app)
    await app.execute(UNLINK, first)
    behind = await start_blocked(other, other.execute(UNLINK, second))
    await transaction.rollback()
    await behind
    assert await remaining(app, user) == 1


@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_a_snapshot_from_before_does_not_unlink_the_last(
    app: asyncpg.Connection, other: asyncpg.Connection, isolation: Isolation
) -> None:
    user, (first, second) = await identities(app, 2)
    transaction = await begin(other, isolation)
    await app.execute(UNLINK, first)
    error = await refusal_of(other.execute(UNLINK, second))
    await transaction.rollback()
    assert_rule(error, "40001")
    assert await remaining(app, user) == 1


async def test_an_identity_that_is_not_committed_is_none(app: asyncpg.Connection, other: asyncpg.Connection) -> None:
    user, (first,) = await identities(app, 1)
    transaction = await begin(app)
    await records.identity(app, user_id=user)
    error = await refusal_of(other.execute(UNLINK, first))
    await transaction.rollback()
    assert_rule(error, "23T03", "auth_identities_user_id_last")
    assert await remaining(app, user) == 1


@pytest.mark.parametrize("isolation", ["read_committed", "repeatable_read", "serializable"])
@pytest.mark.parametrize("number", [2, 3, 5])
async def test_all_identities_at_once_leave_one(
    app: asyncpg.Connection, open_connection: Open, number: int, isolation: Isolation
) -> None:
    connections = await asyncio.gather(*(open_connection() for _ in range(number)))

    async def unlink(connection: asyncpg.Connection, identity: UUID) -> None:
        try:
            async with connection.transaction(isolation=isolation):
                await connection.execute(UNLINK, identity)
        except asyncpg.PostgresError as error:
            if error.sqlstate not in CONFLICTS:
                assert_rule(error, "23T03", "auth_identities_user_id_last")

    for _ in range(5):
        user, ids = await identities(app, number)
        await asyncio.gather(*(unlink(connection, id_) for connection, id_ in zip(connections, ids, strict=True)))
        assert await remaining(app, user) >= 1


# What is unique


async def test_two_registrations_of_one_address(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    transaction = await begin(app)
    await app.execute(REGISTER, "Ada@Example.org")
    behind = await start_blocked(other, other.execute(REGISTER, " ada@EXAMPLE.org"))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23505", "users_email_key")


async def test_an_address_is_free_again_after_a_rollback(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    transaction = await begin(app)
    await app.execute(REGISTER, "Ada@Example.org")
    behind = await start_blocked(other, other.execute(REGISTER, " ada@EXAMPLE.org"))
    await transaction.rollback()
    await behind
    assert await app.fetchval("SELECT count(*) FROM users WHERE email = 'ada@example.org'") == 1


async def test_two_users_with_one_identity(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    users = [(await records.user(app))["id"] for _ in range(2)]
    link = "INSERT INTO auth_identities (user_id, provider, provider_user_id) VALUES ($1, 'GITHUB', '1')"
    transaction = await begin(app)
    await app.execute(link, users[0])
    behind = await start_blocked(other, other.execute(link, users[1]))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23505", "auth_identities_provider_provider_user_id_key")


async def test_two_subscriptions_of_one_user(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    user = (await records.user(app))["id"]
    transaction = await begin(app)
    await app.execute(SUBSCRIBE, user)
    behind = await start_blocked(other, other.execute(SUBSCRIBE, user))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23505", "subscriptions_user_id_live_key")


async def test_two_canceled_subscriptions_that_come_back(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    subscriptions = []
    user = (await records.user(app))["id"]
    for _ in range(2):
        subscriptions.append((await records.subscription(app, user_id=user))["id"])
        await app.execute("UPDATE subscriptions SET status = 'CANCELED' WHERE user_id = $1", user)
    revive = "UPDATE subscriptions SET status = 'ACTIVE' WHERE id = $1"
    transaction = await begin(app)
    await app.execute(revive, subscriptions[0])
    behind = await start_blocked(other, other.execute(revive, subscriptions[1]))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23505", "subscriptions_user_id_live_key")


async def test_a_new_subscription_waits_for_the_cancellation_of_the_old(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    user = (await records.subscription(app))["user_id"]
    transaction = await begin(app)
    await app.execute("UPDATE subscriptions SET status = 'CANCELED' WHERE user_id = $1", user)
    behind = await start_blocked(other, other.execute(SUBSCRIBE, user))
    await transaction.commit()
    await behind
    live = "SELECT count(*) FROM subscriptions WHERE user_id = $1 AND status <> 'CANCELED'"
    assert await app.fetchval(live, user) == 1


async def test_twenty_subscriptions_at_once_leave_one(app: asyncpg.Connection, open_connection: Open) -> None:
    user = (await records.user(app))["id"]
    connections = await asyncio.gather(*(open_connection() for _ in range(20)))
    results = await asyncio.gather(
        *(connection.execute(SUBSCRIBE, user) for connection in connections), return_exceptions=True
    )
    assert results.count("INSERT 0 1") == 1
    for result in results:
        if result != "INSERT 0 1":
            assert isinstance(result, asyncpg.PostgresError)
            assert_rule(result, "23505", "subscriptions_user_id_live_key")


# Users and evidence


async def test_a_user_is_not_deleted_under_a_session_that_starts(
    app: asyncpg.Connection, owner: asyncpg.Connection, start_blocked: Start
) -> None:
    user = (await records.identity(app))["user_id"]
    version = (await records.lab_version(app))["id"]
    transaction = await begin(app)
    await records.lab_session(app, user_id=user, lab_version_id=version)
    behind = await start_blocked(owner, owner.execute("DELETE FROM users WHERE id = $1", user))
    await transaction.commit()
    assert_rule(await refusal_of(behind), still_referenced(owner), "lab_sessions_user_id_fkey")
    assert await remaining(app, user) == 1


async def test_a_user_who_is_being_deleted_starts_no_session(
    app: asyncpg.Connection, owner: asyncpg.Connection, start_blocked: Start
) -> None:
    user = (await records.identity(app))["user_id"]
    version = (await records.lab_version(app))["id"]
    transaction = await begin(owner)
    await owner.execute("DELETE FROM users WHERE id = $1", user)
    behind = await start_blocked(app, records.lab_session(app, user_id=user, lab_version_id=version))
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23503", "lab_sessions_user_id_fkey")


async def test_an_identity_is_unlinked_while_its_user_goes(
    app: asyncpg.Connection, owner: asyncpg.Connection, start_blocked: Start
) -> None:
    user, (identity,) = await identities(app, 1)
    transaction = await begin(owner)
    await owner.execute("DELETE FROM users WHERE id = $1", user)
    behind = await start_blocked(app, app.execute(UNLINK, identity))
    await transaction.commit()
    assert await behind == "DELETE 0"


# Signed-in sessions


async def test_a_session_that_is_being_revoked_is_not_revived(
    app: asyncpg.Connection, other: asyncpg.Connection, start_blocked: Start
) -> None:
    session = (await records.sign_in(app))["id"]
    transaction = await begin(app)
    await app.execute("UPDATE auth_sessions SET revoked_at = now() WHERE id = $1", session)
    behind = await start_blocked(
        other,
        other.execute("UPDATE auth_sessions SET revoked_at = NULL, last_seen_at = now() WHERE id = $1", session),
    )
    await transaction.commit()
    assert_rule(await refusal_of(behind), "23T03", "auth_sessions_revoked_at_final")


# Segments of the audit log

BOUNDS = """
    SELECT pg_get_expr(relpartbound, pg_class.oid) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'audit_logs'::regclass ORDER BY relname"""


async def assert_whole(owner: asyncpg.Connection) -> int:
    """Assert that the segments follow each other without a gap; return how many there are."""
    bounds = [row[0] for row in await owner.fetch(BOUNDS)]
    for number, bound in zip(count(), bounds, strict=False):
        assert bound == f"FOR VALUES FROM ('{number * 1_000_000}') TO ('{(number + 1) * 1_000_000}')"
    return len(bounds)


async def test_two_that_make_segments(owner: asyncpg.Connection, open_connection: Open, start_blocked: Start) -> None:
    first, second = await open_connection("archiver"), await open_connection("archiver")
    transaction = await begin(first)
    assert await first.fetchval("SELECT trust.ensure_audit_segments(6)") == 2
    behind = await start_blocked(second, second.fetchval("SELECT trust.ensure_audit_segments(6)"))
    await transaction.commit()
    assert await behind == 0, "made more than were wanted"
    assert await assert_whole(owner) == 7


async def test_many_that_make_segments(owner: asyncpg.Connection, open_connection: Open) -> None:
    archivers = await asyncio.gather(*(open_connection("archiver") for _ in range(6)))
    made = await asyncio.gather(*(archiver.fetchval("SELECT trust.ensure_audit_segments(7)") for archiver in archivers))
    total = await assert_whole(owner)
    assert total == 5 + sum(made) >= 8
    guarded = await owner.fetchval(
        "SELECT count(*) FROM (SELECT tgrelid FROM pg_trigger JOIN pg_inherits ON inhrelid = tgrelid"
        " WHERE tgfoid = 'trust.refuse_mutation'::regproc AND tgparentid = 0 AND tgenabled = 'A'"
        " GROUP BY tgrelid HAVING count(*) = 3) AS segments"
    )
    assert guarded == total
