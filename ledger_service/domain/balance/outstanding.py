"""What one principal still owes another: by who holds each side of a commitment on the day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeAlias

from ledger_service.domain.balance.debts import Debt, OwedCommitment
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.owed_plainly import PlainlyOwed, owed_plainly
from ledger_service.domain.lifecycle.grounds import own
from ledger_service.domain.lifecycle.sides import Sides, sides
from ledger_service.domain.lifecycle.standing import holders, standing
from ledger_service.domain.lifecycle.time_flags import URGENCIES, WHOLE, left, remaining
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import predecessors
from ledger_service.domain.picture.visible_entry import RestsOn, VisibleEntry
from ledger_service.domain.values.answers import (
    Bucket,
    CommitmentStanding,
    Lifecycle,
    Outstanding,
)
from ledger_service.domain.values.exact import number, total_at_most
from ledger_service.domain.values.scales import weigh
from ledger_service.domain.values.stopping import looking

#: How many commitments are looked at together by who may need one only.
_SOME = 100

_NOTHING = frozenset[str]()


#: The part of a commitment that is still to come with one degree of urgency, and its weight, if
#: there is one. There may be very many.
_Piece: TypeAlias = tuple[Debt, Fraction, Fraction | None]


def owed_between(picture: Picture, a: str, b: str) -> dict[str, OwedCommitment]:
    """The commitments by which one of two principals owes the other, by their ids: the plain
    ones, by day, then the others.
    """
    told, others = _looked_through(picture, a, b)
    some = picture.memoised_each("owed", (a, b), others, partial(_owing, picture, a, b))
    return told | {commitment: owed for commitment, owed in some.items() if owed}


def owed_one_by_one(picture: Picture, a: str, b: str) -> Iterator[OwedCommitment]:
    """The same, some at a time, for who needs only a few of them."""
    told, others = _looked_through(picture, a, b)
    yield from told.values()
    named = sorted(others)
    for start in range(0, len(named), _SOME):
        some = named[start : start + _SOME]
        found = picture.memoised_each("owed", (a, b), some, partial(_owing, picture, a, b))
        yield from (owed for each in some if (owed := found[each]))


def _looked_through(picture: Picture, a: str, b: str) -> PlainlyOwed:
    """What plain commitments leave to be done between two principals, and the others that name
    somebody of either.
    """
    between = picture.history.commitments_between(_line(picture, a), _line(picture, b))
    told = owed_plainly(picture, between.plain, a, b)
    return PlainlyOwed(told.found, [*between.others, *told.others])


def owing(picture: Picture, a: str, b: str, commitment: str) -> OwedCommitment | None:
    """A commitment, if by it one of two principals owes the other."""
    find = partial(_owing, picture, a, b, commitment)
    return picture.memoised("owing", (a, b, commitment), find)


def _line(picture: Picture, principal: str) -> frozenset[str]:
    """All who stand for a principal, or for somebody whom it succeeded, or may have succeeded."""
    members = picture.history.dealings().members
    line = {principal}
    for parties in (picture.parties, picture.widest.parties):
        line |= predecessors(parties, principal, picture.as_of)
    return frozenset[str]().union(*map(members, line))


def _owing(picture: Picture, a: str, b: str, commitment: str) -> OwedCommitment | None:
    def find(asked: Picture) -> tuple[RestsOn, _Between | None]:
        return RestsOn(set(), set()), _between(asked, a, b, commitment)

    _, between, widest = picture.rests_on(find)
    if between is None and widest is None:
        return None
    known = between.commitment if between else None
    debt = _debt(picture, a, b, between.commitment) if between and between.is_owed else None
    alone = own(picture, commitment)
    if alone.leads_to or alone.may_lead_to:
        return OwedCommitment(debt, widest is not None, depends=True, counts=known is not None)
    rests_on = filter(None, map(picture.known, alone.grounds.why)) if known else ()
    return OwedCommitment(
        debt,
        widest is not None,
        depends=False,
        counts=known is not None,
        why=tuple(sorted([entry.order for entry in rests_on])),
        in_doubt=alone.grounds.in_doubt if widest else _NOTHING,
    )


def _debt(picture: Picture, a: str, b: str, known: VisibleEntry) -> Debt:
    terms, stands = known.commitment, standing(picture, known.id)
    held, share, urgencies = stands.held_by, None, dict[str, Fraction]()
    if stands.lifecycle in (Lifecycle.CONDITIONAL, Lifecycle.ACTIVE):
        share = left(stands)
    if stands.lifecycle is Lifecycle.ACTIVE:
        answer = CommitmentStanding(known.id, known.version.version, terms, stands)
        urgencies = remaining(picture, answer)
    amount = terms.quantity
    return Debt(
        known.order,
        forth=a in held.debtors and b in held.creditors,
        back=b in held.debtors and a in held.creditors,
        code=terms.consequent_code,
        quantity=(amount.unit, number(amount.value)) if amount else None,
        left=share,
        at_most=stands.share is None,
        urgencies=tuple(urgencies.items()),
        is_active=stands.lifecycle is Lifecycle.ACTIVE,
    )


class _Between(NamedTuple):
    """A commitment that creates a debt between two principals, or would if nobody had left."""

    commitment: VisibleEntry
    is_owed: bool


def _between(picture: Picture, a: str, b: str, commitment: str) -> _Between | None:
    """The commitment, if it is visible and creates a debt between the two principals, or would
    if nobody had left; a mutual one creates none on either side.
    """
    known = picture.commitment(commitment)
    if known is None or known.commitment.mutual or a == b:
        return None

    def faces(held: Sides) -> bool:
        return (a in held.debtors and b in held.creditors) or (
            b in held.debtors and a in held.creditors
        )

    if faces(holders(picture, commitment)):
        return _Between(known, is_owed=True)
    if faces(sides(picture, known).held(picture.as_of)):
        return _Between(known, is_owed=False)
    return None


def outstanding(debtor: str, creditor: str, debts: Iterable[Debt], how: Measure) -> Outstanding:
    """What a principal still owes another one, by debts in the order of their commitments. Of
    instalments the part that is behind is overdue, and the rest due or scheduled.
    """
    active, contingent = list[_Piece](), list[_Piece]()
    urgent: dict[str, list[_Piece]] = {urgency: [] for urgency in URGENCIES}
    for debt in looking(debts):
        if debt.left is None:
            continue
        weight = weigh(how.scale, debt.code) if debt.code else None
        whole = (debt, WHOLE, weight) if debt.left is WHOLE else _piece(debt, debt.left, weight)
        (active if debt.is_active else contingent).append(whole)
        for urgency, part in debt.urgencies:
            is_whole = part is debt.left or part == debt.left
            urgent[urgency].append(whole if is_whole else _piece(debt, part, weight))
    return Outstanding(
        debtor,
        creditor,
        active=_bucket(active),
        contingent=_bucket(contingent),
        **{urgency: _bucket(pieces) for urgency, pieces in urgent.items()},
    )


def _piece(debt: Debt, part: Fraction, weight: Fraction | None) -> _Piece:
    if weight is not None and part is not WHOLE:
        weight *= part
    return debt, part, weight


_EMPTY = Bucket(Fraction(0), at_most=False, commitments=(), unweighted=())


def _bucket(owed: list[_Piece]) -> Bucket:
    if not owed:
        return _EMPTY
    weights = [of_it for _, _, of_it in owed if of_it is not None]
    weight, rounded = total_at_most(weights)
    measured = [(debt.quantity, part) for debt, part, _ in owed if debt.quantity is not None]
    amounts: dict[str, list[Fraction]] = {}
    for (unit, value), part in looking(measured):
        amounts.setdefault(unit, []).append(value * part)
    quantities = []
    for unit in sorted(amounts):
        amount, is_up = total_at_most(amounts[unit])
        rounded = rounded or is_up
        quantities.append((unit, amount))
    return Bucket(
        weight=weight,
        at_most=rounded or True in [debt.at_most for debt, _, _ in owed],
        commitments=tuple([debt.order[1] for debt, _, _ in owed]),
        unweighted=tuple([debt.order[1] for debt, _, of_it in owed if of_it is None])
        if len(weights) < len(owed)
        else (),
        quantities=tuple(quantities),
    )
