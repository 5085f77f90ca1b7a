"""docs/reference/cli.md says what `trust-models --help` says."""

import asyncio
import itertools
import re
import sys
from collections.abc import Mapping

import pytest

from tests.docs import programs
from tests.docs.pages import code, page

PAGE = page("docs/reference/cli.md")
PROGRAM = "trust-models"
COMMANDS = [heading.removeprefix(PROGRAM).strip() for heading in PAGE.headings if heading.startswith(PROGRAM)]
"""The commands that the page lists; the empty one is the program itself."""


@pytest.fixture(scope="module")
async def help_texts() -> Mapping[str, str]:
    """What each command says of itself."""
    runs = (programs.output_of(sys.executable, "-m", "trust_models", *one.split(), "--help") for one in COMMANDS)
    return dict(zip(COMMANDS, await asyncio.gather(*runs), strict=True))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_of_a_command(command: str, help_texts: Mapping[str, str]) -> None:
    text = help_texts[command]
    options = set(re.findall(r"^│ +(?:\* +)?(--\w[\w-]*)", text, re.MULTILINE)) - {"--help"}
    section = PAGE.section(f"{PROGRAM} {command}".strip())
    if not options:
        assert "It has no options." in section.text
        return
    rows = section.table("Option", "Default", "Meaning").rows
    assert {code(row["Option"]) for row in rows} == options
    for row in rows:
        (line,) = re.findall(rf"^│ +(?:\* +)?{code(row['Option'])} .*$", text, re.MULTILINE)
        if default := re.search(r"\[default: (.+?)]", line):
            assert code(row["Default"]) == default[1]
        else:
            assert not row["Default"].startswith("`"), row


@pytest.mark.parametrize("command", COMMANDS)
def test_a_paragraph_of_help_breaks_only_where_the_terminal_ends(command: str, help_texts: Mapping[str, str]) -> None:
    said = help_texts[command].partition("Usage:")[2].partition("╭")[0].splitlines()[1:]
    for line, following in itertools.pairwise(said):
        if following.strip():
            word = following.split()[0]
            assert not line.strip() or len(f"{line.rstrip()} {word}") > len(line) - 1, (line, following)


@pytest.mark.parametrize("group", ["", "audit", "lock"])
def test_every_command_is_listed(group: str, help_texts: Mapping[str, str]) -> None:
    listed = help_texts[group].partition("─ Commands ─")[2]
    below = [command.removeprefix(f"{group} ") if group else command for command in COMMANDS if command != group]
    expected = {command for command in below if f"{group} {command}".strip() in COMMANDS and " " not in command}
    if group:
        expected &= {command.partition(" ")[2] for command in COMMANDS if command.startswith(f"{group} ")}
    assert set(re.findall(r"^│ (\w+)", listed, re.MULTILINE)) == expected
