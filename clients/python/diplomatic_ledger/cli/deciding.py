"""The entries by which commitments of an answer stand where they stand, with their sources: what
was delivered, broken, called off, accepted, or is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from diplomatic_ledger.cli.cells import Cell
from diplomatic_ledger.cli.citing import MOST, Citations, Noting
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

    def noted(self, cell: Cell, *items: standings_pb2.CommitmentStanding) -> Cell:
        """Where a commitment stands, or several, with the sources of that."""
        if not self._citations.wanted:
            return cell
        ids = [*dict.fromkeys(i for each in items for i in entries(each))]
        found = [self._views[each] for each in ids[:MOST] if each in self._views]
        rest = ids[MOST:]
        more = self._command(items, rest) if rest else ""
        return self._citations.noted(cell, *found, beyond=len(rest), more=more)

    def of(self, items: Mapping[str, standings_pb2.CommitmentStanding]) -> Noting:
        """Notes a cell by the ids of the commitments that it tells of, as far as these have
        them.
        """

        def noted(cell: Cell, *ids: str) -> Cell:
            return self.noted(cell, *(items[i] for i in ids if i in items))

        return noted

    def _command(
        self, items: Iterable[standings_pb2.CommitmentStanding], rest: Iterable[str]
    ) -> str:
        """What tells of the entries for which there was no room."""
        pictured = self._citations.pictured
        if len(ids := [each.entry_id for each in items]) == 1:
            return self._session.command("commitment", *ids, cuts=pictured)
        named = [word for each in [*rest][:MOST] for word in ("--entry", each)]
        return self._session.command("sources", *named, cuts=pictured)


def entries(item: standings_pb2.CommitmentStanding) -> list[str]:
    """The entries that moved a commitment, then those that delivered on it, then those that are
    said to have done so, such as an alleged breach.
    """
    standing = item.standing
    moved = (step.entry_id for step in standing.steps)
    done = sorted(standing.conduct, key=lambda act: not act.effective)
    ids = dict.fromkeys((*moved, *(act.act for act in done)))
    return [each for each in ids if each not in ("", item.entry_id)]
