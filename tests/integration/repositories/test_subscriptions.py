"""SubscriptionRepository: what users pay for."""

import asyncio
from uuid import uuid4

import pytest

from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.typed_errors import refused_as
from trust_models import SubscriptionRepository, acting_as
from trust_models.enums import Outcome, SubscriptionPlan, SubscriptionStatus
from trust_models.errors import AlreadyExists, NotFound, ReferenceBroken

pytestmark = pytest.mark.usefixtures("shared_db")

subscriptions = SubscriptionRepository()

CHANGES = ("upgrade_plan", "downgrade_plan", "mark_past_due", "reactivate", "cancel")


@pytest.mark.parametrize("plan", SubscriptionPlan)
async def test_subscribe_returns_the_subscription_as_stored(scene: Scene, plan: SubscriptionPlan) -> None:
    with acting_as(OPERATOR):
        subscription = await subscriptions.subscribe(scene.user_id, plan=plan)
    assert (subscription.user_id, subscription.plan, subscription.status) == (scene.user_id, plan, "ACTIVE")
    live = await subscriptions.live(scene.user_id)
    assert live is not None
    assert columns_of(live) == columns_of(subscription)


async def test_a_user_has_one_live_subscription_at_most(scene: Scene) -> None:
    with acting_as(OPERATOR):
        with refused_as(AlreadyExists, "subscriptions_user_id_live_key", hidden=str(scene.subscriber_id)):
            await subscriptions.subscribe(scene.subscriber_id, plan=SubscriptionPlan.PAID)
        await subscriptions.mark_past_due(scene.subscriber_id)
        with refused_as(AlreadyExists, "subscriptions_user_id_live_key"):
            await subscriptions.subscribe(scene.subscriber_id, plan=SubscriptionPlan.PAID)


async def test_a_subscription_needs_a_user() -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "subscriptions_user_id_fkey"):
        await subscriptions.subscribe(uuid4(), plan=SubscriptionPlan.FREE)


async def test_of_two_who_subscribe_one_user_at_once_one_does(scene: Scene) -> None:
    with acting_as(OPERATOR):
        results = await asyncio.gather(
            *(subscriptions.subscribe(scene.user_id, plan=SubscriptionPlan.FREE) for _ in range(2)),
            return_exceptions=True,
        )
    assert [type(result) for result in results].count(AlreadyExists) == 1
    assert len((await subscriptions.history(scene.user_id)).items) == 1


async def test_plan_and_status_change_one_at_a_time(scene: Scene) -> None:
    user = scene.subscriber_id
    with acting_as(OPERATOR):
        states = [await getattr(subscriptions, change)(user) for change in CHANGES[:-1]]
        assert [(state.plan, state.status) for state in states] == [
            (SubscriptionPlan.PAID, SubscriptionStatus.ACTIVE),
            (SubscriptionPlan.FREE, SubscriptionStatus.ACTIVE),
            (SubscriptionPlan.FREE, SubscriptionStatus.PAST_DUE),
            (SubscriptionPlan.FREE, SubscriptionStatus.ACTIVE),
        ]
        assert {state.id for state in states} == {scene.subscription_id}


async def test_a_past_due_subscription_can_change_its_plan(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await subscriptions.mark_past_due(scene.subscriber_id)
        upgraded = await subscriptions.upgrade_plan(scene.subscriber_id)
    assert (upgraded.plan, upgraded.status) == (SubscriptionPlan.PAID, SubscriptionStatus.PAST_DUE)


async def test_after_the_end_another_may_begin(scene: Scene) -> None:
    user = scene.subscriber_id
    with acting_as(OPERATOR):
        ended = await subscriptions.cancel(user)
        assert ended.status is SubscriptionStatus.CANCELED
        assert await subscriptions.live(user) is None
        begun = await subscriptions.subscribe(user, plan=SubscriptionPlan.PAID)
    history = await subscriptions.history(user)
    assert [subscription.id for subscription in history.items] == [ended.id, begun.id]
    first = await subscriptions.history(user, limit=1)
    assert first.after == ended.id


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_needs_a_live_subscription(scene: Scene, trail: Trail, change: str) -> None:
    with acting_as(OPERATOR), pytest.raises(NotFound, match="no live subscription") as caught:
        await getattr(subscriptions, change)(scene.user_id)
    assert caught.value.table == "subscriptions"
    event = await trail.event()
    assert (event.action, event.outcome, event.reason_code) == (
        f"subscription.{change}",
        Outcome.FAILURE,
        "not_found",
    )
    assert event.metadata == {"user_id": str(scene.user_id)}


async def test_a_canceled_subscription_never_changes(scene: Scene) -> None:
    with acting_as(OPERATOR):
        ended = await subscriptions.cancel(scene.subscriber_id)
        for change in CHANGES:
            with pytest.raises(NotFound):
                await getattr(subscriptions, change)(scene.subscriber_id)
    (stored,) = (await subscriptions.history(scene.subscriber_id)).items
    assert columns_of(stored) == columns_of(ended)
