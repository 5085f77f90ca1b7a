"""Who attacks: every role of the product, by a superuser who takes its place, or with its own login."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from trust_models.attack.ground import Ground
from trust_models.attack.path import Attacker
from trust_models.enums import Environment
from trust_models.settings import DatabaseUrl, OperatorSettings, Settings

ROLES = {
    Attacker.SERVICE: "trust_app",
    Attacker.READER: "trust_reader",
    Attacker.ARCHIVER: "trust_archiver",
    Attacker.APPROVER: "trust_approver",
    Attacker.OWNER: "trust_owner",
}
"""The product's name for each; a login of another name may be a member."""


@dataclass(frozen=True)
class Member:
    """One attacker; `in_place_of` tells that a superuser takes its place, and `login` is its own, where it is known."""

    attacker: Attacker
    role: str
    in_place_of: bool
    login: DatabaseUrl | None = field(default=None, repr=False)

    @property
    def names(self) -> set[str]:
        """The roles that it is, so that to become one of them gains nothing."""
        return {self.role, *filter(None, (ROLES.get(self.attacker),))}


@dataclass(frozen=True)
class Logins:
    """The URLs that were given, all of them for the same database."""

    service: DatabaseUrl = field(repr=False)
    owner: DatabaseUrl | None = field(default=None, repr=False)
    approver: DatabaseUrl | None = field(default=None, repr=False)
    admin: DatabaseUrl | None = field(default=None, repr=False)
    environment: Environment = Environment.DEVELOPMENT
    """What the process was told about the database; the database may say so as well."""

    @classmethod
    def load(cls) -> "Logins":
        """Read them from the environment. Raises ConfigurationError."""
        settings, operator = Settings.load(), OperatorSettings.load()
        database = settings.database_url.database
        admin, approver = operator.admin_database_url, operator.approver_database_url
        return cls(
            service=settings.database_url,
            owner=settings.migration_database_url,
            approver=approver and approver.replace(database=database),
            admin=admin and admin.replace(database=database),
            environment=settings.environment,
        )


def company(logins: Logins, ground: Ground) -> list[Member]:
    """Return who attacks, from the weakest to the strongest, given what a look at the database has shown."""
    if logins.admin is None or not ground.as_superuser:
        return list(_by_their_own_logins(logins, ground))
    members = [_in_place(attacker, logins, ground) for attacker in ROLES]
    known = {ground.owner, *ground.roles, *(url.user for url in (logins.service, logins.approver) if url)}
    return [
        *(one for one in members if one.role in known),
        Member(Attacker.SUPERUSER, str(logins.admin.user), in_place_of=False, login=logins.admin),
    ]


def absent(members: list[Member]) -> list[Attacker]:
    """Return as whom nothing is tried."""
    present = {one.attacker for one in members}
    return [one for one in Attacker if one not in present]


def _in_place(attacker: Attacker, logins: Logins, ground: Ground) -> Member:
    own = {Attacker.SERVICE: logins.service, Attacker.OWNER: logins.owner, Attacker.APPROVER: logins.approver}
    role = ground.owner if attacker is Attacker.OWNER else ROLES[attacker]
    login = own.get(attacker)
    if login is None or login.user is None:
        return Member(attacker, role, in_place_of=True)
    if attacker is Attacker.OWNER:
        return Member(attacker, role, in_place_of=True, login=login if login.user == role else None)
    if login.user in {ground.owner, *(url.user for url in (logins.admin,) if url)}:
        return Member(attacker, role, in_place_of=True)  # in development one URL may serve all
    return Member(attacker, login.user, in_place_of=True, login=login)


def _by_their_own_logins(logins: Logins, ground: Ground) -> Iterator[Member]:
    service = Attacker.OWNER if logins.service.user == ground.owner else Attacker.SERVICE
    given = {Attacker.APPROVER: logins.approver, Attacker.OWNER: logins.owner} | {service: logins.service}
    for attacker in Attacker:
        if (url := given.get(attacker)) is not None:
            yield Member(attacker, str(url.user), in_place_of=False, login=url)
