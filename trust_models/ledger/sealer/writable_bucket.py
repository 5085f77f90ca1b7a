"""A part of a bucket to publish in. Object stores show an object as a whole or not at all."""

from trust_models.ledger.bucket import Bucket


class WritableBucket(Bucket):
    """A part of a bucket that one process at a time publishes in; the bucket has to exist."""

    async def create(self, path: str, data: bytes) -> bool:
        """Write a new object; False if there is one already, which stays as it is."""
        return await self._reached(self._create(path, data))

    async def replace(self, path: str, data: bytes) -> None:
        """Write an object in the place of the one that may be there."""
        await self._reached(self._store.put_async(path, data, mode="overwrite"))

    async def remove(self, path: str) -> None:
        """Remove an object, if it is there."""
        await self._reached(self._store.delete_async(path))

    async def _create(self, path: str, data: bytes) -> bool:
        from obstore.exceptions import AlreadyExistsError  # noqa: PLC0415 - loaded when it is used

        try:
            await self._store.put_async(path, data, mode="create")
        except AlreadyExistsError:
            return False
        return True
