"""`trust-models maintain`."""

from typing import Annotated

import typer
from rich.console import Console

from trust_models.cli.main import app, run
from trust_models.db import maintenance
from trust_models.settings import Settings


@app.command()
def maintain(
    ahead: Annotated[int, typer.Option(min=1, max=100, help="Empty audit segments to keep ready.")] = 4,
) -> None:
    """Make audit segments ahead of the one that is being written; run it at least daily.

    Connects with MIGRATION_DATABASE_URL, or outside production with DATABASE_URL: as the owner or trust_archiver.
    """
    made = run(maintenance.ensure_audit_segments(Settings.load(), ahead))
    Console(highlight=False).print(f"{made} audit segments made, at least {ahead} are ready")
