"""What the records of a log are asked for, each question by its name.

A question is answered as its recorder reads: under this thread's head lock as that sees the
log, else from what is committed. Nothing is held against its leaf hash here; see `held` in
`log`. Any thread may ask. Raises PersistenceError.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from ledger_service.domain.values.stopping import looking
from ledger_service.persistence.records import LEDGER_STREAM
from ledger_service.persistence.storage.log import LogRecorder

_SELECT_BETWEEN = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE {position} BETWEEN {value} AND {value} ORDER BY {position}
"""
_SELECT_AT = """
    SELECT {position}, state, leaf_hash FROM stored_events WHERE {position} {in_list}
"""
_SELECT_OF_ENTRY = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE originator_id = {value} ORDER BY originator_version
"""
_SELECT_FIRST_TYPES = """
    SELECT originator_id, topic FROM stored_events
    WHERE originator_id {in_list} AND originator_version = 1
"""
_SELECT_FIRST_RECORDS = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE originator_id {in_list} AND originator_version = 1
"""
_SELECT_LINES = """
    SELECT count(*), {joined_states} FROM (
        SELECT state FROM stored_events
        WHERE {position} BETWEEN {value} AND {value} ORDER BY {position}
    ) AS records
"""
_SELECT_OF_TYPE = """
    SELECT {position}, state FROM stored_events
    WHERE {position} > {value} AND {position} <= {value} AND topic = {value}
    ORDER BY {position} LIMIT {value}
"""
_SELECT_CONTAINING = """
    SELECT {position}, state FROM stored_events
    WHERE {position} > {value} AND {position} <= {value} AND {state_contains}
    ORDER BY {position} LIMIT {value}
"""
_SELECT_OWN = """
    SELECT state FROM stored_events
    WHERE originator_id = {value} AND topic = {value} AND {position} <= {value}
    ORDER BY originator_version
"""
#: The records by which a log went on for another one, or as a fork.
SELECT_CONTINUED = """
    SELECT {position}, state, leaf_hash FROM stored_events
    WHERE originator_id = '$ledger' AND topic IN ('ledger.succeeded.v1', 'ledger.forked.v1')
    ORDER BY {position}
"""
_SELECT_NEXT_END = "SELECT min(last_position) FROM requests WHERE last_position > {value}"

#: Behind every position.
ANYWHERE = 2**63 - 1
_RECORDS_AT_ONCE = 500
#: So many are looked through for a few at a time, in some hundredths of a second.
_LOOKED_THROUGH = 25_000

#: A position, what is stored there, and its leaf hash. Somebody may have changed either.
Row: TypeAlias = tuple[int, bytes, bytes]


class LogReader:
    """Positions from one to another are both inclusive; `upto` is inclusive too."""

    def __init__(self, recorder: LogRecorder) -> None:
        self._recorder = recorder

    def between(self, first: int, last: int) -> list[Row]:
        """The records from one position to another, in order."""
        return self._recorder.read(_SELECT_BETWEEN, first, last)

    def at(self, positions: Sequence[int]) -> list[Row]:
        """The records at some positions, in no order."""
        return self._recorder.read(_SELECT_AT, list(positions))

    def of_entry(self, entry_id: str) -> list[Row]:
        """The records of an entry, oldest first."""
        return self._recorder.read(_SELECT_OF_ENTRY, entry_id)

    def first_types(self, entries: Sequence[str]) -> list[tuple[str, str]]:
        """Each of these entries with the type of its first record."""
        return self._recorder.read(_SELECT_FIRST_TYPES, list(entries))

    def first_records(self, entries: Sequence[str]) -> list[Row]:
        """The first record of each of these entries that is there."""
        return self._recorder.read(_SELECT_FIRST_RECORDS, list(entries))

    def lines(self, first: int, last: int) -> tuple[int, bytes]:
        """How many records stand from one position to another, and all of them in order
        with line feeds between them.
        """
        count, joined = self._recorder.read(_SELECT_LINES, first, last)[0]
        return count, joined or b""

    def of_type(self, record_type: str, upto: int) -> Iterator[tuple[int, bytes]]:
        """The records of a type, each behind its position, in order; some are read at a
        time.
        """
        return self._some_at_a_time(_SELECT_OF_TYPE, record_type, upto)

    def containing(self, part: bytes, upto: int) -> Iterator[tuple[int, bytes]]:
        """The records in which some bytes stand, each behind its position, in order; some
        are read at a time.
        """
        return self._some_at_a_time(_SELECT_CONTAINING, part, upto)

    def _some_at_a_time(
        self, statement: str, wanted: str | bytes, upto: int
    ) -> Iterator[tuple[int, bytes]]:
        """What a statement finds from a position on, up to another one. It looks through all
        records between, so each time it is given no more than are looked through in a moment.
        """
        for start in looking(range(0, upto, _LOOKED_THROUGH)):
            after, end = start, min(start + _LOOKED_THROUGH, upto)
            while rows := self._recorder.read(statement, after, end, wanted, _RECORDS_AT_ONCE):
                yield from rows
                if len(rows) < _RECORDS_AT_ONCE:
                    break
                after = rows[-1][0]

    def of_ledger(self, record_type: str, upto: int = ANYWHERE) -> list[bytes]:
        """What the ledger recorded of itself in records of a type, oldest first."""
        rows = self._recorder.read(_SELECT_OWN, LEDGER_STREAM, record_type, upto)
        return [row[0] for row in rows]

    def continued(self) -> list[Row]:
        """The records by which the log went on for another one, or as a fork, oldest first."""
        return self._recorder.read(SELECT_CONTINUED)

    def next_end(self, position: int) -> int | None:
        """Where the first request ends that ends after a position."""
        end: int | None = self._recorder.read(_SELECT_NEXT_END, position)[0][0]
        return end
