"""The SQL that records changes is what its generator writes from the declaration, and the declaration is complete."""

import asyncio
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import asyncpg
import pytest

from tests.fixtures.guards import CRITICAL
from trust_models.audit.captured import CAPTURED, IGNORED, Captured
from trust_models.sql import load

GENERATOR = Path(__file__).parents[2] / "scripts" / "generate_capture.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_capture", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_files_are_what_the_generator_writes() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, GENERATOR, "--check", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def test_every_critical_table_is_declared() -> None:
    assert [captured.table for captured in CAPTURED] == list(CRITICAL)


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda captured: captured.table)
async def test_the_columns_are_those_of_the_table(owner: asyncpg.Connection, captured: Captured) -> None:
    rows = await owner.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        f"public.{captured.table}",
    )
    assert [row["attname"] for row in rows] == list(captured.columns)
    assert {*captured.shown, *captured.hidden, *IGNORED} == captured.columns.keys()


def test_a_mask_changes_what_is_written(generator: ModuleType) -> None:
    flags = next(captured for captured in CAPTURED if captured.table == "feature_flags")
    text = generator.render(replace(flags, masked=frozenset({"description"})))
    assert text != load("capture/feature_flags.sql")
    assert "OLD.description)" not in text
    assert "'description'," not in text
    assert "-- Masked: description;" in text


def test_a_mask_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="feature_flags has no column secret to mask"):
        Captured(CAPTURED[7].model, masked=frozenset({"secret"}))
