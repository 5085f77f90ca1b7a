#!/usr/bin/env python3
"""Freeze current SQL into migrations.

    freeze_migration.py new SLUG FILE...   make the next migration from files of trust_models/sql
    freeze_migration.py refresh            copy them anew into the migrations that are not released yet

A migration's `.up.sql` is the text of the files that it brings, each below a line `-- from: FILE`; its `.down.sql` is
written by hand. `MODELS_STATE` is what Aerich compares the models with: the state of the tables made so far.
Both list every file of the migrations, with its SHA-256, in the MANIFEST. Neither needs a database;
`freeze_catalogue.py`, which comes afterwards, does.
"""

import asyncio
import re
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aerich.utils import get_formatted_compressed_data, get_models_describe
from tortoise.context import TortoiseContext

from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged
from trust_models.schema import manifest
from trust_models.sql import load

FOLDER = location() / APP
MARK = "-- from: "
TEMPLATE = '''"""{title}."""

from pathlib import Path
from typing import Any

RUN_IN_TRANSACTION = True


async def upgrade(_database: Any) -> str:
    """Return the SQL that brings the schema here."""
    return Path(__file__).with_suffix(".up.sql").read_text(encoding="utf-8")


async def downgrade(_database: Any) -> str:
    """Return the SQL that takes it back."""
    return Path(__file__).with_suffix(".down.sql").read_text(encoding="utf-8")


MODELS_STATE = (
    {state}
)
'''


def bundle(files: list[str]) -> str:
    """Return the texts of `files`, each below its mark."""
    return "\n".join(f"{MARK}{name}\n{load(name)}" for name in files)


def sources(migration: str) -> list[str]:
    """Return the files that a migration brings."""
    text = (FOLDER / migration).with_suffix(".up.sql").read_text(encoding="utf-8")
    return re.findall(rf"^{MARK}(\S+)$", text, flags=re.MULTILINE)


async def describe_models() -> dict[str, Any]:
    """Return Aerich's description of the models as they are now."""
    async with TortoiseContext() as context:
        config = {
            "connections": {"default": "asyncpg://nobody@localhost/nothing"},  # never connected to
            "apps": {
                APP: {
                    "models": ["trust_models.models", "aerich.models"],
                    "default_connection": "default",
                }
            },
        }
        await context.init(config=config, init_connections=False)
        return get_models_describe(APP)


def write(migration: str, files: list[str], tables: set[str], models: dict[str, Any]) -> None:
    """Write the Python and the `.up.sql` of one migration."""
    path = FOLDER / migration
    path.with_suffix(".up.sql").write_text(bundle(files), encoding="utf-8")
    state = {name: model for name, model in models.items() if model["table"] in tables}
    title = path.stem.partition("_")[2].partition("_")[2].replace("_", " ").capitalize()
    text = TEMPLATE.format(title=title, state=get_formatted_compressed_data(state).strip())
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Run one of the commands."""
    history = {name: sources(name) for name in packaged()}
    match arguments:
        case ["new", slug, *files] if files:
            moment = datetime.now(timezone.utc).strftime("%Y%m%d%H%M%S")
            name = f"{len(history)}_{moment}_{slug}.py"
            history[name] = files
            (FOLDER / name).with_suffix(".down.sql").touch()
        case ["refresh"]:
            pass
        case _:
            sys.exit(__doc__)
    models = asyncio.run(describe_models())
    tables: set[str] = set()
    for name, files in history.items():
        tables |= {Path(file).stem for file in files if file.startswith("tables/")}
        write(name, files, tables, models)
    (FOLDER / manifest.NAME).write_text(manifest.listing(FOLDER), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
