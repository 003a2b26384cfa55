"""Decides requests against the head of the log, and writes those that are accepted.

All of this runs under the head lock, so each request sees the ones accepted before it.
A refused request leaves nothing behind. Once written, a request's answer is the same
for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from eventsourcing.persistence import EventStore, StoredEvent

from ledger_service.domain.checks import TargetFindings, check_targets, mentioned
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordAnswer,
    Recorded,
)
from ledger_service.domain.values.entries import Sealed, State, Version
from ledger_service.domain.values.refusals import (
    ClockAhead,
    EntryExists,
    RequestContentErased,
    RequestIdReused,
    VersionConflict,
    Violation,
)
from ledger_service.domain.values.sealing import sealed_fields, text_at, with_texts
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.recording.entry_heads import EntryHead, EntryHeadCache
from ledger_service.persistence.recording.requests import (
    ITEM_FIELDS,
    Request,
    amended_data,
    annulled_data,
    encoded_state,
)
from ledger_service.persistence.records import (
    ENTRY_AMENDED,
    ENTRY_ANNULLED,
    RECORD_TYPES,
    Draft,
    Record,
    decode,
    finish,
    time_of,
    version_of,
)
from ledger_service.persistence.sealing.sealed_values import SealedValues
from ledger_service.persistence.storage.log import (
    LogHead,
    LogRecorder,
    RequestRow,
    RequestToInsert,
    held,
)

_SELECT_RECORDS = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE {position} BETWEEN {value} AND {value} ORDER BY {position}
"""


class Admission:
    """`now` is the clock, in microseconds since 1970; it may jump backwards."""

    def __init__(
        self,
        events: EventStore[str],
        recorder: LogRecorder,
        *,
        source: str,
        recorded_by: str,
        now: Callable[[], int],
        clock: ClockCheck,
    ) -> None:
        self._events = events
        self._recorder = recorder
        self._known = EntryHeadCache(recorder)
        self._sealed = SealedValues(recorder)
        self._new: set[str] = set()
        self._source = source
        self._recorded_by = recorded_by
        self._now = now
        self._time = 0
        self._clock = clock

    def begin(self, requests: Sequence[Request]) -> None:
        """Looks up at once what deciding these requests will ask for. Call it under each
        head lock, before anything is decided.
        """
        ids = [each.command.request_id for each in requests if each.may_be_known]
        many = len(ids) > 1
        recorded = {row.request_id for row in self._recorder.requests(ids)} if many else ()
        self._new = set(ids).difference(recorded) if many else set()
        if self._recorder.far:
            self._known.begin(_entries(requests))
        else:
            self._known.begin(_changed(requests) if len(requests) > 1 else ())

    def decide(self, request: Request) -> RecordAnswer | Decided:
        """The first answer to a request that was recorded before, or what it would
        write. Writes nothing. Raises refusals.
        """
        if request.may_be_known and request.command.request_id not in self._new:
            row = self._recorder.request(request.command.request_id)
            if row is not None:
                return self.first_answer(request, row)
        decided = Decided(request, self._known)
        found = check_targets(request.command, self._state, self._was_amended)
        unknown = (*decided.unknown, *found.unknown)
        broken = (*decided.broken, *found.broken)
        if refusal := TargetFindings(unknown, broken).refusal():
            raise refusal
        return decided

    def clock_refusal(self, head: LogHead) -> ClockAhead | None:
        """Why nothing can be recorded behind a head, if the clock of the service cannot be
        believed. What is written under this head lock gets the time that was looked at
        here, since a clock that is read again may have jumped. Raises PersistenceError.
        """
        self._time = self._now()
        return self._clock.refusal(self._time, head.recorded_at)

    def write(self, decided: Decided, head: LogHead) -> RecordAnswer:
        """Records a request that was decided just now, when `clock_refusal` had none."""
        request = decided.request
        position = head.position + 1
        records = self._put(decided.drafts, request.content_hash, head)
        self._sealed.add(request.seals, position)
        self._new.discard(request.command.request_id)
        for entry_id, known in decided.made.items():
            self._known.put(entry_id, known)
        first = head.recorded_at - len(records) + 1
        recorded = tuple(
            Recorded(r.subject, r.originator_version, int(r.position), time_of(first + number))
            for number, r in enumerate(records)
        )
        return RecordAnswer(recorded, request.command.request_id)

    def write_own(self, draft: Draft, content_hash: bytes, head: LogHead) -> None:
        """Records something of the ledger's own. Raises ClockAhead."""
        if (refusal := self.clock_refusal(head)) is not None:
            raise refusal
        self._put([draft], content_hash, head)

    def first_answer(self, request: Request, row: RequestRow) -> RecordAnswer:
        """The answer that was given when the request was recorded, whatever its sealed
        texts are now. Raises RequestIdReused; once a value that its records seal was
        erased, RequestContentErased for every content.
        """
        records = self._recorder.read(_SELECT_RECORDS, row.first_position, row.last_position)
        decoded = [decode(held(*record)) for record in records]
        versions = [version_of(record) for record in decoded if record.subject]
        if self._sealed.are_gone(_seals(versions)):
            raise RequestContentErased(row.request_id)
        if row.content_hash != request.content_hash:
            raise RequestIdReused(row.request_id)
        recorded = tuple(
            Recorded(v.entry_id, v.version, v.position, v.recorded_at) for v in versions
        )
        return RecordAnswer(recorded, row.request_id, already_recorded=True)

    def forget(self) -> None:
        """Drops what is remembered of the head."""
        self._known.clear()
        self._new.clear()

    def _state(self, entry_id: str) -> State | None:
        known = self._known.get(entry_id)
        return known.state if known is not None else None

    def _was_amended(self, entry_id: str) -> bool:
        known = self._known.get(entry_id)
        return known is not None and known.version > 1

    def _put(self, drafts: list[Draft], content_hash: bytes, head: LogHead) -> list[Record]:
        """Gives each draft its position and its time, one microsecond apart, and inserts
        them as one request.
        """
        position = head.position + 1
        recorded_at = max(self._time, head.recorded_at + 1)
        records: list[Record] = []

        def stored() -> Iterator[StoredEvent]:
            """Made as they are inserted, so that a database far off can begin."""
            for number, draft in enumerate(drafts):
                record = finish(
                    draft,
                    source=self._source,
                    recorded_by=self._recorded_by,
                    position=position + number,
                    recorded_at=recorded_at + number,
                )
                records.append(record)
                # Not by the store's `put`, which makes notifications that nobody reads.
                yield self._events.mapper.to_stored_event(record)

        last = recorded_at + len(drafts) - 1
        row = RequestToInsert(drafts[0].request_id, content_hash, len(drafts), last)
        self._recorder.insert_events(stored(), requests=(row,))
        return records


class Decided:
    """The drafts of one request, and what it makes of the entries that it names. Raises
    EntryExists or VersionConflict.
    """

    def __init__(self, request: Request, known: EntryHeadCache) -> None:
        self.drafts: list[Draft] = []
        self.made: dict[str, EntryHead] = {}
        self.unknown: list[Violation] = []
        self.broken: list[Violation] = []
        self.request = request
        self._known = known
        known.look_up([_entry_id(item) for item in request.command.items])
        for number in range(len(request.command.items)):
            self._draft(number)

    def _draft(self, number: int) -> None:
        item = self.request.command.items[number]
        entry_id = _entry_id(item)
        before = self.made.get(entry_id) or self._known.get(entry_id)
        if isinstance(item, NewEntry):
            if before is not None:
                raise EntryExists(entry_id, before.version)
            self._add(number, item, entry_id, EntryHead(1, item.state))
        elif before is None:
            self.unknown.append(_unknown(number, item))
        else:
            _check_version(item, before)
            state = before.state
            if isinstance(item, Amendment):
                state = self._with_kept_seals(number, item, before)
            self._add(number, item, entry_id, EntryHead(before.version + 1, state))

    def _with_kept_seals(self, number: int, item: Amendment, before: EntryHead) -> State:
        kept = {path: text_at(before.state, path) for path in item.keep_sealed}
        for index, (path, seal) in enumerate(kept.items()):
            if not isinstance(seal, Sealed):
                field = f"items[{number}].amendment.keep_sealed[{index}]"
                self.broken.append(_not_sealed_before(field, path, before.version))
        seals = {path: seal for path, seal in kept.items() if isinstance(seal, Sealed)}
        return with_texts(item.state, seals) if seals else item.state

    def _add(self, number: int, item: Item, entry_id: str, known: EntryHead) -> None:
        state = self.request.states[number]
        if isinstance(item, Amendment) and item.keep_sealed:
            state = encoded_state(known.state)
        kind, data = _typed_data(item, state, known.version)
        request_id = self.request.command.request_id
        self.drafts.append(Draft(kind, entry_id, known.version, data, request_id))
        self.made[entry_id] = known


def _changed(requests: Sequence[Request]) -> list[str]:
    """The entries that requests make or change."""
    return [_entry_id(item) for request in requests for item in request.command.items]


def _entries(requests: Sequence[Request]) -> list[str]:
    """The entries that requests make, change or name."""
    found = _changed(requests)
    for request in requests:
        found += mentioned(request.command)
    return found


def _entry_id(item: Item) -> str:
    return item.id if isinstance(item, NewEntry) else item.entry_id


def _typed_data(item: Item, state: bytes, version: int) -> tuple[str, bytes]:
    match item:
        case NewEntry():
            return RECORD_TYPES[type(item.state)], state
        case Amendment():
            return ENTRY_AMENDED, amended_data(item, state, version - 1)
        case Annulment():
            return ENTRY_ANNULLED, annulled_data(item, version - 1)


def _check_version(item: Amendment | Annulment, before: EntryHead) -> None:
    expected = item.expected_version
    if expected is not None and expected != before.version:
        raise VersionConflict(item.entry_id, expected, before.version)


def _seals(versions: Sequence[Version]) -> list[str]:
    """What versions hold of sealed texts."""
    return [
        each.sealed.sealed
        for version in versions
        if version.state is not None
        for each in sealed_fields(version.state)
    ]


def _not_sealed_before(field: str, path: str, version: int) -> Violation:
    return Violation(
        field,
        f"{path} is not sealed in version {version}. Give its text, and seal it if it shall "
        "be sealed.",
    )


def _unknown(number: int, item: Amendment | Annulment) -> Violation:
    return Violation(
        f"items[{number}].{ITEM_FIELDS[type(item)]}.entry_id",
        f"There is no entry {item.entry_id!r} in this ledger or earlier in this request. "
        "Record it first, or correct the id.",
    )
