"""The event of an audited operation, which shares the round trip of its COMMIT."""

import re
from dataclasses import replace

import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.wire import open_wire, wired
from trust_models import Database, Entity, Settings, audited
from trust_models.enums import Outcome
from trust_models.errors import DatabaseUnavailable, OutcomeUnknown
from trust_models.models import FeatureFlag

THING = Entity("thing", "7")

trail = Trail()


@pytest.mark.parametrize("moment", ["PREPARE trust_", "EXECUTE trust_"])
async def test_a_crash_between_change_and_event_leaves_neither(cluster: Cluster, moment: str) -> None:
    async with cluster.clone() as name, wired(cluster, name) as wire:
        wire.cut_before(moment)
        with pytest.raises((DatabaseUnavailable, OutcomeUnknown)):
            async with audited("thing.make", THING, actor=OPERATOR):
                await FeatureFlag.create(key="one")
        assert await FeatureFlag.all().count() == 0
        assert [event.outcome for event in await trail.events()] == [Outcome.FAILURE]


async def test_the_first_event_of_a_connection_is_planned_in_one_more_round_trip(cluster: Cluster) -> None:
    async with cluster.clone() as name, wired(cluster, name) as wire:
        with wire.recording() as record:
            for action in ("first.make", "second.make"):
                async with audited(action, THING, actor=OPERATOR):
                    pass
    assert [statement.split()[0] for statement in record.statements] == [
        *("BEGIN;", "PREPARE", "EXECUTE"),
        *("BEGIN;", "EXECUTE"),
    ]


async def test_a_url_without_prepared_statements_prepares_none_for_events(cluster: Cluster) -> None:
    async with cluster.clone() as name, open_wire(cluster.service_url("app", name)) as wire:
        url = replace(wire.url, statement_cache_size=0)
        with wire.recording() as record:
            async with Database(Settings.load(database_url=url)), audited("thing.make", THING, actor=OPERATOR):
                pass
    assert re.fullmatch(r"INSERT INTO public.audit_logs .*; COMMIT", record.statements[-1], re.DOTALL)
