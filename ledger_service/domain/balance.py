"""The reciprocity balance of two principals: what was given, and what is still owed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction

from ledger_service.domain.answers import (
    Balance,
    BalanceSummary,
    BalanceVariant,
    Bucket,
    Given,
    Lifecycle,
    Outstanding,
    Standing,
)
from ledger_service.domain.clusters import ACROSS, direction, ties
from ledger_service.domain.deliveries import (
    Measure,
    delivered,
    given,
    heads,
    nine_digits,
    stocks,
    told,
)
from ledger_service.domain.evidence import act_finding
from ledger_service.domain.moves import AUTHORITY_DOUBTFUL
from ledger_service.domain.picture import Known, Picture, by_day
from ledger_service.domain.scales import weigh
from ledger_service.domain.sides import sides
from ledger_service.domain.standing import grounds, standing
from ledger_service.domain.steps import step_order


def balance(picture: Picture, party_a: str, party_b: str, how: Measure) -> Balance:
    """The balance of two parties; a representative stands for its principal on the
    picture's day.
    """
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    return balance_of_principals(picture, a, b, how)


def balance_of_principals(picture: Picture, a: str, b: str, how: Measure) -> Balance:
    """The balance of two parties as those who stood for nobody else on the days of their
    acts: what a party did before it began to represent another one stays its own.
    """
    found = list(delivered(picture, _members(picture, a, b)))
    ab, ba = given(picture, found, a, b, how), given(picture, found, b, a, how)
    owed = [(k, standing(picture, k.id)) for k in _owed(picture, a, b)]
    why, in_doubt = picture.rests_on(lambda p: _rests_on(p, a, b))
    return Balance(
        party_a=a,
        party_b=b,
        given_ab=ab,
        given_ba=ba,
        reciprocity=reciprocity(ab.weight, ba.weight),
        outstanding_ab=_outstanding(picture, a, b, owed, how),
        outstanding_ba=_outstanding(picture, b, a, owed, how),
        steps=step_order(picture, ab, ba),
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
    """The totals of a balance counted and weighed in another way."""
    a = picture.parties.principal(party_a, picture.as_of)
    b = picture.parties.principal(party_b, picture.as_of)
    found = list(delivered(picture, _members(picture, a, b)))
    ab, ba = given(picture, found, a, b, how), given(picture, found, b, a, how)
    return BalanceSummary(variant, how.scale.version, ab.count, ba.count, ab.weight, ba.weight)


def pairs(picture: Picture) -> list[tuple[str, str]]:
    """The pairs of principals between whom something was given or is owed, in order."""
    found: set[tuple[str, str]] = set()
    for act in delivered(picture):
        givers, receiver = direction(picture, act)
        found |= {_pair(g, receiver) for g in givers if receiver and g != receiver}
    for commitment_id in picture.history.commitments():
        known = picture.commitment(commitment_id)
        if known and not known.commitment.mutual:
            parties = sides(picture, known)
            found |= {_pair(d, c) for d in parties.debtors for c in parties.creditors if d != c}
    return sorted(found)


def balances(picture: Picture, how: Measure) -> Iterator[Balance]:
    """The balance of every pair that has one, in order of the pairs."""
    for a, b in pairs(picture):
        yield balance_of_principals(picture, a, b, how)


def _pair(x: str, y: str) -> tuple[str, str]:
    return (x, y) if x < y else (y, x)


def _members(picture: Picture, a: str, b: str) -> Collection[str]:
    return picture.parties.members(a) | picture.parties.members(b)


def _owed(picture: Picture, a: str, b: str) -> Iterator[Known]:
    """The visible commitments by which one of two principals owes the other, by id. A
    mutual commitment weighs on neither side.
    """
    for commitment_id in sorted(picture.history.commitments(_members(picture, a, b))):
        known = picture.commitment(commitment_id)
        if known and not known.commitment.mutual and a != b:
            parties = sides(picture, known)
            if _owes(parties.debtors, parties.creditors, a, b):
                yield known


def _owes(debtors: Collection[str], creditors: Collection[str], a: str, b: str) -> bool:
    return (a in debtors and b in creditors) or (b in debtors and a in creditors)


def _outstanding(
    picture: Picture,
    debtor: str,
    creditor: str,
    owed: list[tuple[Known, Standing]],
    how: Measure,
) -> Outstanding:
    mine = [(k, s) for k, s in owed if debtor in s.debtors and creditor in s.creditors]
    active = [(k, s) for k, s in mine if s.lifecycle is Lifecycle.ACTIVE]
    return Outstanding(
        debtor,
        creditor,
        undated=_bucket(
            picture, [(k, s) for k, s in active if not {"due", "overdue"} & set(s.flags)], how
        ),
        due=_bucket(picture, [(k, s) for k, s in active if "due" in s.flags], how),
        overdue=_bucket(picture, [(k, s) for k, s in active if "overdue" in s.flags], how),
        contingent=_bucket(
            picture, [(k, s) for k, s in mine if s.lifecycle is Lifecycle.CONDITIONAL], how
        ),
    )


def _bucket(picture: Picture, owed: list[tuple[Known, Standing]], how: Measure) -> Bucket:
    total, unweighted = Fraction(0), []
    for known, stands in owed:
        weight = weigh(how.scale, known.commitment.consequent_code)
        if known.commitment.consequent_code is None or weight is None:
            unweighted.append(known.id)
        else:
            total += weight * (1 - stands.share_at_least)
    return Bucket(
        weight=total,
        at_most=any(s.share is None for _, s in owed),
        commitments=by_day(picture, {k.id for k, _ in owed}),
        unweighted=by_day(picture, set(unweighted)),
    )


def _rests_on(picture: Picture, a: str, b: str) -> set[str]:
    """Everything behind a balance: deliveries with what is said against them and what
    ties them together, the commitments that are owed, and those on which a delivery is
    kept. Without a refutation, or without a tie, more would count.
    """
    between = [
        act
        for act in told(picture, _members(picture, a, b))
        if heads(picture, act, a, b) or heads(picture, act, b, a)
    ]
    why: set[str] = set()
    for act in between:
        why |= {*act_finding(picture, act).because, *ties(picture, act)}
    owed = [k.id for k in _owed(picture, a, b)]
    for commitment in (*owed, *stocks(picture, between)):
        why |= grounds(picture, commitment)
    return why


def _flags(ab: Given, ba: Given) -> set[str]:
    found = {flag for d in (*ab.deliveries, *ba.deliveries) for flag in d.flags}
    return found & {ACROSS, AUTHORITY_DOUBTFUL}
