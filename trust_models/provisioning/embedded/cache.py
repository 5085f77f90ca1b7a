"""A folder, readable for every account, in which copies of PostgreSQL's programs are kept between runs."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from trust_models.errors import ConfigurationError

__all__ = ["cached", "location"]


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """Return the folder `name` of the cache; when it is missing, let `build` fill it first.

    Safe when several processes do it at once: each fills a draft of its own, and the first to finish gives it
    the name. Nobody ever sees a half-filled folder.
    Raises ConfigurationError when the cache cannot be written.
    """
    folder = location() / name
    try:
        if not folder.is_dir():
            _publish(folder, build)
    except OSError as error:
        raise ConfigurationError(
            f"PostgreSQL's programs could not be copied to {folder}: {error}.",
            hint="Set TRUST_PG_CACHE to a folder that you can write and every account can read.",
        ) from error
    return folder


def location() -> Path:
    """Return the folder that all the copies are in; it need not exist."""
    if chosen := os.environ.get("TRUST_PG_CACHE"):
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/trust-models")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trust-models"


def _publish(folder: Path, build: Callable[[Path], None]) -> None:
    if not folder.parent.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)  # another process may be as far as this one
        _make_readable(folder.parent)
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        build(draft)
        for path in (draft, *draft.rglob("*")):
            _make_readable(path)
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was first, which is as good
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make_readable(path: Path) -> None:
    """Let everyone read what the owner reads and run what the owner runs, and only the owner write."""
    if not path.is_symlink():
        mode = path.stat().st_mode
        execute = 0o111 if mode & 0o100 else 0
        path.chmod((mode | 0o444 | execute) & ~0o022)
