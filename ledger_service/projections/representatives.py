"""The view of representatives: which parties stand for another one in some version, and
since which position.
"""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from ledger_service.domain.entries import Party, Version

SCHEMA = """
CREATE TABLE representatives (
    principal TEXT NOT NULL,
    party TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (principal, party)
) STRICT, WITHOUT ROWID;
"""

_INSERT = "INSERT INTO representatives VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

_OF = "SELECT party FROM representatives WHERE principal = ? AND position <= ?"


def apply(connection: Connection, versions: Iterable[Version]) -> None:
    connection.executemany(
        _INSERT,
        (
            (link.principal, version.entry_id, version.position)
            for version in versions
            if isinstance(version.state, Party)
            for link in version.state.represents
        ),
    )


def of(connection: Connection, principal: str, upto: int) -> list[str]:
    """The parties that stand for `principal`."""
    return [party for (party,) in connection.execute(_OF, (principal, upto))]
