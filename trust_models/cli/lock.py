"""`trust-models lock`."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.console import Console

from trust_models.cli.app import app, console, run, shown
from trust_models.errors import ConfigurationError, NotFound

if TYPE_CHECKING:
    from trust_models.schema.lock.overrides import Override
    from trust_models.schema.lock.status import LockStatus
    from trust_models.settings import DatabaseUrl

lock = typer.Typer(help="Lock the schema after a release, and let a migration through once.", no_args_is_help=True)
app.add_typer(lock, name="lock")

OverrideId = Annotated[UUID, typer.Argument(metavar="ID", help="The override, as `status` lists it.")]


@lock.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say whether the schema is locked, by whom, what watches it, and which overrides are open.

    Connects with TRUST_APPROVER_DATABASE_URL where it is set, otherwise with MIGRATION_DATABASE_URL, or outside
    production with DATABASE_URL. Exit status 1 when a lock that is engaged does not hold.
    """
    from trust_models.schema.lock.status import status as read  # noqa: PLC0415 - no other command waits for it

    found = run(read(_own_url()))
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2, default=str))
    else:
        _print_status(console(), found)
    if found.problems:
        raise typer.Exit(1)


@lock.command()
def engage() -> None:
    """Give the schema to trust_guard, which nobody can become, and have event triggers watch it.

    Connects with TRUST_ADMIN_DATABASE_URL to the database of the migrations; event triggers need a superuser.
    """
    from trust_models.schema.lock.engage import engage as lock_it  # noqa: PLC0415 - no other command waits for it

    url, out = _administrators_url(), console()
    out.print("moving the schema to trust_guard …")
    done = run(lock_it(url))
    out.print(f"locked; {shown(done.previous_owner)} owns nothing of it any more")
    if not done.event_triggers:
        out.print("without event triggers: they need a superuser, and ownership alone does not hold one")
    if not done.database_moved:
        out.print("the database itself was not moved: this administrator may not; its owner can rename and set it")
    for owner in done.left_behind:
        out.print(f"[bold red]something new belongs to {shown(owner)}[/bold red]: release, and engage again")


@lock.command()
def release() -> None:
    """Give the schema back to the role that owned it before; needs an approved override.

    Connects as `engage` does. Ask with `request --release`.
    """
    from trust_models.schema.lock.release import release as give_back  # noqa: PLC0415 - no other command waits for it

    out = console()
    done = run(give_back(_administrators_url()))
    out.print(f"released; the schema belongs to {shown(done.owner)} again")
    if done.event_triggers_left:
        out.print("the event triggers are still there, and do nothing until the next lock: only a superuser drops them")


@lock.command()
def request(
    reason: Annotated[str, typer.Option(help="Why, for whoever approves and for the record.")],
    migration: Annotated[str | None, typer.Argument(help="The migration, as `aerich history` names it.")] = None,
    release: Annotated[bool, typer.Option("--release", help="Ask to release the lock instead.")] = False,
) -> None:
    """Ask for an override: permission to run the text of one migration of this package, once.

    Connects with MIGRATION_DATABASE_URL, or outside production with DATABASE_URL, as the role that migrates.
    """
    from trust_models.schema.lock import overrides  # noqa: PLC0415 - no other command waits for it
    from trust_models.schema.lock.texts import RELEASE  # noqa: PLC0415

    if release == (migration is not None):
        raise ConfigurationError("Neither or both were asked for.", hint="Name a migration, or give --release.")
    _check_reason(reason)
    made = run(overrides.request(_migration_url(), migration or RELEASE, reason))
    out = console()
    _print_override(out, made)
    out.print("somebody else, whose login is a member of trust_approver alone, now runs:")
    out.print(f"  trust-models lock approve {made.id}")


@lock.command()
def approve(
    override: OverrideId,
    sha256: Annotated[str | None, typer.Option(help="The SHA-256 of the text that you have read.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it may be used.")] = 60,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needs --sha256.")] = False,
) -> None:
    """Show the text of an override, who asked for it and why; then approve it.

    Connects with TRUST_APPROVER_DATABASE_URL.
    """
    from trust_models.schema.lock import overrides  # noqa: PLC0415 - no other command waits for it
    from trust_models.settings import OperatorSettings  # noqa: PLC0415

    if yes and sha256 is None:
        raise ConfigurationError("--yes approves what nobody has read.", hint="Give the --sha256 of what you have.")
    url, out = OperatorSettings.load().for_approval(), console()
    asked = run(overrides.find(url, override))
    read = _show_text(out, asked) or sha256
    _print_override(out, asked)
    if read is None:
        raise NotFound(
            "The text of this override is not in this package.",
            hint="Read it where it will be deployed from, and give its --sha256.",
        )
    if not yes:
        typer.confirm("Have you read the text, and may it run?", abort=True)
    done = run(overrides.approve(url, override, sha256 or read, timedelta(minutes=minutes)))
    out.print(f"approved until {done.expires_at:%Y-%m-%d %H:%M:%S} UTC, for one use")


@lock.command()
def revoke(override: OverrideId) -> None:
    """Take an override back before it is used.

    Connects as `status` does: as whoever asked for it, or as an approver.
    """
    from trust_models.schema.lock import overrides  # noqa: PLC0415 - no other command waits for it

    run(overrides.revoke(_own_url(), override))
    console().print(f"revoked {override}")


def _check_reason(reason: str) -> None:
    """Raise ConfigurationError for what the database would refuse by a rule that names no option."""
    from trust_models.schema.lock.overrides import REASON_LENGTH  # noqa: PLC0415 - no other command waits for it

    if not reason.strip():
        raise ConfigurationError("--reason: it is blank.", hint="Say why, for whoever approves and for the record.")
    if len(reason) > REASON_LENGTH:
        raise ConfigurationError(
            f"--reason: it has {len(reason):,} characters.", hint=f"Say it in {REASON_LENGTH:,} at most."
        )


def _migration_url() -> "DatabaseUrl":
    from trust_models.settings import Settings  # noqa: PLC0415 - no other command waits for it

    return Settings.load().for_migrations()


def _own_url() -> "DatabaseUrl":
    """Return the URL of an approver, who may have no other, or that of migrations."""
    from trust_models.settings import OperatorSettings  # noqa: PLC0415 - no other command waits for it

    return OperatorSettings.load().approver_database_url or _migration_url()


def _administrators_url() -> "DatabaseUrl":
    from trust_models.settings import OperatorSettings  # noqa: PLC0415 - no other command waits for it

    return OperatorSettings.load().for_administration().replace(database=_migration_url().database)


def _show_text(out: Console, asked: "Override") -> str | None:
    """Print the text that an override is for, if this package has it; return its SHA-256."""
    from trust_models.schema.lock.texts import sha256, text_of  # noqa: PLC0415 - no other command waits for it

    try:
        text = run(text_of(asked.migration))
    except NotFound:
        return None
    if sha256(text) != asked.sql_sha256:
        return None
    out.print(shown(text))
    return asked.sql_sha256


def _print_override(out: Console, one: "Override") -> None:
    out.print(f"override  {one.id} ({one.state})")
    out.print(f"text      {shown(one.migration)}, SHA-256 {one.sql_sha256}")
    out.print(f"asked by  {shown(one.requested_by)} on {one.requested_at:%Y-%m-%d %H:%M:%S} UTC")
    out.print(f"because   {shown(one.reason)}")
    if one.approved_by is not None and one.expires_at is not None:
        out.print(f"approved  by {shown(one.approved_by)}, until {one.expires_at:%Y-%m-%d %H:%M:%S} UTC")


def _print_status(out: Console, found: "LockStatus") -> None:
    if found.engagement is None:
        out.print("the schema is not locked")
    else:
        by, since = shown(found.engagement.engaged_by), found.engagement.engaged_at
        out.print(f"the schema is locked since {since:%Y-%m-%d %H:%M:%S} UTC, by {by}")
        holding = sum(trigger.holds for trigger in found.event_triggers)
        out.print(f"event triggers: {holding} of {len(found.event_triggers)} hold")
    for problem in found.problems:
        out.print(f"[bold red]problem:[/bold red] {shown(problem)}")
    for warning in found.warnings:
        out.print(f"[bold yellow]warning:[/bold yellow] {shown(warning)}")
    for one in found.overrides:
        _print_override(out, one)
    if not found.overrides:
        out.print("no override is open")
