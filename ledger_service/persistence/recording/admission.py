"""Decides requests against the head of the log, and writes those that are accepted.

All of this runs under the head lock, so each request sees the ones accepted before it.
A refused request leaves nothing behind. Once written, a request's answer is the same
for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
from eventsourcing.persistence import EventStore

from ledger_service.domain.checks import EntryHead, decide, mentioned
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    NewEntry,
    RecordAnswer,
    Recorded,
)
from ledger_service.domain.values.refusals import (
    ClockAhead,
    RequestContentErased,
    RequestIdReused,
)
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.recording.entry_heads import EntryHeadCache
from ledger_service.persistence.recording.requests import (
    Request,
    amended_data,
    annulled_data,
    encoded_state,
)
from ledger_service.persistence.records import (
    ENTRY_AMENDED,
    ENTRY_ANNULLED,
    RECORD_TYPES,
    Addition,
    Content,
    RecordFactory,
    decode,
    microseconds_of,
    new_id,
    sealed_in,
    told_by,
)
from ledger_service.persistence.sealing.sealed_values import SealedValues
from ledger_service.persistence.sealing.seals import TextToSeal
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
    """Decides and writes under the head lock. `now` is the clock, in microseconds since 1970;
    it may jump backwards.
    """

    def __init__(
        self,
        events: EventStore[str],
        recorder: LogRecorder,
        *,
        source: str,
        now: Callable[[], int],
        clock: ClockCheck,
    ) -> None:
        # Set for good:
        self._events = events
        self._recorder = recorder
        self.heads = EntryHeadCache(recorder)
        self._sealed = SealedValues(recorder)
        self._records = RecordFactory(source)
        self._now = now
        self._clock = clock
        # Both belong to the thread that holds the head lock, and hold for that lock only:
        # ids that `begin` found to be new, and the time that `clock_refusal` looked at.
        self._new: set[str] = set()
        self._time = 0

    def begin(self, requests: Sequence[Request]) -> None:
        """Reads beforehand what deciding these requests will need. It must be called under
        each head lock, before anything is decided.
        """
        ids = [each.command.request_id for each in requests if each.may_be_known]
        many = len(ids) > 1
        recorded = {row.request_id for row in self._recorder.requests(ids)} if many else ()
        self._new = set(ids).difference(recorded) if many else set()
        if self._recorder.is_remote:
            self.heads.begin(_entries(requests))
        else:
            self.heads.begin(_changed(requests) if len(requests) > 1 else ())

    def decide(self, request: Request) -> RecordAnswer | Decided:
        """The first answer to a request that was recorded before, or else what it would write.
        Writes nothing. Raises refusals.
        """
        if request.may_be_known and request.command.request_id not in self._new:
            row = self._recorder.request(request.command.request_id)
            if row is not None:
                return self.first_answer(request, row)
        return self.decide_anew(request)

    def decide_anew(self, request: Request) -> Decided:
        """What a request would write that was not recorded before. Raises refusals."""
        self.heads.look_up(request.entry_ids)
        decision = decide(request.command, self.heads.get, hold_taken=True)
        if refusal := decision.refusal():
            raise refusal
        ids = request.entry_ids
        places = self.heads.places([ids[n] for n in decision.there]) if decision.there else {}
        there = {number: places[ids[number]] for number in decision.there}
        return Decided(request, decision.heads, there)

    def clock_refusal(self, head: LogHead) -> ClockAhead | None:
        """Why nothing can be recorded after a head because the clock of the service cannot be
        trusted; None when it can. What is written under this head lock gets the time that was
        read here, since a clock that is read again may have jumped. Raises PersistenceError.
        """
        self._time = self._now()
        return self._clock.refusal(self._time, head.recorded_at)

    def write(self, decided: Decided, head: LogHead) -> RecordAnswer:
        """Records a request that was just decided, as far as it is not there already.
        `clock_refusal` must have returned None before.
        """
        request, heads, there = decided
        count, position = len(heads) - len(there), head.position + 1
        self._put(
            _contents(decided),
            count,
            request.command.request_id,
            request.content_hash,
            head,
            request.recorded_by,
        )
        self._sealed.add(decided.new_seals(), position)
        self._new.discard(request.command.request_id)
        self.heads.put_all(request.entry_ids, heads)
        first = head.recorded_at - count + 1
        versions = [each.version for each in heads]
        places, times = range(position, position + count), range(first, first + count)
        if there:
            new = zip(places, times, strict=True)
            recorded = tuple(
                there.get(n) or Recorded(entry_id, version, *next(new))
                for n, (entry_id, version) in enumerate(
                    zip(request.entry_ids, versions, strict=True)
                )
            )
        else:
            recorded = tuple(map(Recorded, request.entry_ids, versions, places, times))
        return RecordAnswer(recorded, request.command.request_id, head.position)

    def write_own(
        self, record_type: str, content: msgspec.Struct, head: LogHead, recorded_by: str
    ) -> None:
        """Records something of the ledger itself, such as a new key. Raises ClockAhead."""
        if (refusal := self.clock_refusal(head)) is not None:
            raise refusal
        data = msgspec.json.encode(content)
        contents = [(record_type, "", 0, data)]
        self._put(contents, 1, new_id(self._time), sha256(data).digest(), head, recorded_by)

    def first_answer(self, request: Request, row: RequestRow) -> RecordAnswer:
        """The answer that was given when the request was recorded, whatever its sealed texts
        are now. Raises RequestIdReused; and once a value that its records seal was erased,
        RequestContentErased for every content.
        """
        records = self._recorder.read(_SELECT_RECORDS, row.first_position, row.last_position)
        decoded = [decode(held(*record)) for record in records]
        told = [told_by(record) for record in decoded if record.subject]
        seals = [each.sealed.sealed for version in told for each in sealed_in(version)]
        if self._sealed.are_gone(seals):
            raise RequestContentErased(row.request_id)
        if row.content_hash != request.content_hash:
            raise RequestIdReused(row.request_id)
        recorded = tuple(
            Recorded(v.entry_id, v.version, v.position, microseconds_of(v.recorded_at))
            for v in (each.version if isinstance(each, Addition) else each for each in told)
        )
        if len(recorded) < len(request.entry_ids):
            recorded = self._with_those_there(request, recorded, row.first_position)
        return RecordAnswer(recorded, row.request_id, row.last_position, already_recorded=True)

    def _with_those_there(
        self, request: Request, recorded: Sequence[Recorded], first: int
    ) -> tuple[Recorded, ...]:
        """What a request recorded that begins at the position `first`, and between it the
        entries that were there already.
        """
        new = deque(recorded)
        found: list[Recorded] = []
        for item, entry_id in zip(request.command.items, request.entry_ids, strict=True):
            there = None
            if isinstance(item, NewEntry) and not _made_by(new, entry_id):
                # An id that the ledger made at that time is another one now, and not there.
                there = self.heads.place_before(entry_id, first)
            found.append(there or new.popleft())
        return tuple(found)

    def forget(self) -> None:
        """Empties the cache of entry heads."""
        self.heads.clear()
        self._new.clear()

    def _put(
        self,
        contents: Iterable[Content],
        count: int,
        request_id: str,
        content_hash: bytes,
        head: LogHead,
        recorded_by: str,
    ) -> None:
        """Inserts the records of one request, and gives each its position and its time, one
        microsecond apart. They are made while they are inserted, so that a remote database can
        begin with the first ones.
        """
        first, time = head.position + 1, max(self._time, head.recorded_at + 1)
        records = self._records.make(contents, request_id, first, time, recorded_by)
        # Not by the store's `put`, which makes notifications that nobody reads.
        events = map(self._events.mapper.to_stored_event, records)
        row = RequestToInsert(request_id, content_hash, count, time + count - 1)
        self._recorder.insert_events(events, requests=(row,))


class Decided(NamedTuple):
    """A request that is accepted, and the head that each item gives its entry. Of the items
    that are `there` already, by their number, nothing is written.
    """

    request: Request
    heads: list[EntryHead]
    there: dict[int, Recorded]

    def nothing_new(self, head: LogHead) -> RecordAnswer | None:
        """The answer where all items are there already; None where something is to be
        written.
        """
        if len(self.there) < len(self.heads):
            return None
        recorded = tuple(self.there[n] for n in range(len(self.heads)))
        return RecordAnswer(recorded, self.request.command.request_id, head.position)

    def new_seals(self) -> Sequence[TextToSeal]:
        """The seals of what is written, with the number of the record instead of the item."""
        if not self.there or not self.request.seals:
            return self.request.seals
        new = [n for n in range(len(self.heads)) if n not in self.there]
        numbers = {n: number for number, n in enumerate(new)}
        seals = self.request.seals
        return [
            each._replace(item=numbers[each.item]) for each in seals if each.item in numbers
        ]


def _made_by(new: Sequence[Recorded], entry_id: str) -> bool:
    """Whether the next of what was recorded is the first version of this entry."""
    return bool(new) and (new[0].entry_id, new[0].version) == (entry_id, 1)


def _contents(decided: Decided) -> Iterator[Content]:
    request, heads, there = decided
    items = zip(request.command.items, request.entry_ids, request.states, heads, strict=True)
    for number, (item, entry_id, state, head) in enumerate(items):
        if number in there:
            continue
        match item:
            case NewEntry():
                yield RECORD_TYPES[type(head.state)], entry_id, 1, state
            case Amendment():
                kept = encoded_state(head.state) if item.keep_sealed else state
                data = amended_data(item, kept, head)
                yield ENTRY_AMENDED, entry_id, head.version, data
            case Annulment():
                data = annulled_data(item, head.version - 1)
                yield ENTRY_ANNULLED, entry_id, head.version, data


def _changed(requests: Sequence[Request]) -> list[str]:
    """The entries that requests make or change."""
    return [entry_id for request in requests for entry_id in request.entry_ids]


def _entries(requests: Sequence[Request]) -> list[str]:
    """The entries that requests make, change or name."""
    found = _changed(requests)
    for request in requests:
        found += mentioned(request.command)
    return found
