"""What a verification leaves for the next one, so that it has to look at what is new alone.

The file is the auditor's own: what it says is believed, so keep it where nobody who is to be watched can write.
"""

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from trust_models.errors import ConfigurationError
from trust_models.ledger.verifier.source import Place
from trust_models.ledger.verifier.tree import GrowingTree


@dataclass(frozen=True)
class Verified:
    """Up to where a ledger was verified."""

    tree: GrowingTree
    place: Place
    epoch: int
    number: int
    """The number of the last checkpoint."""
    note: str | None
    """It, signed; None if there was none yet."""


def load(path: Path) -> Verified | None:
    """Return what the file says; None if there is none. Raises `ConfigurationError` for another file."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        tree = GrowingTree(int(values["size"]), [b64decode(one, validate=True) for one in values["edge"]])
        place = Place(int(values["tx_id"]), int(values["id"]))
        return Verified(tree, place, int(values["epoch"]), int(values["number"]), values["note"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path} is not what a verification has left.", hint="Name another file, or remove it to verify everything."
        ) from error


def check(path: Path) -> None:
    """See that the file can be written, before a long verification and not after it; else `ConfigurationError`."""
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{path} cannot be written.", hint="Name a file in a folder that you may write in.")


def save(path: Path, verified: Verified) -> None:
    """Write the file, whole or not at all."""
    values = {
        "size": verified.tree.size,
        "edge": [b64encode(one).decode("ascii") for one in verified.tree.edge],
        "tx_id": str(verified.place.tx_id),
        "id": verified.place.id,
        "epoch": verified.epoch,
        "number": verified.number,
        "note": verified.note,
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(values, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
