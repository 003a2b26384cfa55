"""The net cooperation series: all acts of any kind, by bin and direction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from ledger_service.domain.values.answers import Bin
from ledger_service.domain.values.entries import Act
from tests.reference.balance import Books
from tests.reference.same_as import cluster_of, common_day, common_span
from tests.reference.world import Seen


@dataclass
class Bucket:
    """One direction in one bin."""

    count: int = 0
    weight: Fraction = Fraction(0)
    cooperation: Fraction = Fraction(0)
    conflict: Fraction = Fraction(0)
    unweighted: int = 0
    entries: list[str] = field(default_factory=list)
    beyond: int = 0


def first_day(day: date, width: Bin) -> date:
    if width is Bin.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if width is Bin.MONTH else day


def flows(
    books: Books, a: str, b: str, width: Bin, days: tuple[date, date]
) -> dict[tuple[date, bool], Bucket]:
    """Buckets that hold anything, by the first day of the bin and whether it is a to b. A
    joint act counts in both directions, a cluster once, a refuted act not at all."""
    found: dict[tuple[date, bool], Bucket] = {}
    told: set[str] = set()
    acts = [
        act
        for act in sorted(books.world.acts.values(), key=lambda s: s.order)
        if toward(books, act, a, b) or toward(books, act, b, a)
    ]
    for act in acts:
        if act.id in told or is_refuted(books, act):
            continue
        cluster = cluster_of(books.world, act)
        members = [m for m in acts if m.id in cluster and not is_refuted(books, m)]
        told |= {m.id for m in members}
        day = common_day(books.world, members)
        if not books.passes(members) or not days[0] <= day <= days[1]:
            continue
        for giver, receiver in ((a, b), (b, a)):
            if toward(books, act, giver, receiver):
                bucket = found.setdefault((first_day(day, width), giver == a), Bucket())
                add(bucket, books, act)
                bucket.beyond += may_lie_in_other_bins(members, width)
                bucket.entries += [m.id for m in members]
    for bucket in found.values():
        bucket.entries.sort(key=lambda i: books.world.acts[i].order)
    return found


def may_lie_in_other_bins(members: list[Seen], width: Bin) -> bool:
    span = common_span(members)
    return span.first is None or first_day(span.first, width) != first_day(span.last, width)


def is_refuted(books: Books, act: Seen) -> bool:
    return books.findings[act.id].status == "refuted"


def toward(books: Books, act: Seen, giver: str, receiver: str) -> bool:
    assert isinstance(act.state, Act)
    if not act.state.counterparties:
        return False
    if books.goes(act, giver, receiver):
        return True
    return act.state.joint and books.goes(act, receiver, giver)


def add(bucket: Bucket, books: Books, act: Seen) -> None:
    assert isinstance(act.state, Act)
    weight = books.weigh(act.state.code)
    bucket.count += 1
    if weight is None:
        bucket.unweighted += 1
        return
    bucket.weight += weight
    bucket.cooperation += max(weight, Fraction(0))
    bucket.conflict += max(-weight, Fraction(0))
