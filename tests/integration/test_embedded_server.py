"""The embedded server: started for real, used, interrupted, killed and started again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import pytest

from trust_models.errors import ConfigurationError, DatabaseUnavailable
from trust_models.provisioning.embedded import EmbeddedServer, find_binaries
from trust_models.provisioning.embedded.account import server_account
from trust_models.provisioning.embedded.processes import is_running

SOON = 30.0
"""Seconds; milliseconds are expected, but the machine may be busy."""

OWNER = """
import json, os, sys
from pathlib import Path
from trust_models.provisioning.embedded import EmbeddedServer

data_dir = Path(sys.argv[1]) if sys.argv[1:] else None
server = EmbeddedServer(data_dir=data_dir)
pid = int((server.data_dir / "postmaster.pid").read_text().split()[0])
child = 0
def tell():
    facts = [pid, str(server.socket_dir.parent), server.url(), child]
    print(json.dumps(facts), flush=True)
"""
# Who runs the tests in the background of a script has SIGINT ignored, and so would this process.
WAIT = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); tell(); sys.stdin.read()"
LEAVE = "tell()"
FORK_AND_END_CHILD = """
if os.fork() == 0:
    server.stop()
    sys.exit()
os.wait()
tell(); sys.stdin.read()
"""
FORK_AND_KEEP_CHILD = """
child = os.fork()
if child == 0:
    sys.stdin.read()
    os._exit(0)
tell(); sys.stdin.read()
"""


class Facts(NamedTuple):
    """What an owner says of its server."""

    pid: int
    folder: str
    url: str
    child: int

    def is_gone(self) -> bool:
        return not is_running(self.pid) and not Path(self.folder).exists()


@contextmanager
def owner(then: str, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", Facts]]:
    """Run a process that starts a server and does `then`."""
    with subprocess.Popen(  # noqa: S603  the scripts above
        [sys.executable, "-c", OWNER + then, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a signal to its group is what Ctrl-C is in a terminal
    ) as process:
        yield process, Facts(*json.loads(_line(process.stdout)))


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def happens(condition: Callable[[], bool]) -> bool:
    """Wait for what other processes are about to do."""
    deadline = time.monotonic() + SOON
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can enter, which it cannot where pytest keeps root's."""
    memory = "/dev/shm"  # noqa: S108  for mkdtemp
    path = Path(tempfile.mkdtemp(prefix="trust-test-", dir=memory if Path(memory).is_dir() else None))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def temporary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place for what a server keeps while it runs."""
    path = folder / "temporary"
    path.mkdir()
    for name in ("MEMORY", "DISK"):
        monkeypatch.setattr(f"trust_models.provisioning.embedded.server.{name}", path)
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server started in an environment that would spoil it."""
    spoilt = {
        "PGPORT": "1",
        "PGDATA": "/nowhere",
        "PGTZ": "Asia/Tokyo",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "xx",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in spoilt.items():
            patch.setenv(name, value)
        started = EmbeddedServer(settings={"wal_level": "logical"})
    with started:
        yield started


async def test_the_environment_of_the_caller_is_kept_out(server: EmbeddedServer) -> None:
    assert await ask(server.url(), "SHOW timezone") == "UTC"
    assert await ask(server.url(), "SHOW server_encoding") == "UTF8"
    assert await ask(server.url(), "SELECT array_agg(x ORDER BY x) FROM unnest('{b,a,B,ä}'::text[]) x") == [
        *("B", "a", "b", "ä")
    ]


async def test_settings_are_passed_on(server: EmbeddedServer) -> None:
    assert await ask(server.url(), "SHOW wal_level") == "logical"
    assert await ask(server.url(), "SHOW fsync") == "off"


async def test_the_version_is_known(server: EmbeddedServer) -> None:
    number = await ask(server.url(), "SELECT current_setting('server_version_num')::int / 10000")
    assert number == server.major


async def test_the_password_is_asked_for_on_every_way_in(server: EmbeddedServer) -> None:
    for host in (server.host, str(server.socket_dir)):
        connection = await asyncpg.connect(host=host, port=server.port, user=server.user, password=server.password)
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host=host, port=server.port, user=server.user, password="wrong")


async def test_a_url_may_be_of_another_user(server: EmbeddedServer) -> None:
    await ask(server.url(), "CREATE ROLE \"some@one\" LOGIN PASSWORD 'a/b:c'")
    url = server.url("template1", user="some@one", password="a/b:c")
    assert await ask(url, "SELECT current_user || ' ' || current_database()") == "some@one template1"
    assert urlsplit(server.url(user="other")).password is None


def test_the_server_is_not_run_by_root(server: EmbeddedServer) -> None:
    user = server_account().user or os.geteuid()
    assert user != 0
    assert server.data_dir.stat().st_uid == user  # PostgreSQL itself demands that it is its own
    assert server.log.stat().st_mode & 0o777 == 0o600


def test_stopping_leaves_nothing_behind(temporary: Path) -> None:
    with EmbeddedServer() as server:
        assert server.data_dir.is_relative_to(temporary)
        pid = int((server.data_dir / "postmaster.pid").read_text().split()[0])
    assert not is_running(pid)
    assert not modes(temporary)
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_an_owner_that_gets_a_signal(number: signal.Signals) -> None:
    with owner(WAIT) as (process, facts):
        os.killpg(process.pid, number)
        assert happens(facts.is_gone)


def test_the_server_ends_with_an_owner_that_just_leaves() -> None:
    with owner(LEAVE) as (process, facts):
        process.wait()
        assert facts.is_gone()


async def test_a_forked_child_does_not_stop_the_server() -> None:
    with owner(FORK_AND_END_CHILD) as (_, facts):
        assert await ask(facts.url, "SELECT 1") == 1
    assert facts.is_gone()


def test_a_forked_child_does_not_keep_the_server() -> None:
    with owner(FORK_AND_KEEP_CHILD) as (process, facts):
        process.kill()
        assert happens(facts.is_gone)
        assert is_running(facts.child)


async def test_a_folder_is_used_again_and_keeps_its_password(folder: Path, temporary: Path) -> None:
    data_dir = folder / "new" / "data"
    with EmbeddedServer(data_dir=data_dir) as first:
        await ask(first.url(), "CREATE DATABASE kept")
        assert await ask(first.url(), "SHOW fsync") == "on"
    with EmbeddedServer(data_dir=data_dir) as second:
        assert second.password == first.password
        assert await ask(second.url("kept"), "SELECT current_database()") == "kept"
    assert not modes(temporary)
    assert modes(data_dir.parent) == {
        "data": 0o700,
        "data.lock": 0o600,
        "data.log": 0o600,
        "data.password": 0o600,
    }


@pytest.fixture
def kept(folder: Path) -> Path:
    """The folder of a server that has been stopped, with the lock file that a killed one leaves."""
    data_dir = folder / "data"
    with EmbeddedServer(data_dir=data_dir):
        lock = (data_dir / "postmaster.pid").read_text()
    (data_dir / "postmaster.pid").write_text(lock)
    server_account().give(data_dir / "postmaster.pid")
    return data_dir


@pytest.mark.parametrize("script", ["exit", "read line"], ids=["zombie", "another-program"])
def test_the_lock_of_a_dead_server_does_not_count(kept: Path, script: str) -> None:
    account = server_account()
    lock = kept / "postmaster.pid"
    with subprocess.Popen(  # noqa: S603  the scripts above
        ["/bin/sh", "-c", script],
        stdin=subprocess.PIPE,
        cwd="/",
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    ) as process:
        if script == "exit":
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # wait, but do not reap
        _, rest = lock.read_text().split("\n", maxsplit=1)
        lock.write_text(f"{process.pid}\n{rest}")
        EmbeddedServer(data_dir=kept).stop()


def test_a_folder_that_is_in_use_is_refused(kept: Path) -> None:
    with owner(WAIT, str(kept)) as (process, facts):
        with pytest.raises(ConfigurationError, match=f"{kept} is in use by process {process.pid}"):
            EmbeddedServer(data_dir=kept)
        process.kill()
        process.wait()
        # The owner is dead and its server may still be being stopped, which is waited for.
        EmbeddedServer(data_dir=kept).stop()
        assert facts.is_gone()


def test_a_folder_of_another_version_is_refused(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(ConfigurationError, match=r"data is of PostgreSQL 9\.6, .* Set TRUST_PG_BIN"):
        EmbeddedServer(data_dir=folder / "data")


def test_a_folder_of_something_else_is_refused(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "letter").touch()
    with pytest.raises(ConfigurationError, match="not empty, and not PostgreSQL's"):
        EmbeddedServer(data_dir=folder / "data")
    (folder / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be used"):
        EmbeddedServer(data_dir=folder / "file" / "data")


def test_a_cluster_that_others_created_is_refused(folder: Path, server: EmbeddedServer) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text(f"{server.major}\n")
    with pytest.raises(ConfigurationError, match=r"data\.password is missing"):
        EmbeddedServer(data_dir=folder / "data")


def test_a_folder_that_only_root_can_enter_is_refused(folder: Path) -> None:
    (folder / "private").mkdir(mode=0o700)
    if os.geteuid() == 0:
        with pytest.raises(ConfigurationError, match="must be able to enter the folders above it"):
            EmbeddedServer(data_dir=folder / "private" / "data")
    else:
        EmbeddedServer(data_dir=folder / "private" / "data").stop()


def test_a_server_that_does_not_start_shows_its_log(temporary: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match='unrecognized configuration parameter "no_such"'):
        EmbeddedServer(settings={"no_such": "setting"})
    assert not modes(temporary)


def test_a_server_that_takes_too_long_is_given_up(kept: Path, temporary: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="was not created in time"):
        EmbeddedServer(timeout=0)
    with pytest.raises(DatabaseUnavailable, match="not ready in time"):
        EmbeddedServer(data_dir=kept, timeout=0)
    assert not modes(temporary)


def test_a_port_that_another_program_takes_is_given_up(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind((server.host, 0))
        free: int = probe.getsockname()[1]
    ports = iter([server.port, free])
    monkeypatch.setattr("trust_models.provisioning.embedded.launch._free_port", lambda: next(ports))
    with EmbeddedServer() as second:
        assert second.port == free


def test_the_server_chooses_where_it_listens() -> None:
    with pytest.raises(ConfigurationError, match="listen_addresses and port"):
        EmbeddedServer(settings={"port": "5432", "listen_addresses": "*"})


def test_programs_that_cannot_be_run_are_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no program"):
        EmbeddedServer(binaries=folder)
    (folder / "postgres").write_text("#!/bin/sh\necho broken >&2\n")
    (folder / "postgres").chmod(0o755)
    with pytest.raises(ConfigurationError, match="does not run: broken"):
        EmbeddedServer(binaries=folder)


async def test_programs_that_only_root_can_reach_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = find_binaries().parent
    package = folder / "private" / root.parent.name
    package.mkdir(parents=True)
    package.parent.chmod(0o700)
    (package / root.name).symlink_to(root)
    package.with_suffix(".libs").symlink_to(root.parent.with_name(f"{root.parent.name}.libs"))
    monkeypatch.setenv("TRUST_PG_CACHE", str(folder / "cache"))
    with EmbeddedServer(binaries=package / root.name / "bin") as server:
        assert await ask(server.url(), "SELECT 1") == 1
    assert (folder / "cache").exists() is (os.geteuid() == 0)
    assert modes(folder)["private"] == 0o700
