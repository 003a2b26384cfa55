"""`ledgerctl acts`: what parties did and said."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import RenderableType

from diplomatic_ledger import words
from diplomatic_ledger.cli import spoken
from diplomatic_ledger.cli.asking import supposes
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.screen import arrow, listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1.acts_pb2 import ActView
from diplomatic_ledger.v1.entries_pb2 import ActKind

#: Who did what nobody is known to have done.
UNKNOWN = "unknown"


@command(
    "acts",
    examples=[
        "ledgerctl acts --party dprk --party us",
        "ledgerctl acts --about F051 --as-of 2018-07-23",
        "ledgerctl acts --kind denial --kind claim",
    ],
)
@click.option("--about", default="", metavar="ID", help="With a relation to this entry.")
@click.option(
    "--party",
    "parties",
    multiple=True,
    metavar="ID",
    help="At one end, by itself or through who represents it.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="WORD",
    type=click.Choice(words.words(ActKind.DESCRIPTOR)),
    help=f"Only acts of a kind: {', '.join(words.words(ActKind.DESCRIPTOR))}.",
)
@supposes
def acts(
    session: Session,
    about: str,
    parties: tuple[str, ...],
    kinds: tuple[str, ...],
    cuts: Cuts,
) -> None:
    """List acts with what their evidence amounts to."""
    found = session.client.acts(
        session.ledger, cuts, related_to=about, parties=parties, kinds=kinds
    )
    named = [*parties, *filter(None, [about])]
    if session.as_json:
        items = found.all()
        if not items:
            session.check_known(named, cuts)
        session.screen.json(listing(found.basis, "acts", items))
        return
    if not session.screen.tables(found, acts_table):
        session.check_known(named, cuts)
        session.screen.show("No act is visible.")
    session.screen.note("")
    session.screen.basis(found.basis)


def acts_table(items: Iterable[ActView]) -> RenderableType:
    return table(
        [
            ("day", "word"),
            ("id", "id"),
            ("who", "who"),
            ("kind, evidence", "text"),
            ("what", "text"),
        ],
        [(act.day, act.entry_id, who(act), _kind(act), spoken.title(act)) for act in items],
    )


def who(view: ActView) -> str:
    """Who did the act toward whom, by name. For whom they stood is only in the JSON form."""
    act = view.act
    doers = [act.actor or UNKNOWN, *act.co_actors]
    if not act.counterparties:
        return ", ".join(doers)
    if act.joint:
        return " ↔ ".join(dict.fromkeys((*doers, *act.counterparties)))
    return arrow(doers, act.counterparties)


def _kind(act: ActView) -> str:
    return f"{spoken.kind(act.act)}, {spoken.evidence(act.evidence)}"


COMMANDS = (acts,)
