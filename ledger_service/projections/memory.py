"""The caches that all histories of one file of views share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from copy import copy
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from ledger_service.caches import Cache
from ledger_service.domain.picture.dealings import Dealings
from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.plain_acts import PlainAct
from ledger_service.domain.picture.plain_commitments import PlainCommitment
from ledger_service.domain.values.cuts import Policy
from ledger_service.persistence.records import Addition, Told
from ledger_service.projections.columns import ColumnTable
from ledger_service.projections.kept_facts import FactTable
from ledger_service.projections.places import EntryPositions
from ledger_service.projections.weighted_lru import WeightedLru

_LISTED_REMEMBERED = 100_000
#: Each takes some 300 bytes.
_ACTS_REMEMBERED = 100_000
#: Each takes some 400 bytes, with what fulfils it.
_COMMITMENTS_REMEMBERED = 100_000
_ENTRIES_REMEMBERED = 20_000
_VERSIONS_REMEMBERED_BYTES = 48 * 1024 * 1024
_BYTES_PER_VERSION = 1_000
_BYTES_PER_CHARACTER = 2


Plain = TypeVar("Plain", PlainAct, PlainCommitment)


class Listed(NamedTuple):
    """A list of entries as the views answered it for the log up to `upto`, each with the
    position since when.
    """

    upto: int
    entries: Sequence[tuple[str, int]]


class Between(NamedTuple, Generic[Plain]):
    """The acts, or the commitments, between some parties and others for the log up to `upto`:
    those that were plain at some position, by day, then id, and those that were not, each with
    the position since when. From `all_since` to before `any_until` all of them are plain.
    """

    upto: int
    plain: Sequence[Plain]
    others: Sequence[tuple[str, int]]
    all_since: int
    any_until: int

    def at(self, position: int) -> tuple[Sequence[Plain], list[str]]:
        """Those that are plain at a position, and the others that are there."""
        plain: Sequence[Plain] = self.plain
        if not self.all_since <= position < self.any_until:
            plain = [each for each in plain if each.first <= position < each.end]
        return plain, [entry for entry, since in self.others if since <= position]


class KnownDealings:
    """Who dealt with whom, as far as the views were read, which is up to `upto`."""

    def __init__(self) -> None:
        # Held by the one thread that adds to the others.
        self.lock = threading.Lock()
        self.upto = 0
        self.found = Dealings()


class Memory:
    """The shared caches. A version never changes, and the positions and lists that were looked
    up for a position hold for all earlier ones too.
    """

    def __init__(
        self,
        entries: int = _ENTRIES_REMEMBERED,
        facts_lack: Callable[[Policy], object] = lambda _: None,
        name: str = "",
    ) -> None:
        """`name` is that of the ledger, for lines of the log."""
        self.memo = Memo()
        self.lists = WeightedLru[Hashable, Listed](_LISTED_REMEMBERED, lambda x: len(x[1]) + 1)
        self.between = WeightedLru[Hashable, Between[PlainAct]](_ACTS_REMEMBERED, _size)
        self.promised = WeightedLru[Hashable, Between[PlainCommitment]](
            _COMMITMENTS_REMEMBERED, _size
        )
        self.dealings = KnownDealings()
        self.placed = WeightedLru[str, EntryPositions](entries)
        self.versions = WeightedLru[int, Told](_VERSIONS_REMEMBERED_BYTES, _weight)
        self.facts = {
            policy: FactTable(partial(facts_lack, policy), name=f"{name}, {policy}")
            for policy in Policy
        }

        self.columns = ColumnTable(name=name)

    def caches(self) -> dict[str, Cache]:
        """Those in which something is found or not, by name."""
        return {
            "results": self.memo,
            "lists": self.lists,
            "acts_between": self.between,
            "commitments_between": self.promised,
            "entry_positions": self.placed,
            "decoded_versions": self.versions,
        }

    def with_memo(self, memo: Memo) -> Memory:
        """The same caches but for the results of rules."""
        other = copy(self)
        other.memo = memo
        return other


def _size(between: Between[Any]) -> int:
    return 1 + len(between.plain) + len(between.others)


def _weight(told: Told) -> int:
    """The memory of a version in bytes, estimated."""
    own = told.evidence if isinstance(told, Addition) else told.state
    text = len(msgspec.json.encode(own))
    return _BYTES_PER_VERSION + _BYTES_PER_CHARACTER * text
