"""Who acts."""

from dataclasses import dataclass
from uuid import UUID

from trust_models.enums import ActorType
from trust_models.errors import ActorRequired


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, a service, the system itself, or somebody unknown; perhaps on behalf of somebody else.

    Raises `ActorRequired` for a user or a service without an id.
    """

    type: ActorType
    id: str | None = None
    on_behalf_of: str | None = None

    def __post_init__(self) -> None:
        if self.type in (ActorType.USER, ActorType.SERVICE) and not self.id:
            raise ActorRequired(f"A {self.type} who acts has an id.")

    @classmethod
    def user(cls, user_id: UUID | str, *, on_behalf_of: UUID | str | None = None) -> "Actor":
        """Return the actor for a signed-in user."""
        return cls(ActorType.USER, str(user_id), None if on_behalf_of is None else str(on_behalf_of))

    @classmethod
    def service(cls, name: str, *, on_behalf_of: UUID | str | None = None) -> "Actor":
        """Return the actor for a service, a worker or a scheduled job."""
        return cls(ActorType.SERVICE, name, None if on_behalf_of is None else str(on_behalf_of))

    @classmethod
    def system(cls) -> "Actor":
        """Return the actor for what the platform does of its own accord."""
        return cls(ActorType.SYSTEM)

    @classmethod
    def anonymous(cls) -> "Actor":
        """Return the actor for a visitor who has not signed in."""
        return cls(ActorType.ANONYMOUS)
