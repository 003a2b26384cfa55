"""How much of a commitment a deed makes up, or takes back."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ledger_service.domain.values.entries import Act, Commitment, Quantity, Relation
from ledger_service.domain.values.exact import number

UNIT_DIFFERS = "unit_differs"


class Extent(NamedTuple):
    """A share of a commitment; None when it is not known. `unit_differs`: the deed is measured
    in another unit than what was promised, so that its share cannot be calculated.
    """

    share: Fraction | None = None
    unit_differs: bool = False


UNKNOWN = Extent()


def extent(terms: Commitment, act: Act, relation: Relation) -> Extent:
    """The extent of an act that fulfils a commitment, or that takes a fulfilment back: as it is
    stated, else the quotient of both quantities. Nothing says how a quantity is divided among
    several relations without an extent. A mutual commitment is fulfilled by deeds, not by
    amounts.
    """
    if relation.extent:
        return Extent(number(relation.extent))
    if terms.quantity is None or act.quantity is None or terms.mutual:
        return UNKNOWN
    if len([r for r in act.relations if r.kind is relation.kind and not r.extent]) > 1:
        return UNKNOWN
    return quotient(act.quantity, terms.quantity)


def quotient(part: Quantity, whole: Quantity) -> Extent:
    """The share that one quantity is of another one."""
    if part.unit != whole.unit:
        return Extent(unit_differs=True)
    above, below = number(part.value), number(whole.value)
    return Extent(above / below) if above >= 0 and below > 0 else UNKNOWN


def largest(extents: Iterable[Fraction | None], *, mutual: bool = False) -> Fraction | None:
    """The extent of a deed that several acts tell of; None when none of them knows it. In a
    mutual commitment a deed without an extent counts whole.
    """
    found = [Fraction(1) if mutual and each is None else each for each in extents]
    return max((each for each in found if each is not None), default=None)
