"""Starting the server on a cluster, and knowing when it is ready."""

import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trust_models.errors import ConfigurationError, DatabaseUnavailable
from trust_models.provisioning.embedded.cluster import Cluster
from trust_models.provisioning.embedded.guard import Guard
from trust_models.provisioning.embedded.postmaster import is_ready

__all__ = ["LOOPBACK", "Launch"]

LOOPBACK = "127.0.0.1"
OWN_SETTINGS = frozenset({"listen_addresses", "port", "unix_socket_directories"})
UNSYNCED = {"fsync": "off", "full_page_writes": "off"}
"""What a cluster that is thrown away can do without. Logical decoding needs `synchronous_commit`."""
PASSING_TROUBLES = ("Address already in use", "pre-existing shared memory block")
"""Another program was faster to take the port; processes of a killed server have yet to notice its death."""


@dataclass(frozen=True)
class Launch:
    """A server about to be started.

    `settings` are the caller's; those that say where the server listens are refused with ConfigurationError.
    `deadline` is a time of `time.monotonic`.
    """

    settings: Mapping[str, str]
    deadline: float

    def __post_init__(self) -> None:
        if taken := sorted(OWN_SETTINGS & self.settings.keys()):
            raise ConfigurationError(f"The embedded server chooses {' and '.join(taken)} itself.")

    def run(self, cluster: Cluster, *, guard: Guard, socket_dir: Path) -> int:
        """Start the server and return its port; try again when the trouble is one that passes.

        Raises DatabaseUnavailable, with the end of the log, when it does not start in time.
        """
        while True:
            port = _free_port()
            arguments = self._arguments(cluster, socket_dir, port)
            pid = guard.start("postgres", *arguments, log=cluster.log)
            if self._becomes_ready(pid, cluster, guard):
                return port
            report = guard.log_tail()
            passing = any(trouble in report for trouble in PASSING_TROUBLES)
            if not passing or time.monotonic() > self.deadline:
                raise DatabaseUnavailable(f"PostgreSQL did not start. Its log ends:\n{report}")

    def _arguments(self, cluster: Cluster, socket_dir: Path, port: int) -> Iterator[str]:
        settings = {
            "timezone": "UTC",
            "log_timezone": "UTC",
            **({} if cluster.durable else UNSYNCED),
            **self.settings,
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": str(socket_dir),
        }
        yield from ("-D", str(cluster.data_dir))
        for name, value in settings.items():
            yield from ("-c", f"{name}={value}")

    def _becomes_ready(self, pid: int, cluster: Cluster, guard: Guard) -> bool:
        """Wait until the server accepts connections; False when it ended instead.

        The file has to be polled: it is where the server says so, and nothing tells of its change everywhere.
        """
        while not is_ready(cluster.data_dir, pid):
            if guard.exit_status(timeout=0.01) is not None:
                return False
            if time.monotonic() > self.deadline:
                report = guard.log_tail()
                raise DatabaseUnavailable(f"PostgreSQL was not ready in time. Its log ends:\n{report}")
        return True


def _free_port() -> int:
    """Return a port that is free now; another program may take it before the server does."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
