"""What the entries are called that differences rest on, and what they are from: as they read
after, and before where they are gone since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from diplomatic_ledger.cli import balance_changes
from diplomatic_ledger.cli.cells import Cell, with_notes
from diplomatic_ledger.cli.citing import MOST, Citations, Told, evidence_of
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import Named, Names, View, views_named
from diplomatic_ledger.cli.told_again import told_again
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2, differences_pb2, entries_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.items_pb2 import RecordItem


class Mentioned:
    """The entries that the rows of an answer name. Their sources are looked up only where they
    are `wanted`.
    """

    def __init__(
        self,
        session: Session,
        found: standing.DiffResponse,
        *,
        suppose_before: Sequence[RecordItem] = (),
        suppose_after: Sequence[RecordItem] = (),
        wanted: bool = False,
    ) -> None:
        self._after = _Side(session, found.after, suppose_after, wanted=wanted)
        self._before = _Side(session, found.before, suppose_before, wanted=wanted)
        told = {i for each in found.balances for i in balance_changes.entries(each)}
        if wanted:
            told.update(*_because(found))
        self._after.add(told)
        self._before.add(told - self._after.views.keys())
        self._wanted = wanted
        #: What became of the entries that read alike on both sides.
        self.told_again = told_again(session, found)
        self._states = {each.entry_id: _told(each) for each in found.entries}
        self._vanished = {each.entry_id for each in found.entries if not each.HasField("after")}
        if wanted:
            self._look_up(told)

    @property
    def names(self) -> Names:
        found = self._before.views | self._after.views
        return {entry_id: Named.of(view) for entry_id, view in found.items()}

    def noted(self, cell: Cell, *ids: str) -> Cell:
        """A cell with the sources of some entries as footnotes."""
        if not self._wanted:
            return cell
        rest = ids[MOST:]
        named = [word for each in rest[:MOST] for word in ("--entry", each)]
        more = self._after.command("sources", *named) if rest else ""
        notes = [
            *self._after.citations.notes(
                *self._on(self._after, ids[:MOST]), beyond=len(rest), more=more
            ),
            *self._before.citations.notes(*self._on(self._before, ids[:MOST])),
        ]
        return with_notes(cell, notes)

    def add(self, told: dict[str, Any]) -> dict[str, Any]:
        """The JSON form of the answer, with the sources of all that it names by their ids."""
        if self._wanted:
            ids = {*self._states, *self._after.views, *self._before.views}
            written: dict[str, Any] = {}
            for side in (self._before, self._after):
                written |= side.citations.written(*self._on(side, sorted(ids)))
            told["sources"] = written
        return told

    def _look_up(self, ids: Iterable[str]) -> None:
        for side in (self._after, self._before):
            side.citations.look_up(*self._on(side, {*ids, *self._states}))

    def _on(self, side: _Side, ids: Iterable[str]) -> list[Told | View]:
        """What tells of some entries, as far as they are looked at on a side."""
        return [found for each in ids if (found := self._of(each, side)) is not None]

    def _of(self, entry_id: str, side: _Side) -> Told | View | None:
        """What tells of one entry; nothing where that is for the other side to tell."""
        if entry_id in side.views:
            return side.views[entry_id]
        if entry_id in self._after.views or entry_id in self._before.views:
            return None
        is_before = entry_id in self._vanished
        return self._states.get(entry_id) if is_before == (side is self._before) else None


class _Side:
    """One of the two pictures that differ."""

    def __init__(
        self,
        session: Session,
        basis: cuts_pb2.Basis,
        suppose: Sequence[RecordItem],
        *,
        wanted: bool,
    ) -> None:
        self._session = session
        self.basis = basis
        self._suppose = Cuts(suppose=suppose)
        self.views: dict[str, View] = {}
        self.citations = Citations(session, self, self._suppose, wanted=wanted)

    def add(self, ids: set[str]) -> None:
        if ids:
            self.views = views_named(self._session, self.basis, ids, self._suppose)

    def command(self, name: str, *args: str) -> str:
        return self._session.command(name, *args, cuts=self.citations.pictured)


def _because(found: standing.DiffResponse) -> Iterator[Iterable[str]]:
    yield from (each.because for each in found.commitments)
    yield from (each.because for each in found.balances)


def _told(each: differences_pb2.EntryDiff) -> Told:
    """What tells of an entry that differs; of a report that is the report itself."""
    is_there = each.HasField("after")
    state = each.after if is_there else each.before
    sealed = each.sealed_after if is_there else each.sealed_before
    inner = getattr(state, state.WhichOneof("state") or "", None)
    if isinstance(inner, entries_pb2.Report):
        return Told.by(each.entry_id, each.entry_id)
    return Told(each.entry_id, evidence_of(inner), sealed)
