"""Counts and weighs what one principal gave to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from math import fsum
from operator import itemgetter

from ledger_service.domain.balance.deliveries import WHOLE, Contribution, Delivered, Measure
from ledger_service.domain.values import exact
from ledger_service.domain.values.answers import CountBy, Delivery, Given, Quantities
from ledger_service.domain.values.scales import weigh
from ledger_service.domain.values.stopping import looking


def given(
    found: Sequence[Delivered], giver: str, receiver: str, how: Measure, today: date
) -> Given:
    """What a principal gave to another one, from delivered things in order."""
    mine = [told for told in found if told.giver == giver]
    deliveries = tuple([_delivery(told, how, today) for told in looking(mine)])
    amounts = [amount for told in mine if told.quantities for amount in told.quantities]
    decayed = None
    if how.half_life_days is not None:
        decayed = nine_digits(fsum(_decayed(told, how, today) or 0.0 for told in mine))
    return Given(
        giver,
        receiver,
        deliveries,
        weight=_sum([d.weight for d in deliveries if d.weight is not None], how),
        decayed_weight=decayed,
        quantities=together(amounts) if amounts else (),
        flags=tuple(sorted({flag for d in deliveries if d.flags for flag in d.flags})),
    )


def _sum(weights: Sequence[Fraction], how: Measure) -> Fraction:
    """The exact sum of weights. Those of commitments may be parts of others: their sum is
    rounded down where it has too many digits.
    """
    if how.count_by is CountBy.DEEDS:
        return exact.total(weights)
    whole = Fraction(0)
    for weight in looking(weights):
        whole += weight
        if exact.is_long(whole):
            whole = exact.down(whole)
    return whole


def together(amounts: Iterable[tuple[str, Fraction]]) -> Quantities:
    """Amounts, summed by unit, in the order of the units."""
    by_unit: dict[str, list[Fraction]] = defaultdict(list)
    for unit, amount in amounts:
        by_unit[unit].append(amount)
    return tuple((unit, exact.total(by_unit[unit])) for unit in sorted(by_unit))


def counted(found: Iterable[Contribution], how: Measure) -> list[Delivered]:
    """The delivered things that count under a measure, by day, then id."""
    evidence = how.evidence
    counts = [
        ((each.day, each.id), each)
        for part in looking(found)
        for each in part.delivered
        if evidence in each.satisfies
    ]
    counts.sort(key=itemgetter(0))
    return [each for _, each in counts]


def _delivery(told: Delivered, how: Measure, today: date) -> Delivery:
    decayed = None
    if how.half_life_days is not None and (left := _decayed(told, how, today)) is not None:
        decayed = nine_digits(left)
    # By their places, as with what was delivered.
    return Delivery(
        told.entries,
        told.weighed_by,
        told.day,
        _weight(told, how),
        decayed,
        told.flags,
        told.commitment,
        told.quantities,
    )


def _weight(told: Delivered, how: Measure) -> Fraction | None:
    weight = weigh(how.scale, told.code)
    return weight if weight is None or told.part is WHOLE else weight * told.part


def _decayed(told: Delivered, how: Measure, today: date) -> float | None:
    if how.half_life_days is None:
        return None
    weight = _weight(told, how)
    if weight is None or told.stock:
        return None if weight is None else float(weight)
    return float(weight) * decay(today, told.day, how.half_life_days)


def decay(today: date, day: date, half_life_days: Fraction) -> float:
    """2^(-(t - t_e) / h): the part of the weight of a gesture that is left after some days
    (Brandes, Lerner and Snijders 2009).
    """
    return float(2.0 ** (-(today - day).days / float(half_life_days)))


def nine_digits(value: float) -> float:
    """A number, rounded to 9 significant digits."""
    return float(f"{value:.9g}")
