"""The view of acts, in three tables: every actor, counterparty and kind that stood together in
some version of an act, with the position of that version; acts by kind alone, in the order of
the log; and acts at one end of which several parties stood together, by each party of theirs.
The last are few, and the only acts in which two parties may stand at the same end.
"""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Connection

import msgspec

from ledger_service.domain.values.entries import ActKind
from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

# An act without an actor or a counterparty ties nobody; it is found by its kind alone.
SCHEMA = """
CREATE TABLE acts (
    counterparty TEXT NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (counterparty, actor, kind, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE act_kinds (
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (kind, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE acts_together (
    party TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, entry)
) STRICT, WITHOUT ROWID;
"""

_TOGETHER = """
SELECT entry, min(position) FROM acts_together
WHERE party IN (SELECT value FROM json_each(?)) AND position <= ?
GROUP BY entry
"""

_OF_KINDS = """
SELECT DISTINCT entry FROM act_kinds
WHERE kind IN (SELECT value FROM json_each(:kinds)) AND position <= :upto
"""

_AMONG = """
SELECT entry, min(position) FROM acts
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND actor IN (SELECT value FROM json_each(:parties)) AND position <= :upto
GROUP BY entry
"""

_AMONG_OF_KINDS = """
SELECT entry, min(position) FROM acts
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND actor IN (SELECT value FROM json_each(:parties))
AND kind IN (SELECT value FROM json_each(:kinds)) AND position <= :upto
GROUP BY entry
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (counterparty, actor, act.state.kind, act.entry_id, act.position)
        for act in told.acts
        for actor in act.state.actors
        for counterparty in act.state.counterparties
    ]
    stage_rows(connection, "acts", rows)
    kinds = [(act.state.kind, act.position, act.entry_id) for act in told.acts]
    stage_rows(connection, "act_kinds", kinds)
    together = [
        (party, act.entry_id, act.position)
        for act in told.acts
        if act.state.co_actors or len(act.state.counterparties) > 1
        for party in {*act.state.actors, *act.state.counterparties}
    ]
    stage_rows(connection, "acts_together", together)


def of_kinds(connection: Connection, kinds: Collection[ActKind], upto: int) -> list[str]:
    """The acts of which some version up to `upto` is of one of `kinds`."""
    asked = {"kinds": _texts(kinds), "upto": upto}
    return [entry for (entry,) in connection.execute(_OF_KINDS, asked)]


def together(
    connection: Connection, upto: int, *, parties: Collection[str]
) -> list[tuple[str, int]]:
    """The acts at one end of which several parties stood together, in which one of `parties`
    took part, each with the position since when.
    """
    return connection.execute(_TOGETHER, (_texts(parties), upto)).fetchall()


def among(
    connection: Connection,
    upto: int,
    *,
    parties: Collection[str],
    kinds: Collection[ActKind] | None,
) -> list[tuple[str, int]]:
    """The acts with both an actor and a counterparty among `parties`, each with the position
    since when; with `kinds`, only those that are of one of them in the same version.
    """
    asked: dict[str, str | int] = {"parties": _texts(parties), "upto": upto}
    if kinds is None:
        return connection.execute(_AMONG, asked).fetchall()
    asked["kinds"] = _texts(kinds)
    return connection.execute(_AMONG_OF_KINDS, asked).fetchall()


def _texts(values: Collection[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
