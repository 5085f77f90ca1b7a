"""What has to hold before the first migration of an upgrade runs."""

from pathlib import Path

from trust_models.errors import SchemaDrifted
from trust_models.schema.catalogue import Reader
from trust_models.schema.drift import drift, enumerated

__all__ = ["check_before_upgrade", "leads_back"]


async def check_before_upgrade(reader: Reader, *, folder: Path, accepted: str | None) -> None:
    """See that the files in `folder` and the database are what they were when the migrations were frozen.

    `accepted` is the `acceptance` of a drift that somebody has looked at and wants to go on with.
    Raises `SchemaDrifted` otherwise, and what `drift` raises.
    """
    found = await drift(reader, folder=folder)
    if found.refused and found.acceptance != accepted:
        raise SchemaDrifted(
            f"The schema is not what its migrations made: {enumerated(found.refused)}.",
            hint="`trust-models drift` shows what differs. Put it back, or go on from exactly this state by"
            f" `trust-models upgrade --accept-drift {found.acceptance}`.",
        )


def leads_back(script: str, folder: Path) -> bool:
    """Return whether a script is one that takes a migration back, for which nothing is checked."""
    return any(script == path.read_text(encoding="utf-8") for path in folder.glob("*.down.sql"))
