"""The owner's end of the guard: programs and folders that end with the process that asked for them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakSet

from trust_models.errors import DatabaseUnavailable
from trust_models.provisioning.embedded.installation import Installation

__all__ = ["Guard"]

SCRIPT = Path(__file__).with_name("guard_process.py")
LOG_TAIL = 8
"""Lines of a log that an error message shows at most."""


class Guard:
    """Runs PostgreSQL's programs, one after the other, and ends with the process that owns it.

    When the owner closes the guard or dies, the program that runs is asked to end with `stop_signal`, and the
    folders are removed. The guard keeps the file descriptors `keep_open` until that is done: a lock on them
    lasts as long.
    """

    def __init__(self, installation: Installation, *, stop_signal: int, keep_open: Sequence[int] = ()) -> None:
        self.installation = installation
        self._channel, far_end = socket.socketpair()
        with far_end:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter and a script of this package
                [sys.executable, "-I", "-S", str(SCRIPT), str(int(stop_signal))],
                stdin=far_end.fileno(),
                stdout=far_end.fileno(),
                pass_fds=keep_open,
                cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal reaches every process of the session
            )
        self._log = Path(os.devnull)
        _guards.add(self)

    def folder(self, parent: Path) -> Path:
        """Make a folder in `parent`, for the owner alone, that is removed in the end."""
        self._order({"folder": str(parent)})
        return Path(self._answer())

    def start(self, program: str, *arguments: str, log: Path) -> int:
        """Start a program, its output in the new file `log`, and return its process id."""
        self._log = log
        account = self.installation.account
        self._order(
            {
                "arguments": [self.installation.program(program), *arguments],
                "environment": self.installation.environment,
                "user": account.user,
                "group": account.group,
                "extra_groups": account.extra_groups,
                "log": str(log),
            }
        )
        return int(self._answer())

    def exit_status(self, *, timeout: float) -> int | None:
        """Wait `timeout` seconds at most for the program to end; None if it still runs."""
        try:
            return int(self._answer(timeout=max(timeout, 0.001)))
        except TimeoutError:
            return None

    def log_tail(self) -> str:
        """Return the end of what the last program wrote."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return "\n".join(lines[-LOG_TAIL:])

    def close(self) -> None:
        """Stop the program, remove the folders, and return when that is done."""
        if self._channel.fileno() >= 0:
            with suppress(OSError):  # the guard is gone already
                # Unlike close(), this is noticed even when a stray child still has the socket.
                self._channel.shutdown(socket.SHUT_RDWR)
            self._channel.close()
            self._process.wait()

    def abandon(self) -> None:
        """In a forked child, leave the guard to the parent: the child is not to keep the server alive."""
        self._channel.close()

    def _order(self, order: dict[str, object]) -> None:
        with self._expected_alive(timeout=None):
            self._channel.sendall(json.dumps(order).encode() + b"\n")

    def _answer(self, *, timeout: float | None = None) -> str:
        line = b""
        with self._expected_alive(timeout=timeout):
            while not line.endswith(b"\n"):
                if not (byte := self._channel.recv(1)):
                    raise ConnectionResetError
                line += byte
        return line.decode().rstrip("\n")

    @contextmanager
    def _expected_alive(self, *, timeout: float | None) -> Iterator[None]:
        self._channel.settimeout(timeout)
        try:
            yield
        except ConnectionError as error:
            raise DatabaseUnavailable("The process that guards the embedded server has ended.") from error


_guards: WeakSet[Guard] = WeakSet()


def _abandon_all() -> None:
    for guard in list(_guards):
        guard.abandon()


os.register_at_fork(after_in_child=_abandon_all)
