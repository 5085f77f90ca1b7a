"""Switches of the platform."""

from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.models import FeatureFlag
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
