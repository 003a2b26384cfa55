"""The tiles of a log by C2SP tlog-tiles: their paths, and all of them built anew from the
leaf hashes in one stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diplomatic_ledger.verify.tree import CompactRange, complete_root

WIDTH = 256
HEIGHT = 8
HASH_BYTES = 32


@dataclass(frozen=True)
class Tile:
    """A run of hashes of one level; `width` is WIDTH unless it is the last of its level."""

    level: int
    number: int
    data: bytes

    @property
    def width(self) -> int:
        return len(self.data) // HASH_BYTES

    @property
    def path(self) -> str:
        return tile_path(str(self.level), self.number, self.width)


def tile_path(level: str, number: int, width: int) -> str:
    """The path of a tile inside the log; level `entries` is that of the records."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(groups)}{partial}"


class TileBuilder:
    """Builds every tile from leaf hashes and keeps no more than one tile of each level."""

    def __init__(self) -> None:
        self.range = CompactRange()
        self._levels: list[list[bytes]] = [[]]
        self._numbers = [0]

    def append(self, leaves: list[bytes]) -> Iterator[Tile]:
        """Takes the next WIDTH leaves, or fewer when they are the last, and returns the
        tiles that became full.
        """
        if len(leaves) < WIDTH:
            self._levels[0] = leaves
            for leaf in leaves:
                self.range.append(leaf)
            return
        root = complete_root(leaves)
        self.range.append(root, HEIGHT)
        yield self._full(0, leaves)
        yield from self._push(1, root)

    def rest(self) -> Iterator[Tile]:
        """The tiles that did not become full, once all leaves are in."""
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield Tile(level, self._numbers[level], b"".join(hashes))

    def _push(self, level: int, node: bytes) -> Iterator[Tile]:
        if level == len(self._levels):
            self._levels.append([])
            self._numbers.append(0)
        hashes = self._levels[level]
        hashes.append(node)
        if len(hashes) == WIDTH:
            self._levels[level] = []
            yield self._full(level, hashes)
            yield from self._push(level + 1, complete_root(hashes))

    def _full(self, level: int, hashes: list[bytes]) -> Tile:
        number = self._numbers[level]
        self._numbers[level] += 1
        return Tile(level, number, b"".join(hashes))
