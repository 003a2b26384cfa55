"""Keeps what lists are counted by, as columns in memory: read once from the log, a part at a
time, and carried along as it grows. They can be lost at any time, and are read again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable, Mapping
from typing import Protocol, TypeVar

import structlog

from ledger_service.domain.picture.columns import BothEnds, Columns, Traits
from ledger_service.domain.picture.found_by import codes_of
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Act,
    Commitment,
    Instrument,
    Report,
)
from ledger_service.domain.values.stopping import look
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections.record_projection import (
    Interval,
    ProjectedRecord,
    ProjectedRecords,
    State,
)

_log = structlog.get_logger(__name__)

T = TypeVar("T", bound=Hashable)

#: Room for the columns, in bytes.
_ROOM = 80_000_000
#: What is taken at most, in bytes: by a position, by an entry that is told apart or a report, by
#: what entries have in common, and by each part and character of it.
_POSITION_BYTES = 16
_OTHER_BYTES = 300
_SHARED_BYTES, _PART_BYTES, _CHARACTER_BYTES = 200, 64, 2

#: So many positions are read at a time: as many as take about as long as that, since records may
#: be large.
_LEAST_STEP, _MOST_STEP, _STEP_SECONDS = 10, 1_000, 0.02

_COUNTED = {RECORD_TYPES[each]: TYPE_NAMES[each] for each in (Act, Commitment, Instrument)}
_REPORT = RECORD_TYPES[Report]


class ReadLog(Protocol):
    """The part of a history that is read here."""

    @property
    def position(self) -> int: ...

    def projected(self, first: int, last: int) -> ProjectedRecords:
        """What the records from one position to another tell, each checked."""
        ...

    def first_positions(self, entries: Iterable[str]) -> Mapping[str, int]:
        """Where some entries were first recorded."""
        ...


class ColumnTable:
    """The columns of one log, in `room` bytes; none where they take more."""

    def __init__(self, room: int = _ROOM, name: str = "") -> None:
        """`name` is for lines of the log."""
        self._room = room
        self._name = name
        # Held by the one thread that adds to the others.
        self._lock = threading.Lock()
        self._columns: Columns | None = None
        self._traits: dict[Traits, int]
        self._ends: dict[BothEnds, int]
        self._told: dict[tuple[int, ...], int]
        self._reports: dict[str, int]
        self._names: dict[str, str]
        self._shared_bytes: int
        self._begin(Columns())

    def reach(self, log: ReadLog) -> Columns | None:
        """The columns with all that was recorded up to the position of a log; None where there
        is no room for them. What was read before it is stopped stays.
        """
        step = _LEAST_STEP
        while (columns := self._columns) is not None and columns.upto < log.position:
            look()
            began = time.thread_time()
            self._read_some(columns, log, step)
            is_short = time.thread_time() - began < _STEP_SECONDS
            step = min(2 * step, _MOST_STEP) if is_short else max(step // 2, _LEAST_STEP)
        return columns

    @property
    def size(self) -> int:
        """The bytes of memory that they take, estimated."""
        columns = self._columns
        return self._needed(columns, 0) if columns else 0

    def _needed(self, columns: Columns, position: int) -> int:
        """The bytes that they take once they reach up to a position at least, with what all
        positions have in common by now.
        """
        others = len(columns.reports) + len(columns.apart) + len(columns.changed)
        others += len(columns.spoken_of)
        reached = max(position + 1, len(columns.days))
        return _POSITION_BYTES * reached + self._shared_bytes + _OTHER_BYTES * others

    def _read_some(self, columns: Columns, log: ReadLog, step: int) -> None:
        after = columns.upto
        upto = min(after + step, log.position)
        told = log.projected(after + 1, upto)
        named = {each.entry_id for each in told.versions if each.version > 1}
        named.update(each.target for v in told.versions for each in v.state.relations)
        firsts = log.first_positions(named) if named else {}
        with self._lock:
            if self._columns is not columns or columns.upto != after:
                return  # another thread was there meanwhile
            if self._needed(columns, log.position) <= self._room:
                try:
                    columns.make_room(log.position)
                    self._add_all(columns, told, firsts)
                except BaseException:  # half of it is there: it is read from the beginning
                    self._begin(Columns())
                    raise
                columns.upto = upto
            if self._needed(columns, log.position) > self._room:
                self._begin(None)
                _log.warning("counted_one_by_one", of=self._name, room=self._room)

    def _add_all(
        self, columns: Columns, told: ProjectedRecords, firsts: Mapping[str, int]
    ) -> None:
        for each in told.versions:
            for relation in each.state.relations:
                if (target := firsts.get(relation.target)) is not None:
                    columns.spoken_of.setdefault(target, each.position)
            if each.version > 1:
                self._change(columns, each, firsts)
            elif each.type in _COUNTED:
                self._add(columns, each)
            elif each.type == _REPORT:
                self._add_report(columns, each)

    def _begin(self, columns: Columns | None) -> None:
        """Begins with these columns, of which nothing is read; None for none at all."""
        self._columns = columns
        self._traits = {Traits(): 0}
        self._ends = {BothEnds(): 0}
        self._told = {(): 0}
        self._reports, self._names = {}, {}
        self._shared_bytes = 0

    def _add(self, columns: Columns, first: ProjectedRecord) -> None:
        state, type_name = first.state, _COUNTED[first.type]
        day = _exact(state.occurred)
        if not day:
            columns.apart[first.entry_id] = first.position, type_name
            return
        position, traits = first.position, _traits(type_name, state)
        columns.days[position] = day
        columns.traits[position] = self._number(self._traits, columns.all_traits, traits)
        ends = BothEnds(self._shared(_ones(state)), self._shared(_others(state)))
        columns.ends[position] = self._number(self._ends, columns.all_ends, ends)
        reports = dict.fromkeys([each.report for each in state.evidence])
        told = tuple([self._report(columns, each) for each in reports])
        columns.told[position] = self._number(self._told, columns.all_told, told)

    def _add_report(self, columns: Columns, first: ProjectedRecord) -> None:
        number = self._report(columns, first.entry_id)
        publisher = first.state.publisher
        columns.publishers[number] = (
            self._names.setdefault(publisher, publisher) if isinstance(publisher, str) else None
        )
        columns.report_since[number] = first.position
        columns.report_days[number] = _exact(first.state.published)

    def _change(
        self, columns: Columns, later: ProjectedRecord, firsts: Mapping[str, int]
    ) -> None:
        entry = later.entry_id
        if (number := self._reports.get(entry)) is not None:
            columns.reports_changed.setdefault(number, later.position)
        first = firsts[entry]
        if columns.days[first]:
            columns.changed.setdefault(first, later.position)
            type_name = columns.all_traits[columns.traits[first]].type_name
            columns.apart.setdefault(entry, (later.position, type_name))

    def _report(self, columns: Columns, report: str) -> int:
        """The number of a report, which may be recorded later in the same request."""
        number = self._reports.get(report)
        if number is None:
            number = self._reports[report] = len(columns.reports)
            columns.report_days.append(0)
            columns.report_since.append(0)
            columns.publishers.append(None)
            columns.reports.append(report)
        return number

    def _number(self, numbers: dict[T, int], every: list[T], value: T) -> int:
        """The place of a value among those that there are."""
        number = numbers.get(value)
        if number is None:
            number = numbers[value] = len(every)
            every.append(value)
            self._shared_bytes += _SHARED_BYTES + _bytes_of(value)
        return number

    def _shared(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple([self._names.setdefault(each, each) for each in names])


def _bytes_of(value: object) -> int:
    """The memory that a value takes at most, with all of which it is put together."""
    if isinstance(value, tuple):
        return _PART_BYTES + sum(map(_bytes_of, value))
    return (
        _PART_BYTES + _CHARACTER_BYTES * len(value) if isinstance(value, str) else _PART_BYTES
    )


def _exact(when: Interval | None) -> int:
    """The one day of an interval, as an ordinal; 0 where it has another end, or an open one."""
    if when is None or when.from_day is None or when.from_day != when.to_day:
        return 0
    return when.from_day.toordinal()


def _traits(type_name: str, state: State) -> Traits:
    country = state.place.country if state.place else ""
    return Traits(
        type_name,
        state.kind,
        state.topics,
        country if isinstance(country, str) else "",
        tuple(codes_of(state)),
        state.instrument,
        not state.relations and not any(e.asserted_by or e.hedged for e in state.evidence),
    )


def _ones(state: State) -> tuple[str, ...]:
    return state.actors or state.debtors or state.participants


def _others(state: State) -> tuple[str, ...]:
    return state.counterparties or state.creditors
