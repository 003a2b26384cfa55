"""The changes of standings in the order in which they came to be: step by step, each from one
moment of a ledger to the next.

A step is made by one request that was recorded, or by a day that began. Of a day on which
something was recorded the beginning comes before its first request. So the same steps follow
from the log whether they are watched as they come or caught up with later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import NamedTuple

from ledger_service.application.positions import End
from ledger_service.domain.balance.standing_changes import (
    StandingChange,
    eventful_days,
    standing_changes,
)
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.stopping import look

_ONE_DAY = timedelta(days=1)
#: A run ends after so many requests and days that were looked at, or so many changes.
_LOOKED_AT, _CHANGES = 64, 1_000


class Moment(NamedTuple):
    """What a ledger shows: what is recorded up to a position, as of a day."""

    position: int
    day: date


@dataclass(frozen=True)
class Step:
    """What changed from one moment to the next. `recorded_at` is when the position after it was
    recorded; None where a day began.
    """

    before: Moment
    after: Moment
    recorded_at: datetime | None
    changes: Sequence[StandingChange]
    #: The parties that stand on a side of each commitment, before or after, under all of their
    #: ids.
    parties: Mapping[str, Collection[str]]

    def about(self, parties: Collection[str]) -> Sequence[StandingChange]:
        """The changes of commitments on whose sides each of the parties may stand."""
        if not parties:
            return self.changes
        found = [self._by_party.get(party, ()) for party in parties]
        first, *others = sorted(found, key=len)
        return [c for c in first if all(c in other for other in others)]

    @cached_property
    def _by_party(self) -> Mapping[str, Sequence[StandingChange]]:
        found: dict[str, list[StandingChange]] = defaultdict(list)
        for change in self.changes:
            for party in self.parties[change.entry_id]:
                found[party].append(change)
        return found


class Run(NamedTuple):
    """The steps in which something changed, up to the moment that was reached."""

    steps: Sequence[Step]
    reached: Moment


class Watching:
    """`ends` gives the ends of the requests that end behind a position and at or before
    another one, in order; `history` what is recorded up to a position. All methods block, and
    may be called from any thread.
    """

    def __init__(
        self,
        ends: Callable[[int, int], Iterable[End]],
        history: Callable[[int], History],
    ) -> None:
        self._ends = ends
        self._history = history

    def run(self, begin: Moment, upto: Moment) -> Run:
        """The next steps behind a moment, and not beyond another one. It ends early when it
        has found much, or looked at much.
        """
        steps: list[Step] = []
        reached, found = begin, 0
        for looked, (before, after, recorded_at) in enumerate(self._path(begin, upto), 1):
            if before != after:
                step = self.step(before, after, recorded_at)
                if step.changes:
                    steps.append(step)
                    found += len(step.changes)
            reached = after
            if looked == _LOOKED_AT or found >= _CHANGES:
                break
        return Run(steps, reached)

    def step(self, before: Moment, after: Moment, recorded_at: datetime | None) -> Step:
        """What changed between two neighbouring moments."""
        then, now = self.picture(before), self.picture(after)
        changes = tuple(standing_changes(then, now))
        parties = {
            each.entry_id: frozenset(
                party for picture in (then, now) for party in _parties(picture, each.entry_id)
            )
            for each in changes
        }
        return Step(before, after, recorded_at, changes, parties)

    def picture(self, moment: Moment) -> Picture:
        """What a moment shows."""
        return Picture(self._history(moment.position), moment.day)

    def versions(self, step: Step, change: StandingChange) -> list[Version]:
        """The versions because of which a commitment changed in a step: of each entry those
        that were recorded in it; where it was seen by the beginning of the day alone, its last.
        """
        history, found = self._history(step.after.position), list[Version]()
        for entry_id in change.because:
            versions = history.versions(entry_id)
            new = [v for v in versions if v.position > step.before.position]
            found += new or versions[-1:]
        return found

    def _path(
        self, begin: Moment, upto: Moment
    ) -> Iterator[tuple[Moment, Moment, datetime | None]]:
        """The moments that follow one another, each behind the one from which it is seen. What
        is passed over in between shows no change.
        """
        moment = begin
        for end in self._ends(begin.position, upto.position):
            look()
            assert end.recorded_at is not None
            for before, after in self._days(moment, end.recorded_at.date()):
                yield before, after, None
                moment = after
            after = Moment(end.position, moment.day)
            yield moment, after, end.recorded_at
            moment = after
        for before, after in self._days(moment, upto.day):
            yield before, after, None

    def _days(self, moment: Moment, last: date) -> Iterator[tuple[Moment, Moment]]:
        """The days behind a moment, up to the last one, on which something may change; and the
        last one in any case.
        """
        position, seen = moment
        for day in eventful_days(partial(self._on, position), seen, last):
            yield Moment(position, day - _ONE_DAY), Moment(position, day)
            seen = day
        if seen < last:
            yield Moment(position, last), Moment(position, last)

    def _on(self, position: int, day: date) -> Picture:
        return self.picture(Moment(position, day))


def _parties(picture: Picture, commitment_id: str) -> Iterator[str]:
    """The parties on the sides of a commitment, and those for whom they stand."""
    known = picture.commitment(commitment_id)
    if known is None:
        return
    named = (*known.commitment.debtors, *known.commitment.creditors)
    on_sides = sides(picture, known).on(picture.as_of).all
    for party in picture.parties.paths(named, known.day) | on_sides:
        yield from picture.parties.ids(party)
