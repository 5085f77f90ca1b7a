"""Roots and proofs: those of RFC 6962 and of Certificate Transparency, and none that is not right in every bit."""

import itertools
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.ledger_vectors import VECTORS, unhex
from trust_models.errors import InvalidProof
from trust_models.ledger.merkle import (
    EMPTY_ROOT,
    TreeHead,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

ROOTS = VECTORS["rfc6962_roots"]
LEAVES = [leaf_hash(leaf) for leaf in unhex(*ROOTS["leaves"])]


def reference_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 writes it."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256().digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(reference_root(leaves[:split]), reference_root(leaves[split:]))


def test_the_root_without_leaves() -> None:
    assert root(b"") == EMPTY_ROOT == bytes.fromhex(ROOTS["empty_root"])


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_rfc_6962(size: int) -> None:
    assert root(b"".join(LEAVES[:size])).hex() == ROOTS["roots_by_size"][size - 1]


def test_every_node_of_the_tree_of_eight_leaves() -> None:
    levels = [unhex(*level) for level in VECTORS["rfc6962_node_hashes"]["levels"]]
    assert levels[0] == LEAVES
    for below, above in itertools.pairwise(levels):
        assert above == [node_hash(*below[at : at + 2]) for at in range(0, len(below), 2)]
    for leaves in (levels[0], levels[1], levels[2]):
        assert root(b"".join(leaves)) == levels[-1][0]


@pytest.mark.parametrize("case", VECTORS["rfc6962_hasher"]["cases"], ids=lambda case: case["hash"][:8])
def test_hashes_of_leaves_and_nodes(case: dict[str, str]) -> None:
    parts = {
        name.partition("_")[0]: text.encode() if name.endswith("_ascii") else bytes.fromhex(text)
        for name, text in case.items()
    }
    expected = parts.pop("hash")
    assert (leaf_hash(entry=parts["leaf"]) if "leaf" in parts else node_hash(**parts)) == expected


@pytest.mark.parametrize("count", [0, 1, 2, 3, 255, 256, 257, 1000])
def test_roots_of_other_sizes_are_as_the_rfc_defines_them(count: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(count)]
    assert root(b"".join(leaves)) == reference_root(leaves)


def test_bytes_that_are_no_hashes_have_no_root() -> None:
    with pytest.raises(ValueError, match="33 bytes"):
        root(bytes(33))


@pytest.mark.parametrize(
    "case", VECTORS["ct_consistency"]["cases"], ids=lambda case: f"{case['size1']}-{case['size2']}"
)
def test_consistency_proofs_of_certificate_transparency(case: dict[str, Any]) -> None:
    old, new = (TreeHead(case[f"size{n}"], bytes.fromhex(case[f"root{n}"])) for n in (1, 2))
    verify_consistency(old, new, proof=unhex(*case["proof"]))


def test_an_entry_of_a_real_log() -> None:
    real = VECTORS["ct_real_log_inclusion"]
    leaf, top = unhex(real["leaf_hash"], real["root"])
    assert leaf_hash(bytes.fromhex(real["leaf_input"])) == leaf
    proof = unhex(*real["proof"])
    head = TreeHead(real["tree_size"], top)
    verify_inclusion(leaf, index=real["leaf_index"], head=head, proof=proof)
    for wrong in (real["leaf_index"] + 1, real["leaf_index"] - 1):
        with pytest.raises(InvalidProof):
            verify_inclusion(leaf, index=wrong, head=head, proof=proof)


def probes(group: str) -> list[dict[str, Any]]:
    """The probes of a group, except one whose roots have 12 bytes: no root of ours does."""
    return [case for case in VECTORS[group]["cases"] if "note" not in case]


@pytest.mark.parametrize("case", probes("tdev_inclusion_probes"), ids=lambda case: case["file"])
def test_inclusion_probes(case: dict[str, Any]) -> None:
    def check() -> None:
        verify_inclusion(
            b64decode(case["leafHash"]),
            index=case["leafIdx"],
            head=TreeHead(case["treeSize"], b64decode(case["root"])),
            proof=[b64decode(one) for one in case["proof"] or ()],
        )

    if case["wantErr"]:
        with pytest.raises(InvalidProof):
            check()
    else:
        check()


@pytest.mark.parametrize("case", probes("tdev_consistency_probes"), ids=lambda case: case["file"])
def test_consistency_probes(case: dict[str, Any]) -> None:
    def check() -> None:
        old, new = (TreeHead(case[f"size{n}"], b64decode(case[f"root{n}"] or "")) for n in (1, 2))
        verify_consistency(old, new, proof=[b64decode(one) for one in case["proof"] or ()])

    if case["wantErr"]:
        with pytest.raises(InvalidProof):
            check()
    else:
        check()


def test_both_kinds_of_probes_are_there() -> None:
    for group, skipped in (("tdev_inclusion_probes", 0), ("tdev_consistency_probes", 1)):
        cases = probes(group)
        assert len(cases) == VECTORS[group]["n"] - skipped
        assert sum(case["wantErr"] for case in cases) == VECTORS[group]["negatives"]


@given(st.integers(0, 7), st.integers(0, 2), st.integers(0, 255))
def test_a_flipped_bit_in_a_proof_is_found(index: int, at: int, bit: int) -> None:
    levels = [unhex(*level) for level in VECTORS["rfc6962_node_hashes"]["levels"]]
    proof = [level[index >> depth ^ 1] for depth, level in enumerate(levels[:-1])]
    head = TreeHead(8, levels[-1][0])
    verify_inclusion(LEAVES[index], index=index, head=head, proof=proof)
    proof[at] = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    with pytest.raises(InvalidProof, match="does not lead"):
        verify_inclusion(LEAVES[index], index=index, head=head, proof=proof)
