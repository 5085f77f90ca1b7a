"""`trust-models demo` on every kind of repository: it verifies the commit that HEAD is at, and no other."""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.program import Ended, Program, at_once
from tests.fixtures.repositories import Repository

PYTHONS_OWN = ("compileall.py", "struct.py", "re.py", "sitecustomize.py")
ODD_NAMES = {
    **dict.fromkeys(PYTHONS_OWN, "raise SystemExit('the repository was run')\n"),
    "with a space.py": "x = 1\n",
    "with\na new line.py": "x = 2\n",
    "-f": "an option\n",
    "sub folder/ünï cödé.py": "x = 3\n",
    os.fsdecode(b"not utf-8 \xff.py"): "x = 4\n",
}


@dataclass(frozen=True)
class Kind:
    """A repository to verify, by the path that is named, and the environment of whoever names it."""

    repository: Repository
    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Demonstrated:
    """A demo of a kind that has ended."""

    kind: Kind
    ended: Ended
    begun: float
    done: float
    diff: str
    left: list[Path]

    @property
    def result(self) -> Any:
        """What it printed."""
        return json.loads(self.ended.output)


def of_one_commit(folder: Path, *options: str) -> Kind:
    repository = Repository.create(folder / "one", *options)
    repository.commit("root", {"app.py": "x = 1\n", "sub/module.py": "y = 1\n"})
    return Kind(repository, repository.path)


def of_several_commits(folder: Path) -> Kind:
    kind = of_one_commit(folder)
    kind.repository.commit("second", {"app.py": "x = 2\n"})
    return kind


def with_a_merge(folder: Path) -> Kind:
    kind = of_several_commits(folder)
    kind.repository.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    kind.repository.commit("side", {"side.py": "z = 1\n"})
    kind.repository.git("checkout", "--quiet", "main")
    kind.repository.git("merge", "--quiet", "--no-ff", "--message=merge", "side")
    return kind


def with_an_empty_commit(folder: Path) -> Kind:
    kind = of_several_commits(folder)
    kind.repository.commit("nothing")
    return kind


def with_a_detached_head_that_is_replaced(folder: Path) -> Kind:
    kind = of_several_commits(folder)
    wanted = kind.repository.head
    kind.repository.git("replace", wanted, kind.repository.commit("third", {"app.py": "x = 3\n"}))
    kind.repository.git("--no-replace-objects", "checkout", "--quiet", "--detach", wanted)
    return kind


def bare(folder: Path) -> Kind:
    source = of_several_commits(folder).repository
    source.git("clone", "--quiet", "--bare", ".", str(folder / "bare.git"))
    return Kind(Repository(folder / "bare.git"), folder / "bare.git")


def shallow(folder: Path) -> Kind:
    source = of_several_commits(folder).repository
    source.git("clone", "--quiet", "--depth=1", source.path.as_uri(), str(folder / "shallow"))
    return Kind(Repository(folder / "shallow"), folder / "shallow")


def linked_worktree(folder: Path) -> Kind:
    source = of_several_commits(folder).repository
    source.git("worktree", "add", "--quiet", "--detach", str(folder / "worktree"), "HEAD~1")
    return Kind(Repository(folder / "worktree"), folder / "worktree")


def named_by_a_folder_in_it(folder: Path) -> Kind:
    kind = of_several_commits(folder)
    (folder / "link").symlink_to(kind.path / "sub")
    return Kind(kind.repository, folder / "link")


def with_sha256(folder: Path) -> Kind:
    return of_one_commit(folder, "--object-format=sha256")


def with_odd_names(folder: Path) -> Kind:
    repository = Repository.create(folder / "with a space")
    repository.commit("odd", ODD_NAMES)
    return Kind(repository, repository.path)


def from_a_hook_of_another(folder: Path) -> Kind:
    kind, other = of_several_commits(folder), Repository.create(folder / "other")
    other.commit("of another repository")
    inherited = {"GIT_DIR": str(other.path / ".git"), "GIT_INDEX_FILE": str(other.path / ".git" / "index")}
    talkative = {"GIT_TRACE": "1", "COLUMNS": "20"}
    return Kind(kind.repository, kind.path, inherited | talkative)


KINDS: list[Callable[[Path], Kind]] = [
    with_a_merge,
    with_an_empty_commit,
    with_a_detached_head_that_is_replaced,
    bare,
    shallow,
    linked_worktree,
    named_by_a_folder_in_it,
    with_sha256,
    with_odd_names,
    from_a_hook_of_another,
]


@pytest.fixture(scope="module")
async def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Demonstrated]:
    """A demo of each kind."""

    async def demonstrate(make: Callable[[Path], Kind]) -> Demonstrated:
        folder = tmp_path_factory.mktemp(make.__name__)
        kind, keep = make(folder), folder / "proofs"
        program = Program(folder, environment=kind.environment)
        begun = time.monotonic()
        ended = await program.run("demo", "--repo", kind.path, "--keep", keep, "--json")
        done = time.monotonic()
        assert ended.status == 0, (make.__name__, ended.errors)
        diff = os.fsdecode((keep / "head.diff").read_bytes())
        return Demonstrated(kind, ended, begun, done, diff, [*program.temporary.iterdir()])

    return await at_once({make.__name__: demonstrate(make) for make in KINDS})


@pytest.fixture(params=[make.__name__ for make in KINDS])
def one(request: pytest.FixtureRequest, demonstrated: dict[str, Demonstrated]) -> Demonstrated:
    """The demo of one kind."""
    return demonstrated[request.param]


def test_the_commit_that_head_is_at_is_verified(one: Demonstrated) -> None:
    result, repository = one.result, one.kind.repository
    assert result["commit"] == repository.head
    assert {attempt["commit"] for attempt in result["attempts"]} == {repository.head}
    assert result["repository"] == str(repository.path)
    assert result["session"]["status"] == "VERIFIED_PASS"
    assert result["as_promised"] is True


def test_the_diff_is_what_that_commit_changes(one: Demonstrated) -> None:
    repository = one.kind.repository
    head, *parents = repository.git("--no-replace-objects", "rev-list", "--parents", "-n1", "HEAD").split()
    between = (parents[0], head) if parents else ("--root", "--no-commit-id", head)
    assert one.diff.startswith(f"commit {head}\n")
    assert one.diff.endswith(repository.git("--no-replace-objects", "diff-tree", "-r", "-p", *between))


def test_nothing_is_left(one: Demonstrated) -> None:
    assert not one.left


def test_a_sha256_repository_has_commits_of_64_digits(demonstrated: dict[str, Demonstrated]) -> None:
    assert len(demonstrated["with_sha256"].result["commit"]) == 64


def test_the_diff_of_a_merge_is_what_it_brought(demonstrated: dict[str, Demonstrated]) -> None:
    assert "+z = 1\n" in demonstrated["with_a_merge"].diff


def test_the_diff_of_the_first_commit_is_all_of_it(demonstrated: dict[str, Demonstrated]) -> None:
    diff = demonstrated["with_sha256"].diff
    assert "+x = 1\n" in diff
    assert "+y = 1\n" in diff


def test_some_ran_side_by_side_and_some_right_after_another(demonstrated: dict[str, Demonstrated]) -> None:
    times = [(one.begun, one.done) for one in demonstrated.values()]
    assert any(begun < other < done for begun, done in times for other, _ in times)
    assert any(done < other < done + 0.5 for _, done in times for other, _ in times)
