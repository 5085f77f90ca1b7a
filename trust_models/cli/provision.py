"""`trust-models provision`."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trust_models.cli.app import app, console, run, shown
from trust_models.enums import StrEnum
from trust_models.errors import TrustError

if TYPE_CHECKING:
    from trust_models.provisioning.plan import Place
    from trust_models.provisioning.provision import Provisioning
    from trust_models.provisioning.report import Line


class Provisioned(StrEnum):
    """The environments that have a database on a server; tests make their own."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


MARKS = {"done": "[green]✓[/green]", "there": "[dim]=[/dim]", "not done": "[yellow]![/yellow]"}


@app.command()
def provision(
    environment: Annotated[
        list[Provisioned] | None,
        typer.Option(help="Which environments; by default both. May be given twice."),
    ] = None,
    login: Annotated[
        list[str] | None,
        typer.Option(help="NAME=ROLE: a login of their own for a person, like alice=trust_approver. May be repeated."),
    ] = None,
    rotate: Annotated[bool, typer.Option("--rotate", help="Give every login of them a new password.")] = False,
    print_sql: Annotated[bool, typer.Option("--print-sql", help="Print a script for psql that does it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make roles, logins and databases on a server, mark the databases, and mend what has drifted.

    Connects with TRUST_ADMIN_DATABASE_URL. Run again it changes nothing. A password is read from the variable
    TRUST_PROD_APP_PASSWORD and the like, or generated; new credentials are printed once, on standard output.
    """
    # Loaded only now, so that no other command waits for it.
    from trust_models.provisioning import script  # noqa: PLC0415
    from trust_models.provisioning.provision import Provisioning  # noqa: PLC0415
    from trust_models.settings import OperatorSettings  # noqa: PLC0415

    places = _places(environment or [], login or [])
    given = _given(places)
    if print_sql:
        typer.echo(script.script(places, given), nl=False)
        return
    lines: list[Line] = []
    names = [name for place in places for name in place.login_names]
    work = Provisioning(
        OperatorSettings.load().for_administration(),
        places,
        given=given,
        renew=names if rotate else (),
        say=lambda line: _say(line, lines),
    )
    try:
        run(work.run())
    except TrustError as error:
        _hand_over(work, lines, as_json=as_json, error=str(error))
        raise
    _hand_over(work, lines, as_json=as_json)


def _places(environments: Iterable[str], logins: Iterable[str]) -> "tuple[Place, ...]":
    from trust_models.provisioning import plan  # noqa: PLC0415

    wanted = set(environments)
    places = [place for place in plan.PLACES if not wanted or place.environment.value in wanted]
    return plan.with_logins(places, map(plan.Login.parse, logins))


def _given(places: "Iterable[Place]") -> Mapping[str, str]:
    """Return the passwords that the environment holds, by login."""
    from trust_models.provisioning import passwords  # noqa: PLC0415

    given: dict[str, str] = {}
    for place in places:
        for login in place.logins:
            if password := os.environ.get(login.password_variable):
                passwords.check(login.password_variable, password)
                given[login.name] = password
    return given


def _say(line: "Line", lines: "list[Line]") -> None:
    lines.append(line)
    console(stderr=True).print(f"{MARKS[line.state]} {shown(line.text)}")


def _hand_over(work: "Provisioning", lines: "list[Line]", *, as_json: bool, error: str | None = None) -> None:
    """Print what was done and the new credentials, also when it stopped half-way: nobody gets them again."""
    from trust_models.provisioning.credentials import credential_lines, urls  # noqa: PLC0415

    if as_json:
        result: dict[str, Any] = {state: [line.text for line in lines if line.state == state] for state in MARKS}
        result["credentials"] = {
            place.environment.value: {
                name: url.to_url() for name, url in urls(work.admin, place, work.credentials).items()
            }
            for place in work.places
        }
        typer.echo(json.dumps(result | {"error": error}, indent=2))
        return
    if not error and not any(line.state == "done" for line in lines):
        console(stderr=True).print("nothing to do: all is there")
    for place in work.places:
        for text in credential_lines(work.admin, place, work.credentials):
            typer.echo(text)
