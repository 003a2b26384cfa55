"""Copies a log from one store into another, record by record, and checks both.

The copy has the same positions, times, hashes, requests, sealed values and checkpoints. An
interrupted copy goes on where it stopped. Until it is whole, it cannot be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from eventsourcing.persistence import StoredEvent

from ledger_service.audit.notes import VerificationKey
from ledger_service.domain.values.refusals import LedgerError
from ledger_service.persistence.integrity.scrub import Scrub
from ledger_service.persistence.lineage import Lineage, lineage
from ledger_service.persistence.own_records import rotations
from ledger_service.persistence.storage.log import LogRecorder, RequestToInsert

_REQUESTS_AT_ONCE = 1_000
_RECORDS_AT_ONCE = 10_000
_RECORDS_TO_CHECK = 5_000
_ROWS_TO_COMPARE = 1_000

_SELECT_REQUESTS = """
    SELECT request_id, content_hash, first_position, last_position, recorded_at, root_hash,
        mark
    FROM requests WHERE first_position > {value} ORDER BY last_position LIMIT {value}
"""
_SELECT_RECORDS = """
    SELECT originator_id, originator_version, topic, state FROM stored_events
    WHERE {position} BETWEEN {value} AND {value} ORDER BY {position}
"""
SELECT_VALUES = """
    SELECT number, position, erased, commitment, salt, value FROM sealed_values
    WHERE position BETWEEN {value} AND {value} ORDER BY number
"""
INSERT_VALUE = """
    INSERT INTO sealed_values (number, position, erased, commitment, salt, value)
    VALUES ({value}, {value}, {value}, {value}, {value}, {value})
"""
_SELECT_CHECKPOINTS = """
    SELECT size, note, regular FROM checkpoints WHERE size BETWEEN {value} AND {value} ORDER BY size
"""
INSERT_CHECKPOINT = (
    "INSERT INTO checkpoints (size, note, regular) VALUES ({value}, {value}, {value})"
)
#: What no hash of the tree covers: what a row is of, and rows in the order of their keys.
_COMPARED = {
    "request that ends at position": """
        SELECT last_position, first_position, request_id, content_hash, recorded_at, root_hash, mark
        FROM requests WHERE last_position > {value} AND last_position <= {value}
        ORDER BY last_position LIMIT {value}
    """,
    "sealed value of number": """
        SELECT number, position, erased, commitment, salt, value FROM sealed_values
        WHERE number > {value} AND position <= {value} ORDER BY number LIMIT {value}
    """,
    "checkpoint of size": """
        SELECT size, note, regular FROM checkpoints
        WHERE size > {value} AND size <= {value} ORDER BY size LIMIT {value}
    """,
}
_ANOTHER_LOG = "Another log lies there already. Copy into a database without this ledger."


class CopyImpossible(LedgerError):
    """The copy cannot be made. The text says why."""


def copy(source: LogRecorder, target: LogRecorder) -> Iterator[int]:
    """Copies what is missing in the target; yields the position reached after each step.
    Raises CopyImpossible.
    """
    _check_begins_alike(source, target)
    while requests := _next_requests(source, target.head.position):
        _copy_requests(source, target, requests)
        yield target.head.position


def refuse_to_go_on(source: LogRecorder, target: LogRecorder) -> None:
    """Raises CopyImpossible unless a complete copy, in which services may record by now, is
    just as long as its source.
    """
    more, position = source.head.position, target.head.position
    shorter = min(more, position)
    if source.root(shorter) != target.root(shorter):
        raise CopyImpossible(_ANOTHER_LOG)
    if more > position:
        raise CopyImpossible(
            f"The copy is whole, up to position {position}, and services may record in it; "
            f"its source was recorded in since, up to position {more}. Nothing was copied. If "
            "no service used the copy yet, drop its schema and copy anew. Else keep the source "
            "aside, and record what it has more through a service of the copy."
        )
    if more < position:
        raise CopyImpossible(
            f"The copy is whole and was recorded in since: it reaches position {position}, its "
            f"source {more}. To check it by itself: ledger-service ledger check"
        )


def check(source: LogRecorder, target: LogRecorder) -> Iterator[int]:
    """Compares the tables beside the records row by row, and hashes all records of both logs
    again; yields the position reached after each step. Raises CopyImpossible for whatever does
    not fit.
    """
    if source.head.tree.root() != target.head.tree.root():
        raise CopyImpossible(_differs("its records"))
    for what, statement in _COMPARED.items():
        _compare(source, target, what, statement)
    for log, name in ((source, "source"), (target, "copy")):
        scrub = Scrub(log, *identity_of(log))
        while not scrub.done:
            scrub.step(_RECORDS_TO_CHECK)
            yield scrub.position
        if scrub.findings:
            raise CopyImpossible(f"The {name} does not fit: {scrub.findings[0]}")


def _compare(source: LogRecorder, target: LogRecorder, what: str, statement: str) -> None:
    """Compares the rows of a query, some at a time, up to the end of the source."""
    after = 0
    while True:
        some = (after, source.head.position, _ROWS_TO_COMPARE)
        rows, copied = ([*map(tuple, log.read(statement, *some))] for log in (source, target))
        for row, other in zip_longest(rows, copied):
            if row != other:
                raise CopyImpossible(_differs(f"the {what} {(row or other)[0]}"))
        if not rows:
            return
        after = rows[-1][0]


def _differs(what: str) -> str:
    return (
        f"What lies in the copy is not what lies in its source: {what}. If no service used "
        "the copy yet, drop its schema and copy anew."
    )


def _next_requests(source: LogRecorder, position: int) -> list[Sequence[object]]:
    """The next whole requests after a position: at least one, with about as many records as
    fit into memory.
    """
    rows = source.read(_SELECT_REQUESTS, position, _REQUESTS_AT_ONCE)
    limit = position + _RECORDS_AT_ONCE
    return [row for number, row in enumerate(rows) if number == 0 or row[3] <= limit]


def _copy_requests(
    source: LogRecorder, target: LogRecorder, requests: Sequence[Sequence[object]]
) -> None:
    first, last = _number(requests[0][2]), _number(requests[-1][3])
    events = [StoredEvent(*row) for row in source.read(_SELECT_RECORDS, first, last)]
    with target.head_lock() as head:
        if head.position != first - 1 or len(events) != last - first + 1:
            raise CopyImpossible(f"Records from position {first} on are missing.")
        target.insert_events(events, requests=[_to_insert(row) for row in requests])
        if head.tree.root() != requests[-1][5]:
            raise CopyImpossible(f"The records up to position {last} were changed.")
        for row in source.read(SELECT_VALUES, first, last):
            target.write(INSERT_VALUE, *row)
        for row in source.read(_SELECT_CHECKPOINTS, first, last):
            target.write(INSERT_CHECKPOINT, *row)


def _to_insert(row: Sequence[object]) -> RequestToInsert:
    request_id, content_hash, first, last, recorded_at, _, mark = row
    assert isinstance(request_id, str)
    assert isinstance(content_hash, bytes)
    assert isinstance(mark, bytes | None)
    length = _number(last) - _number(first) + 1
    return RequestToInsert(request_id, content_hash, length, _number(recorded_at), mark)


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _check_begins_alike(source: LogRecorder, target: LogRecorder) -> None:
    position = target.head.position
    if position > source.head.position or source.root(position) != target.head.tree.root():
        raise CopyImpossible(_ANOTHER_LOG)


def identity_of(log: LogRecorder) -> tuple[Lineage, list[VerificationKey]]:
    """The lineage of a log, and the keys that its records name."""
    found = lineage(log)
    return found, found.named(rotations(log))
