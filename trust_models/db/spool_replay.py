"""Writing what is in the spool to the audit log, once each, whoever does it and however often it is killed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from trust_models.db.spool_file import held, read, remove, spool_of, spools
from trust_models.errors import IntegrityViolation, SpoolUnavailable, TrustError

REPLAY = "SELECT trust.replay_audit_events($1, $2)"
"""Takes a spool and lines of it, writes those that have not been yet, and returns the last one that is done."""
BATCH = 100

Send: TypeAlias = Callable[..., Awaitable[Any]]
"""Runs a statement with arguments on the database, in a transaction of its own, and returns its one value."""


@dataclass(frozen=True)
class Replayed:
    """What one pass over a spool has done, what it has left for later, and what is of another database."""

    done: int = 0
    waiting: int = 0
    elsewhere: int = 0

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(self.done + other.done, self.waiting + other.waiting, self.elsewhere + other.elsewhere)


async def replay(folder: Path, database: str, send: Send) -> Replayed:
    """Replay every file of a spool that is of `database`, and remove those that are done and belong to no process.

    An event whose transaction is still under way waits, and all that follow it in its file. Two at once are safe.
    Raises what `send` raises, and `SpoolUnavailable` for a damaged file and a folder that cannot be read. A damaged
    file, or one with an event that breaks a rule (`IntegrityViolation`), keeps none of the others waiting: the first
    such error is raised at the end.
    """
    passed, failures = Replayed(), list[TrustError]()
    for path in await asyncio.to_thread(_files, folder):
        try:
            with _file_errors(path), held(path) as left_over:
                passed += await _replay_file(path, database, send, left_over=left_over)
        except FileNotFoundError:  # removed meanwhile, by somebody else who replayed it
            continue
        except (SpoolUnavailable, IntegrityViolation) as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
    return passed


def _files(folder: Path) -> list[Path]:
    try:
        return spools(folder)
    except OSError as error:
        raise SpoolUnavailable(f"The audit spool cannot be read: {folder}: {error.strerror}.") from error


async def _replay_file(path: Path, database: str, send: Send, *, left_over: bool) -> Replayed:
    lines = _entries(path)
    head = await asyncio.to_thread(next, lines, None)
    if head is None:  # its process ended before the first line was whole
        return Replayed()
    if head["database"] != database:
        return Replayed(elsewhere=await asyncio.to_thread(_count, lines))
    spool = spool_of(path)
    last = first = int(await send(REPLAY, spool, "[]"))
    while batch := await asyncio.to_thread(_batch, lines, last):
        last = int(await send(REPLAY, spool, json.dumps(batch)))
        if last < batch[-1]["number"]:
            left = sum(entry["number"] > last for entry in batch)
            return Replayed(done=last - first, waiting=left + await asyncio.to_thread(_count, lines))
    if left_over:
        await asyncio.to_thread(remove, path)
    return Replayed(done=last - first)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SpoolUnavailable(f"The audit spool cannot be read: {path}: {error.strerror}.") from error


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the head of a file, then its entries, numbered from one."""
    for number, entry in enumerate(read(path)):
        yield entry | {"number": number}


def _batch(lines: Iterator[dict[str, Any]], after: int) -> list[dict[str, Any]]:
    return list(islice((entry for entry in lines if entry["number"] > after), BATCH))


def _count(lines: Iterator[dict[str, Any]]) -> int:
    return sum(1 for _ in lines)
