"""A cache of the last version of each entry at the head of the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence

from ledger_service.domain.checks import EntryHead
from ledger_service.domain.values.commands import Recorded
from ledger_service.domain.values.entries import Change, State, Version
from ledger_service.domain.values.limits import EVIDENCE
from ledger_service.lookups import Lookups
from ledger_service.persistence.records import (
    Addition,
    Told,
    decode,
    merged,
    microseconds_of,
    told_by,
)
from ledger_service.persistence.storage.log import LogRecorder, held

_CAPACITY = 20_000
#: So many entries are read by one query; fewer are cheaper one by one where each query is
#: no way to another process.
_MANY, _MANY_FAR = 4, 2
#: An entry with more evidence than one record may state takes megabytes; of such entries only
#: the last few are kept.
_MUCH_EVIDENCE, _LARGE_ENTRIES = EVIDENCE, 64
#: So many earlier records are read at once.
_EARLIER = 50
_BEHIND_ALL = 2**31 - 1
_SELECT_RECORDS = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE originator_id = {value} AND originator_version < {value}
    ORDER BY originator_version DESC LIMIT {value}
"""
_SELECT_LAST_RECORDS = """
    SELECT originator_id, {position}, state, leaf_hash FROM stored_events AS event
    WHERE originator_id {in_list} AND originator_version = (
        SELECT MAX(originator_version) FROM stored_events
        WHERE originator_id = event.originator_id
    )
"""
_SELECT_BEFORE = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE originator_id = {value} AND {position} < {value}
    ORDER BY originator_version DESC LIMIT 1
"""


class EntryHeadCache:
    """Looks entries up as the transaction of the head lock sees them. Only the thread that
    holds the lock may use it. Raises LogChanged for a record that does not fit its leaf hash.
    """

    def __init__(self, recorder: LogRecorder, capacity: int = _CAPACITY) -> None:
        self._recorder = recorder
        self.lookups = Lookups()
        self._capacity = capacity
        self._many = _MANY_FAR if recorder.is_remote else _MANY
        # All belong to the thread that holds the head lock; on a replica, where nobody
        # does, to the one that refreshes. What is in `_entries` was committed, or is written
        # under the lock held now: where that fails, `clear` is called.
        self._entries: OrderedDict[str, EntryHead] = OrderedDict()
        # Those of `_entries` with much evidence.
        self._large: OrderedDict[str, None] = OrderedDict()
        # Entries that were looked for and not found under the lock held now.
        self._absent: set[str] = set()
        recorder.tell_of_others(self._changed)

    def begin(self, entry_ids: Collection[str]) -> None:
        """Reads the entries that the requests decided under this lock will ask for."""
        self._absent.clear()
        self.look_up(entry_ids)

    def look_up(self, entry_ids: Collection[str]) -> None:
        """Reads many entries with one query, for later calls of `get`. A few are left to be
        read one by one, which is cheaper.
        """
        missing = [
            each
            for each in dict.fromkeys(entry_ids)
            if each not in self._entries and each not in self._absent
        ]
        if len(missing) < self._many:
            return
        self._absent.update(missing)
        for entry_id, *row in self._recorder.read(_SELECT_LAST_RECORDS, missing):
            self.lookups.misses += 1
            self.put(entry_id, self._known_from(held(*row)))

    def places(self, entry_ids: Collection[str]) -> dict[str, Recorded]:
        """Where the last versions of entries stand in the log, all of which are there."""
        rows = self._recorder.read(_SELECT_LAST_RECORDS, list(entry_ids))
        return {entry_id: place_of(held(*row)) for entry_id, *row in rows}

    def place_before(self, entry_id: str, position: int) -> Recorded | None:
        """Where the version stands that was the last one before a position, if there is one."""
        rows = self._recorder.read(_SELECT_BEFORE, entry_id, position)
        return place_of(held(*rows[0])) if rows else None

    def get(self, entry_id: str) -> EntryHead | None:
        known = self._entries.get(entry_id)
        if known is not None:
            self.lookups.hits += 1
            self._entries.move_to_end(entry_id)
        elif entry_id not in self._absent and (known := self._looked_up(entry_id)) is not None:
            self.put(entry_id, known)
        return known

    @property
    def size(self) -> int:
        return len(self._entries)

    def _looked_up(self, entry_id: str) -> EntryHead | None:
        self.lookups.misses += 1
        return self._read(entry_id)

    def put(self, entry_id: str, known: EntryHead) -> None:
        self._absent.discard(entry_id)
        self._entries[entry_id] = known
        self._entries.move_to_end(entry_id)
        if known.version > 1:
            self._bound(entry_id, known)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def put_all(self, entry_ids: Sequence[str], heads: Sequence[EntryHead]) -> None:
        """As a call of `put` for each of them."""
        self._absent.difference_update(entry_ids)
        self._entries.update(zip(entry_ids, heads, strict=True))
        for entry_id, head in zip(entry_ids, heads, strict=True):
            self._entries.move_to_end(entry_id)
            if head.version > 1:
                self._bound(entry_id, head)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def _bound(self, entry_id: str, known: EntryHead) -> None:
        """Drops the oldest of the large entries when there are too many."""
        if len(getattr(known.state, "evidence", ())) <= _MUCH_EVIDENCE:
            return
        self._large[entry_id] = None
        self._large.move_to_end(entry_id)
        if len(self._large) > _LARGE_ENTRIES:
            oldest, _ = self._large.popitem(last=False)
            self._entries.pop(oldest, None)

    def clear(self) -> None:
        self._entries.clear()
        self._large.clear()
        self._absent.clear()

    def _changed(self, entry_ids: Collection[str] | None) -> None:
        self._absent.clear()
        if entry_ids is None:
            self._entries.clear()
            return
        for each in entry_ids:
            self._entries.pop(each, None)

    def _read(self, entry_id: str) -> EntryHead | None:
        records = self._recorder.read(_SELECT_RECORDS, entry_id, _BEHIND_ALL, 1)
        return self._known_from(held(*records[0])) if records else None

    def _known_from(self, record: bytes) -> EntryHead:
        """The head of the entry whose last record this is. Earlier ones are read where it does
        not hold a full state itself.
        """
        told = [told_by(decode(record))]
        last = _version(told[0])
        while (states := _states(told)) is None:
            before = _version(told[-1]).version
            rows = self._recorder.read(_SELECT_RECORDS, last.entry_id, before, _EARLIER)
            if not rows:
                message = f"The entry {last.entry_id!r} has no state in the log."
                raise ValueError(message)
            told += (told_by(decode(held(*row))) for row in rows)
        return EntryHead(last.version, states, annulled=_is_annulment(last))


def place_of(record: bytes) -> Recorded:
    """Where the version of a record stands, which the request at hand did not record."""
    version = _version(told_by(decode(record)))
    return Recorded(
        version.entry_id,
        version.version,
        version.position,
        microseconds_of(version.recorded_at),
        already_recorded=True,
    )


def _version(told: Told) -> Version:
    return told.version if isinstance(told, Addition) else told


def _is_annulment(version: Version) -> bool:
    return version.change is Change.ANNULMENT


def _states(told: Sequence[Told]) -> State | None:
    """The last state of an entry from what its last records tell, newest first; None when
    earlier ones are needed.
    """
    for place, each in enumerate(told):
        if isinstance(each, Version) and each.state is not None:
            versions = merged(reversed(told[: place + 1]))
            return [version.state for version in versions if version.state is not None][-1]
    return None
