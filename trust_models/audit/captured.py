"""Which tables record their own changes, and what of them stays out of the record.

The one declaration of it. `scripts/generate_capture.py` writes a function and its triggers for each table from this and
from the file of the table; a further table needs one entry here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tortoise.models import Model

from trust_models.audit.event import kind_of
from trust_models.models import (
    AuthIdentity,
    FeatureFlag,
    GithubAccount,
    GithubRepoMapping,
    Lab,
    LabSession,
    Lesson,
    SchemaLockOverride,
    Subscription,
    User,
)
from trust_models.sql import load

_COLUMN = re.compile(r"^  ([a-z_0-9]+) ([a-z]\w*)", re.MULTILINE)

IGNORED = frozenset({"updated_at"})
"""Columns that move with every change; a change of them alone leaves no event."""


@dataclass(frozen=True)
class Captured:
    """A table whose every change leaves an event. Of a masked column an event tells that it changed, never a value."""

    model: type[Model]
    masked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := self.masked - self.columns.keys():
            raise ValueError(f"{self.table} has no column {', '.join(sorted(unknown))} to mask.")

    @property
    def table(self) -> str:
        """The name of the table in the schema `public`."""
        return str(self.model._meta.db_table)

    @property
    def entity_type(self) -> str:
        """What its records are called in events."""
        return kind_of(self.model)

    @property
    def columns(self) -> Mapping[str, str]:
        """Every column with its type, in the order of the table."""
        return dict(_COLUMN.findall(load(f"tables/{self.table}.sql")))

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns whose values events hold."""
        return tuple(name for name in self.columns if name not in self.masked | IGNORED)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The columns that are masked."""
        return tuple(name for name in self.columns if name in self.masked)


CAPTURED = (
    Captured(User, masked=frozenset({"email", "display_name"})),
    Captured(AuthIdentity, masked=frozenset({"provider_user_id", "email"})),
    Captured(Lesson),
    Captured(Lab),
    Captured(LabSession),
    Captured(GithubAccount, masked=frozenset({"github_user_id", "username"})),
    Captured(GithubRepoMapping),
    Captured(FeatureFlag),
    Captured(Subscription),
    Captured(SchemaLockOverride),
)

BY_KIND: Mapping[str, Captured] = {captured.entity_type: captured for captured in CAPTURED}
"""The same, by what the records are called in events: `Entity.type`."""
