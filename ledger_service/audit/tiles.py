"""The tiles of a log (C2SP tlog-tiles): their paths, and the content of those that hold records.
A full tile never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger_service.audit.tree import TILE_WIDTH

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


def entries(records: Sequence[bytes]) -> bytes:
    """The content of a bundle of these records."""
    return b"".join(len(each).to_bytes(_LENGTH_BYTES) + each for each in records)


def _digits(number: int) -> str:
    """A number as groups of three digits; each but the last is preceded by x: x001/x234/067."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))
