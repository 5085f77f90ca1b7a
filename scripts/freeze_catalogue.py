#!/usr/bin/env python3
"""Record what each migration changes in the catalogue, on every supported version of PostgreSQL.

    freeze_catalogue.py [FOLDER...]

Each FOLDER holds `postgres` and `initdb`. Without one, the servers that are on this machine are used: that of the
environment, and those that `scripts/test -e pg15,pg16,pg17` has unpacked. Nothing is written unless there is one of
each version. The migrations run as a role of no rank on servers that are thrown away; then each gets its
`.catalogue.json`, and the MANIFEST lists them. At last the schema is locked, and what that adds is
recorded for the lock.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged
from trust_models.provisioning.embedded import EmbeddedServer, cache
from trust_models.provisioning.embedded.binaries import find_binaries
from trust_models.provisioning.plan import ROLES
from trust_models.schema import manifest
from trust_models.schema.catalogue import Catalogue, Key, snapshot
from trust_models.schema.expected import SUFFIX
from trust_models.schema.installation import is_of_installation
from trust_models.schema.lock.additions import MIGRATOR
from trust_models.schema.lock.additions import PATH as ADDITIONS
from trust_models.schema.lock.engage import engage
from trust_models.schema.segments import shape_of
from trust_models.settings import DatabaseUrl

FOLDER = location() / APP
SUPPORTED = (15, 16, 17, 18)

ByMajor = Mapping[int, Catalogue]
T = TypeVar("T")


def servers(folders: Sequence[str], record: Callable[[EmbeddedServer], Coroutine[Any, Any, T]]) -> dict[int, T]:
    """Return what `record` finds on each server, by major version. Ends the program when a version is missing."""
    made: dict[int, T] = {}
    for folder in map(Path, folders) if folders else found():
        with EmbeddedServer(binaries=folder) as server:
            if server.major not in made:
                print(f"PostgreSQL {server.major}: {folder}")  # noqa: T201 - says what is under way
                made[server.major] = asyncio.run(record(server))
    if missing := sorted(set(SUPPORTED) - made.keys()):
        versions = ", ".join(map(str, missing))
        sys.exit(f"Nothing is written: there is no PostgreSQL {versions}. Name its folder, or see --help.")
    return made


def found() -> Iterator[Path]:
    """Return the folders of the programs of every server that is on this machine."""
    yield find_binaries()
    yield from sorted(cache.location().glob("postgresql-*/*/bin"))


async def run_migrations(server: EmbeddedServer) -> list[Catalogue]:
    """Return the catalogue after each migration."""
    admin = await asyncpg.connect(server.url())
    for role in ROLES:
        await admin.execute(f"CREATE ROLE {role}")
    await admin.execute("CREATE ROLE recorder LOGIN PASSWORD 'recorder'")
    await admin.execute("CREATE DATABASE recorded OWNER recorder TEMPLATE template0")
    await admin.close()
    owner = await asyncpg.connect(server.url("recorded", "recorder", "recorder"))
    made: list[Catalogue] = []
    for name in packaged():
        await owner.execute((FOLDER / name).with_suffix(".up.sql").read_text(encoding="utf-8"))
        await owner.execute("INSERT INTO public.aerich (version, app, content) VALUES ($1, $2, '{}')", name, APP)
        made.append(lasting(await snapshot(owner)))
    await owner.close()
    return made


async def lock(server: EmbeddedServer) -> tuple[Catalogue, Catalogue]:
    """Return the catalogue at the head, and what it is when the lock is engaged."""
    head = (await run_migrations(server))[-1]
    await engage(DatabaseUrl.parse(server.url("recorded")))
    owner = await asyncpg.connect(server.url("recorded", "recorder", "recorder"))
    locked = lasting(await snapshot(owner))
    await owner.close()
    return head, locked


def lasting(catalogue: Catalogue) -> Catalogue:
    """Return what is the same in every installation, with one shape for all segments of the audit log."""
    owner = catalogue.definitions[Key("owner", "schema public")]
    kept = {key: text for key, text in catalogue.definitions.items() if not is_of_installation(key, owner)}
    return shape_of(Catalogue(kept))


def step(before: ByMajor, after: ByMajor) -> dict[str, Any]:
    """Return what a migration changes, as its file has it."""
    keys = sorted({key for made in (*before.values(), *after.values()) for key in made.definitions})
    changed: dict[str, Any] = {}
    removed: list[str] = []
    for key in keys:
        was, now = ({major: made[major].definitions.get(key) for major in SUPPORTED} for made in (before, after))
        if not any(text is not None for text in now.values()):
            removed.append(str(key))
        elif was != now:
            changed[str(key)] = wordings(now)
    return {"changed": changed, "removed": removed}


def wordings(texts: Mapping[int, str | None]) -> Any:
    """Return a definition, by the versions with which its wordings begin if there are several."""
    first: dict[str, Any] = {}
    last: Any = ...
    for major, text in texts.items():
        if text != last:
            first[str(major)] = text.split("\n") if text and "\n" in text else text
            last = text
    return first if len(first) > 1 else first[str(SUPPORTED[0])]


def write_migrations(made: Mapping[int, list[Catalogue]]) -> None:
    """Record what each migration changes."""
    before: ByMajor = {major: Catalogue({}) for major in SUPPORTED}
    for number, name in enumerate(packaged()):
        after: ByMajor = {major: made[major][number] for major in SUPPORTED}
        write((FOLDER / name).with_suffix(SUFFIX), step(before, after))
        before = after
    (FOLDER / manifest.NAME).write_text(manifest.listing(FOLDER), encoding="utf-8")


def write_additions(made: Mapping[int, tuple[Catalogue, Catalogue]]) -> None:
    """Record what the lock adds: to each role that migrates, and beside."""
    added = step({major: pair[0] for major, pair in made.items()}, {major: pair[1] for major, pair in made.items()})
    assert not added["removed"], added["removed"]  # noqa: S101 - the lock takes nothing away
    kept, watching = {}, {}
    for text, definition in added["changed"].items():
        if text.endswith(" to trust_owner"):
            kept[text.removesuffix("trust_owner") + MIGRATOR] = definition
        elif not text.endswith(" to recorder"):  # who keeps the same
            watching[text] = definition
    write(ADDITIONS, {"kept": kept, "event_triggers": watching})


def write(path: Path, record: dict[str, Any]) -> None:
    """Write a record in a form that is easy to review."""
    path.write_text(f"{json.dumps(record, indent=2, ensure_ascii=False)}\n", encoding="utf-8")


def main(folders: Sequence[str]) -> None:
    """Record, or say which versions are missing."""
    write_migrations(servers(folders, run_migrations))
    write_additions(servers(folders, lock))  # engages only what is as it was just recorded


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(__doc__)
    main(sys.argv[1:])
