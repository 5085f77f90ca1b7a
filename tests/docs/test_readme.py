"""What README.md shows of the demo is what the demo prints."""

import re
import sys
from pathlib import Path

from tests.docs import programs
from tests.docs.pages import page


def generally(line: str) -> str:
    """A line without what differs from run to run: numbers."""
    return re.sub(r"[0-9][0-9.,]*", "#", line).rstrip()


async def commit_something(folder: Path) -> None:
    (folder / "main.py").write_text("print('Hello')\n", encoding="utf-8")
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for command in (("init", "--quiet"), ("add", "."), (*person, "commit", "--quiet", "--message", "Say hello")):
        await programs.output_of("git", "-C", folder, *command)


async def test_the_demo_prints_what_is_shown(tmp_path: Path) -> None:
    await commit_something(tmp_path)
    printed = await programs.output_of(sys.executable, "-m", "trust_models", "demo", "--repo", tmp_path)
    lines = iter(generally(line) for line in printed.splitlines())
    shown = page("README.md").blocks_of("text")[0].text
    assert "Now the attacker" in shown
    for line in shown.splitlines():
        # Each after the one before: the iterator goes on where it stopped.
        assert generally(line) in lines, line
