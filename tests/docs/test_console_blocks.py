"""Every command of every console block is run, or looked up, or left out for a reason that stands here.

- Run, in the order of the page and on a database that is empty, or migrated if the page does not do that itself:
  `trust-models` and `aerich`. The tutorial's `python FILE` is run by test_python_blocks, a page that provisions by
  test_provisioning_pages, one that makes keys by test_key_pages.
- Looked up: scripts with their environments and paths, pytest's paths, pip's groups, exported variables.
- Left out: see LEFT_OUT.

A command that fits none of these fails.
"""

import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise, product, takewhile

import pytest

from tests.docs import programs
from tests.docs.pages import CHECKOUT, Page, pages
from tests.fixtures.cluster import Cluster
from trust_models.db.schema_head import packaged
from trust_models.ledger.keys import generate
from trust_models.settings import Settings
from trust_models.sql import ROOT

LEFT_OUT = {
    "git": "needs the reader's copy",
    "cd": "moves the reader's shell",
    "sha256sum": "test_manifest runs it",
    ".": "changes the reader's shell",
    "cat": "test_key_pages runs it",
    "tail": "test_key_pages runs it",
    "chmod": "test_key_pages runs it",
    "mv": "test_key_pages runs it",
    "mkdir": "makes the reader's folder",
    "pip": "installs into the reader's environment",
    "psql": "runs what --print-sql printed; the tests of the script do that",
    ".tox/lint/bin/ruff": "changes the checkout",
}

UUID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""What a reader puts in the place of `ID` in the commands that follow."""

ON_A_DATABASE = ("trust-models", "aerich")


@dataclass(frozen=True)
class Command:
    """One command as the shell takes it apart, and the variables in front of it."""

    words: tuple[str, ...]
    variables: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.words)

    @property
    def program(self) -> str:
        """The first word."""
        return self.words[0]


def commands(one: Page) -> Iterator[Command]:
    """The commands of a page. A line of a console block that begins with `$` is one or several of them."""
    for block in one.blocks_of("console"):
        lines = block.text.splitlines()
        assert lines[0].startswith("$ "), f"{one}:{block.line}"
        for line in lines:
            if not line.startswith("$ "):
                continue
            words = shlex.split(line[2:], comments=True)
            while words:
                end = words.index("&&") if "&&" in words else len(words)
                variables = tuple(takewhile(re.compile(r"[A-Z_]+=").match, words[:end]))
                yield Command(tuple(words[len(variables) : end]), variables)
                words = words[end + 1 :]


def provisions(one: Page) -> bool:
    """Whether a page provisions a server, for which it needs one of its own."""
    return any(command.words[:2] == ("trust-models", "provision") for command in commands(one))


def makes_keys(one: Page) -> bool:
    """Whether a page writes keys, for which it needs a folder of its own."""
    return any(command.words[:3] == ("trust-models", "audit", "keygen") for command in commands(one))


def migrates(one: Page) -> bool:
    """Whether a page makes the schema itself, for which it needs an empty database; else there is one."""
    return any(command.program == "aerich" or command.words[1:2] == ("upgrade",) for command in commands(one))


ALL = [(one, command) for one in pages() for command in commands(one)]


@pytest.mark.parametrize(("one", "command"), ALL, ids=str)
def test_each_command_is_one_that_exists(one: Page, command: Command) -> None:
    for variable in command.variables:
        assert_documented(variable)
    rest = command.words[1:]
    if command.program.startswith("scripts/"):
        assert (CHECKOUT / command.program).stat().st_mode & 0o111
        assert_arguments_of_tox(rest)
    elif command.program == "export":
        assert_documented(*rest)
    elif command.program == "python" and rest[0].startswith("scripts/"):
        assert (CHECKOUT / rest[0]).exists()
        assert all((ROOT / file).exists() for file in rest if file.endswith(".sql"))
    elif command.program == "python":
        assert any(block.text.startswith(f"# {rest[0]}\n") for block in one.blocks_of("python"))
        assert len(rest) == 1
    elif command.program == ".venv/bin/python":
        assert rest[:3] == ("-m", "pip", "install")
        named = [group for flag, group in pairwise(rest) if flag == "--group"]
        text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
        assert all(re.search(rf"^{group} = \[$", text, re.MULTILINE) for group in named)
    elif command.program == ".venv/bin/pytest":
        assert_paths(rest)
    elif command.program == "uvicorn":  # run by tests/acceptance/test_web_service.py
        folder, module = rest[rest.index("--app-dir") + 1], rest[-1].partition(":")[0]
        assert (CHECKOUT / folder / f"{module}.py").exists()
    else:
        assert command.program in LEFT_OUT or command.program in ON_A_DATABASE, f"{one}: {command}"
        assert_paths(word for word in rest if word.startswith("trust_models/"))


@pytest.mark.parametrize(
    "one",
    dict.fromkeys(
        one for one, command in ALL if command.program in ON_A_DATABASE and not (provisions(one) or makes_keys(one))
    ),
    ids=str,
)
async def test_the_commands_of_a_page_that_need_a_database(one: Page, cluster: Cluster) -> None:
    async with cluster.empty() if migrates(one) else cluster.clone() as name:
        env = programs.environment(cluster.settings(name)) | {
            "TRUST_ADMIN_DATABASE_URL": cluster.admin_url.to_url(),
            "TRUST_APPROVER_DATABASE_URL": cluster.url("approver", name).to_url(),
            "TRUST_LEDGER_KEY": generate("example.org/ledger").private_text(),
        }
        known = {"MIGRATION": packaged()[-1]}
        for command in commands(one):
            words = [known.get(word, word) for word in command.words[1:]]
            printed = ""
            if command.program == "trust-models":
                printed = await programs.output_of(sys.executable, "-m", "trust_models", *words, env=env)
            elif command.program == "aerich":
                await programs.output_of(programs.BIN / "aerich", *words, env=env)
            if found := UUID.search(printed):
                known["ID"] = found[0]


def assert_documented(*assignments: str) -> None:
    """Assert that each variable is a setting, or is listed beside them."""
    aliases = {str(field.validation_alias).upper() for field in Settings.model_fields.values()}
    listed = (CHECKOUT / "docs/reference/settings.md").read_text(encoding="utf-8")
    for assignment in assignments:
        name = assignment.partition("=")[0]
        assert name in aliases or f"| `{name}` |" in listed, name


def assert_arguments_of_tox(arguments: tuple[str, ...]) -> None:
    """Assert that environments exist, and what is handed to pytest."""
    own, _, handed_on = " ".join(arguments).partition("-- ")
    for flag, environment in pairwise(own.split()):
        assert flag != "-e" or environment in environments(), environment
    assert_paths(word for word in handed_on.split() if word.startswith("tests"))


def assert_paths(paths: Iterable[str]) -> None:
    """Assert that each word that is a path is there."""
    for path in paths:
        assert "/" not in path or (CHECKOUT / path).exists(), path


def environments() -> set[str]:
    """The environments that tox.ini lists: `py3{10,11}` stands for two."""
    text = (CHECKOUT / "tox.ini").read_text(encoding="utf-8")
    listed = re.search(r"^env_list = (.+)$", text, re.MULTILINE)
    assert listed
    return set(chain.from_iterable(expanded(pattern) for pattern in re.split(r", (?![^{]*})", listed[1])))


def expanded(pattern: str) -> Iterator[str]:
    """The names that a pattern with braces stands for."""
    parts = re.split(r"\{([^}]*)}", pattern)
    choices = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return map("".join, product(*choices))


def test_the_environments_are_read_as_tox_reads_them() -> None:
    assert {"lint", "types", "py310", "py314", "pg15"} <= environments()
