"""`ledgerctl agenda`: what falls due, ends or takes effect in the days ahead, and what is
overdue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import click
from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import nothing, spoken, taking_part, terms, uncounted
from diplomatic_ledger.cli.asking import DAY, supposes
from diplomatic_ledger.cli.broken import broken
from diplomatic_ledger.cli.cells import Cell
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.deciding import Deciding
from diplomatic_ledger.cli.screen import listing, owes, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import View, commitments_named, views_named
from diplomatic_ledger.cli.uncounted import Uncounted
from diplomatic_ledger.cuts import Cuts, ViewWord
from diplomatic_ledger.v1 import cuts_pb2
from diplomatic_ledger.v1.agenda_pb2 import (
    AGENDA_KIND_DUE_BEGINS,
    AGENDA_KIND_FALLS_DUE,
    AGENDA_KIND_INSTALMENT_FALLS_DUE,
    AGENDA_KIND_OVERDUE,
    AgendaItem,
    AgendaKind,
)

#: What a day brings, in words.
BRINGS = {
    "overdue": "was due",
    "falls_due": "falls due",
    "instalment_falls_due": "instalment {} falls due",
    "due_begins": "may be delivered from now on",
    "ends": "last day to keep it",
    "deadline": "last day of its condition",
    "suspension_ends": "last day on hold",
    "notice_takes_effect": "notice by {} takes effect",
    "begins": "takes effect",
    "changes": "changes by {}",
}

_DUE = frozenset(
    {
        AGENDA_KIND_OVERDUE,
        AGENDA_KIND_FALLS_DUE,
        AGENDA_KIND_INSTALMENT_FALLS_DUE,
        AGENDA_KIND_DUE_BEGINS,
    }
)


@command(
    "agenda",
    examples=[
        "ledgerctl agenda",
        "ledgerctl agenda --party dprk --to 2018-12-31",
        "ledgerctl agenda --kind overdue --kind falls_due",
        "ledgerctl agenda --as-of 2018-06-12 --recorded-by 141",
    ],
)
@click.option("--from", "from_day", type=DAY, metavar="DAY", help="First day. [--as-of]")
@click.option("--to", "to_day", type=DAY, metavar="DAY", help="Last day. [the 30th]")
@click.option(
    "--party",
    "parties",
    multiple=True,
    metavar="ID",
    help="Which takes part; the answer says as what.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="WORD",
    type=WordType(words.words(AgendaKind.DESCRIPTOR), "AgendaKind"),
    help=f"Only such items: {', '.join(words.words(AgendaKind.DESCRIPTOR))}.",
)
@names_sources(by_default=False)
@supposes
def agenda(
    session: Session,
    from_day: str | None,
    to_day: str | None,
    parties: tuple[str, ...],
    kinds: tuple[str, ...],
    named_sources: bool,
    cuts: Cuts,
) -> None:
    """Show what the days ahead bring, if nothing more is recorded: what is overdue on the
    first of them, then what falls due, ends, takes effect or changes.
    """
    found = session.client.agenda(
        session.ledger, cuts, from_day=from_day, to_day=to_day, parties=parties, kinds=kinds
    )
    items = sorted(found.all(), key=_overdue_by_day)
    citations = Citations(session, found, cuts, wanted=named_sources)
    looked_up = named_sources or not session.as_json
    promised = {each.commitment for each in items if each.commitment and looked_up}
    view: ViewWord = "full" if named_sources else "basic"
    views = commitments_named(session, found.basis, promised, cuts, view=view)
    deciding = Deciding(session, citations, cuts)
    causes = _causes(session, found.basis, items, cuts) if named_sources else {}

    def why_nothing() -> list[nothing.Cause]:
        """Of somebody's agenda, or of some kinds; else that there is nothing is the answer."""
        if not (parties or kinds):
            return []
        wanted = {"parties": parties, "kinds": kinds, "to_day": to_day, "from_day": from_day}
        return nothing.causes(session, session.client.agenda, wanted, cuts, looks_ahead=True)

    def never_due() -> Iterable[Uncounted]:
        """Those that were broken, unless some kinds are asked for."""
        return () if kinds else broken(session, found.basis, cuts, parties)

    if session.as_json:
        told = listing(found.basis, "items", items)
        if not items and (why := why_nothing()):
            told["why_nothing"] = nothing.written(why)
        moved = deciding.look_up(views.values(), found.basis, most=None)
        shown = (*views.values(), *moved, *causes.values())
        session.screen.json(uncounted.add(citations.add(told, *shown), never_due()))
        return
    citations.look_up(*views.values(), *causes.values())
    deciding.look_up(views.values(), found.basis)
    stands, caused = deciding.of(views), citations.of(causes)
    due = terms.intervals_due(views.values())

    def draw(some: Sequence[AgendaItem]) -> RenderableType:
        return agenda_table(some, citations.of(views), due, decided)

    def decided(cell: Cell, item: AgendaItem) -> Cell:
        return stands(caused(cell, item.entry_id), item.commitment)

    late = [item for item in items if item.kind == AGENDA_KIND_OVERDUE]
    ahead = [item for item in items if item.kind != AGENDA_KIND_OVERDUE]
    if late:
        session.screen.heading("Overdue")
        session.screen.tables(late, draw)
    if ahead:
        session.screen.heading("Ahead")
        session.screen.tables(ahead, draw)
    if not items:
        session.screen.show("Nothing is overdue, and nothing comes in these days.")
        nothing.tell(session, why_nothing())
    uncounted.tell(session, never_due())
    session.screen.note("")
    session.screen.basis(found.basis)


def _causes(
    session: Session, basis: cuts_pb2.Basis, items: Sequence[AgendaItem], cuts: Cuts
) -> dict[str, View]:
    """The acts because of which something comes, by id. They are looked up as of the last day:
    most of them lie ahead.
    """
    last = cuts_pb2.Basis()
    last.CopyFrom(basis)
    last.as_of = max([basis.as_of, *(each.day for each in items)])
    acts = {each.entry_id for each in items} - {each.commitment for each in items}
    return views_named(session, last, acts, cuts)


def agenda_table(
    items: Sequence[AgendaItem],
    noted: Noting = unnoted,
    due: Mapping[tuple[str, int], str] = MappingProxyType({}),
    decided: Noting = unnoted,
) -> RenderableType:
    """What comes, by day; `due` has the dates within which something is due. `noted` writes what
    was promised with its sources, `decided` what comes with those of why.
    """
    return table(
        [
            ("day", "word"),
            ("id", "id"),
            ("who owes whom", "who"),
            ("what comes", "text"),
            *taking_part.columns(items),
            ("what", "text"),
        ],
        [
            (
                item.day,
                item.commitment or item.instrument,
                _who(item),
                decided(_comes(item, due.get((item.commitment, item.instalment), "")), item),
                *taking_part.cells(item, items),
                noted(item.text or spoken.hidden(item.sealed, _path(item)), item.commitment),
            )
            for item in items
        ],
    )


def _overdue_by_day(item: AgendaItem) -> tuple[bool, str]:
    """What is overdue comes first, by the day on which it was due; the rest as it is."""
    is_ahead = item.kind != AGENDA_KIND_OVERDUE
    return is_ahead, "" if is_ahead else item.day


def _who(item: AgendaItem) -> str:
    held = item.held_by
    if not held.creditors:
        return ", ".join(held.debtors)
    return owes(held.debtors, held.creditors)


def _comes(item: AgendaItem, due: str) -> str:
    """`notice by F09 takes effect: active, then cancelled`, `falls due (Sep 2018)`."""
    kind = words.word(AgendaKind.DESCRIPTOR, item.kind)
    text = BRINGS.get(kind, spoken.spaced(kind))
    stands, becomes = spoken.lifecycle(item.lifecycle), spoken.lifecycle(item.becomes)
    if kind == "changes" and item.entry_id == item.commitment:
        text = "changes"
    elif kind == "changes" and stands == becomes:
        text = "affected by {}"
    text = text.format(item.instalment or item.entry_id)
    if due and item.kind in _DUE:
        text = f"{text} ({due})"
    if not becomes:
        return text
    if stands == becomes:
        return f"{text}; still {becomes}"
    return f"{text}: {stands}, then {becomes}" if stands else f"{text}: {becomes}"


def _path(item: AgendaItem) -> str:
    return "consequent" if item.commitment else "title"


COMMANDS = (agenda,)
