"""`trust-models audit keygen`."""

from pathlib import Path
from typing import Annotated

import typer

from trust_models.cli.app import console, shown
from trust_models.cli.audit import audit


@audit.command()
def keygen(
    name: Annotated[
        str, typer.Argument(help="The name of the ledger, like example.org/trust_prod: no spaces, no plus.")
    ],
    output: Annotated[Path, typer.Option(help="The new file for the private key.")] = Path("ledger.key"),
) -> None:
    """Make a key that signs the checkpoints of a ledger, and print the public one, which checks them.

    The private key goes to a file that its owner alone may read, the public one to a file of the same name with .pub.
    Neither is ever overwritten. Needs no database. Keep the private key away from the database's machine.
    """
    from trust_models.ledger.key_files import write_key  # noqa: PLC0415 - no other command waits for it

    written = write_key(name, output)
    err = console(stderr=True)
    err.print(f"private key, for TRUST_LEDGER_KEY_FILE: {shown(str(written.private.absolute()))}")
    err.print(f"public key, for TRUST_LEDGER_PUBLIC_KEY: {shown(str(written.public.absolute()))}")
    typer.echo(str(written.verifier))
