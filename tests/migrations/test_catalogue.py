"""A catalogue is the same whoever reads it and however the schema was built; comparing two needs no database."""

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from trust_models.db.database import Database, current_client, transaction
from trust_models.schema.catalogue import Catalogue, Difference, Key, compare, snapshot

TOUCH = Key("function", "trust.touch()")
EMAIL = Key("column", "public.users.email")


def definition(body: str) -> str:
    return f"CREATE FUNCTION trust.touch()\n-- moves updated_at\n{body}\nEND"


@pytest.mark.parametrize("role", ["admin", "app", "reader", "archiver"])
async def test_every_role_reads_the_same(cluster: Cluster, database: str, role: str) -> None:
    expected = await catalogue_of(cluster.url("owner", database))
    assert_same(expected, await catalogue_of(cluster.url(role, database)), after=f"a change of role to {role}")


@pytest.mark.parametrize("path", ["trust, public", "", '"$user", pg_temp', "public, pg_catalog"])
async def test_the_search_path_does_not_matter_and_stays(owner: asyncpg.Connection, path: str) -> None:
    expected = await snapshot(owner)
    async with owner.transaction():
        await owner.execute("SELECT set_config('search_path', $1, true)", path)
        assert_same(expected, await snapshot(owner), after=f"search_path = {path}")
        assert await owner.fetchval("SELECT current_setting('search_path')") == path
    await owner.execute("SELECT set_config('search_path', $1, false)", path)
    assert_same(expected, await snapshot(owner), after=f"search_path = {path}")
    assert await owner.fetchval("SELECT current_setting('search_path')") == path


async def test_a_service_reads_through_its_pool_and_in_its_transaction(cluster: Cluster, db: Database) -> None:
    expected = await catalogue_of(cluster.url("owner", db.settings.database_url.database))
    assert_same(expected, await snapshot(current_client()), after="reading through the pool")
    async with transaction():
        assert_same(expected, await snapshot(current_client()), after="reading in a transaction")


async def test_the_order_in_which_things_are_made_does_not_matter(cluster: Cluster) -> None:
    columns = ["first integer NOT NULL", "second text DEFAULT 'x'"]
    checks = ["ADD CONSTRAINT a CHECK (first > 0)", "ADD CONSTRAINT b UNIQUE (second)"]
    made: list[Catalogue] = []
    for step in (1, -1):
        async with cluster.empty() as name, connected(cluster.url("owner", name)) as owner:
            await owner.execute(f"CREATE TABLE public.made ({', '.join(columns[::step])}, gone integer)")
            await owner.execute("ALTER TABLE public.made DROP COLUMN gone")
            for check in checks[::step]:
                await owner.execute(f"ALTER TABLE public.made {check}")
            for role in ("trust_app", "trust_reader")[::step]:
                await owner.execute(f"GRANT SELECT, INSERT ON public.made TO {role}")
            made.append(await snapshot(owner))
    assert_same(made[0], made[1], after="making it in the other order")


async def test_what_an_extension_brings_is_left_out(admin: asyncpg.Connection) -> None:
    available = "SELECT name FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'pg_trgm') ORDER BY name"
    before = await snapshot(admin)
    await admin.execute(f"CREATE EXTENSION {await admin.fetchval(available)} SCHEMA public")
    assert_same(before, await snapshot(admin), after="CREATE EXTENSION")


async def test_a_role_named_like_the_owner_is_told_apart(admin: asyncpg.Connection) -> None:
    before = await snapshot(admin)
    async with admin.transaction():
        await admin.execute('CREATE ROLE "<owner>"; GRANT ALL ON public.users TO "<owner>"')
        found = compare(before, await snapshot(admin))
        await admin.execute('DROP OWNED BY "<owner>"; DROP ROLE "<owner>"')
    assert [str(difference.key) for difference in found] == ['grant table public.users to "<owner>"']


def test_a_catalogue_cannot_be_changed() -> None:
    source = {TOUCH: "before"}
    catalogue = Catalogue(source)
    source[TOUCH] = "after"
    assert catalogue.definitions == {TOUCH: "before"}
    with pytest.raises(TypeError):
        catalogue.definitions[TOUCH] = "after"  # type: ignore[index]


def test_a_catalogue_by_kind() -> None:
    catalogue = Catalogue({TOUCH: "function", EMAIL: "column"})
    assert catalogue.of_kind("function", "trigger") == Catalogue({TOUCH: "function"})
    assert catalogue.names("column") == {"public.users.email"}


def test_equal_catalogues_do_not_differ() -> None:
    assert compare(Catalogue({TOUCH: "x", EMAIL: ""}), Catalogue({EMAIL: "", TOUCH: "x"})) == []


def test_differences_come_in_order_and_say_what_is_wrong() -> None:
    expected = Catalogue({TOUCH: "x", EMAIL: "varchar"})
    actual = Catalogue({EMAIL: "text", Key("schema", "stray"): ""})
    assert compare(expected, actual) == [
        Difference(EMAIL, "varchar", "text"),
        Difference(TOUCH, "x", None),
        Difference(Key("schema", "stray"), None, ""),
    ]
    assert [str(difference) for difference in compare(expected, actual)] == [
        "changed column public.users.email\n-varchar\n+text",
        "missing function trust.touch()\n-x",
        "unknown schema stray",
    ]


def test_a_difference_shows_the_lines_that_changed_among_all_others() -> None:
    before, after = definition("RETURN NEW;"), definition("RETURN OLD;").replace("-- moves updated_at\n", "")
    assert Difference(TOUCH, before, after).diff.splitlines() == [
        " CREATE FUNCTION trust.touch()",
        "--- moves updated_at",
        "-RETURN NEW;",
        "+RETURN OLD;",
        " END",
    ]
