"""users, auth_identities, auth_sessions."""

# ruff: noqa: S608 - the names in statements are those of this file

import unicodedata
from datetime import datetime, timedelta, timezone

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused, still_referenced

EPOCH = datetime(2001, 1, 1, tzinfo=timezone.utc)


# users


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.Lovelace@EXAMPLE.org", "ada.lovelace@example.org"),
        (" \t\r\n ada@example.org \n", "ada@example.org"),
        ("ÉLODIE@Exämple.org", "élodie@exämple.org"),
        (unicodedata.normalize("NFD", "Élodie@exämple.org"), "élodie@exämple.org"),
        ("a+b_c%d'e@sub.example.org", "a+b_c%d'e@sub.example.org"),
    ],
)
async def test_an_email_is_stored_normalised(app_trial: asyncpg.Connection, written: str, stored: str) -> None:
    user = await records.user(app_trial, email=written)
    assert user["email"] == stored


async def test_an_email_is_normalised_when_it_changes(app_trial: asyncpg.Connection) -> None:
    user = await records.user(app_trial)
    stored = await app_trial.fetchval(
        "UPDATE users SET email = ' NEW@Example.ORG' WHERE id = $1 RETURNING email", user["id"]
    )
    assert stored == "new@example.org"


async def test_an_email_is_normalised_by_copy(app_trial: asyncpg.Connection) -> None:
    await app_trial.copy_records_to_table(
        "users", records=[(" COPY@Example.ORG ", "EMAIL")], columns=["email", "auth_provider"]
    )
    assert await app_trial.fetchval("SELECT count(*) FROM users WHERE email = 'copy@example.org'") == 1


@pytest.mark.parametrize(
    "same",
    [
        "élodie@example.org",
        "ÉLODIE@EXAMPLE.ORG",
        "  élodie@example.org\n",
        unicodedata.normalize("NFD", "Élodie@example.org"),
    ],
)
async def test_an_email_is_taken_in_every_form(app_trial: asyncpg.Connection, same: str) -> None:
    await records.user(app_trial, email="Élodie@example.org")
    other = await records.user(app_trial)
    async with refused(app_trial, "23505", "users_email_key"):
        await records.user(app_trial, email=same)
    async with refused(app_trial, "23505", "users_email_key"):
        await app_trial.execute("UPDATE users SET email = $1 WHERE id = $2", same, other["id"])


async def test_an_email_is_taken_regardless_of_case_in_greek(app_trial: asyncpg.Connection) -> None:
    # The small sigma has two forms and the capital one: lower() alone tells the two apart.
    await records.user(app_trial, email="ΑΝΤΩΝΗΣ@example.org")
    async with refused(app_trial, "23505", "users_email_upper_key"):
        await records.user(app_trial, email="αντωνης@example.org")


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "ada",
        "@",
        "ada@",
        "@example.org",
        "ada@b@example.org",
        "ada lovelace@example.org",
        "ada@example .org",
        "ada@exam\nple.org",
        "ada@example.org\u2003",
    ],
)
async def test_an_email_without_its_form_is_refused(app_trial: asyncpg.Connection, email: str) -> None:
    async with refused(app_trial, "23514", "users_email_ck"):
        await records.user(app_trial, email=email)


@pytest.mark.parametrize("character", ["\x01", "\x1b", "\x7f"])
async def test_an_email_has_no_control_characters(app_trial: asyncpg.Connection, character: str) -> None:
    async with refused(app_trial, "23514", "users_email_ck"):
        await records.user(app_trial, email=f"ada{character}@example.org")


async def test_an_email_is_required(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23502"):
        await records.user(app_trial, email=None)


async def test_a_user_has_the_role_user_unless_said_otherwise(app_trial: asyncpg.Connection) -> None:
    assert (await records.user(app_trial))["role"] == "USER"


@pytest.mark.parametrize("role", ["ADMIN", "USER", "RECRUITER"])
async def test_a_role_of_the_list_is_accepted(app_trial: asyncpg.Connection, role: str) -> None:
    assert (await records.user(app_trial, role=role))["role"] == role


@pytest.mark.parametrize("role", ["OWNER", "admin", "", "ADMIN "])
async def test_a_role_beside_the_list_is_refused(app_trial: asyncpg.Connection, role: str) -> None:
    async with refused(app_trial, "23514", "users_role_ck"):
        await records.user(app_trial, role=role)


@pytest.mark.parametrize("provider", ["FACEBOOK", "github", ""])
async def test_a_provider_beside_the_list_is_refused(app_trial: asyncpg.Connection, provider: str) -> None:
    async with refused(app_trial, "23514", "users_auth_provider_ck"):
        await records.user(app_trial, auth_provider=provider)
    async with refused(app_trial, "23514", "auth_identities_provider_ck"):
        await records.identity(app_trial, provider=provider)


async def test_a_user_without_evidence_goes_with_everything_personal(owner_trial: asyncpg.Connection) -> None:
    user = (await records.user(owner_trial))["id"]
    for make in (records.identity, records.identity, records.sign_in, records.github_account):
        await make(owner_trial, user_id=user)
    await owner_trial.execute("DELETE FROM users WHERE id = $1", user)
    for table in ("users", "auth_identities", "auth_sessions", "github_accounts"):
        assert await owner_trial.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_a_user_with_a_lab_session_stays(owner_trial: asyncpg.Connection) -> None:
    session = await records.lab_session(owner_trial)
    async with refused(owner_trial, still_referenced(owner_trial), "lab_sessions_user_id_fkey"):
        await owner_trial.execute("DELETE FROM users WHERE id = $1", session["user_id"])


async def test_a_user_with_a_subscription_stays(owner_trial: asyncpg.Connection) -> None:
    subscription = await records.subscription(owner_trial)
    async with refused(owner_trial, still_referenced(owner_trial), "subscriptions_user_id_fkey"):
        await owner_trial.execute("DELETE FROM users WHERE id = $1", subscription["user_id"])


async def test_the_author_of_a_version_stays(owner_trial: asyncpg.Connection) -> None:
    author = (await records.user(owner_trial))["id"]
    await records.lesson_version(owner_trial, created_by=author)
    async with refused(owner_trial, still_referenced(owner_trial), "lesson_versions_created_by_fkey"):
        await owner_trial.execute("DELETE FROM users WHERE id = $1", author)

    author = (await records.user(owner_trial))["id"]
    await records.lab_version(owner_trial, created_by=author)
    async with refused(owner_trial, still_referenced(owner_trial), "lab_versions_created_by_fkey"):
        await owner_trial.execute("DELETE FROM users WHERE id = $1", author)


async def test_a_user_keeps_the_id_that_evidence_refers_to(owner_trial: asyncpg.Connection) -> None:
    session = await records.lab_session(owner_trial)
    async with refused(owner_trial, "23503", "lab_sessions_user_id_fkey"):
        await owner_trial.execute("UPDATE users SET id = trust.uuid_v7() WHERE id = $1", session["user_id"])


# auth_identities


async def test_an_identity_belongs_to_one_user(app_trial: asyncpg.Connection) -> None:
    identity = await records.identity(app_trial, provider="GOOGLE", provider_user_id="1")
    await records.identity(app_trial, provider="GITHUB", provider_user_id="1")
    await records.identity(app_trial, provider="GOOGLE", provider_user_id="2", user_id=identity["user_id"])
    async with refused(app_trial, "23505", "auth_identities_provider_provider_user_id_key"):
        await records.identity(app_trial, provider="GOOGLE", provider_user_id="1")
    async with refused(app_trial, "23505", "auth_identities_provider_provider_user_id_key"):
        await records.identity(app_trial, provider="GOOGLE", provider_user_id="1", user_id=identity["user_id"])


async def test_an_identity_names_its_account(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23514", "auth_identities_provider_user_id_ck"):
        await records.identity(app_trial, provider_user_id="")
    async with refused(app_trial, "23502"):
        await records.identity(app_trial, provider_user_id=None)


async def test_an_identity_has_a_user(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23503", "auth_identities_user_id_fkey"):
        await records.identity(app_trial, user_id="00000000-0000-7000-8000-000000000000")


async def test_the_last_identity_cannot_be_unlinked(app_trial: asyncpg.Connection) -> None:
    first = await records.identity(app_trial)
    second = await records.identity(app_trial, user_id=first["user_id"])
    await app_trial.execute("DELETE FROM auth_identities WHERE id = $1", first["id"])
    async with refused(app_trial, "23T03", "auth_identities_user_id_last"):
        await app_trial.execute("DELETE FROM auth_identities WHERE id = $1", second["id"])
    third = await records.identity(app_trial, user_id=first["user_id"])
    await app_trial.execute("DELETE FROM auth_identities WHERE id = $1", second["id"])
    async with refused(app_trial, "23T03", "auth_identities_user_id_last"):
        await app_trial.execute("DELETE FROM auth_identities WHERE id = $1", third["id"])


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM auth_identities",
        "DELETE FROM auth_identities WHERE user_id = $1",
        "DELETE FROM auth_identities USING users WHERE users.id = user_id AND users.id = $1",
        "WITH gone AS (DELETE FROM auth_identities WHERE user_id = $1 RETURNING id) SELECT count(*) FROM gone",
        # Both halves see the same snapshot.
        """WITH one AS (DELETE FROM auth_identities WHERE user_id = $1 AND provider = 'GITHUB'),
                other AS (DELETE FROM auth_identities WHERE user_id = $1 AND provider <> 'GITHUB')
           SELECT 1""",
        """MERGE INTO auth_identities AS identities USING (SELECT $1::uuid AS id) AS users
           ON identities.user_id = users.id WHEN MATCHED THEN DELETE""",
    ],
)
async def test_all_identities_at_once_cannot_be_unlinked(app_trial: asyncpg.Connection, statement: str) -> None:
    user = (await records.identity(app_trial, provider="GITHUB"))["user_id"]
    await records.identity(app_trial, provider="GOOGLE", user_id=user)
    await records.identity(app_trial, provider="EMAIL", user_id=user)
    arguments = [user] if "$1" in statement else []
    async with refused(app_trial, "23T03", "auth_identities_user_id_last"):
        await app_trial.execute(statement, *arguments)
    assert await app_trial.fetchval("SELECT count(*) FROM auth_identities WHERE user_id = $1", user) == 3


@pytest.mark.parametrize("statement", ["TRUNCATE auth_identities", "TRUNCATE users CASCADE"])
async def test_identities_cannot_be_truncated_away(owner_trial: asyncpg.Connection, statement: str) -> None:
    await records.identity(owner_trial)
    async with refused(owner_trial, "23T03", "auth_identities_user_id_last"):
        await owner_trial.execute(statement)


@pytest.mark.parametrize("others", [0, 1])
async def test_an_identity_never_moves_to_another_user(owner_trial: asyncpg.Connection, others: int) -> None:
    identity = await records.identity(owner_trial)
    for _ in range(others):
        await records.identity(owner_trial, user_id=identity["user_id"])
    thief = (await records.user(owner_trial))["id"]
    async with refused(owner_trial, "23T01", "auth_identities_user_id_immutable"):
        await owner_trial.execute("UPDATE auth_identities SET user_id = $1 WHERE id = $2", thief, identity["id"])
    async with refused(owner_trial, "23T01", "auth_identities_user_id_immutable"):
        await owner_trial.execute(
            "INSERT INTO auth_identities (user_id, provider, provider_user_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (provider, provider_user_id) DO UPDATE SET user_id = excluded.user_id",
            thief,
            identity["provider"],
            identity["provider_user_id"],
        )
    async with refused(owner_trial, "23T01", "auth_identities_user_id_immutable"):
        await owner_trial.execute(
            "MERGE INTO auth_identities AS target USING (SELECT $1::uuid AS id) AS source"
            " ON target.id = source.id WHEN MATCHED THEN UPDATE SET user_id = $2",
            identity["id"],
            thief,
        )


async def test_an_identity_does_not_become_that_of_another_account(app_trial: asyncpg.Connection) -> None:
    """Whoever could write another account into it would sign in as this user; only an erasure overwrites it."""
    identity = await records.identity(app_trial)
    with pytest.raises(asyncpg.PostgresError) as refusal:
        async with app_trial.transaction():
            await app_trial.execute(
                "UPDATE auth_identities SET provider_user_id = 'thief' WHERE id = $1", identity["id"]
            )
    # Without the right to it, or by a rule that knows an erasure when it sees one.
    assert refusal.value.sqlstate in {"42501", "23T01", "23T03"}


async def test_an_identity_is_kept_under_the_replica_role(admin_trial: asyncpg.Connection) -> None:
    identity = await records.identity(admin_trial)
    await admin_trial.execute("SET LOCAL session_replication_role = replica")
    async with refused(admin_trial, "23T03", "auth_identities_user_id_last"):
        await admin_trial.execute("DELETE FROM auth_identities WHERE id = $1", identity["id"])


# auth_sessions


@pytest.mark.parametrize(
    "token_hash",
    ["", "a" * 63, "A" * 64, "g" * 64, "a" * 63 + "\n", "a secret token that somebody forgot to hash"],
)
async def test_a_token_is_stored_as_its_hash_only(app_trial: asyncpg.Connection, token_hash: str) -> None:
    async with refused(app_trial, "23514", "auth_sessions_token_hash_ck"):
        await records.sign_in(app_trial, token_hash=token_hash)


async def test_a_token_hash_is_not_longer(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "22001"):
        await records.sign_in(app_trial, token_hash="a" * 65)


async def test_a_token_opens_one_session(app_trial: asyncpg.Connection) -> None:
    session = await records.sign_in(app_trial)
    async with refused(app_trial, "23505", "auth_sessions_token_hash_key"):
        await records.sign_in(app_trial, token_hash=session["token_hash"])


async def test_a_session_ends_after_its_start(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23514", "auth_sessions_expires_at_ck"):
        await records.sign_in(app_trial, expires_at=EPOCH)
    async with refused(app_trial, "23502"):
        await records.sign_in(app_trial, expires_at=None)
    session = await records.sign_in(app_trial)
    async with refused(app_trial, "23514", "auth_sessions_expires_at_ck"):
        await app_trial.execute("UPDATE auth_sessions SET expires_at = created_at WHERE id = $1", session["id"])
    # Sliding extension.
    later = session["expires_at"] + timedelta(hours=1)
    await app_trial.execute("UPDATE auth_sessions SET expires_at = $1 WHERE id = $2", later, session["id"])


async def test_a_session_does_not_last_for_ever(app_trial: asyncpg.Connection) -> None:
    # "Sliding extension up to an absolute maximum age."
    async with refused(app_trial, "23514", "auth_sessions_expires_at_ck"):
        await app_trial.execute(
            "INSERT INTO auth_sessions (user_id, token_hash, expires_at) VALUES ($1, repeat('a', 64), 'infinity')",
            (await records.user(app_trial))["id"],
        )


@pytest.mark.parametrize("column", ["last_seen_at", "revoked_at"])
@pytest.mark.parametrize("moment", ["infinity", "-infinity"])
async def test_what_has_happened_has_a_moment(owner_trial: asyncpg.Connection, column: str, moment: str) -> None:
    session = (await records.sign_in(owner_trial))["id"]
    await owner_trial.execute("ALTER TABLE auth_sessions DISABLE TRIGGER t40_revoked")
    async with refused(owner_trial, "23514", f"auth_sessions_{column}_ck"):
        await owner_trial.execute(f"UPDATE auth_sessions SET {column} = '{moment}' WHERE id = $1", session)


async def test_no_session_is_moved_on_past_the_longest_age(app_trial: asyncpg.Connection) -> None:
    session = (await records.sign_in(app_trial))["id"]
    update = "UPDATE auth_sessions SET expires_at = created_at + $1::interval WHERE id = $2"
    await app_trial.execute(update, timedelta(days=366, minutes=1), session)
    async with refused(app_trial, "23514", "auth_sessions_expires_at_ck"):
        await app_trial.execute(update, timedelta(days=367, seconds=1), session)


@pytest.mark.parametrize("chosen", ["2001-01-01", "2090-01-01", "infinity"])
async def test_when_a_session_was_revoked_cannot_be_chosen(app_trial: asyncpg.Connection, chosen: str) -> None:
    session = (await records.sign_in(app_trial))["id"]
    assert await app_trial.fetchval(
        f"UPDATE auth_sessions SET revoked_at = '{chosen}' WHERE id = $1"
        " RETURNING revoked_at BETWEEN statement_timestamp() AND clock_timestamp()",
        session,
    )


@pytest.mark.parametrize("revival", ["NULL", "revoked_at + interval '1 day'", "'infinity'"])
async def test_a_revoked_session_stays_revoked(app_trial: asyncpg.Connection, revival: str) -> None:
    session = (await records.sign_in(app_trial))["id"]
    await app_trial.execute("UPDATE auth_sessions SET revoked_at = now() WHERE id = $1", session)
    async with refused(app_trial, "23T03", "auth_sessions_revoked_at_final"):
        await app_trial.execute(
            f"UPDATE auth_sessions SET revoked_at = {revival} WHERE id = $1",
            session,
        )
    # Whoever revokes again, leaving the moment as it is, is welcome.
    await app_trial.execute(
        "UPDATE auth_sessions SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = $1", session
    )


async def test_a_session_keeps_its_user_and_its_token(owner_trial: asyncpg.Connection) -> None:
    session = (await records.sign_in(owner_trial))["id"]
    other = (await records.user(owner_trial))["id"]
    async with refused(owner_trial, "23T01", "auth_sessions_user_id_token_hash_immutable"):
        await owner_trial.execute("UPDATE auth_sessions SET user_id = $1 WHERE id = $2", other, session)
    async with refused(owner_trial, "23T01", "auth_sessions_user_id_token_hash_immutable"):
        await owner_trial.execute("UPDATE auth_sessions SET token_hash = repeat('b', 64) WHERE id = $1", session)


async def test_a_session_belongs_to_a_user(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23503", "auth_sessions_user_id_fkey"):
        await records.sign_in(app_trial, user_id="00000000-0000-7000-8000-000000000000")
