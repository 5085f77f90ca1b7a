"""The result of an attack, for people and for machines."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trust_models.attack.outcome import Outcome, Verdict
from trust_models.attack.path import Attacker, Family
from trust_models.attack.paths import NOT_TRIED
from trust_models.attack.run import Result

_SHOWN = 3
_WENT_THROUGH = {Verdict.OPEN, Verdict.DETECTED}


def print_result(console: Console, result: Result) -> None:
    """Print who was stopped where, what is open with its mend, what was not tried, and what stayed."""
    console.print(_table(result))
    console.print("prevented, or prevented / detected / open. Detected: a comparison of catalogues shows it.\n")
    _print_failures(console, result)
    _print_by_reason(console, result, "by what would close it", Attacker.OWNER, _mend)
    _print_by_reason(console, result, "by how it is found out", Attacker.SUPERUSER, _found)
    _print_not_tried(console, result)
    _print_end(console, result)


def print_rows(console: Console, result: Result) -> None:
    """Print every attempt on a line of its own."""
    for one in result.outcomes:
        sqlstate = f" ({one.finding.sqlstate})" if one.finding.sqlstate else ""
        words = (
            one.role,
            one.path.family,
            one.path.name,
            one.on or "-",
            f"{one.finding.verdict}: {one.finding.by}{sqlstate}",
        )
        console.print(escape(" | ".join(words)))


def as_json(result: Result) -> dict[str, Any]:
    """Return everything as one JSON object."""
    return {
        "database": result.database,
        "schema_locked": result.locked,
        "event_triggers": result.has_event_triggers,
        "failed": result.is_failure,
        "attempts": [_as_json(one) for one in result.outcomes],
        "tables_without_a_row": result.without_row,
        "roles_not_tried": [str(one) for one in result.absent],
        "paths_not_tried": NOT_TRIED | result.without_subject,
        "damage": result.damage,
        "rows_written_meanwhile": result.written_meanwhile,
        "seconds": round(result.seconds, 3),
    }


def _as_json(one: Outcome) -> dict[str, Any]:
    return {
        "attacker": str(one.attacker),
        "role": one.role,
        "family": str(one.path.family),
        "path": one.path.name,
        "target": one.on or None,
        "verdict": str(one.finding.verdict),
        "by": one.finding.by,
        "sqlstate": one.finding.sqlstate,
        "should_be_closed": one.should_be_closed,
        "decided_by_catalogue": one.decided,
    }


def _table(result: Result) -> Table:
    lock = "engaged" if result.locked else "not engaged"
    watch = "there" if result.has_event_triggers else "not there"
    table = Table(title=f"{escape(result.database)}: the schema lock is {lock}, its event triggers are {watch}")
    table.add_column("role")
    for family in Family:
        table.add_column(str(family).replace("_", " "), justify="right")
    for (attacker, role), outcomes in groupby(result.outcomes, key=lambda one: (one.attacker, one.role)):
        counts: dict[Family, list[Outcome]] = defaultdict(list)
        for one in outcomes:
            counts[one.path.family].append(one)
        table.add_row(escape(f"{attacker} ({role})"), *(_cell(counts[family]) for family in Family))
    return table


def _cell(outcomes: list[Outcome]) -> str:
    counts = Counter(one.finding.verdict for one in outcomes)
    text = str(counts[Verdict.PREVENTED])
    if any(counts[verdict] for verdict in _WENT_THROUGH):
        text += f" / {counts[Verdict.DETECTED]} / {counts[Verdict.OPEN]}"
    if any(one.is_failure for one in outcomes):
        return f"[bold red]{text}[/bold red]"
    return f"[green]{text}[/green]" if text.isdigit() else text


def _print_failures(console: Console, result: Result) -> None:
    failures = [one for one in result.outcomes if one.is_failure]
    for (role, verdict, path), group in _grouped(failures, lambda one: (one.role, one.finding.verdict, one.path)):
        what = "ERROR in the attack itself" if verdict is Verdict.ERROR else f"{str(verdict).upper()}, should be closed"
        console.print(f"[bold red]{what}[/bold red]: {escape(role)}, {path.family}: {escape(path.name)}{_on(group)}")
        console.print(f"  {escape(group[0].finding.by)}{_sqlstate(group[0])}")
        console.print(
            f"  mend: {escape(path.mend)}" if verdict is not Verdict.ERROR else "  mend: report it; it says nothing"
        )


def _print_by_reason(
    console: Console, result: Result, title: str, attacker: Attacker, reason: Callable[[Outcome], str]
) -> None:
    through = [
        one
        for one in result.outcomes
        if one.attacker is attacker and one.finding.verdict in _WENT_THROUGH and not one.is_failure
    ]
    if not through:
        return
    console.print(f"\n[bold]Open to the {attacker}[/bold], {title}:")
    for text, outcomes in _grouped(through, reason):
        console.print(f"  {escape(text)}")
        for (verdict, path), group in _grouped(outcomes, lambda one: (one.finding.verdict, one.path)):
            console.print(f"    {verdict}: {path.family}: {escape(path.name)}{_times(group)}")


def _print_not_tried(console: Console, result: Result) -> None:
    busy = [one for one in result.outcomes if one.finding.verdict is Verdict.NOT_TRIED]
    console.print("\n[bold]Not tried[/bold]")
    for path, reason in (NOT_TRIED | result.without_subject).items():
        console.print(f"  {escape(path)}: {escape(reason)}")
    if result.absent:
        roles = ", ".join(result.absent)
        console.print(f"  as {roles}: no login is given, and TRUST_ADMIN_DATABASE_URL names no superuser")
    for role, tables in result.without_row.items():
        console.print(f"  as {escape(role)}, on a row of the run's own: {', '.join(tables)} took none from it")
    for path, group in _grouped(busy, lambda one: one.path):
        console.print(
            f"  {path.family}: {escape(path.name)}{_on(group)}: others held locks on it; try at a quieter time"
        )


def _print_end(console: Console, result: Result) -> None:
    console.print(f"\n{len(result.outcomes)} attempts in {result.seconds:.1f} s, all rolled back.")
    if result.damage:
        console.print("[bold red]The database is not as it was:[/bold red] the attack, or somebody else meanwhile.")
        for line in result.damage:
            console.print(f"  {escape(line)}")
    else:
        others = f"; others have written {result.written_meanwhile} rows" if result.written_meanwhile else ""
        console.print(f"The catalogue is as before and no row is gone{others}. Sequences have moved on.")
    if not result.is_failure:
        console.print("[bold green]Every path that should be closed is closed.[/bold green]")


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], Any]) -> Iterable[tuple[Any, list[Outcome]]]:
    groups: dict[Any, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[key(one)].append(one)
    return groups.items()


def _times(outcomes: list[Outcome]) -> str:
    return f" ({len(outcomes)})" if len(outcomes) > 1 else ""


def _on(outcomes: list[Outcome]) -> str:
    names = [one.on for one in outcomes if one.on]
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return escape(f" on {', '.join(names[:_SHOWN])}{more}")


def _sqlstate(one: Outcome) -> str:
    return f" ({one.finding.sqlstate})" if one.finding.sqlstate else ""


def _mend(one: Outcome) -> str:
    return one.path.mend


def _found(one: Outcome) -> str:
    return one.path.found_by
