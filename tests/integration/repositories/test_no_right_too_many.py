"""No role has a right too many: taking any one of them away breaks something that the package does.

The rights are read from the catalogue, so one that is granted later is tried as well.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.options import WITH_OPTIONS
from tests.fixtures.rights import Right, rights_of
from tests.fixtures.scene import Scene, set_scene
from tests.fixtures.statements import heard_statements
from tests.fixtures.trail import OPERATOR
from tests.fixtures.undone import undone
from tests.fixtures.verbs import AUDITED, READING, WRITING, Plain, Verb
from trust_models import Database, Settings, acting_as
from trust_models.db.database import current_client
from trust_models.db.maintenance import ensure_audit_segments
from trust_models.errors import AuditNotRecorded, EvidenceMissing, PermissionDenied
from trust_models.schema.drift import drift_of
from trust_models.schema.lock.status import status
from trust_models.sql import load

SERVICE = ("trust_app", "PUBLIC")
SERVING: tuple[Verb | Plain, ...] = (*AUDITED, *READING, *WRITING, *WITH_OPTIONS)

SIGN_INS = """
    SELECT id, user_id, expires_at, last_seen_at, revoked_at, ip_address, user_agent, created_at, updated_at
    FROM public.auth_sessions"""
AUDITING = (
    SIGN_INS,
    "SELECT id FROM public.lesson_versions WHERE content_sha256 <> trust.jsonb_sha256(content)",
    "SELECT trust.audit_segments_ahead()",
    "SELECT * FROM trust.refusals()",
)
VERIFYING = (load("queries/ledger_state.sql"), load("queries/ledger_event.sql").replace("$1", "1"))
"""How an event is proven, and the ledger read that is verified."""
WATCHING = "SELECT last_value FROM trust.audit_logs_id_seq"
"""How a sequence that was put back is seen."""
SEALING = ("SELECT * FROM trust.seal_audit_log(1)", load("queries/ledger_head.sql"))
"""What an auditor asks beside what the repositories read."""
REPORTING = (
    "SELECT trust.record_denial('42501', 'users', 'delete', NULL, NULL, NULL, NULL, NULL, NULL)",
    "SELECT trust.count_denial('42501', 'users', 'delete', NULL, NULL, NULL, NULL)",
    "SELECT trust.replay_audit_events(gen_random_uuid(), NULL, '[]')",
    "SELECT trust.server_identity()",
)
"""What a service reports when it was refused something, outside of an audited operation or inside, at once or later."""


@dataclass
class Use:
    """Something that the package does as the role, and the statements that it then sends."""

    name: str
    run: Callable[[], Awaitable[object]]
    statements: str = ""

    def touches(self, right: Right) -> int:
        """Tell how likely it needs `right`; the likeliest are tried first."""
        table = right.name.removeprefix("public.")
        return sum(word in self.statements for word in (table, right.field or table, right.privilege))

    async def needs_what_is_gone(self) -> bool:
        """Run it, and tell whether it was refused for want of a right."""
        try:
            await self.run()
        except PermissionDenied:
            return True
        except AuditNotRecorded as error:
            return isinstance(error.__cause__, PermissionDenied)
        return False


async def too_many(owner: asyncpg.Connection, rights: Sequence[Right], uses: Sequence[Use]) -> list[str]:
    """Take each right away in turn, and return those that no use misses."""
    return [str(right) for right in rights if not await is_needed(owner, right, uses)]


async def is_needed(owner: asyncpg.Connection, right: Right, uses: Sequence[Use]) -> bool:
    await owner.execute(right.revoke)
    try:
        for use in sorted(uses, key=lambda use: -use.touches(right)):
            if await use.needs_what_is_gone():
                return True
        return False
    finally:
        await owner.execute(right.grant)


@pytest.fixture(scope="module")
async def keeper(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection, to a database in which everybody has only what we gave."""
    connection = await connect(cluster.url("owner", shared_database))
    # PostgreSQL's own default, which a server may have taken back.
    await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    yield connection
    await connection.close()


def undoing(verb: Verb | Plain, scene: Scene) -> Callable[[], Awaitable[object]]:
    """Return a function that calls the verb in a transaction that is undone."""

    async def run() -> None:
        with acting_as(OPERATOR):
            async with undone():
                await verb.call(scene)

    return run


async def report(statement: str) -> None:
    """Report a denial, which is then undone."""
    async with undone():
        await current_client().fetch(statement)


async def sign() -> None:
    """Write a checkpoint, which is refused for what it says if it may be written at all."""
    async with undone():
        with suppress(EvidenceMissing):
            await current_client().fetch("INSERT INTO public.audit_checkpoints (note) VALUES ('none')")


@pytest.fixture(scope="module")
async def uses(
    cluster: Cluster,
    shared_database: str,
    shared_db: Database,  # noqa: ARG001 - the verbs run on it
    standing_app: asyncpg.Connection,
) -> list[Use]:
    """All that a service does: it opens the database, calls every verb, and says whether the schema has drifted."""

    async def start() -> None:
        async with Database(cluster.settings(shared_database)):
            pass

    scene = await set_scene(standing_app)
    found = [Use("Database.open", start), Use("drift", partial(drift_of, cluster.settings(shared_database)))]
    found += [Use(statement, partial(report, statement), statement) for statement in REPORTING]
    found += [Use(statement, partial(report, statement), statement) for statement in (*VERIFYING, *SEALING)]
    found.append(Use("sign", sign, "INSERT audit_checkpoints note"))
    with heard_statements() as heard:
        for verb in SERVING:
            use = Use(verb.name, undoing(verb, scene))
            await use.run()
            use.statements = "\n".join(heard)
            heard.clear()
            assert use.statements, use.name
            found.append(use)
    return found


async def test_a_service_has_no_right_too_many(keeper: asyncpg.Connection, uses: list[Use]) -> None:
    before = await rights_of(keeper, *SERVICE)
    assert len(before) > 80
    assert await too_many(keeper, before, uses) == []
    assert await rights_of(keeper, *SERVICE) == before
    for use in uses:
        assert not await use.needs_what_is_gone(), use.name


@pytest.mark.parametrize(
    "surplus",
    [
        Right("UPDATE", "TABLE", "audit_logs", "reason_code", "trust_app"),
        Right("INSERT", "TABLE", "lab_sessions", "compute_cost", "trust_app"),
        Right("TRUNCATE", "TABLE", "users", None, "trust_app"),
        Right("SELECT", "TABLE", "aerich", None, "trust_app"),
        Right("SELECT", "SEQUENCE", "trust.audit_logs_id_seq", None, "PUBLIC"),
        Right("EXECUTE", "FUNCTION", "trust.next_number(integer,integer,text,text)", None, "PUBLIC"),
        Right("CREATE", "SCHEMA", "public", None, "trust_app"),
    ],
    ids=str,
)
async def test_a_right_too_many_would_be_seen(keeper: asyncpg.Connection, uses: list[Use], surplus: Right) -> None:
    await keeper.execute(surplus.grant)
    try:
        assert surplus in await rights_of(keeper, *SERVICE)
        assert not await is_needed(keeper, surplus, uses)
    finally:
        await keeper.execute(surplus.revoke)


async def test_a_reader_has_no_right_too_many(
    cluster: Cluster, shared_database: str, keeper: asyncpg.Connection
) -> None:
    """What it may read is what the repositories read, and of sign-in sessions, hashes and segments this."""
    verbs = [verb for verb in READING if verb.name != "AuthSessionRepository.of_user"]  # it reads the hash as well
    auditor = await connect(cluster.url("app", shared_database))
    scene = await set_scene(auditor)
    await auditor.close()
    async with Database(cluster.settings(shared_database, "reader")):
        uses = [Use(verb.name, undoing(verb, scene)) for verb in verbs]
        uses += [Use(statement, partial(current_client().fetch, statement), statement) for statement in AUDITING]
        uses += [Use(statement, partial(report, statement), statement) for statement in (*VERIFYING, WATCHING)]
        uses += [Use("lock status", partial(status, cluster.url("reader", shared_database)))]
        assert await too_many(keeper, await rights_of(keeper, "trust_reader"), uses) == []


async def test_the_archiver_calls_functions_by_its_own_right(
    cluster: Cluster, shared_database: str, keeper: asyncpg.Connection
) -> None:
    """Its other rights are for reading what it will archive: the file of its grants says so."""
    settings = Settings.load(database_url=cluster.url("archiver", shared_database), migration_database_url=None)
    maintain = Use("maintain", partial(ensure_audit_segments, settings, 4))
    functions = [right for right in await rights_of(keeper, "trust_archiver") if right.kind == "FUNCTION"]
    assert {right.name.partition("(")[0].removeprefix("trust.") for right in functions} == {
        *("ensure_audit_segments", "refusals"),
        *("audit_log_bytes", "ledger_root", "merkle_root", "seal_audit_log"),
    }
    async with Database(cluster.settings(shared_database, "archiver")):
        watch = Use("watch", partial(current_client().fetch, "SELECT * FROM trust.refusals()"))
        ledger = [Use(statement, partial(report, statement), statement) for statement in (*VERIFYING, *SEALING)]
        assert await too_many(keeper, functions, [maintain, watch, *ledger]) == []
        assert not await maintain.needs_what_is_gone()


async def test_no_right_can_be_passed_on(keeper: asyncpg.Connection) -> None:
    for role in ("trust_app", "trust_reader", "trust_archiver"):
        assert [str(right) for right in await rights_of(keeper, role) if right.grantable] == []
