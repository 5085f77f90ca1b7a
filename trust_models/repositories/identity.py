"""Users, their identities and their signed-in sessions."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.db.database import current_client
from trust_models.enums import AuthProvider, UserRole
from trust_models.errors import InvalidValue
from trust_models.models import AuthIdentity, AuthSession, User
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.settings import Settings
from trust_models.sql import load

SESSION_TTL = timedelta(hours=12)
SESSION_MAX_AGE = timedelta(days=30)
LAST_SEEN_STEP = timedelta(minutes=1)
"""How fresh `last_seen_at` is kept: authenticating more often writes nothing."""

TOKEN_BYTES = 32


class UserRepository:
    """People and the identities by which they sign in."""

    async def register(
        self,
        *,
        email: str,
        provider: AuthProvider,
        provider_user_id: str | None = None,
        display_name: str | None = None,
        role: UserRole = UserRole.USER,
    ) -> User:
        """Create a user together with the first identity, and return the user.

        `provider_user_id` is the provider's own id for the person; for EMAIL it is the address. Raises `AlreadyExists`
        when the address, in whatever case, or the identity is taken; `InvalidValue` when it is no address, or when the
        id of another provider is missing.
        """
        if provider is not AuthProvider.EMAIL and not provider_user_id:
            raise InvalidValue(f"{provider} knows a person by an id: give provider_user_id.", table="auth_identities")
        async with audited("user.register", Entity("user")) as operation:
            user = await base.insert(User, email=email, display_name=display_name, role=role, auth_provider=provider)
            operation.on(user)
            await base.insert(
                AuthIdentity,
                user_id=user.id,
                provider=provider,
                provider_user_id=provider_user_id or user.email,
                email=user.email,
            )
        return user

    async def get(self, user_id: UUID) -> User:
        """Return a user; raise `NotFound`."""
        return await base.get(User, user_id)

    async def find_by_email(self, email: str) -> User | None:
        """Return the user with that address, compared as the database stores it, or None."""
        users = await base.fetch(User, load("queries/user_by_email.sql"), email)
        return users[0] if users else None

    async def page(self, *, after: UUID | None = None, limit: int = PAGE_SIZE) -> Page[User]:
        """Return users in the order of their registration."""
        return await base.page(User.all(), after=after, limit=limit)

    async def rename(self, user_id: UUID, *, display_name: str | None) -> User:
        """Change how a user is called; raise `NotFound`."""
        async with audited("user.rename", Entity.named("user", user_id)):
            return await base.update(User, user_id, display_name=display_name)

    async def change_email(self, user_id: UUID, *, email: str) -> User:
        """Change a user's address, and the identity by which the old one signs in.

        Raises `NotFound`, `AlreadyExists` or `InvalidValue`.
        """
        async with audited("user.change_email", Entity.named("user", user_id)):
            before = await base.found(User, User.select_for_update(no_key=True).filter(id=user_id), f"the id {user_id}")
            user = await base.update(User, user_id, email=email)
            if user.email != before.email:
                await current_client().fetch(load("queries/copy_email_identity.sql"), user_id, before.email, user.email)
                await current_client().fetch(load("queries/drop_email_identity.sql"), user_id, before.email)
        return user

    async def change_role(self, user_id: UUID, *, role: UserRole) -> User:
        """Change what a user may do; raise `NotFound`."""
        async with audited("user.change_role", Entity.named("user", user_id)) as operation:
            operation.add(role=role)
            return await base.update(User, user_id, role=role)

    async def link_identity(
        self,
        user_id: UUID,
        *,
        provider: AuthProvider,
        provider_user_id: str,
        email: str | None = None,
    ) -> AuthIdentity:
        """Give a user one more way to sign in; raise `AlreadyExists` when it is somebody's already."""
        async with audited("auth_identity.link", Entity("auth_identity")) as operation:
            identity = await base.insert(
                AuthIdentity,
                user_id=user_id,
                provider=provider,
                provider_user_id=provider_user_id,
                email=email,
            )
            operation.on(identity)
            operation.add(user_id=str(user_id), provider=provider)
        return identity

    async def unlink_identity(self, identity_id: UUID) -> None:
        """Take a way to sign in away; raise `StateNotAllowed` for the last one, `NotFound`."""
        async with audited("auth_identity.unlink", Entity.named("auth_identity", identity_id)):
            await base.remove(AuthIdentity, identity_id)

    async def identities(self, user_id: UUID) -> list[AuthIdentity]:
        """Return the ways in which a user signs in, the oldest first."""
        return await AuthIdentity.filter(user_id=user_id).order_by("id")

    async def find_by_identity(self, *, provider: AuthProvider, provider_user_id: str) -> User | None:
        """Return the user whom a provider knows by that id, or None."""
        users = await base.fetch(User, load("queries/user_by_identity.sql"), provider, provider_user_id)
        return users[0] if users else None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session and its token. The token is shown this once: only its hash is stored."""

    session: AuthSession
    token: str = field(repr=False)


class AuthSessionRepository:
    """Signed-in sessions. The database's clock judges whether one is valid.

    A session lives for `ttl` after it was last used, and for `max_age` at most.
    """

    @classmethod
    def of(cls, settings: Settings) -> "AuthSessionRepository":
        """Return the repository with the lifetimes that the settings say."""
        return cls(ttl=settings.session_ttl, max_age=settings.session_max_age)

    def __init__(self, *, ttl: timedelta = SESSION_TTL, max_age: timedelta = SESSION_MAX_AGE) -> None:
        self._ttl = min(ttl, max_age)
        self._max_age = max_age

    async def open_session(
        self, user_id: UUID, *, ip_address: str | None = None, user_agent: str | None = None
    ) -> OpenedSession:
        """Sign a user in: make a token of 256 random bits and store its SHA-256."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        async with audited("auth_session.open", Entity("auth_session")) as operation:
            sessions = await base.fetch(
                AuthSession,
                load("queries/open_session.sql"),
                user_id,
                _hash(token),
                self._ttl,
                ip_address,
                user_agent,
            )
            operation.on(sessions[0])
            operation.add(user_id=str(user_id))
        return OpenedSession(sessions[0], token)

    async def authenticate(self, token: str) -> AuthSession | None:
        """Return the session of a token, or None when there is none, it has expired or was revoked.

        One statement. It moves the end of the session on, up to the maximum age, at most once a minute.
        """
        sessions = await base.fetch(
            AuthSession,
            load("queries/authenticate.sql"),
            _hash(token),
            self._ttl,
            self._max_age,
            LAST_SEEN_STEP,
        )
        return sessions[0] if sessions else None

    async def revoke(self, session_id: UUID) -> None:
        """Sign a session out, for good; raise `NotFound`. One that is revoked already stays as it is."""
        async with audited("auth_session.revoke", Entity.named("auth_session", session_id)):
            await base.get(AuthSession, session_id)
            await current_client().fetch(load("queries/revoke_session.sql"), session_id)

    async def revoke_all(self, user_id: UUID) -> int:
        """Sign a user out everywhere; return how many sessions that ended."""
        async with audited("auth_session.revoke_all", Entity.named("user", user_id)) as operation:
            ended = len(await current_client().fetch(load("queries/revoke_sessions_of_user.sql"), user_id))
            operation.add(sessions=ended)
        return ended

    async def of_user(self, user_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE) -> Page[AuthSession]:
        """Return a user's sessions, the oldest first, dead ones among them until they are purged."""
        return await base.page(AuthSession.filter(user_id=user_id), after=after, limit=limit)

    async def purge_dead(self, *, older_than: timedelta = timedelta(days=7), limit: int = 1000) -> int:
        """Delete sessions that ended longer ago than `older_than`, at most `limit`; return how many went.

        Several workers may purge at once: each takes rows that no other holds.
        """
        return len(await current_client().fetch(load("queries/purge_sessions.sql"), older_than, limit))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
