"""What one principal still owes another: by who holds each side of a commitment on the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.lifecycle.standing import holders, standing
from ledger_service.domain.lifecycle.time_flags import URGENCIES, left, remaining
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.successions import predecessors
from ledger_service.domain.picture.visible_entry import RestsOn, VisibleEntry
from ledger_service.domain.values.answers import (
    Bucket,
    CommitmentStanding,
    Lifecycle,
    Outstanding,
    Standing,
)
from ledger_service.domain.values.exact import is_long, number, up
from ledger_service.domain.values.scales import weigh
from ledger_service.domain.values.stopping import looking

#: How many commitments are looked at together by who may need one only.
_SOME = 100


class OwedCommitment(NamedTuple):
    """A commitment by which one of two principals owes the other, or would owe it if
    everything had happened that may have happened. `standing` is there only when it is
    visible.
    """

    known: VisibleEntry | None
    standing: Standing | None
    may: bool


class _Piece(NamedTuple):
    """The part of a commitment that is still to come with one degree of urgency, and its
    weight, if there is one.
    """

    known: VisibleEntry
    part: Fraction
    at_most: bool
    weight: Fraction | None


def owed_between(picture: Picture, a: str, b: str) -> dict[str, OwedCommitment]:
    """The commitments by which one of two principals owes the other, by id."""
    named = _that_name(picture, a).intersection(_that_name(picture, b))
    found = picture.memoised_each("owed", (a, b), named, partial(_owing, picture, a, b))
    return {commitment: owed for commitment, owed in sorted(found.items()) if owed}


def owed_one_by_one(picture: Picture, a: str, b: str) -> Iterator[OwedCommitment]:
    """The same, some at a time, for who needs only a few of them."""
    named = sorted(_that_name(picture, a).intersection(_that_name(picture, b)))
    for start in range(0, len(named), _SOME):
        some = named[start : start + _SOME]
        found = picture.memoised_each("owed", (a, b), some, partial(_owing, picture, a, b))
        yield from (owed for each in some if (owed := found[each]))


def _that_name(picture: Picture, principal: str) -> set[str]:
    """The commitments that name somebody who stands for a principal, or for somebody whom it
    succeeded.
    """
    members = picture.history.dealings().members
    line = (principal, *predecessors(picture.parties, principal, picture.as_of))
    return {
        commitment for each in line for commitment in picture.history.commitments(members(each))
    }


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
    held = holders(picture, commitment)
    owes = (a in held.debtors and b in held.creditors) or (
        b in held.debtors and a in held.creditors
    )
    return known if owes else None


def outstanding(
    picture: Picture,
    debtor: str,
    creditor: str,
    owed: Mapping[str, OwedCommitment],
    how: Measure,
) -> Outstanding:
    """What a principal still owes another one. Of instalments the part that is behind is
    overdue, and the rest due or scheduled.
    """
    mine = [
        (each.known, each.standing)
        for each in owed.values()
        if each.known and each.standing
        if debtor in each.standing.held_by.debtors
        and creditor in each.standing.held_by.creditors
    ]
    mine.sort(key=lambda each: each[0].order)
    active, contingent = list[_Piece](), list[_Piece]()
    urgent: dict[str, list[_Piece]] = defaultdict(list)
    for known, stands in looking(mine):
        if stands.lifecycle is Lifecycle.CONDITIONAL:
            contingent.append(_piece(known, stands, left(stands), how))
        elif stands.lifecycle is Lifecycle.ACTIVE:
            whole = _piece(known, stands, left(stands), how)
            active.append(whole)
            answer = CommitmentStanding(
                known.id, known.version.version, known.commitment, stands
            )
            for urgency, part in remaining(picture, answer).items():
                is_whole = part == whole.part
                urgent[urgency].append(whole if is_whole else _piece(known, stands, part, how))
    return Outstanding(
        debtor,
        creditor,
        active=_bucket(active),
        contingent=_bucket(contingent),
        **{urgency: _bucket(urgent[urgency]) for urgency in URGENCIES},
    )


def _piece(known: VisibleEntry, stands: Standing, part: Fraction, how: Measure) -> _Piece:
    code = known.commitment.consequent_code
    weight = weigh(how.scale, code) if code else None
    if weight is not None and part != 1:
        weight *= part
    return _Piece(known, part, stands.share is None, weight)


_EMPTY = Bucket(Fraction(0), at_most=False, commitments=(), unweighted=())


def _bucket(owed: list[_Piece]) -> Bucket:
    if not owed:
        return _EMPTY
    weight, rounded = Fraction(0), False
    unweighted = list[str]()
    amounts: dict[str, Fraction] = {}
    for known, part, _, of_it in looking(owed):
        if of_it is None:
            unweighted.append(known.id)
        else:
            weight += of_it
            if is_long(weight):
                weight, rounded = up(weight), True
        quantity = known.commitment.quantity
        if quantity:
            unit, value = quantity.unit, number(quantity.value)
            amount = amounts.get(unit, Fraction(0)) + value * part
            if is_long(amount):
                amount, rounded = up(amount), True
            amounts[unit] = amount
    return Bucket(
        weight=weight,
        at_most=rounded or any(piece.at_most for piece in owed),
        commitments=tuple([piece.known.id for piece in owed]),
        unweighted=tuple(unweighted),
        quantities=tuple(sorted(amounts.items())) if amounts else (),
    )
