"""A file of the spool: what is whole, what is torn, and whose it is."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.spools import lines_of
from trust_models.db.spool_file import SpoolFile, bytes_taken, damaged, encode, spools
from trust_models.db.spool_reading import Head, Reading, held, set_aside
from trust_models.errors import SpoolUnavailable

SERVER = "7711511029000246183"
ONE, TWO = {"text": "ü\n ", "number": 1}, {"text": "two", "number": 2}
READ = [ONE | {"follows": 0}, TWO | {"follows": 1}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with two lines whose process has ended."""
    file = SpoolFile(tmp_path, "trust_dev", SERVER)
    file.append(ONE)
    file.append(TWO)
    assert file.lines == 2
    file.close()
    return file.path


def test_what_is_written_is_read(path: Path) -> None:
    assert Reading(path).head() == Head(UUID(path.stem), "trust_dev", SERVER)
    assert lines_of(path) == READ
    assert path.stat().st_mode & 0o777 == 0o600
    assert spools(path.parent) == [path]
    assert bytes_taken(path.parent) == path.stat().st_size == len(b"".join(lines(path)))


def test_a_copy_is_the_same_spool(path: Path) -> None:
    copy = path.with_name("copy.spool")
    copy.write_bytes(path.read_bytes())
    assert Reading(copy).head() == Reading(path).head()


def lines(path: Path) -> list[bytes]:
    """Return the lines of a file as they are."""
    return path.read_bytes().splitlines(keepends=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_torn_end_is_left_out_wherever_it_was_torn(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    kept = data.draw(st.integers(0, len(whole)))
    garbage = data.draw(st.binary(max_size=8).filter(lambda text: b"\n" not in text))
    path.write_bytes(whole[:kept] + garbage)
    reading = Reading(path)
    ends = whole[:kept].count(b"\n")
    assert (reading.head() is not None) == (ends > 0)
    assert list(reading.entries()) == READ[: max(ends - 1, 0)]
    assert reading.damaged == []
    path.write_bytes(whole)


@pytest.mark.parametrize("number", [1, 2])
def test_a_damaged_line_is_kept_apart_and_hides_no_other(path: Path, number: int) -> None:
    spoilt = lines(path)
    spoilt[number] = spoilt[number].replace(b"t", b"T")
    path.write_bytes(b"".join(spoilt))
    reading = Reading(path)
    assert reading.head() is not None
    other = TWO if number == 1 else ONE
    assert list(reading.entries()) == [other | {"follows": 0}]
    assert reading.damaged == [spoilt[number]]


def test_lines_that_ran_together_do_not_change_the_numbers_of_others(path: Path) -> None:
    head, one, two = lines(path)
    path.write_bytes(head + one.replace(b"\n", b" ") + two + encode({"number": 3}))
    assert lines_of(path) == [{"number": 3, "follows": 0}]


@pytest.mark.parametrize("head", [b"damaged\n", encode({"database": "trust_dev"}), encode({"spool": "x"})])
def test_a_file_whose_head_says_nothing_is_left_alone(path: Path, head: bytes) -> None:
    path.write_bytes(head + b"".join(lines(path)[1:]))
    with pytest.raises(SpoolUnavailable, match=f"does not say of which database it is: {path}"):
        Reading(path).head()


def test_what_is_damaged_is_set_aside(path: Path) -> None:
    set_aside(path, [b"one\n", b"two\n"])
    set_aside(path, [b"one\n", b"two\n"])
    (aside,) = damaged(path.parent)
    assert aside == path.with_suffix(".damaged")
    assert aside.read_bytes() == b"one\ntwo\n"
    assert aside.stat().st_mode & 0o777 == 0o600
    assert sorted(path.parent.iterdir()) == sorted([path, aside])


def test_a_file_belongs_to_its_process_until_that_ends(tmp_path: Path) -> None:
    file = SpoolFile(tmp_path, "trust_dev", SERVER)
    with held(file.path) as left_over:
        assert not left_over
    file.close()
    with held(file.path) as left_over:
        assert left_over
        with held(file.path) as twice:
            assert not twice


def test_what_others_have_laid_there_is_not_read(path: Path) -> None:
    """A folder may be open to others: a link leads elsewhere, and a pipe would keep whoever opens it."""
    link, pipe = (path.with_name(f"{number}.spool") for number in range(2))
    link.symlink_to(path)
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="symbolic links"):
        Reading(link).head()
    with pytest.raises(SpoolUnavailable, match=r"not its own: .*1\.spool"):
        Reading(pipe).head()


@pytest.mark.parametrize(("user", "folder", "taken"), [(7, 5, True), (5, 7, True), (5, 5, False)])
def test_a_file_is_of_the_user_or_of_whose_the_folder_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, user: int, folder: int, taken: bool
) -> None:
    whole = Path.stat
    owned = os.fstat

    def of(status: os.stat_result, owner: int) -> os.stat_result:
        return os.stat_result((*status[:4], owner, *status[5:10]))

    monkeypatch.setattr("trust_models.db.spool_reading.os.geteuid", lambda: user)
    monkeypatch.setattr("trust_models.db.spool_reading.os.fstat", lambda descriptor: of(owned(descriptor), 7))
    monkeypatch.setattr(Path, "stat", lambda path, **options: of(whole(path, **options), folder))
    if taken:
        assert lines_of(path) == READ
    else:
        with pytest.raises(SpoolUnavailable, match="not its own"):
            lines_of(path)


def test_a_file_that_cannot_be_begun_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(descriptor: int, text: bytes) -> int:
        return os.pwrite(descriptor, text[:5], 0)

    monkeypatch.setattr("trust_models.db.spool_file.os.write", write_half)
    with pytest.raises(OSError, match="No space left"):
        SpoolFile(tmp_path, "trust_dev", SERVER)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_empty_spool(tmp_path: Path) -> None:
    assert spools(tmp_path) == []
    assert bytes_taken(tmp_path) == 0
    with pytest.raises(FileNotFoundError):
        spools(tmp_path / "none")
