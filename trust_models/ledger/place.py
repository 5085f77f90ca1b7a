"""Where checkpoints and tiles are published: a folder, or a part of a bucket of an object store."""

from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from trust_models.errors import ConfigurationError
from trust_models.ledger.bucket import Bucket
from trust_models.ledger.folder import Folder, Paths

BUCKET_SCHEMES = ("s3", "gs", "az")

FORM = "an absolute folder, or a URL like s3://bucket/ledger, gs://bucket/ledger or az://container/ledger"


class Place(Protocol):
    """What can be read of a place; `str` of it is fit for messages."""

    async def get(self, path: str) -> bytes | None:
        """Return what stands at a path, None if nothing does; raise `StoreUnavailable`."""

    async def list(self, prefix: str, *, after: str = "") -> Paths:
        """Return the paths below a folder in their order, from behind `after` on; raise `StoreUnavailable`."""


def folder_of(text: str) -> Path | None:
    """Return the folder that a place is, None if it is a bucket.

    Raises `ConfigurationError` for anything else, above all for a URL with a password: it does not show the text.
    """
    if text.startswith("/"):
        return Path(text)
    url = _split(text)
    if url.username is not None or url.password is not None or url.query or url.fragment:
        raise ConfigurationError(
            "The URL of the place to publish has more than a bucket and a path.",
            hint="Give credentials in the variables of the store: AWS_ACCESS_KEY_ID, AZURE_STORAGE_ACCOUNT_KEY, …",
        )
    if url.scheme == "file" and not url.netloc and url.path.startswith("/"):
        return Path(unquote(url.path))
    if url.scheme in BUCKET_SCHEMES and url.netloc:
        return None
    raise ConfigurationError("The place to publish is neither a folder nor a bucket.", hint=f"Give {FORM}.")


def open_place(text: str) -> Place:
    """Return the place for reading; nothing is read yet. Raises `ConfigurationError` as `folder_of` does."""
    folder = folder_of(text)
    return Bucket(text) if folder is None else Folder(folder)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", "", "", "")
