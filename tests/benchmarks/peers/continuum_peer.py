"""SQLAlchemy on psycopg with SQLAlchemy-Continuum: it writes versions itself, and who acts to the transaction's row."""

import uuid
from contextlib import asynccontextmanager
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, configure_mappers
from sqlalchemy_continuum import make_versioned, versioning_manager
from sqlalchemy_continuum.plugins import TransactionMetaPlugin

from tests.benchmarks.peers.threads import in_a_thread
from tests.benchmarks.peers.work import ACTOR, CONFIG, FIRST, REQUEST, Opened, Revision
from tests.fixtures.cluster import Cluster

make_versioned(user_cls=None, plugins=[TransactionMetaPlugin()])


class Base(DeclarativeBase):
    """What the models share."""


class Lab(Base):
    """A lab."""

    __tablename__ = "labs"
    __versioned__: ClassVar[dict[str, object]] = {}

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
    """Make the tables and the lab in a database of their own."""
    async with cluster.empty() as name:
        url = cluster.url("owner", name).to_url().replace("postgresql://", "postgresql+psycopg://")
        engine = sa.create_engine(url)

        def prepare() -> None:
            Base.metadata.create_all(engine)
            with Session(engine) as session, session.begin():
                session.add(Lab(slug="bench", config=CONFIG, **vars(FIRST)))

        def revise(new: Revision) -> None:
            with Session(engine) as session, session.begin():
                lab = session.scalars(sa.select(Lab).where(Lab.slug == "bench")).one()
                for column, value in vars(new).items():
                    setattr(lab, column, value)
                said = versioning_manager.unit_of_work(session).create_transaction(session)
                said.meta = {"actor": ACTOR, **REQUEST}

        try:
            async with in_a_thread(prepare, revise) as change:
                yield change
        finally:
            engine.dispose()
