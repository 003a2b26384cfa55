"""Facts about commitments in brief, each with the cuts at which it holds: a table in memory.

What holds up to the end of the log is carried along as it grows: when an entry is touched on
which a fact rests, the fact ends there. It can be lost at any time, and is found out again. Of
a commitment of which a fact is known for each point, those where it is not visible are left
out.

What commitments rest on is told by lists of entries: one of its own for each commitment, and
those that commitments share which rest on nearly the same many entries, as those of one
instrument do. Touching an entry of a shared list also ends facts that do not rest
on it; they are computed again, and are never wrong.
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing, contextmanager
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Protocol

import structlog

from ledger_service.domain.picture.kept_facts import NOWHERE, Fact
from ledger_service.domain.picture.memo import ALL_OUT, END, CutPoint, Result
from ledger_service.domain.values.entries import Commitment
from ledger_service.domain.values.stopping import Stopped, is_stopped, look
from ledger_service.projections.database import listed

_log = structlog.get_logger(__name__)

#: Room for facts and for what they rest on, in bytes.
_ROOM = 50_000_000
#: What rows take at most, in bytes, with all their indexes.
FACT_BYTES = 80
REST_BYTES = 32
_LEAN_BYTES = 48
_SHARED_BYTES = 64
_MEMBER_BYTES = 8

#: While less than that share of the room is taken, facts are found out before anybody asks.
_FULL_AHEAD = 0.8
#: What is open fits if it takes less than that share; else nothing is found out ahead.
_FITS_AHEAD = 0.6

#: Who rests on so many entries shares a list with those who rest on nearly the same.
_SHARED_FROM = 16
#: Nearly: one in so many differs.
_DIFFERS = 4

#: So many positions are taken in at a time, in some tenths of a second.
_STEP = 10_000

#: Behind every position, as the table has it: END takes two bytes more.
_OPEN = 1 << 47
_LAST_DAY = ALL_OUT + 1

_PATIENCE_SECONDS = 0.02
_STEPS_BETWEEN_LOOKS = 50_000

# A fact holds at positions, days of events and days of publication, each from the first to
# before the end. What ends at _OPEN holds up to the position that was reached. Of a commitment
# all facts are there at positions before `complete_end`. The entries on which facts rest go by
# hashes: of two with the same hash both are taken for touched.
# A commitment leans on lists as long as it has facts that are open. Lists of its own are
# numbered upwards from 1, shared ones downwards from -1. A shared one is found by the least of
# its members; sets that are nearly the same have the same least one nearly always.
_SCHEMA = """
CREATE TABLE commitments (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL UNIQUE,
    since INTEGER NOT NULL,
    is_new INTEGER NOT NULL,
    complete_end INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX new_ones ON commitments (number) WHERE is_new;
CREATE INDEX completeness ON commitments (complete_end);
CREATE TABLE facts (
    commitment INTEGER NOT NULL,
    position_first INTEGER NOT NULL,
    day_first INTEGER NOT NULL,
    out_first INTEGER NOT NULL,
    position_end INTEGER NOT NULL,
    day_end INTEGER NOT NULL,
    out_end INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    day INTEGER NOT NULL,
    due INTEGER NOT NULL
) STRICT;
CREATE INDEX facts_of_one ON facts (commitment);
CREATE INDEX facts_in_order ON facts (marks, day);
CREATE TABLE rests (
    entry INTEGER NOT NULL,
    entry_list INTEGER NOT NULL,
    PRIMARY KEY (entry, entry_list)
) STRICT, WITHOUT ROWID;
CREATE TABLE leans (
    commitment INTEGER NOT NULL,
    entry_list INTEGER NOT NULL,
    PRIMARY KEY (commitment, entry_list)
) STRICT, WITHOUT ROWID;
CREATE INDEX leaning ON leans (entry_list);
CREATE TABLE shared (
    least INTEGER PRIMARY KEY,
    entry_list INTEGER NOT NULL,
    members BLOB NOT NULL
) STRICT;
"""

_HOLDS = """
position_first <= :position AND position_end > :position
AND day_first <= :as_of AND day_end > :as_of
AND out_first <= :out AND out_end > :out
"""

_LACKING = f"""
SELECT entry FROM commitments WHERE complete_end <= :position AND since <= :position
AND NOT EXISTS (SELECT 1 FROM facts WHERE commitment = number AND {_HOLDS})
LIMIT :most
"""  # noqa: S608

_OF_SOME = f"""
SELECT entry, ifnull(marks, 0), ifnull(day, 0), ifnull(due, 0)
FROM json_each(:asked) JOIN commitments ON entry = value
LEFT JOIN facts ON commitment = number AND {_HOLDS}
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

# Those of one day are put in order together, so that as many are read as are taken.
_CHOSEN = f"""
SELECT day, entry FROM facts INDEXED BY facts_in_order
JOIN commitments ON number = commitment WHERE marks = :marks AND {_HOLDS}
AND day BETWEEN :first AND :last AND (day, entry) {{beyond}} (:day, :entry)
ORDER BY day {{way}}, entry {{way}}
"""  # noqa: S608
_FORWARDS = _CHOSEN.format(beyond=">", way="ASC")
_BACKWARDS = _CHOSEN.format(beyond="<", way="DESC")

_FIRST_DAY = "SELECT min(day) FROM facts WHERE marks = ? AND day >= ?"
_LAST_DAY_UPTO = "SELECT max(day) FROM facts WHERE marks = ? AND day <= ?"

#: In front of all commitments, and behind them.
_FRONT, _BACK = (0, ""), (_LAST_DAY, "")
#: So many days are looked through at first for those that are wanted, then more and more: of
#: what stood so once, on most days hardly anything does.
_DAYS = 32

_TOUCHED = """
SELECT DISTINCT commitment FROM leans WHERE entry_list IN (
    SELECT entry_list FROM rests WHERE entry IN (SELECT value FROM json_each(?))
)
"""

_END = f"""
UPDATE facts SET position_end = ?
WHERE position_end = {_OPEN} AND commitment IN (SELECT value FROM json_each(?))
"""  # noqa: S608

_RENEW = """
UPDATE commitments SET is_new = 1, complete_end = min(complete_end, ?)
WHERE number IN (SELECT value FROM json_each(?))
"""

_LEAN_NO_MORE = "DELETE FROM leans WHERE commitment IN (SELECT value FROM json_each(?))"

_ADD = "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_OF_ONE = "SELECT * FROM facts WHERE commitment = ?"

_COMPLETE = "UPDATE commitments SET complete_end = ? WHERE number = ?"

_OWN_LIST = "SELECT entry_list FROM leans WHERE commitment = ? AND entry_list > 0"

# Since then it cannot be told any more where they are visible.
_INCOMPLETE = f"""
UPDATE commitments SET complete_end = 0
WHERE number IN (SELECT commitment FROM facts WHERE position_end != {_OPEN})
"""  # noqa: S608

_DROP_ENDED = (
    _INCOMPLETE,
    f"DELETE FROM facts WHERE position_end != {_OPEN}",  # noqa: S608
    "DELETE FROM shared WHERE entry_list NOT IN (SELECT entry_list FROM leans)",
    "DELETE FROM rests WHERE entry_list NOT IN (SELECT entry_list FROM leans)",
)

_DROP_ALL = (
    "UPDATE commitments SET complete_end = 0",
    *(f"DELETE FROM {each}" for each in ("facts", "leans", "shared", "rests")),  # noqa: S608
)

_TAKEN = f"""
SELECT (SELECT count(*) FROM facts) * {FACT_BYTES}
+ (SELECT count(*) FROM rests) * {REST_BYTES}
+ (SELECT count(*) FROM leans) * {_LEAN_BYTES}
+ (SELECT count(*) * {_SHARED_BYTES} + ifnull(sum(length(members)), 0) FROM shared)
"""  # noqa: S608


#: Where a row has its marks.
_MARKS = 7

_SIZES = ("page_count", "freelist_count", "page_size")


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
        shared_from: int = _SHARED_FROM,
    ) -> None:
        """`lacks` is called, on any thread, when it is asked for facts ahead. `name` is for
        lines of the log. Sets of at least `shared_from` entries are shared.
        """
        self._shared_from = shared_from
        self._room = room
        self._lacks = lacks
        self._name = name
        # Guards all below, for one statement or one transaction. Nobody computes meanwhile.
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(_SCHEMA)
        self._heed_stops()
        self._upto = 0
        # All that a fact had since the beginning: some tens.
        self._marks = set[int]()
        self._taken = 0
        self._lists = 0
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
        with self._alone() as database:
            sizes = [database.execute(f"PRAGMA {each}").fetchone()[0] for each in _SIZES]
        pages, unused, of_one = sizes
        return int((pages - unused) * of_one)

    @property
    def forgotten(self) -> int:
        return self._forgotten

    def lacking(self, at: CutPoint, most: int) -> list[str]:
        return [entry for (entry,) in self._asked(_LACKING, {**_point(at), "most": most})]

    def ask_ahead(self) -> None:
        self._lacks()

    def facts(self, at: CutPoint, commitments: Collection[str]) -> dict[str, Fact]:
        asked = listed(commitments)
        found = self._asked(_OF_SOME, {**_point(at), "asked": asked})
        return {entry: Fact(*fact) for entry, *fact in found}

    def courses(
        self, at: CutPoint, last: int, commitments: Collection[str]
    ) -> list[tuple[str, int, int, Fact]]:
        asked = listed(commitments)
        found = self._asked(_COURSES, {**_point(at), "last": last, "asked": asked})
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
        day, entry = behind or (_BACK if backwards else _FRONT)
        about = {**_point(at), "day": day, "entry": entry}
        some = [n for n in self._marks if all(n & each for each in wanted)]
        found = list[tuple[int, str]]()
        with self._alone() as database:
            for days in _windows(database, some, day, backwards=backwards):
                with _between(database, {**about, **days}, some, backwards) as ordered:
                    found += islice(ordered, most - len(found))
                if len(found) == most:
                    break
        return found

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
                end = _OPEN if stays else everywhere + 1
                database.execute(_COMPLETE, (end, number))
            database.executemany(_ADD, rows)
            self._marks.update(row[_MARKS] for row in rows)
            taken += FACT_BYTES * len(rows)
            still_open = [each for each in found if _stays_open(each, upto)]
            rests_on = {hash(entry) for each in still_open for entry in each.rests_on}
            if rests_on:
                taken += self._lean(database, number, rests_on)
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
        found = database.execute(_TOUCHED, (listed(touched),)).fetchall()
        some = listed([number for (number,) in found])
        database.execute(_END, (position, some))
        database.execute(_RENEW, (position, some))
        database.execute(_LEAN_NO_MORE, (some,))

    def _lean(self, database: sqlite3.Connection, number: int, rests_on: set[int]) -> int:
        """Notes that facts of a commitment rest on some entries. Returns the bytes it took."""
        taken, own = 0, rests_on
        if len(rests_on) >= self._shared_from:
            entry_list, members, taken = self._shared(database, rests_on)
            taken += self._lean_on(database, number, entry_list)
            own = rests_on - members
        if own:
            row = database.execute(_OWN_LIST, (number,)).fetchone()
            entry_list = row[0] if row else self._new_list()
            taken += self._lean_on(database, number, entry_list)
            taken += self._rest(database, entry_list, own)
        return taken

    def _shared(
        self, database: sqlite3.Connection, rests_on: set[int]
    ) -> tuple[int, AbstractSet[int], int]:
        """A list of nearly these entries, its members, and the bytes that it took if it is
        new.
        """
        least = min(rests_on)
        asked = "SELECT entry_list, members FROM shared WHERE least = ?"
        if row := database.execute(asked, (least,)).fetchone():
            entry_list, members = row[0], set(array("q", row[1]))
            if len(members ^ rests_on) * _DIFFERS <= len(rests_on):
                return entry_list, members, 0
        entry_list = -self._new_list()
        text = array("q", rests_on).tobytes()
        database.execute(
            "INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", (least, entry_list, text)
        )
        taken = _SHARED_BYTES + _MEMBER_BYTES * len(rests_on)
        return entry_list, rests_on, taken + self._rest(database, entry_list, rests_on)

    def _new_list(self) -> int:
        self._lists += 1
        return self._lists

    def _lean_on(self, database: sqlite3.Connection, number: int, entry_list: int) -> int:
        added = database.execute(
            "INSERT OR IGNORE INTO leans VALUES (?, ?)", (number, entry_list)
        )
        return _LEAN_BYTES * added.rowcount

    def _rest(self, database: sqlite3.Connection, entry_list: int, on: AbstractSet[int]) -> int:
        rows = [(entry, entry_list) for entry in on]
        added = database.executemany("INSERT OR IGNORE INTO rests VALUES (?, ?)", rows)
        return REST_BYTES * added.rowcount

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
        self._taken = database.execute(_TAKEN).fetchone()[0]

    def _look_ahead_no_more(self) -> None:
        if self._looks_ahead:
            self._looks_ahead = False
            _log.warning("facts_not_found_out_ahead", of=self._name, room=self._room)

    def _asked(self, statement: str, about: dict[str, object]) -> list[Any]:
        with self._alone() as database:
            return database.execute(statement, about).fetchall()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction."""
        with self._alone() as database:
            before = self._taken
            database.execute("BEGIN")
            try:
                yield database
            except BaseException:
                self._taken = before
                if database.in_transaction:  # a statement that is stopped ends it
                    self._to_its_end("ROLLBACK")
                raise
            self._to_its_end("COMMIT")

    def _to_its_end(self, statement: str) -> None:
        """Executes a statement that nobody stops."""
        self._database.set_progress_handler(None, 0)
        try:
            self._database.execute(statement)
        finally:
            self._heed_stops()

    def _heed_stops(self) -> None:
        self._database.set_progress_handler(is_stopped, _STEPS_BETWEEN_LOOKS)

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """The database, for this thread alone. Who waits for it may be stopped too. Raises
        Stopped when nobody waits for the result of this thread any more.
        """
        while not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            look()
        try:
            yield self._database
        except sqlite3.OperationalError:
            if is_stopped():
                raise Stopped from None
            raise
        finally:
            self._lock.release()


def _number(database: sqlite3.Connection, commitment: str) -> int | None:
    found = database.execute("SELECT number FROM commitments WHERE entry = ?", (commitment,))
    row: tuple[int] | None = found.fetchone()
    return row[0] if row else None


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
        yield day, _LAST_DAY, NOWHERE


def _point(at: CutPoint) -> dict[str, object]:
    return {"position": at.position, "as_of": at.day, "out": at.published}


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
        _OPEN if _stays_open(found, upto) else found.position_end,
        min(found.day_end, _LAST_DAY),
        min(found.published_end, _LAST_DAY),
        *found.value,
    )
