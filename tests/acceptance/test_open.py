"""`Database.open()` on what it cannot use: an error of the package that says what to do, and no password."""

import traceback

import pytest

from tests.fixtures.addresses import SECRET, where_nobody_answers
from tests.fixtures.cluster import Cluster, connect
from trust_models import Database, Settings
from trust_models.db.schema_head import packaged
from trust_models.errors import DatabaseUnavailable, SchemaMismatch, TrustError

UPGRADE = "Run `trust-models upgrade`."


async def refusal(settings: Settings, kind: type[TrustError]) -> TrustError:
    """Open the database, which is refused, and return the error; no text of it shows the password."""
    with pytest.raises(kind) as caught:
        await Database(settings).open()
    secret = settings.database_url.password
    assert secret
    assert secret not in "".join(traceback.format_exception(caught.value))
    assert secret not in repr(caught.value)
    return caught.value


async def test_a_server_that_is_down() -> None:
    with where_nobody_answers() as url:
        error = await refusal(Settings.load(database_url=url), DatabaseUnavailable)
    assert str(error).startswith("The database cannot be reached: ")
    assert f"'{url.host}', {url.port}" in str(error)


async def test_a_wrong_password(cluster: Cluster, database: str) -> None:
    url = cluster.url("app", database).replace(password=SECRET)
    error = await refusal(Settings.load(database_url=url), DatabaseUnavailable)
    assert str(error) == f'Password authentication failed for user "{cluster.login("app")}".'


async def test_a_database_that_is_not_there(cluster: Cluster) -> None:
    error = await refusal(cluster.settings("no_such_database"), DatabaseUnavailable)
    assert "no_such_database" in str(error)


async def test_a_database_without_the_schema(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        error = await refusal(cluster.settings(name), SchemaMismatch)
    assert (error.message, error.hint) == ("The database has no trust_models schema yet.", UPGRADE)


async def test_a_database_that_is_behind(cluster: Cluster, database: str) -> None:
    owner = await connect(cluster.url("owner", database))
    await owner.execute("DELETE FROM aerich WHERE version = $1", packaged()[-1])
    await owner.close()
    error = await refusal(cluster.settings(database), SchemaMismatch)
    assert error.message == (f"The database is behind this package: 1 of {len(packaged())} migrations are missing.")
    assert error.hint == UPGRADE


async def test_a_database_that_is_ahead(cluster: Cluster, database: str) -> None:
    owner = await connect(cluster.url("owner", database))
    await owner.execute("INSERT INTO aerich (version, app, content) VALUES ('99_later.py', 'trust', '{}')")
    await owner.close()
    error = await refusal(cluster.settings(database), SchemaMismatch)
    assert error.message == (
        "The database is ahead of this package: it has 99_later.py, which the package does not know."
    )
    assert error.hint == ("Install the version of trust-models that the database was upgraded with, or a newer one.")


async def test_one_that_was_refused_can_be_opened_once_it_is_mended(cluster: Cluster, database: str) -> None:
    wrong = cluster.url("app", database).replace(password=SECRET)
    await refusal(Settings.load(database_url=wrong), DatabaseUnavailable)
    async with Database(cluster.settings(database)):
        pass
