"""Facts about commitments in brief, each with the cuts at which it holds: a table in memory.

What holds up to the end of the log is carried along as it grows: when an entry is touched on
which a fact rests, the fact ends there. It can be lost at any time, and is found out again. Of
a commitment of which a fact is known for each point, those where it is not visible are left
out.

What commitments rest on is told by lists of entries, which they may share: some facts end that
do not rest on what was touched. They are computed again, and are never wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

import structlog

from ledger_service.domain.picture.kept_facts import NOWHERE, Fact, Placed
from ledger_service.domain.picture.memo import END, CutPoint, Result
from ledger_service.domain.values.entries import Commitment
from ledger_service.domain.values.stopping import look
from ledger_service.projections.database import listed
from ledger_service.projections.entry_lists import SHARED_FROM, EntryLists
from ledger_service.projections.facts_in_order import in_order
from ledger_service.projections.facts_schema import (
    FACT_BYTES,
    HOLDS,
    LAST_DAY,
    OPEN,
    REST_BYTES,
    SCHEMA,
    TAKEN,
    point_of,
)
from ledger_service.projections.memory_database import MemoryDatabase

_log = structlog.get_logger(__name__)

#: Room for facts and for what they rest on, in bytes.
_ROOM = 50_000_000
#: While less than that share of the room is taken, facts are found out before anybody asks.
_FULL_AHEAD = 0.8
#: What is open fits if it takes less than that share; else nothing is found out ahead.
_FITS_AHEAD = 0.6

#: The facts of so many commitments are read at a time, in some hundredths of a second.
_READ = 5_000

#: So many positions are taken in at a time, in some tenths of a second.
_STEP = 10_000

_LACKING = f"""
SELECT entry FROM commitments WHERE complete_end <= :position AND since <= :position
AND NOT EXISTS (SELECT 1 FROM facts WHERE commitment = number AND {HOLDS})
LIMIT :most
"""  # noqa: S608

_OF_SOME = f"""
SELECT entry, ifnull(marks, 0), ifnull(day, 0), ifnull(due, 0)
FROM json_each(:asked) JOIN commitments ON entry = value
LEFT JOIN facts ON commitment = number AND {HOLDS}
WHERE marks NOTNULL OR complete_end > :position
"""  # noqa: S608

_COURSES = """
SELECT entry, complete_end > :position, day_first, day_end, marks, day, due
FROM json_each(:asked) JOIN commitments ON entry = value
LEFT JOIN facts ON commitment = number
AND position_first <= :position AND position_end > :position
AND out_first <= :out AND out_end > :out AND day_first <= :last AND day_end > :as_of
WHERE marks NOTNULL OR complete_end > :position
ORDER BY entry, day_first
"""

# By the number of the commitment: most of one lifecycle are wanted together. A plus hides a
# column from the index.
_SOME = f"""
SELECT entry, since, marks, day, due FROM commitments
JOIN facts ON commitment = number AND {HOLDS}
WHERE number BETWEEN :first AND :last AND +marks IN (SELECT value FROM json_each(:marks))
GROUP BY number
"""  # noqa: S608

_BEHIND = "SELECT entry FROM commitments WHERE number > :number"

_END = f"""
UPDATE facts SET position_end = ?
WHERE position_end = {OPEN} AND commitment IN (SELECT value FROM json_each(?))
"""  # noqa: S608

_RENEW = """
UPDATE commitments SET is_new = 1, complete_end = min(complete_end, ?)
WHERE number IN (SELECT value FROM json_each(?))
"""

_ADD = "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_OF_ONE = "SELECT * FROM facts WHERE commitment = ?"

_COMPLETE = "UPDATE commitments SET complete_end = ? WHERE number = ?"

# Since then it cannot be told any more where they are visible.
_INCOMPLETE = f"""
UPDATE commitments SET complete_end = 0
WHERE number IN (SELECT commitment FROM facts WHERE position_end != {OPEN})
"""  # noqa: S608

_DROP_ENDED = (
    _INCOMPLETE,
    f"DELETE FROM facts WHERE position_end != {OPEN}",  # noqa: S608
    "DELETE FROM shared WHERE entry_list NOT IN (SELECT entry_list FROM leans)",
    "DELETE FROM rests WHERE entry_list NOT IN (SELECT entry_list FROM leans)",
)

_DROP_ALL = (
    "UPDATE commitments SET complete_end = 0",
    *(f"DELETE FROM {each}" for each in ("facts", "leans", "shared", "rests")),  # noqa: S608
)

#: Where a row has its marks.
_MARKS = 7


class GrowingLog(Protocol):
    """The part of a history from which is told what is new in it."""

    @property
    def position(self) -> int: ...

    def first_recorded(self, type_: type, after: int, upto: int) -> Iterable[tuple[int, str]]:
        """Entries of a type that were first recorded behind a position and up to another one,
        each with where.
        """
        ...

    def all_touched(self, since: int, upto: int) -> Iterable[str]:
        """The entries that got a version, or a source, behind a position and up to another
        one.
        """
        ...


class FactTable:
    """Facts, about which more is said where they are asked for (KeptFacts in the domain), in
    `room` bytes; a row for each commitment comes on top. Where there is no more room, those are
    forgotten that have ended, and all of them if the others do not fit.
    """

    def __init__(
        self,
        lacks: Callable[[], object] = lambda: None,
        room: int = _ROOM,
        name: str = "",
        shared_from: int = SHARED_FROM,
    ) -> None:
        """`lacks` is called, on any thread, when it is asked for facts ahead. `name` is for
        lines of the log. Sets of at least `shared_from` entries are shared.
        """
        self._room = room
        self._lacks = lacks
        self._name = name
        # Its lock guards all below.
        self._database = MemoryDatabase(SCHEMA)
        self._lists = EntryLists(shared_from)
        self._upto = 0
        # All that a fact had since the beginning: some tens.
        self._marks = set[int]()
        self._taken = 0
        self._looks_ahead = True
        self._forgotten = 0

    def reach(self, log: GrowingLog) -> None:
        """Takes in what was recorded up to the position of a log. What was taken in before it
        is stopped stays.
        """
        while self.approach(log):
            look()

    def approach(self, log: GrowingLog) -> bool:
        """Takes in some of what was recorded up to the position of a log; False when there is
        no more.
        """
        after = self._upto
        upto = min(after + _STEP, log.position)
        if upto <= after:
            return False
        new = list(log.first_recorded(Commitment, after, upto))
        touched = {hash(each) for each in log.all_touched(after, upto)} if self._taken else None
        with self._changing() as database:
            if after != self._upto or (touched is None and self._taken):
                return True  # another thread was there meanwhile
            database.executemany(
                "INSERT OR IGNORE INTO commitments (entry, since, is_new) VALUES (?, ?, 1)",
                [(entry, since) for since, entry in new],
            )
            if touched:
                self._end(database, touched, after + 1)
            self._upto = upto
        return True

    @property
    def size(self) -> int:
        """The bytes of memory that it takes."""
        return self._database.size

    @property
    def forgotten(self) -> int:
        return self._forgotten

    def lacking(self, at: CutPoint, most: int) -> list[str]:
        return [entry for (entry,) in self._asked(_LACKING, {**point_of(at), "most": most})]

    def ask_ahead(self) -> None:
        self._lacks()

    def facts(self, at: CutPoint, commitments: Collection[str]) -> dict[str, Fact]:
        asked = listed(commitments)
        found = self._asked(_OF_SOME, {**point_of(at), "asked": asked})
        return {entry: Fact(*fact) for entry, *fact in found}

    def courses(
        self, at: CutPoint, last: int, commitments: Collection[str]
    ) -> list[tuple[str, int, int, Fact]]:
        asked = listed(commitments)
        found = self._asked(_COURSES, {**point_of(at), "last": last, "asked": asked})
        return [
            (entry, *each)
            for (entry, is_complete), rows in groupby(found, key=itemgetter(0, 1))
            for each in _on_days(rows, at.day, last, is_complete=is_complete)
        ]

    def chosen(
        self,
        at: CutPoint,
        wanted: Sequence[int],
        behind: tuple[int, str] | None,
        most: int,
        *,
        backwards: bool,
    ) -> list[tuple[int, str]]:
        some = self._with_all(wanted)
        with self._database.alone() as database:
            return in_order(database, at, some, behind, most, backwards=backwards)

    def some(
        self, at: CutPoint, wanted: Sequence[int], behind: int
    ) -> tuple[list[Placed], int]:
        about = {
            **point_of(at),
            "marks": listed(self._with_all(wanted)),
            "first": behind + 1,
            "last": behind + _READ,
        }
        with self._database.alone() as database:
            ((last,),) = database.execute("SELECT ifnull(max(number), 0) FROM commitments")
            rows = database.execute(_SOME, about).fetchall()
        found = [Placed(entry, since, Fact(*fact)) for entry, since, *fact in rows]
        return found, behind + _READ if behind + _READ < last else 0

    def behind(self, number: int) -> list[str]:
        return [each for (each,) in self._asked(_BEHIND, {"number": number})]

    def _with_all(self, wanted: Sequence[int]) -> list[int]:
        """The marks that some facts have had, with a bit of each of those that are wanted."""
        return [n for n in self._marks if all(n & each for each in wanted)]

    def keep(
        self, commitment: str, found: Collection[Result], everywhere: int | None = None
    ) -> None:
        entries = {entry for each in found if _is_open(each) for entry in each.rests_on}
        needed = FACT_BYTES * len(found) + REST_BYTES * len(entries)
        if self._taken + needed > self._room:
            self._make_room(needed)
        with self._changing() as database:
            number = _number(database, commitment)
            if number is None:
                return
            upto = self._upto
            rows = {_row(number, each, upto) for each in found}
            taken = 0
            if everywhere is None:
                rows.difference_update(database.execute(_OF_ONE, (number,)))
            else:
                rows = {row for row in rows if row[_MARKS]}
                before = database.execute("DELETE FROM facts WHERE commitment = ?", (number,))
                taken -= FACT_BYTES * before.rowcount
                stays = all(_stays_open(x, upto) for x in found if x.position_end > everywhere)
                end = OPEN if stays else everywhere + 1
                database.execute(_COMPLETE, (end, number))
            database.executemany(_ADD, rows)
            self._marks.update(row[_MARKS] for row in rows)
            taken += FACT_BYTES * len(rows)
            still_open = [each for each in found if _stays_open(each, upto)]
            rests_on = {hash(entry) for each in still_open for entry in each.rests_on}
            if rests_on:
                taken += self._lists.lean(database, number, rests_on)
            self._taken += taken

    def new_ones(self, most: int) -> list[tuple[int, str]]:
        """Some commitments of which no facts were found out ahead, each with the position since
        when it is recorded; none where there is no room for them.
        """
        if not self._looks_ahead:
            return []
        asked = "SELECT since, entry FROM commitments WHERE is_new ORDER BY number LIMIT :most"
        found: list[tuple[int, str]] = self._asked(asked, {"most": most})
        if found and self._taken > _FULL_AHEAD * self._room:
            with self._changing() as database:
                self._forget(database, _DROP_ENDED)
                if self._taken > _FITS_AHEAD * self._room:
                    self._look_ahead_no_more()
                    return []
        return found

    def looked_at(self, commitments: Iterable[str]) -> None:
        """Notes that facts of these were found out."""
        with self._changing() as database:
            database.executemany(
                "UPDATE commitments SET is_new = 0 WHERE entry = ?",
                [(entry,) for entry in commitments],
            )

    def _end(
        self, database: sqlite3.Connection, touched: AbstractSet[int], position: int
    ) -> None:
        """Ends facts that rest on touched entries before a position."""
        some = listed(self._lists.leaning_on(database, touched))
        database.execute(_END, (position, some))
        database.execute(_RENEW, (position, some))
        self._lists.lean_no_more(database, some)

    def _make_room(self, needed: int) -> None:
        with self._changing() as database:
            if self._taken + needed <= self._room:
                return  # another thread made room meanwhile
            self._forget(database, _DROP_ENDED)
            if self._taken > _FULL_AHEAD * self._room:
                # What is asked for is more than there is room for.
                self._forget(database, _DROP_ALL)
                self._look_ahead_no_more()

    def _forget(self, database: sqlite3.Connection, what: Iterable[str]) -> None:
        self._forgotten += 1
        for statement in what:
            database.execute(statement)
        self._taken = database.execute(TAKEN).fetchone()[0]

    def _look_ahead_no_more(self) -> None:
        if self._looks_ahead:
            self._looks_ahead = False
            _log.warning("facts_not_found_out_ahead", of=self._name, room=self._room)

    def _asked(self, statement: str, about: dict[str, object]) -> list[Any]:
        with self._database.alone() as database:
            return database.execute(statement, about).fetchall()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, which takes no room where it is undone."""
        with self._database.changing() as database:
            before = self._taken
            try:
                yield database
            except BaseException:
                self._taken = before
                raise


def _number(database: sqlite3.Connection, commitment: str) -> int | None:
    found = database.execute("SELECT number FROM commitments WHERE entry = ?", (commitment,))
    row: tuple[int] | None = found.fetchone()
    return row[0] if row else None


def _on_days(
    rows: Iterable[tuple[Any, ...]], day: int, last: int, *, is_complete: bool
) -> Iterator[tuple[int, int, Fact]]:
    """The facts of one commitment, of which there may be none, on days from `day` to `last`; if
    that is all of them, with those of the other days.
    """
    for _, _, first, end, *fact in rows:
        if first is None:
            break
        if is_complete and first > day:
            yield day, first, NOWHERE
        yield first, end, Fact(*fact)
        day = max(day, end)
    if is_complete and day <= last:
        yield day, LAST_DAY, NOWHERE


def _is_open(found: Result) -> bool:
    return found.closes_at >= END


def _stays_open(found: Result, upto: int) -> bool:
    """Whether it is open, and nothing was taken in yet that it does not know of."""
    return _is_open(found) and found.position_end > upto


def _row(number: int, found: Result, upto: int) -> tuple[int, ...]:
    """A fact as a row."""
    return (
        number,
        found.position_first,
        found.day_first,
        found.published_first,
        OPEN if _stays_open(found, upto) else found.position_end,
        min(found.day_end, LAST_DAY),
        min(found.published_end, LAST_DAY),
        *found.value,
    )
