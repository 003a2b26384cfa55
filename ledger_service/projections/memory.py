"""What the histories of one file of views remember together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import msgspec

from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.values.entries import Version
from ledger_service.projections.weighted_lru import WeightedLru

_LISTED_REMEMBERED = 100_000
_ENTRIES_REMEMBERED = 20_000
_VERSIONS_REMEMBERED_BYTES = 48 * 1024 * 1024
_BYTES_PER_VERSION = 1_000
_BYTES_PER_CHARACTER = 2


class EntryPositions(msgspec.Struct, frozen=True, gc=False):
    """What the views told of an entry when they answered up to `upto`: the positions of
    its versions, and which entries point at it since which position, both in order.
    """

    upto: int
    versions: tuple[int, ...]
    sources: tuple[tuple[str, int], ...]


class Listed(NamedTuple):
    """A list of entries as the views told it up to `upto`, each since a position."""

    upto: int
    entries: Sequence[tuple[str, int]]


class Memory:
    """What the histories of one file of views share. A version never changes, and what
    was placed or listed stays true for every earlier position.
    """

    def __init__(self, entries: int = _ENTRIES_REMEMBERED) -> None:
        self.memo = Memo()
        self.lists = WeightedLru[Hashable, Listed](_LISTED_REMEMBERED, lambda x: len(x[1]) + 1)
        self.placed = WeightedLru[str, EntryPositions](entries)
        self.versions = WeightedLru[int, Version](_VERSIONS_REMEMBERED_BYTES, _weight)


def _weight(version: Version) -> int:
    """About how many bytes a version takes."""
    text = len(msgspec.json.encode(version.state))
    return _BYTES_PER_VERSION + _BYTES_PER_CHARACTER * text
