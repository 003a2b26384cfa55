"""The Merkle tree of RFC 6962 over the records of one ledger.

A `Frontier` is what is needed to append: the roots of the complete subtrees that cover the
records so far, largest first. Pure: the caller stores nodes and passes them in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple

#: Nodes are stored at each height of a tile, a subtree of 256 leaves of its level.
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(record: bytes) -> bytes:
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Node(NamedTuple):
    """The root of a complete subtree of 2**level leaves; `place` is its index in its level,
    from 0.
    """

    level: int
    place: int
    hash: bytes


#: Reads the hashes of `count` neighbouring nodes: (level, first index, count). Only
#: levels that are multiples of the tile height are asked for; level 0 are leaves.
ReadNodes = Callable[[int, int, int], Sequence[bytes]]


class Frontier:
    """The right edge of a tree of `size` leaves: enough to append and to know the root."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    @classmethod
    def restore(cls, size: int, read: ReadNodes) -> Frontier:
        """The frontier of the first `size` leaves, read from stored nodes."""
        frontier = cls()
        level = (max(size, 1).bit_length() - 1) // TILE_HEIGHT * TILE_HEIGHT
        while level >= 0:
            first = size >> (level + TILE_HEIGHT) << TILE_HEIGHT
            count = (size >> level) - first
            nodes = read(level, first, count) if count else ()
            if len(nodes) != count:
                message = f"The tree lacks nodes of level {level} from index {first} on."
                raise ValueError(message)
            for node in nodes:
                frontier._push(level, node)
            level -= TILE_HEIGHT
        return frontier

    @classmethod
    def lost(cls, size: int, root: bytes) -> Frontier:
        """A frontier for a log whose nodes are missing. It only knows the root, and must not
        be appended to.
        """
        frontier = cls()
        frontier.size = size
        frontier._peaks = [(size.bit_length() + TILE_HEIGHT, root)]
        return frontier

    def copy(self) -> Frontier:
        other = Frontier()
        other.size = self.size
        other._peaks = self._peaks.copy()
        return other

    def append(self, leaf: bytes) -> list[Node]:
        """Appends a leaf hash. Returns the nodes that it completed, which must be stored."""
        return self._push(0, leaf)

    def extend(self, leaves: Sequence[bytes]) -> list[Node]:
        """Appends leaf hashes in a row and returns the nodes to store that they completed,
        level by level.
        """
        if len(leaves) == 1:
            return self._push(0, leaves[0])
        peaks, completed = self._peaks, list[Node]()
        above: list[tuple[int, bytes]] = []
        level, first, nodes = 0, self.size, list(leaves)
        self.size += len(nodes)
        while nodes:
            if peaks and peaks[-1][0] == level:
                nodes.insert(0, peaks.pop()[1])
                first -= 1
            if len(nodes) % 2:
                above.append((level, nodes.pop()))
            nodes = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(nodes[::2], nodes[1::2], strict=True)
            ]
            level, first = level + 1, first // 2
            if level % TILE_HEIGHT == 0:
                completed.extend(Node(level, first + n, node) for n, node in enumerate(nodes))
        peaks.extend(reversed(above))
        return completed

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1][1]
        for _, peak in self._peaks[-2::-1]:
            root = sha256(b"\x01" + peak + root).digest()  # node_hash, at each request
        return root

    def _push(self, level: int, node: bytes) -> list[Node]:
        self.size += 1 << level
        peaks = self._peaks
        completed = []
        while peaks and peaks[-1][0] == level:
            node = sha256(b"\x01" + peaks.pop()[1] + node).digest()
            level += 1
            if level % TILE_HEIGHT == 0:
                completed.append(Node(level, (self.size >> level) - 1, node))
        peaks.append((level, node))
        return completed
