"""Looking for events reads what is wanted, not the log: by the plans of the statements that the package sends."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.cluster import Cluster, connect
from trust_models import AuditLogRepository, Database, Entity, EventFilter
from trust_models.db.database import current_client, transaction
from trust_models.enums import Outcome
from trust_models.repositories import audit_log
from trust_models.repositories.event_query import EventQuery
from trust_models.sql import load

EVENTS = 20_000
"""In each of three segments; one request in ten events, one failure in twenty."""

FILL = """
    INSERT INTO audit_logs (tx_id, id, created_at, actor_type, actor_id, action, outcome, reason_code, entity_type,
                            entity_id, context)
    SELECT n::text::xid8, n % 3 * 1000000 + n / 3 + 1,
      '2026-01-01Z'::timestamptz + (n % 3 * 1000000 + n / 3) * interval '1 s',
      'USER', 'u' || n % 500, 'lab.a' || n % 7, CASE WHEN n % 20 = 0 THEN 'DENIED' ELSE 'SUCCESS' END, 'no', 'lab',
      'e' || n % 1000,
      jsonb_build_object('database_role', 'x', 'database_login', 'x', 'request_id', 'r' || n / 10)
    FROM generate_series(3, $1 * 3) AS n
"""
MOST_BUFFERS = 150
MOST_ROWS_READ = 600


@pytest.fixture(scope="module")
async def log(cluster: Cluster) -> AsyncIterator[AuditLogRepository]:
    """A log over three segments."""
    async with cluster.clone() as name:
        owner = await connect(cluster.url("owner", name))
        for number in range(3):
            await owner.execute(f"ALTER TABLE trust.audit_segment_{number:06} DISABLE TRIGGER t20_assign")
        await owner.execute(FILL, EVENTS)
        await owner.execute("ANALYZE audit_logs")
        await owner.close()
        async with Database(cluster.settings(name)):
            yield AuditLogRepository()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if plan["Actual Loops"]:
        yield plan
        for below in plan.get("Plans", []):
            yield from nodes(below)


async def explained(statement: str, *arguments: object) -> dict[str, Any]:
    async with transaction():
        await current_client().fetch(load("queries/plan_for_each.sql"))
        rows = await current_client().fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments)
    (explanation,) = json.loads(rows[0]["QUERY PLAN"])
    return dict(explanation["Plan"])


WANTED: dict[str, tuple[EventFilter, str]] = {
    "actor": (EventFilter(actor_id="u7"), "actor_id_id_idx"),
    "entity": (EventFilter(entity=Entity("lab", "e7")), "entity_type_entity_id_id_idx"),
    "rare action": (EventFilter(action="lab.nothing"), "action_id_idx"),
    "failures": (EventFilter(outcomes=(Outcome.DENIED, Outcome.FAILURE)), "_id_idx"),
    "request": (EventFilter(request_id="r7"), "expr_id_idx"),
    "transaction": (EventFilter(transaction_id=777), "tx_id_id_idx"),
}


@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize("name", WANTED)
async def test_each_filter_has_its_index(log: AuditLogRepository, name: str, order: Any) -> None:
    where, index = WANTED[name]
    assert (await log.page(where)).items or name.startswith("rare")
    plan = await explained(*EventQuery(where, order).page(None, 51))
    used = [node["Index Name"] for node in nodes(plan) if "Index Name" in node]
    assert used
    assert all(one.endswith(index) for one in used), used
    assert_small(plan)


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_a_range_of_time_is_one_of_numbers_in_its_segment(log: AuditLogRepository, order: Any) -> None:
    middle = (await log.get(1_010_000)).created_at
    query = EventQuery(EventFilter(since=middle, until=middle + timedelta(minutes=1)), order)
    bounded = await audit_log._bounded(query)
    plan = await explained(*bounded.page(None, 51))
    assert len({node["Relation Name"] for node in nodes(plan) if "Relation Name" in node}) == 1
    assert all(node["Node Type"] in {"Limit", "Index Scan"} for node in nodes(plan))
    assert_small(plan)
    halving = await explained(load("queries/event_bounds.sql"), middle)
    assert halving["Shared Hit Blocks"] + halving["Shared Read Blocks"] < MOST_BUFFERS


async def test_a_statement_that_is_run_often_is_still_planned_for_what_it_looks_for(log: AuditLogRepository) -> None:
    for _ in range(7):
        await log.page(EventFilter(action="lab.a1"))
    async with transaction():
        await log.page(EventFilter(action="lab.nothing"))
        rows = await current_client().fetch(
            "SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%audit_logs WHERE action = $2%'"
            " AND NOT statement LIKE '%prepared%'"
        )
    assert not any(row["generic_plans"] for row in rows)  # behind a pooler there is none at all


@pytest.mark.usefixtures("log")
async def test_following_reads_only_what_is_new() -> None:
    query = EventQuery(EventFilter(actor_id="u7"), "ASC")
    plan = await explained(*query.committed(EVENTS * 3 - 100, 0, 1000))
    assert {node["Index Name"][-12:] for node in nodes(plan) if "Index Name" in node} == {"tx_id_id_idx"}
    assert_small(plan)


def assert_small(plan: dict[str, Any]) -> None:
    """Assert that a plan reads few blocks, and no row in vain but a few."""
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < MOST_BUFFERS, plan
    assert sum(node.get("Rows Removed by Filter", 0) * node["Actual Loops"] for node in nodes(plan)) < MOST_ROWS_READ
