"""The entries by which commitments of a list stand where they stand, with their sources: what was
delivered, broken, called off, accepted, or is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from diplomatic_ledger.cli.cells import Cell
from diplomatic_ledger.cli.citing import MOST, Citations
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import View, views_named
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2, standings_pb2


class Deciding:
    """What decided of some commitments, in the full view of which that is told. Nothing is looked
    up where sources are not wanted.
    """

    def __init__(self, session: Session, citations: Citations, cuts: Cuts) -> None:
        self._session = session
        self._citations = citations
        self._cuts = cuts
        self._views: Mapping[str, View] = {}

    def look_up(
        self,
        items: Iterable[standings_pb2.CommitmentStanding],
        basis: cuts_pb2.Basis,
        most: int | None = MOST,
    ) -> list[View]:
        """What decided of these, of each so many entries at most. Their sources are known from
        then on.
        """
        ids = {i for each in items for i in entries(each)[:most]}
        wanted = ids if self._citations.wanted else set[str]()
        self._views = views_named(self._session, basis, wanted, self._cuts)
        self._citations.look_up(*self._views.values())
        return [*self._views.values()]

    def noted(self, cell: Cell, item: standings_pb2.CommitmentStanding) -> Cell:
        """Where a commitment stands, with the sources of that."""
        if not self._citations.wanted:
            return cell
        ids = entries(item)
        found = [self._views[each] for each in ids[:MOST] if each in self._views]
        pictured = self._citations.pictured
        more = self._session.command("commitment", item.entry_id, cuts=pictured)
        return self._citations.noted(cell, *found, beyond=len(ids[MOST:]), more=more)


def entries(item: standings_pb2.CommitmentStanding) -> list[str]:
    """The entries that moved a commitment, then those that delivered on it, then those that are
    said to have done so, such as an alleged breach.
    """
    standing = item.standing
    moved = (step.entry_id for step in standing.steps)
    done = sorted(standing.conduct, key=lambda act: not act.effective)
    ids = dict.fromkeys((*moved, *(act.act for act in done)))
    return [each for each in ids if each not in ("", item.entry_id)]
