"""Each benchmark runs, with sizes too small to measure anything."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.capture import CHANGES
from tests.benchmarks.ddl import STATES
from tests.benchmarks.guards import settings_of
from tests.benchmarks.ledger import WRITING
from tests.benchmarks.twins import PAIRS
from tests.benchmarks.verb import SYNCHRONOUS_COMMIT
from tests.benchmarks.verify import IN_MEMORY, NEW, PROOF

CHECKOUT = Path(__file__).parents[2]

TINY = {
    "guards": ("--rounds", "1", "--seconds", "0.02"),
    "ddl": ("--rounds", "2", "--rows", "0", "300"),
    "verb": ("--rounds", "1", "--changes", "3"),
    # The only peer that needs nothing that is not here.
    "peers": ("--rounds", "2", "--changes", "3", "--peer", "asyncpg"),
    "capture": ("--rounds", "1", "--statements", "3", "--rows", "20"),
    "ledger": ("--rounds", "1", "--seconds", "0.1", "--runs", "1", "--probes", "1", "--events", "300"),
    "verify": ("--rounds", "1", "--events", "600", "--new", "10"),
}


async def run(name: str, *options: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks", name, *options),
        cwd=CHECKOUT,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), timeout=120)
    assert process.returncode == 0, errors.decode()
    return output


@pytest.mark.parametrize("name", BENCHMARKS)
async def test_a_benchmark_runs(name: str) -> None:
    report = json.loads(await run(name, *TINY[name], "--json"))
    assert report["benchmark"] == name
    assert report["machine"].keys() >= {"processor", "Python", "PostgreSQL", "synchronous_commit"}
    if name == "guards":
        expected = [(pair.table, f"{one.writers}{one.note}") for pair in PAIRS for one in settings_of(pair)]
        assert [(row["table"], row["writers"]) for row in report["rows"]] == expected
    elif name == "verb":
        assert tuple(row["synchronous_commit"] for row in report["rows"]) == SYNCHRONOUS_COMMIT
    elif name == "peers":
        assert [row["who"] for row in report["rows"]] == ["trust_models", "asyncpg"]
    elif name == "capture":
        assert [row["change"] for row in report["rows"]] == list(CHANGES)
    elif name == "ledger":
        assert len(report["rows"]) == len(WRITING) + 3
        assert report["rows"][len(WRITING)]["result"] == "0, 0, 0"
    elif name == "verify":
        assert [row["verified"] for row in report["rows"]] == ["all, round 1", IN_MEMORY, NEW, PROOF]
    else:
        assert [(row["schema"], row["rows"]) for row in report["rows"]] == [
            (state, rows) for state in STATES for rows in (0, 300)
        ]


async def test_a_table_for_people_says_what_it_ran_on() -> None:
    text = (await run("guards", *TINY["guards"], "--table", "proof_artifacts")).decode()
    assert "proof_artifacts" in text
    assert "synchronous_commit: on" in text
    assert "lesson_versions" not in text
