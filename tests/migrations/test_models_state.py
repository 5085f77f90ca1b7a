"""The last migration knows the models as they are, so that Aerich finds nothing to migrate. No database is needed."""

from pathlib import Path

from tests.fixtures.aerich_cli import aerich
from tests.fixtures.migration_folder import MigrationFolder
from tests.fixtures.migration_sections import migration_files, models_state
from tests.fixtures.model_descriptions import NOWHERE, describe_models, through_json
from trust_models.db.config import APP
from trust_models.db.schema_head import packaged


async def test_the_last_migration_has_the_models_as_they_are() -> None:
    assert through_json(models_state(packaged()[-1])) == await describe_models()


async def test_aerich_finds_nothing_to_migrate(tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    folder.bring()
    compared = await aerich(NOWHERE, "migrate", "--offline", "--name", "drift", folder=tmp_path)
    assert (compared.status, compared.output) == (0, "No changes detected\n"), compared.errors
    assert {path.name for path in (folder.location / APP).iterdir() if path.is_file()} == migration_files()
