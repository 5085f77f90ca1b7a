"""What a process id stands for: a number may be a zombie's, or belong to another program by now.

In a container without an init process both are common, and PostgreSQL takes either for a running server.
"""

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["is_running", "may_be_server"]


def is_running(pid: int) -> bool:
    """Tell whether there is such a process and it is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another account's process is a process
    return _state(pid) not in {"Z", "X"}


def may_be_server(pid: int, data_dir: Path) -> bool:
    """Tell whether the process may be a server on `data_dir`; True when in doubt."""
    if not is_running(pid):
        return False
    process = Path(f"/proc/{pid}")
    with suppress(OSError):  # a container may hide this from root
        return (process / "cwd").readlink() == data_dir  # where a server always is
    with suppress(OSError):
        return (process / "comm").read_text().strip() == "postgres"
    return True


def _state(pid: int) -> str:
    """Return the letter of proc(5), or "" where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[0]  # the name before it may hold blanks and brackets
