"""Publishing in a folder and in a bucket: in an order that no reader can be misled by, and never twice differently."""

import asyncio
import os
import signal
import sys
import traceback
from asyncio.subprocess import PIPE
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tests.fixtures import object_store
from tests.fixtures.object_store import KEY_ID, SECRET, ObjectStore
from trust_models.errors import ConfigurationError, PublicationConflict, StoreUnavailable
from trust_models.ledger.published import Published
from trust_models.ledger.sealer.publisher import Publisher, publishers
from trust_models.ledger.sealer.writable_folder import WritableFolder
from trust_models.settings import LedgerSettings

NARROW = {"tile/0/000.p/3": b"a" * 96}
WIDER = {"tile/0/000.p/200": b"a" * 6400}
FULL = {"tile/0/000": b"a" * 8192, "tile/0/001.p/1": b"b" * 32, "tile/1/000.p/1": b"c" * 32}


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store.running() as running:
        yield running


@pytest.fixture(params=["folder", "bucket", "locked bucket"])
def place(request: pytest.FixtureRequest, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in store.variables.items():
        monkeypatch.setenv(name, value)
    if request.param == "folder":
        return str(tmp_path)
    make = store.bucket if request.param == "bucket" else store.locked_bucket
    return f"s3://{make(uuid4().hex)}/ledger"


async def history(place: str, *, after: int = 0) -> list[tuple[int, str]]:
    return [one async for one in Published.open(place).history(after=after)]


async def test_before_the_first_there_is_nothing(place: str) -> None:
    publisher = Publisher.open(place)
    assert await publisher.latest() is None
    assert await publisher.get("tile/0/000") is None
    assert await publisher.list("tile") == []
    assert await history(place) == []


async def test_readers_find_what_was_published(place: str) -> None:
    publisher = Publisher.open(place)
    await publisher.publish(1, "— one\n", NARROW)
    await publisher.publish(2, "two\n", WIDER)
    reader = Published.open(place)
    assert await reader.latest() == "two\n"
    assert await reader.checkpoint(1) == "— one\n"
    assert await reader.checkpoint(3) is None
    assert await reader.get("tile/0/000.p/3") == b"a" * 96
    assert await history(place) == [(1, "— one\n"), (2, "two\n")]
    assert await history(place, after=1) == [(2, "two\n")]
    assert await reader.list("tile") == ["tile/0/000.p/200", "tile/0/000.p/3"]


async def test_partial_tiles_go_once_the_full_one_is_there(place: str) -> None:
    publisher = Publisher.open(place)
    await publisher.publish(1, "one\n", NARROW)
    await publisher.publish(2, "two\n", WIDER)
    await publisher.publish(3, "three\n", FULL)
    assert await publisher.list("tile") == sorted(FULL)


async def test_tiles_may_come_ahead_in_portions(place: str) -> None:
    publisher = Publisher.open(place)
    await publisher.publish(1, "one\n", NARROW)
    for path, data in FULL.items():
        await publisher.publish_tiles({path: data})
    assert await publisher.get("tile/0/000.p/3") is not None  # the latest checkpoint still needs it
    await publisher.publish(2, "two\n")
    assert await publisher.list("tile") == sorted(FULL)


async def test_the_same_again_is_fine(place: str) -> None:
    publisher = Publisher.open(place)
    for _ in range(2):
        await publisher.publish(1, "one\n", NARROW)
    assert await history(place) == [(1, "one\n")]


@pytest.mark.parametrize(
    ("note", "tiles", "path"),
    [("other\n", NARROW, "checkpoints/000000000001"), ("one\n", {"tile/0/000.p/3": b"z" * 96}, "tile/0/000.p/3")],
    ids=["checkpoint", "tile"],
)
async def test_something_else_is_refused(place: str, note: str, tiles: dict[str, bytes], path: str) -> None:
    publisher = Publisher.open(place)
    await publisher.publish(1, "one\n", NARROW)
    with pytest.raises(PublicationConflict, match=path):
        await publisher.publish(1, note, tiles)
    assert await publisher.latest() == "one\n"
    assert await publisher.get("tile/0/000.p/3") == b"a" * 96


async def test_what_is_too_large_to_be_published_is_not_read(place: str) -> None:
    publisher = Publisher.open(place)
    await publisher.publish(1, "one\n" * 300_000)
    with pytest.raises(StoreUnavailable, match="checkpoint is no file that a ledger publishes"):
        await Published.open(place).latest()


async def test_many_tiles_are_published_all(place: str) -> None:
    tiles = {f"tile/0/{number:03}": number.to_bytes(32, "big") for number in range(50)}
    publisher = Publisher.open(place)
    await publisher.publish(1, "one\n", tiles)
    assert await publisher.list("tile") == sorted(tiles)
    assert await publisher.get("tile/0/049") == (49).to_bytes(32, "big")


class Killed(BaseException):
    """Stands for the end of the process."""


class Dying(WritableFolder):
    """A folder whose process is killed before or after one of its writes."""

    def __init__(self, root: Path, *, lives: int) -> None:
        super().__init__(root)
        self.lives = lives

    def _die(self) -> None:
        self.lives -= 1
        if self.lives < 0:
            raise Killed

    async def create(self, files: Mapping[str, bytes]) -> Collection[str]:
        there: list[str] = []
        for path, data in files.items():
            self._die()
            there += await super().create({path: data})
            self._die()
        return there

    async def replace(self, path: str, data: bytes) -> None:
        self._die()
        await super().replace(path, data)
        self._die()

    async def remove(self, paths: Collection[str]) -> None:
        for path in paths:
            self._die()
            await super().remove([path])
            self._die()


NOTES = {1: ("one\n", NARROW), 2: ("two\n", WIDER), 3: ("three\n", FULL)}


STEPS = 26
"""Before and after each of the 13 writes that the three take."""


@pytest.mark.parametrize("lives", range(STEPS))
async def test_ended_at_any_point_it_goes_on(lives: int, tmp_path: Path) -> None:
    publisher = Publisher(Dying(tmp_path, lives=lives))
    with pytest.raises(Killed):
        await publish_all(publisher)
    await assert_that_readers_are_well(tmp_path)
    await publish_all(Publisher.open(str(tmp_path)))
    assert await Published.open(str(tmp_path)).list("tile") == sorted(FULL)
    assert await history(str(tmp_path)) == [(number, note) for number, (note, _) in NOTES.items()]


async def publish_all(publisher: Publisher) -> None:
    for number, (note, tiles) in NOTES.items():
        await publisher.publish(number, note, tiles)


async def assert_that_readers_are_well(folder: Path) -> None:
    reader = Published.open(str(folder))
    latest = await reader.latest()
    if latest is not None:
        (number,) = [number for number, (note, _) in NOTES.items() if note == latest]
        assert await reader.checkpoint(number) == latest
        for path, data in NOTES[number][1].items():
            assert await reader.get(path) == data


PROGRAM = """
import asyncio, sys
from trust_models.ledger.sealer.publisher import Publisher

async def main(folder):
    publisher = Publisher.open(folder)
    begun = [number async for number, _ in publisher.history()]
    number = max(begun, default=1)
    while True:
        tiles = {f"tile/0/{number:03}.p/{width}": bytes([width]) * 32 * width for width in range(1, 9)}
        await publisher.publish(number, f"{number}\\n" * 1000, tiles)
        print(number, flush=True)
        number += 1

asyncio.run(main(sys.argv[1]))
"""


async def test_killed_for_real_it_leaves_whole_files_and_goes_on(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for pause in (0, 0.002, 0.004, 0.006, 0.008):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(tmp_path), stdout=PIPE, env=environment
        )
        assert process.stdout is not None
        for _ in range(3):
            await process.stdout.readline()
        await asyncio.sleep(pause)
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        notes = await history(str(tmp_path))
        assert [number for number, _ in notes] == list(range(1, len(notes) + 1))
        assert all(note == f"{number}\n" * 1000 for number, note in notes)
        for path in await Published.open(str(tmp_path)).list("tile"):
            width = int(path.rpartition("/")[2])
            assert (tmp_path / path).read_bytes() == bytes([width]) * 32 * width
    assert len(await history(str(tmp_path))) > 5


async def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path: Path) -> None:
    publisher = Publisher.open(str(tmp_path / "unmounted"))
    for work in (publisher.latest(), publisher.list("checkpoints"), publisher.publish(1, "one\n", NARROW)):
        with pytest.raises(StoreUnavailable, match="unmounted cannot be used: No such file or directory"):
            await work


async def test_a_file_that_nobody_may_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("in the way")
    with pytest.raises(StoreUnavailable, match=str(tmp_path)):
        await Publisher.open(str(tmp_path)).publish(1, "one\n", NARROW)


async def test_a_bucket_that_is_not_there_is_no_empty_one(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in store.variables.items():
        monkeypatch.setenv(name, value)
    publisher = Publisher.open("s3://nowhere/ledger")
    for work in (publisher.latest(), publisher.list("checkpoints"), publisher.publish(1, "one\n", NARROW)):
        with pytest.raises(StoreUnavailable, match="has no bucket for s3://nowhere/ledger"):
            await work


async def test_a_store_that_is_down_is_said_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ObjectStore("http://127.0.0.1:9").variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreUnavailable, match="s3://evidence/ledger cannot be reached") as caught:
        await Publisher.open("s3://evidence/ledger").publish(1, "one\n", NARROW)
    assert_no_secret(caught.value)


async def test_a_store_that_refuses_is_said_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = f"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>"
        writer.write(f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for name, value in ObjectStore(f"http://127.0.0.1:{port}").variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(StoreUnavailable, match="s3://evidence/ledger refused") as caught:
            await Publisher.open("s3://evidence/ledger").latest()
    assert_no_secret(caught.value)


def assert_no_secret(error: BaseException) -> None:
    for text in (str(error), "".join(traceback.format_exception(None, error, error.__traceback__))):
        assert SECRET not in text
        assert KEY_ID not in text


def test_a_store_whose_variables_are_not_complete_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    with pytest.raises(ConfigurationError, match="variables are not complete"):
        Publisher.open("az://evidence/ledger")


@pytest.mark.parametrize(
    "text",
    [
        "s3://key:hunter2@bucket/ledger",
        "s3://hunter2@bucket/ledger",
        "az://container/ledger?sig=hunter2",
        "s3://bucket/ledger#hunter2",
        "ftp://hunter2/ledger",
        "hunter2",
        "../hunter2",
        "file://hunter2/ledger",
        "s3://",
        "http://[hunter2",
        "",
    ],
)
def test_what_is_no_place_is_refused_and_not_shown(text: str) -> None:
    for open_ in (Publisher.open, Published.open):
        with pytest.raises(ConfigurationError) as caught:
            open_(text)
        assert "hunter2" not in str(caught.value)


async def test_a_folder_may_be_given_as_a_url(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    folder.mkdir()
    await Publisher.open(folder.as_uri()).publish(1, "one\n", {})
    assert (folder / "checkpoint").read_text() == "one\n"


def test_each_place_of_the_setting_is_opened(tmp_path: Path) -> None:
    opened = publishers(LedgerSettings.load(ledger_publish=f"{tmp_path}, s3://bucket/ledger/"))
    assert list(map(str, opened)) == [str(tmp_path), "s3://bucket/ledger"]
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_PUBLISH: .*neither a folder nor a bucket"):
        publishers(LedgerSettings.load(ledger_publish="relative"))


def test_production_demands_a_place() -> None:
    assert publishers(LedgerSettings.load(ledger_publish="")) == []
    with pytest.raises(ConfigurationError, match=r"^TRUST_LEDGER_PUBLISH: it is not set"):
        publishers(LedgerSettings.load(ledger_publish="", environment="production"))
