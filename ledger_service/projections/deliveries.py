"""The view of deliveries: every actor and counterparty that stood together in some version of a
concession, a fulfilment or an aid, with the position of that version. Among a great many acts
few are deliveries, and only these count in a balance.
"""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Connection

from ledger_service.domain.values.entries import DELIVERIES
from ledger_service.projections.acts import both_ways
from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords

SCHEMA = """
CREATE TABLE deliveries (
    counterparty TEXT NOT NULL,
    actor TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (counterparty, actor, entry)
) STRICT, WITHOUT ROWID;
"""

_BETWEEN = """
SELECT entry, min(position) FROM deliveries
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND actor IN (SELECT value FROM json_each(:others)) AND position <= :upto
GROUP BY entry
"""
_BETWEEN_MANY = """
SELECT entry, min(position) FROM deliveries
WHERE counterparty IN (SELECT value FROM json_each(:parties))
AND +actor IN (SELECT value FROM json_each(:others)) AND position <= :upto
GROUP BY entry
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (counterparty, actor, act.entry_id, act.position)
        for act in told.acts
        if act.state.kind in DELIVERIES
        for actor in act.state.actors
        for counterparty in act.state.counterparties
    ]
    stage_rows(connection, "deliveries", rows)


def between(
    connection: Connection, upto: int, *, ones: Collection[str], others: Collection[str]
) -> dict[str, int]:
    """The deliveries of one of `ones` to one of `others`, or the other way round, each with
    the position since when.
    """
    return both_ways(connection, (_BETWEEN, _BETWEEN_MANY), upto, ones, others)
