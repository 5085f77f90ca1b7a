"""The file `postmaster.pid` of a data folder: the server's lock, and its report that it is ready.

Its lines are described in PostgreSQL's src/include/utils/pidfile.h.
"""

import os
from contextlib import suppress
from pathlib import Path

from trust_models.provisioning.embedded.processes import may_be_server

__all__ = ["clear_stale_lock", "is_ready"]

STATUS_LINE = 7
NO_PROCESS = 2**31 - 1
"""A number that PostgreSQL reads and no process has."""


def is_ready(data_dir: Path, pid: int) -> bool:
    """Tell whether the server with this process id accepts connections."""
    lines = _lines(data_dir)
    return len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].strip() == "ready"


def clear_stale_lock(data_dir: Path) -> None:
    """Let a server start although the process id of a dead one now is a zombie's or another program's.

    Only the number is replaced. From the rest of the file PostgreSQL sees whether processes of the dead
    server still use its shared memory, and then refuses to start, as it must.
    """
    lines = _lines(data_dir)
    if not lines or may_be_server(int(lines[0]), data_dir):
        return
    text = "\n".join([str(NO_PROCESS), *lines[1:], ""])
    # Root must not follow a link that the server's account may have put here.
    file = os.open(data_dir / "postmaster.pid", os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
    with os.fdopen(file, "w") as pid_file:
        pid_file.write(text)


def _lines(data_dir: Path) -> list[str]:
    """Return the file's lines; none when it is missing or the server is just writing it."""
    with suppress(FileNotFoundError):
        lines = (data_dir / "postmaster.pid").read_text().splitlines()
        return lines if lines and lines[0].isdigit() else []
    return []
