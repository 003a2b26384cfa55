"""Which entries of a picture a list has: those that its filter lets through, in its order.

The views tell which entries may be wanted; each is then looked at as it reads at the cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import overload

from ledger_service.application.listing import LazyList
from ledger_service.application.ordering import by_day
from ledger_service.application.taking_part import (
    acts_of,
    between,
    members_of,
    on_sides,
    one_may_do,
    taking_part,
    with_predecessors_of,
)
from ledger_service.domain.lifecycle.brief import Wanted, chosen, facts
from ledger_service.domain.lifecycle.reached_by import may_stand_in
from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.entries import Act, Commitment, Instrument
from ledger_service.domain.values.filters import ActFilter, CommitmentFilter, InstrumentFilter
from ledger_service.domain.values.stopping import looking

#: So many commitments are put in order, instead of being picked out of all, which come in
#: order.
_FEW_AMONG = 2_000


def commitments(picture: Picture, asked: CommitmentFilter) -> Sequence[VisibleEntry]:
    """The visible commitments that are wanted, by day, then id."""
    wanted = frozenset(map(picture.parties.one, asked.parties))
    instrument, lifecycles = asked.instrument, asked.lifecycles
    is_wanted = partial(_reads_as_wanted, picture, asked)

    def draw() -> Sequence[VisibleEntry]:
        if instrument:
            some: Iterable[str] = picture.history.sources(instrument)
        elif wanted:
            members = members_of(picture, with_predecessors_of(picture, wanted))
            some = picture.history.commitments(members)
        elif among is not None and len(among) <= _FEW_AMONG:
            some = sorted(among)
        else:
            return LazyList(partial(by_day, picture, Commitment))
        known = map(picture.commitment, picture.looked_up(some))
        return sorted((k for k in known if k and is_wanted(k)), key=lambda k: k.order)

    among = may_stand_in(picture.history, lifecycles) if lifecycles else None
    stands = Wanted(lifecycles)

    def stand_so() -> Sequence[VisibleEntry]:
        if not (instrument or wanted) and (among is None or len(among) > _FEW_AMONG):
            ids = chosen(picture, stands)
            if ids is not None:
                return LookedUp(picture, ids)
        return LazyList(pick)

    def pick() -> Iterator[VisibleEntry]:
        every = (known.id for known in draw())
        some = every if among is None else (each for each in every if each in among)
        for each, fact in facts(picture, some):
            if stands.is_met(fact) and (known := picture.commitment(each)):
                yield known

    return picture.keep(asked, stand_so if lifecycles else draw)


class LookedUp(Sequence[VisibleEntry]):
    """Visible commitments by their ids; those of a slice are fetched together."""

    def __init__(self, picture: Picture, ids: Sequence[str]) -> None:
        self._picture = picture
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> VisibleEntry: ...

    @overload
    def __getitem__(self, index: slice) -> list[VisibleEntry]: ...

    def __getitem__(self, index: int | slice) -> VisibleEntry | list[VisibleEntry]:
        if isinstance(index, slice):
            some = self._picture.looked_up(self._ids[index])
            return [self._known(each) for each in looking(some)]
        return self._known(self._ids[index])

    def _known(self, commitment: str) -> VisibleEntry:
        known = self._picture.commitment(commitment)
        assert known is not None
        return known


def has_commitment(picture: Picture, asked: CommitmentFilter, known: VisibleEntry) -> bool:
    """Whether a visible commitment is among those that `commitments` lists."""
    return _reads_as_wanted(picture, asked, known) and _stands_as_wanted(picture, asked, known)


def _reads_as_wanted(picture: Picture, asked: CommitmentFilter, known: VisibleEntry) -> bool:
    if asked.instrument and known.commitment.instrument != asked.instrument:
        return False
    wanted = frozenset(map(picture.parties.one, asked.parties))
    return not wanted or wanted <= on_sides(picture, known, wanted)


def _stands_as_wanted(picture: Picture, asked: CommitmentFilter, known: VisibleEntry) -> bool:
    lifecycles = asked.lifecycles
    return not lifecycles or standing(picture, known.id).lifecycle in lifecycles


def acts(picture: Picture, asked: ActFilter) -> Sequence[VisibleEntry]:
    """The visible acts that are wanted, by day, then id."""
    wanted = frozenset(map(picture.parties.one, asked.parties))
    ids, related_to, kinds = asked.entry_ids, asked.related_to, asked.kinds

    def is_wanted(act: VisibleEntry) -> bool:
        if kinds and act.act.kind not in kinds:
            return False
        if related_to and all(r.target != related_to for r in act.relations):
            return False
        return not wanted or wanted <= between(picture, act, wanted)

    def candidates() -> Iterator[str]:
        if ids:
            yield from sorted(ids)
        elif related_to:
            yield from picture.history.sources(related_to)
        else:
            yield from picture.looked_up(acts_of(picture, wanted, kinds))

    def draw() -> Sequence[VisibleEntry]:
        if not (ids or related_to or kinds) and one_may_do(picture, wanted):
            return LazyList(partial(by_day, picture, Act), is_wanted)
        some = map(picture.act, candidates())
        return sorted((a for a in some if a and is_wanted(a)), key=lambda a: a.order)

    return picture.keep(asked, draw)


def instruments(picture: Picture, asked: InstrumentFilter) -> Sequence[VisibleEntry]:
    """The visible instruments that are wanted, by day, then id."""
    wanted = asked.parties

    def draw() -> Sequence[VisibleEntry]:
        found = partial(by_day, picture, Instrument)
        if not wanted:
            return LazyList(found)
        return [each for each in found() if wanted <= taking_part(picture, each, wanted)]

    return picture.keep(asked, draw)
