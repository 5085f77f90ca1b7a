"""The whole run: each attacker tries each path, and nothing of it stays."""

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import asyncpg

from trust_models.attack import expansion, harmless
from trust_models.attack.attempt import Attempt, Detector, attempt, decide
from trust_models.attack.company import Logins, Member, absent, company
from trust_models.attack.expansion import quoted
from trust_models.attack.ground import Ground, survey
from trust_models.attack.outcome import Outcome
from trust_models.attack.path import Attacker, Path
from trust_models.attack.paths import EVERY
from trust_models.attack.stage import Stage, bare_stage, connected, planted_stage
from trust_models.db.environment import refuse_production
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.enums import Environment
from trust_models.errors import ConfigurationError, EnvironmentMismatch
from trust_models.settings import DatabaseUrl

Progress = Callable[[str, int, int], None]
"""Is told as whom attempts are made, how many of all paths are behind, and how many there are."""


@dataclass(frozen=True)
class Result:
    """All outcomes, what was not tried with the reason, and whether the database is as it was."""

    database: str
    locked: bool
    has_event_triggers: bool
    outcomes: list[Outcome]
    absent: list[Attacker]
    without_row: dict[str, dict[str, str]]
    """By role, the tables that took no row of the run's own, each with the SQLSTATE."""
    without_subject: dict[str, str]
    damage: list[str]
    written_meanwhile: int
    seconds: float

    @property
    def is_failure(self) -> bool:
        """Whether a path that should be closed is open, a statement was wrong, or the run has done harm."""
        return bool(self.damage) or any(one.is_failure for one in self.outcomes)


async def attack(
    logins: Logins, *, in_production: bool, paths: Sequence[Path] = EVERY, progress: Progress = lambda *_: None
) -> Result:
    """Try every path as every role that the logins allow, and undo each attempt at once.

    `in_production` says that the caller knows what it costs there. Raises ConfigurationError for a database that says
    it is in production where it is false, SchemaMismatch where the schema is missing, DatabaseUnavailable and others
    when a connection fails or breaks.
    """
    try:
        return await _attack(logins, paths, in_production=in_production, progress=progress)
    except DRIVER_ERRORS as error:
        raise translate(error) from error


async def _attack(logins: Logins, paths: Sequence[Path], *, in_production: bool, progress: Progress) -> Result:
    begun = time.monotonic()
    async with connected(logins.admin or logins.service) as outside:
        if not in_production:
            await _refuse_production(outside, logins.environment)
        ground = await survey(outside)
        before = await harmless.look(outside)
        members = company(logins, ground)
        siege = _Siege(logins.admin, paths, ground, Detector(before.catalogue), progress)
        for number, member in enumerate(members):
            await siege.attack_as(member, number, len(members))
        after = await harmless.look(outside)
        damage = await harmless.damage(outside, before, after, marks=siege.marks)
    return Result(
        database=ground.database,
        locked=ground.locked,
        has_event_triggers=ground.has_event_triggers,
        outcomes=siege.outcomes,
        absent=absent(members),
        without_row=siege.without_row,
        without_subject={
            f"{one.family}: {one.name}": expansion.why_none(one, ground)
            for one in paths
            if not expansion.subjects(one, ground)
        },
        damage=damage,
        written_meanwhile=harmless.written_meanwhile(before, after),
        seconds=time.monotonic() - begun,
    )


async def _refuse_production(connection: asyncpg.Connection, environment: Environment) -> None:
    try:
        await refuse_production(connection, environment)
    except EnvironmentMismatch as mismatch:
        raise ConfigurationError(
            "This is a database in production. The attack writes nothing that stays, but it takes locks for moments,"
            " fills the server's log with refusals and sets off the alerts on them.",
            hint="Attack a copy, or say --i-know.",
        ) from mismatch


@dataclass
class _Siege:
    """What the attempts of all attackers share."""

    admin: DatabaseUrl | None
    paths: Sequence[Path]
    ground: Ground
    detector: Detector
    progress: Progress
    outcomes: list[Outcome] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    without_row: dict[str, dict[str, str]] = field(default_factory=dict)

    async def attack_as(self, member: Member, number: int, members: int) -> None:
        """Try all paths as one attacker, the one of this number among all."""
        count = len(self.paths)
        async with AsyncExitStack() as stages:
            url = self.admin if member.in_place_of else member.login
            assert url is not None  # noqa: S101 - company() takes nobody without one
            as_role = quoted(member.role) if member.in_place_of else None
            stage = await stages.enter_async_context(planted_stage(url, as_role=as_role))
            login = None if member.in_place_of else stage
            if member.in_place_of and member.login is not None:
                login = await stages.enter_async_context(bare_stage(member.login))
            self.marks.append(stage.evidence.mark)
            if stage.evidence.refused:
                self.without_row[member.role] = stage.evidence.refused
            for done, path in enumerate(self.paths):
                self.progress(member.role, number * count + done, members * count)
                for one in expansion.attempts(path, member, self.ground, stage.evidence):
                    self.outcomes.append(await self._outcome(one, member, stage, login))

    async def _outcome(self, one: Attempt, member: Member, stage: Stage, login: Stage | None) -> Outcome:
        question = one.path.question(logged_in=login is not None)
        if question is not None:
            finding = await decide(question, one, stage)
        else:
            finding = await attempt(one, login if one.path.by_login and login else stage, self.detector)
        return Outcome(
            attacker=member.attacker,
            role=member.role,
            path=one.path,
            on=one.on,
            finding=finding,
            should_be_closed=self.ground.should_be_closed(one.path, member.attacker),
            decided=question is not None,
        )
