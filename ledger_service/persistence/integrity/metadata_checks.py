"""Checks index columns, request rows and sealed texts against the records. The hashes of the
tree cover none of these, and answers depend on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.own_records import erasures
from ledger_service.persistence.records import (
    Record,
    decode,
    microseconds_of,
    sealed_in,
    told_by,
)
from ledger_service.persistence.sealing.sealed_values import MARK_OF_SEALS, opens
from ledger_service.persistence.storage.log import LogRecorder, RequestRow

_SELECT_VALUES = """
    SELECT commitment, erased, salt, value FROM sealed_values
    WHERE commitment {in_list}
"""


class Row(NamedTuple):
    """A record with its index columns."""

    position: int
    originator_id: str
    originator_version: int
    topic: str
    record: bytes


class _Request(NamedTuple):
    first_position: int
    request_id: str
    recorded_at: int


class MetadataCheck:
    """Takes the rows of a log in their order. `found` is called with each finding. Without
    `seals` the sealed texts are not checked; `erased` are seals whose values were erased behind
    the end of this log.
    """

    def __init__(
        self,
        recorder: LogRecorder,
        lineage: Lineage,
        found: Callable[[str], None],
        *,
        seals: bool = True,
        erased: Collection[str] = (),
    ) -> None:
        self._recorder = recorder
        self._lineage = lineage
        self._found = found
        self._seals = seals
        self._erased_later = erased
        self._checked = 0
        self._last = 0
        self._open: _Request | None = None
        self._ended: dict[int, _Request] = {}

    def take(self, rows: Sequence[Row]) -> None:
        """Checks the next rows. Blocks."""
        seals: dict[str, int] = {}
        for row in rows:
            try:
                record = decode(row.record)
                self._take(row, record)
                if self._seals and MARK_OF_SEALS in row.record:
                    seals |= dict.fromkeys(_seals(record), row.position)
            except (msgspec.MsgspecError, ValueError, TypeError):
                self._found(f"The record at position {row.position} cannot be read.")
        self._check_requests()
        self._check_seals(seals)

    def end(self) -> None:
        """Checks what remains after the last row. Blocks."""
        if self._open is not None:
            self._ended[self._last] = self._open
        self._check_requests()

    def _take(self, row: Row, record: Record) -> None:
        told = (int(record.position), record.originator_id, record.originator_version)
        if (*told, record.type) != row[:4] or record.source != self._lineage.at(
            row.position
        ).origin:
            self._found(
                f"The record at position {row.position} is stored as another one than it is."
            )
        if self._open is None or self._open.request_id != record.requestid:
            if self._open is not None:
                self._ended[self._last] = self._open
            self._open = _Request(row.position, record.requestid, 0)
        time = microseconds_of(datetime.fromisoformat(record.time))
        self._open = self._open._replace(recorded_at=time)
        self._last = row.position

    def _check_requests(self) -> None:
        """Checks the requests that ended against their rows."""
        if not self._ended:
            return
        upto = max(self._ended)
        rows = self._recorder.requests_between(self._checked, upto)
        changed = {row.last_position for row in rows if self._is_changed(row)}
        stored = {
            row.last_position: _Request(row.first_position, row.request_id, row.recorded_at)
            for row in rows
        }
        for position in sorted(stored.keys() | self._ended.keys()):
            if position in changed or stored.get(position) != self._ended.get(position):
                self._found(
                    f"What is stored of a request that ends at position {position} does not "
                    "fit the records."
                )
        self._checked, self._ended = upto, {}

    def _is_changed(self, row: RequestRow) -> bool:
        """Whether the mark of a row does not fit. The first record of a ledger has none, since
        it is written before the keys are known; nor need those that another process without
        keys recorded.
        """
        marks = self._recorder.marks
        if row.mark is None:
            return marks.whole and self._recorder.alone and row.last_position > 1
        return marks.whole and not row.bears(marks)

    def _check_seals(self, seals: Mapping[str, int]) -> None:
        """Checks the sealed texts that are kept against the seals of the records."""
        rows = self._recorder.read(_SELECT_VALUES, list(seals)) if seals else []
        kept = {commitment: rest for commitment, *rest in rows}
        rare = len(kept) < len(seals) or any(rest[0] for rest in kept.values())
        erased = self._erased() if rare else set[str]()
        for commitment, position in seals.items():
            if commitment not in kept:
                if commitment not in erased:  # else it was lost, and the log says so
                    self._found(f"A text that position {position} seals is gone.")
                continue
            is_erased, salt, value = kept[commitment]
            if is_erased and commitment not in erased:
                self._found(
                    f"A text that position {position} seals is marked as erased, and the log "
                    "does not say so."
                )
            elif not is_erased and not opens(commitment, salt, value):
                self._found(
                    f"The text kept for a seal of position {position} is not the one that was "
                    "sealed."
                )

    def _erased(self) -> set[str]:
        told = erasures(self._recorder, self._recorder.head.position)
        return {*self._erased_later, *(each.commitment for each in told)}


def _seals(record: Record) -> list[str]:
    return [each.sealed.sealed for each in sealed_in(told_by(record))]
