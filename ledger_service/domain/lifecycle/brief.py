"""Where commitments stand in brief: what lists are narrowed by, without the whole standing of
each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeAlias, TypeVar

from ledger_service.domain.lifecycle.standing import standing
from ledger_service.domain.picture.kept_facts import Fact, KeptFacts
from ledger_service.domain.picture.memo import ALL_OUT, CutPoint, Result
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.domain.values.stopping import looking

_VISIBLE = 1
_LIFECYCLES = {each: 1 << n for n, each in enumerate(Lifecycle, 1)}
_FLAGS = {each: 1 << n for n, each in enumerate(StandingFlag, 1 + len(Lifecycle))}
_NOWHERE = Fact(0, 0, 0)

#: So many are computed before a list that is chosen from what is kept; where more are lacking,
#: who draws the list computes them one by one.
_FEW_LACKING = 1_000
_SOME = 500

T = TypeVar("T")

#: A point of cuts as numbers: position, day of events, day of publication.
Point: TypeAlias = tuple[int, int, int]


class Wanted(NamedTuple):
    """Commitments in one of some lifecycles and with one of some flags; none means any."""

    lifecycles: Collection[Lifecycle] = ()
    flags: Collection[StandingFlag] = ()

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
        return _NOWHERE
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
            flags = frozenset(flags_of(fact))
            found.append(BriefStretch(day, end, lifecycle_of(fact), flags, due))
            day = end
        if day > last:
            return found
    return None


def chosen(picture: Picture, wanted: Wanted) -> list[str] | None:
    """The visible commitments that are wanted, by day, then id; None where so many would have
    to be computed for it that who draws the list does better with `facts`.
    """
    return _of_all(picture, lambda kept: kept.chosen(picture.cuts, wanted.marks))


def counts(picture: Picture) -> dict[Fact, int] | None:
    """How many visible commitments stand in the same way; None as `chosen` has it."""
    found = _of_all(picture, lambda kept: kept.counts(picture.cuts))
    if found is None:
        return None
    return {Fact(marks, 0, 0): number for marks, number in found.items() if marks & _VISIBLE}


def _of_all(picture: Picture, ask: Callable[[KeptFacts], T]) -> T | None:
    """What is asked of the facts of all commitments; None where they are not all kept."""
    kept = picture.history.kept_facts(picture.policy)
    if kept is None:
        return None
    forgotten = kept.forgotten
    # Of which numbers of `forgotten` all facts at the cuts of this picture were there.
    complete: list[int] = picture.keep("facts are complete", list)
    if forgotten not in complete:
        if not _complete(picture, kept):
            return None
        complete.append(forgotten)
    found = ask(kept)
    # What was forgotten meanwhile may be missing.
    return found if kept.forgotten == forgotten else None


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
    start: Point,
    since: int,
    most: int,
) -> list[Result]:
    """The facts of a commitment that was recorded at `since`, at all cuts up to a position, as
    far as they are found from neighbour to neighbour: first at `start`, then beyond the ends of
    what was found. At most so many.
    """
    found: list[Result] = []
    waiting, passed = [start], {start}
    while waiting and len(found) < most:
        point = waiting.pop(0)
        if any(_holds(each, point) for each in found):
            continue
        picture = picture_at(point)
        found.append(picture.found(partial(fact, picture, commitment_id)))
        new = [p for p in _beyond(found[-1], point, start[0], since) if p not in passed]
        waiting += new
        passed.update(new)
    return found


def _holds(found: Result, point: Point) -> bool:
    position, day, out = point
    return (
        found.position_first <= position < found.position_end
        and found.day_first <= day < found.day_end
        and found.published_first <= out < found.published_end
    )


def _beyond(found: Result, point: Point, last: int, since: int) -> Iterator[Point]:
    """The points next to what holds at a point, on each clock."""
    position, day, out = point
    for near in (found.day_end, found.day_first - 1):
        if 1 <= near <= ALL_OUT:
            yield position, near, out
    for near in (found.published_first - 1, found.published_end):
        if 1 <= near <= ALL_OUT:
            yield position, day, near
    for near in (found.position_first - 1, found.position_end):
        if since <= near <= last:
            yield near, day, out


def numbers(point: CutPoint) -> Point:
    """A point of cuts without what belongs to its history."""
    return point.position, point.day, point.published


def days(point: Point) -> tuple[date, date | None]:
    """The day of events and the day of publication of a point; None for no cut there."""
    _, day, out = point
    return date.fromordinal(day), None if out == ALL_OUT else date.fromordinal(out)
