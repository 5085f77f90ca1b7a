"""The demo's result, for people and for machines."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from trust_models.demo.attacks import ATTACKERS, Outcome
from trust_models.demo.demo import Result
from trust_models.demo.story import Story, show
from trust_models.demo.superuser import FORGED_ACTOR, Forgery
from trust_models.ledger.verifier.findings import Finding

UUID_LENGTH = 36


def print_result(console: Console, result: Result) -> None:
    """Print the proofs, the audit trail, the attacks, what a superuser did, and the verdicts."""
    _print_proofs(console, result.story, result.kept_in)
    _print_trail(console, result.story)
    _print_attacks(console, result.outcomes)
    if result.all_refused:
        console.print("\n[bold green]Every attack was refused, and the evidence is what it was.[/bold green]")
    else:
        console.print("\n[bold red]The evidence is not safe: see above.[/bold red]")
    _print_forgery(console, result.forgery)


def _print_proofs(console: Console, story: Story, kept_in: Path | None) -> None:
    place = f"in {kept_in}" if kept_in else "whose files --keep DIR would keep"
    console.print(f"\n[bold]The proofs[/bold], {escape(place)}: SHA-256, bytes, what")
    sizes = [f"{proof.size_bytes:,}" for proof in story.proofs]
    for proof, size in zip(story.proofs, sizes, strict=True):
        name = Path(proof.location).name
        console.print(f"  {proof.sha256}  {size:>{max(map(len, sizes))}}  {proof.type} {escape(name)}")


def _print_trail(console: Console, story: Story) -> None:
    rows = [
        (
            f"{event.created_at:%H:%M:%S.%f}",
            " ".join(filter(None, (event.actor_type, _short(event.actor_id)))),
            event.action,
            f"{event.entity_type} {_short(event.entity_id)}",
            str(event.outcome),
        )
        for event in story.events
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    console.print("\n[bold]The audit trail[/bold]: when, who, what, on what, how it ended")
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(f"  {escape(line)}")


def _print_attacks(console: Console, outcomes: list[Outcome]) -> None:
    """Print what the attacker tried and what stopped it."""
    console.print("\n[bold]Now the attacker[/bold]")
    for role, title in ATTACKERS.items():
        console.print(f"as {title} ({role}):")
        for outcome in (one for one in outcomes if one.role == role):
            mark = "[green]refused[/green]" if outcome.refused else "[bold red]WENT THROUGH[/bold red]"
            by = f" by {escape(outcome.refused_by or '')} ({outcome.sqlstate})" if outcome.refused else ""
            console.print(f"  {outcome.attack.aim}: {mark}{by}")
            if outcome.message:
                console.print(f"    [dim]{escape(outcome.message)}[/dim]")


def _print_forgery(console: Console, forgery: Forgery) -> None:
    """Print what a superuser did, whom nothing refuses, and what the verifier says."""
    event, sealed = forgery.event, forgery.sealed
    console.print("\n[bold]Now a superuser[/bold], whom no database can refuse anything")
    console.print(
        f"  before: the hashes of all {sealed.size} events were sealed in a Merkle tree, and its root was signed"
        " and published in a folder outside the database"
    )
    console.print(
        f"  the superuser switches the triggers off and changes event {event.id}:"
        f" {escape(event.action)} was done by {escape(repr(event.actor_id))}, now by {FORGED_ACTOR!r}"
    )
    said = " ".join(f"{one.kind}: {one.message}" for one in forgery.after.findings) or "nothing"
    console.print(f"  `trust-models audit verify` says: {escape(said)}")
    if forgery.found_out:
        console.print("\n[bold green]What nobody could refuse was found out: that event, and no other.[/bold green]")
    else:
        console.print("\n[bold red]The superuser was not found out as promised: see above.[/bold red]")


def as_json(result: Result) -> dict[str, Any]:
    """Return everything as one JSON object."""
    story = result.story
    return {
        "repository": str(result.repository.path),
        "commit": result.repository.head,
        "session": {
            "id": str(story.session.id),
            "status": story.session.status,
            "started_at": story.session.started_at.isoformat(),
            "completed_at": story.session.completed_at.isoformat() if story.session.completed_at else None,
        },
        "attempts": [
            {
                "attempt": attempt.attempt,
                "command": show(check.command),
                "exit_status": check.exit_status,
                "result": attempt.result,
                "commit": attempt.commit_sha,
            }
            for attempt, check in zip(story.attempts, story.checks, strict=True)
        ],
        "proofs": [
            {
                "type": proof.type,
                "location": proof.location,
                "sha256": proof.sha256,
                "size_bytes": proof.size_bytes,
            }
            for proof in story.proofs
        ],
        "audit": [
            {
                "id": event.id,
                "actor_type": event.actor_type,
                "actor_id": event.actor_id,
                "action": event.action,
                "entity_type": event.entity_type,
                "entity_id": event.entity_id,
                "outcome": event.outcome,
            }
            for event in story.events
        ],
        "attacks": [
            {
                "role": outcome.role,
                "aim": outcome.attack.aim,
                "refused": outcome.refused,
                "by": outcome.refused_by,
                "sqlstate": outcome.sqlstate,
            }
            for outcome in result.outcomes
        ],
        "evidence_intact": result.intact,
        "superuser": {
            "event": result.forgery.event.id,
            "leaves": result.forgery.sealed.size,
            "checkpoint": result.forgery.sealed.checkpoint,
            "findings_before": [_finding(one) for one in result.forgery.before.findings],
            "findings": [_finding(one) for one in result.forgery.after.findings],
            "found_out": result.forgery.found_out,
        },
        "as_promised": result.as_promised,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"kind": finding.kind, "message": finding.message, "events": list(finding.events)}


def _short(key: str | None) -> str:
    """Return the random end of a UUID, which tells two apart (its beginning is the time); other keys as they are."""
    if key is None:
        return ""
    return f"…{key[-6:]}" if len(key) == UUID_LENGTH else key
