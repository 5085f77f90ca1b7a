"""What `trust-models demo` prints: for a person at a terminal, for a file, and for what is neither."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.fixtures.program import Program, ended
from tests.fixtures.repositories import Repository
from tests.fixtures.terminals import colours, on_terminal, plain

SUBJECT = "Mend [bold]markup[/bold] :bug: \x1b[2J\x1b]0;title\x07 \u202egnp.exe"
SHOWN = "Mend [bold]markup[/bold] :bug: \ufffd[2J\ufffd]0;title\ufffd \ufffdgnp.exe"
LAST_LINE = "What nobody could refuse was found out: that event, and no other."
GREEN = 32


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose commit says what would disturb a terminal."""
    repository = Repository.create(tmp_path_factory.mktemp("output") / "repository")
    repository.commit(SUBJECT, {"app.py": "x = 1\n"})
    return repository


async def test_a_pipe_gets_plain_text(tmp_path: Path, repository: Repository) -> None:
    """Also one whose encoding lacks what is printed, and however narrow the caller's terminal is."""
    environment = {"PYTHONIOENCODING": "ascii", "COLUMNS": "20", "TERM": "xterm-256color"}
    check = ("--check", "sh -c 'exit 7'")
    run = await Program(tmp_path, environment=environment).run("demo", "--repo", repository.path, *check)
    assert (run.status, run.errors) == (0, "")
    assert run.output.isascii()
    assert "\x1b" not in run.output
    lines = run.output.splitlines()
    shown = SHOWN.replace("\ufffd", "?")
    assert lines[1] == f"? repository {repository.path}: HEAD is {repository.head[:12]} ({shown})"
    assert "? attempt 2: `sh -c 'exit 7'` ended with status 7: FAIL" in lines
    assert "? ended the session: FAILED" in lines
    assert "Every attack was refused, and the evidence is what it was." in lines
    assert "Now a superuser, whom no database can refuse anything" in lines
    assert lines[-1] == LAST_LINE


async def test_a_terminal_gets_colours_and_nothing_of_the_repositorys(tmp_path: Path, repository: Repository) -> None:
    program = Program(tmp_path, environment={"TERM": "xterm-256color"})
    output = await on_terminal(program, "demo", "--repo", repository.path, columns=200)
    assert GREEN in colours(output)
    text = plain(output)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert f"({SHOWN})\n" in text
    assert text.endswith(f"{LAST_LINE}\n")


async def test_a_narrow_terminal_without_colours_gets_every_word(tmp_path: Path, repository: Repository) -> None:
    program = Program(tmp_path, environment={"TERM": "xterm-256color", "NO_COLOR": "1"})
    output = await on_terminal(program, "demo", "--repo", repository.path, columns=30)
    assert not colours(output)
    lines = plain(output).splitlines()
    # The terminal wraps; a line that the program broke could be neither searched nor copied.
    assert f"✓ repository {repository.path}: HEAD is {repository.head[:12]} ({SHOWN})" in lines
    assert lines[-1] == LAST_LINE
    assert not [line for line in lines if "…" in line.replace(" …", "")]  # but for the short forms of keys


async def test_a_reader_that_leaves_ends_it(tmp_path: Path, repository: Repository) -> None:
    program = Program(tmp_path)
    ours, its = os.pipe()
    async with program.started("demo", "--repo", repository.path, output=its) as process:
        os.close(its)
        await asyncio.to_thread(os.read, ours, 1)
        os.close(ours)
        run = await ended(process)
    assert run.status == 1
    assert "Traceback" not in run.errors
    assert not [*program.temporary.iterdir()]


async def test_an_output_that_cannot_be_written_is_one_message(tmp_path: Path, repository: Repository) -> None:
    program = Program(tmp_path)
    unwritable = os.open(os.devnull, os.O_RDONLY)
    run = await program.run("demo", "--repo", repository.path, output=unwritable)
    os.close(unwritable)
    assert (run.status, run.errors) == (1, "error: Bad file descriptor.\n")
