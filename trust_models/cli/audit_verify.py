"""`trust-models audit verify`, `prove` and `check`: what an auditor asks."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trust_models.cli.app import console, run, shown
from trust_models.cli.audit import AsJson, audit

if TYPE_CHECKING:
    from trust_models.ledger.keys import Verifier
    from trust_models.ledger.published import Published

PublicKey = Annotated[
    list[str] | None,
    typer.Option(
        help="A public key of the ledger, or a file with some. May be repeated. TRUST_LEDGER_PUBLIC_KEY if left out."
    ),
]
_LONGEST_PROOF = 64 * 2**20


@audit.command()
def verify(  # noqa: PLR0913 - each is an option
    *,
    public_key: PublicKey = None,
    published: Annotated[
        list[str] | None,
        typer.Option(
            help="Where the ledger is published: a folder or a URL. May be repeated. TRUST_LEDGER_PUBLISH if left out."
        ),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="A file that keeps up to where was verified; then only what is new is.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Verify everything again, in spite of --state.")] = False,
    max_lag: Annotated[
        int, typer.Option(min=0, help="Seconds that an event may wait for its leaf, and a leaf for its checkpoint.")
    ] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare the audit log with its ledger, and the ledger with what was published of it. Changes nothing.

    Connects with DATABASE_URL, as trust_reader or any role that may read. Exit status: 0 nothing is wrong; 10 something
    is not proven yet; 20 events are not what the ledger says; 30 the ledger is not what was published.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.cli import audit_verify_output as output  # noqa: PLC0415
    from trust_models.ledger.verifier.auditing import audit_log  # noqa: PLC0415
    from trust_models.ledger.verifier.claims import Claims  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    keys = _verifiers(public_key)
    places = _places(published)
    claims = Claims(keys, places, None, timedelta(seconds=max_lag))
    with output.progress() as told:
        report = run(audit_log(Settings.load().database_url, claims, told=told, state=state, afresh=full))
    if as_json:
        output.print_json(report)
    else:
        output.print_report(report)
    raise typer.Exit(int(report.severity))


@audit.command()
def prove(
    event_id: Annotated[int, typer.Argument(metavar="ID", help="The number of the event.")],
    output: Annotated[Path | None, typer.Option(help="The new file; ID.tlog-proof if it is left out.")] = None,
    public_key: PublicKey = None,
) -> None:
    """Write the proof that an event happened, in a file that proves it without the database.

    Connects with DATABASE_URL, as trust_reader or any role that may read. The file holds the event itself.
    """
    from trust_models.ledger.verifier.proving import Prover  # noqa: PLC0415 - as above
    from trust_models.ledger.verifier.snapshot import opened  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    keys = _verifiers(public_key)

    async def proof_text() -> str:
        async with opened(Settings.load().database_url) as source:
            return str(await Prover(source, keys).prove(event_id))

    path = output or Path(f"{event_id}.tlog-proof")
    text = run(proof_text())
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(text)
    console(stderr=True).print(f"proof of event {event_id}: {shown(str(path))}")


@audit.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file that `prove` wrote.")],
    public_key: PublicKey = None,
    as_json: AsJson = False,
) -> None:
    """Check the proof of an event, with the public key alone: no database, no network. Prints the event.

    Exit status 1 when the file proves nothing.
    """
    from trust_models.cli import audit_verify_output as output  # noqa: PLC0415 - as above
    from trust_models.errors import InvalidNote  # noqa: PLC0415
    from trust_models.ledger.canonical import decode  # noqa: PLC0415
    from trust_models.ledger.proof_file import ProofFile  # noqa: PLC0415

    keys = _verifiers(public_key)
    with file.open("rb") as opened:
        data = opened.read(_LONGEST_PROOF + 1)
    try:
        if len(data) > _LONGEST_PROOF:
            raise InvalidNote("The file is too large for a proof.")
        text = data.decode()
    except UnicodeDecodeError:
        raise InvalidNote("This is no proof: it is not UTF-8.") from None
    proof = ProofFile.parse(text)
    signed = proof.verify(keys)
    event = decode(proof.extra or b"")
    if as_json:
        output.print_proven_json(event, proof, signed)
    else:
        output.print_proven(event, proof, signed)


def _verifiers(given: list[str] | None) -> "list[Verifier]":
    from trust_models.ledger.key_files import read_verifiers, verifiers  # noqa: PLC0415 - as above
    from trust_models.settings import LedgerSettings  # noqa: PLC0415

    if not given:
        return verifiers(LedgerSettings.load())
    return [key for one in given for key in read_verifiers(_absolute(one), setting="--public-key")]


def _absolute(given: str) -> str:
    """Return a file's name as an absolute one; a key stays what it is."""
    path = Path(given)
    return str(path.absolute()) if "+" not in given or path.is_file() else given


def _places(given: list[str] | None) -> "list[Published]":
    from trust_models.ledger.published import Published  # noqa: PLC0415 - as above
    from trust_models.settings import LedgerSettings  # noqa: PLC0415

    named = [one if "://" in one else str(Path(one).absolute()) for one in given or ()]
    return [Published.open(one) for one in named or LedgerSettings.load().ledger_publish]
