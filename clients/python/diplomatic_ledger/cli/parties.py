"""`ledgerctl party`: who a party is on a day, who it has become, and whom it succeeded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from diplomatic_ledger import json_form, words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.cells import Cell
from diplomatic_ledger.cli.citing import Citations, Noting, Told, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import entries_pb2, parties_pb2


@command(
    "party",
    examples=[
        "ledgerctl party pompeo",
        "ledgerctl party pompeo --as-of 2018-04-01",
        "ledgerctl party dprk --format json",
    ],
)
@click.argument("entry_id", metavar="ID")
@names_sources(by_default=False)
@supposes
def party(session: Session, entry_id: str, named_sources: bool, cuts: Cuts) -> None:
    """Show a party: its name on a day, its ties to others, and who it is by then."""
    found = session.client.party(session.ledger, entry_id, cuts)
    item, screen = found.party, session.screen
    citations = Citations(session, found, cuts, wanted=named_sources)
    if session.as_json:
        screen.json(citations.add(json_form.write(found), item))
        return
    citations.look_up(item)
    screen.heading(f"{item.entry_id}  {item.name or spoken.hidden(item.sealed, 'name')}")
    screen.show(table([("", "word"), ("", "text")], facts(item, citations.noted)))
    screen.note("")
    screen.basis(found.basis)


def facts(item: parties_pb2.PartyView, noted: Noting = unnoted) -> Iterator[tuple[str, Cell]]:
    """What is to be known of a party at once, each with its name; `noted` writes a tie with the
    reports that tell of it.
    """
    text = item.party
    yield "kind", words.word(entries_pb2.PartyKind.DESCRIPTOR, text.kind)
    names = _readable(item, "names[{}].name", (each.name for each in text.names))
    days = map(spoken.span, text.names)
    yield from _each("name", map(str.__add__, names, days))
    if text.aliases:
        yield "also", spoken.ids(_readable(item, "aliases[{}]", text.aliases))
    yield from _each(
        "code", (f"{each.scheme} {each.value}{spoken.span(each)}" for each in text.codes)
    )
    yield from _each(
        "tie",
        (noted(tie, Told.by(item.entry_id, *reports)) for tie, reports in _told_ties(text)),
    )
    if list(item.became) != [item.entry_id]:
        yield "is by then", spoken.ids(item.became)
    if item.predecessors:
        yield "preceded by", spoken.ids(item.predecessors)
    if item.successors:
        yield "succeeded by", spoken.ids(item.successors)
    yield from ((each.name, each.value) for each in text.attributes)
    yield "version", str(item.version)


def ties(text: entries_pb2.Party) -> Iterator[str]:
    """Each tie to another party: `represents dprk from 2018-01-01: promise, accept`."""
    return (tie for tie, _ in _told_ties(text))


def _told_ties(text: entries_pb2.Party) -> Iterator[tuple[str, Iterable[str]]]:
    """Each tie, with the reports that tell of it."""
    for each in text.represents:
        mandate = ", ".join(
            words.word(entries_pb2.Mandate.DESCRIPTOR, one) for one in each.mandate
        )
        told = f"represents {each.principal}{spoken.span(each)}: {mandate or 'no mandate'}"
        yield told, each.reports
    for succession in text.succeeds:
        beside = ", which goes on" if succession.continues else ""
        told = f"succeeds {succession.predecessor} from {succession.from_day}{beside}"
        yield told, succession.reports
    for membership in text.composed_of:
        yield f"made of {membership.member}{spoken.span(membership)}", membership.reports
    for identity in text.same_as:
        reports = f" ({', '.join(identity.reports)})" if identity.reports else ""
        yield f"the same as {identity.party}{reports}", identity.reports


def _readable(item: parties_pb2.PartyView, path: str, texts: Iterable[str]) -> list[str]:
    """The texts of a list, and `[sealed]` or `[erased]` for those that are not to be read."""
    return [
        each or spoken.hidden(item.sealed, path.format(index))
        for index, each in enumerate(texts)
    ]


def _each(name: str, told: Iterable[Cell]) -> Iterator[tuple[str, Cell]]:
    """Rows of which only the first has the name."""
    for index, each in enumerate(told):
        yield (name if index == 0 else ""), each


COMMANDS = (party,)
