"""Makes a virtual environment, or brings it up to date. Called by `_environment.sh`.

    _environment.py DIRECTORY KEY PIP-ARGUMENT...

A stamp inside the environment says what it is: `incomplete` from before the first change until after the
last, then KEY and the version of Python. So whatever ends this program at whatever moment, the next call
sees that and starts afresh. A lock that the kernel drops when its holder dies keeps two calls apart.

An environment without a stamp was made by someone else: it is used as it is, never changed.

Uses the standard library only: it runs before anything is installed.
"""

import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
INCOMPLETE = "incomplete"
STAMP = ".stamp"
LOCK = ".lock"


class Failure(Exception):
    """What went wrong, and one line that says how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem.rstrip()}\nMend: {mend}")


class Environment:
    """One virtual environment and its stamp. The caller holds the lock."""

    def __init__(self, directory: Path, *, lock: int) -> None:
        self.directory = directory
        self.python = directory / "bin" / "python"
        self._stamp = directory / STAMP
        self._lock = lock

    @property
    def stamp(self) -> list[str]:
        """The lines of the stamp; none if this program did not make the environment."""
        try:
            return self._stamp.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def write_stamp(self, *lines: str) -> None:
        """Replace the stamp in one step, after everything before it has happened."""
        draft = self._stamp.with_suffix(".draft")
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        draft.replace(self._stamp)

    def version(self) -> str:
        """What the environment's Python calls itself; empty if it does not run."""
        try:
            shown = self._run(self.python, "-V")
        except OSError:
            return ""
        return shown.stdout.strip() if shown.returncode == 0 else ""

    def clear(self) -> None:
        """Remove everything but the lock, and say from now on that the environment is incomplete."""
        self.write_stamp(INCOMPLETE)
        for path in self.directory.iterdir():
            if path.name in {STAMP, LOCK}:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def create(self) -> None:
        """Make the environment with the first tool that this machine has."""
        made = self._run(*creator(), self.directory)
        if made.returncode:
            raise Failure(
                f"{made.stdout}\nNo virtual environment could be made in {self.directory}.",
                "see that the disk has space, then run this again; PYTHON=... chooses another Python.",
            )

    def install(self, arguments: list[str]) -> None:
        """Let pip install what the arguments name."""
        installed = self._run(
            *(self.python, "-I", "-m", "pip", "install"),
            *("--quiet", "--no-input", "--disable-pip-version-check"),
            *arguments,
        )
        if installed.returncode:
            raise Failure(
                f"{installed.stdout}\npip could not install {' '.join(arguments)}.",
                "check the network and pip's settings (pip config list), then run this again.",
            )

    def _run(self, *command: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run a command whose whole family ends with this program, and holds the lock until it has.

        The lock file is their standard input: empty, and what every descendant inherits.
        """
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PIP_USER": "0"},
            errors="replace",
            start_new_session=True,
            stderr=subprocess.STDOUT,
            stdin=self._lock,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                output, _ = process.communicate()
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(command, process.returncode, output)


def creator() -> list[str]:
    """The command that makes an environment with pip in it; its last argument is the directory."""
    if all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        return [sys.executable, "-I", "-m", "venv"]
    if importlib.util.find_spec("virtualenv"):
        return [sys.executable, "-m", "virtualenv"]
    if uv := shutil.which("uv"):
        return [uv, "venv", "--seed", "--allow-existing", "--python", sys.executable]
    raise Failure(
        f"{sys.executable} cannot make a virtual environment: its ensurepip is missing.",
        "on Debian and Ubuntu: apt-get install python3-venv; elsewhere: install virtualenv or uv.",
    )


def ensure(environment: Environment, *, key: str, arguments: list[str]) -> None:
    """Make the environment complete for `key`; do nothing if it is."""
    version = environment.version()
    chosen = version_here() if os.environ.get("PYTHON") else version
    match environment.stamp:
        case []:
            if version and (environment.directory / "pyvenv.cfg").exists():
                return
            reusable = False
        case [stamped_key, stamped_version]:
            reusable = bool(version) and version == stamped_version == chosen
            if reusable and stamped_key == key:
                return
        case _:
            reusable = False
    with progress(environment.directory, verb="Updating" if reusable else "Preparing"):
        if reusable:
            environment.write_stamp(INCOMPLETE)
        else:
            environment.clear()
            environment.create()
        environment.install(arguments)
        environment.write_stamp(key, environment.version())


def version_here() -> str:
    """The version of this interpreter as `python -V` prints it."""
    return f"Python {sys.version.split()[0]}"


@contextmanager
def progress(directory: Path, *, verb: str) -> Iterator[None]:
    """One line on standard error: what is under way, and how long it took."""
    started = time.monotonic()
    tell(f"{verb} {directory.relative_to(ROOT)} with {version_here()} ...", end="")
    try:
        yield
    except BaseException:
        tell()
        raise
    tell(f" {time.monotonic() - started:.0f} s")


def tell(text: str = "", end: str = "\n") -> None:
    """Write to standard error, which leaves standard output to the program that comes after."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


@contextmanager
def locked(directory: Path) -> Iterator[int]:
    """Hold the environment's lock."""
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"Waiting for another process that prepares {directory.relative_to(ROOT)} ...")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def stop(number: int, _: FrameType | None) -> None:
    """Unwind, so that the command under way is ended too."""
    sys.exit(128 + number)


def main() -> str | int:
    """Return what goes to `sys.exit`: a message if something has to be mended."""
    directory, key, *arguments = sys.argv[1:]
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
        with locked(Path(directory)) as lock:
            ensure(Environment(Path(directory), lock=lock), key=key, arguments=arguments)
    except Failure as failure:
        return str(failure)
    except PermissionError as error:
        return f"{error}\nMend: run this as the owner of {ROOT}, or remove {directory}."
    return 0


if __name__ == "__main__":
    sys.exit(main())
