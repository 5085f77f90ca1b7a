"""The manifest of the frozen migrations: the SHA-256 of every file, as `sha256sum` writes it.

`sha256sum -c MANIFEST`, in the folder of the migrations, checks it without this package. It tells what was changed by
mistake, lost on the way or left behind; somebody who can change a file can change the manifest too, which is why it is
under review and in the release.
"""

import hashlib
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["NAME", "Finding", "check", "listing"]

NAME = "MANIFEST"
_FROZEN = frozenset({".py", ".sql", ".json"})


class Finding(NamedTuple):
    """One file that is not as the manifest says."""

    change: Literal["changed", "missing", "unknown"]
    file: str

    def __str__(self) -> str:
        return f"{self.change} {self.file}"


def check(folder: Path) -> list[Finding]:
    """Return how the migrations in `folder` differ from its manifest, in their order; nothing if they do not."""
    path = folder / NAME
    if not path.is_file():
        return [Finding("missing", NAME)]
    listed = _entries(path.read_text(encoding="utf-8"))
    there = _entries(listing(folder))
    return [
        Finding("unknown" if file not in listed else "missing" if file not in there else "changed", file)
        for file in sorted(listed.keys() | there.keys(), key=_order)
        if listed.get(file) != there.get(file)
    ]


def listing(folder: Path) -> str:
    """Return what the manifest of the migrations in `folder` has to say: a line for each file, in their order."""
    files = [path for path in folder.iterdir() if path.suffix in _FROZEN and path.is_file()]
    ordered = sorted(files, key=lambda path: _order(path.name))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in ordered)


def _entries(text: str) -> dict[str, str]:
    """Return the hashes by the names of the files."""
    return {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}


def _order(file: str) -> tuple[int, str]:
    number = file.partition("_")[0]
    return int(number) if number.isdecimal() else -1, file
