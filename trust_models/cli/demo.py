"""`trust-models demo`."""

import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from trust_models.cli.main import app, run


@app.command()
def demo(
    repo: Annotated[Path, typer.Option(help="The Git repository whose HEAD is verified.")] = Path(),
    check: Annotated[
        str | None,
        typer.Option(help="What verifies it, run in a checkout of HEAD; by default, that its Python compiles."),
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="A new folder for the proof files, which stay there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Verify a commit, keep the evidence, then try to falsify it.

    Starts a PostgreSQL of its own, which is gone at the end. Exit status 1 when an attack went through.
    """
    console = Console(highlight=False, stderr=as_json)
    console.print("[bold]trust_models demo[/bold]: a verified lab session that nobody can rewrite")
    # Loaded only now, so that the first line is there at once.
    from trust_models.demo import demo as whole  # noqa: PLC0415
    from trust_models.demo import report  # noqa: PLC0415

    folder = keep or Path(tempfile.mkdtemp(prefix="trust-demo-"))
    try:
        if keep is not None:
            keep.mkdir(parents=True)
        command = tuple(shlex.split(check)) if check else None
        say = lambda line: console.print(f"[green]✓[/green] {escape(line)}", soft_wrap=True)  # noqa: E731
        result = run(whole.demo(repo.resolve(), command, folder=folder.resolve(), say=say))
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(result), indent=2) + "\n")
    else:
        report.print_result(console, result)
    if not result.as_promised:
        raise typer.Exit(1)
