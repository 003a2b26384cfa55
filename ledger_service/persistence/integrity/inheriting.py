"""Finds how much of a log is intact, and copies that much into another one, byte for byte.

Intact is what leads to the root of a signed checkpoint; and behind the largest such, what whole
requests recorded under marks that fit. Where a signed checkpoint does not fit, nothing behind the
last one before it that does is taken: what was signed must stay provable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from eventsourcing.persistence import StoredEvent

from ledger_service.audit.notes import (
    NoteUnusable,
    SignedCheckpoint,
    VerificationKey,
    parse,
)
from ledger_service.audit.tree import Frontier, leaf_hash
from ledger_service.persistence.integrity.copying import (
    INSERT_CHECKPOINT,
    INSERT_VALUE,
    SELECT_VALUES,
)
from ledger_service.persistence.lineage import Lineage
from ledger_service.persistence.records import Record, decode, microseconds_of
from ledger_service.persistence.sealing.sealed_values import opens
from ledger_service.persistence.signing.checkpoints import Checkpoints
from ledger_service.persistence.storage.log import LogRecorder, RequestRow, RequestToInsert
from ledger_service.persistence.storage.reader import LogReader

_RECORDS_AT_ONCE = 2_000
#: The hash of a request whose own was changed: no content has it, so its id is not used again.
_UNKNOWN = bytes(32)


class _Request(NamedTuple):
    """A request as its records tell it."""

    records: list[tuple[Record, bytes]]
    row: RequestRow | None

    @property
    def last_position(self) -> int:
        return int(self.records[-1][0].position)


def intact(
    log: LogRecorder,
    lineage: Lineage,
    keys: Sequence[VerificationKey],
    also: Sequence[str] = (),
) -> tuple[int, list[SignedCheckpoint]]:
    """Up to which position a log is intact, and the checkpoints that fit it up to there. `keys`
    are all that it names; `also` are notes that are kept apart from it. Blocks.
    """
    signed = _signed(log, lineage, keys, also)
    tree, proven, good, sound = Frontier(), list[SignedCheckpoint](), 0, True
    for request in _requests(log):
        for _, line in request.records:
            tree.append(leaf_hash(line))
        position, root = request.last_position, tree.root()
        row = request.row
        first = row is not None and row.mark is None and position == 1
        sound = sound and row is not None and row.root_hash == root
        sound = sound and (first or (row is not None and row.bears(log.marks)))
        here = signed.get(position, [])
        if any(each.checkpoint.root != root for each in here):
            good = proven[-1].checkpoint.size if proven else 0
            break
        if here:
            proven, sound = [*proven, here[0]], True
        if sound:
            good = position
    return good, [each for each in proven if each.checkpoint.size <= good]


def inherit(
    source: LogRecorder, target: LogRecorder, upto: int, proven: Sequence[SignedCheckpoint]
) -> None:
    """Copies the first records of a log into an empty one, with their requests, sealed values
    and checkpoints. Blocks.
    """
    if not upto:
        return
    for request in _requests(source):
        if request.last_position > upto:
            break
        events = [
            StoredEvent(each.originator_id, each.originator_version, each.type, line)
            for each, line in request.records
        ]
        first, last = int(request.records[0][0].position), request.last_position
        with target.head_lock():
            target.insert_events(events, requests=[_row(request, target)])
            for row in source.read(SELECT_VALUES, first, last):
                number, position, erased, commitment, salt, value = row
                if erased or opens(commitment, salt, value):
                    target.write(
                        INSERT_VALUE, number, position, erased, commitment, salt, value
                    )
    regular = {stored.size for stored in Checkpoints(source).regular_below(upto + 1)}
    with target.head_lock():
        for each in proven:
            size = each.checkpoint.size
            target.write(INSERT_CHECKPOINT, size, each.note, int(size in regular))


def _row(request: _Request, target: LogRecorder) -> RequestToInsert:
    """The row of a request whose records are proven. What only the row tells counts unless its
    mark is wrong; then it is marked anew.
    """
    row, last = request.row, request.records[-1][0]
    wrong = row is not None and row.mark is not None and target.marks.whole
    if row is None or (wrong and not row.bears(target.marks)):
        content_hash, mark = _UNKNOWN, None
    else:
        content_hash, mark = row.content_hash, row.mark
    time = microseconds_of(datetime.fromisoformat(last.time))
    return RequestToInsert(last.requestid, content_hash, len(request.records), time, mark)


def _signed(
    log: LogRecorder,
    lineage: Lineage,
    keys: Sequence[VerificationKey],
    also: Sequence[str],
) -> Mapping[int, list[SignedCheckpoint]]:
    """The checkpoints that the ledger signed, by size."""
    stored = Checkpoints(log).between(0, log.head.position)
    found: dict[int, list[SignedCheckpoint]] = {}
    for note in (*(each.note for each in stored), *also):
        try:
            signed = parse(note)
        except NoteUnusable:
            continue
        if lineage.fits(signed, keys):
            found.setdefault(signed.checkpoint.size, []).append(signed)
    return found


def _requests(log: LogRecorder) -> Iterator[_Request]:
    """The requests of a log as its records tell them, up to the first record that is missing or
    cannot be read.
    """
    open_: list[tuple[Record, bytes]] = []
    for record, line in _records(log):
        if open_ and record.requestid != open_[-1][0].requestid:
            yield _with_row(log, open_)
            open_ = []
        open_.append((record, line))
    if open_:
        yield _with_row(log, open_)


def _with_row(log: LogRecorder, records: list[tuple[Record, bytes]]) -> _Request:
    first, last = int(records[0][0].position), int(records[-1][0].position)
    row = log.request_ending_by(last)
    told = (first, last, records[0][0].requestid)
    if row is None or (row.first_position, row.last_position, row.request_id) != told:
        return _Request(records, None)
    return _Request(records, row)


def _records(log: LogRecorder) -> Iterator[tuple[Record, bytes]]:
    reader, position = LogReader(log), 0
    while rows := reader.between(position + 1, position + _RECORDS_AT_ONCE):
        for at, line, _ in rows:
            try:
                record = decode(line)
            except (msgspec.MsgspecError, TypeError):
                return
            if at != position + 1 or record.position != str(at):
                return
            yield record, line
            position = at
