"""Facts about commitments in brief, each with the cuts at which it holds: a table in memory.

What holds up to the end of the log is carried along as it grows: when an entry is touched on
which a fact rests, the fact ends there. It can be lost at any time, and is found out again.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import msgspec

from ledger_service.domain.picture.kept_facts import Fact
from ledger_service.domain.picture.memo import ALL_OUT, END, CutPoint, Result
from ledger_service.domain.values.entries import Commitment
from ledger_service.domain.values.stopping import Stopped, is_stopped, look

#: So many facts take some 30 MB.
_MOST = 500_000
#: While there is room for so many, facts are found out before anybody asks for them.
_ROOM_AHEAD = _MOST // 5

#: Behind every position, as the table has it: END takes two bytes more.
_OPEN = 1 << 47
_LAST_DAY = ALL_OUT + 1

_PATIENCE_SECONDS = 0.02
_STEPS_BETWEEN_LOOKS = 50_000
_AT_ONCE = 500

# A fact holds at positions, days of events and days of publication, each from the first to
# before the end. What ends at _OPEN holds up to the position that was reached. The entries on
# which facts rest go by hashes: of two with the same hash both are taken for touched.
_SCHEMA = """
CREATE TABLE commitments (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL UNIQUE,
    since INTEGER NOT NULL,
    is_new INTEGER NOT NULL
) STRICT;
CREATE INDEX new_ones ON commitments (number) WHERE is_new;
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
    due INTEGER NOT NULL,
    PRIMARY KEY (
        commitment, position_first, day_first, out_first, position_end, day_end, out_end
    )
) STRICT, WITHOUT ROWID;
CREATE TABLE rests (
    entry INTEGER NOT NULL,
    commitment INTEGER NOT NULL,
    PRIMARY KEY (entry, commitment)
) STRICT, WITHOUT ROWID;
"""

_HOLDS = """
position_first <= :position AND position_end > :position
AND day_first <= :as_of AND day_end > :as_of
AND out_first <= :out AND out_end > :out
"""

_LACKING = f"""
SELECT entry FROM commitments WHERE since <= :position
AND NOT EXISTS (SELECT 1 FROM facts WHERE commitment = number AND {_HOLDS})
LIMIT :most
"""  # noqa: S608

_OF_SOME = f"""
SELECT entry, marks, day, due FROM json_each(:asked) JOIN commitments ON entry = value
JOIN facts ON commitment = number WHERE {_HOLDS}
"""  # noqa: S608

_COURSES = """
SELECT entry, day_first, day_end, marks, day, due
FROM json_each(:asked) JOIN commitments ON entry = value JOIN facts ON commitment = number
WHERE position_first <= :position AND position_end > :position
AND out_first <= :out AND out_end > :out AND day_first <= :last AND day_end > :as_of
"""

_CHOSEN = """
SELECT commitment FROM facts JOIN commitments ON number = commitment
WHERE {marks} AND {holds} ORDER BY day, entry
"""

_COUNTS = f"""
SELECT marks, count(DISTINCT commitment) FROM facts WHERE {_HOLDS} GROUP BY marks
"""  # noqa: S608

_TOUCHED = """
SELECT commitment FROM rests WHERE entry IN (SELECT value FROM json_each(:touched))
"""

_END = f"""
UPDATE OR REPLACE facts SET position_end = :end WHERE position_end = :open AND commitment IN ({_TOUCHED})
"""  # noqa: S608

_RENEW = f"UPDATE commitments SET is_new = 1 WHERE number IN ({_TOUCHED})"  # noqa: S608

_ADD = "INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class GrowingLog(Protocol):
    """The part of a history from which is told what is new in it."""

    @property
    def position(self) -> int: ...

    def first_recorded(self, type_: type, after: int) -> Iterable[tuple[int, str]]:
        """Entries of a type that were first recorded behind a position, each with where."""
        ...

    def all_touched(self, since: int) -> Iterable[str]:
        """The entries that got a version, or a source, behind the position `since`."""
        ...


class FactTable:
    """At most `most` facts, about which more is said where they are asked for (KeptFacts in the
    domain). All are forgotten when there is no more room.
    """

    def __init__(self, lacks: Callable[[], object] = lambda: None, most: int = _MOST) -> None:
        """`lacks` is called, on any thread, when it is asked for facts ahead."""
        self._most = most
        self._lacks = lacks
        # Guards all below, for one statement or one transaction. Nobody computes meanwhile.
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._database.executescript(_SCHEMA)
        self._database.set_progress_handler(is_stopped, _STEPS_BETWEEN_LOOKS)
        self._upto = 0
        # Of each number, so that lists share the text. A number stands for one entry for good.
        self._ids = [""]
        self._kept = 0
        self._looks_ahead = True
        self._forgotten = 0

    def reach(self, log: GrowingLog) -> None:
        """Takes in what was recorded up to the position of a log."""
        while (upto := self._upto) < log.position:
            new = list(log.first_recorded(Commitment, upto))
            touched = {hash(entry) for entry in log.all_touched(upto)} if self._kept else None
            with self._changing() as database:
                if upto != self._upto or (touched is None and self._kept):
                    continue  # another thread was there meanwhile
                database.executemany(
                    "INSERT OR IGNORE INTO commitments (entry, since, is_new) VALUES (?, ?, 1)",
                    [(entry, since) for since, entry in new],
                )
                numbered = "SELECT entry FROM commitments WHERE number >= ? ORDER BY number"
                self._ids += [
                    entry for (entry,) in database.execute(numbered, (len(self._ids),))
                ]
                if touched:
                    asked = msgspec.json.encode(list(touched)).decode()
                    ended = {"end": upto + 1, "open": _OPEN, "touched": asked}
                    database.execute(_END, ended)
                    database.execute(_RENEW, ended)
                self._upto = log.position

    @property
    def forgotten(self) -> int:
        return self._forgotten

    def lacking(self, at: CutPoint, most: int) -> list[str]:
        return [entry for (entry,) in self._asked(_LACKING, {**_point(at), "most": most})]

    def ask_ahead(self) -> None:
        self._lacks()

    def facts(self, at: CutPoint, commitments: Collection[str]) -> dict[str, Fact]:
        asked = msgspec.json.encode(list(commitments)).decode()
        found = self._asked(_OF_SOME, {**_point(at), "asked": asked})
        return {entry: Fact(*fact) for entry, *fact in found}

    def courses(
        self, at: CutPoint, last: int, commitments: Collection[str]
    ) -> list[tuple[str, int, int, Fact]]:
        asked = msgspec.json.encode(list(commitments)).decode()
        found = self._asked(_COURSES, {**_point(at), "last": last, "asked": asked})
        return [(entry, first, end, Fact(*fact)) for entry, first, end, *fact in found]

    def chosen(self, at: CutPoint, wanted: Sequence[int]) -> list[str]:
        marks = " AND ".join(f"marks & {int(each)}" for each in wanted) or "marks"
        found = self._asked(_CHOSEN.format(marks=marks, holds=_HOLDS), _point(at))
        # Two facts of one commitment may hold at one point; they say the same.
        return [self._ids[number] for number in dict.fromkeys([number for (number,) in found])]

    def counts(self, at: CutPoint) -> dict[int, int]:
        return dict(self._asked(_COUNTS, _point(at)))

    def keep(self, commitment: str, found: Collection[Result]) -> None:
        with self._changing() as database:
            number = _number(database, commitment)
            if number is None:
                return
            if self._kept + len(found) > self._most:
                self._forget(database)
            upto = self._upto
            database.executemany(_ADD, [_row(number, each, upto) for each in found])
            self._kept += len(found)
            rests_on = {entry for each in found if _is_open(each) for entry in each.rests_on}
            database.executemany(
                "INSERT OR IGNORE INTO rests VALUES (?, ?)",
                [(hash(entry), number) for entry in rests_on],
            )

    def new_ones(self, most: int) -> list[tuple[int, str]]:
        """Some commitments of which no facts were found out ahead, each with the position since
        when it is recorded; none where there is no room for them.
        """
        if not self._looks_ahead or self._kept > self._most - _ROOM_AHEAD:
            return []
        asked = "SELECT since, entry FROM commitments WHERE is_new ORDER BY number LIMIT :most"
        found: list[tuple[int, str]] = self._asked(asked, {"most": most})
        return found

    def looked_at(self, commitments: Iterable[str]) -> None:
        """Notes that facts of these were found out."""
        with self._changing() as database:
            database.executemany(
                "UPDATE commitments SET is_new = 0 WHERE entry = ?",
                [(entry,) for entry in commitments],
            )

    def _forget(self, database: sqlite3.Connection) -> None:
        self._forgotten += 1
        database.execute("DELETE FROM facts")
        database.execute("DELETE FROM rests")
        self._kept = 0
        # What is asked for is more than there is room for, so nothing else is found out.
        self._looks_ahead = False

    def _asked(self, statement: str, about: dict[str, object]) -> list[Any]:
        with self._alone() as database:
            return database.execute(statement, about).fetchall()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction."""
        with self._alone() as database:
            database.execute("BEGIN")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    database.execute("ROLLBACK")
                raise

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


def _point(at: CutPoint) -> dict[str, object]:
    return {"position": at.position, "as_of": at.day, "out": at.published}


def _is_open(found: Result) -> bool:
    return found.closes_at >= END


def _row(number: int, found: Result, upto: int) -> tuple[int, ...]:
    """A fact as a row. It stays open only if nothing was taken in yet that its result does not
    know of.
    """
    stays_open = _is_open(found) and found.position_end > upto
    return (
        number,
        found.position_first,
        found.day_first,
        found.published_first,
        _OPEN if stays_open else found.position_end,
        min(found.day_end, _LAST_DAY),
        min(found.published_end, _LAST_DAY),
        *found.value,
    )
