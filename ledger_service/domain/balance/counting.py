"""Counts the fulfilments of one commitment as one delivery.

Twelve monthly shipments are no more than one dismantled reactor: what they weigh together is
the part of the promised deed that they make up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from ledger_service.domain.balance.deliveries import Delivered
from ledger_service.domain.balance.given import together
from ledger_service.domain.lifecycle.clusters import tied
from ledger_service.domain.lifecycle.undone import does_fulfil, left_of
from ledger_service.domain.picture.picture import Picture, by_day
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values import exact
from ledger_service.domain.values.entries import Nature, RelationKind
from ledger_service.domain.values.stopping import looking

#: The part that fulfilments make up is known only as a lower bound.
SHARE_AT_LEAST = "share_at_least"


class _Fulfilment(NamedTuple):
    """The commitment under which a deed counts, and the share that it makes up there, None
    when it is not known.
    """

    commitment: str
    share: Fraction | None


def by_commitments(picture: Picture, found: Iterable[Delivered]) -> list[Delivered]:
    """Delivered things, those that fulfil one commitment together as one, by day, then id.
    Stocks, and what fulfils no commitment, stay what they are. A deed that fulfils several
    counts under the one with the smallest id.
    """
    counted = list[Delivered]()
    shares: dict[tuple[str, str], list[tuple[Delivered, Fraction | None]]] = defaultdict(list)
    for told in looking(found):
        fulfils = None if told.stock else _fulfilment(picture, told)
        if fulfils is None:
            counted.append(told)
        else:
            shares[fulfils.commitment, told.giver].append((told, fulfils.share))
    for (commitment_id, _), parts in shares.items():
        commitment = picture.commitment(commitment_id)
        assert commitment is not None
        entries = by_day(picture, (entry for told, _ in parts for entry in told.entries))
        counted.append(_as_one(commitment, entries, parts))
    return sorted(counted, key=lambda d: d.order)


def _fulfilment(picture: Picture, told: Delivered) -> _Fulfilment | None:
    key = (told.id, told.entries)
    return picture.memoised("fulfilment", key, partial(_look_up, picture, told.entries))


def _look_up(picture: Picture, entries: tuple[str, ...]) -> _Fulfilment | None:
    """The first of the achievements that a delivered thing fulfils effectively, by any of the
    acts that tell of it.
    """
    first_act = picture.act(entries[0])
    assert first_act is not None
    told = [act for act in map(picture.act, tied(picture, first_act).acts) if act]
    fulfilled = {
        commitment.id
        for act in told
        for relation in act.relations
        if relation.kind is RelationKind.FULFILS
        and (commitment := picture.commitment(relation.target))
        and commitment.commitment.nature is Nature.ACHIEVEMENT
        and does_fulfil(picture, act, relation, commitment)
    }
    if not fulfilled:
        return None
    first = picture.commitment(min(fulfilled))
    assert first is not None
    return _Fulfilment(first.id, left_of(picture, told, first))


def _as_one(
    commitment: VisibleEntry,
    entries: tuple[str, ...],
    parts: list[tuple[Delivered, Fraction | None]],
) -> Delivered:
    """The fulfilments of one commitment, by day, as one delivered thing."""
    deeds = [told for told, _ in parts]
    first, last = deeds[0], deeds[-1]
    terms = commitment.commitment
    share, at_least = Fraction(0), False
    for _, each in looking(parts):
        share, at_least = share + (each or 0), at_least or each is None
        if exact.is_long(share):
            share, at_least = exact.down(share), True
    flags = {flag for told in deeds for flag in told.flags}
    if at_least and share < 1:
        flags.add(SHARE_AT_LEAST)
    return Delivered(
        giver=first.giver,
        entries=entries,
        id=commitment.id,
        day=last.day,
        first=last.first,
        last=last.last,
        code=terms.consequent_code or first.code,
        stock=False,
        satisfies=first.satisfies,
        flags=tuple(sorted(flags)),
        answers=frozenset().union(*(told.answers for told in deeds)),
        quantities=together(q for told in deeds for q in told.quantities),
        commitment=commitment.id,
        weighed_by=commitment.id if terms.consequent_code else first.id,
        part=min(Fraction(1), share),
    )
