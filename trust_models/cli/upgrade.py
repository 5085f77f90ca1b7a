"""`trust-models upgrade`."""

from rich.console import Console

from trust_models.cli.main import app, run
from trust_models.db import migrations
from trust_models.settings import Settings


@app.command()
def upgrade() -> None:
    """Apply the migrations that the database lacks.

    Connects with MIGRATION_DATABASE_URL, or outside production with DATABASE_URL. Two at once are safe: one waits.
    """
    console = Console(highlight=False)
    applied = run(migrations.upgrade(Settings.load()))
    for name in applied:
        console.print(f"applied {name}")
    console.print("the schema is up to date" if applied else "nothing to do: the schema is up to date")
