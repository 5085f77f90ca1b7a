"""The demo's end of the runner: commands and a folder, neither of which outlives the demo, however that ends."""

import json
import os
import sys
import tempfile
from asyncio import StreamReader, StreamWriter, create_subprocess_exec
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trust_models.errors import ConfigurationError, TrustError

SCRIPT = Path(__file__).with_name("runner_process.py")
MISLEADING = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)
"""What Git sets for hooks; it would lead to another repository than the one that is named."""


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


class Runner:
    """Runs commands, one after the other, and has a folder for what they need."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self.folder = folder

    async def run(self, command: Sequence[str], *, folder: Path, log: Path, errors: Path | None = None) -> Check:
        """Run a command in `folder`, with all that it prints in `log`; what it says on standard error may go elsewhere.

        When it has ended, no process of its group is left, so that the log stays as it is.
        Raises `ConfigurationError` if it cannot start.
        """
        orders, answers = _ends(self._process)
        order = {"command": list(command), "folder": str(folder), "log": str(log), "errors": errors and str(errors)}
        orders.write(json.dumps(order).encode() + b"\n")
        answer = await _read(answers)
        if "error" in answer:
            raise ConfigurationError(f"The command {command[0]} cannot be run: {answer['error']}.")
        return Check(tuple(command), answer["status"], log)


@asynccontextmanager
async def runner() -> AsyncIterator[Runner]:
    """Start a runner; at the end of the block its folder is gone, and whatever it was running."""
    process = await create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(SCRIPT), tempfile.gettempdir()),
        cwd="/",
        env=environment(),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,  # Ctrl-C in a terminal reaches every process of the session
    )
    orders, answers = _ends(process)
    try:
        yield Runner(process, Path(await _read(answers)).resolve())
    finally:
        orders.close()
        await process.wait()


def environment() -> dict[str, str]:
    """Return the caller's environment, without what would mislead Git."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    # An object that is replaced has the name of one and the content of another.
    return kept | {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0"}


def _ends(process: Process) -> tuple[StreamWriter, StreamReader]:
    assert process.stdin is not None  # noqa: S101 - it was started with both
    assert process.stdout is not None  # noqa: S101 - as above
    return process.stdin, process.stdout


async def _read(answers: StreamReader) -> Any:
    line = await answers.readline()
    if not line:
        raise TrustError("The process that runs the demo's commands has ended.")
    return json.loads(line)
