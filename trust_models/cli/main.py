"""The program: its commands, and what it says when something is wrong.

Exit status: 0 done; 1 it could not be done; 2 it was asked or configured wrongly; 130 interrupted.
"""

import asyncio
import sys
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from trust_models.errors import ConfigurationError, TrustError

T = TypeVar("T")

INTERRUPTED = 130

app = typer.Typer(
    help="Records that recruiters and auditors can rely on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_debug = False


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - the signature is Typer's
    if wanted:
        typer.echo(f"trust-models {version('trust-models')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Records that recruiters and auditors can rely on."""
    global _debug  # noqa: PLW0603 - one process, one command line
    _debug = debug


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the asynchronous part of a command."""
    return asyncio.run(work)


def main() -> None:
    """Run the program."""
    from trust_models.cli import demo, maintain, upgrade  # noqa: F401, PLC0415 - each adds its command

    try:
        app()
    except TrustError as error:
        if _debug:
            raise
        message = f"[bold red]error:[/bold red] {escape(str(error))}"
        Console(stderr=True, highlight=False).print(message, soft_wrap=True)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
    except KeyboardInterrupt:
        if _debug:
            raise
        Console(stderr=True).print("\ninterrupted; nothing is left running")
        sys.exit(INTERRUPTED)
