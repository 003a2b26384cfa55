"""Exports of one ledger: what a bag needs of its log, and a cache of the last plans.

Everything here blocks and may be called from any thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from threading import Lock

from ledger_service.application import selection
from ledger_service.application.ledger import Ledger
from ledger_service.audit.bag import Bag, Disclosure, ExportScope, ExtentSeals, RecordAltered
from ledger_service.audit.export import ExportPlan, sealed
from ledger_service.audit.proofs import HashTree
from ledger_service.domain.picture.history import History
from ledger_service.domain.values.refusals import LedgerDistrusted
from ledger_service.lookups import Lookups
from ledger_service.persistence.own_records import erasure_in
from ledger_service.persistence.records import (
    FIELD_ERASED,
    KEY_ROTATED,
    LEDGER_FORKED,
    LEDGER_OPENED,
    LEDGER_SUCCEEDED,
)
from ledger_service.persistence.signing.checkpoints import Checkpoints
from ledger_service.persistence.storage.reader import LogReader

_PLANS_KEPT = 4


class Exports:
    """Plans bags. The last plans are cached, so that an interrupted export goes on at once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.lookups = Lookups()
        self._log = ExportSource(ledger)
        # Guards changes of `_plans`; a look-up alone takes no lock.
        self._lock = Lock()
        self._plans: OrderedDict[tuple[ExportScope, ExtentSeals], Bag] = OrderedDict()

    def selected(
        self, history: History, size: int, commitment: str, parties: Sequence[str]
    ) -> tuple[int, ...]:
        """The positions of the entries about a commitment, or else between two parties, and of
        the records of the ledger itself that they need. Raises EntryNotFound.
        """
        if commitment:
            entries = selection.about(history, commitment)
        else:
            entries = selection.between(history, *parties)
        own = self._own_positions(size, entries)
        return tuple(sorted({*selection.positions(history, entries), *own}))

    @property
    def size(self) -> int:
        return len(self._plans)

    def planning(self, extent: ExportScope) -> Iterator[Bag | None]:
        """Yields None for each small step of work, then the bag. Raises LedgerDistrusted when
        the log is not what was signed.
        """
        log = ExportSource(self._ledger)
        key = (extent, sealed(log, extent))
        if (kept := self._plans.get(key)) is not None:
            self.lookups.hits += 1
        else:
            self.lookups.misses += 1
            planning = ExportPlan(log, extent, key[1])
            try:
                for _ in planning.steps():
                    yield None
            except RecordAltered as altered:
                self._ledger.audit.withdraw(str(altered))
                raise LedgerDistrusted(self._ledger.name, str(altered)) from altered
            kept = planning.bag
            self._keep(key, kept)
        yield kept

    def _own_positions(self, size: int, entries: Collection[str]) -> Iterator[int]:
        """The positions of the records that open the ledger, have it go on under another origin,
        change its keys, or erase fields of these entries. Those that cannot be read are among
        them, and found when they are hashed.
        """
        rows = LogReader(self._ledger.log)
        for kind in (LEDGER_OPENED, LEDGER_SUCCEEDED, LEDGER_FORKED, KEY_ROTATED):
            yield from (position for position, _ in rows.of_type(kind, size))
        for position, record in rows.of_type(FIELD_ERASED, size):
            told = erasure_in(record)
            if told is None or told.entry in entries:
                yield position

    def _keep(self, key: tuple[ExportScope, ExtentSeals], bag: Bag) -> None:
        with self._lock:
            self._plans[key] = bag
            self._plans.move_to_end(key)
            if len(self._plans) > _PLANS_KEPT:
                self._plans.popitem(last=False)


class ExportSource:
    """What a bag reads of the log of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._recorder = ledger.log
        self._reader = LogReader(self._recorder)
        self._tree = HashTree(self._recorder.nodes)

    def leaves(self, first: int, last: int) -> Sequence[tuple[bytes, bytes]]:
        rows = self._reader.between(first, last)
        return [(_bytes(record), leaf) for _, record, leaf in rows]

    def leaf_hashes(self, first: int, last: int) -> Sequence[bytes]:
        return self._recorder.nodes(0, first - 1, last - first + 1)

    def records_of(self, record_type: str, last: int) -> Iterable[bytes]:
        return (record for _, record in self._reader.of_type(record_type, last))

    def inclusion(self, position: int, size: int) -> Sequence[bytes]:
        return self._tree.inclusion(position - 1, size)

    def earlier_checkpoints(self, below: int) -> Iterable[tuple[int, str]]:
        return Checkpoints(self._recorder).regular_below(below)

    def disclosures(self, last: int) -> Iterable[Disclosure]:
        return (Disclosure(*each) for each in self._ledger.reader.disclosures(last))


def _bytes(record: bytes | str) -> bytes:
    """A record that somebody made a text is not what was hashed, but can be looked at."""
    return record.encode() if isinstance(record, str) else record
