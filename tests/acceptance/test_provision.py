"""`trust-models provision`: what it prints, where, and with which exit status."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.addresses import SECRET, where_nobody_answers
from tests.fixtures.bookkeeping import connected
from tests.fixtures.program import Ended, Program
from tests.fixtures.provisioned import LEFT_OUT
from trust_models.db.schema_head import packaged
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl

LOGINS = ("owner", "app", "reader", "archiver", "approver")


@pytest.fixture
def admin() -> Iterator[DatabaseUrl]:
    """The superuser of a server on which there is nothing."""
    with EmbeddedServer() as server:
        yield DatabaseUrl.parse(server.url())


def program(folder: Path, admin: DatabaseUrl | None, **environment: str) -> Program:
    url = {} if admin is None else {"TRUST_ADMIN_DATABASE_URL": admin.to_url()}
    return Program(folder, environment=url | environment)


def settings_in(run: Ended) -> dict[str, dict[str, str]]:
    """The lines of a `.env` file for each environment that was printed."""
    blocks = re.split(r"^# (\w+): shown once.*\n", run.output, flags=re.MULTILINE)
    return {
        name: dict(line.split("=", 1) for line in block.splitlines() if not line.startswith("#"))
        for name, block in zip(blocks[1::2], blocks[2::2], strict=True)
    }


async def test_from_nothing_to_a_migrated_database(admin: DatabaseUrl, tmp_path: Path) -> None:
    first = await program(tmp_path, admin).run("provision")
    assert first.status == 0, first.errors
    assert "✓ made the database trust_dev\n" in first.errors
    assert "✓ marked trust_prod as production\n" in first.errors
    found = settings_in(first)
    assert {name: tuple(sorted(values)) for name, values in found.items()} == dict.fromkeys(
        ("development", "production"),
        ("DATABASE_URL", "MIGRATION_DATABASE_URL", "TRUST_APPROVER_DATABASE_URL", "TRUST_ENVIRONMENT"),
    )
    assert "# trust_prod_reader, a login of trust_reader: postgresql://trust_prod_reader:" in first.output

    # What it prints is a `.env` file.
    (tmp_path / ".env").write_text(first.output.partition("# production")[0])
    upgraded = await Program(tmp_path).run("upgrade")
    assert upgraded.output.count("applied ") == len(packaged()), upgraded.said

    again = await program(tmp_path, admin).run("provision")
    assert (again.status, again.output) == (0, "")
    assert [line for line in again.errors.splitlines() if LEFT_OUT not in line] == [
        "= roles and logins, with their rights and no more",
        "= the database trust_dev, marked as development, with its rights",
        "= the database trust_prod, marked as production, with its rights",
        "nothing to do: all is there",
    ]


async def test_one_environment_a_login_and_a_given_password(admin: DatabaseUrl, tmp_path: Path) -> None:
    given = "one/that@somebody:gave"
    run = await program(tmp_path, admin, TRUST_PROD_APP_PASSWORD=given).run(
        "provision", "--environment", "production", "--login", "alice=trust_approver"
    )
    assert run.status == 0, run.errors
    assert DatabaseUrl.parse(settings_in(run)["production"]["DATABASE_URL"]).password == given
    (alice,) = re.findall(r"^# alice, a login of trust_approver: (\S+)$", run.output, flags=re.MULTILINE)
    async with connected(DatabaseUrl.parse(alice)) as connection:
        assert await connection.fetchval("SELECT trust.environment()") == "production"
    async with connected(admin) as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'trust_dev'") == 0


async def test_rotating_prints_every_password_anew(admin: DatabaseUrl, tmp_path: Path) -> None:
    first, second = [
        json.loads((await program(tmp_path, admin).run("provision", "--json", *options)).output)
        for options in ([], ["--rotate"])
    ]
    names = {f"trust_{place}_{login}" for place in ("dev", "prod") for login in LOGINS}
    for result in (first, second):
        assert {name for urls in result["credentials"].values() for name in urls} == names
        assert result["error"] is None
        assert [text for text in result["not done"] if not text.startswith(LEFT_OUT)] == []
    assert all(text.endswith("a new password") for text in second["done"])
    for name, url in second["credentials"]["production"].items():
        assert url != first["credentials"]["production"][name]
        async with connected(DatabaseUrl.parse(url)):
            """It opens."""


async def test_json_of_a_second_run(admin: DatabaseUrl, tmp_path: Path) -> None:
    await program(tmp_path, admin).run("provision")
    run = await program(tmp_path, admin).run("provision", "--json")
    result = json.loads(run.output)
    assert (result["done"], result["credentials"]) == ([], {"development": {}, "production": {}})
    assert len(result["there"]) == 3


async def test_a_database_that_is_marked_otherwise(admin: DatabaseUrl, tmp_path: Path) -> None:
    await program(tmp_path, admin).run("provision")
    async with connected(admin.replace(database="trust_dev")) as connection:
        await connection.execute("INSERT INTO trust.environment (name) VALUES ('production')")
    run = await program(tmp_path, admin).run("provision")
    assert (run.status, run.output) == (1, "")
    assert run.errors.splitlines()[-1] == (
        "error: The database trust_dev is marked as production, not as development. Leave it, or let its owner mark it"
        " anew: a row in trust.environment, whose newest one counts."
    )


async def test_the_script_needs_no_server_and_no_url(tmp_path: Path) -> None:
    run = await program(tmp_path, None).run("provision", "--print-sql", "--environment", "production")
    assert (run.status, run.errors) == (0, "")
    assert "\\connect trust_prod\n" in run.output
    assert "\\connect trust_dev\n" not in run.output


async def test_no_url(tmp_path: Path) -> None:
    run = await program(tmp_path, None).run("provision")
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith("error: TRUST_ADMIN_DATABASE_URL: it is not set; give the URL of a superuser, or the")


async def test_a_server_that_is_down(tmp_path: Path) -> None:
    with where_nobody_answers() as url:
        run = await program(tmp_path, url).run("provision")
    assert (run.status, run.output) == (1, "")
    assert run.errors.startswith("error: The database cannot be reached: ")
    assert SECRET not in run.errors


async def test_a_wrong_password(admin: DatabaseUrl, tmp_path: Path) -> None:
    run = await program(tmp_path, admin.replace(password=SECRET)).run("provision")
    assert (run.status, run.said) == (1, 'error: Password authentication failed for user "postgres".\n')


@pytest.mark.parametrize(
    ("password", "problem"),
    [("short", "the password is shorter than 16 characters"), ("mysecretpassword", "the password is well known")],
)
async def test_a_password_that_may_not_be_used(tmp_path: Path, password: str, problem: str) -> None:
    run = await program(tmp_path, None, TRUST_DEV_OWNER_PASSWORD=password).run("provision")
    assert (run.status, run.output) == (2, "")
    assert run.errors.startswith(f"error: TRUST_DEV_OWNER_PASSWORD: {problem}.")
    assert password not in run.errors.replace(problem, "")


@pytest.mark.parametrize(
    "options", [["--environment", "test"], ["--login", "alice"], ["--login", "trust_app=trust_app"]]
)
async def test_what_makes_no_sense_is_a_wrong_usage(tmp_path: Path, options: list[str]) -> None:
    run = await program(tmp_path, None).run("provision", *options)
    assert (run.status, run.output) == (2, "")
    assert options[0] in run.errors
    assert "Traceback" not in run.errors
