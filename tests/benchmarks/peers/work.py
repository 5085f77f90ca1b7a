"""The change that all of them make: three columns of one lab, for an actor and a request."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

from tests.fixtures.cluster import Cluster

Change: TypeAlias = Callable[[int], Awaitable[float]]
"""Makes the nth change and returns the seconds that it took."""
Opener: TypeAlias = Callable[[Cluster, str], AbstractAsyncContextManager[Change]]
Opened: TypeAlias = AsyncIterator[Change]

ACTOR = "01890a5d-ac96-774b-bcce-b302099a8057"
REQUEST = {"request_id": "req-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "service": "bench"}
CLIENT = "192.0.2.7"
CONFIG = {"image": "python:3.13", "steps": ["Write a test that fails, then make it pass."] * 8}


@dataclass(frozen=True)
class Revision:
    """What the three columns become; each revision changes all of them."""

    title: str
    difficulty: str
    estimated_minutes: int

    @classmethod
    def nth(cls, number: int) -> "Revision":
        """Return the revision of that number."""
        return cls(f"Revision {number}", "ADVANCED" if number % 2 else "BEGINNER", 30 + number % 60)


FIRST = Revision("A lab", "INTERMEDIATE", 5)


def timed(work: Callable[[Revision], Awaitable[object]]) -> Change:
    """Return `work` as a change."""

    async def change(number: int) -> float:
        revision = Revision.nth(number)
        begin = time.perf_counter()
        await work(revision)
        return time.perf_counter() - begin

    return change
