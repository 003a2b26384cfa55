"""The reciprocity balance of two principals: what was given, and what is still owed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from ledger_service.domain.balance.deliveries import (
    Measure,
    Part,
    counted,
    given,
    nine_digits,
    parts,
)
from ledger_service.domain.balance.steps import step_order
from ledger_service.domain.lifecycle.clusters import ACROSS
from ledger_service.domain.lifecycle.grounds import grounds
from ledger_service.domain.lifecycle.moves import AUTHORITY_DOUBTFUL
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.picture import Picture, by_day
from ledger_service.domain.picture.visible_entry import RestsOn, VisibleEntry
from ledger_service.domain.values.answers import (
    Balance,
    BalanceSummary,
    BalanceVariant,
    Bucket,
    Given,
    Lifecycle,
    Outstanding,
    Standing,
)
from ledger_service.domain.values.exact import is_long, up
from ledger_service.domain.values.scales import weigh
from ledger_service.domain.values.stopping import looking


class OwedCommitment(NamedTuple):
    """A commitment by which one of two principals owes the other, or would owe it if
    everything had happened that may have happened. `standing` is there only when it is
    visible.
    """

    known: VisibleEntry | None
    standing: Standing | None
    may: bool


def balance(picture: Picture, party_a: str, party_b: str, how: Measure) -> Balance:
    """The balance of two parties. A representative counts as the principal that it stands for
    on the picture's day.
    """
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    return balance_of_principals(picture, a, b, how)


def balance_of_principals(picture: Picture, a: str, b: str, how: Measure) -> Balance:
    """The balance of two principals. An act counts for the principal for whom its actor stood
    on the day of the act; what a party did before it began to represent another one stays its
    own.
    """
    members = picture.parties.members(a) | picture.parties.members(b)
    told = parts(picture, members, a, b)
    steps = counted(told, how)
    today = picture.as_of
    ab, ba = (given(steps, x, y, how, today) for x, y in ((a, b), (b, a)))
    owed = _owed(picture, a, b)
    why, in_doubt = _together(picture, told, owed)
    return Balance(
        party_a=a,
        party_b=b,
        given_ab=ab,
        given_ba=ba,
        reciprocity=reciprocity(ab.weight, ba.weight),
        outstanding_ab=_outstanding(a, b, owed, how),
        outstanding_ba=_outstanding(b, a, owed, how),
        steps=step_order(steps, ab, ba, today),
        why=why,
        in_doubt=in_doubt,
        half_life_days=how.half_life_days,
        flags=tuple(sorted(_flags(ab, ba))),
    )


def reciprocity(x: Fraction, y: Fraction) -> float | None:
    """2 min / sum, from 0 (one side gave all) to 1 (Squartini et al. 2013); None when
    nothing was given or a weight is negative.
    """
    if x < 0 or y < 0 or x + y == 0:
        return None
    return nine_digits(float(2 * min(x, y) / (x + y)))


def summary(
    picture: Picture, party_a: str, party_b: str, how: Measure, variant: BalanceVariant
) -> BalanceSummary:
    """The totals of a balance under another way to count and weigh."""
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    members = picture.parties.members(a) | picture.parties.members(b)
    steps = counted(parts(picture, members, a, b), how)
    ab, ba = (given(steps, x, y, how, picture.as_of) for x, y in ((a, b), (b, a)))
    return BalanceSummary(variant, how.scale.version, ab.count, ba.count, ab.weight, ba.weight)


def pairs(picture: Picture) -> Iterator[tuple[str, str]]:
    """The pairs of principals between whom something was given or is owed, in order of their
    ids.
    """
    parties = picture.parties
    among = sorted(
        {
            (p, q) if p < q else (q, p)
            for x, y in looking(picture.history.dealings())
            for p, q in parties.together(x, y)
            if p != q
        }
    )
    return (pair for pair in among if _deal(picture, *pair))


def _deal(picture: Picture, a: str, b: str) -> bool:
    among = picture.parties.members(a) | picture.parties.members(b)
    return any(part.delivered for part in parts(picture, among, a, b)) or any(
        each.known for each in _owed(picture, a, b).values()
    )


def balances(picture: Picture, how: Measure) -> Iterator[Balance]:
    """The balance of every such pair, in the order of `pairs`."""
    for a, b in pairs(picture):
        yield balance_of_principals(picture, a, b, how)


def _owed(picture: Picture, a: str, b: str) -> dict[str, OwedCommitment]:
    """The commitments by which one of two principals owes the other, by id."""
    history, members = picture.history, picture.parties.members
    named = set(history.commitments(members(a))).intersection(history.commitments(members(b)))
    found = picture.memoised_each("owed", (a, b), named, partial(_owing, picture, a, b))
    return {commitment: owed for commitment, owed in sorted(found.items()) if owed}


def _owing(picture: Picture, a: str, b: str, commitment: str) -> OwedCommitment | None:
    def owes(asked: Picture) -> tuple[RestsOn, VisibleEntry | None]:
        return RestsOn(set(), set()), _owes(asked, a, b, commitment)

    _, known, widest = picture.rests_on(owes)
    if known is None:
        return OwedCommitment(None, None, may=True) if widest else None
    return OwedCommitment(known, standing(picture, commitment), may=widest is not None)


def _owes(picture: Picture, a: str, b: str, commitment: str) -> VisibleEntry | None:
    """The commitment, if it is visible and creates a debt between the two principals; a mutual
    one creates none on either side.
    """
    known = picture.commitment(commitment)
    if known is None or known.commitment.mutual or a == b:
        return None
    parties = sides(picture, known)
    owes = (a in parties.debtors and b in parties.creditors) or (
        b in parties.debtors and a in parties.creditors
    )
    return known if owes else None


def _together(
    picture: Picture, told: Iterable[Part], owed: Mapping[str, OwedCommitment]
) -> tuple[tuple[str, ...], int]:
    """The entries on which a balance rests, by day, then id, and how many of them lie in
    doubt.
    """
    commitments = {commitment for commitment, each in owed.items() if each.known}
    may = {commitment for commitment, each in owed.items() if each.may}
    why, in_doubt = set[str](), set[str]()
    for part in told:
        why |= part.rests_on.why
        in_doubt |= part.rests_on.in_doubt
        commitments |= part.kept
        may |= part.may_keep
    beside = grounds(picture, commitments, may)
    return by_day(picture, why | beside.why), len(in_doubt | beside.in_doubt)


def _outstanding(
    debtor: str, creditor: str, owed: Mapping[str, OwedCommitment], how: Measure
) -> Outstanding:
    mine = [
        (each.known, each.standing)
        for each in owed.values()
        if each.known and each.standing
        if debtor in each.standing.debtors and creditor in each.standing.creditors
    ]
    mine.sort(key=lambda each: each[0].order)
    active = [(k, s) for k, s in mine if s.lifecycle is Lifecycle.ACTIVE]
    return Outstanding(
        debtor,
        creditor,
        active=_bucket(active, how),
        undated=_bucket([(k, s) for k, s in active if "undated" in s.flags], how),
        scheduled=_bucket([(k, s) for k, s in active if "scheduled" in s.flags], how),
        due=_bucket([(k, s) for k, s in active if "due" in s.flags], how),
        overdue=_bucket([(k, s) for k, s in active if "overdue" in s.flags], how),
        not_yet_dated=_bucket([(k, s) for k, s in active if "not_yet_dated" in s.flags], how),
        maintenance=_bucket([(k, s) for k, s in active if "maintenance" in s.flags], how),
        contingent=_bucket(
            [(k, s) for k, s in mine if s.lifecycle is Lifecycle.CONDITIONAL], how
        ),
    )


def _bucket(owed: list[tuple[VisibleEntry, Standing]], how: Measure) -> Bucket:
    total, unweighted, rounded = Fraction(0), [], False
    for known, stands in looking(owed):
        weight = weigh(how.scale, known.commitment.consequent_code)
        if known.commitment.consequent_code is None or weight is None:
            unweighted.append(known.id)
        else:
            total += weight * (1 - stands.share_at_least)
            if is_long(total):
                total, rounded = up(total), True
    return Bucket(
        weight=total,
        at_most=rounded or any(s.share is None for _, s in owed),
        commitments=tuple(k.id for k, _ in owed),
        unweighted=tuple(unweighted),
    )


def _flags(ab: Given, ba: Given) -> set[str]:
    found = {flag for d in (*ab.deliveries, *ba.deliveries) for flag in d.flags}
    return found & {ACROSS, AUTHORITY_DOUBTFUL}
