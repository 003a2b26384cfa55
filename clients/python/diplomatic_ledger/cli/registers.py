"""The commands `ledgerctl parties` and `ledgerctl reports`, which list what the entries of a
ledger name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import DAY, supposes
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.parties import ties
from diplomatic_ledger.cli.screen import listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.sync import SyncListing
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.filters_pb2 import (
    DayRange,
    PartyCodePrefix,
    PartyFilter,
    ReportFilter,
)
from diplomatic_ledger.v1.parties_pb2 import PartyView
from diplomatic_ledger.v1.reports_pb2 import ReportView

_KINDS = words.words(entries_pb2.PartyKind.DESCRIPTOR)


def _many(*names: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(*names, multiple=True, **attributes)


@command(
    "parties",
    examples=[
        "ledgerctl parties",
        "ledgerctl parties --represents dprk --as-of 2018-06-12",
        "ledgerctl parties --kind state --code iso3:P",
        "ledgerctl parties --text 'coree nord'",
        "ledgerctl parties --recorded-by 141 --format json",
    ],
)
@_many("--id", "ids", metavar="ID", help="Only these.")
@_many(
    "--kind",
    "kinds",
    type=click.Choice(_KINDS),
    metavar="WORD",
    help=f"Only parties of a kind: {', '.join(_KINDS)}.",
)
@_many(
    "--code", "codes", metavar="SCHEME[:PREFIX]", help="With a code that begins so on that day."
)
@_many("--represents", metavar="ID", help="Who represents this party on that day.")
@_many(
    "--member-of", "members_of", metavar="ID", help="Who is a member of this body on that day."
)
@click.option("--text", default="", metavar="WORDS", help="With these words in their texts.")
@click.option(
    "--recorded-from", type=DAY, metavar="DAY", help="Last changed on this day or later."
)
@click.option(
    "--recorded-to", type=DAY, metavar="DAY", help="Last changed on this day or before."
)
@supposes
def parties(
    session: Session,
    ids: tuple[str, ...],
    kinds: tuple[str, ...],
    codes: tuple[str, ...],
    represents: tuple[str, ...],
    members_of: tuple[str, ...],
    text: str,
    recorded_from: str | None,
    recorded_to: str | None,
    cuts: Cuts,
) -> None:
    """List the parties as they are on a day, and their ties to one another."""
    wanted = PartyFilter(
        entry_ids=ids,
        kinds=[words.number(entries_pb2.PartyKind.DESCRIPTOR, each) for each in kinds],
        codes=map(_code, codes),
        represents=represents,
        members_of=members_of,
        text=text,
        recorded=DayRange(from_day=recorded_from or "", to_day=recorded_to or ""),
    )
    found = session.client.parties(session.ledger, cuts, wanted)
    _tell(session, "parties", found, parties_table)


@command(
    "reports",
    examples=[
        "ledgerctl reports",
        "ledgerctl reports --reported-by 2018-06-13",
        "ledgerctl reports --from 2018-06-01 --to 2018-06-30 --format json",
    ],
)
@_many("--id", "ids", metavar="ID", help="Only these.")
@_many("--publisher", "publishers", metavar="NAME", help="Only those that it published.")
@_many("--topic", "topics", metavar="WORD", help="Only those on a topic.")
@_many("--language", "languages", metavar="TAG", help="Only those in a language, such as ko.")
@click.option(
    "--from", "from_day", type=DAY, metavar="DAY", help="Published on this day or later."
)
@click.option(
    "--to", "to_day", type=DAY, metavar="DAY", help="Published on this day or before."
)
@click.option("--text", default="", metavar="WORDS", help="With these words in their texts.")
@click.option(
    "--recorded-from", type=DAY, metavar="DAY", help="Last changed on this day or later."
)
@click.option(
    "--recorded-to", type=DAY, metavar="DAY", help="Last changed on this day or before."
)
@supposes
def reports(
    session: Session,
    ids: tuple[str, ...],
    publishers: tuple[str, ...],
    topics: tuple[str, ...],
    languages: tuple[str, ...],
    from_day: str | None,
    to_day: str | None,
    text: str,
    recorded_from: str | None,
    recorded_to: str | None,
    cuts: Cuts,
) -> None:
    """List the reports that could be read, by the day on which they were published, and how
    many entries cite each.
    """
    wanted = ReportFilter(
        entry_ids=ids,
        publishers=publishers,
        topics=topics,
        languages=languages,
        published=DayRange(from_day=from_day or "", to_day=to_day or ""),
        text=text,
        recorded=DayRange(from_day=recorded_from or "", to_day=recorded_to or ""),
    )
    found = session.client.reports(session.ledger, cuts, wanted)
    _tell(session, "reports", found, reports_table)


def parties_table(found: Iterable[PartyView]) -> RenderableType:
    return table(
        [("id", "id"), ("name", "text"), ("kind", "word"), ("ties", "text")],
        [
            (
                each.entry_id,
                each.name or spoken.hidden(each.sealed, "name"),
                words.word(entries_pb2.PartyKind.DESCRIPTOR, each.party.kind),
                "\n".join(ties(each.party)),
            )
            for each in found
        ],
    )


def reports_table(found: Iterable[ReportView]) -> RenderableType:
    return table(
        [
            ("published", "word"),
            ("id", "id"),
            ("grade", "word"),
            ("cited", "number"),
            ("title, publisher", "text"),
        ],
        [
            (
                spoken.when(each.report.published),
                each.entry_id,
                words.word(entries_pb2.SourceGrade.DESCRIPTOR, each.report.source_grade),
                str(each.cited_by_count),
                _published(each),
            )
            for each in found
        ],
    )


def _published(each: ReportView) -> str:
    """`They meet (The Gazette)`."""
    title = each.report.title or spoken.hidden(each.sealed, "title")
    publisher = each.report.publisher or spoken.hidden(each.sealed, "publisher")
    return f"{title} ({publisher})" if publisher else title


def _code(text: str) -> PartyCodePrefix:
    """`iso3:P` or `iso3`."""
    scheme, _, prefix = text.partition(":")
    return PartyCodePrefix(scheme=scheme, prefix=prefix)


def _tell(
    session: Session,
    name: str,
    found: SyncListing[Any],
    drawn: Callable[[Iterable[Any]], RenderableType],
) -> None:
    if session.as_json:
        items = found.all()
        session.screen.json(listing(found.basis, name, items))
        return
    if not session.screen.tables(found, drawn):
        session.screen.show(f"There are no {name} at these cuts.")
    session.screen.note("")
    session.screen.basis(found.basis)


COMMANDS = (parties, reports)
