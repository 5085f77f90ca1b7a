"""What the demo asks of Git, by running it."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trust_models.errors import ConfigurationError


@dataclass(frozen=True)
class Check:
    """A command that was run: what, with which exit status, and the file that holds all it printed."""

    command: tuple[str, ...]
    exit_status: int
    log: Path

    @property
    def passed(self) -> bool:
        """Whether the command ended with status 0."""
        return self.exit_status == 0


class GitRepository:
    """A repository and the commit that its HEAD is at."""

    def __init__(self, path: Path, head: str, subject: str) -> None:
        self.path = path
        self.head = head
        self.subject = subject

    @classmethod
    async def open(cls, path: Path) -> "GitRepository":
        """Read HEAD; raise `ConfigurationError` for what is no repository, or one without a commit."""
        if shutil.which("git") is None:
            raise ConfigurationError("git is not installed.", hint="Install it, then run the demo again.")
        if not path.is_dir():
            raise ConfigurationError(f"There is no folder {path}.", hint="Name a Git repository with --repo PATH.")
        status, message = await _git("-C", str(path), "rev-parse", "--git-dir")
        if status:
            raise ConfigurationError(
                f"{path} is not a Git repository that can be read: {_reason(message)}",
                hint="Name one with --repo PATH.",
            )
        status, output = await _git("-C", str(path), "log", "-1", "--format=%H%n%s", "HEAD")
        if status:
            raise ConfigurationError(f"The repository {path} has no commit yet.", hint="Commit something first.")
        head, _, subject = output.partition("\n")
        return cls(path, head, subject.strip())

    async def check_out(self, folder: Path) -> None:
        """Put the files of HEAD into `folder`, which must not exist; the repository itself is not touched."""
        clone = (
            "clone",
            "--quiet",
            "--shared",
            "--no-checkout",
            str(self.path.resolve()),
            str(folder),
        )
        for arguments in (clone, ("-C", str(folder), "checkout", "--quiet", "--detach", self.head)):
            status, message = await _git(*arguments)
            if status:
                raise ConfigurationError(f"HEAD of {self.path} cannot be checked out: {_reason(message)}")

    async def write_diff(self, target: Path) -> None:
        """Write what HEAD changes, as `git show` prints it."""
        check = await run(
            (
                "git",
                "-C",
                str(self.path),
                "show",
                "--no-color",
                "--no-ext-diff",
                "--stat",
                "--patch",
                self.head,
            ),
            log=target,
            folder=self.path,
        )
        if not check.passed:
            raise ConfigurationError(f"The diff of {self.head} cannot be read; see {target}.")


async def run(command: Sequence[str], *, log: Path, folder: Path) -> Check:
    """Run a command in `folder`, with all that it prints in `log`; raise `ConfigurationError` if it cannot start.

    It runs in a process group of its own, which ends with the caller.
    """
    with log.open("wb") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=folder,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigurationError(f"The command {command[0]} cannot be run: {error.strerror}.") from error
        try:
            status = await process.wait()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
    return Check(tuple(command), status, log)


async def _git(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec("git", *arguments, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT)
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode(errors="replace")


def _reason(message: str) -> str:
    """Return the first line that git printed, as the end of a sentence."""
    first = message.strip().partition("\n")[0] or "git gave no reason"
    return first.rstrip(".") + "."
