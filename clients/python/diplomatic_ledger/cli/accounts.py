"""`ledgerctl accounts`: what two parties gave and owe one another, by unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form, words
from diplomatic_ledger.accounts import (
    NO_UNIT,
    Account,
    Accounts,
    Posting,
    Promised,
    amount_text,
)
from diplomatic_ledger.cli import nothing, spoken, uncounted
from diplomatic_ledger.cli.asking import option, supposes
from diplomatic_ledger.cli.balances import asked_about
from diplomatic_ledger.cli.broken import broken_between
from diplomatic_ledger.cli.cells import Cell, Parts, pair
from diplomatic_ledger.cli.choices import WordType
from diplomatic_ledger.cli.citing import Citations, Noting, names_sources, unnoted
from diplomatic_ledger.cli.commands import command
from diplomatic_ledger.cli.commitments import consequent
from diplomatic_ledger.cli.mutual import OpenOfBoth
from diplomatic_ledger.cli.pairs import of_two_parties
from diplomatic_ledger.cli.screen import arrow, table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cli.titles import acts_named
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.v1 import cuts_pb2, entries_pb2, standings_pb2

#: The heading of the account of what has no amount.
_NO_UNIT = "Without an amount: each counts as one"
#: What a row that sums up the others is called; programs are told by the name of its table.
_IN_ALL = Parts("in all", ("",))


@command(
    "accounts",
    examples=[
        "ledgerctl accounts dprk us",
        "ledgerctl accounts dprk us --as-of 2018-08-18 --evidence attested",
        "ledgerctl accounts dprk us --unit persons",
        "ledgerctl accounts dprk us --format json",
    ],
)
@of_two_parties
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only in this unit.")
@click.option(
    "--with-predecessors", is_flag=True, help="Count what was given by those they succeeded."
)
@names_sources(by_default=False)
@supposes
@option(
    "--evidence",
    type=WordType(words.words(cuts_pb2.EvidenceFilter.DESCRIPTOR), "EvidenceFilter"),
    default="any",
    help="Which deliveries count. [any]",
)
def accounts(
    session: Session,
    party_a: str,
    party_b: str,
    units: tuple[str, ...],
    with_predecessors: bool,
    named_sources: bool,
    evidence: str,
    cuts: Cuts,
) -> None:
    """Show what A and B gave one another as an account for each unit: day by day, with the
    totals up to then, and what is still owed of each promise. The last totals are those of
    `ledgerctl balance`.
    """
    found = session.client.accounts(
        session.ledger,
        party_a,
        party_b,
        cuts,
        evidence=evidence,
        with_predecessors=with_predecessors,
    )
    shown = [each for each in found.accounts if not units or each.unit in units]
    citations = Citations(session, found, cuts, wanted=named_sources)
    views = _views(session, found, shown, cuts) if named_sources else {}
    gone = () if found.accounts else nothing.annulled(session, (party_a, party_b))
    of_both = OpenOfBoth(session, found.balance, found.basis, cuts)
    beside = [*of_both.uncounted, *broken_between(session, found.balance, found.basis, cuts)]
    if session.as_json:
        told = {
            "basis": json_form.write(found.basis),
            "party_a": found.party_a,
            "party_b": found.party_b,
            "accounts": [_written(each) for each in shown],
        }
        told = uncounted.add(citations.add(told, *views.values()), beside)
        session.screen.json(nothing.add(told, gone))
        return
    citations.look_up(*views.values())
    noted = citations.of(views)
    if lines := list(asked_about(found.balance)):
        session.screen.heading("Who is meant")
        session.screen.show(*lines)
    for each in shown:
        session.screen.heading(each.unit or _NO_UNIT)
        if each.postings:
            session.screen.show(postings_table(found, each, noted))
        if each.promises:
            session.screen.show("", promises_table(found, each, noted))
    if not shown:
        session.screen.show(_nothing(found, units, of_both))
    nothing.tell(session, gone)
    uncounted.tell(session, beside)
    session.screen.note("")
    session.screen.basis(found.basis, found.balance.in_doubt)


def _nothing(found: Accounts, units: Sequence[str], of_both: OpenOfBoth) -> str:
    """Why there is no account."""
    if not found.accounts:
        return of_both.nothing_else("Nothing was given, and nothing is owed")
    there = [f"in {each.unit}" if each.unit else "without an amount" for each in found.accounts]
    return f"There is no account in {spoken.ids(units)}. There are some {spoken.ids(there)}."


def _views(
    session: Session, found: Accounts, accounts: Sequence[Account], cuts: Cuts
) -> dict[str, Any]:
    """What the rows of some accounts tell of, by id: acts, and promises."""
    given = {each for account in accounts for row in account.postings for each in row.entry_ids}
    promised = (each.commitment for account in accounts for each in account.promises)
    acts: dict[str, Any] = dict(acts_named(session, found.basis, given, cuts))
    return acts | {each.entry_id: each for each in promised}


def postings_table(
    found: Accounts, account: Account, noted: Noting = unnoted
) -> RenderableType:
    """The rows of an account with the totals up to each; the last row has those of all."""
    a, b = found.party_a, found.party_b
    return table(
        [
            ("day", "day"),
            ("entries", "id"),
            (f"{a} gave", "number", ("given by a",)),
            (f"{b} gave", "number", ("given by b",)),
            (f"{a} : {b}", "word", ("given by a so far", "given by b so far")),
            ("what", "text"),
        ],
        [*(_row(each, a, noted) for each in account.postings), _last(account)],
        name=account.unit or _NO_UNIT,
        sums=1,
    )


def _row(each: Posting, a: str, noted: Noting) -> tuple[Cell, ...]:
    amount = amount_text(each.amount)
    return (
        each.day if each.occurred is None else spoken.when(each.occurred),
        " ".join(each.entry_ids),
        amount if each.giver == a else "",
        "" if each.giver == a else amount,
        _pair(each.total_ab, each.total_ba),
        noted(each.title, *each.entry_ids),
    )


def _last(account: Account) -> tuple[Cell, ...]:
    given = amount_text(account.given_ab), amount_text(account.given_ba)
    return (_IN_ALL, "", *given, _pair(account.given_ab, account.given_ba), "")


def _pair(ab: Fraction, ba: Fraction) -> Parts:
    return pair(amount_text(ab), amount_text(ba))


def promises_table(
    found: Accounts, account: Account, noted: Noting = unnoted
) -> RenderableType:
    owed = list(_owed(found, account))
    return table(
        [
            ("promise", "id"),
            ("who owes whom", "who"),
            ("promised", "number"),
            ("left", "number", ("left", "left is at most that")),
            ("stands", "text"),
            ("what", "text"),
        ],
        [*_promises(account, noted), *owed],
        name=f"promised: {account.unit or 'without an amount'}",
        sums=len(owed),
    )


def _promises(account: Account, noted: Noting) -> Iterator[tuple[Cell, ...]]:
    for each in account.promises:
        yield (
            each.commitment.entry_id,
            arrow([each.debtor], [each.creditor]),
            amount_text(each.promised),
            _left_of(each),
            _stands(each.commitment.standing),
            noted(consequent(each.commitment), each.commitment.entry_id),
        )


def _owed(found: Accounts, account: Account) -> Iterator[tuple[Cell, ...]]:
    """What is left in each direction of all that binds, where that is more than one promise."""
    binding = [each for each in account.promises if each.is_binding]
    for debtor, creditor, left in (
        (found.party_a, found.party_b, account.owed_ab),
        (found.party_b, found.party_a, account.owed_ba),
    ):
        summed = [each for each in binding if each.debtor == debtor]
        if len(summed) > 1:
            shown = _left(left, at_most=any(each.at_most for each in summed))
            yield _IN_ALL, arrow([debtor], [creditor]), "", shown, "binding", ""


def _left_of(each: Promised) -> Parts:
    """What is left of a promise; of one that is to be kept up people read that."""
    left = _left(each.left, at_most=each.at_most)
    is_kept_up = each.commitment.commitment.nature == entries_pb2.NATURE_MAINTENANCE
    return Parts("to be kept", left.values) if is_kept_up else left


def _left(amount: Fraction, *, at_most: bool) -> Parts:
    """`≤ 5`; programs are told the number, and whether it is at most that."""
    text = amount_text(amount)
    return Parts(f"≤ {text}" if at_most else text, (text, "yes" if at_most else ""))


def _stands(found: standings_pb2.Standing) -> str:
    return spoken.stands(found)


def _written(account: Account) -> dict[str, Any]:
    return {
        "unit": account.unit,
        **({"each_counts_as_one": True} if account.unit == NO_UNIT else {}),
        "postings": [
            {
                "day": each.day,
                **(
                    {}
                    if each.occurred is None
                    else {"occurred": json_form.write(each.occurred)}
                ),
                "entry_ids": list(each.entry_ids),
                "title": each.title,
                "giver": each.giver,
                "receiver": each.receiver,
                "amount": amount_text(each.amount),
                "total_ab": amount_text(each.total_ab),
                "total_ba": amount_text(each.total_ba),
            }
            for each in account.postings
        ],
        "given_ab": amount_text(account.given_ab),
        "given_ba": amount_text(account.given_ba),
        "promises": [
            {
                "commitment": each.commitment.entry_id,
                "debtor": each.debtor,
                "creditor": each.creditor,
                "promised": amount_text(each.promised),
                "left": amount_text(each.left),
                "at_most": each.at_most,
                "is_binding": each.is_binding,
            }
            for each in account.promises
        ],
        "owed_ab": amount_text(account.owed_ab),
        "owed_ba": amount_text(account.owed_ba),
    }


COMMANDS = (accounts,)
