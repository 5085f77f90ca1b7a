"""The program: its commands, and what it says when something is wrong.

Exit status: 0 done; 1 it could not be done; 2 it was asked or configured wrongly; 130 interrupted.
"""

import asyncio
import inspect
import logging
import os
import sys
import traceback
from collections.abc import Coroutine
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn, TextIO, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from trust_models.errors import ConfigurationError, EnvironmentMismatch, TrustError

T = TypeVar("T")

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
        try:
            number = version("trust-models")
        except PackageNotFoundError:
            number = "(not installed)"
        typer.echo(f"trust-models {number}")
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
    if not debug:  # libraries log what the error will say, tracebacks and all
        logging.getLogger().addHandler(logging.NullHandler())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the asynchronous part of a command."""
    return asyncio.run(work)


def console(*, stderr: bool = False) -> Console:
    """Return what a command prints with: words as they are, wrapped by the terminal alone."""
    return Console(highlight=False, emoji=False, soft_wrap=True, stderr=stderr)


def shown(text: str) -> str:
    """Return text of others as it may be printed: no markup of Rich, and nothing that steers a terminal."""
    return escape("".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text))


def print_error(message: str) -> None:
    """Say on standard error what is wrong."""
    console(stderr=True).print(f"[bold red]error:[/bold red] {shown(message)}")


def execute() -> None:
    """Run the command that the arguments name."""
    # Each adds its command.
    from trust_models.cli import (  # noqa: PLC0415
        attack,  # noqa: F401
        audit,  # noqa: F401
        audit_ledger,  # noqa: F401
        audit_seal,  # noqa: F401
        audit_verify,  # noqa: F401
        demo,  # noqa: F401
        doctor,  # noqa: F401
        drift,  # noqa: F401
        lock,  # noqa: F401
        maintain,  # noqa: F401
        provision,  # noqa: F401
        upgrade,  # noqa: F401
    )

    _let_paragraphs_flow(app)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no "✓" gets a "?"
    try:
        app()
    except TrustError as error:
        _fail(error, str(error), status=_status(error))
    except OSError as error:
        _forget_unwritten(sys.stdout)
        _fail(error, f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", status=1)


def _let_paragraphs_flow(commands: typer.Typer) -> None:
    """Take the ends of lines out of help texts, which Typer would print as they stand in the source."""
    for command in commands.registered_commands:
        paragraphs = inspect.cleandoc((command.callback and command.callback.__doc__) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            _let_paragraphs_flow(group.typer_instance)


def _status(error: TrustError) -> int:
    # What is in a database is found, not asked for.
    return 2 if isinstance(error, ConfigurationError) and not isinstance(error, EnvironmentMismatch) else 1


def _forget_unwritten(stream: TextIO) -> None:
    """Drop what cannot be written, lest Python tries again at its end and reports that in its own way."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fail(error: Exception, message: str, *, status: int) -> NoReturn:
    if _debug:
        traceback.print_exception(error)
    else:
        print_error(message)
    sys.exit(status)
