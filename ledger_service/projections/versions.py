"""The view of versions: where in the log each version of each entry stands, which
entries there are of each type, and from which day on each can have happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from sqlite3 import Connection

import msgspec

from ledger_service.domain.entries import TYPE_NAMES, Act, Commitment, State, Version

# The type of an annulment is null: it has no state. A first version always has one.
# Days are numbered from the first of the calendar, which stands for an open start; what
# has no day of its own (a party, a report) has null.
SCHEMA = """
CREATE TABLE versions (
    position INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT,
    change TEXT NOT NULL,
    first_day INTEGER
) STRICT;
CREATE INDEX versions_by_entry ON versions (entry);
CREATE INDEX first_versions_by_type ON versions (type) WHERE version = 1;
CREATE INDEX versions_by_day ON versions (type, first_day, entry, position)
WHERE first_day IS NOT NULL;
"""

_INSERT = "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)"

_OF_ENTRY = """
SELECT position FROM versions WHERE entry = ? AND position <= ? ORDER BY position
"""

_OF_ENTRIES = """
SELECT entry, position FROM versions
WHERE entry IN (SELECT value FROM json_each(?)) AND position <= ?
ORDER BY entry, position
"""

_FIRST_OF_TYPE = """
SELECT position, entry FROM versions
WHERE version = 1 AND type = ? AND position > ? AND position <= ?
ORDER BY position LIMIT ?
"""

_BY_DAY = """
SELECT DISTINCT first_day, entry FROM versions INDEXED BY versions_by_day
WHERE type = :type AND (first_day, entry) > (:day, :entry) AND first_day <= :last
AND position <= :upto
ORDER BY first_day, entry LIMIT :limit
"""

_CHANGED = """
SELECT DISTINCT entry FROM versions WHERE position > ? AND position <= ?
"""


def apply(connection: Connection, versions: Iterable[Version]) -> None:
    connection.executemany(_INSERT, (_row(version) for version in versions))


def _row(version: Version) -> tuple[int, str, int, str | None, str, int | None]:
    state = version.state
    return (
        version.position,
        version.entry_id,
        version.version,
        TYPE_NAMES[type(state)] if state is not None else None,
        version.change.value,
        _first_day(state),
    )


def _first_day(state: State | None) -> int | None:
    if not isinstance(state, Act | Commitment):
        return None
    return (state.occurred.from_day or date.min).toordinal()


def positions_of(connection: Connection, entry_id: str, upto: int) -> tuple[int, ...]:
    """The positions of the versions of an entry, oldest first."""
    return tuple(position for (position,) in connection.execute(_OF_ENTRY, (entry_id, upto)))


def positions_of_many(
    connection: Connection, entry_ids: Sequence[str], upto: int
) -> list[tuple[str, int]]:
    """The same for many entries at once, in pairs."""
    asked = msgspec.json.encode(entry_ids).decode()
    return connection.execute(_OF_ENTRIES, (asked, upto)).fetchall()


def entries_of_type(
    connection: Connection, type_: type, after: int, upto: int, limit: int
) -> list[tuple[int, str]]:
    """The next entries of a type first recorded behind `after`, with that position."""
    name = TYPE_NAMES[type_]
    return connection.execute(_FIRST_OF_TYPE, (name, after, upto, limit)).fetchall()


def by_day(
    connection: Connection,
    type_: type[Act | Commitment],
    after: tuple[date, str],
    last: date,
    upto: int,
    limit: int,
) -> list[tuple[date, str]]:
    """The next acts or commitments behind a day and id, each with the first day on which
    a version of it can have happened, up to the day `last`.
    """
    asked = {
        "type": TYPE_NAMES[type_],
        "day": after[0].toordinal(),
        "entry": after[1],
        "last": last.toordinal(),
        "upto": upto,
        "limit": limit,
    }
    return [(date.fromordinal(day), entry) for day, entry in connection.execute(_BY_DAY, asked)]


def changed(connection: Connection, after: int, upto: int) -> list[str]:
    """The entries of which a version stands behind `after`."""
    return [entry for (entry,) in connection.execute(_CHANGED, (after, upto))]
