"""The view of versions: where in the log each version of each entry stands, which entries of
each type there are, the first and the last day on which each can have happened, and on which
days versions were recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from sqlite3 import Connection

from ledger_service.domain.picture.history import Dated
from ledger_service.domain.values.entries import TYPE_NAMES, Act, Commitment, Instrument
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections.database import insert, listed, stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

# Only a first version has its type here: it is the entry's for good, and each with a state that
# tells when it happened the first day of that. Days are numbered from
# the first of the calendar, which stands for an open start, as the last of it does for an open
# end; each has its first position. A last day is told where it is not the first one.
SCHEMA = """
CREATE TABLE versions (
    position INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    type TEXT,
    first_day INTEGER
) STRICT;
CREATE INDEX versions_by_entry ON versions (entry);
CREATE INDEX entries_by_type ON versions (type) WHERE type IS NOT NULL;
CREATE TABLE days (
    type TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (type, first_day, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE last_days (
    type TEXT NOT NULL,
    last_day INTEGER NOT NULL,
    entry TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (type, last_day, entry, first_day)
) STRICT, WITHOUT ROWID;
CREATE TABLE recorded_days (
    day INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (day)
) STRICT, WITHOUT ROWID;
"""

_TYPES = {record: TYPE_NAMES[type_] for type_, record in RECORD_TYPES.items()}
_NAMED = {name: type_ for type_, name in TYPE_NAMES.items()}

_DATED_OF = """
SELECT entry, max(type), min(first_day) FROM versions
WHERE entry IN (SELECT value FROM json_each(?)) AND position <= ?
GROUP BY entry
"""

_FIRST_OF_TYPE = """
SELECT position, entry FROM versions
WHERE type = ? AND position > ? AND position <= ?
ORDER BY position LIMIT ?
"""

_BY_DAY = """
SELECT first_day, entry FROM days
WHERE type = :type AND (first_day, entry) > (:day, :entry) AND first_day <= :last
AND position <= :upto
ORDER BY first_day, entry LIMIT :limit
"""

# A version of which the last day is the first one is found by its first day alone.
_BACK_BY_FIRST_DAY = """
SELECT first_day, entry FROM days
WHERE type = :type AND (first_day, entry) < (:day, :entry) AND first_day <= :last
AND position <= :upto
ORDER BY first_day DESC, entry DESC LIMIT :limit
"""
_BACK_BY_LAST_DAY = """
SELECT last_day, entry FROM last_days
WHERE type = :type AND (last_day, entry) < (:day, :entry) AND first_day <= :last
AND position <= :upto
ORDER BY last_day DESC, entry DESC LIMIT :limit
"""

_SPANNING = """
SELECT first_day, entry FROM last_days
WHERE type = :type AND last_day >= :since AND first_day < :since AND first_day <= :last
AND position <= :upto
ORDER BY first_day, entry
"""

_RECORDED = """
SELECT DISTINCT entry FROM versions WHERE position BETWEEN :first AND :upto LIMIT :most
"""
_SINCE = """
SELECT position FROM recorded_days WHERE day >= ? ORDER BY day LIMIT 1
"""

_BEHIND = "SELECT position FROM versions WHERE position > ? AND position <= ?"

_AT = "SELECT entry FROM versions WHERE position IN (SELECT value FROM json_each(?))"

_CHANGED = """
SELECT entry, type, first_day FROM versions WHERE position > ? AND position <= ?
ORDER BY position
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    dated = [
        (name, v, v.state.first_day)
        for name, some in (
            ("act", told.acts),
            ("commitment", told.commitments),
            ("instrument", told.instruments),
        )
        for v in some
    ]
    first_days = {v.position: first for _, v, first in dated}
    rows = [
        (
            v.position,
            v.entry_id,
            _TYPES[v.type] if v.version == 1 else None,
            first_days.get(v.position),
        )
        for v in told.versions
    ]
    insert(connection, "versions", rows)
    days = [(name, first, v.entry_id, v.position) for name, v, first in dated]
    stage_rows(connection, "days", days)
    last_days = [
        (name, last, v.entry_id, first, v.position)
        for name, v, first in dated
        if (last := v.state.last_day) != first
    ]
    stage_rows(connection, "last_days", last_days)
    # From the end, so that of each day the first position is left.
    recorded = {v.time[:10]: v.position for v in reversed(told.versions)}
    began = [(date.fromisoformat(day).toordinal(), at) for day, at in recorded.items()]
    stage_rows(connection, "recorded_days", began)


def dated(connection: Connection, entry_ids: Sequence[str], upto: int) -> dict[str, Dated]:
    """Each of some entries with the first day on which one of its versions can have happened;
    the first of the calendar for those of other types.
    """
    rows = connection.execute(_DATED_OF, (listed(entry_ids), upto))
    return {entry: _dated(name, day) for entry, name, day in rows}


def entries_of_type(
    connection: Connection, type_: type, after: int, upto: int, limit: int
) -> list[tuple[int, str]]:
    """The next `limit` entries of a type that were first recorded behind the position `after`,
    each behind that position.
    """
    name = TYPE_NAMES[type_]
    return connection.execute(_FIRST_OF_TYPE, (name, after, upto, limit)).fetchall()


def by_day(
    connection: Connection,
    type_: type[Act | Commitment | Instrument],
    after: tuple[date, str],
    last: date,
    upto: int,
    limit: int,
    *,
    backwards: bool = False,
) -> list[tuple[date, str]]:
    """The next `limit` acts, commitments or instruments behind a day and an id, each with the
    first day on which one of its versions can have happened, up to the day `last`. Backwards
    those before a day and an id, each with the last day on which one can have happened, if the
    first one is not behind `last`.
    """
    asked = {
        "type": TYPE_NAMES[type_],
        "day": after[0].toordinal(),
        "entry": after[1],
        "last": last.toordinal(),
        "upto": upto,
        "limit": limit,
    }
    if backwards:
        by_first = connection.execute(_BACK_BY_FIRST_DAY, asked).fetchall()
        by_last = connection.execute(_BACK_BY_LAST_DAY, asked).fetchall()
        rows = sorted({*by_first, *by_last}, reverse=True)[:limit]
    else:
        rows = connection.execute(_BY_DAY, asked).fetchall()
    return [(date.fromordinal(day), entry) for day, entry in rows]


def spanning(
    connection: Connection,
    type_: type[Act | Commitment | Instrument],
    since: date,
    last: date,
    upto: int,
) -> list[tuple[date, str]]:
    """The acts, commitments or instruments that can have happened before the day `since`, up
    to `last`, and also on `since` or later, by the first day on which they can.
    """
    asked = {
        "type": TYPE_NAMES[type_],
        "since": since.toordinal(),
        "last": last.toordinal(),
        "upto": upto,
    }
    rows = connection.execute(_SPANNING, asked)
    return [(date.fromordinal(day), entry) for day, entry in rows]


def recorded_between(
    connection: Connection, first: date, last: date, upto: int, most: int
) -> list[str] | None:
    """The entries with a version that was recorded on a day from `first` to `last`; None where
    these are more than `most`.
    """
    begin = _first_recorded(connection, first.toordinal())
    if begin is None:
        return []
    behind = _first_recorded(connection, last.toordinal() + 1)
    end = upto if behind is None else min(upto, behind - 1)
    asked = {"first": begin, "upto": end, "most": most + 1}
    found = [entry for (entry,) in connection.execute(_RECORDED, asked)]
    return None if len(found) > most else found


def _first_recorded(connection: Connection, day: int) -> int | None:
    """The position of the first version that was recorded on a day or later."""
    row = connection.execute(_SINCE, [day]).fetchone()
    return row[0] if row else None


def positions_behind(connection: Connection, after: int, upto: int) -> list[int]:
    """The positions of all versions behind `after`."""
    return [position for (position,) in connection.execute(_BEHIND, (after, upto))]


def entries_at(connection: Connection, positions: Sequence[int]) -> list[str]:
    """The entries of which a version stands at one of some positions."""
    return [entry for (entry,) in connection.execute(_AT, (listed(positions),))]


def changed(connection: Connection, after: int, upto: int, found: dict[str, Dated]) -> set[str]:
    """Adds the entries that were first recorded behind the position `after` to those that were
    found before it. Returns the others with a version there, of which it is not told here when
    they can have happened.
    """
    others = set[str]()
    for entry, name, day in connection.execute(_CHANGED, (after, upto)).fetchall():
        if name is not None:
            found[entry] = _dated(name, day)
        elif (known := found.get(entry)) is None:
            others.add(entry)
        elif day is not None:
            found[entry] = known.also(date.fromordinal(day))
    return others


def _dated(name: str, day: int | None) -> Dated:
    return Dated(_NAMED[name], date.fromordinal(day or 1))
