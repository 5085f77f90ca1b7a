"""A file of the spool: what is whole, what is torn, and whose it is."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trust_models.db.spool_file import SpoolFile, bytes_taken, encode, held, read, spool_of, spools
from trust_models.errors import SpoolUnavailable

HEAD = {"database": "trust_dev"}
ONE, TWO = {"text": "ü\n "}, {"text": "two"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with two lines whose process has ended."""
    file = SpoolFile(tmp_path, "trust_dev")
    file.append(ONE)
    file.append(TWO)
    assert file.lines == 2
    file.close()
    return file.path


def test_what_is_written_is_read(path: Path) -> None:
    assert list(read(path)) == [HEAD, ONE, TWO]
    assert path.stat().st_mode & 0o777 == 0o600
    assert spools(path.parent) == [path]
    assert isinstance(spool_of(path), UUID)
    assert bytes_taken(path.parent) == path.stat().st_size == sum(len(encode(line)) for line in (HEAD, ONE, TWO))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_torn_end_is_left_out_wherever_it_was_torn(path: Path, data: st.DataObject) -> None:
    whole = b"".join(encode(line) for line in (HEAD, ONE, TWO))
    kept = data.draw(st.integers(0, len(whole)))
    garbage = data.draw(st.binary(max_size=8).filter(lambda text: b"\n" not in text[:-1]))
    path.write_bytes(whole[:kept])
    expected = [line for line, end in _ends() if end <= kept]
    assert list(read(path)) == expected
    if kept == len(whole):
        path.write_bytes(whole + garbage)
        assert list(read(path)) == expected


def _ends() -> list[tuple[dict[str, str], int]]:
    lengths = [len(encode(line)) for line in (HEAD, ONE, TWO)]
    return [(line, sum(lengths[: place + 1])) for place, line in enumerate((HEAD, ONE, TWO))]


def test_damage_in_the_middle_is_told(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"u00fc", b"u00fd"))
    with pytest.raises(SpoolUnavailable, match=r"is damaged: .*, line 2\."):
        list(read(path))


def test_a_file_belongs_to_its_process_until_that_ends(tmp_path: Path) -> None:
    file = SpoolFile(tmp_path, "trust_dev")
    with held(file.path) as left_over:
        assert not left_over
    file.close()
    with held(file.path) as left_over:
        assert left_over
        with held(file.path) as twice:
            assert not twice


def test_what_others_have_laid_there_is_not_read(path: Path) -> None:
    """A folder may be open to others: a link leads elsewhere, and a pipe would keep whoever opens it."""
    link, pipe, other = (path.with_name(f"{number}.spool") for number in range(3))
    link.symlink_to(path)
    os.mkfifo(pipe)
    other.write_bytes(path.read_bytes())
    with pytest.raises(OSError, match="symbolic links"):
        list(read(link))
    with pytest.raises(SpoolUnavailable, match=r"not its own: .*1\.spool"):
        list(read(pipe))
    with pytest.raises(SpoolUnavailable, match=r"not its own: .*2\.spool"):
        spool_of(other)


@pytest.mark.parametrize(("user", "folder", "taken"), [(7, 5, True), (5, 7, True), (5, 5, False)])
def test_a_file_is_of_the_user_or_of_whose_the_folder_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, user: int, folder: int, taken: bool
) -> None:
    whole = Path.stat
    owned = os.fstat

    def of(status: os.stat_result, owner: int) -> os.stat_result:
        return os.stat_result((*status[:4], owner, *status[5:10]))

    monkeypatch.setattr("trust_models.db.spool_file.os.geteuid", lambda: user)
    monkeypatch.setattr("trust_models.db.spool_file.os.fstat", lambda descriptor: of(owned(descriptor), 7))
    monkeypatch.setattr(Path, "stat", lambda path, **options: of(whole(path, **options), folder))
    if taken:
        assert list(read(path)) == [HEAD, ONE, TWO]
    else:
        with pytest.raises(SpoolUnavailable, match="not its own"):
            list(read(path))


def test_a_file_that_cannot_be_begun_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(descriptor: int, text: bytes) -> int:
        return os.pwrite(descriptor, text[:5], 0)

    monkeypatch.setattr("trust_models.db.spool_file.os.write", write_half)
    with pytest.raises(OSError, match="No space left"):
        SpoolFile(tmp_path, "trust_dev")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_empty_spool(tmp_path: Path) -> None:
    assert spools(tmp_path) == []
    assert bytes_taken(tmp_path) == 0
    with pytest.raises(FileNotFoundError):
        spools(tmp_path / "none")
