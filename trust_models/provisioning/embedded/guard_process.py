"""The program that sees to it that nothing outlives the owner of an embedded server.

It is run by `guard.Guard`, alone (`python -I -S`) and in a session of its own, and talks with its owner over
a socket that is its standard input and output. The owner sends orders, a JSON object on each line:

    {"folder": "/tmp"}            make a folder in there, which is removed in the end; the answer is its path
    {"arguments": [...], ...}     run a program; the answers are its process id and, later, its exit status

When the owner closes the socket, or dies in whatever way, which closes it too, the guard stops the program,
removes the folders and ends.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

PREFIX = "trust-pg-"
PATIENCE = 30.0
"""Seconds that a program has to end after it was asked to."""


class Program(threading.Thread):
    """A program that runs; the thread waits for its end and reports it."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        self._process = subprocess.Popen(  # noqa: S603  the owner's own order, without a shell
            order["arguments"],
            env=order["environment"],
            user=order["user"],
            group=order["group"],
            extra_groups=order["extra_groups"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        os.close(log)
        answer(self._process.pid)

    def run(self) -> None:
        """Report the exit status."""
        answer(self._process.wait())

    def stop(self, *, first: int) -> None:
        """Ask with the signal `first`, then with more force; return when the program has ended.

        Its children are left to it: those of initdb, if killed, leave shared memory behind.
        """
        for signum in (first, signal.SIGQUIT, signal.SIGKILL):
            self._process.send_signal(signum)
            self.join(PATIENCE)
            if not self.is_alive():
                return


def answer(value: object) -> None:
    """Send a line to the owner, who may be gone."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{value}\n".encode())


def stay() -> None:
    """Outlive the signals that end the owner: the end of the owner is what counts.

    The handlers are functions because a program that is started would inherit SIG_IGN.
    """
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda _signum, _frame: None)


def orders() -> Iterator[dict[str, Any]]:
    """Read orders until the owner is gone."""
    with suppress(ConnectionResetError):  # it went without reading an answer
        for line in sys.stdin:
            yield json.loads(line)


def serve(*, stop_signal: int) -> None:
    """Follow the owner's orders, and clean up after it."""
    folders: list[str] = []
    program: Program | None = None
    try:
        for order in orders():
            if "folder" in order:
                folders.append(tempfile.mkdtemp(prefix=PREFIX, dir=order["folder"]))
                answer(folders[-1])
            else:
                program = Program(order)
                program.start()
    finally:
        if program:
            program.stop(first=stop_signal)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    stay()
    serve(stop_signal=int(sys.argv[1]))
