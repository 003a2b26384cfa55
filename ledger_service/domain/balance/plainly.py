"""Plain acts as they went from one principal to another: the same as all rules would find,
without asking each of them.

A plain act is visible from its day on, once one of its reports is. Nobody refutes it, ties it to
another one, or takes it back; it is attested, unless its very words are a claim.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from operator import attrgetter
from typing import TypeAlias

import msgspec

from ledger_service.domain.picture.parties import Stretches
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.plain_acts import PlainAct
from ledger_service.domain.values.stopping import looking

_DAY = attrgetter("day")

#: By which reports things are told, each by some.
Told: TypeAlias = AbstractSet[tuple[str, ...]]


class Went(msgspec.Struct, frozen=True, gc=False):
    """A plain act between two principals, a and b: whether it went from a to b, and back; a
    joint act went both ways.
    """

    act: PlainAct
    forth: bool
    back: bool


class PlainReading:
    """How a picture reads plain acts: which reports are visible, and for whom parties stand.
    It belongs to one picture.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        # Any thread adds to them; what two of them find out is the same. Who stands for one and
        # the same all days is in `_always`. What was `_looked_at` is in `_out` if it is visible.
        self._looked_at = set[str]()
        self._out = set[str]()
        self._stretches: dict[str, Stretches] = {}
        self._always: dict[str, str] = {}
        self._alone: dict[str, bool] = {}

    def __len__(self) -> int:
        return len(self._looked_at) + len(self._stretches) + len(self._alone)

    def went(
        self,
        acts: Sequence[PlainAct],
        a: str,
        b: str,
        days: tuple[date, date] = (date.min, date.max),
    ) -> Iterator[Went]:
        """Those of some acts, which must be by day, that are visible and went between two
        principals within some days.
        """
        return self._going(acts, a, b, days, self.visible)

    def doubtful(
        self,
        acts: Sequence[PlainAct],
        a: str,
        b: str,
        days: tuple[date, date] = (date.min, date.max),
    ) -> Iterator[Went]:
        """The same of those of which the dates of their reports leave open if they are visible,
        by what may have happened.
        """
        self._picture.here_alone()
        if not self.in_doubt({act.reports for act in acts}):
            return iter(())
        widest = plainly(self._picture.widest)
        return widest._going(acts, a, b, days, self.in_doubt)  # noqa: SLF001 - its own kind

    def _going(
        self,
        acts: Sequence[PlainAct],
        a: str,
        b: str,
        days: tuple[date, date],
        wanted_of: Callable[[Told], Told],
    ) -> Iterator[Went]:
        self._picture.here_alone()
        last = min(days[1], self._picture.as_of)
        start = bisect_left(acts, days[0], key=_DAY)
        end = bisect_right(acts, last, lo=start, key=_DAY)
        some = acts[start:end]
        wanted = wanted_of({act.reports for act in some})
        stands_for, always = self._stands_for, self._always
        for act in looking(some):
            if act.reports in wanted:
                actor, counterparty = act.actor, act.counterparty
                giver = always.get(actor) or stands_for(actor, act.day)
                receiver = always.get(counterparty) or stands_for(counterparty, act.day)
                if giver == a:
                    if receiver == b != a:
                        yield Went(act, True, act.joint)
                elif giver == b and receiver == a:
                    yield Went(act, act.joint, True)

    def visible(self, told: Told) -> Told:
        """Those of which one of the reports is visible."""
        out = self._out
        if new := {report for reports in told for report in reports} - self._looked_at:
            out |= self._picture.reported(new)
            self._looked_at |= new
        return {reports for reports in told if not out.isdisjoint(reports)}

    def in_doubt(self, told: Told) -> Told:
        """Those of which dates leave open if one of the reports is visible."""
        picture = self._picture
        certainly = self if picture.certain is picture else plainly(picture.certain)
        may = told - certainly.visible(told)
        return plainly(picture.widest).visible(may) if may else may

    def stands_alone(self, party: str) -> bool:
        """Whether nothing ties a party to others by which it would stand for one, be one, be
        succeeded by one or consist of some, on any day.
        """
        alone = self._alone.get(party)
        if alone is None:
            told = [each.parties.ties(party) for each in (self._picture, self._picture.widest)]
            alone = self._alone[party] = all(
                each.stands_alone and not each.reaches_further for each in told
            )
        return alone

    def _stands_for(self, party: str, day: date) -> str:
        stretches = self._stretches.get(party)
        if stretches is None:
            stretches = self._stretches[party] = self._picture.parties.over_time(party)
        if len(stretches) == 1:
            self._always[party] = stretches[0][1]
            return stretches[0][1]
        number = day.toordinal()
        return next(principal for end, principal in stretches if number < end)


def plainly(picture: Picture) -> PlainReading:
    """How a picture reads plain acts."""
    return picture.keep("plainly", lambda: PlainReading(picture))
