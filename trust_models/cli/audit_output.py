"""How `trust-models audit` prints events. Whoever wrote an event could put anything into its texts."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from trust_models.audit.operation_tree import Node, is_captured
from trust_models.cli.app import console, shown
from trust_models.models import AuditLog

_WIDTH_OF_A_FILE = 1000
_STYLES = {"SUCCESS": "green", "FAILURE": "yellow", "DENIED": "red"}


def print_lines(events: Iterable[AuditLog]) -> None:
    """Print each event as one JSON object on a line of its own, in ASCII."""
    for event in events:
        sys.stdout.write(json.dumps(_columns(event), default=str) + "\n")
    sys.stdout.flush()


def print_table(events: Sequence[AuditLog]) -> None:
    """Print events as a table."""
    if not events:
        console(stderr=True).print("no event")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "time (UTC)", "actor", "action", "outcome", "entity"):
        table.add_column(heading, overflow="fold")
    for event in events:
        table.add_row(*_cells(event))
    _wide_console().print(table)


def print_one_line(event: AuditLog) -> None:
    """Print an event as it comes."""
    console().print("  ".join(_cells(event)))


def print_event(event: AuditLog) -> None:
    """Print all that an event says."""
    out = console()
    columns = {name: value for name, value in _columns(event).items() if value is not None}
    width = max(map(len, columns))
    for name, value in columns.items():
        out.print(f"[bold]{name:<{width}}[/bold]  {_text(value)}")


def print_forest(nodes: Iterable[Node], *, shown_event: AuditLog) -> None:
    """Print an operation as a tree, in which one event is marked."""
    out = _wide_console()
    out.print()
    for node in nodes:
        out.print(_tree(node, shown_event))


def print_problem(message: str) -> None:
    """Say what is wrong while the command goes on."""
    console(stderr=True).print(f"[bold yellow]warning:[/bold yellow] {shown(message)}")


def _wide_console() -> Console:
    """Return what folds columns to the width of a terminal, and leaves lines whole for a program or a file."""
    out = console()
    out.soft_wrap = False
    if not out.is_terminal:
        out.width = _WIDTH_OF_A_FILE
    return out


def _tree(node: Node, shown_event: AuditLog) -> Tree:
    event = node.event
    words = f"{event.id}  {_one_line(event.action)}  {_outcome(event)}  {_entity(event)}"
    if is_captured(event):
        words = f"[dim]{words}[/dim]"
    tree = Tree(f"[bold]{words}[/bold]" if event.id == shown_event.id else words)
    tree.children.extend(_tree(one, shown_event) for one in node.below)
    return tree


def _cells(event: AuditLog) -> tuple[str, ...]:
    actor = f"{event.actor_type} {event.actor_id}" if event.actor_id else str(event.actor_type)
    time = f"{event.created_at:%Y-%m-%d %H:%M:%S.%f}"
    return (str(event.id), time, _one_line(actor), _one_line(event.action), _outcome(event), _entity(event))


def _outcome(event: AuditLog) -> str:
    words = f"{event.outcome} {event.reason_code}" if event.reason_code else str(event.outcome)
    return f"[{_STYLES[event.outcome]}]{_one_line(words)}[/]"


def _entity(event: AuditLog) -> str:
    return _one_line(f"{event.entity_type} {event.entity_id}" if event.entity_id else event.entity_type)


def _text(value: object) -> str:
    return _one_line(json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))


def _one_line(text: str) -> str:
    return shown(text.replace("\n", "\N{REPLACEMENT CHARACTER}"))


def _columns(event: AuditLog) -> dict[str, Any]:
    columns = {name: getattr(event, name) for name in AuditLog._meta.fields_db_projection}
    return columns | {"created_at": event.created_at.isoformat(timespec="microseconds")}
