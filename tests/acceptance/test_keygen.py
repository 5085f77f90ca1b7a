"""`trust-models audit keygen`: what it writes, prints and refuses."""

from pathlib import Path

import pytest

from tests.fixtures.program import Program
from trust_models.ledger.keys import Verifier, parse_signers

NAME = "example.org/ledger"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


async def test_it_writes_both_keys_and_prints_the_public_one_alone(program: Program, tmp_path: Path) -> None:
    ended = await program.run("audit", "keygen", NAME)
    assert ended.status == 0
    private, public = tmp_path / "ledger.key", tmp_path / "ledger.key.pub"
    (signer,) = parse_signers(private.read_text())
    assert Verifier.parse(ended.output.strip()) == signer.verifier
    assert public.read_text() == ended.output
    assert (private.stat().st_mode & 0o777, signer.name) == (0o600, NAME)
    assert str(private) in ended.errors
    assert str(public) in ended.errors
    assert signer.private_text() not in ended.said


async def test_it_overwrites_nothing(program: Program, tmp_path: Path) -> None:
    before = (await program.run("audit", "keygen", NAME, "--output", "a.key")).output
    again = await program.run("audit", "keygen", NAME, "--output", "a.key")
    assert (again.status, again.output) == (2, "")
    assert "a.key.pub is there already, and a key is never overwritten. Give another file" in again.errors
    assert (tmp_path / "a.key.pub").read_text() == before


@pytest.mark.parametrize("name", ["two words", "a+b", ""])
async def test_a_name_that_no_note_can_hold_is_refused(program: Program, tmp_path: Path, name: str) -> None:
    ended = await program.run("audit", "keygen", name)
    assert (ended.status, ended.output) == (2, "")
    assert "cannot be the name of a key: no spaces, no plus" in ended.errors
    assert not list(tmp_path.glob("ledger.key*"))


async def test_a_folder_that_is_not_there_is_said(program: Program) -> None:
    ended = await program.run("audit", "keygen", NAME, "--output", "nowhere/ledger.key")
    assert (ended.status, ended.output) == (1, "")
    assert "error: No such file or directory: nowhere/" in ended.errors
