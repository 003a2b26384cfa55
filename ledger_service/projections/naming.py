"""The view of naming: which parties an entry names in some version, and since which position, as
far as no other view tells it by the party: who did an act, who made a commitment, who takes
part in an instrument, and at whom an act without an actor is aimed.
"""

from __future__ import annotations

from sqlite3 import Connection

from ledger_service.projections.database import stage_rows
from ledger_service.projections.record_projection import ProjectedRecords, State

SCHEMA = """
CREATE TABLE naming (
    party TEXT NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (party, entry)
) STRICT, WITHOUT ROWID;
"""


def apply(connection: Connection, told: ProjectedRecords) -> None:
    rows = [
        (party, act.entry_id, act.position) for act in told.acts for party in _of_act(act.state)
    ]
    rows += [
        (party, commitment.entry_id, commitment.position)
        for commitment in told.commitments
        for party in commitment.state.made_by
    ]
    rows += [
        (party, instrument.entry_id, instrument.position)
        for instrument in told.instruments
        for party in (*instrument.state.participants, *instrument.state.third_parties)
    ]
    stage_rows(connection, "naming", rows)


def _of_act(act: State) -> tuple[str, ...]:
    """Those that the view of acts does not find: it begins with the counterparties."""
    if act.actor:
        return (act.actor, *act.co_actors)
    return act.co_actors or act.counterparties
