"""The pages that provision a server: their commands run on one of their own, in order, and print what is shown."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest

from tests.docs import programs
from tests.docs.pages import Page, code, page
from tests.docs.test_console_blocks import commands, provisions
from tests.fixtures.provisioned import LEFT_OUT
from trust_models.db.environment import check_before_migration
from trust_models.enums import Environment
from trust_models.errors import EnvironmentMismatch
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl

DEPLOY = page("docs/how-to/deploy-to-production.md")
PAGES = [one for one in (DEPLOY, page("docs/how-to/roles.md")) if provisions(one)]


@contextmanager
def admin_of_a_server() -> Iterator[tuple[EmbeddedServer, DatabaseUrl]]:
    """A server, and its superuser over a socket: production takes that without TLS."""
    # A server for production waits for its disk, which the doctor looks at.
    with EmbeddedServer(settings={"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}) as server:
        host = str(server.socket_dir)
        yield (
            server,
            DatabaseUrl(host=host, port=server.port, database="postgres", user=server.user, password=server.password),
        )


def generally(line: str) -> str:
    """A line without password and way to the server."""
    return re.sub(r":[^:@\s]*@\S*", ":…", line)


async def run(one: Page, admin: DatabaseUrl) -> str:
    """Run the commands of a page as its reader would, who exports what `provision` prints."""
    env = programs.environment() | {"TRUST_ADMIN_DATABASE_URL": admin.to_url()}
    printed = ""
    for command in commands(one):
        if command.program == "export" and command.words[1].startswith("TRUST_ENVIRONMENT="):
            env["TRUST_ENVIRONMENT"] = command.words[1].partition("=")[2]
        if command.program != "trust-models":
            continue
        words = command.words[1 : command.words.index(">") if ">" in command.words else None]
        output = await programs.output_of(sys.executable, "-m", "trust_models", *words, env=env)
        env |= dict(re.findall(r"^(\w*DATABASE_URL)=(\S+)$", output, flags=re.MULTILINE))
        printed += output
    return printed


@pytest.mark.parametrize("one", PAGES, ids=str)
async def test_the_commands_run_and_print_what_is_shown(one: Page) -> None:
    with admin_of_a_server() as (_, admin):
        lines = {generally(line) for line in (await run(one, admin)).splitlines()}
    shown = [block.text for block in one.blocks_of("text") if not block.text.startswith("The database is not marked")]
    assert shown or one is not DEPLOY
    for line in "\n".join(shown).splitlines():
        assert generally(line) in lines, line


async def test_what_a_managed_server_leaves_open_is_listed() -> None:
    with admin_of_a_server() as (server, superuser):
        connection = await asyncpg.connect(**superuser.connect_kwargs())
        await connection.execute("CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD 'of-the-managed-admin'")
        await connection.close()
        printed = await run(
            page("docs/how-to/roles.md"), superuser.replace(user="admin", password="of-the-managed-admin")
        )
    notes = {line.removeprefix("! ") for line in printed.splitlines() if line.startswith("! ")}
    notes = {note for note in notes if not note.startswith(LEFT_OUT)}
    listed = [code(row["Line"]) for row in DEPLOY.table("Line", "What follows").rows]
    assert all(any(note.startswith(line) for line in listed) for note in notes), notes
    # Before 16 whoever makes roles may become any of them, and nothing in the server says so of one.
    assert {line for line in listed if not any(note.startswith(line) for note in notes)} == (
        set() if server.major >= 16 else {"admin, who made trust_guard, can become it"}
    )


async def test_the_refusal_that_is_shown_is_the_one_that_is_raised() -> None:
    (shown,) = (block.text for block in DEPLOY.blocks_of("text") if block.text.startswith("The database is not"))
    with admin_of_a_server() as (_, admin):
        connection = await asyncpg.connect(**admin.connect_kwargs())
        with pytest.raises(EnvironmentMismatch) as caught:
            await check_before_migration(connection, Environment.PRODUCTION)
        await connection.close()
    assert caught.value.message == shown
