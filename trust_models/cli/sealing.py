"""What `trust-models audit seal` does and prints."""

import asyncio
import time

import asyncpg
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from trust_models.cli.app import shown
from trust_models.ledger.sealer.configured import configured_sealer, connect
from trust_models.ledger.sealer.sealer import Sealed, Sealer
from trust_models.ledger.sealer.task import PASSING
from trust_models.settings import LedgerSettings, Settings


async def once(console: Console) -> int:
    """Do one round; return the exit status, 1 if something could not be published."""
    settings, sealer = _begin(console)
    connection = await connect(settings)
    try:
        with Progress(
            TextColumn("sealing"), TextColumn("{task.completed:,.0f} events"), TimeElapsedColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        ) as progress:  # fmt: skip
            task = progress.add_task("sealing", total=None)
            sealer.progress = lambda leaves: progress.advance(task, leaves)
            done = await sealer.seal(connection)
    finally:
        connection.terminate()
    _print(console, done)
    return 1 if done.unpublished else 0


async def forever(console: Console, *, every: float) -> None:
    """Do one round after the other; wait for a database or a place that cannot be reached."""
    settings, sealer = _begin(console)
    while True:
        try:
            connection = await connect(settings)
            try:
                await _rounds(console, sealer, connection, every=every)
            finally:
                connection.terminate()
        except PASSING as error:
            console.print(f"not sealed, trying again: {shown(str(error))}")
            await asyncio.sleep(every)


async def _rounds(console: Console, sealer: Sealer, connection: asyncpg.Connection, *, every: float) -> None:
    while True:
        begun = time.monotonic()
        done = await sealer.seal(connection)
        if done.leaves or done.checkpoint or done.unpublished:
            _print(console, done)
        await asyncio.sleep(max(0.0, begun + every - time.monotonic()))


def _begin(console: Console) -> tuple[Settings, Sealer]:
    sealer = configured_sealer(LedgerSettings.load())
    if not sealer.publishers:
        console.print(
            "Nothing is published: whoever owns the database and this key could replace the ledger."
            " Set TRUST_LEDGER_PUBLISH."
        )
    return Settings.load(), sealer


def _print(console: Console, done: Sealed) -> None:
    parts = [f"{done.leaves:,} events sealed", f"{done.size:,} leaves"]
    if done.checkpoint is not None:
        parts.append(f"checkpoint {done.checkpoint}")
    parts += [f"published at {shown(place)}" for place in done.published]
    parts += [f"NOT published at {shown(reason)}" for reason in done.unpublished]
    console.print("; ".join(parts))
