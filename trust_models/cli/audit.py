"""`trust-models audit`."""

from datetime import datetime, timezone
from typing import Annotated, Any

import typer

from trust_models.cli.app import app, console, print_error, run
from trust_models.enums import ActorType, Outcome
from trust_models.errors import ConfigurationError

audit = typer.Typer(help="Read the audit log, and look after its events.", no_args_is_help=True)
app.add_typer(audit, name="audit")

_HIGHEST_NUMBER = 2**63 - 1


def _in_range(number: int | None) -> int | None:
    if number is not None and not 0 <= number <= _HIGHEST_NUMBER:
        raise ConfigurationError(f"{number} is no number that the log could have: they go from 0 to {_HIGHEST_NUMBER}.")
    return number


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
After = Annotated[int | None, typer.Option(callback=_in_range, help="Go on from the event with this number.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many events at most.")]
OldestFirst = Annotated[bool, typer.Option("--oldest-first", help="Print the oldest events first.")]


@audit.command("list")
def list_events(  # noqa: PLR0913 - each is an option
    *,
    actor: Annotated[str | None, typer.Option(help="The id of who acted.")] = None,
    actor_type: Annotated[ActorType | None, typer.Option(help="The kind of who acted.")] = None,
    on_behalf_of: Annotated[str | None, typer.Option(help="The id of whom it was done for.")] = None,
    action: Annotated[str | None, typer.Option(help="The action, like lab_session.complete.")] = None,
    outcome: Annotated[list[Outcome] | None, typer.Option(help="How it ended. May be repeated.")] = None,
    entity_type: Annotated[str | None, typer.Option(help="The kind of record, like lab_session.")] = None,
    entity_id: Annotated[str | None, typer.Option(help="The record; needs --entity-type.")] = None,
    request: Annotated[str | None, typer.Option(help="The id of the request.")] = None,
    operation: Annotated[str | None, typer.Option(help="The id of the operation.")] = None,
    transaction: Annotated[int | None, typer.Option(callback=_in_range, help="The number of the transaction.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on, in ISO 8601; UTC if it has no zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    after: After = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=1000, help="How many events at most; 50 if it is left out.")
    ] = None,
    oldest_first: OldestFirst = False,
    follow: Annotated[bool, typer.Option("--follow", help="Print new events as they are committed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List events, the newest first, or follow what comes.

    Connects with DATABASE_URL, as trust_app or trust_reader. --follow takes neither --after nor --limit nor
    --oldest-first, and ends with Ctrl-C.
    """
    from trust_models.audit import EventFilter  # noqa: PLC0415 - no other command waits for it
    from trust_models.cli import audit_reading as reading  # noqa: PLC0415

    where = EventFilter(
        actor_id=actor,
        actor_type=actor_type,
        on_behalf_of=on_behalf_of,
        action=action,
        outcomes=tuple(outcome or ()),
        request_id=request,
        operation_id=operation,
        transaction_id=transaction,
        since=_moment("--since", since),
        until=_moment("--until", until),
        **_entity(entity_type, entity_id),
    )
    if follow:
        if after is not None or limit is not None or oldest_first:
            raise ConfigurationError(
                "--follow begins now, and has no end.", hint="Leave --after, --limit and --oldest-first out."
            )
        run(reading.follow(where, as_json=as_json))
    else:
        run(reading.print_page(where, after=after, limit=limit or 50, oldest_first=oldest_first, as_json=as_json))


@audit.command()
def show(
    event_id: Annotated[int, typer.Argument(metavar="ID", callback=_in_range, help="The number of the event.")],
    as_json: AsJson = False,
) -> None:
    """Show one event, with the other events of its operation as a tree.

    Connects with DATABASE_URL, as trust_app or trust_reader.
    """
    from trust_models.cli import audit_reading as reading  # noqa: PLC0415 - no other command waits for it

    run(reading.show(event_id, as_json=as_json))


@audit.command()
def timeline(
    entity_type: Annotated[str, typer.Argument(help="The kind of record, like lab_session.")],
    entity_id: Annotated[str, typer.Argument(help="Its id.")],
    after: After = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List what was done to one record, the oldest first: operations and captured changes.

    Connects with DATABASE_URL, as trust_app or trust_reader.
    """
    from trust_models.audit import Entity, EventFilter  # noqa: PLC0415 - no other command waits for it
    from trust_models.cli import audit_reading as reading  # noqa: PLC0415

    where = EventFilter(entity=Entity(entity_type, entity_id))
    run(reading.print_page(where, after=after, limit=limit, oldest_first=True, as_json=as_json))


@audit.command()
def replay() -> None:
    """Write the events that wait in the folder TRUST_AUDIT_SPOOL to the audit log, each once.

    Connects with DATABASE_URL, as the service. Safe beside the service and beside another replay. Exit status 1 when
    some are still waiting, because their transactions are under way, or somebody has to see to a file.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.db.spool_maintenance import replay_once  # noqa: PLC0415
    from trust_models.settings import Settings  # noqa: PLC0415

    passed = run(replay_once(Settings.load()))
    out = console()
    out.print(f"lines replayed: {passed.done}; waiting: {passed.waiting}")
    if passed.elsewhere:
        out.print(f"left alone, because they are of another database: {passed.elsewhere}")
    for problem in passed.problems:
        print_error(problem)
    if passed.waiting or passed.problems:
        raise typer.Exit(1)


def _entity(kind: str | None, key: str | None) -> dict[str, Any]:
    from trust_models.audit import Entity  # noqa: PLC0415 - no other command waits for it

    if key is None:
        return {"entity_type": kind}
    if kind is None:
        raise ConfigurationError("--entity-id names no kind of record.", hint="Give --entity-type as well.")
    return {"entity": Entity(kind, key)}


def _moment(option: str, text: str | None) -> datetime | None:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - no other command waits for it

    if text is None:
        return None
    try:
        # Pydantic takes a number for seconds since 1970: 20261123 would be a day in August of that year.
        moment = TypeAdapter(datetime).validate_python("" if text.lstrip("+-").replace(".", "").isdigit() else text)
    except ValidationError:
        raise ConfigurationError(
            f"{option} is not a time.", hint="Write it in ISO 8601, like 2026-11-23T14:00:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
