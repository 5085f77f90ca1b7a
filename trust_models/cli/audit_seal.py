"""`trust-models audit seal`."""

import re
from typing import Annotated

import typer

from trust_models.cli.app import console, run
from trust_models.cli.audit import audit

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_SECONDS = {"ms": 0.001, "s": 1.0, None: 1.0, "m": 60.0, "h": 3600.0}


def _duration(text: str) -> float:
    match = _DURATION.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise typer.BadParameter(f"{text!r} is no time like 5s, 250ms or 1m.")
    return float(match[1]) * _SECONDS[match[2]]


@audit.command()
def seal(
    *,
    once: Annotated[bool, typer.Option("--once", help="Do one round and end.")] = False,
    every: Annotated[
        float, typer.Option(parser=_duration, metavar="TIME", help="How often to look, like 5s or 250ms.")
    ] = "5s",  # type: ignore[assignment]  # Typer parses the default as well
) -> None:
    """Give committed events their places in the ledger, sign checkpoints and publish them, until Ctrl-C.

    Connects with DATABASE_URL, as trust_app or trust_archiver. Signs with the key of TRUST_LEDGER_KEY_FILE or
    TRUST_LEDGER_KEY, and publishes at TRUST_LEDGER_PUBLISH. With --once it ends with status 1 if something could not
    be published.
    """
    from trust_models.cli import sealing  # noqa: PLC0415 - no other command waits for it

    if once:
        raise typer.Exit(run(sealing.once(console())))
    run(sealing.forever(console(), every=every))
