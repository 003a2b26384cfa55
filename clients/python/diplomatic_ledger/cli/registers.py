"""The commands `ledgerctl parties` and `ledgerctl reports`, which list what the entries of a
ledger name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import days, narrowing, nothing, spoken
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.cells import Parts
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.narrowing import listed, narrowed, show_counts
from diplomatic_ledger.cli.parties import ties
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.sync import SyncListing
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.parties_pb2 import PartyView
from diplomatic_ledger.v1.reports_pb2 import ReportView

FACETS_OF_PARTIES = ("kind",)
FACETS_OF_REPORTS = ("publisher", "topic", "language", "year")


@command(
    "parties",
    examples=[
        "ledgerctl parties",
        "ledgerctl parties --represents dprk --as-of 2018-06-12",
        "ledgerctl parties --kind state --code iso3:P",
        "ledgerctl parties --text 'coree nord'",
        "ledgerctl parties --facet kind --backwards",
        "ledgerctl parties --recorded-by 141 --format json",
    ],
)
@narrowed(narrowing.PARTIES, FACETS_OF_PARTIES)
@names_sources(by_default=False)
@supposes
def parties(
    session: Session,
    backwards: bool,
    facets: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
    **wanted: Any,
) -> None:
    """List the parties as they are on a day, and their ties to one another."""
    found = session.client.parties(
        session.ledger, cuts, descending=backwards, facets=facets, **wanted
    )
    why = partial(nothing.causes, session, session.client.parties, wanted, cuts)
    citations = Citations(session, found, cuts, wanted=named_sources)

    def draw(some: Sequence[PartyView]) -> RenderableType:
        citations.look_up(*some)
        return parties_table(some, citations.noted)

    _tell(session, "parties", found, draw, why, citations)


@command(
    "reports",
    examples=[
        "ledgerctl reports",
        "ledgerctl reports --reported-by 2018-06-13",
        "ledgerctl reports --published 2018-06 --text summit",
        "ledgerctl reports --backwards --facet publisher --facet year",
        "ledgerctl reports --publisher 'The Gazette' --format json",
    ],
)
@narrowed(narrowing.REPORTS, FACETS_OF_REPORTS)
@supposes
def reports(
    session: Session, backwards: bool, facets: tuple[str, ...], cuts: Cuts, **wanted: Any
) -> None:
    """List the reports that could be read, by the day on which they were published, and how
    many entries cite each.
    """
    found = session.client.reports(
        session.ledger, cuts, descending=backwards, facets=facets, **wanted
    )
    why = partial(nothing.causes, session, session.client.reports, wanted, cuts)
    _tell(session, "reports", found, reports_table, why)


def parties_table(found: Iterable[PartyView], noted: Noting = unnoted) -> RenderableType:
    return table(
        [("id", "id"), ("name", "text"), ("kind", "word"), ("ties", "text")],
        [
            (
                each.entry_id,
                each.name or spoken.hidden(each.sealed, "name"),
                words.word(entries_pb2.PartyKind.DESCRIPTOR, each.party.kind),
                noted("\n".join(ties(each.party)), each),
            )
            for each in found
        ],
    )


def reports_table(found: Iterable[ReportView]) -> RenderableType:
    return table(
        [
            ("published", "day"),
            ("id", "id"),
            ("grade", "word"),
            ("cited", "number"),
            ("title, publisher", "text", ("title", "publisher", "url")),
        ],
        [
            (
                days.cell(each.report.published),
                each.entry_id,
                words.word(entries_pb2.SourceGrade.DESCRIPTOR, each.report.source_grade),
                str(each.cited_by_count),
                _published(each),
            )
            for each in found
        ],
    )


def _published(each: ReportView) -> Parts:
    """`They meet (The Gazette)`; programs are told the address, too."""
    title = each.report.title or spoken.hidden(each.sealed, "title")
    publisher = each.report.publisher or spoken.hidden(each.sealed, "publisher")
    url = each.report.url or spoken.hidden(each.sealed, "url")
    return Parts(f"{title} ({publisher})" if publisher else title, (title, publisher, url))


def _tell(
    session: Session,
    name: str,
    found: SyncListing[Any],
    drawn: Callable[[Sequence[Any]], RenderableType],
    why_nothing: Callable[[], list[nothing.Cause]],
    citations: Citations | None = None,
) -> None:
    if session.as_json:
        items = found.all()
        told = listed(found, name, items)
        if not items:
            told["why_nothing"] = nothing.written(why_nothing())
        session.screen.json(citations.add(told, *items) if citations is not None else told)
        return
    if not session.screen.tables(found, drawn):
        session.screen.show(f"There are no {name} at these cuts.")
        nothing.tell(session, why_nothing())
    show_counts(session, found)
    session.screen.note("")
    session.screen.basis(found.basis)


COMMANDS = (parties, reports)
