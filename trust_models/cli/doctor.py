"""`trust-models doctor`."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from trust_models.cli.app import app, console, run, shown

if TYPE_CHECKING:
    from trust_models.doctor import Finding

SIGNS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "failed": "[red]✗[/red]"}


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Check that a database is as safe as it was meant to be, and say what mends it if not. Changes nothing.

    Connects with DATABASE_URL and, where it is set, MIGRATION_DATABASE_URL. Exit status 1 when a check failed.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.doctor import Status, examine  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    findings = run(examine(Settings.load()))
    healthy = all(finding.status is not Status.FAILED for finding in findings)
    if as_json:
        typer.echo(json.dumps({"healthy": healthy, "findings": [asdict(one) for one in findings]}, indent=2))
    else:
        _print(console(), findings)
    if not healthy:
        raise typer.Exit(1)


def _print(out: Console, findings: "list[Finding]") -> None:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        out.print(f"{SIGNS[finding.status.value]} {finding.check:<{width}}  {shown(finding.message)}")
        for line in finding.detail.splitlines():
            out.print(f"  {'':<{width}}  {shown(line)}")
        if finding.mend:
            out.print(f"  {'':<{width}}  [bold]mend:[/bold] {shown(finding.mend)}")
    counts = {status: sum(one.status.value == status for one in findings) for status in SIGNS}
    out.print(f"{counts['ok']} fine, {counts['warning']} to look at, {counts['failed']} wrong")
