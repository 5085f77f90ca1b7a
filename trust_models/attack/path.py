"""What a path of attack is: what is sent, on what, and what ought to stop whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from trust_models.attack.sending import Send, execute
from trust_models.enums import StrEnum

__all__ = ["AT_RUN_TIME", "BELOW_SUPERUSER", "Attacker", "ClosedBy", "Family", "Hole", "Over", "Path", "filled_in"]

Words = Mapping[str, str]
"""What the words in braces of a statement stand for, each already quoted for SQL."""

_WORD = re.compile(r"\{(\w+)\}")


class Attacker(StrEnum):
    """As whom a path is tried."""

    SERVICE = "service"
    READER = "reader"
    ARCHIVER = "archiver"
    APPROVER = "approver"
    OWNER = "owner"
    SUPERUSER = "superuser"


EVERYBODY = frozenset(Attacker)
AT_RUN_TIME = EVERYBODY - {Attacker.OWNER, Attacker.SUPERUSER}
BELOW_SUPERUSER = EVERYBODY - {Attacker.SUPERUSER}
"""A superuser is every role, and holds every right."""


class Family(StrEnum):
    """The kinds of paths."""

    DML = "dml"
    SETTINGS = "settings"
    TRIGGERS = "triggers"
    DDL = "ddl"
    NAMES = "names"
    ROLES = "roles"
    BELOW_SQL = "below_sql"
    FORGERY = "forgery"
    CAPTURE = "capture"


class ClosedBy(Enum):
    """What closes a path; with it, for whom it should be closed."""

    GUARD = "the guard triggers: for everybody, a superuser too"
    LOCK = "the schema lock: for the owner by ownership, for a superuser by event triggers; else by privileges"
    OWNERSHIP = "the schema lock, but for a superuser by nothing: event triggers do not see it"
    PRIVILEGE = "privileges: for everybody who is not a superuser"
    SERVICE_PRIVILEGE = "privileges: for the roles of run time; the owner may"


class Hole(Enum):
    """How to tell that a statement which was accepted has done harm."""

    ACCEPTED = "that it was accepted"
    EVIDENCE = "that a record of the run's own is not what it was"
    SCHEMA = "that the catalogue or such a record is not what it was"


class Over(StrEnum):
    """On what a path is tried, one after the other: the names that `queries/attack_subjects.sql` gives."""

    ONCE = "once"
    TABLE = "table"
    ORDINARY_TABLE = "ordinary table"
    SEEDED_TABLE = "seeded table"
    COLUMN = "column"
    GUARD = "guard"
    CONSTRAINT = "constraint"
    FOREIGN_KEY = "foreign key"
    LOG = "log"
    SEGMENT = "segment"
    FUNCTION = "function"
    TRIGGER_FUNCTION = "trigger function"
    DEFINER = "definer"
    SEQUENCE = "sequence"
    SCHEMA = "schema"
    INTERNAL = "internal"
    ROLE = "role"
    EXTENSION = "extension"
    INSTALLED_EXTENSION = "installed extension"
    ENUM_LABEL = "enum label"
    DOMAIN_CONSTRAINT = "domain constraint"
    EVENT_TRIGGER = "event trigger"
    GENERATED_COLUMN = "generated column"


@dataclass(frozen=True, kw_only=True)
class Path:
    """One way to harm the evidence, as statements with words in braces.

    A refusal counts when its SQLSTATE says that a privilege, a guard, a rule or the lock stopped it, or when it is one
    of `accepts`. Any other is a mistake in the statement, and is reported as one.
    """

    name: str
    sql: str
    family: Family
    closed_by: ClosedBy
    mend: str
    found_by: str
    """How it is found out where it cannot be prevented."""
    attackers: frozenset[Attacker] = EVERYBODY
    over: Over = Over.TABLE
    hole: Hole | str = Hole.ACCEPTED
    """Or a query that says whether the harm is done."""
    accepts: frozenset[str] = frozenset()
    send: Send = execute
    decided: bool = False
    """Whether `sql` is a question to the catalogue, true when the path is open, because to try would do harm."""
    by_login: str | None = None
    """For what depends on who logged in: the question that decides it where the role's own login is not known."""
    traced: bool = False
    """Whether what it does could show in the catalogue."""
    since: int = 15
    """The first major version of PostgreSQL that has it."""

    def question(self, *, logged_in: bool) -> str | None:
        """Return what the catalogue is asked in place of an attempt, or None where it is made."""
        if self.decided:
            return self.sql
        return None if logged_in else self.by_login


def filled_in(text: str, words: Words) -> str:
    """Return `text` with its words in braces filled in; other braces, those of JSON, stay."""
    return _WORD.sub(lambda found: words[found[1]], text)
