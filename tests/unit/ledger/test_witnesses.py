"""Asking witnesses: over HTTP as c2sp.org/tlog-witness has it, and without ever being held up by one."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from hashlib import sha256

import pytest

from tests.fixtures.witness_server import WitnessState, serving
from trust_models.errors import ConfigurationError, WitnessFailed
from trust_models.ledger.checkpoint import open_checkpoint, sign_checkpoint
from trust_models.ledger.keys import generate
from trust_models.ledger.merkle import TreeHead, root
from trust_models.ledger.sealer.http_witness import HttpWitness
from trust_models.ledger.sealer.witnesses import Witness, Witnesses, WitnessRequest
from trust_models.ledger.tiles import consistency_proof, tiles_between, tiles_of_consistency

LEDGER = generate("example.org/ledger")
WITNESS = generate("witness.example.org")
KEYS = [WITNESS.verifier.timed]
LEAVES = b"".join(sha256(bytes([number])).digest() for number in range(200))


def request(size: int, leaves: bytes = LEAVES) -> WitnessRequest:
    """A checkpoint of the first leaves, each of which stays within one tile."""
    head = TreeHead(size, root(leaves[: 32 * size]))
    note = str(sign_checkpoint(head, [LEDGER], at=datetime.now(timezone.utc)))

    async def prove(old_size: int) -> Sequence[bytes]:
        assert 0 < old_size <= size
        tiles = {tile: leaves[: 32 * tile.width] for tile in tiles_between(0, size)}
        assert set(tiles_of_consistency(old_size, size)) <= tiles.keys()
        return consistency_proof(old_size, size, tiles)

    return WitnessRequest(note, size, prove)


@pytest.fixture
def state() -> WitnessState:
    return WitnessState(WITNESS, LEDGER.verifier)


async def test_a_witness_signs_each_checkpoint_of_a_growing_tree(state: WitnessState) -> None:
    async with serving(state.answer) as url:
        witnesses = Witnesses([HttpWitness(url)], keys=KEYS)
        for size in (0, 1, 7, 7, 200):
            note = await witnesses.cosigned(request(size))
            opened = open_checkpoint(note, [LEDGER.verifier], witnesses=KEYS)
            assert opened.checkpoint.size == state.seen.size == size
            assert opened.witnessed_at.keys() == {WITNESS.name}
    assert witnesses.failures == 0
    assert len(state.requests) == 5


async def test_after_a_restart_the_witness_says_where_it_is(state: WitnessState) -> None:
    async with serving(state.answer) as url:
        await HttpWitness(url)(request(7))
        await HttpWitness(url)(request(9))
        await HttpWitness(url)(request(9))
    assert state.seen.size == 9
    assert len(state.requests) == 5  # the last two were asked twice


async def test_an_older_copy_of_the_database_is_told(state: WitnessState) -> None:
    async with serving(state.answer) as url:
        await HttpWitness(url)(request(9))
        with pytest.raises(WitnessFailed, match="has seen a tree of 9 leaves, and the checkpoint has only 7"):
            await HttpWitness(url)(request(7))


async def test_another_history_is_told(state: WitnessState) -> None:
    async with serving(state.answer) as url:
        witness = HttpWitness(url)
        await witness(request(7))
        with pytest.raises(WitnessFailed, match=r"answered 422\. It has seen another history"):
            await witness(request(9, LEAVES[::-1]))


async def test_a_witness_elsewhere_is_told() -> None:
    async with serving(lambda _path, _body: (404, "text/plain", b"")) as url:
        with pytest.raises(WitnessFailed, match=r"answered 404\. Have it take the ledger's name"):
            await HttpWitness(url)(request(7))
    with pytest.raises(WitnessFailed, match="cannot be reached"):
        await HttpWitness(url)(request(7))


class Down:
    """A witness that cannot be asked."""

    def __str__(self) -> str:
        return "down"

    async def __call__(self, _request: WitnessRequest) -> str:
        raise ConnectionError("hunter2")


async def never(_request: WitnessRequest) -> str:
    await asyncio.Event().wait()
    return ""


async def nonsense(_request: WitnessRequest) -> str:
    return "I sign!\n"


async def stranger(asked: WitnessRequest) -> str:
    state = WitnessState(generate(WITNESS.name), LEDGER.verifier)
    return state.answer("/prefix/add-checkpoint", b"old 0\n\n" + asked.checkpoint.encode())[2].decode()


async def liar(_request: WitnessRequest) -> str:
    state = WitnessState(WITNESS, LEDGER.verifier)
    return state.answer("/prefix/add-checkpoint", b"old 0\n\n" + request(3).checkpoint.encode())[2].decode()


@pytest.mark.parametrize("witness", [Down(), never, nonsense, stranger, liar])
async def test_a_witness_that_fails_holds_nothing_up(
    witness: Witness, state: WitnessState, caplog: pytest.LogCaptureFixture
) -> None:
    asked = request(7)
    async with serving(state.answer) as url:
        witnesses = Witnesses([witness, HttpWitness(url)], keys=KEYS, patience=0.5)
        with caplog.at_level(logging.WARNING):
            note = await witnesses.cosigned(asked)
    assert open_checkpoint(note, [LEDGER.verifier], witnesses=KEYS).witnessed_at.keys() == {WITNESS.name}
    assert witnesses.failures == 1
    (line,) = [record.getMessage() for record in caplog.records if record.name.startswith("trust_models")]
    assert line.startswith("trust_models.witness_failed")
    assert "hunter2" not in line


async def test_without_any_the_checkpoint_stays_as_it_was() -> None:
    asked = request(7)
    assert await Witnesses([], keys=KEYS).cosigned(asked) == asked.checkpoint
    assert await Witnesses([Down()], keys=KEYS).cosigned(replace(asked, size=7)) == asked.checkpoint


@pytest.mark.parametrize(
    "url",
    ["", "witness.example.org", "ftp://witness", "https://user:hunter2@witness", "https://w/?q=hunter2", "http://["],
)
def test_what_is_no_url_of_a_witness_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match="no URL of a witness") as caught:
        HttpWitness(url)
    assert "hunter2" not in str(caught.value)
