"""Inclusion and consistency proofs of RFC 6962.

They are made from stored nodes of a tree of any size, and checked without any. The index of a
leaf counts from 0.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from ledger_service.audit.tree import (
    EMPTY_ROOT,
    TILE_HEIGHT,
    TILE_WIDTH,
    ReadNodes,
    node_hash,
)
from ledger_service.lookups import Lookups

_TILES_REMEMBERED = 512


class ProofWrong(ValueError):
    """A proof does not show what it claims."""


class HashTree:
    """The tree over stored nodes. Methods raise ValueError when a node that they need is not
    stored. Any thread may call them. The tiles used last are cached, since stored nodes never
    change.
    """

    def __init__(self, read: ReadNodes) -> None:
        self._read = read
        self.lookups = Lookups()
        # Guards `_tiles`, not the reading of nodes: two threads may read the same tile.
        self._lock = Lock()
        self._tiles: OrderedDict[tuple[int, int, int], list[Sequence[bytes]]] = OrderedDict()

    @property
    def size(self) -> int:
        """How many tiles are cached."""
        return len(self._tiles)

    def forget(self) -> None:
        """Empties the cache, for when stored nodes may have been changed by somebody else."""
        with self._lock:
            self._tiles.clear()

    def root(self, size: int) -> bytes:
        return _Cut(self, size).over(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of a leaf: the hashes from its sibling up to the root."""
        if not 0 <= index < size:
            raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
        return _Cut(self, size).path(index, 0, size)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between the trees of `old` and of `new` leaves."""
        if not 0 <= old <= new:
            raise ValueError(f"A tree of {new} leaves did not grow out of one of {old}.")
        if old in (0, new):
            return []
        return _Cut(self, new).grown(old, 0, new, whole=True)

    def tile(self, level: int, number: int, width: int) -> list[Sequence[bytes]]:
        """A tile, level by level: its hashes, then the complete subtrees above them. Raises
        ValueError when a node is not stored.
        """
        key = (level, number, width)
        with self._lock:
            if (kept := self._tiles.get(key)) is not None:
                self._tiles.move_to_end(key)
                self.lookups.hits += 1
                return kept
            self.lookups.misses += 1
        leaves = self._read(level * TILE_HEIGHT, number * TILE_WIDTH, width)
        if len(leaves) != width:
            raise ValueError(f"The tree lacks nodes in tile {number} of level {level}.")
        levels = _levels(leaves)
        with self._lock:
            self._tiles[key] = levels
            if len(self._tiles) > _TILES_REMEMBERED:
                self._tiles.popitem(last=False)
        return levels


class _Cut:
    """The tree of one size, for one question."""

    def __init__(self, tree: HashTree, size: int) -> None:
        self._tree = tree
        self._size = size

    def over(self, first: int, last: int) -> bytes:
        """The hash over the leaves from `first` up to but not including `last`."""
        count = last - first
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self._complete(level, first >> level)
        middle = first + _largest_power_below(count)
        return node_hash(self._complete_over(first, middle), self.over(middle, last))

    def path(self, index: int, first: int, last: int) -> list[bytes]:
        hashes = []
        while last - first > 1:
            middle = first + _largest_power_below(last - first)
            if index < middle:
                hashes.append(self.over(middle, last))
                last = middle
            else:
                hashes.append(self.over(first, middle))
                first = middle
        return hashes[::-1]

    def grown(self, old: int, first: int, last: int, *, whole: bool) -> list[bytes]:
        """SUBPROOF of RFC 6962. `whole` is True as long as the old tree begins where this
        subtree begins.
        """
        hashes = []
        while old < last:
            middle = first + _largest_power_below(last - first)
            if old <= middle:
                hashes.append(self.over(middle, last))
                last = middle
            else:
                hashes.append(self.over(first, middle))
                first, whole = middle, False
        if not whole:
            hashes.append(self.over(first, last))
        return hashes[::-1]

    def _complete_over(self, first: int, last: int) -> bytes:
        level = (last - first).bit_length() - 1
        return self._complete(level, first >> level)

    def _complete(self, level: int, place: int) -> bytes:
        """The root of the complete subtree of 2**level leaves at `place`."""
        tile_level, above = divmod(level, TILE_HEIGHT)
        number, within = divmod(place << above, TILE_WIDTH)
        return self._tile(tile_level, number)[above][within >> above]

    def _tile(self, level: int, number: int) -> list[Sequence[bytes]]:
        width = (self._size >> level * TILE_HEIGHT) - number * TILE_WIDTH
        return self._tree.tile(level, number, min(width, TILE_WIDTH))


def check_inclusion(
    leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises ProofWrong unless the proof shows that the leaf is in the tree of this size and
    root.
    """
    if not 0 <= index < size:
        raise ProofWrong(f"A tree of {size} leaves has no leaf {index}.")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofWrong("The proof is too long.")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place & 1 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise ProofWrong(f"The proof does not lead from leaf {index} to the root.")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises ProofWrong unless the proof shows that the new tree begins with all leaves of the
    old one.
    """
    if not 0 <= old <= new:
        raise ProofWrong(f"A tree of {new} leaves did not grow out of one of {old}.")
    if old in (0, new):
        if proof or old_root != (new_root if old else EMPTY_ROOT):
            raise ProofWrong("The roots differ, or the proof is not empty.")
        return
    hashes = list(proof) if old & (old - 1) else [old_root, *proof]
    if not hashes:
        raise ProofWrong("The proof is empty.")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    small = large = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            raise ProofWrong("The proof is too long.")
        if place & 1 or place == last:
            small, large = node_hash(each, small), node_hash(each, large)
            while place & 1 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            large = node_hash(large, each)
        place, last = place >> 1, last >> 1
    if last or (small, large) != (old_root, new_root):
        raise ProofWrong(f"The tree of {new} leaves did not grow out of that of {old}.")


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    levels: list[Sequence[bytes]] = [leaves]
    while len(below := levels[-1]) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([node_hash(left, right) for left, right in pairs])
    return levels


def _largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
