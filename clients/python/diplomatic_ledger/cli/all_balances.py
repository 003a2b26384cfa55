"""`ledgerctl balances`: what every pair of parties gave each other and still owes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from rich.console import RenderableType

from diplomatic_ledger.cli import nothing
from diplomatic_ledger.cli.asking import Question, asks
from diplomatic_ledger.cli.balances import balances_command, owed, urgencies
from diplomatic_ledger.cli.cells import Cell, pair
from diplomatic_ledger.cli.citing import MOST, Citations, names_sources
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.figures import gave_fewer
from diplomatic_ledger.cli.narrowing import BACKWARDS, BALANCES, options
from diplomatic_ledger.cli.screen import listing, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import View, views_named
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import balances_pb2, cuts_pb2


@command(
    "balances",
    examples=[
        "ledgerctl balances",
        "ledgerctl balances --party dprk",
        "ledgerctl balances --as-of 2018-08-18 --scale plover-2.0",
        "ledgerctl balances --evidence attested --format json",
    ],
)
@options([*BALANCES, BACKWARDS])
@names_sources(by_default=False)
@asks
def balances(
    session: Session,
    parties: tuple[str, ...],
    backwards: bool,
    named_sources: bool,
    question: Question,
) -> None:
    """Show the balance of every pair of parties that has one, or of those with one party."""
    found = session.client.balances(
        session.ledger,
        question.cuts,
        parties=parties,
        descending=backwards,
        scale=question.scale,
        evidence=question.evidence,
        view="full" if named_sources else session.view,
    )
    items = found.all()
    citations = Citations(session, found, question.cuts, wanted=named_sources)
    if session.as_json:
        views = behind(session, found.basis, items, question.cuts) if named_sources else {}
        told = listing(found.basis, "balances", items)
        told = citations.add(told, *views.values())
        session.screen.json(
            told if items else nothing.add(told, nothing.annulled(session, parties))
        )
        return
    noted = noting(session, found.basis, items, question.cuts, citations)
    session.screen.show(balances_table(items, noted) if items else "No pair has a balance.")
    if not items:
        nothing.tell(session, nothing.annulled(session, parties))
    session.screen.note("")
    session.screen.basis(found.basis)


#: How what was given, or what is owed, is written of a balance.
Counting: TypeAlias = Callable[[Cell, balances_pb2.Balance, Iterable[str]], Cell]


def noting(
    session: Session,
    basis: cuts_pb2.Basis,
    items: Sequence[balances_pb2.Balance],
    cuts: Cuts,
    citations: Citations,
) -> Counting:
    """Notes figures with the sources of the first entries behind them."""
    if not citations.wanted:
        return _plain
    views = behind(session, basis, items, cuts, most=MOST)
    citations.look_up(*views.values())
    noted = citations.of(views)

    def of_figure(cell: Cell, item: balances_pb2.Balance, ids: Iterable[str]) -> Cell:
        told = list(ids)
        if not (beyond := len(told[MOST:])):
            return noted(cell, *told)
        parties = item.party_a, item.party_b
        more = balances_command(session, basis, cuts.suppose, *parties, "--sources")
        return noted(cell, *told[:MOST], beyond=beyond, more=more)

    return of_figure


def _plain(cell: Cell, *_: object) -> Cell:
    return cell


def behind(
    session: Session,
    basis: cuts_pb2.Basis,
    items: Iterable[balances_pb2.Balance],
    cuts: Cuts,
    most: int | None = None,
) -> dict[str, View]:
    """What some balances rest on: acts and promises, of each figure so many at most."""
    told = (found for each in items for found in (_given_by(each), _owed_by(each)))
    ids = {entry_id for found in told for entry_id in islice(found, most)}
    return views_named(session, basis, ids, cuts)


def _given_by(item: balances_pb2.Balance) -> Iterator[str]:
    """The entries by which something was given."""
    for given in (item.given_ab, item.given_ba):
        for each in given.deliveries:
            yield from each.entry_ids


def _owed_by(item: balances_pb2.Balance) -> Iterator[str]:
    """The commitments by which something is owed."""
    for outstanding in (item.outstanding_ab, item.outstanding_ba):
        for _, bucket in urgencies(outstanding):
            yield from bucket.commitments


def balances_table(
    items: Iterable[balances_pb2.Balance], noted: Counting = _plain
) -> RenderableType:
    """One line for each pair; what is owed counts promises, also conditional ones."""
    return table(
        [
            ("a", "id"),
            ("b", "id"),
            ("given", "word", ("given by a", "given by b")),
            ("weight", "word", ("weight by a", "weight by b")),
            ("owed", "word", ("owed by a", "owed by b")),
            ("gave fewer", "text"),
        ],
        [
            (
                each.party_a,
                each.party_b,
                noted(pair(each.given_ab.count, each.given_ba.count), each, _given_by(each)),
                pair(each.given_ab.weight, each.given_ba.weight),
                noted(
                    pair(owed(each.outstanding_ab), owed(each.outstanding_ba)),
                    each,
                    _owed_by(each),
                ),
                gave_fewer(each),
            )
            for each in items
        ],
    )


COMMANDS = (balances,)
