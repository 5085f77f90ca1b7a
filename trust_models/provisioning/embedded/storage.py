"""Where a cluster lives: in a folder for one run, or in one that is kept between runs."""

import secrets
from dataclasses import replace
from pathlib import Path

from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded.cluster import Cluster, create, write_private
from trust_models.provisioning.embedded.guard import Guard
from trust_models.provisioning.embedded.installation import Installation
from trust_models.provisioning.embedded.postmaster import clear_stale_lock

__all__ = ["beside", "open_persistent", "open_temporary"]


def open_temporary(folder: Path, *, guard: Guard, deadline: float) -> Cluster:
    """Create a cluster in `folder`, which the guard removes in the end."""
    data_dir = folder / "data"
    data_dir.mkdir(mode=0o700)
    cluster = Cluster(data_dir, folder / "log", _new_password(), durable=False)
    create(cluster, password_file=folder / "password", guard=guard, deadline=deadline)
    return cluster


def open_persistent(data_dir: Path, folder: Path, *, guard: Guard, deadline: float) -> Cluster:
    """Return the cluster in `data_dir`, created there when the folder is missing or empty.

    The password and the log are kept beside it, for the owner alone; `folder` is for passing needs.
    Raises ConfigurationError when `data_dir` holds anything else than a cluster of this major version that
    was created here.
    """
    log, secret = beside(data_dir, ".log"), beside(data_dir, ".password")
    if data_dir.is_dir() and any(data_dir.iterdir()):
        _check_version(data_dir, guard.installation)
        clear_stale_lock(data_dir)
        return Cluster(data_dir, log, _read_password(secret), durable=True)
    # Under another name until it is complete: a creation that was cut short leaves nothing to stumble over.
    draft = Cluster(guard.folder(data_dir.parent), log, _new_password(), durable=True)
    create(draft, password_file=folder / "password", guard=guard, deadline=deadline)
    write_private(secret, draft.password)
    draft.data_dir.rename(data_dir)
    return replace(draft, data_dir=data_dir)


def beside(data_dir: Path, suffix: str) -> Path:
    """Return the path of a file that belongs to the folder and is not in it."""
    return data_dir.with_name(data_dir.name + suffix)


def _new_password() -> str:
    return secrets.token_urlsafe(18)


def _check_version(data_dir: Path, installation: Installation) -> None:
    try:
        version = (data_dir / "PG_VERSION").read_text().strip()
    except FileNotFoundError as error:
        raise ConfigurationError(f"{data_dir} is not empty, and not PostgreSQL's.") from error
    if version != str(installation.major):
        raise ConfigurationError(
            f"{data_dir} is of PostgreSQL {version}, and the programs in {installation.binaries} are of "
            f"{installation.major}.",
            hint=f"Set TRUST_PG_BIN to programs of {version}, or choose another folder.",
        )


def _read_password(secret: Path) -> str:
    try:
        return secret.read_text()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{secret} is missing: the cluster beside it was created by something else."
        ) from error
