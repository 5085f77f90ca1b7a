"""`--print-sql`: psql makes of the script what the program makes."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.provisioned import provision, state
from trust_models.provisioning.embedded import EmbeddedServer, find_binaries
from trust_models.provisioning.plan import DEVELOPMENT, PLACES, Login, with_logins
from trust_models.provisioning.script import script
from trust_models.settings import DatabaseUrl

GIVEN = {"trust_dev_app": "one-that-somebody-gave"}


async def psql(url: DatabaseUrl, text: str, folder: Path) -> tuple[int, str]:
    """Run a script as a person would; return the exit status and what psql complained of.

    Some servers list the extension uuid-ossp and lack its library; nothing needs it.
    """
    file = folder / "provision.sql"
    file.write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        find_binaries() / "psql", "-X", "-f", file, url.to_url(), stdout=PIPE, stderr=PIPE, env={"LC_ALL": "C"}
    )
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    left_out = ("NOTICE:", "could not load library")
    lines = [line for line in errors.decode().splitlines() if not any(text in line for text in left_out)]
    return process.returncode, "\n".join(lines)


async def admin_of(server: EmbeddedServer, kind: str) -> DatabaseUrl:
    superuser = DatabaseUrl.parse(server.url())
    if kind == "superuser":
        return superuser
    async with connected(superuser) as connection:
        await connection.execute("CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'of-the-managed-admin'")
    return superuser.replace(user="admin", password="of-the-managed-admin")


@pytest.mark.parametrize("kind", ["superuser", "managed"])
async def test_the_result_is_that_of_the_program(tmp_path: Path, kind: str) -> None:
    places = with_logins(PLACES, [Login("alice", "trust_approver")])
    with EmbeddedServer() as by_program, EmbeddedServer() as by_psql:
        program, person = await admin_of(by_program, kind), await admin_of(by_psql, kind)
        made = await provision(program, *places, given=GIVEN)
        status, errors = await psql(person, script(places, GIVEN), tmp_path)
        assert status == 0, errors
        # What fails is not essential, and the program says it too.
        failed = [note for note in made.texts("not done") if "permission denied" in note]
        assert len(failed) == errors.count("ERROR:"), errors

        expected = await state(DatabaseUrl.parse(by_program.url()), *places)
        found = await state(DatabaseUrl.parse(by_psql.url()), *places)
        assert found == expected

        status, errors = await psql(person, script(places, GIVEN), tmp_path)
        assert (status, errors.count("ERROR:")) == (0, len(failed)), errors
        assert await state(DatabaseUrl.parse(by_psql.url()), *places) == expected
        assert (await provision(person, *places)).texts("done") == []

        given = person.replace(database="trust_dev", user="trust_dev_app", password=GIVEN["trust_dev_app"])
        async with connected(given) as app:
            assert await app.fetchval("SELECT trust.environment()") == "development"


async def test_it_stops_at_a_database_of_another_environment(tmp_path: Path) -> None:
    with EmbeddedServer() as server:
        superuser = DatabaseUrl.parse(server.url())
        await provision(superuser, DEVELOPMENT)
        async with connected(superuser.replace(database=DEVELOPMENT.database)) as admin:
            await admin.execute("INSERT INTO trust.environment (name) VALUES ('production')")
            await admin.execute(f"GRANT CONNECT ON DATABASE {DEVELOPMENT.database} TO PUBLIC")
        before = await state(superuser, DEVELOPMENT)
        status, errors = await psql(superuser, script(PLACES, {}), tmp_path)
        assert status == 3
        assert "This database is marked as that of another environment." in errors
        after = await state(superuser, DEVELOPMENT)
        assert after[DEVELOPMENT.database] == before[DEVELOPMENT.database]
