"""What is recorded beside each migration is what the migrations make on this version of PostgreSQL.

`python scripts/freeze_catalogue.py` records it anew after a change of the SQL.
"""

from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.drifts import told
from tests.fixtures.migration_folder import MigrationFolder, list_files
from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged
from trust_models.errors import SchemaMismatch
from trust_models.schema.catalogue import Catalogue, Key
from trust_models.schema.drift import drift
from trust_models.schema.expected import compose

RECORD = "what the migrations make is not what is recorded: run `python scripts/freeze_catalogue.py`"


async def test_each_migration_makes_what_is_recorded_both_ways(cluster: Cluster, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    async with cluster.empty() as name, connected(cluster.url("owner", name)) as owner:
        settings = cluster.settings(name)
        for number, migration in enumerate(packaged()):
            folder.bring(migration)
            async with folder.command(settings) as command:
                await command.upgrade()
            up = await drift(owner)
            assert up.applied == tuple(packaged()[: number + 1])
            assert not up.differences, "\n".join([RECORD, *map(str, up.differences)])

        for number in reversed(range(1, len(packaged()))):
            async with folder.command(settings) as command:
                await command.downgrade(number, delete=False)
            down = await drift(owner)
            assert down.applied == tuple(packaged()[:number])
            assert told(down) == [], f"{packaged()[number]} down"


async def test_a_migration_that_was_never_recorded(owner: asyncpg.Connection, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    folder.bring()
    last = packaged()[-1]
    (folder.location / APP / last).with_suffix(".catalogue.json").unlink()
    list_files(folder.location / APP)
    with pytest.raises(SchemaMismatch) as caught:
        await drift(owner, folder=folder.location / APP)
    assert str(caught.value) == (
        f"What the migration makes was never recorded: {Path(last).stem}.catalogue.json is missing. In a checkout"
        " run `python scripts/freeze_catalogue.py`; otherwise install the package again."
    )


@pytest.mark.parametrize(("major", "text"), [(15, "first"), (16, "first"), (17, "a\nb"), (18, None), (19, None)])
def test_a_definition_is_worded_as_the_version_does(tmp_path: Path, major: int, text: str | None) -> None:
    (tmp_path / "0_one.catalogue.json").write_text(
        '{"changed": {"view public.a": {"15": "first", "17": ["a", "b"], "18": null}}, "removed": []}'
    )
    made = compose(["0_one.py"], major=major, folder=tmp_path)
    assert made == Catalogue({} if text is None else {Key("view", "public.a"): text})


def test_a_later_migration_changes_and_removes(tmp_path: Path) -> None:
    (tmp_path / "0_one.catalogue.json").write_text(
        '{"changed": {"view public.a": "x", "view public.b": "y", "view public.c": {"15": null, "16": "z"}},'
        ' "removed": []}'
    )
    (tmp_path / "1_two.catalogue.json").write_text(
        '{"changed": {"view public.b": "new", "view public.c": {"15": "z", "16": null}}, "removed": ["view public.a"]}'
    )
    names = ["0_one.py", "1_two.py"]
    assert compose(names, major=16, folder=tmp_path) == Catalogue({Key("view", "public.b"): "new"})
    assert compose(names, major=15, folder=tmp_path).names("view") == {"public.b", "public.c"}


def test_nothing_is_recorded_that_an_installation_decides() -> None:
    for major in (15, 16, 17, 18):
        recorded = compose(packaged(), major=major, folder=location() / APP).definitions
        assert Key("owner", "schema public") not in recorded
        assert not [key for key in recorded if key.name.startswith("every new ") or "recorder" in key.name]
