"""What the demo asks of Git, by running it."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path

from trust_models.demo.runner import Runner, environment
from trust_models.errors import ConfigurationError

UNHOOKED = ("git", "-c", "core.hooksPath=/dev/null")
"""Nothing of the user's own is to run in the checkout."""


@dataclass(frozen=True)
class GitRepository:
    """A repository and the commit that its HEAD is at.

    `path` is where its files are, or its Git folder if it has no files; `store` is what can be cloned.
    """

    path: Path
    store: Path
    head: str
    subject: str

    @classmethod
    async def open(cls, path: Path) -> "GitRepository":
        """Read HEAD; raise `ConfigurationError` for what is no repository, or one without a commit.

        `path` may be any folder of the repository.
        """
        if shutil.which("git") is None:
            raise ConfigurationError("git is not installed.", hint="Install it, then run the demo again.")
        if not path.is_dir():
            raise ConfigurationError(f"There is no folder {path}.", hint="Name a Git repository with --repo PATH.")
        status, store, errors = await _git(path, "rev-parse", "--git-common-dir")
        if status:
            raise _no_repository(path, errors)
        status, top, _ = await _git(path, "rev-parse", "--show-toplevel")
        root = path if status else Path(top)
        if (await _git(path, "rev-parse", "--verify", "--quiet", "HEAD"))[0]:
            raise ConfigurationError(f"The repository {root} has no commit yet.", hint="Commit something first.")
        status, commit, errors = await _git(path, "show", "--no-patch", "--no-show-signature", "--format=%H%n%s")
        if status:
            raise ConfigurationError(f"HEAD of {root} cannot be read: {_reason(errors)}")
        head, _, subject = commit.partition("\n")
        return cls(root, (path / store).resolve(), head, subject)

    async def check_out(self, folder: Path, runner: Runner) -> None:
        """Put the files of HEAD into `folder`, which must not exist; the repository itself is not touched."""
        clone = ("clone", "--quiet", "--shared", "--no-checkout", "--template=", "--", str(self.store), str(folder))
        checkout = ("-C", str(folder), "checkout", "--quiet", "--detach", self.head)
        log = folder.with_suffix(".log")
        for arguments in (clone, checkout):
            done = await runner.run((*UNHOOKED, *arguments), log=log, folder=folder.parent)
            if not done.passed:
                raise ConfigurationError(f"HEAD of {self.path} cannot be checked out: {_reason(_text(log))}")

    async def write_diff(self, target: Path, *, checkout: Path, runner: Runner) -> None:
        """Write what HEAD changes, as `git show` prints it; for a merge, against its first parent."""
        plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-show-signature")
        diff = ("-m", "--first-parent", "--stat=100", "--patch")
        errors = checkout.with_suffix(".errors")
        command = ("git", "show", *plain, *diff, self.head)
        if not (await runner.run(command, folder=checkout, log=target, errors=errors)).passed:
            raise ConfigurationError(f"The diff of {self.head} cannot be read: {_reason(_text(errors))}")


async def _git(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Return the exit status, the output and what was said on standard error, without the last line's end."""
    process = await asyncio.create_subprocess_exec(
        *("git", "-C", str(folder), *arguments), env=environment(), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    output, errors = await process.communicate()
    return process.returncode or 0, os.fsdecode(output).removesuffix("\n"), os.fsdecode(errors)


def _no_repository(path: Path, errors: str) -> ConfigurationError:
    """Say why Git does not take the folder for a repository; one of somebody else's has to be declared safe."""
    declare = next((line.strip() for line in errors.splitlines() if "safe.directory " in line), None)
    return ConfigurationError(
        f"{path} is not a Git repository that can be read: {_reason(errors)}",
        hint=f"Run `{declare}` if you trust it." if declare else "Name one with --repo PATH.",
    )


def _text(file: Path) -> str:
    return os.fsdecode(file.read_bytes())


def _reason(errors: str) -> str:
    """Return what made Git give up, as the end of a sentence."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()] or ["git gave no reason"]
    first = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0])
    return first.rstrip(".") + "."
