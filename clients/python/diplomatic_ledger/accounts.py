"""What two parties gave and owe one another, as an account for each unit: dated rows with running
totals, and what is still owed of each quantity that was promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from diplomatic_ledger.v1 import (
    acts_pb2,
    balances_pb2,
    cuts_pb2,
    entries_pb2,
    standings_pb2,
)

#: The unit of what has no quantity: each deed, each promise counts as one.
NO_UNIT = ""


class Posting(NamedTuple):
    """A delivery in an account: how much A gave or B gave, and the totals up to it. `day` is
    that on which it counts, and `occurred` what is known of when it happened, where one act
    tells of it.
    """

    day: str
    occurred: entries_pb2.IntervalDate | None
    entry_ids: tuple[str, ...]
    title: str
    giver: str
    receiver: str
    amount: Fraction
    total_ab: Fraction
    total_ba: Fraction


class Promised(NamedTuple):
    """What is still owed of a promise: `left` of what was `promised`, at most so much if
    `at_most`. `is_binding`: its condition holds, if it has one.
    """

    commitment: standings_pb2.CommitmentStanding
    debtor: str
    creditor: str
    promised: Fraction
    left: Fraction
    at_most: bool
    is_binding: bool


@dataclass
class Account:
    """An account in one unit; `unit` is empty for what has no quantity. `given_ab` and `given_ba`
    are its totals, `owed_ab` and `owed_ba` what is still owed by promises that bind.
    """

    unit: str
    postings: list[Posting] = field(default_factory=list)
    promises: list[Promised] = field(default_factory=list)
    given_ab: Fraction = Fraction(0)
    given_ba: Fraction = Fraction(0)
    owed_ab: Fraction = Fraction(0)
    owed_ba: Fraction = Fraction(0)


@dataclass(frozen=True)
class Accounts:
    """The accounts of two parties, by unit; what has no quantity comes last. `balance` is that
    of the same basis: its amounts are the totals of the accounts.
    """

    basis: cuts_pb2.Basis
    party_a: str
    party_b: str
    accounts: tuple[Account, ...]
    balance: balances_pb2.Balance


def owed_by_id(found: balances_pb2.Balance) -> list[str]:
    """The commitments by which two parties owe one another something."""
    both = (found.outstanding_ab, found.outstanding_ba)
    return [
        each
        for owed in both
        for each in (*owed.active.commitments, *owed.contingent.commitments)
    ]


def opened(
    basis: cuts_pb2.Basis,
    found: balances_pb2.Balance,
    acts: Mapping[str, acts_pb2.ActView],
    owed: Mapping[str, standings_pb2.CommitmentStanding],
) -> Accounts:
    """The accounts of a balance. `acts` are those that tell of its deliveries, and `owed` the
    commitments of `owed_by_id`.
    """
    by_unit: dict[str, Account] = {}

    def account(unit: str) -> Account:
        return by_unit.setdefault(unit, Account(unit))

    both = (found.given_ab, found.given_ba)
    deliveries = [(each, given) for given in both for each in given.deliveries]
    for each, given in sorted(deliveries, key=lambda told: (told[0].day, told[0].entry_ids[0])):
        act = acts.get(each.weighed_by) or acts.get(each.entry_ids[0])
        occurred = act.act.occurred if act and len(each.entry_ids) == 1 else None
        for unit, amount in _amounts(each):
            there = account(unit)
            if given is found.given_ab:
                there.given_ab += amount
            else:
                there.given_ba += amount
            there.postings.append(
                Posting(
                    each.day,
                    occurred,
                    tuple(each.entry_ids),
                    act.act.title if act else "",
                    given.giver,
                    given.receiver,
                    amount,
                    there.given_ab,
                    there.given_ba,
                )
            )
    for promise in _promises(found, owed):
        quantity = promise.commitment.commitment.quantity
        there = account(quantity.unit)
        there.promises.append(promise)
        if promise.is_binding:
            if promise.debtor == found.party_a:
                there.owed_ab += promise.left
            else:
                there.owed_ba += promise.left
    in_order = sorted(by_unit.values(), key=lambda each: (each.unit == NO_UNIT, each.unit))
    return Accounts(basis, found.party_a, found.party_b, tuple(in_order), found)


def amount_text(amount: Fraction) -> str:
    """An exact amount: a decimal where it has an end, else n/m."""
    places, bottom = 0, amount.denominator
    for prime in (2, 5):
        power = 0
        while bottom % prime == 0:
            bottom, power = bottom // prime, power + 1
        places = max(places, power)
    if bottom != 1:
        return str(amount)
    whole = f"{abs(amount.numerator) * 10**places // amount.denominator:0{places + 1}d}"
    text = f"{whole[:-places]}.{whole[-places:]}" if places else whole
    return f"-{text}" if amount < 0 else text


def _amounts(each: balances_pb2.Delivery) -> Iterator[tuple[str, Fraction]]:
    if not each.quantities:
        yield NO_UNIT, Fraction(1)
    for told in each.quantities:
        yield told.unit, Fraction(told.value)


def _promises(
    found: balances_pb2.Balance, owed: Mapping[str, standings_pb2.CommitmentStanding]
) -> Iterator[Promised]:
    for side in (found.outstanding_ab, found.outstanding_ba):
        for bucket, is_binding in ((side.active, True), (side.contingent, False)):
            for entry_id in bucket.commitments:
                if (item := owed.get(entry_id)) is not None:
                    yield _promised(item, side, is_binding=is_binding)


def _promised(
    item: standings_pb2.CommitmentStanding, side: balances_pb2.Outstanding, *, is_binding: bool
) -> Promised:
    terms, stands = item.commitment, item.standing
    promised = Fraction(terms.quantity.value) if terms.HasField("quantity") else Fraction(1)
    share = Fraction(stands.share_at_least or stands.share or 0)
    return Promised(
        item,
        side.debtor,
        side.creditor,
        promised,
        promised * (1 - share),
        at_most=not stands.share,
        is_binding=is_binding,
    )


def by_weighed(found: balances_pb2.Balance) -> set[str]:
    """The acts that tell of deliveries."""
    deliveries: Iterable[balances_pb2.Delivery] = (
        *found.given_ab.deliveries,
        *found.given_ba.deliveries,
    )
    return {each.weighed_by or each.entry_ids[0] for each in deliveries}
