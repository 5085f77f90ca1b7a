"""How `trust-models audit verify` and `check` print what they found."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trust_models.cli.app import console, shown
from trust_models.ledger.checkpoint import SignedCheckpoint
from trust_models.ledger.proof_file import ProofFile
from trust_models.ledger.verifier.findings import Report, Severity

SIGNS = {
    Severity.NONE: "[green]✓[/green]",
    Severity.UNPROVEN: "[yellow]![/yellow]",
    Severity.EVENTS: "[red]✗[/red]",
    Severity.LEDGER: "[red]✗[/red]",
}


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while a verification runs, if that is a terminal."""
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    err = console(stderr=True)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("verifying", total=None)
        yield lambda done, total: bar.update(task, total=total, advance=done)


def print_json(report: Report) -> None:
    """Print a report as one JSON object."""
    findings = [asdict(one) | {"severity": one.kind.severity.name} for one in report.findings]
    values = asdict(report) | {"severity": report.severity.name, "status": int(report.severity), "findings": findings}
    sys.stdout.write(json.dumps(values, indent=2) + "\n")


def print_report(report: Report) -> None:
    """Print a report for people: what was found, the gravest last, then what was seen."""
    out = console()
    for finding in sorted(report.findings, key=lambda one: one.kind.severity):
        out.print(f"{SIGNS[finding.kind.severity]} {finding.kind}  {shown(finding.message)}")
    since = f", from leaf {report.since} on" if report.since else ""
    out.print(f"{report.events} events compared with their leaves{since}; the ledger has {report.leaves} leaves")
    out.print(f"{report.checkpoints} signed checkpoints are genuine; {report.unsealed} events have no leaf yet")
    if report.severity is Severity.NONE:
        out.print("[bold green]verified[/bold green]")


def print_proven(event: Mapping[str, object], proof: ProofFile, signed: SignedCheckpoint) -> None:
    """Print an event that was proven, and by what."""
    out = console()
    given = {name: value for name, value in event.items() if value is not None}
    width = max(map(len, given))
    for name, value in given.items():
        text = str(value).replace("\n", "\N{REPLACEMENT CHARACTER}")
        out.print(f"[bold]{name:<{width}}[/bold]  {shown(text)}")
    checkpoint = signed.checkpoint
    out.print(
        f"leaf {proof.index} of the {checkpoint.size} that {shown(checkpoint.origin)} signed at {signed.signed_at}"
    )
    for name, time in signed.witnessed_at.items():
        out.print(f"witnessed by {shown(name)} at {time}")
    out.print("[bold green]proven[/bold green]")


def print_proven_json(event: Mapping[str, object], proof: ProofFile, signed: SignedCheckpoint) -> None:
    """Print the same as one JSON object on one line; metadata and context are the texts that were sealed."""
    values = {
        "event": dict(event),
        "leaf": proof.index,
        "size": signed.checkpoint.size,
        "origin": signed.checkpoint.origin,
        "signed_at": signed.signed_at.isoformat(),
        "witnessed_at": {name: time.isoformat() for name, time in signed.witnessed_at.items()},
    }
    sys.stdout.write(json.dumps(values, default=str) + "\n")
