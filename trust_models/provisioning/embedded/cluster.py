"""A cluster, which is what PostgreSQL calls a folder of databases, and how it is created."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trust_models.errors import ConfigurationError, DatabaseUnavailable
from trust_models.provisioning.embedded.guard import Guard

__all__ = ["SUPERUSER", "Cluster", "create", "write_private"]

SUPERUSER = "postgres"
UTF8_LOCALE = "C.UTF-8"
FIRST_WITH_BUILTIN_LOCALES = 17


@dataclass(frozen=True)
class Cluster:
    """A data folder that a server can run on, the log of its programs, and its superuser's password."""

    data_dir: Path
    log: Path
    password: str
    durable: bool


def create(cluster: Cluster, *, password_file: Path, guard: Guard, deadline: float) -> None:
    """Fill the cluster's data folder, which exists and is empty.

    `password_file` is made and removed: other accounts can see a program's arguments, but not this file.
    Raises ConfigurationError when the server's account may not enter the folder, and DatabaseUnavailable when
    initdb fails in another way or the time is up.
    """
    write_private(password_file, cluster.password)
    for path in (password_file, cluster.data_dir):
        guard.installation.account.give(path)
    try:
        for locale in _locales(guard.installation.major):
            arguments = [*_arguments(cluster, password_file), *locale]
            guard.start("initdb", *arguments, log=cluster.log)
            status = guard.exit_status(timeout=deadline - time.monotonic())
            if status == 0:
                return
            if status is None:
                raise DatabaseUnavailable(f"{cluster.data_dir} was not created in time.")
            if "invalid locale" not in guard.log_tail():
                break
    finally:
        password_file.unlink()
    raise _failure(cluster, guard)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w") as private:
        private.write(text)


def _arguments(cluster: Cluster, password_file: Path) -> Iterator[str]:
    yield f"--pgdata={cluster.data_dir}"
    yield f"--username={SUPERUSER}"
    yield f"--pwfile={password_file}"
    yield "--auth=scram-sha-256"
    yield "--encoding=UTF8"
    yield "--no-instructions"
    if not cluster.durable:
        yield "--no-sync"


def _locales(major: int) -> list[list[str]]:
    """Return the options of a locale that sorts by code point on every machine, best first.

    Since 17 PostgreSQL brings it along; before, it is the C library's, which may not have it.
    """
    if major >= FIRST_WITH_BUILTIN_LOCALES:
        return [["--locale-provider=builtin", f"--builtin-locale={UTF8_LOCALE}", "--locale=C"]]
    return [[f"--locale={UTF8_LOCALE}"], ["--locale=C"]]


def _failure(cluster: Cluster, guard: Guard) -> ConfigurationError | DatabaseUnavailable:
    report = guard.log_tail()
    message = f"{cluster.data_dir} could not be created. The log ends:\n{report}\n"
    if "Permission denied" not in report:
        return DatabaseUnavailable(message)
    account = guard.installation.account.name
    return ConfigurationError(
        message,
        hint=f"PostgreSQL is run as {account}, which must be able to enter the folders above it.",
    )
