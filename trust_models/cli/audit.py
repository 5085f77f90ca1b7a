"""`trust-models audit`."""

import typer

from trust_models.cli.app import app, console, run

audit = typer.Typer(help="Look after the events of the audit log.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@audit.command()
def replay() -> None:
    """Write the events that wait in the folder TRUST_AUDIT_SPOOL to the audit log, each once.

    Connects with DATABASE_URL, as the service. Safe beside the service and beside another replay. Exit status 1 when
    some are still waiting, because their transactions are under way.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.db.spool_maintenance import replay_once  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    passed = run(replay_once(Settings.load()))
    out = console()
    out.print(f"lines replayed: {passed.done}; waiting: {passed.waiting}")
    if passed.elsewhere:
        out.print(f"left alone, because they are of another database: {passed.elsewhere}")
    if passed.waiting:
        raise typer.Exit(1)
