"""The demo's result, for people and for machines."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from trust_models.demo.attacks import ATTACKERS, Outcome
from trust_models.demo.demo import Result
from trust_models.demo.story import Story, show

UUID_LENGTH = 36


def print_result(console: Console, result: Result) -> None:
    """Print the proofs, the audit trail, the attacks and the verdict."""
    _print_proofs(console, result.story, result.kept_in)
    _print_trail(console, result.story)
    _print_attacks(console, result.outcomes)
    if result.as_promised:
        console.print("\n[bold green]Every attack was refused, and the evidence is what it was.[/bold green]")
    else:
        console.print("\n[bold red]The evidence is not safe: see above.[/bold red]")


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
        "as_promised": result.as_promised,
    }


def _short(key: str | None) -> str:
    """Return the random end of a UUID, which tells two apart (its beginning is the time); other keys as they are."""
    if key is None:
        return ""
    return f"…{key[-6:]}" if len(key) == UUID_LENGTH else key
