"""The hash tree of RFC 6962: hashes, roots, and checks of proofs."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

#: A proof has at most one hash for each level of the largest tree, and one more.
MAX_PROOF_HASHES = 64


def leaf_hash(record: bytes) -> bytes:
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes whose number is a power of two."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


class CompactRange:
    """The roots of the complete subtrees that make up a tree of `size` leaves, largest
    first: enough to append to it and to know its root.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def copy(self) -> CompactRange:
        other = CompactRange()
        other.size = self.size
        other._peaks = self._peaks.copy()
        return other

    def append(self, node: bytes, level: int = 0) -> None:
        """Appends the root of 2**level leaves; the size must be a multiple of that."""
        self.size += 1 << level
        peaks = self._peaks
        while peaks and peaks[-1][0] == level:
            node = node_hash(peaks.pop()[1], node)
            level += 1
        peaks.append((level, node))

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1][1]
        for _, peak in self._peaks[-2::-1]:
            root = node_hash(peak, root)
        return root


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf with this hash stands at `index`, counted
    from 0, in the tree of this size and root.
    """
    if not 0 <= index < size or len(proof) > MAX_PROOF_HASHES:
        return False
    last = size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index % 2 or index == last:
            leaf = node_hash(sibling, leaf)
            index, last = _rise(index, last)
        else:
            leaf = node_hash(leaf, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and leaf == root


def extends(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the tree of `size` leaves begins with all leaves of the
    old one.
    """
    if not 0 <= old_size <= size or len(proof) > MAX_PROOF_HASHES:
        return False
    if old_size in (0, size):
        expected = EMPTY_ROOT if old_size == 0 else root
        return not proof and old_root == expected
    hashes = list(proof)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    return bool(hashes) and _both_roots(old_size, size, hashes) == (old_root, root)


def _both_roots(old_size: int, size: int, hashes: list[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of the old and the new tree that a consistency proof leads to."""
    index, last = old_size - 1, size - 1
    while index % 2:
        index, last = index >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if index % 2 or index == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            index, last = _rise(index, last)
        else:
            new = node_hash(new, sibling)
        index, last = index >> 1, last >> 1
    return (old, new) if last == 0 else None


def _rise(index: int, last: int) -> tuple[int, int]:
    """Leaves out the levels at which a right edge has no sibling."""
    while index and index % 2 == 0:
        index, last = index >> 1, last >> 1
    return index, last
