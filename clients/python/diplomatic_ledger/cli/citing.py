"""Where entries are from: their reports, as footnotes of a table and as a field of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import click

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import SECTION, pinned
from diplomatic_ledger.cli.cells import Cell, Footnote, with_notes
from diplomatic_ledger.cli.commands import Option
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.in_parts import MOST_IDS, in_parts
from diplomatic_ledger.v1 import cuts_pb2, entries_pb2, reports_pb2

#: So many sources are told of in a row of a table, and of so many entries; the JSON form has
#: all of them.
MOST = 20
#: The fields of a party that tie it to another one.
TIES = ("represents", "succeeds", "composed_of", "same_as")


#: How a cell is written that tells of some entries.
Noting: TypeAlias = Callable[..., Cell]


class Based(Protocol):
    """An answer, or a list of which the first page is there."""

    @property
    def basis(self) -> cuts_pb2.Basis: ...


def unnoted(cell: Cell, *_: Any, **_more: Any) -> Cell:
    """A cell without sources."""
    return cell


@dataclass(frozen=True)
class Told:
    """What tells of an entry, with the fields of it that are sealed."""

    entry_id: str
    evidence: Sequence[entries_pb2.Evidence]
    sealed: Sequence[entries_pb2.SealedField] = ()
    #: So many pieces of evidence are there beside these.
    left_out: int = 0
    #: Where the evidence stands, in the paths of sealed fields.
    path: str = "evidence"

    @classmethod
    def by(cls, entry_id: str, *reports: str) -> Told:
        """An entry that reports tell of, and nobody says what."""
        return cls(entry_id, [entries_pb2.Evidence(report=each) for each in reports])

    @classmethod
    def of(cls, view: Any) -> Told:
        """An act, a commitment, an instrument or the ties of a party, as it reads in a view
        of it.
        """
        if isinstance(view, cls):
            return view
        for name in ("act", "commitment", "instrument", "party"):
            if name in view.DESCRIPTOR.fields_by_name:
                state = getattr(view, name)
                left_out = getattr(view, "evidence_left_out", 0)
                return cls(view.entry_id, evidence_of(state), view.sealed, left_out)
        return cls(view.entry_id, ())

    def hidden(self, place: int) -> str:
        """What stands for a locator that is not to be read."""
        return spoken.hidden(self.sealed, f"{self.path}[{place}].locator")


class Citations:
    """The reports behind an answer as they read at its cuts, or at `cuts` where it has none.
    Where they are not `wanted` there are none, and nothing is asked for.
    """

    def __init__(
        self, session: Session, answer: Based | None, cuts: Cuts, *, wanted: bool
    ) -> None:
        self.wanted = wanted
        self._session = session
        self._answer = answer
        self._cuts = cuts
        self._reports: dict[str, reports_pb2.ReportView | None] = {}

    def look_up(self, *items: Any) -> None:
        """Asks for the reports of some entries, in as few calls as that takes."""
        named = {each.report for item in items for each in Told.of(item).evidence}
        missing = named - self._reports.keys() if self.wanted else set()
        if missing:
            self._reports |= dict.fromkeys(missing)
            self._reports |= reports_named(self._session, self.pictured, missing)

    @property
    def pictured(self) -> Cuts:
        """The cuts that show what the answer showed."""
        if self._answer is None:
            return self._cuts
        return pinned(self._answer.basis, self._cuts.suppose)

    def noted(self, cell: Cell, *items: Any, beyond: int = 0, more: str = "") -> Cell:
        """A cell with the sources of some entries as footnotes, as many as a row has room for.
        `beyond` so many entries, which the command `more` lists, were not looked at.
        """
        return with_notes(cell, self.notes(*items, beyond=beyond, more=more))

    def notes(self, *items: Any, beyond: int = 0, more: str = "") -> list[Footnote]:
        """These footnotes."""
        told = list(map(Told.of, items))
        found = list(dict.fromkeys(note for each in told for note in self._notes(each)))
        notes = found[:MOST]
        left_out = len(found) - len(notes) + sum(each.left_out for each in told)
        if notes and left_out:
            notes.append(self._rest(told, left_out))
        if notes and beyond:
            notes.append(Footnote(f"{beyond} more entries: {more}"))
        return notes

    def of(self, views: Mapping[str, Any]) -> Noting:
        """Notes a cell by the ids of the entries that it tells of, as far as there are views."""

        def noted(cell: Cell, *ids: str, beyond: int = 0, more: str = "") -> Cell:
            items = (views[each] for each in ids if each in views)
            return self.noted(cell, *items, beyond=beyond, more=more)

        return noted

    def add(self, told: dict[str, Any], *items: Any) -> dict[str, Any]:
        """The JSON form of an answer, with the sources of some entries by their ids."""
        if self.wanted:
            self.look_up(*items)
            told["sources"] = self.written(*items)
        return told

    def written(self, *items: Any) -> dict[str, list[dict[str, str]]]:
        """The JSON form of the sources of some entries, which were looked up, each once."""
        found: dict[str, list[dict[str, str]]] = {}
        for each in map(Told.of, items):
            known = found.setdefault(each.entry_id, [])
            known += [source for source in self._plain(each) if source not in known]
        return found

    def _plain(self, told: Told) -> list[dict[str, str]]:
        return [
            _plain(report, each, told.hidden(place))
            for place, each in enumerate(told.evidence)
            if (report := self._reports.get(each.report)) is not None
        ]

    def _notes(self, told: Told) -> Iterator[Footnote]:
        for place, each in enumerate(told.evidence):
            if (report := self._reports.get(each.report)) is not None:
                yield _footnote(report, each.locator or told.hidden(place))

    def _rest(self, told: Sequence[Told], left_out: int) -> Footnote:
        """How many sources more there are of some entries, and how one sees them."""
        ids = [each.entry_id for each in told[:MOST]]
        if len(ids) == 1:
            more = self._session.command("entry", *ids, cuts=self._cuts)
            return Footnote(f"{ids[0]} has {left_out} more: {more}")
        named = [word for each in ids for word in ("--entry", each)]
        more = self._session.command("sources", *named, cuts=self._cuts)
        return Footnote(f"{left_out} more sources: {more}")


def reports_named(
    session: Session, cuts: Cuts, ids: Iterable[str]
) -> dict[str, reports_pb2.ReportView]:
    """The reports among some entries that are out at some cuts, by id."""
    return {
        each.entry_id: each
        for part in in_parts(sorted(ids), MOST_IDS)
        for each in session.client.reports(session.ledger, cuts, entry_ids=part)
    }


def evidence_of(state: Any) -> Sequence[entries_pb2.Evidence]:
    """The evidence of an act, a commitment or an instrument; of a party the reports that tell
    of its ties; nothing of anything else.
    """
    if isinstance(state, entries_pb2.Party):
        return [entries_pb2.Evidence(report=each) for each in reports_of_ties(state, *TIES)]
    found: Sequence[entries_pb2.Evidence] = getattr(state, "evidence", ())
    return found


def reports_of_ties(party: entries_pb2.Party, *fields: str) -> list[str]:
    """The reports that tell of the ties of a party in some fields, each once."""
    ties = (tie for field in fields for tie in getattr(party, field))
    return list(dict.fromkeys(report for tie in ties for report in tie.reports))


def names_sources(*, by_default: bool) -> Callable[..., Any]:
    """Gives a command the option --sources; its function gets it as `named_sources`."""
    return click.option(
        "--sources/--no-sources",
        "named_sources",
        default=by_default,
        cls=Option,
        section=SECTION,
        help="Name the reports: who published it, when, where in it. "
        f"[{'on' if by_default else 'off'}]",
    )


def _footnote(view: reports_pb2.ReportView, locator: str) -> Footnote:
    """`The Gazette: They meet, 2018-06-12, p. 3 (A1)`."""
    report = view.report
    parts = [_field(view, "title"), spoken.when(report.published), locator]
    told = ", ".join(filter(None, parts))
    url = _field(view, "url") or _field(view, "archived_url")
    return Footnote(f"{_field(view, 'publisher')}: {told} ({view.entry_id})", url)


def _field(view: reports_pb2.ReportView, name: str) -> str:
    """A text of a report; `[sealed]` or `[erased]` where that is not to be read."""
    return str(getattr(view.report, name)) or spoken.hidden(view.sealed, name)


def _plain(
    view: reports_pb2.ReportView, each: entries_pb2.Evidence, hidden: str
) -> dict[str, str]:
    told = {
        "report": view.entry_id,
        "publisher": _field(view, "publisher"),
        "title": _field(view, "title"),
        "published": spoken.when(view.report.published),
        "locator": each.locator or hidden,
        "url": _field(view, "url"),
        "archived_url": _field(view, "archived_url"),
    }
    return {name: value for name, value in told.items() if value}
