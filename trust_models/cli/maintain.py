"""`trust-models maintain`."""

from typing import Annotated

import typer

from trust_models.cli.app import app, console, run


@app.command()
def maintain(
    ahead: Annotated[int, typer.Option(min=1, max=100, help="Empty audit segments to keep ready.")] = 4,
) -> None:
    """Make audit segments ahead of the one that is being written; run it at least daily.

    Connects with MIGRATION_DATABASE_URL, or outside production with DATABASE_URL: as the owner or trust_archiver.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.db import maintenance  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    made = run(maintenance.ensure_audit_segments(Settings.load(), ahead))
    console().print(f"audit segments made: {made}; ready ahead: at least {ahead}")
