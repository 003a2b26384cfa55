"""The view of acts: of each, every actor, counterparty and kind that stood together in
some version, and since which position.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from sqlite3 import Connection

import msgspec

from ledger_service.domain.entries import Act, ActKind, Version

# An act without a counterparty has an empty one, which is nobody's id.
SCHEMA = """
CREATE TABLE acts (
    counterparty TEXT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (counterparty, actor, kind, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX acts_by_kind ON acts (kind, position, entry);
"""

# Rows come sorted, which SQLite takes in fastest; of equal ones the first position stays.
_INSERT = "INSERT INTO acts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"

_OF_KINDS = """
SELECT DISTINCT entry FROM acts
WHERE kind IN (SELECT value FROM json_each(:kinds)) AND position <= :upto
"""

_AMONG = """
SELECT DISTINCT entry FROM acts
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND actor IN (SELECT value FROM json_each(:parties)) AND position <= :upto
"""

# The plus keeps SQLite to the primary key: there are fewer acts of two sides than of a kind.
_AMONG_OF_KINDS = """
SELECT DISTINCT entry FROM acts
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND actor IN (SELECT value FROM json_each(:parties))
AND kind IN (SELECT value FROM json_each(:kinds)) AND +position <= :upto
"""


def apply(connection: Connection, versions: Iterable[Version]) -> None:
    connection.executemany(
        _INSERT,
        sorted(
            (act.counterparty, actor, act.kind.value, version.entry_id, version.position)
            for version in versions
            if isinstance(act := version.state, Act)
            for actor in act.actors
        ),
    )


def of_kinds(connection: Connection, kinds: Collection[ActKind], upto: int) -> list[str]:
    """The acts that are of one of `kinds`."""
    asked = {"kinds": _texts(kinds), "upto": upto}
    return [entry for (entry,) in connection.execute(_OF_KINDS, asked)]


def among(
    connection: Connection,
    parties: Collection[str],
    kinds: Collection[ActKind] | None,
    upto: int,
) -> list[str]:
    """The acts that have both an actor and a counterparty among `parties`; with
    `kinds`, those that are of one of them in the same version.
    """
    asked: dict[str, str | int] = {"parties": _texts(parties), "upto": upto}
    if kinds is None:
        return [entry for (entry,) in connection.execute(_AMONG, asked)]
    asked["kinds"] = _texts(kinds)
    return [entry for (entry,) in connection.execute(_AMONG_OF_KINDS, asked)]


def _texts(values: Collection[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
