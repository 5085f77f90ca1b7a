"""A guard that is taken away, a right too many: each is found by a path, which finds nothing before."""

# ruff: noqa: S608 - the names in statements are those of the schema

from dataclasses import dataclass

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.sieges import breaches, every_role, named, siege


@dataclass(frozen=True)
class Sabotage:
    """What is done to a whole database by a superuser, and which path finds it, as whom, on what."""

    name: str
    sql: str
    path: str
    found: tuple[str, str]

    def __str__(self) -> str:
        return self.name


PROOFS, SEGMENT = "public.proof_artifacts", "trust.audit_segment_000002"
REPLACED = (
    "CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN {}; END'"
)

SABOTAGES = [
    Sabotage(
        "the guard of rows disabled",
        f"ALTER TABLE {PROOFS} DISABLE TRIGGER t10_immutable",
        "a guard that is missing, silent or not ours",
        ("service", PROOFS),
    ),
    Sabotage(
        "the guard of statements disabled",
        f"ALTER TABLE {PROOFS} DISABLE TRIGGER t10_immutable_statement",
        "delete no row",
        ("owner", PROOFS),
    ),
    Sabotage(
        "the guard against TRUNCATE disabled",
        f"ALTER TABLE {PROOFS} DISABLE TRIGGER t10_immutable_truncate",
        "truncate",
        ("superuser", PROOFS),
    ),
    Sabotage(
        "a guard that replicas alone heed",
        f"ALTER TABLE {PROOFS} ENABLE REPLICA TRIGGER t10_immutable_statement",
        "update of no row",
        ("owner", PROOFS),
    ),
    Sabotage(
        "guards that replicas do not heed",
        f"ALTER TABLE {PROOFS} ENABLE TRIGGER USER",
        "delete as a replica",
        ("superuser", PROOFS),
    ),
    Sabotage(
        "a guard dropped on one segment",
        f"DROP TRIGGER t10_immutable_statement ON {SEGMENT}",
        "update of no row",
        ("owner", SEGMENT),
    ),
    Sabotage(
        "all guards of a table dropped",
        f"DROP TRIGGER t10_immutable ON {PROOFS}; DROP TRIGGER t10_immutable_statement ON {PROOFS};"
        f" DROP TRIGGER t10_immutable_truncate ON {PROOFS}",
        "delete a row",
        ("owner", PROOFS),
    ),
    Sabotage("a guard that returns NULL", REPLACED.format("NULL"), "delete a row", ("owner", PROOFS)),
    Sabotage("a guard that returns OLD", REPLACED.format("OLD"), "delete a row", ("owner", PROOFS)),
    Sabotage(
        "UPDATE granted",
        f"GRANT UPDATE (location) ON {PROOFS} TO trust_app",
        "hold UPDATE on a column of evidence",
        ("service", PROOFS),
    ),
    Sabotage(
        "TRUNCATE granted",
        f"GRANT TRUNCATE ON {PROOFS} TO trust_reader",
        "hold TRUNCATE on evidence",
        ("reader", PROOFS),
    ),
    Sabotage(
        "an unguarded partition",
        "CREATE TABLE public.by_hand (LIKE public.audit_logs INCLUDING ALL);"
        " ALTER TABLE public.audit_logs ATTACH PARTITION public.by_hand FOR VALUES FROM (900000000) TO (900000001)",
        "truncate",
        ("superuser", "public.by_hand"),
    ),
    Sabotage(
        "a foreign key that cascades",
        f"ALTER TABLE {PROOFS} DROP CONSTRAINT proof_artifacts_verification_attempt_id_fkey,"
        " ADD CONSTRAINT proof_artifacts_verification_attempt_id_fkey FOREIGN KEY (verification_attempt_id)"
        " REFERENCES public.verification_attempts (id) ON DELETE CASCADE",
        "a foreign key that already cascades",
        ("service", f"{PROOFS}.proof_artifacts_verification_attempt_id_fkey"),
    ),
    Sabotage(
        "temporary tables for everybody",
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$",
        "a temporary table of the same name",
        ("service", PROOFS),
    ),
    Sabotage(
        "a function that deletes with its owner's rights",
        f"CREATE FUNCTION public.clean_up() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM {PROOFS}'",
        "call a function with another's rights that the package does not have",
        ("service", "public.clean_up()"),
    ),
    Sabotage(
        "tables of one's own in public",
        "GRANT CREATE ON SCHEMA public TO trust_app",
        "a table in the schema public",
        ("service", ""),
    ),
    Sabotage(
        "no assigning of times",
        f"ALTER TABLE {PROOFS} DISABLE TRIGGER t20_assign",
        "backdate",
        ("owner", PROOFS),
    ),
    Sabotage(
        "no assigning of times on a replica",
        f"ALTER TABLE {PROOFS} ENABLE TRIGGER t20_assign",
        "backdate as a replica",
        ("superuser", PROOFS),
    ),
    Sabotage(
        "no assigning of numbers on one segment",
        f"ALTER TABLE {SEGMENT} DISABLE TRIGGER t20_assign",
        "insert into a segment by a number of one's own",
        ("owner", SEGMENT),
    ),
    Sabotage(
        "no rule for the states of sessions",
        "ALTER TABLE public.lab_sessions DISABLE TRIGGER t40_state",
        "pass without evidence, with an end of one's own",
        ("owner", ""),
    ),
    Sabotage(
        "a function that looks names up by the caller's search_path",
        "CREATE OR REPLACE FUNCTION trust.assign_proof() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN NEW.created_at := clock_timestamp(); RETURN NEW; END'",
        "a clock_timestamp() of one's own",
        ("owner", PROOFS),
    ),
    Sabotage("a table that is gone", f"DROP TABLE {PROOFS}", "a table of evidence that is gone", ("service", "")),
]


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=str)
async def test_sabotage_is_found(
    sabotage: Sabotage, cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    logins, paths = every_role(cluster, database), named(sabotage.path)
    assert not (await siege(logins, paths)).is_failure
    await admin.execute(sabotage.sql)
    result = await siege(logins, paths)
    assert result.is_failure
    assert sabotage.found in breaches(result)


async def test_a_service_that_is_a_member_of_the_owner(cluster: Cluster, database: str) -> None:
    logins, paths = every_role(cluster, database), named("become a stronger role")
    await cluster.admin.execute(f"GRANT {cluster.login('owner')} TO {cluster.login('app')}")
    try:
        result = await siege(logins, paths)
    finally:
        await cluster.admin.execute(f"REVOKE {cluster.login('owner')} FROM {cluster.login('app')}")
    assert ("service", cluster.login("owner")) in breaches(result)
    assert not (await siege(logins, paths)).is_failure


async def test_what_is_said_of_a_breach(cluster: Cluster, database: str, admin: asyncpg.Connection) -> None:
    await admin.execute(REPLACED.format("OLD"))
    result = await siege(every_role(cluster, database), named("delete a row"))
    (breach,) = [one for one in result.outcomes if one.is_breach and (one.attacker, one.on) == ("owner", PROOFS)]
    assert (breach.finding.verdict, breach.role) == ("open", cluster.login("owner"))
    assert "trust.guard_table" in breach.path.mend
