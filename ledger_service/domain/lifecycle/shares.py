"""How much of a commitment a deed makes up, or takes back."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Act, Quantity, Relation, RelationKind
from ledger_service.domain.values.exact import number

UNIT_DIFFERS = "unit_differs"


class Extent(NamedTuple):
    """A share of a commitment; None when it is not known. `unit_differs`: the deed is measured
    in another unit than what was promised, so that its share cannot be calculated.
    """

    share: Fraction | None = None
    unit_differs: bool = False


UNKNOWN = Extent()


def extent(picture: Picture, act: Act, relation: Relation, whole: Quantity | None) -> Extent:
    """The extent of an act that fulfils something of which `whole` was promised, or that takes
    something back: as it is stated, else the quotient of both quantities. Nothing says how a
    quantity is divided among several relations without an extent.
    """
    if relation.extent:
        return Extent(number(relation.extent))
    if whole is None or act.quantity is None:
        return UNKNOWN
    if act.quantity.unit != whole.unit:
        return Extent(unit_differs=True)
    if not _is_only_one(picture, act, relation.kind):
        return UNKNOWN
    return Extent(quotient(act.quantity.value, whole.value))


def quotient(part: str, whole: str) -> Fraction | None:
    """The share that one amount is of another one; None where there is no such share."""
    above, below = number(part), number(whole)
    return above / below if above >= 0 and below > 0 else None


def _is_only_one(picture: Picture, act: Act, kind: RelationKind) -> bool:
    """Whether a single relation of a kind has no extent, of those to what is visible."""
    found = [r for r in act.relations if r.kind is kind and not r.extent]
    return len(found) == 1 or len([r for r in found if picture.entry(r.target)]) == 1


def largest(extents: Iterable[Fraction | None], *, mutual: bool = False) -> Fraction | None:
    """The extent of a deed that several acts tell of; None when none of them knows it. In a
    mutual commitment a deed without an extent counts whole.
    """
    found = [Fraction(1) if mutual and each is None else each for each in extents]
    return max((each for each in found if each is not None), default=None)
