"""`ledgerctl instrument` and `instruments`: treaties and the like, and where what was promised
in them stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.conduct import conduct_table
from diplomatic_ledger.cli.narrowing import INSTRUMENTS, listed, named, narrowed, show_counts
from diplomatic_ledger.cli.screen import arrow, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.terms import withdrawal
from diplomatic_ledger.cli.titles import titles
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import entries_pb2, instruments_pb2

RUBRICS = ("polimetre", "politifact", "g20", "pam")
FACETS = ("kind", "evidence_status", "topic", "year", "participant", "publisher")
#: Columns of a matrix that fit a terminal beside the one of its rows.
_MOST_COLUMNS = 5
#: What stands for a commitment without a provision.
_NONE = "-"


def _rubric(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--rubric",
        type=click.Choice(RUBRICS),
        default="g20",
        metavar="NAME",
        help=f"Rate by {', '.join(RUBRICS)}. [g20]",
    )(function)


@command(
    "instrument",
    examples=[
        "ledgerctl instrument singapore-statement",
        "ledgerctl instrument singapore-statement --as-of 2018-07-01",
        "ledgerctl instrument singapore-statement --rubric polimetre --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@_rubric
@supposes
def instrument(session: Session, entry_id: str, rubric: str, cuts: Cuts) -> None:
    """Show an instrument, such as a treaty: its provisions and parties, and where each of its
    commitments stands.
    """
    found = session.client.instrument(session.ledger, entry_id, cuts, rubric=rubric)
    if session.as_json:
        session.screen.json(json_form.write(found))
        return
    item, screen = found.instrument, session.screen
    screen.heading(f"{item.entry_id}  {title(item)}")
    screen.show(table([("", "word"), ("", "text")], facts(item)))
    if item.commitments:
        grid = matrix(item.commitments)
        if grid is not None:
            screen.heading("Provisions and parties")
            screen.show(grid)
        screen.heading("What was promised in it")
        screen.show(promises_table(item.commitments))
    if item.conduct:
        screen.heading("What was done about it")
        names = titles(session, found.basis, {each.act for each in item.conduct}, cuts)
        screen.show(conduct_table(item.conduct, item.entry_id, names))
    screen.note("")
    screen.basis(found.basis, item.in_doubt)


def title(item: instruments_pb2.InstrumentStanding) -> str:
    return item.instrument.title or spoken.hidden(item.sealed, "title")


def facts(item: instruments_pb2.InstrumentStanding) -> Iterator[tuple[str, str]]:
    """What is to be known of an instrument at once, each with its name."""
    text = item.instrument
    yield "kind", _kind(text)
    yield "concluded", spoken.when(text.occurred)
    if text.participants:
        yield "participants", spoken.ids(text.participants)
    if text.third_parties:
        yield "third parties", spoken.ids(text.third_parties)
    if text.HasField("withdrawal"):
        yield "may be left", withdrawal(text.withdrawal)
    if text.topics:
        yield "topics", spoken.ids(text.topics)
    yield "existence", spoken.evidence(item.evidence)
    yield "commitments", counts(item)
    yield f"rated by {item.rubric}", rated(item)
    yield "version", str(item.version)


def counts(item: instruments_pb2.InstrumentStanding) -> str:
    """`2 active, 1 breached`."""
    told = [f"{each.count} {spoken.lifecycle(each.lifecycle)}" for each in item.counts]
    return spoken.ids(told) or "none"


def rated(item: instruments_pb2.InstrumentStanding) -> str:
    """`0.5 on average of 4`; nothing where no rating is a number."""
    if not item.rated:
        return "no number"
    return f"{item.average} on average of {item.rated}"


def matrix(found: Sequence[instruments_pb2.InstrumentCommitment]) -> RenderableType | None:
    """Where the commitments stand, by provision and by who owes; None where neither has few
    enough to stand side by side.
    """
    provisions = list(dict.fromkeys(each.provision or _NONE for each in found))
    parties = sorted({debtor for each in found for debtor in each.debtors})
    cells: dict[tuple[str, str], list[str]] = {}
    for each in found:
        for debtor in each.debtors:
            cells.setdefault((each.provision or _NONE, debtor), []).append(_cell(each))
    if len(parties) <= _MOST_COLUMNS:
        rows, columns, name = provisions, parties, "provision"
    elif len(provisions) <= _MOST_COLUMNS:
        rows, columns, name = parties, provisions, "who owes"
        cells = {(party, provision): told for (provision, party), told in cells.items()}
    else:
        return None
    return table(
        [(name, "who"), *((column, "text") for column in columns)],
        [
            [row, *("\n".join(cells.get((row, column), ())) for column in columns)]
            for row in rows
        ],
    )


def _cell(each: instruments_pb2.InstrumentCommitment) -> str:
    return f"{spoken.lifecycle(each.lifecycle)} ({each.rating})"


def promises_table(found: Iterable[instruments_pb2.InstrumentCommitment]) -> RenderableType:
    return table(
        [
            ("provision", "text"),
            ("id", "id"),
            ("who", "who"),
            ("stands", "text"),
            ("rating", "word"),
        ],
        [
            (
                each.provision or _NONE,
                each.entry_id,
                arrow(each.debtors, each.creditors),
                _stands(each),
                each.rating,
            )
            for each in found
        ],
    )


def _stands(each: instruments_pb2.InstrumentCommitment) -> str:
    """`active, overdue, partially fulfilled (0.5)`."""
    flags = {"partially_fulfilled": f"partially fulfilled ({each.share or 'unknown'})"}
    told = [flags.get(flag, spoken.spaced(flag)) for flag in words.flags(each)]
    return spoken.ids([spoken.lifecycle(each.lifecycle), *told])


def _kind(text: entries_pb2.Instrument) -> str:
    return spoken.spaced(words.word(entries_pb2.InstrumentKind.DESCRIPTOR, text.kind))


@command(
    "instruments",
    examples=[
        "ledgerctl instruments",
        "ledgerctl instruments --party dprk --party us --as-of 2018-08-18",
        "ledgerctl instruments --rubric polimetre --format json",
        "ledgerctl instruments --text denuclear* --kind joint_statement --facet year",
    ],
)
@narrowed(INSTRUMENTS, FACETS)
@_rubric
@supposes
def instruments(
    session: Session,
    backwards: bool,
    facets: tuple[str, ...],
    rubric: str,
    cuts: Cuts,
    **wanted: Any,
) -> None:
    """List treaties, joint statements and the like, with how many of their commitments stand
    where.
    """
    found = session.client.instruments(
        session.ledger,
        cuts,
        descending=backwards,
        facets=facets,
        rubric=rubric,
        view=session.view,
        **wanted,
    )
    ids = named(wanted)
    if session.as_json:
        items = found.all()
        if not items:
            session.check_known(ids, cuts)
        session.screen.json(listed(found, "instruments", items))
        return
    if not session.screen.tables(found, instruments_table):
        session.check_known(ids, cuts)
        session.screen.show("No instrument is found.")
    show_counts(session, found)
    session.screen.note("")
    session.screen.basis(found.basis)


def instruments_table(items: Iterable[instruments_pb2.InstrumentStanding]) -> RenderableType:
    return table(
        [
            ("day", "word"),
            ("id", "id"),
            ("title", "text"),
            ("commitments", "text"),
            ("average", "word"),
        ],
        [
            (item.day, item.entry_id, title(item), counts(item), item.average or "none")
            for item in items
        ],
    )


COMMANDS = (instrument, instruments)
