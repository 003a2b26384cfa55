"""Where entries are from: their reports, as footnotes of a table and as a field of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import click
from rich.text import Text

from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import SECTION, pinned
from diplomatic_ledger.cli.cells import Cell, Footnote, Noted
from diplomatic_ledger.cli.commands import Option
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2, entries_pb2, parties_pb2, reports_pb2

#: The longest ids that there are, 128 bytes each, in a request of 64 KiB at most.
AT_ONCE = 400
#: What is told of one entry in a table; the JSON form has all of it.
_MOST = 20


#: How a cell is written that tells of some entries.
Noting: TypeAlias = Callable[..., Cell]


class _Based(Protocol):
    """An answer, or a list of which the first page is there."""

    @property
    def basis(self) -> cuts_pb2.Basis: ...


def unnoted(cell: str | Text, *_: Any) -> Cell:
    """A cell without sources."""
    return cell


class Sources:
    """The reports behind an answer as they read at its cuts. Where they are not `wanted` there
    are none, and nothing is asked for.
    """

    def __init__(self, session: Session, answer: _Based, cuts: Cuts, *, wanted: bool) -> None:
        self.wanted = wanted
        self._session = session
        self._answer = answer
        self._cuts = cuts
        self._reports: dict[str, reports_pb2.ReportView | None] = {}

    def look_up(self, *items: Any) -> None:
        """Asks for the reports of some entries, in as few calls as that takes."""
        named = {each.report for item in items for each in evidence_of(item)}
        missing = sorted(named - self._reports.keys()) if self.wanted else []
        for part in batched(missing, AT_ONCE):
            self._reports |= dict.fromkeys(part)
            found = self._session.client.reports(
                self._session.ledger, self.pictured, entry_ids=part
            )
            self._reports |= {each.entry_id: each for each in found}

    @property
    def pictured(self) -> Cuts:
        """The cuts that show what the answer showed."""
        return pinned(self._answer.basis, self._cuts.suppose)

    def noted(self, cell: str | Text, *items: Any) -> Cell:
        """A cell with the sources of some entries as footnotes."""
        notes = [note for item in items for note in self._notes(item)]
        return Noted(cell, notes) if notes else cell

    def of(self, views: Mapping[str, Any]) -> Noting:
        """Notes a cell by the ids of the entries that it tells of, as far as there are views."""

        def noted(cell: str | Text, *ids: str) -> Cell:
            return self.noted(cell, *(views[each] for each in ids if each in views))

        return noted

    def add(self, told: dict[str, Any], *items: Any) -> dict[str, Any]:
        """The JSON form of an answer, with the sources of some entries by their ids."""
        if self.wanted:
            self.look_up(*items)
            told["sources"] = {item.entry_id: self._plain(item) for item in items}
        return told

    def _plain(self, item: Any) -> list[dict[str, str]]:
        return [
            _plain(report, each, _hidden(item, place))
            for place, each in enumerate(evidence_of(item))
            if (report := self._reports.get(each.report)) is not None
        ]

    def _notes(self, item: Any) -> list[Footnote]:
        found = {
            _footnote(report, each.locator or _hidden(item, place)): None
            for place, each in enumerate(evidence_of(item))
            if (report := self._reports.get(each.report)) is not None
        }
        notes = list(found)
        left_out = len(notes[_MOST:]) + getattr(item, "evidence_left_out", 0)
        if not notes or not left_out:
            return notes
        more = self._session.command("entry", item.entry_id, cuts=self._cuts)
        return [*notes[:_MOST], Footnote(f"{item.entry_id} has {left_out} more: {more}")]


def evidence_of(item: Any) -> Sequence[entries_pb2.Evidence]:
    """The evidence of an act, a commitment, an instrument or the ties of a party, as it reads
    in a view of it.
    """
    if isinstance(item, parties_pb2.PartyView):
        party = item.party
        ties: tuple[Any, ...] = (
            *party.represents,
            *party.succeeds,
            *party.composed_of,
            *party.same_as,
        )
        named = dict.fromkeys(report for tie in ties for report in tie.reports)
        return [entries_pb2.Evidence(report=report) for report in named]
    for state in ("act", "commitment", "instrument"):
        if state in item.DESCRIPTOR.fields_by_name:
            found: Sequence[entries_pb2.Evidence] = getattr(item, state).evidence
            return found
    return ()


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


def batched(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _hidden(item: Any, place: int) -> str:
    return spoken.hidden(item.sealed, f"evidence[{place}].locator")


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
