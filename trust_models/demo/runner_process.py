"""The program that sees to it that no command of the demo, and none of its files, outlives the demo.

It is run by `runner.Runner`, alone (`python -I -S`) and in a session of its own. Its first answer is a new folder in
the one that its argument names. Then it takes orders, a JSON object on each line of its standard input:

    {"command": ["git", "fsck"], "folder": "/where", "log": "/what/it/prints", "errors": null}

Standard error goes to the log as well, unless `errors` names a file. It answers each with a line when the command has
ended: `{"status": 0}`, where a negative number is that of a signal, or `{"error": "..."}` when it cannot be started.
When its standard input ends, which it also does when the demo is killed, the command that runs is killed and the folder
removed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress

PREFIX = "trust-demo-"


class Command(threading.Thread):
    """A command that runs, in a process group of its own; the thread waits for its end and reports it."""

    def __init__(self, command: list[str], *, folder: str, log: str, errors: str | None) -> None:
        super().__init__(daemon=True)
        with ExitStack() as files:
            output = files.enter_context(open(log, "wb"))  # noqa: PTH123 - pathlib would be slow to load
            said = files.enter_context(open(errors, "wb")) if errors else subprocess.STDOUT  # noqa: PTH123
            self._process = subprocess.Popen(  # noqa: S603 - the demo's own order
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=said,
                start_new_session=True,
            )

    def run(self) -> None:
        """Wait for the end; then kill what the command left behind, which would go on writing to its log."""
        status = self._process.wait()
        self._kill()
        answer({"status": status})

    def end(self) -> None:
        """Kill the command and its children, if it still runs."""
        if self.is_alive():
            self._kill()
            self.join()

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # no process of the group is left, or only dead ones
            os.killpg(self._process.pid, signal.SIGKILL)


def answer(value: object) -> None:
    """Send a line to the demo, which may be gone."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), json.dumps(value).encode() + b"\n")


def serve() -> Command | None:
    """Follow orders until they end; return the last command."""
    command: Command | None = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            command = Command(**order)
        except OSError as error:
            answer({"error": error.strerror})
        else:
            command.start()
    return command


def main(parent: str) -> None:
    """Make the folder, serve, clean up."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The end of the demo is what counts. Functions, because the commands would inherit SIG_IGN.
        signal.signal(signum, lambda _signum, _frame: None)
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
    last: Command | None = None
    try:
        answer(folder)
        last = serve()
    finally:
        if last:
            last.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
