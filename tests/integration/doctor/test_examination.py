"""Each fault of a database is found, by its own check, with a mend; a healthy one has none."""

import asyncpg
import pytest

from tests.fixtures.addresses import SECRET, where_nobody_answers
from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.locked import locked_clone
from tests.fixtures.refusals import refused
from trust_models.doctor import Finding, Status, examine
from trust_models.doctor.patient import opened
from trust_models.provisioning.plan import ROLES
from trust_models.schema.lock.engage import engage
from trust_models.settings import Settings
from trust_models.sql import load

DEPENDS_ON_THE_SERVER = {"durability", "service surroundings", "text"}
"""What the tests' own server, or the one that was lent to them, need not be."""


async def examined(cluster: Cluster, database: str, role: str = "app") -> dict[str, Finding]:
    """Examine a database as a service does that connects as `role`."""
    return {finding.check: finding for finding in await examine(cluster.settings(database, role))}


def failures(findings: dict[str, Finding]) -> set[str]:
    return {check for check, finding in findings.items() if finding.status is Status.FAILED}


async def test_a_healthy_database(cluster: Cluster, database: str) -> None:
    findings = await examined(cluster, database)
    unwell = {check for check, finding in findings.items() if finding.status is not Status.OK}
    assert unwell <= DEPENDS_ON_THE_SERVER
    assert findings.keys() >= {
        "capture",
        "clock",
        "guards",
        "migrations",
        "roles",
        "schema",
        "service rights",
        "time zone",
        "tripwire",
    }


async def test_it_only_reads(cluster: Cluster, database: str) -> None:
    async with opened(cluster.settings(database)) as patient:
        for session in (patient.service, patient.migration):
            assert session is not None
            async with refused(session.connection, "25006"):
                await session.connection.execute("INSERT INTO public.feature_flags (key) VALUES ('a')")


FAULTS = {
    "ALTER TABLE proof_artifacts DISABLE TRIGGER t10_immutable": ("guards", "proof_artifacts: rows"),
    "ALTER TABLE lab_versions ENABLE TRIGGER t10_immutable_truncate": ("guards", "lab_versions: TRUNCATE"),
    "ALTER TABLE lab_versions ENABLE REPLICA TRIGGER t10_immutable": ("guards", "lab_versions: rows"),
    "DROP TRIGGER t10_immutable_statement ON trust.audit_segment_000002": (
        "guards",
        "trust.audit_segment_000002: statements",
    ),
    """
    CREATE TABLE public.by_hand (LIKE audit_logs INCLUDING ALL);
    ALTER TABLE audit_logs ATTACH PARTITION by_hand FOR VALUES FROM (900000000) TO (900000100)
    """: ("guards", "by_hand: TRUNCATE, rows, statements"),
    """
    CREATE OR REPLACE TRIGGER t10_immutable BEFORE UPDATE OR DELETE ON lesson_versions
      FOR EACH ROW WHEN (false) EXECUTE FUNCTION trust.refuse_mutation();
    ALTER TABLE lesson_versions ENABLE ALWAYS TRIGGER t10_immutable
    """: ("guards", "lesson_versions: rows"),
    "DROP TRIGGER t90_capture ON labs": ("capture", "public.labs: rows"),
    "CREATE TABLE trust.more_labs () INHERITS (labs)": (
        "capture",
        "trust.more_labs: rows, which count as those of public.labs",
    ),
    "ALTER TABLE users DISABLE TRIGGER t90_capture_truncate": ("capture", "public.users: TRUNCATE"),
    "ALTER TABLE users ENABLE TRIGGER t90_capture": ("capture", "public.users: rows"),
    """
    CREATE OR REPLACE TRIGGER t90_capture AFTER INSERT OR UPDATE OR DELETE ON subscriptions
      FOR EACH ROW WHEN (false) EXECUTE FUNCTION trust.capture_subscriptions();
    ALTER TABLE subscriptions ENABLE ALWAYS TRIGGER t90_capture
    """: ("capture", "public.subscriptions: rows"),
    "CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'": (
        "schema",
        "changed function trust.refuse_mutation()",
    ),
    "CREATE RULE hide AS ON UPDATE TO users DO INSTEAD NOTHING": ("schema", "unknown rule public.users.hide"),
    "GRANT UPDATE ON lesson_versions TO trust_app": ("service rights", "lesson_versions: UPDATE"),
    "GRANT UPDATE (logs) ON verification_attempts TO PUBLIC": ("service rights", "verification_attempts: UPDATE"),
    "GRANT TRUNCATE, TRIGGER ON audit_logs TO trust_app": ("service rights", "audit_logs: TRIGGER, TRUNCATE"),
    "GRANT DELETE ON trust.audit_segment_000000 TO trust_app": (
        "service rights",
        "audit_segment_000000: DELETE",
    ),
    "GRANT UPDATE ON aerich TO trust_app": ("service rights", "aerich: UPDATE"),
    "GRANT CREATE ON SCHEMA public TO trust_app": ("service surroundings", ""),
    "DELETE FROM aerich WHERE id = (SELECT max(id) FROM aerich)": ("migrations", ""),
    "INSERT INTO aerich (version, app, content) VALUES ('99_later.py', 'trust', '{}')": ("migrations", ""),
    "SELECT setval('trust.audit_logs_id_seq', 3500000)": ("audit segments", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_found(cluster: Cluster, database: str, admin: asyncpg.Connection, fault: str) -> None:
    await admin.execute(fault)
    findings = await examined(cluster, database)
    check, detail = FAULTS[fault]
    assert check in failures(findings)
    assert detail in findings[check].detail
    assert findings[check].mend.endswith(".")


async def test_temporary_tables_are_found(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    await admin.execute(f"GRANT TEMPORARY ON DATABASE {database} TO PUBLIC")
    found = (await examined(cluster, database))["service surroundings"]
    assert (found.status, "temporary tables" in found.message) == (Status.FAILED, True)


async def test_a_lock_that_holds(cluster: Cluster, database: str) -> None:
    await engage(cluster.url("admin", database))
    findings = await examined(cluster, database)
    assert failures(findings) == set()
    assert findings["lock"].message.endswith("by ownership and event triggers")
    assert "what its migrations made" in findings["schema"].message


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("ALTER EVENT TRIGGER trust_lock_drop DISABLE", "trust_lock_drop is disabled"),
        ("DROP EVENT TRIGGER trust_lock_self", "trust_lock_self is missing"),
        ("ALTER DATABASE {database} OWNER TO {owner}", "The database belongs to {owner}"),
    ],
)
async def test_a_lock_that_can_be_gone_around(cluster: Cluster, database: str, fault: str, named: str) -> None:
    names = {"database": database, "owner": cluster.login("owner")}
    await engage(cluster.url("admin", database))
    async with connected(cluster.url("admin", database)) as admin:
        await admin.execute(fault.format(**names))
    found = (await examined(cluster, database))["lock"]
    assert (found.status, named.format(**names) in found.detail) == (Status.FAILED, True)


async def test_a_lock_without_event_triggers(cluster: Cluster) -> None:
    async with locked_clone(cluster, event_triggers=False) as name:
        found = (await examined(cluster, name))["lock"]
    assert (found.status, "by ownership alone" in found.message) == (Status.WARNING, True)


async def test_a_database_of_production(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    await admin.execute("INSERT INTO trust.environment (name) VALUES ('production')")
    found = (await examined(cluster, database))["environment"]
    assert (found.status, found.message) == (
        Status.FAILED,
        "TRUST_ENVIRONMENT is development, and the database is marked as production.",
    )


@pytest.mark.parametrize("zone", ["TO 'Europe/Berlin'", "TO DEFAULT"])
async def test_another_time_zone_is_found(
    cluster: Cluster, database: str, admin: asyncpg.Connection, zone: str
) -> None:
    await admin.execute(f"ALTER DATABASE {database} SET timezone {zone}")
    assert "time zone" in failures(await examined(cluster, database))


async def test_a_trace_of_somebody_who_got_around_a_guard(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with admin.transaction():
        await admin.execute("""
            ALTER TABLE audit_logs DISABLE TRIGGER ALL; ALTER TABLE trust.audit_segment_000000 DISABLE TRIGGER ALL;
            INSERT INTO trust.audit_segment_000000 (id, actor_type, action, outcome, entity_type, context)
            VALUES (1, 'SYSTEM', 'a.b', 'SUCCESS', 'lab', '{"database_role": "x", "database_login": "x"}');
            DELETE FROM trust.audit_segment_000000""")
    await admin.execute("SELECT pg_stat_force_next_flush()")
    await admin.execute("SELECT 1")
    found = (await examined(cluster, database))["tripwire"]
    assert found.status is Status.WARNING
    assert found.detail == "trust.audit_segment_000000: 0 updated, 1 deleted"


@pytest.mark.parametrize(("role", "says"), [("owner", "is also a member of"), ("admin", "administrator's rights")])
async def test_a_service_that_connects_as_somebody_else(cluster: Cluster, database: str, role: str, says: str) -> None:
    findings = await examined(cluster, database, role)
    assert failures(findings) >= {"service role", "service rights"}
    assert says in findings["service role"].message


async def test_a_role_of_the_product_that_became_more(cluster: Cluster, database: str) -> None:
    """In a transaction that nobody else sees, lest tests that run beside this one find it as well."""
    connection = await connect(cluster.url("admin", database))
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("ALTER ROLE trust_reader CREATEROLE; GRANT trust_owner TO trust_archiver")
        rows = await connection.fetch(load("queries/doctor_roles.sql"), [*ROLES, "trust_nobody"])
    finally:
        await transaction.rollback()
        await connection.close()
    assert [row["problem"] for row in rows] == [
        "the role trust_archiver is a member of trust_owner",
        "the role trust_nobody does not exist",
        "the role trust_reader has more than it must: CREATEROLE",
    ]


async def test_a_database_without_the_schema(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        findings = await examined(cluster, name)
    assert "Run `trust-models upgrade`." in findings["migrations"].mend
    assert "guards" not in findings


async def test_a_server_that_is_down() -> None:
    with where_nobody_answers() as url:
        (finding,) = await examine(Settings.load(database_url=url))
    assert (finding.check, finding.status) == ("connection", Status.FAILED)
    assert "DATABASE_URL: The database cannot be reached" in finding.message
    assert SECRET not in finding.message
