"""`trust-models demo`, ended from outside at several moments: nothing of it goes on, and nothing is left."""

import os
import shlex
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fixtures.processes import Family, happens
from tests.fixtures.program import Ended, Program, at_once, ended
from tests.fixtures.repositories import Repository

CHECK = ("--check", "sh -c 'sleep 300; sleep 301'")
PROMPTLY = 10.0
"""Seconds; a start of the server that is under way is waited for."""

Moment = Callable[[Family], bool]


def while_it_loads(family: Family) -> bool:
    return bool(family.members)  # its first line is out, which is what the test waits for in any case


def while_the_server_is_made(family: Family) -> bool:
    return bool(family.running("initdb"))


def while_the_check_runs(family: Family) -> bool:
    return bool(family.running("sleep"))


@dataclass(frozen=True)
class Interruption:
    """What happens to a demo, and when."""

    moment: Moment
    interrupt: Callable[[Process], None]
    status: set[int]


@dataclass(frozen=True)
class Interrupted:
    """A demo that it happened to."""

    run: Ended
    took: float
    kept: bool


def ctrl_c(process: Process) -> None:
    """Do what a terminal does: it tells all that are in the foreground."""
    os.killpg(process.pid, signal.SIGINT)


def ctrl_c_twice(process: Process) -> None:
    ctrl_c(process)
    ctrl_c(process)


def terminate(process: Process) -> None:
    process.terminate()


def kill(process: Process) -> None:
    process.kill()


# Python ends by the signal itself if it came while certain modules were being loaded; a shell calls that 130 as well.
BY_CTRL_C = {130, -signal.SIGINT}
INTERRUPTIONS = [
    Interruption(while_it_loads, ctrl_c, BY_CTRL_C),
    Interruption(while_the_server_is_made, ctrl_c, BY_CTRL_C),
    Interruption(while_the_check_runs, ctrl_c, BY_CTRL_C),
    Interruption(while_the_check_runs, ctrl_c_twice, BY_CTRL_C),
    Interruption(while_the_check_runs, terminate, {-signal.SIGTERM}),
    Interruption(while_the_server_is_made, kill, {-signal.SIGKILL}),
    Interruption(while_the_check_runs, kill, {-signal.SIGKILL}),
]


def name_of(interruption: Interruption) -> str:
    return f"{interruption.interrupt.__name__}_{interruption.moment.__name__}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Any repository."""
    repository = Repository.create(tmp_path_factory.mktemp("interrupted") / "repository")
    repository.commit("any", {"app.py": "x = 1\n"})
    return repository


@pytest.fixture(scope="module")
async def interrupted(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Interrupted]:
    """All of them; of none is anything left."""

    async def interrupt(interruption: Interruption) -> Interrupted:
        program = Program(tmp_path_factory.mktemp("demo"))
        keep = program.folder / "kept"
        async with program.started("demo", "--repo", repository.path, *CHECK, "--keep", keep) as process:
            assert process.stdout is not None
            await process.stdout.readline()
            assert await happens(lambda: interruption.moment(Family.of(process.pid)))
            family, begun = Family.of(process.pid), time.monotonic()
            interruption.interrupt(process)
            run = await ended(process)
            took = time.monotonic() - begun
        assert await happens(family.is_gone), (name_of(interruption), family)
        assert await happens(lambda: not [*program.temporary.iterdir()]), name_of(interruption)
        return Interrupted(run, took, keep.exists())

    return await at_once({name_of(one): interrupt(one) for one in INTERRUPTIONS})


@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=name_of)
def test_it_ends_promptly_and_leaves_nothing(interrupted: dict[str, Interrupted], interruption: Interruption) -> None:
    one = interrupted[name_of(interruption)]
    assert one.run.status in interruption.status
    assert one.took < PROMPTLY
    assert "Traceback" not in one.run.errors


@pytest.mark.parametrize("interruption", [one for one in INTERRUPTIONS if one.interrupt is ctrl_c], ids=name_of)
def test_ctrl_c_is_answered(interrupted: dict[str, Interrupted], interruption: Interruption) -> None:
    one = interrupted[name_of(interruption)]
    assert one.run.errors == "\ninterrupted; nothing is left running\n"
    assert not one.kept


async def test_a_server_that_dies_is_one_message(repository: Repository, tmp_path: Path) -> None:
    program, go = Program(tmp_path), tmp_path / "go"
    check = shlex.join(("sh", "-c", f"until test -e {go}; do sleep 0.1; done"))
    async with program.started("demo", "--repo", repository.path, "--check", check) as process:
        assert await happens(lambda: while_the_check_runs(Family.of(process.pid)))
        family = Family.of(process.pid)
        os.kill(family.running("postgres")[0], signal.SIGQUIT)  # at once, but not so that it leaves shared memory
        go.touch()
        run = await ended(process)
    assert run.status == 1
    assert run.errors.startswith("error: The database cannot be reached: ")
    assert run.errors.count("\n") == 1
    assert await happens(family.is_gone), family
    assert not [*program.temporary.iterdir()]
