"""Whatever the owner left in the database before: none of it runs in the session of the administrator who engages."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.refusals import refused
from trust_models.errors import SchemaDrifted
from trust_models.schema.lock import ownership
from trust_models.schema.lock.engage import engage

PLANT = """
    CREATE SEQUENCE public.ran;
    CREATE FUNCTION public.evil(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$ BEGIN
      IF (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
        PERFORM nextval('public.ran');
      END IF;
      RETURN 1;
    END $$
"""
"""What counts, past every rollback, that it ran for the administrator."""

CATALOGUE_NAMES = {
    "current_setting(text)": "text",
    "format(text, name)": "text",
    "format(text, name, text)": "text",
    "pg_get_userbyid(oid)": "name",
    "pg_has_role(regrole, text)": "boolean",
    "quote_ident(name)": "text",
    "to_regclass(text)": "regclass",
}
"""Functions of PostgreSQL's, or ones that fit their usual arguments better."""

OPERATORS = {"=": ("varchar", "text"), "<>": ("oid", "regrole")}

ON_READING = {
    "an index": "CREATE INDEX ON public.aerich ((public.evil(1)))",
    "part of an index": "CREATE INDEX ON public.aerich (id) WHERE public.evil(1) = 1",
    "statistics": "CREATE STATISTICS public.told ON (public.evil(1)), (public.evil(2)) FROM public.aerich",
    "statistics of another table": (
        "CREATE STATISTICS public.told ON (public.evil(1)), (public.evil(2)) FROM trust.schema_lock_baseline"
    ),
    "a constraint": (
        "ALTER TABLE public.aerich ADD CHECK (public.evil(1) = 1);"
        " ALTER DATABASE {database} SET constraint_exclusion = on"
    ),
    "a cast": """
        CREATE TYPE public.named AS ENUM ('trust');
        CREATE FUNCTION public.text_of(public.named) RETURNS text LANGUAGE plpgsql
          AS $$ BEGIN RETURN CASE public.evil(1) WHEN 1 THEN 'trust' END; END $$;
        CREATE CAST (public.named AS text) WITH FUNCTION public.text_of(public.named) AS IMPLICIT;
        DROP FUNCTION trust.applied_migrations();
        ALTER TABLE public.aerich ALTER app TYPE public.named USING 'trust'::public.named""",
}


@pytest.fixture
async def owner(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection, once the counter is planted."""
    async with connected(cluster.url("owner", database)) as connection:
        await connection.execute(PLANT)
        yield connection


async def ran(cluster: Cluster, database: str) -> bool:
    """Whether anything ran for an administrator."""
    async with connected(cluster.url("admin", database)) as admin:
        return bool(await admin.fetchval("SELECT is_called FROM public.ran"))


@pytest.mark.parametrize("way", ON_READING)
async def test_nothing_runs_by_reading_the_bookkeeping(
    cluster: Cluster, database: str, owner: asyncpg.Connection, way: str
) -> None:
    await owner.execute(ON_READING[way].format(database=database))
    with pytest.raises(SchemaDrifted):
        await engage(cluster.url("admin", database))
    assert not await ran(cluster, database)


async def test_nothing_answers_to_a_name_of_postgresql_s(
    cluster: Cluster, database: str, owner: asyncpg.Connection
) -> None:
    for header, result in CATALOGUE_NAMES.items():
        await owner.execute(
            f"CREATE FUNCTION public.{header} RETURNS {result} LANGUAGE plpgsql SET search_path = pg_catalog"
            " AS $$ BEGIN PERFORM public.evil(1); RETURN NULL; END $$"
        )
    for number, (operator, (left, right)) in enumerate(OPERATORS.items()):
        await owner.execute(
            f"CREATE FUNCTION public.operator_{number}({left}, {right}) RETURNS boolean LANGUAGE plpgsql"
            " SET search_path = pg_catalog AS $$ BEGIN PERFORM public.evil(1); RETURN true; END $$;"
            f" CREATE OPERATOR public.{operator} (LEFTARG = {left}, RIGHTARG = {right},"
            f" FUNCTION = public.operator_{number})"
        )
    await owner.execute(f"ALTER DATABASE {database} SET search_path = public, pg_catalog")
    with pytest.raises(SchemaDrifted, match="search_path is kept"):
        await engage(cluster.url("admin", database))
    await owner.execute(f"ALTER DATABASE {database} RESET search_path")
    await engage(cluster.url("admin", database))
    assert not await ran(cluster, database)


@pytest.mark.parametrize("table", ["trust.schema_lock", "trust.schema_lock_baseline", "public.audit_logs"])
async def test_nothing_runs_by_writing_down_that_it_is_locked(
    cluster: Cluster, database: str, owner: asyncpg.Connection, table: str
) -> None:
    await owner.execute(
        "CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN PERFORM public.evil(1); RETURN NEW; END $$;"
        f" CREATE TRIGGER evil BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION public.fired();"
        f" ALTER TABLE {table} ENABLE ALWAYS TRIGGER evil, ADD COLUMN evil integer DEFAULT public.evil(1)"
    )
    with pytest.raises(SchemaDrifted):
        await engage(cluster.url("admin", database))
    assert not await ran(cluster, database)


async def test_the_last_step_lets_nobody_become_the_administrator(admin: asyncpg.Connection) -> None:
    """Even with a function of the owner's in the middle of it, which came past every look at the schema."""
    async with admin.transaction():
        await ownership.move_objects(admin, ownership.GUARD)
        await admin.execute(
            "CREATE OR REPLACE FUNCTION trust.schema_catalogue()"
            " RETURNS TABLE (kind text, name text, definition text) LANGUAGE plpgsql"
            " AS $$ BEGIN RESET ROLE; kind := current_user; RETURN NEXT; END $$;"
            " SET LOCAL ROLE trust_guard"
        )
        async with refused(admin, "42501"):
            await admin.execute("SELECT trust.engage_schema_lock('trust_owner', NULL)")
