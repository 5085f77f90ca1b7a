"""`trust-models drift`."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from trust_models.cli.app import app, console, run, shown

if TYPE_CHECKING:
    from trust_models.schema.catalogue import Difference
    from trust_models.schema.drift import Drift

_STYLES = {"missing": "red", "disabled": "red", "changed": "yellow", "unknown": "cyan", "-": "red", "+": "green"}


@app.command()
def drift(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Compare the schema with what its migrations made, object by object.

    Connects with DATABASE_URL, as any role, and changes nothing. Exit status 1 when something differs.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.schema.drift import drift_of  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    found = run(drift_of(Settings.load()))
    if as_json:
        typer.echo(json.dumps(_as_json(found), indent=2))
    else:
        _print(console(), found)
    if found.differences:
        raise typer.Exit(1)


def _as_json(found: "Drift") -> dict[str, Any]:
    return {
        "migration": found.applied[-1] if found.applied else None,
        "postgresql": found.major,
        "expected": found.expected_fingerprint,
        "actual": found.actual_fingerprint,
        "acceptance": found.acceptance,
        "differences": [
            {
                "change": one.change,
                "kind": one.key.kind,
                "name": one.key.name,
                "expected": one.expected,
                "actual": one.actual,
                "stops_upgrade": one in found.refused,
            }
            for one in found.differences
        ],
    }


def _print(out: Console, found: "Drift") -> None:
    for one in found.differences:
        _print_difference(out, one, remark="" if one in found.refused else _remark(one))
    count, stopping = len(found.differences), len(found.refused)
    if not found.applied:
        out.print("no migration is applied: there is nothing to compare with")
    elif count == 0:
        out.print(f"no drift: the schema is what its {len(found.applied)} migrations made")
    else:
        out.print(f"objects that differ: {count}; that stop an upgrade: {stopping}")
    if found.acceptance is not None:
        out.print(f"to accept exactly this in an upgrade: trust-models upgrade --accept-drift {found.acceptance}")
    if found.applied:
        out.print(f"fingerprint: {found.actual_fingerprint}")


def _print_difference(out: Console, one: "Difference", *, remark: str) -> None:
    out.print(f"[bold {_STYLES[one.change]}]{one.change}[/] {shown(str(one.key))}{remark}")
    for line in one.diff.splitlines():
        out.print(f"  {shown(line)}", style=_STYLES.get(line[:1]))


def _remark(one: "Difference") -> str:
    """Say of what stops no upgrade why it does not."""
    return " (run `trust-models provision`)" if one.key.kind == "role" else " (not ours)"
