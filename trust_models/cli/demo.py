"""`trust-models demo`."""

import json
import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from trust_models.cli.app import app, console, run, shown
from trust_models.errors import ConfigurationError


@app.command()
def demo(
    repo: Annotated[Path, typer.Option(help="The Git repository whose HEAD is verified.")] = Path(),
    check: Annotated[
        str | None,
        typer.Option(
            help="The command that verifies it, run in a checkout of HEAD; by default, that its Python compiles."
        ),
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="A new folder for the proof files, which stay there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Verify a commit, keep the evidence, then try to falsify it.

    Starts a PostgreSQL of its own, which is gone at the end. Exit status 1 when an attack went through, or when the
    superuser at the end was not found out.
    """
    out = console(stderr=as_json)
    out.print("[bold]trust_models demo[/bold]: verify a commit, keep the evidence, then try to falsify it")
    # Loaded only now, so that the first line is there at once.
    from trust_models.demo import demo as whole  # noqa: PLC0415
    from trust_models.demo import report  # noqa: PLC0415

    result = run(
        whole.demo(
            Path(os.path.realpath(repo)),  # unlike resolve(), it bears a link that leads to itself
            None if check is None else _words(check),
            keep=keep and Path(os.path.realpath(keep)),
            say=lambda line: out.print(f"[green]✓[/green] {shown(line)}"),
        )
    )
    if as_json:
        typer.echo(json.dumps(report.as_json(result), indent=2))
    else:
        report.print_result(out, result)
    if not result.as_promised:
        raise typer.Exit(1)


def _words(check: str) -> tuple[str, ...]:
    """Split a command as a shell would."""
    try:
        words = tuple(shlex.split(check))
    except ValueError as error:
        raise ConfigurationError(f"--check is not a command: {error}.", hint="Quote it as for a shell.") from None
    if not words:
        raise ConfigurationError("--check is empty.", hint="Give a command, or leave the option out.")
    return words
