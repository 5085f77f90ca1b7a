"""The Merkle tree over the events of the audit log: hashes, roots, and the checking of proofs (RFC 6962, RFC 9162).

A hash is 32 bytes of SHA-256. Many hashes are one `bytes`, 32 for each, without anything between: the form of tiles.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from trust_models.errors import InvalidProof

HASH_LENGTH = 32
EMPTY_ROOT = sha256().digest()
"""The root of the tree without leaves (RFC 6962 §2.1)."""

LEAF_PREFIX = b"\x00"
_NODE = b"\x01"
_PAIR = 2 * HASH_LENGTH


class TreeHead(NamedTuple):
    """What says everything about a tree: how many leaves it has, and its root."""

    size: int
    root: bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf; its prefix keeps a leaf from passing as a node (RFC 6962 §2.1)."""
    return sha256(LEAF_PREFIX + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children (RFC 6962 §2.1)."""
    return sha256(_NODE + left + right).digest()


def root(leaf_hashes: bytes) -> bytes:
    """Return the root over leaf hashes, of any number and in one piece (MTH of RFC 6962 §2.1).

    The hashes may be those of nodes too, if each is the root of a full subtree of the same height.
    Raises `ValueError` for bytes that are not whole hashes.
    """
    if len(leaf_hashes) % HASH_LENGTH:
        raise ValueError(f"{len(leaf_hashes)} bytes are no whole number of hashes")
    hashes = leaf_hashes or EMPTY_ROOT
    while len(hashes) > HASH_LENGTH:
        hashes = _parents(hashes)
    return hashes


def _parents(hashes: bytes) -> bytes:
    """Return the level above; a last hash without a sibling moves up as it is."""
    paired = len(hashes) // _PAIR * _PAIR
    parents = [sha256(_NODE + hashes[at : at + _PAIR]).digest() for at in range(0, paired, _PAIR)]
    parents.append(hashes[paired:])
    return b"".join(parents)


def verify_inclusion(leaf: bytes, *, index: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Check that the leaf with the hash `leaf` stands at `index`, from 0, of the tree (RFC 9162 §2.1.3.2).

    Raises `InvalidProof` if the proof does not show that.
    """
    if not 0 <= index < head.size:
        raise InvalidProof(f"A tree of {head.size} leaves has no leaf {index}.")
    _check_lengths([leaf, head.root, *proof])
    place, last = index, head.size - 1
    result = leaf
    for sibling in proof:
        if last == 0:
            raise InvalidProof("The inclusion proof has too many hashes.")
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            place, last = _up_to_right_child(place, last)
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise InvalidProof("The inclusion proof has too few hashes.")
    if result != head.root:
        raise InvalidProof(f"The inclusion proof does not lead from leaf {index} to the root.")


def verify_consistency(old: TreeHead, new: TreeHead, *, proof: Sequence[bytes]) -> None:
    """Check that the new tree begins with all leaves of the old one, in their order (RFC 9162 §2.1.4.2).

    Raises `InvalidProof` if the proof does not show that; also for an old tree without leaves, with which every
    tree is consistent, so that a proof of it would say nothing.
    """
    if not 0 < old.size <= new.size:
        raise InvalidProof(f"There is no consistency proof from {old.size} to {new.size} leaves.")
    _check_lengths([old.root, new.root, *proof])
    if old.size == new.size:
        if proof:
            raise InvalidProof("The consistency proof has too many hashes.")
        if old.root != new.root:
            raise InvalidProof(f"There are two different trees of {old.size} leaves.")
        return
    if _roots_by_proof(old, new.size, proof) != (old.root, new.root):
        raise InvalidProof(f"The tree of {new.size} leaves does not continue that of {old.size}.")


def _roots_by_proof(old: TreeHead, new_size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of the two trees as the hashes of the proof give them."""
    # A full old tree is itself a node of the new one, and is left out of the proof.
    path = [old.root, *proof] if old.size & (old.size - 1) == 0 else list(proof)
    if not path:
        raise InvalidProof("The consistency proof has too few hashes.")
    place, last = old.size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_root = new_root = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidProof("The consistency proof has too many hashes.")
        if place & 1 or place == last:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            place, last = _up_to_right_child(place, last)
        else:
            new_root = node_hash(new_root, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise InvalidProof("The consistency proof has too few hashes.")
    return old_root, new_root


def _up_to_right_child(place: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a node has no sibling, at the right edge of the tree."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(one) != HASH_LENGTH for one in hashes):
        raise InvalidProof(f"A hash of a proof does not have {HASH_LENGTH} bytes.")
