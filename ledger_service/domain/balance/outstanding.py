"""What one principal still owes another: by who holds each side of a commitment on the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import partial
from operator import attrgetter
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


class Owed(NamedTuple):
    """The commitments by which one of two principals owes the other: what is told of the plain
    ones, and the others by their ids.
    """

    plainly: PlainlyOwed
    others: Mapping[str, OwedCommitment]

    def debts(self) -> list[Debt]:
        """What they leave to be done, by day, then id."""
        debts = self.plainly.debts
        if self.others:
            debts = [*debts, *filter(None, [each.debt for each in self.others.values()])]
        return sorted(debts, key=attrgetter("order"))


def owed_between(picture: Picture, a: str, b: str) -> Owed:
    """The commitments by which one of two principals owes the other."""
    told = _looked_through(picture, a, b)
    found = _some_owed(picture, a, b, told.others)
    return Owed(told, {each: owed for each in told.others if (owed := found[each])})


def is_owed(picture: Picture, a: str, b: str) -> bool:
    """Whether one of two principals owes the other by a visible commitment. They are looked at
    some at a time.
    """
    told = _looked_through(picture, a, b)
    if told.debts:
        return True
    named = sorted(told.others)
    for start in range(0, len(named), _SOME):
        some = named[start : start + _SOME]
        found = _some_owed(picture, a, b, some)
        if any(owed.debt for each in some if (owed := found[each])):
            return True
    return False


def _some_owed(
    picture: Picture, a: str, b: str, some: list[str]
) -> dict[str, OwedCommitment | None]:
    find = partial(_owing, picture, a, b)
    return picture.memoised_each("owed", (a, b), some, find) if some else {}


def _looked_through(picture: Picture, a: str, b: str) -> PlainlyOwed:
    """What plain commitments leave to be done between two principals, and the others that name
    somebody of either.
    """
    between = picture.history.commitments_between(line(picture, a), line(picture, b))
    told = owed_plainly(picture, between.plain, a, b)
    told.others.extend(between.others)
    return told


def owing(picture: Picture, a: str, b: str, commitment: str) -> OwedCommitment | None:
    """A commitment, if by it one of two principals owes the other."""
    find = partial(_owing, picture, a, b, commitment)
    return picture.memoised("owing", (a, b, commitment), find)


def line(picture: Picture, principal: str) -> frozenset[str]:
    """All who stand for a principal, or for somebody whom it succeeded, or may have succeeded."""
    members = picture.history.dealings().members
    found = {principal}
    for parties in (picture.parties, picture.widest.parties):
        found |= predecessors(parties, principal, picture.as_of)
    return frozenset[str]().union(*map(members, found))


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
    scale = how.scale
    for debt in looking(debts):
        share, code = debt.left, debt.code
        if share is None:
            continue
        weight = weigh(scale, code) if code else None
        whole = (debt, WHOLE, weight) if share is WHOLE else _piece(debt, share, weight)
        if debt.is_active:
            active.append(whole)
        else:
            contingent.append(whole)
        for urgency, part in debt.urgencies:
            is_whole = part is share or part == share
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
        weight = part if weight == 1 else weight * part
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
