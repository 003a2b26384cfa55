"""`ledgerctl sources`: what rests on which report, and what only one of them tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import narrowing, spoken
from diplomatic_ledger.cli.asking import looks, pinned
from diplomatic_ledger.cli.citing import evidence_of, reports_named
from diplomatic_ledger.cli.commands import Option, command
from diplomatic_ledger.cli.failures import usage
from diplomatic_ledger.cli.narrowing import options
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.sheet import Kind
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.sources import Source
from diplomatic_ledger.v1 import cuts_pb2, entries_pb2
from diplomatic_ledger.v1.reports_pb2 import ReportView

#: So many ids are shown of what only one report tells; the JSON form has all of them.
_MOST = 12
_NARROWING = [each for each in narrowing.REPORTS if each is not narrowing.ENTRY]


@command(
    "sources",
    examples=[
        "ledgerctl sources",
        "ledgerctl sources --entry F051",
        "ledgerctl sources --alone",
        "ledgerctl sources --publisher 'The Gazette' --as-of 2018-08-18",
        "ledgerctl sources --format json",
    ],
)
@click.option(
    "--entry",
    "entry_ids",
    cls=Option,
    section="Which ones",
    multiple=True,
    metavar="ID",
    help="Those of this entry, with what each says; without the filters below.",
)
@click.option(
    "--alone", is_flag=True, help="Only reports that alone tell of something, and of what."
)
@options(_NARROWING)
@looks
def sources(
    session: Session, entry_ids: tuple[str, ...], alone: bool, cuts: Cuts, **wanted: Any
) -> None:
    """List the reports by how much rests on each, and what no other one tells; or the sources
    of one entry. To find what only one tells, all that is visible is read.
    """
    if entry_ids:
        if alone or any(wanted.values()):
            raise usage(
                "--entry tells all sources of an entry. Leave --alone and the filters of reports "
                "out, or leave out --entry."
            )
        _of_entries(session, _at_one_basis(session, entry_ids, cuts))
        return
    found = session.client.sources(session.ledger, cuts, **wanted)
    some = [each for each in found.sources if each.alone or not alone]
    if session.as_json:
        session.screen.json(
            {
                "basis": json_form.write(found.basis),
                "sources": [
                    {
                        **json_form.write(each.report),
                        "entry_ids": list(each.entry_ids),
                        "alone": list(each.alone),
                    }
                    for each in some
                ],
            }
        )
        return
    if not session.screen.tables(some, partial(sources_table, ids=alone)):
        session.screen.show("No report is found.")
    session.screen.note("")
    session.screen.basis(found.basis)


def sources_table(some: Iterable[Source], *, ids: bool = False) -> RenderableType:
    """The reports; with `ids` also what each alone tells, by id."""
    text: Kind = "text"
    return table(
        [
            ("published", "day"),
            ("id", "id"),
            ("grade", "word"),
            ("tells of", "number"),
            ("alone", "number"),
            *([("only it tells", text)] if ids else []),
            ("title, publisher", "text"),
        ],
        [
            (
                spoken.when(each.report.report.published),
                each.report.entry_id,
                _grade(each.report.report),
                str(len(each.entry_ids)),
                str(len(each.alone)),
                *([_few(each.alone)] if ids else []),
                published(each.report),
            )
            for each in some
        ],
    )


def _few(ids: Sequence[str]) -> str:
    left = len(ids) - _MOST
    more = f" and {left} more" if left > 0 else ""
    return f"{' '.join(ids[:_MOST])}{more}"


def _grade(report: entries_pb2.Report) -> str:
    return words.word(entries_pb2.SourceGrade.DESCRIPTOR, report.source_grade)


def published(each: ReportView) -> str:
    """`They meet (The Gazette)`."""
    title = each.report.title or spoken.hidden(each.sealed, "title")
    publisher = each.report.publisher or spoken.hidden(each.sealed, "publisher")
    return f"{title} ({publisher})" if publisher else title


class _OfEntry(NamedTuple):
    """The evidence on an entry by reports that are out, and all reports that tell of it."""

    entry_id: str
    basis: cuts_pb2.Basis
    evidence: list[entries_pb2.Evidence]
    reports: dict[str, ReportView]


def _at_one_basis(session: Session, entry_ids: Sequence[str], cuts: Cuts) -> list[_OfEntry]:
    """What is told of some entries, all of them as the first one was seen."""
    first = _of_entry(session, entry_ids[0], cuts)
    seen = pinned(first.basis)
    return [first, *(_of_entry(session, each, seen) for each in entry_ids[1:])]


def _of_entry(session: Session, entry_id: str, cuts: Cuts) -> _OfEntry:
    found = session.client.entry(session.ledger, entry_id, cuts)
    version = next((each for each in found.versions if each.answers), None)
    state = getattr(version.state, version.state.WhichOneof("state") or "") if version else None
    named = {each.report for each in evidence_of(state)}
    if isinstance(state, entries_pb2.Report):
        named = {entry_id}
    reports = reports_named(session, pinned(found.basis), named)
    evidence = getattr(state, "evidence", ())
    told = [each for each in evidence if each.report in reports]
    return _OfEntry(entry_id, found.basis, told, reports)


def _of_entries(session: Session, found: Sequence[_OfEntry]) -> None:
    if session.as_json:
        basis = json_form.write(found[0].basis)
        session.screen.json({"basis": basis, "entries": [_written(each) for each in found]})
        return
    for each in found:
        if len(found) > 1:
            session.screen.heading(each.entry_id)
        if each.evidence:
            session.screen.show(evidence_table(each.evidence, each.reports))
        elif each.reports:
            session.screen.show(reports_table(each.reports.values()))
        else:
            session.screen.show(
                f"No report that is out tells of {each.entry_id} at these cuts."
            )
    session.screen.note("")
    session.screen.basis(found[0].basis)


def _written(each: _OfEntry) -> dict[str, Any]:
    return {
        "entry_id": each.entry_id,
        "evidence": [json_form.write(one) for one in each.evidence],
        "reports": [json_form.write(one) for one in each.reports.values()],
    }


def evidence_table(
    evidence: Iterable[entries_pb2.Evidence], reports: dict[str, ReportView]
) -> RenderableType:
    return table(
        [
            ("published", "word"),
            ("report", "id"),
            ("grade", "word"),
            ("in whose word", "text"),
            ("what it says", "text"),
        ],
        [
            (
                spoken.when(reports[each.report].report.published),
                each.report,
                _graded(reports[each.report].report, each),
                _word(each),
                "\n".join(_says(each, reports[each.report])),
            )
            for each in evidence
        ],
    )


def _graded(report: entries_pb2.Report, each: entries_pb2.Evidence) -> str:
    """`B2`: how reliable the source is, and how credible what it says."""
    return f"{_grade(report)}{each.credibility or ''}"


def _word(each: entries_pb2.Evidence) -> str:
    whose = each.asserted_by or "its own"
    source = f", from {each.attribution}" if each.attribution else ""
    return f"{whose}{source}{', hedged' if each.hedged else ''}"


def _says(each: entries_pb2.Evidence, report: ReportView) -> Iterable[str]:
    yield published(report)
    if each.quote:
        yield f"“{each.quote}”"
    if each.locator:
        yield each.locator
    if report.report.url:
        yield report.report.url


def reports_table(reports: Iterable[ReportView]) -> RenderableType:
    return table(
        [("published", "word"), ("id", "id"), ("grade", "word"), ("title, publisher", "text")],
        [
            (
                spoken.when(each.report.published),
                each.entry_id,
                _grade(each.report),
                published(each),
            )
            for each in reports
        ],
    )


COMMANDS = (sources,)
