"""What `trust-models demo` cannot work with: one message that says what to do, and nothing is left."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fixtures.program import Ended, Program, at_once
from tests.fixtures.repositories import Repository

TITLE = "trust_models demo: verify a commit, keep the evidence, then try to falsify it\n"


@dataclass(frozen=True)
class Refusal:
    """What is asked for, with "{folder}" for the test's own, and the message."""

    arguments: tuple[str, ...]
    message: str
    environment: Mapping[str, str] = field(default_factory=dict)


REFUSALS = {
    "no-folder": Refusal(
        ("--repo", "{folder}/nowhere"), "There is no folder {folder}/nowhere. Name a Git repository with --repo PATH."
    ),
    "a-file": Refusal(
        ("--repo", "{folder}/file"), "There is no folder {folder}/file. Name a Git repository with --repo PATH."
    ),
    "no-repository": Refusal(
        ("--repo", "{folder}/plain"),
        "{folder}/plain is not a Git repository that can be read: fatal: not a git repository"
        " (or any of the parent directories): .git. Name one with --repo PATH.",
    ),
    "no-commit": Refusal(
        ("--repo", "{folder}/empty"), "The repository {folder}/empty has no commit yet. Commit something first."
    ),
    "a-broken-head": Refusal(
        ("--repo", "{folder}/broken"), "HEAD of {folder}/broken cannot be read: fatal: bad object HEAD."
    ),
    "somebody-elses": Refusal(
        ("--repo", "{folder}/good"),
        "{folder}/good is not a Git repository that can be read: fatal: detected dubious ownership in repository at"
        " '{folder}/good'. Run `git config --global --add safe.directory {folder}/good` if you trust it.",
        {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"},
    ),
    "no-git": Refusal(
        ("--repo", "{folder}/good"), "git is not installed. Install it, then run the demo again.", {"PATH": "{folder}"}
    ),
    "an-open-quotation": Refusal(
        ("--repo", "{folder}/good", "--check", "sh -c 'true"),
        "--check is not a command: No closing quotation. Quote it as for a shell.",
    ),
    "an-empty-check": Refusal(
        ("--repo", "{folder}/good", "--check", " "), "--check is empty. Give a command, or leave the option out."
    ),
    "kept-where-something-is": Refusal(
        ("--repo", "{folder}/good", "--keep", "{folder}/plain"),
        "{folder}/plain exists already. Name a folder that does not.",
    ),
    "kept-where-no-folder-can-be": Refusal(
        ("--repo", "{folder}/good", "--keep", "{folder}/file/proofs"),
        "The folder {folder}/file/proofs cannot be made: Not a directory.",
    ),
    "kept-where-no-row-can-say": Refusal(
        ("--repo", "{folder}/good", "--keep", os.fsdecode(b"{folder}/proofs\xff")),
        "{folder}/proofs\ufffd cannot be stored as the place of a proof. Name a folder whose name is printable UTF-8.",
    ),
    "an-unknown-program": Refusal(
        ("--repo", "{folder}/good", "--check", "no-such-program -v", "--keep", "{folder}/new"),
        "The command no-such-program cannot be run: No such file or directory.",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is needed for all of them; nothing is added to it."""
    folder = tmp_path_factory.mktemp("refusals")
    Repository.create(folder / "good").commit("good", {"app.py": "x = 1\n"})
    Repository.create(folder / "empty")
    broken = Repository.create(folder / "broken")
    broken.write({".git/refs/heads/main": "0123456789" * 4 + "\n"})
    (folder / "plain").mkdir()
    (folder / "file").touch()
    return folder


@dataclass(frozen=True)
class Refused:
    """A demo that was refused: what it said, and what it left in its temporary folder."""

    run: Ended
    left: list[Path]


@pytest.fixture(scope="module")
async def refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Refused]:
    """All of them, tried; the folder is as it was."""

    async def demo(refusal: Refusal) -> Refused:
        environment = {name: value.replace("{folder}", str(folder)) for name, value in refusal.environment.items()}
        program = Program(tmp_path_factory.mktemp("refused"), environment=environment)
        run = await program.run("demo", *(one.replace("{folder}", str(folder)) for one in refusal.arguments))
        return Refused(run, [*program.temporary.iterdir()])

    before = set(folder.rglob("*"))
    done = await at_once({name: demo(refusal) for name, refusal in REFUSALS.items()})
    assert set(folder.rglob("*")) == before
    return done


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused_with_one_message(refused: dict[str, Refused], folder: Path, name: str) -> None:
    run = refused[name].run
    assert run.errors == f"error: {REFUSALS[name].message.replace('{folder}', str(folder))}\n"
    assert run.status == 2
    assert run.output.startswith(TITLE)
    assert not refused[name].left


async def test_debug_shows_where_an_error_came_from(folder: Path, tmp_path: Path) -> None:
    run = await Program(tmp_path).run("--debug", "demo", "--repo", folder / "nowhere")
    assert run.status == 2
    assert run.errors.startswith("Traceback (most recent call last):\n")
    assert "trust_models/demo/git.py" in run.errors
    assert f"ConfigurationError: There is no folder {folder}/nowhere." in run.errors


@pytest.mark.parametrize("arguments", [("--no-such-option",), ("an-argument",), ("--repo",)], ids=" ".join)
async def test_arguments_that_do_not_exist_are_a_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = await Program(tmp_path).run("demo", *arguments)
    assert (run.status, run.output) == (2, "")
    assert arguments[0] in run.errors
    assert "\x1b" not in run.errors
    assert "Traceback" not in run.errors
