"""Tells of the promises between two parties that were broken, since those are owed no more and
so stand in no balance.
"""

from __future__ import annotations

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import pinned
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2


def tell_broken(
    session: Session, found: balances_pb2.Balance, basis: cuts_pb2.Basis, cuts: Cuts
) -> None:
    """Says in each direction how many there are at this basis, with the command that lists
    them; nothing where there are none.
    """
    pictured = pinned(basis, cuts.suppose)
    for owed in (found.outstanding_ab, found.outstanding_ba):
        broken = session.client.commitments(
            session.ledger,
            pictured,
            facets=["lifecycle"],  # so that they are counted, and only a page of them is read
            lifecycles=["breached"],
            debtors=[owed.debtor],
            creditors=[owed.creditor],
        )
        if not broken.first(1):
            continue
        which = ("--debtor", owed.debtor, "--creditor", owed.creditor)
        listed = session.command(
            "commitments", "--lifecycle", "breached", *which, cuts=pictured
        )
        promises = spoken.plural(broken.match_count, "promise", "promises")
        session.screen.note(
            f"Broken and not counted as owed: {promises} of {owed.debtor} to {owed.creditor}."
        )
        session.screen.line(f"  {listed}")
