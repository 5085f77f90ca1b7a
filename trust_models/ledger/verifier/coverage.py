"""Which leaves have been met: a set of numbers, kept as ranges, so that a log without gaps takes no memory."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class Coverage:
    """A set of numbers from 0 on."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Put the numbers from `start` to before `end` into the set."""
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    @property
    def ranges(self) -> list[range]:
        """What is in it."""
        return list(map(range, self._starts, self._ends))

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number < self._ends[at]

    def gaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield each range, with its end left out, of the numbers from `start` to before `end` that are not in it."""
        at = start
        for covered, after in zip(self._starts, self._ends, strict=True):
            if covered >= end:
                break
            if covered > at:
                yield at, covered
            at = max(at, after)
        if at < end:
            yield at, end
