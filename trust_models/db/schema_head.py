"""The schema that this package needs: which migrations it brings, and whether a database has just those."""

from collections.abc import Sequence
from pathlib import Path

import trust_models
from trust_models.db.config import APP
from trust_models.errors import SchemaMismatch


def location() -> Path:
    """Return the folder of the migrations: inside an installed package, beside it in a checkout."""
    package = Path(trust_models.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def packaged(folder: Path | None = None) -> list[str]:
    """Return the names of the migrations in `folder`, by default the package's, in their order."""
    names = [path.name for path in (folder or location() / APP).glob("[0-9]*_*.py")]
    return sorted(names, key=lambda name: int(name.partition("_")[0]))


def check_not_ahead(applied: Sequence[str], brought: Sequence[str] | None = None) -> None:
    """Raise `SchemaMismatch` when `applied` has a migration that is not `brought`, by default by the package."""
    known = packaged() if brought is None else brought
    unknown = [name for name in applied if name not in known]
    if unknown:
        raise SchemaMismatch(
            f"The database is ahead of this package: it has {unknown[-1]}, which the package does not know.",
            hint="Install the version of trust-models that the database was upgraded with, or a newer one.",
        )


def check_head(applied: Sequence[str]) -> None:
    """Raise `SchemaMismatch` unless `applied` is exactly what the package brings."""
    check_not_ahead(applied)
    brought = packaged()
    missing = [name for name in brought if name not in applied]
    if missing:
        raise SchemaMismatch(
            f"The database is behind this package: {len(missing)} of {len(brought)} migrations are missing.",
            hint="Run `trust-models upgrade`.",
        )


def no_schema() -> SchemaMismatch:
    """Return the error for a database in which nothing of ours is."""
    return SchemaMismatch("The database has no trust_models schema yet.", hint="Run `trust-models upgrade`.")
