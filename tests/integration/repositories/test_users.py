"""UserRepository: people and the identities by which they sign in."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster
from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.typed_errors import refused_as
from trust_models import Database, UserRepository, acting_as
from trust_models.enums import AuthProvider, Outcome, UserRole
from trust_models.errors import AlreadyExists, InvalidValue, ReferenceBroken, SerializationConflict, StateNotAllowed
from trust_models.models import AuthIdentity, User

pytestmark = pytest.mark.usefixtures("shared_db")

users = UserRepository()


async def until_waiting(admin: asyncpg.Connection, database: str, number: int) -> None:
    """Return when so many connections wait for a lock."""
    waiting = 0
    while waiting < number:
        await admin.execute("SELECT pg_stat_clear_snapshot()")  # which `admin` keeps while in a transaction
        waiting = await admin.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'", database
        )


async def test_register_returns_the_user_as_stored(scene: Scene) -> None:
    with acting_as(OPERATOR):
        user = await users.register(email=f" {scene.new.upper()}@Example.ORG", provider=AuthProvider.EMAIL)
    assert user.email == f"{scene.new}@example.org"
    assert (user.role, user.auth_provider) == (UserRole.USER, AuthProvider.EMAIL)
    assert user.display_name is None
    assert user.erased_at is None
    assert columns_of(await users.get(user.id)) == columns_of(user)


async def test_register_says_the_role_and_the_name(scene: Scene) -> None:
    with acting_as(OPERATOR):
        user = await users.register(
            email=f"{scene.new}@example.org",
            provider=AuthProvider.GOOGLE,
            provider_user_id=scene.new,
            display_name="Ada",
            role=UserRole.RECRUITER,
        )
    assert (user.role, user.display_name) == (UserRole.RECRUITER, "Ada")


async def test_register_links_the_address_as_the_first_identity(scene: Scene) -> None:
    with acting_as(OPERATOR):
        user = await users.register(email=f"{scene.new.upper()}@example.org", provider=AuthProvider.EMAIL)
    (identity,) = await users.identities(user.id)
    assert (identity.provider, identity.provider_user_id, identity.email) == (
        AuthProvider.EMAIL,
        user.email,
        user.email,
    )


async def test_register_links_what_the_provider_says(scene: Scene) -> None:
    with acting_as(OPERATOR):
        user = await users.register(
            email=f"{scene.new}@example.org", provider=AuthProvider.GITHUB, provider_user_id=scene.new
        )
    found = await users.find_by_identity(provider=AuthProvider.GITHUB, provider_user_id=scene.new)
    assert found is not None
    assert found.id == user.id


async def test_register_needs_the_id_of_another_provider(trail: Trail) -> None:
    with acting_as(OPERATOR), pytest.raises(InvalidValue, match="give provider_user_id"):
        await users.register(email="ada@example.org", provider=AuthProvider.GITHUB)
    assert await trail.events() == []


async def test_register_refuses_an_address_that_is_taken_in_another_case(scene: Scene, trail: Trail) -> None:
    with acting_as(OPERATOR), refused_as(AlreadyExists, "users_email_key", hidden=scene.email):
        await users.register(email=scene.email.upper(), provider=AuthProvider.EMAIL)
    event = await trail.event()
    assert (event.outcome, event.reason_code) == (Outcome.DENIED, "already_exists")
    assert event.metadata == {"sqlstate": "23505", "constraint": "users_email_key"}
    assert (event.entity_type, event.entity_id) == ("user", None)


async def test_register_leaves_nobody_behind_when_the_identity_is_taken(scene: Scene) -> None:
    email = f"{scene.new}@example.org"
    with (
        acting_as(OPERATOR),
        refused_as(AlreadyExists, "auth_identities_provider_provider_user_id_key", hidden=scene.github_identity),
    ):
        await users.register(email=email, provider=AuthProvider.GITHUB, provider_user_id=scene.github_identity)
    assert await users.find_by_email(email) is None


@pytest.mark.parametrize("email", ["", "no-address", "two@at@example.org", "a b@example.org", "@example.org"])
async def test_register_refuses_what_is_no_address(email: str) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, "users_email_ck", hidden=email or None):
        await users.register(email=email, provider=AuthProvider.EMAIL)


async def test_two_register_one_address_at_the_same_time(scene: Scene) -> None:
    email = f"{scene.new}@example.org"
    with acting_as(OPERATOR):
        both = await asyncio.gather(
            users.register(email=email, provider=AuthProvider.EMAIL),
            users.register(email=email.upper(), provider=AuthProvider.EMAIL),
            return_exceptions=True,
        )
    assert sorted(type(result) is AlreadyExists for result in both) == [False, True]
    assert await User.filter(email=email).count() == 1
    assert await AuthIdentity.filter(provider_user_id=email).count() == 1


@pytest.mark.parametrize("form", [str, str.upper, str.title, " {}\n".format])
async def test_find_by_email_compares_as_the_database_stores(scene: Scene, form: type[str]) -> None:
    found = await users.find_by_email(form(scene.email))
    assert found is not None
    assert found.id == scene.user_id


async def test_find_by_email_finds_nobody(scene: Scene) -> None:
    assert await users.find_by_email(f"{scene.new}@example.org") is None
    assert await users.find_by_email("' OR true --") is None


@pytest.mark.parametrize("name", ["Ada", "", "Ünïcode 🎓", None])
async def test_rename(scene: Scene, name: str | None) -> None:
    with acting_as(OPERATOR):
        renamed = await users.rename(scene.user_id, display_name=name)
    assert renamed.display_name == name
    assert (await users.get(scene.user_id)).display_name == name
    assert renamed.updated_at > renamed.created_at


async def test_change_email_stores_it_normalised(scene: Scene) -> None:
    with acting_as(OPERATOR):
        changed = await users.change_email(scene.user_id, email=f"{scene.new.upper()}@Example.org ")
    assert changed.email == f"{scene.new}@example.org"
    assert await users.find_by_email(scene.email) is None


async def test_change_email_moves_the_identity_along(scene: Scene) -> None:
    """Whoever gets the old address next must not sign in as this user, nor be kept from registering."""
    old, new = f"old-{scene.new}@example.org", f"new-{scene.new}@example.org"
    with acting_as(OPERATOR):
        user = await users.register(email=old, provider=AuthProvider.EMAIL)
        await users.change_email(user.id, email=new)
        found = await users.find_by_identity(provider=AuthProvider.EMAIL, provider_user_id=new)
        assert found is not None, "the new address does not sign in"
        assert found.id == user.id
        assert await users.find_by_identity(provider=AuthProvider.EMAIL, provider_user_id=old) is None
        await users.register(email=old, provider=AuthProvider.EMAIL)


async def test_change_email_twice_at_once_keeps_address_and_identity_together(
    standing_admin: asyncpg.Connection, shared_db: Database, scene: Scene
) -> None:
    """Both read the old address before either has written: the later one must find the identity all the same."""
    with acting_as(OPERATOR):
        user = await users.register(email=f"old-{scene.new}@example.org", provider=AuthProvider.EMAIL)
        async with standing_admin.transaction():
            await standing_admin.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", user.id)
            changes = [
                asyncio.create_task(users.change_email(user.id, email=f"{word}-{scene.new}@example.org"))
                for word in ("one", "two")
            ]
            await until_waiting(standing_admin, shared_db.settings.database_url.database, 2)
        await asyncio.gather(*changes)
    stored = (await users.get(user.id)).email
    (identity,) = await users.identities(user.id)
    assert (identity.provider_user_id, identity.email) == (stored, stored)


async def test_change_email_refuses_an_address_by_which_somebody_signs_in(scene: Scene) -> None:
    taken = f"taken-{scene.new}@example.org"
    with acting_as(OPERATOR):
        await users.link_identity(scene.subscriber_id, provider=AuthProvider.EMAIL, provider_user_id=taken)
        user = await users.register(email=f"{scene.new}@example.org", provider=AuthProvider.EMAIL)
        with refused_as(AlreadyExists, "auth_identities_provider_provider_user_id_key", hidden=taken):
            await users.change_email(user.id, email=taken)
    assert (await users.get(user.id)).email == user.email, "half of it was stored"


async def test_change_email_leaves_other_identities_alone(scene: Scene) -> None:
    before = {one.id: one.provider_user_id for one in await users.identities(scene.user_id)}
    with acting_as(OPERATOR):
        await users.change_email(scene.user_id, email=f"{scene.new}@example.org")
    assert {one.id: one.provider_user_id for one in await users.identities(scene.user_id)} == before


async def test_change_email_refuses_an_address_that_is_taken(scene: Scene) -> None:
    with acting_as(OPERATOR):
        other = await users.register(email=f"{scene.new}@example.org", provider=AuthProvider.EMAIL)
        with refused_as(AlreadyExists, "users_email_key", hidden=scene.email):
            await users.change_email(other.id, email=scene.email.upper())


async def test_change_email_refuses_what_is_no_address(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(InvalidValue, "users_email_ck", hidden="no-address"):
        await users.change_email(scene.user_id, email="no-address")


@pytest.mark.parametrize("role", UserRole)
async def test_change_role(scene: Scene, role: UserRole) -> None:
    with acting_as(OPERATOR):
        assert (await users.change_role(scene.user_id, role=role)).role is role
    assert (await users.get(scene.user_id)).role is role


async def test_link_identity_adds_one_to_many(scene: Scene) -> None:
    with acting_as(OPERATOR):
        linked = await users.link_identity(
            scene.user_id, provider=AuthProvider.GOOGLE, provider_user_id=scene.new, email="Work@Example.org"
        )
    assert (linked.user_id, linked.provider, linked.provider_user_id) == (
        scene.user_id,
        AuthProvider.GOOGLE,
        scene.new,
    )
    identities = await users.identities(scene.user_id)
    assert [identities[0].id, identities[-1].id] == [scene.identity_id, linked.id]
    assert len(identities) == 3


async def test_link_identity_refuses_one_that_is_somebody_s(scene: Scene) -> None:
    with (
        acting_as(OPERATOR),
        refused_as(AlreadyExists, "auth_identities_provider_provider_user_id_key", hidden=scene.github_identity),
    ):
        await users.link_identity(
            scene.subscriber_id, provider=AuthProvider.GITHUB, provider_user_id=scene.github_identity
        )


async def test_link_identity_needs_a_user(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "auth_identities_user_id_fkey"):
        await users.link_identity(uuid4(), provider=AuthProvider.GOOGLE, provider_user_id=scene.new)


async def test_one_id_may_belong_to_two_people_at_two_providers(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await users.link_identity(
            scene.subscriber_id, provider=AuthProvider.GOOGLE, provider_user_id=scene.github_identity
        )
    at_google = await users.find_by_identity(provider=AuthProvider.GOOGLE, provider_user_id=scene.github_identity)
    at_github = await users.find_by_identity(provider=AuthProvider.GITHUB, provider_user_id=scene.github_identity)
    assert at_google is not None
    assert at_github is not None
    assert (at_google.id, at_github.id) == (scene.subscriber_id, scene.user_id)


async def test_find_by_identity_finds_nobody(scene: Scene) -> None:
    assert await users.find_by_identity(provider=AuthProvider.GITHUB, provider_user_id=scene.new) is None


async def test_unlink_identity(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await users.unlink_identity(scene.identity_id)
    assert [identity.provider for identity in await users.identities(scene.user_id)] == [AuthProvider.GITHUB]


async def test_the_last_identity_cannot_be_unlinked(scene: Scene, trail: Trail) -> None:
    with acting_as(OPERATOR):
        first, last = await users.identities(scene.user_id)
        await users.unlink_identity(first.id)
        with refused_as(StateNotAllowed, "auth_identities_user_id_last"):
            await users.unlink_identity(last.id)
    assert [identity.id for identity in await users.identities(scene.user_id)] == [last.id]
    denied = await trail.event(outcome=Outcome.DENIED)
    assert (denied.action, denied.entity_id, denied.reason_code) == (
        "auth_identity.unlink",
        str(last.id),
        "state_not_allowed",
    )
    assert denied.metadata == {"sqlstate": "23T03", "constraint": "auth_identities_user_id_last"}


async def test_of_two_identities_unlinked_at_the_same_time_one_stays(
    cluster: Cluster, database: str, admin: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    """Each has its own row, and then looks for the other's: the worst moment, which may be a deadlock."""
    await admin.execute(
        f"""
        ALTER DATABASE {database} SET deadlock_timeout = '20ms';
        CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN OLD; END $$;
        CREATE TRIGGER t30_wait BEFORE DELETE ON auth_identities FOR EACH ROW EXECUTE FUNCTION public.wait();
        """
    )
    user = (await records.user(app))["id"]
    identities = [(await records.identity(app, user_id=user))["id"] for _ in range(2)]
    async with Database(cluster.settings(database)):
        await admin.execute("SELECT pg_advisory_lock(1)")
        with acting_as(OPERATOR):
            tasks = [asyncio.create_task(users.unlink_identity(identity)) for identity in identities]
        await until_waiting(admin, database, 2)
        await admin.execute("SELECT pg_advisory_unlock(1)")
        results = await asyncio.gather(*tasks, return_exceptions=True)
        (stays,) = await users.identities(user)
        (refusal,) = (result for result in results if result is not None)
        assert isinstance(refusal, (StateNotAllowed, SerializationConflict))
        with acting_as(OPERATOR), refused_as(StateNotAllowed, "auth_identities_user_id_last"):
            await users.unlink_identity(stays.id)
