"""SQLAlchemy on asyncpg with PostgreSQL-Audit: a trigger writes the changes, a row of the transaction says who.

Its triggers are per row: those per statement, its default, get slower with every change of a session.
"""

import uuid
from contextlib import asynccontextmanager
from typing import ClassVar

import sqlalchemy as sa
from postgresql_audit import VersioningManager
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, configure_mappers

from tests.benchmarks.peers.work import ACTOR, CLIENT, CONFIG, FIRST, Opened, Revision, timed
from tests.fixtures.cluster import Cluster


class Base(DeclarativeBase):
    """What the models share."""


manager = VersioningManager(use_statement_level_triggers=False)
manager.init(Base)


class Lab(Base):
    """A lab."""

    __tablename__ = "labs"
    __versioned__: ClassVar[dict[str, list[str]]] = {"exclude": ["updated_at"]}

    id = sa.Column(sa.Uuid, primary_key=True, default=uuid.uuid4)
    slug = sa.Column(sa.String(100), unique=True)
    title = sa.Column(sa.String(200))
    difficulty = sa.Column(sa.String(16))
    estimated_minutes = sa.Column(sa.Integer)
    config = sa.Column(JSONB)
    created_at = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())
    updated_at = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now(), onupdate=sa.func.now())


configure_mappers()


@asynccontextmanager
async def opened(cluster: Cluster, _database: str) -> Opened:
    """Make the tables, their triggers and the lab in a database of their own."""
    async with cluster.empty() as name:
        place = cluster.url("owner", name).to_url().removeprefix("postgresql")
        make_tables(f"postgresql+psycopg{place}")  # the library's own DDL does not go through asyncpg
        engine = create_async_engine(f"postgresql+asyncpg{place}")
        session_of = async_sessionmaker(engine, expire_on_commit=False)
        async with session_of.begin() as session:
            session.add(Lab(slug="bench", config=CONFIG, **vars(FIRST)))
        manager.values = {"actor_id": ACTOR, "client_addr": CLIENT}

        async def revise(new: Revision) -> None:
            async with session_of.begin() as session:
                await session.run_sync(manager.set_activity_values)
                await session.execute(sa.update(Lab).where(Lab.slug == "bench").values(**vars(new)))

        try:
            yield timed(revise)
        finally:
            await engine.dispose()


def make_tables(url: str) -> None:
    """Make everything but the lab."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE EXTENSION btree_gist"))
        own = [manager.transaction_cls.__table__, manager.activity_cls.__table__]  # before what they watch
        Base.metadata.create_all(connection, own)
        Base.metadata.create_all(connection)
    engine.dispose()
