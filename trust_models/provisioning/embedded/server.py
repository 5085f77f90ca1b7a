"""A PostgreSQL server that lives as long as the process that started it."""

import atexit
import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import final
from urllib.parse import quote

from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded.binaries import find_binaries
from trust_models.provisioning.embedded.cluster import SUPERUSER
from trust_models.provisioning.embedded.guard import Guard
from trust_models.provisioning.embedded.installation import Installation, prepare
from trust_models.provisioning.embedded.launch import LOOPBACK, Launch
from trust_models.provisioning.embedded.lock import locked
from trust_models.provisioning.embedded.storage import beside, open_persistent, open_temporary

__all__ = ["EmbeddedServer"]

MEMORY = Path("/dev/shm")  # noqa: S108  the guard makes a folder of an unpredictable name in there
DISK = Path("/tmp")  # noqa: S108  as above; TMPDIR may be too long for a socket, or closed to others
ROOM = 2 * 1024**3
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@final
class EmbeddedServer:
    """A running server, ended by `stop()`, by leaving the `with` block, or by the end of the process.

    The process may exit, be interrupted or be killed: the server ends within milliseconds, and its temporary
    files are removed. A forked child does not stop it.

    `binaries` is the folder of `postgres` and `initdb`, by default `find_binaries()`. With `data_dir` the
    data and the password are kept there for the next run, and every commit is durable; the folders around it
    must be open to the account that root runs the server as. Without it the data are thrown away; they are
    in memory where /dev/shm has 2 GB to spare, else in /tmp, and never flushed to disk. `settings` are
    PostgreSQL's own. `timeout`, in seconds, is for everything until the server accepts connections.

    `host`, `port`, `user` and `password` are the superuser's way in, as is the Unix socket in `socket_dir`.
    `data_dir` and `log` say where the server keeps its data and its messages, and `major` is its version.

    Raises ConfigurationError when the programs, the data folder or the settings cannot be used, and
    DatabaseUnavailable, with the end of the server's log, when the server does not start.
    """

    host: str = LOOPBACK
    user: str = SUPERUSER

    def __init__(
        self,
        *,
        binaries: Path | None = None,
        data_dir: Path | None = None,
        settings: Mapping[str, str] = NO_SETTINGS,
        timeout: float = 60.0,
    ) -> None:
        launch = Launch(settings=settings, deadline=time.monotonic() + timeout)
        installation = prepare(binaries.absolute() if binaries else find_binaries())
        self.major = installation.major
        try:
            home = data_dir.resolve() if data_dir else None
            self._guard = _engage_guard(installation, home, deadline=launch.deadline)
            try:
                self._run(launch, home)
            except BaseException:
                self._guard.close()
                raise
        except OSError as error:
            raise ConfigurationError(f"The server's files cannot be used: {error}.") from error
        atexit.register(self.stop)

    def url(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """Return a `postgresql://` URL, the superuser's unless another user is named.

        The URL of another user has a password only if one is given.
        """
        if user is None:
            user, password = self.user, password or self.password
        credentials = quote(user, safe="")
        if password is not None:
            credentials += ":" + quote(password, safe="")
        return f"postgresql://{credentials}@{self.host}:{self.port}/{quote(database, safe='')}"

    def stop(self) -> None:
        """End the server and return when it has ended and its temporary files are gone.

        Does nothing the second time, and in a forked child.
        """
        atexit.unregister(self.stop)
        self._guard.close()

    def __enter__(self) -> "EmbeddedServer":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, launch: Launch, data_dir: Path | None) -> None:
        folder = self._guard.folder(_roomiest())
        folder.chmod(0o755)
        self.socket_dir = _socket_dir(folder, self._guard.installation)
        if data_dir is None:
            cluster = open_temporary(folder, guard=self._guard, deadline=launch.deadline)
        else:
            cluster = open_persistent(data_dir, folder, guard=self._guard, deadline=launch.deadline)
        self.data_dir, self.log, self.password = cluster.data_dir, cluster.log, cluster.password
        self.port = launch.run(cluster, guard=self._guard, socket_dir=self.socket_dir)


def _engage_guard(installation: Installation, data_dir: Path | None, *, deadline: float) -> Guard:
    """Start a guard. That of a cluster which is kept holds the lock on it, and lets it write all it has."""
    if data_dir is None:
        return Guard(installation, stop_signal=signal.SIGQUIT)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with locked(beside(data_dir, ".lock"), deadline=deadline) as lock:
        return Guard(installation, stop_signal=signal.SIGINT, keep_open=[lock])


def _roomiest() -> Path:
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK)
    return MEMORY if usable and shutil.disk_usage(MEMORY).free > ROOM else DISK


def _socket_dir(folder: Path, installation: Installation) -> Path:
    """Make the folder of the Unix socket, open to all who have the password."""
    socket_dir = folder / "socket"
    socket_dir.mkdir()
    socket_dir.chmod(0o755)
    installation.account.give(socket_dir)
    return socket_dir
