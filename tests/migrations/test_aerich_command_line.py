"""Aerich's command line does what its manual says, on our migrations."""

from tests.fixtures.aerich_cli import aerich
from tests.fixtures.bookkeeping import applied
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from trust_models.db.schema_head import packaged


async def test_upgrade_history_heads_and_downgrade_to_nothing(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        settings, url = cluster.settings(name), cluster.url("owner", name)

        upgraded = await aerich(settings, "upgrade")
        assert upgraded.status == 0, upgraded.errors
        assert upgraded.output.splitlines() == [f"Success upgrading to {migration}" for migration in packaged()]
        migrated = await catalogue_of(cluster.url("owner", cluster.template))
        assert_same(migrated, await catalogue_of(url), after="aerich upgrade")

        history = await aerich(settings, "history")
        assert (history.status, history.output.splitlines()) == (0, packaged())

        heads = await aerich(settings, "heads")
        assert (heads.status, heads.output) == (0, "No available heads.\n")

        downgraded = await aerich(settings, "downgrade", "-v", "0", "--yes")
        assert downgraded.status == 0, downgraded.errors
        assert downgraded.output.splitlines() == [
            f"Success downgrading to {migration}" for migration in reversed(packaged())
        ]
        left = await catalogue_of(url)
        assert left.names("schema") == {"public"}
        assert left.names("table") == {"public.aerich"}
        assert left.names("sequence") == {"public.aerich_id_seq"}
        assert not [*left.of_kind("function", "trigger", "view", "type", "policy", "rule").definitions]
        assert await applied(url) == []


async def test_a_wrong_setting_is_one_message_and_no_traceback(cluster: Cluster) -> None:
    settings = cluster.settings("no_such_database")
    failed = await aerich(settings, "upgrade")
    assert failed.status == 1
    assert failed.errors == 'Error: Database "no_such_database" does not exist.\n'
