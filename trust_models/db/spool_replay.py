"""Writing what is in the spool to the audit log, once each, whoever does it and however often it is killed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from trust_models.db.spool_file import damaged, spools
from trust_models.db.spool_reading import Head, Reading, held, remove, set_aside
from trust_models.errors import IntegrityViolation, PermissionDenied, SpoolUnavailable

REPLAY = "SELECT trust.replay_audit_events($1, $2, $3)"
"""Takes a spool, its server and lines of it, writes those that have not been yet, and returns the last that is done."""
BATCH = 100

Send: TypeAlias = Callable[..., Awaitable[Any]]
"""Runs a statement with arguments on the database, in a transaction of its own, and returns its one value."""


@dataclass(frozen=True)
class Replayed:
    """What one pass over a spool has done, what it has left for later, and what is of another database."""

    done: int = 0
    waiting: int = 0
    elsewhere: int = 0
    problems: tuple[str, ...] = ()
    """What somebody has to see to: a file that was left as it is, or damaged lines."""
    finished: frozenset[Path] = field(default=frozenset(), compare=False)
    """The files of which every line is done."""

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(
            self.done + other.done,
            self.waiting + other.waiting,
            self.elsewhere + other.elsewhere,
            self.problems + other.problems,
            self.finished | other.finished,
        )


async def replay(folder: Path, database: str, send: Send) -> Replayed:
    """Replay every file of a spool that is of `database`, and remove those that are done and belong to no process.

    An event whose transaction is still under way waits, and all that follow it in its file. Damaged lines keep nothing
    waiting: they are set aside. A file of another server, or of somebody else, and one with an event that the log
    refuses are left as they are, and told. Two at once are safe.

    Raises what else `send` raises, and `SpoolUnavailable` for a folder that cannot be read.
    """
    passed = Replayed()
    for path in await asyncio.to_thread(_listed, folder, spools):
        try:
            with _file_errors(path), held(path) as left_over:
                passed += await _replay_file(path, database, send, left_over=left_over)
        except FileNotFoundError:  # removed meanwhile, by somebody else who replayed it
            continue
        except SpoolUnavailable as failure:
            passed += Replayed(problems=(str(failure),))
        except (IntegrityViolation, PermissionDenied) as failure:
            passed += Replayed(problems=(f"The audit spool has a file that cannot be replayed: {path}: {failure}",))
    lost = await asyncio.to_thread(_listed, folder, damaged)
    return passed + Replayed(problems=tuple(map(_of_damaged, lost)))


def _of_damaged(path: Path) -> str:
    return f"The audit spool had damaged lines, which are kept: {path}. See to them, and move that file elsewhere."


def _listed(folder: Path, files: Callable[[Path], list[Path]]) -> list[Path]:
    try:
        return files(folder)
    except OSError as error:
        raise SpoolUnavailable(f"The audit spool cannot be read: {folder}: {error.strerror}.") from error


async def _replay_file(path: Path, database: str, send: Send, *, left_over: bool) -> Replayed:
    reading = Reading(path)
    head = await asyncio.to_thread(reading.head)
    if head is None:  # its process ended before the first line was whole
        return Replayed()
    entries = reading.entries()
    if head.database != database:
        return Replayed(elsewhere=await asyncio.to_thread(_count, entries))
    passed = await _replay_entries(head, entries, send)
    if passed.waiting:
        return passed
    if reading.damaged:
        await asyncio.to_thread(set_aside, path, reading.damaged)
    if left_over:
        await asyncio.to_thread(remove, path)
    return passed + Replayed(finished=frozenset({path}))


async def _replay_entries(head: Head, entries: Iterator[dict[str, Any]], send: Send) -> Replayed:
    last, done = int(await send(REPLAY, head.spool, head.server, "[]")), 0
    while batch := await asyncio.to_thread(_batch, entries, last):
        last = int(await send(REPLAY, head.spool, head.server, json.dumps(batch)))
        left = sum(entry["number"] > last for entry in batch)
        done += len(batch) - left
        if left:
            return Replayed(done=done, waiting=left + await asyncio.to_thread(_count, entries))
    return Replayed(done=done)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SpoolUnavailable(f"The audit spool cannot be read: {path}: {error.strerror}.") from error


def _batch(entries: Iterator[dict[str, Any]], after: int) -> list[dict[str, Any]]:
    return list(islice((entry for entry in entries if entry["number"] > after), BATCH))


def _count(entries: Iterator[dict[str, Any]]) -> int:
    return sum(1 for _ in entries)
