"""The commands `ledgerctl parties` and `ledgerctl reports`, which list what the entries of a
ledger name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any, NamedTuple

from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import looks, pinned
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.parties import ties
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import EntryNotFound
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.v1 import cuts_pb2, entries_pb2
from diplomatic_ledger.v1.history_service_pb2 import EntryVersion


class Answering(NamedTuple):
    """An entry in the version that answers at the cuts."""

    id: str
    version: EntryVersion

    @property
    def party(self) -> entries_pb2.Party:
        return self.version.state.party

    @property
    def report(self) -> entries_pb2.Report:
        return self.version.state.report


@command(
    "parties",
    examples=[
        "ledgerctl parties",
        "ledgerctl parties --recorded-by 141",
        "ledgerctl parties --format json",
    ],
)
@looks
def parties(session: Session, cuts: Cuts) -> None:
    """List the parties, and their ties to one another. What was recorded by then counts; the
    other cuts hide no party.
    """
    found, basis = _answering(session, "party.registered.v1", cuts)
    _tell(session, "parties", sorted(found), basis, parties_table)


@command(
    "reports",
    examples=[
        "ledgerctl reports",
        "ledgerctl reports --reported-by 2018-06-13",
        "ledgerctl reports --format json",
    ],
)
@looks
def reports(session: Session, cuts: Cuts) -> None:
    """List the reports that could be read, by the day on which they were published."""
    found, basis = _answering(session, "report.filed.v1", cuts)
    possible = cuts.dates == "possible"
    _tell(
        session,
        "reports",
        sorted(found, key=lambda each: (_day(each.report.published, first=possible), each.id)),
        basis,
        reports_table,
    )


def parties_table(found: Iterable[Answering]) -> RenderableType:
    return table(
        [("id", "id"), ("name", "text"), ("kind", "word"), ("ties", "text")],
        [
            (
                each.id,
                each.party.name or spoken.hidden(each.version.sealed, "name"),
                words.word(entries_pb2.PartyKind.DESCRIPTOR, each.party.kind),
                "\n".join(ties(each.party)),
            )
            for each in found
        ],
    )


def reports_table(found: Iterable[Answering]) -> RenderableType:
    return table(
        [
            ("published", "word"),
            ("id", "id"),
            ("grade", "word"),
            ("title, publisher", "text"),
        ],
        [
            (
                spoken.when(each.report.published),
                each.id,
                words.word(entries_pb2.SourceGrade.DESCRIPTOR, each.report.source_grade),
                _published(each),
            )
            for each in found
        ],
    )


def _published(each: Answering) -> str:
    """`They meet (The Gazette)`."""
    title = each.report.title or spoken.hidden(each.version.sealed, "title")
    publisher = each.report.publisher or spoken.hidden(each.version.sealed, "publisher")
    return f"{title} ({publisher})" if publisher else title


def _answering(
    session: Session, kind: str, cuts: Cuts
) -> tuple[list[Answering], cuts_pb2.Basis | None]:
    """The entries of a type in the versions that answer at the cuts. The service decides which
    do; all are asked at the basis of the first answer.
    """
    with closing(
        session.client.read_log(session.ledger, wanted=LogFilter(record_types=[kind]))
    ) as records:
        ids = [str(record.decoded().get("subject", "")) for record in records]
    found: list[Answering] = []
    basis = None
    for entry_id in ids:
        try:
            entry = session.client.entry(session.ledger, entry_id, cuts)
        except EntryNotFound:
            continue  # it was recorded later
        if basis is None:
            basis, cuts = entry.basis, pinned(entry.basis)
        found += [Answering(entry_id, each) for each in entry.versions if each.answers]
    return found, basis


def _tell(
    session: Session,
    name: str,
    found: Sequence[Answering],
    basis: cuts_pb2.Basis | None,
    drawn: Callable[[Iterable[Answering]], RenderableType],
) -> None:
    if session.as_json:
        told = {"basis": json_form.write(basis)} if basis is not None else {}
        session.screen.json({**told, name: [_plain(each) for each in found]})
        return
    session.screen.show(drawn(found) if found else f"There are no {name} at these cuts.")
    if basis is not None:
        session.screen.note("")
        session.screen.basis(basis)


def _plain(each: Answering) -> dict[str, Any]:
    version = json_form.write(each.version)
    return {"entry_id": each.id, "version": each.version.version, **version["state"]}


def _day(published: entries_pb2.IntervalDate, *, first: bool) -> str:
    """The day from which it counts, as far as its own dates tell."""
    ends = (published.from_day, published.to_day)
    return (ends[0] or ends[1]) if first else (ends[1] or ends[0])


COMMANDS = (parties, reports)
