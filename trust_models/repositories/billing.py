"""What users pay for."""

from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.enums import SubscriptionPlan, SubscriptionStatus
from trust_models.errors import NotFound
from trust_models.models import Subscription
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.sql import load


class SubscriptionRepository:
    """Subscriptions; a user has at most one that is not CANCELED, here called the live one."""

    async def subscribe(self, user_id: UUID, *, plan: SubscriptionPlan) -> Subscription:
        """Begin a subscription; raise `AlreadyExists` when the user has a live one."""
        async with audited("subscription.subscribe", Entity("subscription")) as operation:
            subscription = await base.insert(Subscription, user_id=user_id, plan=plan)
            operation.on(subscription)
            operation.add(user_id=str(user_id), plan=plan)
        return subscription

    async def upgrade_plan(self, user_id: UUID) -> Subscription:
        """Move a user's live subscription to PAID; raise `NotFound` without one."""
        return await self._change(user_id, "upgrade_plan", plan=SubscriptionPlan.PAID)

    async def downgrade_plan(self, user_id: UUID) -> Subscription:
        """Move a user's live subscription to FREE; raise `NotFound` without one."""
        return await self._change(user_id, "downgrade_plan", plan=SubscriptionPlan.FREE)

    async def mark_past_due(self, user_id: UUID) -> Subscription:
        """Note that a payment is missing; raise `NotFound` without a live subscription."""
        return await self._change(user_id, "mark_past_due", status=SubscriptionStatus.PAST_DUE)

    async def reactivate(self, user_id: UUID) -> Subscription:
        """Note that the missing payment came; raise `NotFound` without a live subscription."""
        return await self._change(user_id, "reactivate", status=SubscriptionStatus.ACTIVE)

    async def cancel(self, user_id: UUID) -> Subscription:
        """End a user's live subscription; raise `NotFound` without one."""
        return await self._change(user_id, "cancel", status=SubscriptionStatus.CANCELED)

    async def live(self, user_id: UUID) -> Subscription | None:
        """Return a user's live subscription, or None."""
        return await Subscription.filter(user_id=user_id).exclude(status=SubscriptionStatus.CANCELED).first()

    async def history(self, user_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE) -> Page[Subscription]:
        """Return all subscriptions that a user has had, the oldest first."""
        return await base.page(Subscription.filter(user_id=user_id), after=after, limit=limit)

    async def _change(
        self,
        user_id: UUID,
        verb: str,
        *,
        plan: SubscriptionPlan | None = None,
        status: SubscriptionStatus | None = None,
    ) -> Subscription:
        async with audited(f"subscription.{verb}", Entity("subscription")) as operation:
            operation.add(user_id=str(user_id))
            changed = await base.fetch(
                Subscription, load("queries/change_live_subscription.sql"), user_id, plan, status
            )
            if not changed:
                raise NotFound(f"The user {user_id} has no live subscription.", table="subscriptions")
            operation.on(changed[0])
        return changed[0]
