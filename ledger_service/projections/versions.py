"""The view of versions: where in the log each version of each entry stands, which entries of
each type there are, and the first day on which each can have happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from sqlite3 import Connection

import msgspec

from ledger_service.domain.values.entries import TYPE_NAMES, Act, Commitment, Instrument
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections.database import insert, stage_rows
from ledger_service.projections.record_projection import ProjectedRecord, ProjectedRecords

# Only a first version has its type here: it is the entry's for good. Days are numbered from
# the first of the calendar, which stands for an open start; each has its first position.
SCHEMA = """
CREATE TABLE versions (
    position INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    type TEXT
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
"""

_TYPES = {record: TYPE_NAMES[type_] for type_, record in RECORD_TYPES.items()}

_OF_ENTRIES = """
SELECT entry, position FROM versions
WHERE entry IN (SELECT value FROM json_each(?)) AND position <= ?
ORDER BY entry, position
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

_BEHIND = "SELECT position FROM versions WHERE position > ? AND position <= ?"

_CHANGED = """
SELECT DISTINCT entry FROM versions WHERE position > ? AND position <= ?
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [(v.position, v.entry_id, _type_of_entry(v)) for v in told.versions]
    insert(connection, "versions", rows)
    days = [
        (name, v.state.first_day, v.entry_id, v.position)
        for name, dated in (
            ("act", told.acts),
            ("commitment", told.commitments),
            ("instrument", told.instruments),
        )
        for v in dated
    ]
    stage_rows(connection, "days", days)


def _type_of_entry(version: ProjectedRecord) -> str | None:
    return _TYPES[version.type] if version.version == 1 else None


def positions_of(
    connection: Connection, entry_ids: Sequence[str], upto: int
) -> list[tuple[str, int]]:
    """Each entry with the position of each of its versions, oldest version first."""
    asked = msgspec.json.encode(entry_ids).decode()
    return connection.execute(_OF_ENTRIES, (asked, upto)).fetchall()


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
) -> list[tuple[date, str]]:
    """The next `limit` acts, commitments or instruments behind a day and an id, each with the first day on
    which one of its versions can have happened, up to the day `last`.
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


def positions_behind(connection: Connection, after: int, upto: int) -> list[int]:
    """The positions of all versions behind `after`."""
    return [position for (position,) in connection.execute(_BEHIND, (after, upto))]


def changed(connection: Connection, after: int, upto: int) -> list[str]:
    """The entries with a version behind the position `after`."""
    return [entry for (entry,) in connection.execute(_CHANGED, (after, upto))]
