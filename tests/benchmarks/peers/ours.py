"""A verb of this package."""

from contextlib import asynccontextmanager

from tests.benchmarks.peers.work import ACTOR, CONFIG, FIRST, REQUEST, Opened, Revision, timed
from tests.fixtures.cluster import Cluster
from trust_models import Actor, Database, LabRepository, RequestContext, acting_as
from trust_models.enums import Difficulty

labs = LabRepository()


@asynccontextmanager
async def opened(cluster: Cluster, database: str) -> Opened:
    """Open the package as a service does."""
    async with Database(cluster.settings(database)):
        with acting_as(Actor.user(ACTOR)):
            lab = await labs.draft(
                slug="bench",
                title=FIRST.title,
                difficulty=Difficulty(FIRST.difficulty),
                estimated_minutes=FIRST.estimated_minutes,
                config=CONFIG,
            )

        async def revise(new: Revision) -> None:
            with acting_as(Actor.user(ACTOR), RequestContext(**REQUEST)):
                await labs.revise(
                    lab.id,
                    title=new.title,
                    difficulty=Difficulty(new.difficulty),
                    estimated_minutes=new.estimated_minutes,
                )

        yield timed(revise)
