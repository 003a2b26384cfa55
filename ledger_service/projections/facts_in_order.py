"""The commitments with some marks in the order of their days: read from kept facts a window of
days at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from heapq import merge
from itertools import groupby, islice

from ledger_service.domain.picture.memo import CutPoint
from ledger_service.projections.facts_schema import HOLDS, LAST_DAY, point_of

# Those of one day are put in order together, so that as many are read as are taken.
_CHOSEN = f"""
SELECT day, entry FROM facts INDEXED BY facts_in_order
JOIN commitments ON number = commitment WHERE marks = :marks AND {HOLDS}
AND day BETWEEN :first AND :last AND (day, entry) {{beyond}} (:day, :entry)
ORDER BY day {{way}}, entry {{way}}
"""  # noqa: S608
_FORWARDS = _CHOSEN.format(beyond=">", way="ASC")
_BACKWARDS = _CHOSEN.format(beyond="<", way="DESC")

_FIRST_DAY = "SELECT min(day) FROM facts WHERE marks = ? AND day >= ?"
_LAST_DAY_UPTO = "SELECT max(day) FROM facts WHERE marks = ? AND day <= ?"

#: In front of all commitments, and behind them.
_FRONT, _BACK = (0, ""), (LAST_DAY, "")
#: So many days are looked through at first for those that are wanted, then more and more: of
#: what stood so once, on most days hardly anything does.
_DAYS = 32


def in_order(
    database: sqlite3.Connection,
    at: CutPoint,
    some: Sequence[int],
    behind: tuple[int, str] | None,
    most: int,
    *,
    backwards: bool,
) -> list[tuple[int, str]]:
    """At most `most` commitments that have one of some marks at a point, each with its day, by
    day and then by id; those behind one of them.
    """
    day, entry = behind or (_BACK if backwards else _FRONT)
    about = {**point_of(at), "day": day, "entry": entry}
    found = list[tuple[int, str]]()
    for days in _windows(database, some, day, backwards=backwards):
        with _between(database, {**about, **days}, some, backwards) as ordered:
            found += islice(ordered, most - len(found))
        if len(found) == most:
            break
    return found


def _windows(
    database: sqlite3.Connection, some: Sequence[int], day: int, *, backwards: bool
) -> Iterator[dict[str, int]]:
    """Days from a day on on which there are commitments with some marks, one window behind the
    other.
    """
    asked = _LAST_DAY_UPTO if backwards else _FIRST_DAY
    count = _DAYS
    while True:
        there = [database.execute(asked, (marks, day)).fetchone()[0] for marks in some]
        if not (found := [each for each in there if each]):
            return
        if backwards:
            last, first = max(found), max(found) - count
            day = first - 1
        else:
            first, last = min(found), min(found) + count
            day = last + 1
        yield {"first": first, "last": last}
        count *= 2


@contextmanager
def _between(
    database: sqlite3.Connection,
    about: Mapping[str, object],
    some: Iterable[int],
    backwards: bool,
) -> Iterator[Iterator[tuple[int, str]]]:
    """The commitments with some marks on days of a window, in order."""
    statement = _BACKWARDS if backwards else _FORWARDS
    with ExitStack() as reading:
        found = [
            reading.enter_context(closing(database.execute(statement, {**about, "marks": n})))
            for n in some
        ]
        # Two facts of one commitment may hold at one point; they say the same.
        yield (each for each, _ in groupby(merge(*found, reverse=backwards)))
