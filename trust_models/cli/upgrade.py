"""`trust-models upgrade`."""

from typing import Annotated

import typer

from trust_models.cli.app import app, console, run, shown


@app.command()
def upgrade(
    accept_drift: Annotated[
        str | None, typer.Option(help="Go on in spite of the drift that has this name; a refusal tells it.")
    ] = None,
) -> None:
    """Apply the migrations that the database lacks, if the schema is what its migrations made.

    Connects with MIGRATION_DATABASE_URL, or outside production with DATABASE_URL. Two at once are safe: one waits.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.schema import migrations  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    out = console()
    applied = run(migrations.upgrade(Settings.load(), accepted_drift=accept_drift))
    for name in applied:
        out.print(f"applied {shown(name)}")
    out.print("the schema is up to date" if applied else "nothing to do: the schema is up to date")
