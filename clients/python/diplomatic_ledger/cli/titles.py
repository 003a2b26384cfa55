"""Acts and commitments that an answer names, for their titles and their sources."""

from __future__ import annotations

from collections.abc import Iterable

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.citing import AT_ONCE, batched
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import acts_pb2, cuts_pb2, standings_pb2


def titles(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, str]:
    """The title of each act among some entries, as it reads on the basis of an answer to a
    question with these cuts.
    """
    found = acts_named(session, basis, ids, cuts)
    return {entry_id: spoken.title(act) for entry_id, act in found.items()}


def acts_named(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, acts_pb2.ActView]:
    """The acts among some entries, likewise."""
    pictured = pinned(basis, cuts.suppose)
    return {
        act.entry_id: act
        for part in batched(sorted(ids), AT_ONCE)
        for act in session.client.acts(session.ledger, pictured, entry_ids=part)
    }


def commitments_named(
    session: Session, basis: cuts_pb2.Basis, ids: Iterable[str], cuts: Cuts
) -> dict[str, standings_pb2.CommitmentStanding]:
    """The commitments among some entries, likewise."""
    pictured = pinned(basis, cuts.suppose)
    return {
        each.entry_id: each
        for part in batched(sorted(ids), AT_ONCE)
        for each in session.client.commitments(session.ledger, pictured, entry_ids=part)
    }
