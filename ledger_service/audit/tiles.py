"""The tiles of a log (C2SP tlog-tiles): which exist at a size, their paths, and their content.
A full tile never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger_service.audit.tree import TILE_HEIGHT, TILE_WIDTH, ReadNodes

_HASH_BYTES = 32
_LENGTH_BYTES = 2


class Tile(NamedTuple):
    """`width` consecutive hashes of a level, or `width` records when `level` is None."""

    level: int | None
    number: int
    width: int

    @property
    def path(self) -> str:
        """Its path within the log's folder."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_digits(self.number)}{partial}"

    @property
    def first(self) -> int:
        """Index of its first hash in its level, or of its first record."""
        return self.number * TILE_WIDTH


def hash_tiles(size: int) -> Iterator[Tile]:
    """The tiles of hashes of a log with `size` records, level by level from the lowest."""
    level, count = 0, size
    while count:
        yield from _tiles(level, count)
        level, count = level + 1, count >> TILE_HEIGHT


def entry_tiles(size: int) -> Iterator[Tile]:
    """The bundles of records of a log with `size` records."""
    return _tiles(None, size)


def hashes(tile: Tile, read: ReadNodes) -> bytes:
    """The content of a tile of hashes. Raises ValueError when nodes are not stored."""
    assert tile.level is not None
    content = b"".join(read(tile.level * TILE_HEIGHT, tile.first, tile.width))
    if len(content) != tile.width * _HASH_BYTES:
        raise ValueError(f"The tree lacks nodes of {tile.path}.")
    return content


def entries(records: Sequence[bytes]) -> bytes:
    """The content of a bundle of these records."""
    return b"".join(len(each).to_bytes(_LENGTH_BYTES) + each for each in records)


def _tiles(level: int | None, count: int) -> Iterator[Tile]:
    full, rest = divmod(count, TILE_WIDTH)
    for number in range(full):
        yield Tile(level, number, TILE_WIDTH)
    if rest:
        yield Tile(level, full, rest)


def _digits(number: int) -> str:
    """A number as groups of three digits; each but the last is preceded by x: x001/x234/067."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))
