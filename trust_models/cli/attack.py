"""`trust-models attack`."""

import json
from typing import Annotated

import typer

from trust_models.cli.app import app, console, run


@app.command()
def attack(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print every attempt on a line of its own.")] = False,
    i_know: Annotated[bool, typer.Option("--i-know", help="Attack a database in production as well.")] = False,
) -> None:
    """Try every known path to evidence as every role, and undo each attempt.

    With TRUST_ADMIN_DATABASE_URL of a superuser as all roles, otherwise as those whose URLs are set. Exit status 1
    when a path that should be closed is open.
    """
    # Loaded only now, so that no other command waits for it.
    from rich.progress import Progress  # noqa: PLC0415

    from trust_models.attack import report  # noqa: PLC0415
    from trust_models.attack.company import Logins  # noqa: PLC0415
    from trust_models.attack.run import attack as whole  # noqa: PLC0415

    screen = console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("attacking")

        def advance(role: str, done: int, paths: int) -> None:
            bar.update(task, description=f"as {role}", completed=done, total=paths)

        result = run(whole(Logins.load(), in_production=i_know, progress=advance))
    if as_json:
        typer.echo(json.dumps(report.as_json(result), indent=2))
    else:
        if verbose:
            report.print_rows(console(), result)
        report.print_result(console(), result)
    if result.is_failure:
        raise typer.Exit(1)
