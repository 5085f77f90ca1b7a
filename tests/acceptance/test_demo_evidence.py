"""`trust-models demo --json --keep`: what it says of a commit, and the files that it leaves, are what is there."""

import hashlib
import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.program import Ended, Program
from tests.fixtures.repositories import Repository
from trust_models.provisioning.embedded.processes import is_running

SCRIPT = r"""cat app.txt; sleep 300 & echo $!; printf 'caf\351 \000 \033[31mred\n'"""
"""Prints a file, the process that it leaves behind, and bytes that are neither UTF-8 nor fit for a database."""

ACTIONS = [
    "user.register",
    "auth_session.open",
    "lab.draft",
    "lab.publish",
    "lab_session.start",
    *("lab_session.record_attempts", "proof.attach") * 2,
    "proof.attach",
    "lab_session.complete",
]


@dataclass(frozen=True)
class Demonstrated:
    """A demo that has ended, and what the repository was before it."""

    repository: Repository
    keep: Path
    ended: Ended
    result: Any
    status_before: str
    contents_before: dict[str, bytes]

    def proof(self, number: int) -> bytes:
        """The content of a proof's file."""
        return Path(self.result["proofs"][number]["location"]).read_bytes()


@pytest.fixture(scope="module")
async def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Demonstrated:
    """A demo of a repository whose working tree differs from HEAD in every way."""
    folder = tmp_path_factory.mktemp("evidence")
    repository = Repository.create(folder / "my repository")
    repository.commit("first", {"app.txt": "old\n", "gone.txt": "here\n", "a module.py": "x = 1\n"})
    repository.commit("second", {"app.txt": "committed\n"})
    repository.write({"app.txt": "changed\n", "staged.py": "not Python\n", "untracked.py": "not Python\n"})
    repository.git("add", "staged.py")
    (repository.path / "gone.txt").unlink()
    status_before, contents_before = repository.git("status", "--porcelain"), repository.contents()

    keep = folder / "kept proofs" / "of today"
    check = shlex.join(("sh", "-c", SCRIPT))
    ended = await Program(folder).run("demo", "--repo", repository.path, "--check", check, "--keep", keep, "--json")
    assert ended.status == 0, ended.errors
    return Demonstrated(repository, keep, ended, json.loads(ended.output), status_before, contents_before)


def test_the_commit_is_head(demonstrated: Demonstrated) -> None:
    result, head = demonstrated.result, demonstrated.repository.head
    assert (result["repository"], result["commit"]) == (str(demonstrated.repository.path), head)
    assert [attempt["commit"] for attempt in result["attempts"]] == [head, head]


def test_the_session_passed(demonstrated: Demonstrated) -> None:
    session = demonstrated.result["session"]
    assert session["status"] == "VERIFIED_PASS"
    assert session["started_at"] < session["completed_at"]


def test_the_attempts_are_what_was_run(demonstrated: Demonstrated) -> None:
    attempts = demonstrated.result["attempts"]
    assert [attempt["attempt"] for attempt in attempts] == [1, 2]
    assert [(attempt["exit_status"], attempt["result"]) for attempt in attempts] == [(0, "PASS"), (0, "PASS")]
    assert attempts[0]["command"].startswith("git fsck ")
    assert shlex.split(attempts[1]["command"]) == ["sh", "-c", SCRIPT]


def test_the_hashes_are_those_of_the_files(demonstrated: Demonstrated) -> None:
    proofs = demonstrated.result["proofs"]
    assert [proof["type"] for proof in proofs] == ["LOG", "LOG", "DIFF"]
    for number, proof in enumerate(proofs):
        content = demonstrated.proof(number)
        assert proof["sha256"] == hashlib.sha256(content).hexdigest()
        assert proof["size_bytes"] == len(content)


def test_the_log_is_all_that_the_check_printed_in_a_checkout_of_head(demonstrated: Demonstrated) -> None:
    committed, _, printed = demonstrated.proof(1).split(b"\n", maxsplit=2)
    assert committed == b"committed"
    assert printed == b"caf\xe9 \x00 \x1b[31mred\n"


def test_what_the_check_left_behind_is_gone(demonstrated: Demonstrated) -> None:
    assert not is_running(int(demonstrated.proof(1).split(b"\n")[1]))


def test_the_diff_is_what_head_changes(demonstrated: Demonstrated) -> None:
    diff, repository = demonstrated.proof(2).decode(), demonstrated.repository
    assert diff.startswith(f"commit {repository.head}\n")
    assert diff.endswith(repository.git("diff", "HEAD~1", "HEAD"))
    assert "-old\n+committed\n" in diff


def test_only_the_proofs_are_kept(demonstrated: Demonstrated) -> None:
    locations = {Path(proof["location"]) for proof in demonstrated.result["proofs"]}
    assert locations == set(demonstrated.keep.iterdir())


def test_the_repository_is_untouched(demonstrated: Demonstrated) -> None:
    assert demonstrated.repository.contents() == demonstrated.contents_before
    assert demonstrated.repository.git("status", "--porcelain") == demonstrated.status_before


def test_every_attack_is_refused_for_both_roles(demonstrated: Demonstrated) -> None:
    attacks = demonstrated.result["attacks"]
    by_role = {role: [one for one in attacks if one["role"] == role] for role in ("trust_app", "trust_owner")}
    assert [len(tried) for tried in by_role.values()] == [len(attacks) // 2] * 2
    assert len({one["aim"] for one in attacks}) == len(attacks) // 2 >= 4
    assert all(one["refused"] and one["by"] for one in attacks)
    assert {one["sqlstate"] for one in by_role["trust_app"]} == {"42501", "23T03"}
    assert {one["sqlstate"] for one in by_role["trust_owner"]} == {"23T01", "23T03"}
    assert demonstrated.result["evidence_intact"] is demonstrated.result["as_promised"] is True


def test_everything_is_in_the_audit_trail(demonstrated: Demonstrated) -> None:
    trail = demonstrated.result["audit"]
    assert [event["action"] for event in trail] == ACTIONS
    assert {event["outcome"] for event in trail} == {"SUCCESS"}
    assert [event["id"] for event in trail] == sorted(event["id"] for event in trail)
    assert trail[-1]["entity_id"] == demonstrated.result["session"]["id"]


def test_the_superuser_is_found_out(demonstrated: Demonstrated) -> None:
    """The verification names the event that ended the session, and no other; before the change, it found nothing."""
    superuser, ending = demonstrated.result["superuser"], demonstrated.result["audit"][-1]
    assert superuser["event"] == ending["id"]
    assert (superuser["checkpoint"], superuser["leaves"] > len(ACTIONS)) == (1, True)
    assert superuser["findings_before"] == []
    (finding,) = superuser["findings"]
    assert (finding["kind"], finding["events"]) == ("event_changed", [ending["id"]])
    assert superuser["found_out"] is True


def test_the_progress_goes_to_standard_error(demonstrated: Demonstrated) -> None:
    first, *steps = demonstrated.ended.errors.splitlines()
    assert first.startswith("trust_models demo")
    assert steps
    assert all(step.startswith("✓ ") for step in steps)


def test_no_other_file_is_left(demonstrated: Demonstrated) -> None:
    assert not [*Program(demonstrated.keep.parents[1]).temporary.iterdir()]


async def test_a_commit_that_does_not_pass_is_no_failure_of_the_demo(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "repository")
    repository.commit("does not compile", {"broken.py": "x = (\n"})
    ended = await Program(tmp_path).run("demo", "--repo", repository.path, "--json")
    assert ended.status == 0, ended.errors
    result = json.loads(ended.output)
    assert result["session"]["status"] == "FAILED"
    attempts = [(attempt["exit_status"], attempt["result"]) for attempt in result["attempts"]]
    assert attempts == [(0, "PASS"), (1, "FAIL")]
    assert all(attack["refused"] for attack in result["attacks"])
    assert result["audit"][-1]["action"] == "lab_session.fail"
    assert result["as_promised"] is True
