"""The account of the operating system that PostgreSQL's programs run as."""

import os
import pwd
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trust_models.errors import ConfigurationError

__all__ = ["Account", "server_account"]

UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Who runs a program.

    `user`, `group` and `extra_groups` are arguments of `subprocess.Popen`; None changes nothing.
    """

    name: str
    user: int | None = None
    group: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """No group but its own, when the account is another than the caller's."""
        return None if self.user is None else []

    def give(self, path: Path) -> None:
        """Make the account the owner of `path`, which this package has just created."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def server_account() -> Account:
    """The caller's account, or for root, as which PostgreSQL refuses to run, `postgres` or `nobody`.

    Raises ConfigurationError when root has neither of them: accounts are never created.
    """
    if os.geteuid() != 0:
        return Account(name=f"user {os.geteuid()}")
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name=name, user=entry.pw_uid, group=entry.pw_gid)
    raise ConfigurationError(
        "PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as.",
        hint="Run the command as an ordinary user.",
    )
