"""A part of a bucket to publish in. Object stores show an object as a whole or not at all."""

import asyncio
from collections.abc import Collection, Mapping
from itertools import islice

from trust_models.ledger.bucket import Bucket

_AT_ONCE = 16


class WritableBucket(Bucket):
    """A part of a bucket that one process at a time publishes in; the bucket has to exist."""

    async def create(self, files: Mapping[str, bytes]) -> Collection[str]:
        """Write new objects, several at once; return the paths at which there is one already, which stays as it is."""
        there: list[str] = []
        waiting = iter(files)
        while batch := list(islice(waiting, _AT_ONCE)):
            # Not the first error at once: nothing may go on behind the caller's back.
            work = (self._reached(self._is_new(path, files[path])) for path in batch)
            for path, result in zip(batch, await asyncio.gather(*work, return_exceptions=True), strict=True):
                if isinstance(result, BaseException):
                    raise result
                if not result:
                    there.append(path)
        return there

    async def replace(self, path: str, data: bytes) -> None:
        """Write an object in the place of the one that may be there."""
        await self._reached(self._store.put_async(path, data, mode="overwrite"))

    async def remove(self, paths: Collection[str]) -> None:
        """Remove objects, as far as they are there."""
        await self._reached(self._store.delete_async(list(paths)))

    async def _is_new(self, path: str, data: bytes) -> bool:
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - loaded when it is used

        try:
            await self._store.put_async(path, data, mode="create")
        except AlreadyExistsError:
            return False
        return True
