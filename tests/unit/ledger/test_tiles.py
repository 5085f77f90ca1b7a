"""Tiles: their paths, which there are, and proofs computed from them for trees of every shape."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.ledger_vectors import VECTORS
from trust_models.errors import InvalidProof
from trust_models.ledger.merkle import EMPTY_ROOT, TreeHead, root, verify_consistency, verify_inclusion
from trust_models.ledger.tiles import (
    Tile,
    consistency_proof,
    inclusion_proof,
    tiles_between,
    tiles_for,
    tiles_of_consistency,
    tiles_of_inclusion,
    tiles_of_root,
    tree_root,
)

FACTS = VECTORS["tlog_tiles_paths"]
LARGEST = 70_000
LEAVES = b"".join(sha256(b"\x00%d" % number).digest() for number in range(LARGEST))


def built(size: int) -> dict[Tile, bytes]:
    """Every tile of a tree, each from the definition: the roots over the full tiles below."""
    levels = [LEAVES[: size * 32]]
    while len(levels[-1]) >= 256 * 32:
        full = len(levels[-1]) // (256 * 32)
        levels.append(b"".join(root(levels[-1][n * 8192 : (n + 1) * 8192]) for n in range(full)))
    tiles = {}
    for level, hashes in enumerate(levels):
        for number in range(-(-len(hashes) // 8192)):
            content = hashes[number * 8192 : (number + 1) * 8192]
            tiles[Tile(level, number, len(content) // 32)] = content
    return tiles


@pytest.fixture(scope="module")
def tiles() -> dict[Tile, bytes]:
    """The tiles of the largest tree."""
    return built(LARGEST)


def of_smaller_tree(tiles: dict[Tile, bytes], needed: list[Tile]) -> dict[Tile, bytes]:
    """Cut what a reader of the largest tree's tiles would be given for those of a smaller one."""
    widest = {(tile.level, tile.number): content for tile, content in tiles.items()}
    return {tile: widest[tile.level, tile.number][: tile.width * 32] for tile in needed}


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), f"tile/0/{FACTS['index_1234067']}"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
        (Tile(1, 1000, 255), "tile/1/x001/000.p/255"),
        (Tile(0, 999), "tile/0/999"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile.path == path


@pytest.mark.parametrize("size", [70_000, 256])
def test_which_tiles_there_are(size: int) -> None:
    found = list(tiles_for(size))
    counted = {
        f"full_level{level}": sum(tile.level == level and tile.width == 256 for tile in found) for level in (0, 1)
    }
    counted |= {f"partial_level{tile.level}_width": tile.width for tile in found if tile.width < 256}
    assert {name: count for name, count in counted.items() if count} == FACTS[f"size_{size}"]


@given(st.integers(0, LARGEST))
@settings(max_examples=20, deadline=None)
def test_the_tiles_of_a_tree_are_those_of_the_definition(size: int) -> None:
    assert set(tiles_for(size)) == set(built(size))


@given(st.integers(0, LARGEST), st.integers(0, LARGEST))
@settings(deadline=None)
def test_a_grown_tree_has_the_tiles_that_it_had_or_got(first: int, second: int) -> None:
    old, new = sorted((first, second))
    grown = list(tiles_between(old, new))
    assert len(set(grown)) == len(grown)
    assert set(grown) == set(tiles_for(new)) - set(tiles_for(old))


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, 70_000])
def test_the_root_from_the_tiles_is_that_of_the_leaves(tiles: dict[Tile, bytes], size: int) -> None:
    needed = tiles_of_root(size)
    assert tree_root(size, of_smaller_tree(tiles, needed)) == (root(LEAVES[: size * 32]) if size else EMPTY_ROOT)
    assert set(needed) <= set(tiles_for(size))


@given(st.integers(1, LARGEST), st.data())
@settings(max_examples=200, deadline=None)
def test_an_inclusion_proof_verifies(tiles: dict[Tile, bytes], size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    needed = tiles_of_inclusion(index, size)
    assert set(needed) <= set(tiles_for(size))
    proof = inclusion_proof(index, size, of_smaller_tree(tiles, needed))
    head = TreeHead(size, tree_root(size, of_smaller_tree(tiles, tiles_of_root(size))))
    verify_inclusion(LEAVES[index * 32 : index * 32 + 32], index=index, head=head, proof=proof)


@given(st.integers(1, LARGEST), st.integers(1, LARGEST))
@settings(max_examples=200, deadline=None)
def test_a_consistency_proof_verifies(tiles: dict[Tile, bytes], first: int, second: int) -> None:
    sizes = sorted((first, second))
    needed = tiles_of_consistency(sizes[0], sizes[1])
    assert set(needed) <= set(tiles_for(sizes[1]))
    proof = consistency_proof(sizes[0], sizes[1], of_smaller_tree(tiles, needed))
    old, new = (TreeHead(n, tree_root(n, of_smaller_tree(tiles, tiles_of_root(n)))) for n in sizes)
    verify_consistency(old, new, proof=proof)


def test_every_proof_of_a_small_tree() -> None:
    for size in range(1, 20):
        tiles = built(size)
        head = TreeHead(size, root(LEAVES[: size * 32]))
        for index in range(size):
            proof = inclusion_proof(index, size, tiles)
            verify_inclusion(LEAVES[index * 32 : index * 32 + 32], index=index, head=head, proof=proof)
            old = TreeHead(index + 1, root(LEAVES[: index * 32 + 32]))
            verify_consistency(old, head, proof=consistency_proof(index + 1, size, tiles))


def test_the_proofs_of_certificate_transparency_are_computed() -> None:
    leaves = b"".join(sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in VECTORS["rfc6962_roots"]["leaves"])
    for case in VECTORS["ct_consistency"]["cases"]:
        size = case["size2"]
        proof = consistency_proof(case["size1"], size, {Tile(0, 0, size): leaves[: size * 32]})
        assert [one.hex() for one in proof] == case["proof"]


def test_a_wider_tile_serves_as_well() -> None:
    assert inclusion_proof(3, 5, {Tile(0, 0, 5): LEAVES[:8192]}) == inclusion_proof(3, 5, built(5))


def test_tiles_that_are_missing_or_cut_are_named() -> None:
    with pytest.raises(InvalidProof, match=r"tile/0/000\.p/5 is missing"):
        inclusion_proof(3, 5, {})
    with pytest.raises(InvalidProof, match=r"tile/0/000\.p/5 is too short: 159 bytes"):
        tree_root(5, {Tile(0, 0, 5): LEAVES[:159]})


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(InvalidProof, match="has no leaf"):
        tiles_of_inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5)])
def test_there_is_no_proof_between_other_sizes(old: int, new: int) -> None:
    with pytest.raises(InvalidProof, match="no consistency proof"):
        tiles_of_consistency(old, new)
