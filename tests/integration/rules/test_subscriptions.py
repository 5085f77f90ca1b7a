"""subscriptions: at most one that is not CANCELED per user."""

from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused

SET_STATUS = "UPDATE subscriptions SET status = $1 WHERE id = $2"


async def test_a_subscription_begins_active(app_trial: asyncpg.Connection) -> None:
    subscription = await records.subscription(app_trial, plan="PAID")
    assert (subscription["plan"], subscription["status"]) == ("PAID", "ACTIVE")


@pytest.mark.parametrize("plan", ["TRIAL", "free", ""])
async def test_another_plan_is_refused(app_trial: asyncpg.Connection, plan: str) -> None:
    async with refused(app_trial, "23514", "subscriptions_plan_ck"):
        await records.subscription(app_trial, plan=plan)


async def test_a_plan_changes_within_the_list(app_trial: asyncpg.Connection) -> None:
    subscription = await records.subscription(app_trial)
    change = "UPDATE subscriptions SET plan = $1 WHERE id = $2 RETURNING plan"
    assert await app_trial.fetchval(change, "PAID", subscription["id"]) == "PAID"
    async with refused(app_trial, "23514", "subscriptions_plan_ck"):
        await app_trial.execute(change, "GOLD", subscription["id"])


@pytest.mark.parametrize("status", ["EXPIRED", "active", ""])
async def test_another_status_is_refused(app_trial: asyncpg.Connection, status: str) -> None:
    subscription = await records.subscription(app_trial)
    async with refused(app_trial, "23514", "subscriptions_status_ck"):
        await app_trial.execute(SET_STATUS, status, subscription["id"])


@pytest.mark.parametrize("column", ["user_id", "plan"])
async def test_a_subscription_is_complete(app_trial: asyncpg.Connection, column: str) -> None:
    async with refused(app_trial, "23502"):
        await records.subscription(app_trial, **{column: None})


async def test_a_subscription_always_has_a_status(app_trial: asyncpg.Connection) -> None:
    subscription = await records.subscription(app_trial)
    async with refused(app_trial, "23502"):
        await app_trial.execute(SET_STATUS, None, subscription["id"])


async def test_a_subscription_belongs_to_a_user(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23503", "subscriptions_user_id_fkey"):
        await records.subscription(app_trial, user_id=UUID(int=0))


@pytest.mark.parametrize("plan", ["FREE", "PAID"])
@pytest.mark.parametrize("status", ["ACTIVE", "PAST_DUE"])
async def test_a_user_has_one_live_subscription(app_trial: asyncpg.Connection, status: str, plan: str) -> None:
    subscription = await records.subscription(app_trial)
    await app_trial.execute(SET_STATUS, status, subscription["id"])
    async with refused(app_trial, "23505", "subscriptions_user_id_live_key"):
        await records.subscription(app_trial, user_id=subscription["user_id"], plan=plan)
    await records.subscription(app_trial)


async def test_canceled_subscriptions_are_not_counted(app_trial: asyncpg.Connection) -> None:
    first = await records.subscription(app_trial)
    await app_trial.execute(SET_STATUS, "CANCELED", first["id"])
    second = await records.subscription(app_trial, user_id=first["user_id"])
    await app_trial.execute(SET_STATUS, "CANCELED", second["id"])
    await records.subscription(app_trial, user_id=first["user_id"])
    for status in ("ACTIVE", "PAST_DUE"):
        async with refused(app_trial, "23505", "subscriptions_user_id_live_key"):
            await app_trial.execute(SET_STATUS, status, first["id"])


async def test_several_at_once_are_refused(app_trial: asyncpg.Connection) -> None:
    user = (await records.user(app_trial))["id"]
    async with refused(app_trial, "23505", "subscriptions_user_id_live_key"):
        await app_trial.copy_records_to_table(
            "subscriptions", records=[(user, "FREE"), (user, "PAID")], columns=["user_id", "plan"]
        )
