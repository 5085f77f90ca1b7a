"""Every migration goes up, down and up again, and each way it does all that it says."""

from pathlib import Path

from tests.fixtures.bookkeeping import applied
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.migration_folder import MigrationFolder
from tests.fixtures.migration_sections import tables_of_models
from trust_models.db.schema_head import packaged


async def test_each_migration_goes_up_down_and_up_again(cluster: Cluster, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    async with cluster.empty() as name:
        settings, url = cluster.settings(name), cluster.url("owner", name)
        before = None
        for number, migration in enumerate(packaged()):
            folder.bring(migration)
            async with folder.command(settings) as command:
                assert await command.upgrade() == [migration]
            there = await catalogue_of(url)
            assert {f"public.{table}" for table in tables_of_models(migration)} == {
                table for table in there.names("table") if table.startswith("public.")
            }

            async with folder.command(settings) as command:
                assert await command.downgrade(-1, delete=False) == [migration]
            assert await applied(url) == packaged()[:number]
            if before is not None:
                assert_same(before, await catalogue_of(url), after=f"{migration} down")

            async with folder.command(settings) as command:
                assert await command.upgrade() == [migration]
            before = await catalogue_of(url)
            assert_same(there, before, after=f"{migration} up, down and up")
        assert await applied(url) == packaged()


async def test_all_the_way_down_and_up_again(cluster: Cluster, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    folder.bring()
    async with cluster.clone() as name:
        settings, url = cluster.settings(name), cluster.url("owner", name)
        head = await catalogue_of(url)
        async with folder.command(settings) as command:
            assert await command.downgrade(0, delete=False) == packaged()[::-1]
        async with folder.command(settings) as command:
            assert await command.upgrade() == packaged()
        assert_same(head, await catalogue_of(url), after="all migrations down and up")
