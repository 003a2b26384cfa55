"""The standings of one commitment from day to day: each for as long as it lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from ledger_service.domain.lifecycle.standing import lasting_standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Standing

_ONE_DAY = timedelta(days=1)
#: Pictures of days that are kept: a page of an agenda is about few.
_DAYS = 64


@dataclass(frozen=True)
class Stretch:
    """Days on which a standing is the same, from `first` to before `end`; without an end it
    lasts for good. None: the commitment is not visible.
    """

    first: date
    end: date | None
    standing: Standing | None

    def has(self, day: date | None) -> bool:
        return day is not None and self.first <= day and (self.end is None or day < self.end)


class Days:
    """The pictures of days, at the same other cuts as one picture."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.on = lru_cache(_DAYS)(picture.on)

    def stretches(self, commitment: str, first: date, last: date) -> Iterator[Stretch]:
        """The standings of a commitment in order, from that of the day `first` up to those
        that begin on `last`. Two that follow one another may be the same.
        """
        known = self.picture.known(commitment)
        if known is None or known.since > last:
            return
        day = first
        if known.since > first:
            yield Stretch(first, known.since, None)
            day = known.since
        while True:
            found, changes = lasting_standing(self.on(day), commitment)
            yield Stretch(day, changes, found)
            if changes is None or changes > last:
                return
            day = changes


def before(day: date) -> date:
    """The day before, but for the first of the calendar."""
    return max(day, date.min + _ONE_DAY) - _ONE_DAY


def behind(day: date) -> date:
    """The day after, but for the last of the calendar."""
    return min(day, date.max - _ONE_DAY) + _ONE_DAY
