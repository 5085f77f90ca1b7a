"""`scripts/freeze_catalogue.py` records what holds on every version, and writes nothing unless it has seen them all."""

import runpy
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aerich_cli import CHECKOUT
from trust_models.db.config import APP
from trust_models.db.schema_head import location
from trust_models.provisioning.embedded.binaries import find_binaries
from trust_models.schema.catalogue import Catalogue, Key
from trust_models.schema.expected import compose
from trust_models.schema.manifest import listing

SCRIPT = CHECKOUT / "scripts" / "freeze_catalogue.py"
MAJORS = (15, 16, 17, 18)
VIEW = Key("view", "public.one")


@pytest.fixture(scope="module")
def script() -> Mapping[str, Any]:
    """What the script defines."""
    return runpy.run_path(str(SCRIPT))


def by_major(*texts: str | None) -> dict[int, Catalogue]:
    made = zip(MAJORS, texts, strict=True)
    return {major: Catalogue({} if text is None else {VIEW: text}) for major, text in made}


NOTHING = by_major(None, None, None, None)
STEPS = {
    "the same everywhere": (by_major("x", "x", "x", "x"), {"changed": {"view public.one": "x"}, "removed": []}),
    "several lines": (
        by_major("x\ny", "x\ny", "x\ny", "x\ny"),
        {"changed": {"view public.one": ["x", "y"]}, "removed": []},
    ),
    "another wording from 17 on": (
        by_major("x", "x", "y", "y"),
        {"changed": {"view public.one": {"15": "x", "17": "y"}}, "removed": []},
    ),
    "back to the first wording": (
        by_major("x", "y", "x", "x"),
        {"changed": {"view public.one": {"15": "x", "16": "y", "17": "x"}}, "removed": []},
    ),
    "only from 18 on": (
        by_major(None, None, None, "x"),
        {"changed": {"view public.one": {"15": None, "18": "x"}}, "removed": []},
    ),
}


@pytest.mark.parametrize(("after", "recorded"), STEPS.values(), ids=STEPS.keys())
def test_a_definition_is_recorded_once_for_each_wording(
    script: Mapping[str, Any], tmp_path: Path, after: dict[int, Catalogue], recorded: dict[str, Any]
) -> None:
    assert script["step"](NOTHING, after) == recorded
    (tmp_path / "0_one.catalogue.json").write_text(script["json"].dumps(recorded))
    for major in MAJORS:
        assert compose(["0_one.py"], major=major, folder=tmp_path) == after[major]


def test_what_is_gone_and_what_stays(script: Mapping[str, Any]) -> None:
    before = by_major("x", "x", "y", "y")
    assert script["step"](before, NOTHING) == {"changed": {}, "removed": ["view public.one"]}
    assert script["step"](before, before) == {"changed": {}, "removed": []}
    assert script["step"](NOTHING, NOTHING) == {"changed": {}, "removed": []}


def test_with_a_version_missing_nothing_is_written() -> None:
    folder = location() / APP
    before = listing(folder)
    run = subprocess.run(  # noqa: S603 - the script of this checkout
        [sys.executable, str(SCRIPT), str(find_binaries())], check=False, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 1
    assert run.stderr.startswith("Nothing is written: there is no PostgreSQL ")
    assert listing(folder) == before
