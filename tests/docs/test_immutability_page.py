"""The table of attacks in docs/explanation/immutability.md says what happens."""

from collections.abc import AsyncIterator, Mapping

import asyncpg
import pytest

from tests.docs.pages import code, page
from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.locked import locked_clone

PAGE = page("docs/explanation/immutability.md")
ATTACKS = PAGE.table("Path", "Statement", "trust_app", "trust_owner", "superuser").rows
LOCKED = PAGE.table("Path", "Statement", "whoever migrates", "superuser, locked").rows
LOCKED_ROLES = {"whoever migrates": "owner", "superuser, locked": "admin"}
ROLES = {"trust_app": "app", "trust_owner": "owner", "superuser": "admin"}


@pytest.fixture(scope="module")
async def attackers(cluster: Cluster) -> AsyncIterator[Mapping[str, asyncpg.Connection]]:
    """Connections of each role to a database with a finished session, its attempt and its proof."""
    async with cluster.clone() as name:
        app = await connect(cluster.url("app", name))
        proof = await records.proof(app)
        await records.lesson_version(app)
        await app.execute(
            "UPDATE lab_sessions SET status = 'VERIFIED_PASS' FROM verification_attempts AS attempts"
            " WHERE attempts.lab_session_id = lab_sessions.id AND attempts.id = $1",
            proof["verification_attempt_id"],
        )
        await records.event(app)
        await app.close()
        connections = {role: await connect(cluster.url(login, name)) for role, login in ROLES.items()}
        yield connections
        for connection in connections.values():
            await connection.close()


@pytest.fixture(scope="module")
async def attackers_of_the_lock(cluster: Cluster) -> AsyncIterator[Mapping[str, asyncpg.Connection]]:
    """Connections of each role to a database that is locked, event triggers and all."""
    async with locked_clone(cluster) as name:
        connections = {role: await connect(cluster.url(login, name)) for role, login in LOCKED_ROLES.items()}
        yield connections
        for connection in connections.values():
            await connection.close()


async def outcome_of(statement: str, connection: asyncpg.Connection) -> str:
    """Run an attack in a transaction that is undone; return its SQLSTATE, or that it went through."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as refusal:
        return str(refusal.sqlstate)
    finally:
        await transaction.rollback()
    return "open"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["Path"])
async def test_an_attack_ends_as_the_page_says(
    attack: dict[str, str], role: str, attackers: Mapping[str, asyncpg.Connection]
) -> None:
    assert await outcome_of(code(attack["Statement"]), attackers[role]) == attack[role]


@pytest.mark.parametrize("role", LOCKED_ROLES)
@pytest.mark.parametrize("attack", LOCKED, ids=lambda attack: attack["Path"])
async def test_an_attack_on_the_lock_ends_as_the_page_says(
    attack: dict[str, str], role: str, attackers_of_the_lock: Mapping[str, asyncpg.Connection]
) -> None:
    assert await outcome_of(code(attack["Statement"]), attackers_of_the_lock[role]) == attack[role]


async def test_the_page_names_every_append_only_table(schema: asyncpg.Connection) -> None:
    guarded = await schema.fetch(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE tgname = 't10_immutable_statement' AND relnamespace = 'public'::regnamespace"
    )
    introduction = PAGE.text.partition("\n## ")[0]
    for table in guarded:
        assert f"`{table['relname']}`" in introduction
