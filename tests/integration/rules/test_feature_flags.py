"""feature_flags."""

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused


async def test_a_flag_is_off_unless_said_otherwise(app_trial: asyncpg.Connection) -> None:
    flag = await records.flag(app_trial)
    assert (flag["enabled"], flag["description"]) == (False, None)
    assert (await records.flag(app_trial, enabled=True))["enabled"] is True


async def test_a_flag_is_on_or_off(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23502"):
        await records.flag(app_trial, enabled=None)
    flag = await records.flag(app_trial)
    async with refused(app_trial, "23502"):
        await app_trial.execute("UPDATE feature_flags SET enabled = NULL WHERE id = $1", flag["id"])


@pytest.mark.parametrize("key", ["labs", "labs.hints", "labs.hints.v2", "new_editor.dark-mode", "a1.b2", "a" * 100])
async def test_a_key_is_dotted_lower_case(app_trial: asyncpg.Connection, key: str) -> None:
    assert (await records.flag(app_trial, key=key))["key"] == key


@pytest.mark.parametrize(
    "key",
    [
        *["", ".", "labs.", ".labs", "labs..hints", "Labs", "labs.Hints", "1labs", "labs.1", "labs hints"],
        *["labs/hints", "-labs", "_labs", "labs.-x", "läbs", "labs\n", " labs", "labs.*"],
    ],
)
async def test_another_key_is_refused(app_trial: asyncpg.Connection, key: str) -> None:
    async with refused(app_trial, "23514", "feature_flags_key_ck"):
        await records.flag(app_trial, key=key)


async def test_a_key_is_not_longer(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "22001"):
        await records.flag(app_trial, key="a" * 101)


async def test_a_key_is_required(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23502"):
        await records.flag(app_trial, key=None)


async def test_a_key_is_unique(app_trial: asyncpg.Connection) -> None:
    flag = await records.flag(app_trial)
    async with refused(app_trial, "23505", "feature_flags_key_key"):
        await records.flag(app_trial, key=flag["key"], enabled=True)


async def test_a_service_switches_a_flag_but_does_not_rename_it(app_trial: asyncpg.Connection) -> None:
    flag = (await records.flag(app_trial))["id"]
    assert await app_trial.fetchval("UPDATE feature_flags SET enabled = true WHERE id = $1 RETURNING enabled", flag)
    async with refused(app_trial, "42501"):
        await app_trial.execute("UPDATE feature_flags SET key = 'another' WHERE id = $1", flag)
