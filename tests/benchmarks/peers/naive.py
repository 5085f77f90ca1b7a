"""asyncpg alone, with an audit as one writes it by hand: read the row, change it, insert what it was and became."""

import json
from contextlib import asynccontextmanager

from tests.benchmarks.peers.work import ACTOR, CONFIG, FIRST, REQUEST, Opened, Revision, timed
from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster

TABLES = """
CREATE TABLE labs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug varchar(100) UNIQUE, title varchar(200),
  difficulty varchar(16), estimated_minutes integer, config jsonb,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), actor_id text,
  action text, entity_id uuid, before jsonb, after jsonb, context jsonb);
CREATE INDEX ON audit (actor_id, id);
CREATE INDEX ON audit (entity_id, id)
"""
LAB = """
INSERT INTO labs (slug, title, difficulty, estimated_minutes, config) VALUES ('bench', $1, $2, $3, $4) RETURNING id
"""
READ = "SELECT title, difficulty, estimated_minutes FROM labs WHERE id = $1 FOR UPDATE"
WRITE = "UPDATE labs SET title = $2, difficulty = $3, estimated_minutes = $4, updated_at = now() WHERE id = $1"
AUDIT = "INSERT INTO audit (actor_id, action, entity_id, before, after, context) VALUES ($1, $2, $3, $4, $5, $6)"


@asynccontextmanager
async def opened(cluster: Cluster, _database: str) -> Opened:
    """Make the tables in a database of their own."""
    async with cluster.empty() as name, connected(cluster.url("owner", name)) as connection:
        await connection.execute(TABLES)
        lab = await connection.fetchval(LAB, FIRST.title, FIRST.difficulty, FIRST.estimated_minutes, json.dumps(CONFIG))

        async def revise(new: Revision) -> None:
            async with connection.transaction():
                (row,) = await connection.fetch(READ, lab)
                await connection.execute(WRITE, lab, new.title, new.difficulty, new.estimated_minutes)
                after = {"title": new.title, "difficulty": new.difficulty, "estimated_minutes": new.estimated_minutes}
                said = map(json.dumps, (dict(row), after, REQUEST))
                await connection.execute(AUDIT, ACTOR, "lab.revise", lab, *said)

        yield timed(revise)
