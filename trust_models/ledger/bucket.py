"""A part of a bucket of an object store in which checkpoints and tiles are published, for reading.

Credentials, region and endpoint come from the variables of the store's own tools (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL,
GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_NAME, …) or from the machine's role, never from the URL.
"""

import os
import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from trust_models.errors import ConfigurationError, StoreUnavailable
from trust_models.ledger.folder import LARGEST, Paths, foreign

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

T = TypeVar("T")

_CONNECT_TIMEOUT = timedelta(seconds=5)
_TIMEOUT = timedelta(seconds=30)
_RETRY_TIMEOUT = timedelta(seconds=30)
_MOST_RETRIES = 3

_NO_BUCKET = "NoSuchBucket"
_STATUS = re.compile(r"status code: (\d{3}(?: [A-Z][A-Za-z ]*)?)")
# Where a cloud's machines ask for the credentials of their role: asked only when no others were given.
_MACHINE_ROLE = re.compile(r"169\.254\.169\.254|metadata\.google\.internal")


class Bucket:
    """What is published in a bucket. Its methods raise `StoreUnavailable` for what they cannot do.

    Raises `ConfigurationError` when the store's variables are not complete. Neither error shows a credential.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._store = _open(self._url)

    def __str__(self) -> str:
        return self._url

    async def get(self, path: str) -> bytes | None:
        """Return what stands at a path; None if nothing does."""
        return await self._reached(self._get(path))

    async def list(self, prefix: str, *, after: str = "") -> Paths:
        """Return the paths below a folder in their order, from behind `after` on."""
        found = await self._reached(self._store.list(prefix, offset=after or None).collect_async())
        return sorted(one["path"] for one in found)

    async def _get(self, path: str) -> bytes | None:
        try:
            found = await self._store.get_async(path)
            if found.meta["size"] > LARGEST:
                raise foreign(f"{self._url}/{path}")
            return bytes(await found.bytes_async())
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):  # must not pass for one in which nothing was published
                raise
            return None

    async def _reached(self, work: Awaitable[T]) -> T:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - who publishes in a folder does not wait for it

        try:
            return await work
        except (BaseError, OSError) as error:
            # The store's own message, which can hold credentials, must not be shown along with ours.
            raise _refusal(self._url, str(error)) from None


def _open(url: str) -> "ObjectStore":
    from obstore.exceptions import BaseError  # noqa: PLC0415 - who publishes in a folder does not wait for it
    from obstore.store import AzureStore, GCSStore, S3Store  # noqa: PLC0415

    client: ClientConfig = {
        "connect_timeout": _CONNECT_TIMEOUT,
        "timeout": _TIMEOUT,
        # Given here, or the variable would not count any more.
        "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"},
    }
    retries: RetryConfig = {"max_retries": _MOST_RETRIES, "retry_timeout": _RETRY_TIMEOUT}
    scheme = url.partition(":")[0]
    try:
        store: ObjectStore
        if scheme == "gs":
            store = GCSStore.from_url(url, client_options=client, retry_config=retries)
        elif scheme == "az":
            store = AzureStore.from_url(url, client_options=client, retry_config=retries)
        else:
            # Without a checksum S3 refuses what is put into a bucket with Object Lock.
            checksum = os.environ.get("AWS_CHECKSUM_ALGORITHM", "SHA256")
            store = S3Store.from_url(url, checksum_algorithm=checksum, client_options=client, retry_config=retries)
    except (BaseError, ValueError):
        pass
    else:
        return store
    raise ConfigurationError(
        f"The object store of {url} cannot be used: its variables are not complete, or wrong.",
        hint="Set those that the store's own tools read, like AWS_ACCESS_KEY_ID or AZURE_STORAGE_ACCOUNT_NAME.",
    )


def _refusal(url: str, message: str) -> StoreUnavailable:
    """Say in words of ours what happened: the store's own may hold credentials, and pages of internals."""
    if _MACHINE_ROLE.search(message):
        return StoreUnavailable(
            f"The object store of {url} cannot be used: no credentials were found.",
            hint="Set the variables that the store's own tools read, like AWS_ACCESS_KEY_ID.",
        )
    if _NO_BUCKET in message:
        return StoreUnavailable(f"The object store has no bucket for {url}.", hint="Make it, or mend the URL.")
    if status := _STATUS.search(message):
        return StoreUnavailable(
            f"The object store of {url} refused: {status[1].strip()}.",
            hint="See to the credentials and their rights: to read and list, and to put for who publishes.",
        )
    return StoreUnavailable(f"The object store of {url} cannot be reached.", hint="Try again later.")
