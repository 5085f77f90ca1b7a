"""The whole demo, from an empty machine to the superuser who is found out."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tortoise.models import Model

from trust_models.db.database import Database
from trust_models.demo.attacks import Outcome, attack, attacks_on
from trust_models.demo.git import GitRepository
from trust_models.demo.runner import runner
from trust_models.demo.story import Say, Story, checks_of, failed_session, play, sha256_of
from trust_models.demo.superuser import Forgery, forge
from trust_models.errors import ConfigurationError
from trust_models.models import ProofArtifact, VerificationAttempt
from trust_models.provisioning.sandbox import Sandbox, sandbox


@dataclass(frozen=True)
class Result:
    """What the demo showed; `kept_in` is the folder of the proofs, if it stays."""

    repository: GitRepository
    story: Story
    outcomes: list[Outcome]
    intact: bool
    forgery: Forgery
    kept_in: Path | None

    @property
    def as_promised(self) -> bool:
        """Whether every attack was refused, the evidence is what it was, and the superuser was found out."""
        return self.all_refused and self.forgery.found_out

    @property
    def all_refused(self) -> bool:
        """Whether every attack was refused and the evidence is what it was."""
        return self.intact and all(outcome.refused for outcome in self.outcomes)


async def demo(path: Path, command: tuple[str, ...] | None, *, keep: Path | None, say: Say) -> Result:
    """Run the demo on the repository at `path`, with the proofs in the new folder `keep`, or in one that does not stay.

    A check that fails ends the session as FAILED, and that is a success of the demo. Raises `ConfigurationError` for
    what is no repository and for a folder that cannot be made, before the server is started.
    """
    repository = await GitRepository.open(path)
    say(f"repository {repository.path}: HEAD is {repository.head[:12]} ({repository.subject})")
    async with runner() as at_work, _new_folder(keep or at_work.folder / "proofs") as proofs_in, sandbox() as box:
        say(f"PostgreSQL {box.version} is up, {len(box.migrated)} migrations applied")
        async with Database(box.settings):
            story = await play(repository, checks_of(command), proofs_in=proofs_in, runner=at_work, say=say)
            outcomes = await _attack(box, story)
            intact = await _intact(story)
            # The last operation of the trail: the one that ended the session.
            forgery = await forge(box, story.events[-1], published_in=at_work.folder / "published")
            return Result(repository, story, outcomes, intact, forgery, keep)


@asynccontextmanager
async def _new_folder(path: Path) -> AsyncIterator[Path]:
    """Make a folder, which stays if the block succeeds."""
    if not str(path).isprintable():
        raise ConfigurationError(
            f"{path} cannot be stored as the place of a proof.", hint="Name a folder whose name is printable UTF-8."
        )
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        raise ConfigurationError(f"{path} exists already.", hint="Name a folder that does not.") from None
    except OSError as error:
        raise ConfigurationError(f"The folder {path} cannot be made: {error.strerror}.") from error
    try:
        yield path
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


async def _attack(box: Sandbox, story: Story) -> list[Outcome]:
    session = await failed_session(story)
    aims = attacks_on(attempt=story.attempts[0].id, proof=story.proofs[0].id, failed_session=session.id)
    return await attack(box, aims)


async def _intact(story: Story) -> bool:
    """Read the evidence again: rows as they were, and files that have the hash which the rows state."""
    attempts = await VerificationAttempt.filter(lab_session_id=story.session.id).order_by("id")
    ids = [attempt.id for attempt in attempts]
    proofs = await ProofArtifact.filter(verification_attempt_id__in=ids).order_by("id")
    return (
        [_values(attempt) for attempt in attempts] == [_values(attempt) for attempt in story.attempts]
        and [_values(proof) for proof in proofs] == [_values(proof) for proof in story.proofs]
        and all(sha256_of(Path(proof.location)) == proof.sha256 for proof in proofs)
    )


def _values(record: Model) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record._meta.fields_db_projection}
