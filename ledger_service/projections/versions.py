"""The view of versions: where in the log each version of each entry stands, and which
entries there are of each type.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sqlite3 import Connection

import msgspec

from ledger_service.domain.entries import TYPE_NAMES, Version

# The type of an annulment is null: it has no state. A first version always has one.
SCHEMA = """
CREATE TABLE versions (
    position INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT,
    change TEXT NOT NULL
) STRICT;
CREATE INDEX versions_by_entry ON versions (entry);
CREATE INDEX first_versions_by_type ON versions (type) WHERE version = 1;
"""

_INSERT = "INSERT INTO versions VALUES (?, ?, ?, ?, ?)"

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

_CHANGED = """
SELECT DISTINCT entry FROM versions WHERE position > ? AND position <= ?
"""


def apply(connection: Connection, versions: Iterable[Version]) -> None:
    connection.executemany(_INSERT, (_row(version) for version in versions))


def _row(version: Version) -> tuple[int, str, int, str | None, str]:
    kind = TYPE_NAMES[type(version.state)] if version.state is not None else None
    return (version.position, version.entry_id, version.version, kind, version.change.value)


def positions_of(connection: Connection, entry_id: str, upto: int) -> list[int]:
    """The positions of the versions of an entry, oldest first."""
    return [position for (position,) in connection.execute(_OF_ENTRY, (entry_id, upto))]


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


def changed(connection: Connection, after: int, upto: int) -> list[str]:
    """The entries of which a version stands behind `after`."""
    return [entry for (entry,) in connection.execute(_CHANGED, (after, upto))]
