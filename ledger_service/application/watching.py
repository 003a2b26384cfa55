"""The changes of standings in the order in which they came to be: step by step, each from one
moment of a ledger to the next.

A step is made by one request that was recorded, or by a day that began. Of a day on which
something was recorded the beginning comes before its first request. So the same steps follow
from the log whether they are watched as they come or caught up with later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from ledger_service.application.finding import has_commitment
from ledger_service.application.positions import End
from ledger_service.domain.balance.standing_changes import (
    StandingChange,
    eventful_days,
    standing_changes,
)
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import Act, Commitment, Instrument, Version
from ledger_service.domain.values.filters import CommitmentFilter
from ledger_service.domain.values.stopping import look, looking

_ONE_DAY = timedelta(days=1)
#: A run ends after so many requests and days that were looked at, or so many changes.
_LOOKED_AT, _CHANGES = 64, 1_000


class WatchedChange(StrEnum):
    """How a filter sees a change: the commitment passes it from now on, or as before and stands
    otherwise, or no longer.
    """

    ENTERED = "entered"
    CHANGED = "changed"
    LEFT = "left"


class Moment(NamedTuple):
    """What a ledger shows: what is recorded up to a position, as of a day."""

    position: int
    day: date


@dataclass(frozen=True)
class StandingsStep:
    """What changed from one moment to the next. `recorded_at` is when the position after it was
    recorded; None where a day began.
    """

    before: Moment
    after: Moment
    recorded_at: datetime | None
    changes: Sequence[StandingChange]
    #: By the parties that take part in each commitment, before or after, under all of their
    #: ids.
    by_party: Mapping[str, Sequence[StandingChange]]

    def about(self, wanted: CommitmentFilter) -> Sequence[StandingChange]:
        """The changes of commitments in which the parties may take part that are wanted, by id.
        Cheap.
        """
        if wanted.parties:
            return min((self.by_party.get(p, ()) for p in wanted.parties), key=len)
        sides_of = [some for some in (wanted.debtors, wanted.creditors) if some]
        if not sides_of:
            return self.changes
        some = min(sides_of, key=len)
        found = {c.entry_id: c for party in some for c in self.by_party.get(party, ())}
        return [found[entry_id] for entry_id in sorted(found)]


class StepBatch(NamedTuple):
    """The steps in which something changed, up to the moment that was reached."""

    steps: Sequence[StandingsStep]
    reached: Moment


class Watching:
    """`ends` gives the ends of the requests that end behind a position and at or before
    another one, in order; `history` what is recorded up to a position. A run looks at no more
    than `at_once` requests and days. All methods block, and may be called from any thread.
    """

    def __init__(
        self,
        ends: Callable[[int, int], Iterable[End]],
        history: Callable[[int], History],
        at_once: int = _LOOKED_AT,
    ) -> None:
        self._ends = ends
        self._history = history
        self._at_once = at_once

    def run(self, begin: Moment, upto: Moment) -> StepBatch:
        """The next steps behind a moment, and not beyond another one. It ends early when it
        has found much, or looked at much.
        """
        steps: list[StandingsStep] = []
        reached, found = begin, 0
        for looked, (before, after, recorded_at) in enumerate(self._path(begin, upto), 1):
            if before != after:
                step = self.step(before, after, recorded_at)
                if step.changes:
                    steps.append(step)
                    found += len(step.changes)
            reached = after
            if looked == self._at_once or found >= _CHANGES:
                break
        return StepBatch(steps, reached)

    def step(
        self, before: Moment, after: Moment, recorded_at: datetime | None
    ) -> StandingsStep:
        """What changed between two neighbouring moments."""
        then, now = self.picture(before), self.picture(after)
        changes = tuple(standing_changes(then, now))
        by_party: dict[str, list[StandingChange]] = defaultdict(list)
        for change in looking(changes):
            for party in change.parties:
                by_party[party].append(change)
        return StandingsStep(before, after, recorded_at, changes, dict(by_party))

    def wanted(
        self, step: StandingsStep, wanted: CommitmentFilter
    ) -> Iterator[tuple[StandingChange, WatchedChange]]:
        """The changes of a step that a filter sees, and how it sees them."""
        then, now = self.picture(step.before), self.picture(step.after)

        def passes(picture: Picture, commitment_id: str) -> bool:
            known = picture.commitment(commitment_id)
            return known is not None and has_commitment(picture, wanted, known)

        for change in looking(step.about(wanted)):
            was, is_ = passes(then, change.entry_id), passes(now, change.entry_id)
            if was and is_ and change.is_turn:
                yield change, WatchedChange.CHANGED
            elif was != is_:
                yield change, WatchedChange.ENTERED if is_ else WatchedChange.LEFT

    def picture(self, moment: Moment) -> Picture:
        """What a moment shows."""
        return Picture(self._history(moment.position), moment.day)

    def versions(self, step: StandingsStep, change: StandingChange) -> list[Version]:
        """The versions because of which a commitment changed in a step: of each entry those
        that were recorded in it, or else those of reports that tell of it; where none was, as
        when a day began, the last one that it has.
        """
        history, found = self._history(step.after.position), dict[int, Version]()

        def new(entry_id: str) -> list[Version]:
            return [
                each
                for each in history.versions(entry_id)
                if each.position > step.before.position
            ]

        for entry_id in change.because:
            versions = new(entry_id)
            last = history.versions(entry_id)[-1]
            if not versions and isinstance(last.state, Act | Commitment | Instrument):
                reports = dict.fromkeys(each.report for each in last.state.evidence)
                versions = [each for report in reports for each in new(report)]
            found.update((each.position, each) for each in versions or [last])
        return [*found.values()]

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
