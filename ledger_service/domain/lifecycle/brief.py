"""Where commitments stand in brief: what lists are narrowed by, without the whole standing of
each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple, TypeAlias

from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.kept_facts import NOWHERE, Fact, KeptFacts, Placed
from ledger_service.domain.picture.memo import ALL_OUT, Result
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.domain.values.stopping import looking

_VISIBLE = 1
_LIFECYCLES = {each: 1 << n for n, each in enumerate(Lifecycle, 1)}
_FLAGS = {each: 1 << n for n, each in enumerate(StandingFlag, 1 + len(Lifecycle))}

#: So many are computed before a list that is chosen from what is kept; where more are lacking,
#: who draws the list computes them one by one.
_FEW_LACKING = 1_000
_SOME = 500
#: So many of a list are looked up together.
_AT_ONCE = 200

#: A point of cuts as numbers: position, day of events, day of publication.
Point: TypeAlias = tuple[int, int, int]


class Wanted(NamedTuple):
    """Commitments in one of some lifecycles and with one of some flags; none means any."""

    lifecycles: Collection[Lifecycle] = ()
    flags: Collection[StandingFlag] = ()

    @property
    def is_anywhere(self) -> bool:
        """Whether it does not matter where they stand."""
        return not self.lifecycles and not self.flags

    @property
    def marks(self) -> list[int]:
        """Bits, of each of which there must be one among the marks of a fact."""
        found = [_VISIBLE]
        if self.lifecycles:
            found.append(sum(_LIFECYCLES[each] for each in set(self.lifecycles)))
        if self.flags:
            found.append(sum(_FLAGS[each] for each in set(self.flags)))
        return found

    def is_met(self, fact: Fact) -> bool:
        """Whether a commitment of which this is a fact is wanted."""
        return all(fact.marks & each for each in self.marks)


def lifecycle_of(fact: Fact) -> Lifecycle | None:
    """The lifecycle that a fact tells; None where its commitment is not visible."""
    return next((each for each, bit in _LIFECYCLES.items() if fact.marks & bit), None)


def flags_of(fact: Fact) -> list[StandingFlag]:
    """The flags that a fact tells."""
    return [each for each, bit in _FLAGS.items() if fact.marks & bit]


def fact(picture: Picture, commitment_id: str) -> Fact:
    """The fact of a commitment, computed."""
    known = picture.commitment(commitment_id)
    if known is None:
        return NOWHERE
    stands = standing(picture, commitment_id)
    due = stands.due.to_day if stands.due else None
    return Fact(
        _VISIBLE
        | _LIFECYCLES[stands.lifecycle]
        | sum(_FLAGS[StandingFlag(each)] for each in stands.flags),
        known.day.toordinal(),
        due.toordinal() if due else 0,
    )


def facts(picture: Picture, commitments: Iterable[str]) -> Iterator[tuple[str, Fact]]:
    """Some commitments, each with its fact: from what is kept, else computed, and kept."""
    asked = iter(commitments)
    kept = picture.history.kept_facts(picture.policy)
    while some := list(islice(asked, _SOME)):
        there = kept.facts(picture.cuts, some) if kept else {}
        picture.history.expect([each for each in some if each not in there])
        for each in looking(some):
            yield each, there[each] if each in there else _computed(picture, each, kept)


class BriefStretch(NamedTuple):
    """Days on which a commitment stands so, from `first` to before `end`. Without a lifecycle it
    is not visible. `due` is the last day on which it is due, if it has one.
    """

    first: int
    end: int
    lifecycle: Lifecycle | None
    flags: frozenset[StandingFlag]
    due: date | None


def courses(
    picture: Picture, commitments: Collection[str], last: date
) -> dict[str, list[BriefStretch]]:
    """How some commitments stand from the day of a picture to a later one, of those of which
    that is kept for all of these days.
    """
    kept = picture.history.kept_facts(picture.policy)
    if kept is None or not commitments:
        return {}
    told = defaultdict[str, list[tuple[int, int, Fact]]](list)
    for each, begins, end, fact in kept.courses(picture.cuts, last.toordinal(), commitments):
        told[each].append((begins, end, fact))
    if len(told) < len(commitments):
        kept.ask_ahead()
    first = picture.as_of.toordinal()
    joined = {each: _joined(facts, first, last.toordinal()) for each, facts in told.items()}
    return {each: course for each, course in joined.items() if course}


@lru_cache(1_000)
def _standing(marks: int) -> tuple[Lifecycle | None, frozenset[StandingFlag]]:
    told = Fact(marks, 0, 0)
    return lifecycle_of(told), frozenset(flags_of(told))


def _joined(
    facts: Iterable[tuple[int, int, Fact]], day: int, last: int
) -> list[BriefStretch] | None:
    """Facts one behind the other, from a day to a last one; None where one is missing."""
    found = list[BriefStretch]()
    for first, end, fact in sorted(facts):
        if first > day:
            return None
        if end > day:
            due = date.fromordinal(fact.due) if fact.due else None
            found.append(BriefStretch(day, end, *_standing(fact.marks), due))
            day = end
        if day > last:
            return found
    return None


def are_kept(picture: Picture) -> bool:
    """Whether a fact of each commitment is kept that holds at the cuts of a picture. A few that
    lack are computed; where it is more, who draws a list does better with `facts`.
    """
    kept = picture.history.kept_facts(picture.policy)
    return kept is not None and _complete(picture, kept)


def chosen(picture: Picture, wanted: Wanted, *, backwards: bool = False) -> Iterator[str]:
    """The visible commitments that are wanted, by day, then id, as far as they are drawn. What
    is not kept is computed first.
    """
    kept = picture.history.kept_facts(picture.policy)
    behind: tuple[int, str] | None = None
    if kept is not None:
        forgotten = kept.forgotten
        is_there = _complete(picture, kept)
        while is_there:
            some = kept.chosen(
                picture.cuts, wanted.marks, behind, _AT_ONCE, backwards=backwards
            )
            if kept.forgotten != forgotten:
                break  # so some may be missing
            yield from (each for _, each in some)
            if len(some) < _AT_ONCE:
                return
            behind = some[-1]
    every = picture.history.commitments()
    found = [(fact.day, each) for each, fact in facts(picture, every) if wanted.is_met(fact)]
    for each in sorted(set(found), reverse=backwards):
        if behind is None or (each < behind if backwards else each > behind):
            yield each[1]


def every(picture: Picture, wanted: Wanted) -> Iterator[Placed]:
    """All visible commitments that are wanted, in no order, read some thousands at a time.
    What is not kept is computed.
    """
    kept = picture.history.kept_facts(picture.policy)
    rest: Iterable[str] | None = None
    if kept is not None:
        forgotten = kept.forgotten
        if _complete(picture, kept):
            behind = 0
            while True:
                some, following = kept.some(picture.cuts, wanted.marks, behind)
                if kept.forgotten != forgotten:
                    rest = kept.behind(behind)  # since some of these may be missing
                    break
                yield from looking(some)
                if not following:
                    return
                behind = following
    if rest is None:
        rest = dict.fromkeys(picture.history.commitments())
    for each, told in facts(picture, rest):
        if wanted.is_met(told):
            yield Placed(each, 0, told)


def _complete(picture: Picture, kept: KeptFacts) -> bool:
    """Computes what lacks at the cuts of a picture; False when it is too much."""
    lacking = kept.lacking(picture.cuts, _FEW_LACKING + 1)
    if lacking:
        kept.ask_ahead()
    if len(lacking) > _FEW_LACKING:
        return False
    for each in looking(picture.looked_up(lacking)):
        _computed(picture, each, kept)
    return True


def _computed(picture: Picture, commitment_id: str, kept: KeptFacts | None) -> Fact:
    found = picture.found(partial(fact, picture, commitment_id))
    if kept:
        kept.keep(commitment_id, [found])
    told: Fact = found.value
    return told


def facts_everywhere(
    picture_at: Callable[[Point], Picture],
    commitment_id: str,
    since: int,
    last: int,
    most: int,
) -> tuple[list[Result], bool]:
    """The facts of a commitment at all cuts with a position from `since`, at which it was
    recorded, to `last`: the latest first, and at most so many; and whether these are all.
    """
    found: list[Result] = []
    while point := _left_open(found, since, last):
        if len(found) == most:
            return found, False
        find = partial(fact, picture_at(point), commitment_id)
        found.append(picture_at(point).found(find))
    return found, True


def _left_open(found: Sequence[Result], since: int, last: int) -> Point | None:
    """The latest point at which none of some results holds; None where there is none."""
    days = _spans(1, ALL_OUT, [(each.day_first, each.day_end) for each in found])
    out = _spans(1, ALL_OUT, [(each.published_first, each.published_end) for each in found])
    positions = [(each.position_first, each.position_end) for each in found]
    for position, there in _spans(since, last, positions):
        for day, on_day in days:
            both = there & on_day
            for published, once_out in out:
                if not both & once_out:
                    return position, day, published
    return None


def _spans(first: int, last: int, results: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The last values of all spans in which the same results hold, from `last` down, each with
    the bits of these.
    """
    ends = {last, *(n - 1 for span in results for n in span if first < n <= last)}
    return [
        (end, sum(1 << n for n, span in enumerate(results) if span[0] <= end < span[1]))
        for end in sorted(ends, reverse=True)
    ]


def days(point: Point) -> tuple[date, date | None]:
    """The day of events and the day of publication of a point; None for no cut there."""
    _, day, out = point
    return date.fromordinal(day), None if out == ALL_OUT else date.fromordinal(out)
