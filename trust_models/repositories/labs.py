"""Labs and their versions."""

from typing import Any
from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.enums import Difficulty
from trust_models.errors import NotFound
from trust_models.models import Lab, LabVersion
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.sql import load


class LabRepository:
    """Labs as they are written, and what each demanded when it was published."""

    async def draft(
        self,
        *,
        slug: str,
        title: str,
        difficulty: Difficulty,
        estimated_minutes: int,
        config: dict[str, Any] | None = None,
    ) -> Lab:
        """Create a lab; raise `AlreadyExists` when the slug is taken."""
        async with audited("lab.draft", Entity("lab")) as operation:
            lab = await base.insert(
                Lab,
                slug=slug,
                title=title,
                difficulty=difficulty,
                estimated_minutes=estimated_minutes,
                config=config or {},
            )
            operation.on(lab)
        return lab

    async def revise(
        self,
        lab_id: UUID,
        *,
        title: str | None = None,
        difficulty: Difficulty | None = None,
        estimated_minutes: int | None = None,
        config: dict[str, Any] | None = None,
    ) -> Lab:
        """Change what is given; what is published stays. Raise `NotFound`."""
        changes = base.given(title=title, difficulty=difficulty, estimated_minutes=estimated_minutes, config=config)
        async with audited("lab.revise", Entity.named("lab", lab_id)) as operation:
            operation.add(changed=sorted(changes))
            return await base.update(Lab, lab_id, **changes)

    async def publish(
        self, lab_id: UUID, *, expected_version: int | None = None, created_by: UUID | None = None
    ) -> LabVersion:
        """Publish a lab as it is now, and return the version that learners can start.

        Publishers of one lab queue; versions have no gap. Raises `VersionOutOfOrder` when `expected_version` is given
        and another one came first, `NotFound`.
        """
        async with audited("lab.publish", Entity.named("lab", lab_id)) as operation:
            lab = await self._locked(lab_id)
            version = await base.insert(
                LabVersion,
                lab_id=lab_id,
                version=expected_version,
                config=lab.config,
                created_by_id=created_by,
            )
            operation.add(version=version.version, config_sha256=version.config_sha256)
        return version

    async def _locked(self, lab_id: UUID) -> Lab:
        """Return the lab as it is now, and keep others from changing it: what is published is what was read."""
        labs = await base.fetch(Lab, load("queries/lock_lab.sql"), lab_id)
        if not labs:
            raise NotFound(f"There is no lab with the id {lab_id}.", table="labs")
        return labs[0]

    async def get(self, lab_id: UUID) -> Lab:
        """Return a lab; raise `NotFound`."""
        return await base.get(Lab, lab_id)

    async def get_by_slug(self, slug: str) -> Lab:
        """Return the lab with that slug; raise `NotFound`."""
        return await base.found(Lab, Lab.filter(slug=slug), f"the slug {slug}")

    async def page(self, *, after: UUID | None = None, limit: int = PAGE_SIZE) -> Page[Lab]:
        """Return labs in the order of their creation."""
        return await base.page(Lab.all(), after=after, limit=limit)

    async def latest_version(self, lab_id: UUID) -> LabVersion:
        """Return what was published last; raise `NotFound` before the first."""
        query = LabVersion.filter(lab_id=lab_id).order_by("-version")
        return await base.found(LabVersion, query, f"the lab {lab_id}")

    async def version(self, lab_id: UUID, number: int) -> LabVersion:
        """Return one version, counted from 1; raise `NotFound`."""
        return await base.found(LabVersion, LabVersion.filter(lab_id=lab_id, version=number), f"the number {number}")

    async def versions(self, lab_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE) -> Page[LabVersion]:
        """Return the versions of a lab, the first one first."""
        return await base.page(LabVersion.filter(lab_id=lab_id), after=after, limit=limit)
