"""The view of dealings: which two parties a delivery or a commitment ties to one another in
some version, and since which position. It is as small as the pairs are few.
"""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

from ledger_service.domain.deliveries import DELIVERIES
from ledger_service.projections.database import insert
from ledger_service.projections.outlines import Outlines

SCHEMA = """
CREATE TABLE dealings (
    party TEXT NOT NULL,
    other TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, other)
) STRICT, WITHOUT ROWID;
"""

_UPTO = "SELECT party, other FROM dealings WHERE position <= ?"


def apply(connection: Connection, told: Outlines) -> None:
    first: dict[tuple[str, str], int] = {}
    for party, other, position in (*_delivered(told), *_owed(told)):
        known = first.setdefault((party, other), position)
        if position < known:
            first[party, other] = position
    insert(connection, "dealings", [(*pair, first[pair]) for pair in sorted(first)])


def _delivered(told: Outlines) -> Iterator[tuple[str, str, int]]:
    for act in told.acts:
        if act.state.kind in DELIVERIES and act.state.counterparty:
            for actor in act.state.actors:
                yield actor, act.state.counterparty, act.position


def _owed(told: Outlines) -> Iterator[tuple[str, str, int]]:
    for commitment in told.commitments:
        for debtor in commitment.state.debtors:
            for creditor in commitment.state.creditors:
                yield debtor, creditor, commitment.position


def upto(connection: Connection, position: int) -> list[tuple[str, str]]:
    """The parties that were tied to one another by then."""
    return connection.execute(_UPTO, (position,)).fetchall()
