"""Switches of the platform, and reading the audit log."""

from collections.abc import Sequence
from uuid import UUID

from trust_models.audit import AuditEvent, Entity, audited, write_many
from trust_models.models import AuditLog, FeatureFlag
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.sql import load


class FeatureFlagRepository:
    """Switches, named by dotted lower-case words such as `labs.new_editor`."""

    async def is_enabled(self, key: str) -> bool:
        """Return whether a switch is on; one that does not exist is off."""
        return await FeatureFlag.filter(key=key, enabled=True).exists()

    async def enable(self, key: str, *, description: str | None = None) -> FeatureFlag:
        """Turn a switch on, making it if need be; a description that is given replaces the old one."""
        return await self._turn(key, "enable", enabled=True, description=description)

    async def disable(self, key: str, *, description: str | None = None) -> FeatureFlag:
        """Turn a switch off, making it if need be; a description that is given replaces the old one."""
        return await self._turn(key, "disable", enabled=False, description=description)

    async def page(self, *, after: UUID | None = None, limit: int = PAGE_SIZE) -> Page[FeatureFlag]:
        """Return the switches in the order of their creation."""
        return await base.page(FeatureFlag.all(), after=after, limit=limit)

    async def _turn(self, key: str, verb: str, *, enabled: bool, description: str | None) -> FeatureFlag:
        async with audited(f"feature_flag.{verb}", Entity("feature_flag")) as operation:
            flags = await base.fetch(FeatureFlag, load("queries/set_feature_flag.sql"), key, enabled, description)
            operation.on(flags[0])
            operation.add(key=key)
        return flags[0]


class AuditLogRepository:
    """Reading what was recorded. Pages go by the event's number, the oldest first."""

    async def get(self, event_id: int) -> AuditLog:
        """Return an event; raise `NotFound`."""
        return await base.get(AuditLog, event_id)

    async def record_many(self, events: Sequence[AuditEvent]) -> list[int]:
        """Record events that were collected elsewhere, in one statement; return their numbers in that order."""
        return await write_many(events)

    async def page(self, *, after: int | None = None, limit: int = PAGE_SIZE) -> Page[AuditLog]:
        """Return events."""
        return await base.page(AuditLog.all(), after=after, limit=limit)

    async def by_actor(self, actor_id: str, *, after: int | None = None, limit: int = PAGE_SIZE) -> Page[AuditLog]:
        """Return what one actor did."""
        return await base.page(AuditLog.filter(actor_id=actor_id), after=after, limit=limit)

    async def timeline(self, entity: Entity, *, after: int | None = None, limit: int = PAGE_SIZE) -> Page[AuditLog]:
        """Return what was done to one entity."""
        query = AuditLog.filter(entity_type=entity.type, entity_id=entity.id)
        return await base.page(query, after=after, limit=limit)

    async def of_transaction(self, tx_id: int, *, after: int | None = None, limit: int = PAGE_SIZE) -> Page[AuditLog]:
        """Return what one transaction recorded."""
        return await base.page(AuditLog.filter(tx_id=tx_id), after=after, limit=limit)
