"""The view of acts, in three tables: every actor, counterparty and kind that stood together in
some version of an act, with the position of that version; acts by kind alone, in the order of
the log; and acts at one end of which several parties stood together, by each party of theirs.
The last are few, and the only acts in which two parties may stand at the same end.
"""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Connection

from ledger_service.domain.values.entries import ActKind
from ledger_service.projections.database import listed, stage_rows
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

# Acts with a counterparty among some parties and an actor among others. Where these are few,
# each two are looked up; else all acts toward some of them are looked through, since parties
# have dealt with few of those with whom they might have. A plus hides a column from the index.
_BETWEEN = """
SELECT entry, min(position) FROM acts
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND actor IN (SELECT value FROM json_each(:others)) AND position <= :upto
GROUP BY entry
"""
_BETWEEN_MANY = """
SELECT entry, min(position) FROM acts
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND +actor IN (SELECT value FROM json_each(:others)) AND position <= :upto
GROUP BY entry
"""
_FEW_PAIRS = 2_000

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
    asked = {"kinds": listed(kinds), "upto": upto}
    return [entry for (entry,) in connection.execute(_OF_KINDS, asked)]


def together(
    connection: Connection, upto: int, *, parties: Collection[str]
) -> list[tuple[str, int]]:
    """The acts at one end of which several parties stood together, in which one of `parties`
    took part, each with the position since when.
    """
    return connection.execute(_TOGETHER, (listed(parties), upto)).fetchall()


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
    asked: dict[str, str | int] = {"parties": listed(parties), "upto": upto}
    if kinds is None:
        return connection.execute(_AMONG, asked).fetchall()
    asked["kinds"] = listed(kinds)
    return connection.execute(_AMONG_OF_KINDS, asked).fetchall()


def between(
    connection: Connection, upto: int, *, ones: Collection[str], others: Collection[str]
) -> dict[str, int]:
    """The acts with an actor among `ones` and a counterparty among `others`, or the other way
    round, each with the position since when.
    """
    return both_ways(connection, (_BETWEEN, _BETWEEN_MANY), upto, ones, others)


def both_ways(
    connection: Connection,
    statements: tuple[str, str],
    upto: int,
    ones: Collection[str],
    others: Collection[str],
) -> dict[str, int]:
    """What a statement for few parties, or else the one for many, finds between some parties
    and others and between others and some, each with the least position.
    """
    few, many = statements
    statement = few if len(ones) * len(others) <= _FEW_PAIRS else many
    sides = listed(ones), listed(others)
    found: dict[str, int] = {}
    for parties, those in (sides, sides[::-1]):
        asked = {"parties": parties, "others": those, "upto": upto}
        for entry, since in connection.execute(statement, asked):
            found[entry] = min(since, found.get(entry, since))
    return found
