"""Segments of the audit log: any number of them is right, and each has to have the shape of all."""

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.drifts import stopping, told
from trust_models.schema.catalogue import snapshot
from trust_models.schema.drift import drift
from trust_models.schema.segments import SIZE, shape_of

SEGMENT = "trust.audit_segment_000003"
DRIFTS = {
    f"DROP TRIGGER t10_immutable_truncate ON {SEGMENT}": [f"missing trigger {SEGMENT}.t10_immutable_truncate"],
    f"ALTER TABLE {SEGMENT} DISABLE TRIGGER t10_immutable": [f"disabled trigger {SEGMENT}.t10_immutable"],
    f"GRANT DELETE ON {SEGMENT} TO trust_app": [f"unknown grant table {SEGMENT} to trust_app"],
    f"CREATE RULE ignore AS ON INSERT TO {SEGMENT} DO INSTEAD NOTHING": [f"unknown rule {SEGMENT}.ignore"],
    f"ALTER TABLE {SEGMENT} DROP CONSTRAINT audit_segment_000003_id_ck": [
        f"missing constraint {SEGMENT}.audit_segment_000003_id_ck"
    ],
    f"ALTER TABLE {SEGMENT} OWNER TO trust_guard": [
        f"missing grant table {SEGMENT} to <owner>",
        f"unknown grant table {SEGMENT} to trust_guard",
        f"changed owner table {SEGMENT}",
    ],
    f"ALTER TABLE public.audit_logs DETACH PARTITION {SEGMENT}; ALTER TABLE public.audit_logs ATTACH PARTITION"
    f" {SEGMENT} FOR VALUES FROM (3000000) TO (3999999)": [f"changed table {SEGMENT}"],
    "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.stray PARTITION OF public.audit_logs"
    " FOR VALUES FROM (90000000) TO (91000000)": ["changed table public.audit_logs"],
}


@pytest.mark.parametrize(("statement", "expected"), DRIFTS.items(), ids=DRIFTS.keys())
async def test_a_segment_that_is_not_as_the_others(
    admin: asyncpg.Connection, statement: str, expected: list[str]
) -> None:
    await admin.execute(statement)
    found = await drift(admin)
    assert told(found) == expected
    assert stopping(found) == expected


@pytest.mark.parametrize("name", ["trust.by_hand", "public.by_hand", "trust.audit_segment_0000090"])
async def test_a_partition_that_was_made_by_hand(admin: asyncpg.Connection, name: str) -> None:
    await admin.execute(f"CREATE TABLE {name} PARTITION OF public.audit_logs FOR VALUES FROM (90000000) TO (91000000)")
    assert f"unknown table {name}" in stopping(await drift(admin))


async def test_one_with_the_right_name_and_no_guard(admin: asyncpg.Connection) -> None:
    segment = "trust.audit_segment_000090"
    await admin.execute(
        f"CREATE TABLE {segment} PARTITION OF public.audit_logs FOR VALUES FROM (90000000) TO (91000000)"
    )
    found = stopping(await drift(admin))
    assert {
        f"missing trigger {segment}.t10_immutable",
        f"missing trigger {segment}.t10_immutable_statement",
        f"missing trigger {segment}.t10_immutable_truncate",
        f"missing constraint {segment}.audit_segment_000090_id_ck",
    } <= set(found)
    assert f"unknown table {segment}" not in found


@pytest.mark.parametrize("number", [9, 2146, 2147, 2148, 999_999])
async def test_bounds_of_every_size_are_told_as_postgresql_writes_them(cluster: Cluster, number: int) -> None:
    # Numbers beyond integer are written with their type, from the upper bound of segment 2147 on.
    async with cluster.clone() as name, connected(cluster.url("owner", name)) as owner:
        before = f"trust.audit_segment_{number - 1:06d}"
        await owner.execute(f"CREATE TABLE {before} ()")
        assert await owner.fetchval("SELECT trust.create_audit_segment()::text") == f"trust.audit_segment_{number:06d}"
        await owner.execute(f"DROP TABLE {before}")
        assert (await drift(owner)).differences == []


async def test_segments_that_differ_have_no_shape(owner: asyncpg.Connection) -> None:
    await owner.execute(f"ALTER TABLE {SEGMENT} DISABLE TRIGGER t10_immutable")
    made = await snapshot(owner)
    with pytest.raises(ValueError, match="differ in their shape"):
        shape_of(made)


async def test_a_segment_holds_as_many_ids_as_the_shape_says(owner: asyncpg.Connection) -> None:
    assert (
        await owner.fetchval(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = 'trust.audit_segment_000001'::regclass"
        )
        == f"FOR VALUES FROM ('{SIZE}') TO ('{2 * SIZE}')"
    )
