"""An agenda as it is asked for: of some days and parties, with what is overdue before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache, partial

from ledger_service.application import finding
from ledger_service.application.listing import ChainedSequence, LazyList, MappedSequence
from ledger_service.domain.agenda.agenda import ahead
from ledger_service.domain.agenda.items import overdue
from ledger_service.domain.agenda.walking import Days
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.taking_part import Sought, taking_part
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.agenda import (
    DAYS,
    AgendaAsked,
    AgendaDays,
    AgendaItem,
    AgendaKind,
)
from ledger_service.domain.values.filters import CommitmentFilter
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.domain.values.refusals import Invalid, Violation

_TERM = timedelta(days=DAYS - 1)
#: Of so many days it is kept who is looked for.
_SOUGHT = 64


def days_of(asked: AgendaAsked, as_of: date) -> AgendaDays:
    """The days that are asked about. Raises Invalid for a range that is none, or begins before
    the day of the cuts.
    """
    first = asked.from_day or as_of
    if first < as_of:
        problem = (
            f"{first} is before {as_of}, the day of the cuts, and an agenda looks ahead. Ask "
            "as of this day too."
        )
        raise Invalid((Violation("from_day", problem),))
    last = asked.to_day or first + min(_TERM, date.max - first)
    if last < first:
        problem = f"{last} is before {first}, the first day. Name that day or a later one."
        raise Invalid((Violation("to_day", problem),))
    return AgendaDays(first, last)


def agenda(
    picture: Picture, on_first: Picture, asked: AgendaAsked, days: AgendaDays
) -> Sequence[AgendaItem]:
    """What is overdue on the first of some days, then what these bring. `on_first` is the
    picture of the first day.
    """
    wanted = frozenset(map(picture.parties.one, asked.parties))

    def brings() -> Iterator[AgendaItem]:
        taken = _TakingPart(picture, wanted)
        for item in ahead(picture, days.first, days.last, taken.is_wanted):
            if (not asked.kinds or item.kind in asked.kinds) and taken.is_wanted_on(item):
                yield told(item, taken.on(item.day))

    def told(item: AgendaItem, on_day: Picture) -> AgendaItem:
        known = on_day.known(item.commitment or item.instrument) if asked.parties else None
        if known is None:
            return item
        return replace(item, taking_part=taking_part(on_day, known, asked.parties))

    def behind() -> Sequence[AgendaItem]:
        late = CommitmentFilter(parties=asked.parties, flags=frozenset({StandingFlag.OVERDUE}))
        if asked.kinds and AgendaKind.OVERDUE not in asked.kinds:
            return ()
        seen = Days(picture)
        return MappedSequence(
            finding.commitments(on_first, late),
            lambda known: told(overdue(seen, known, days.first), on_first),
        )

    return ChainedSequence(
        behind, lambda: picture.keep(("agenda", asked, days), partial(LazyList, brings))
    )


class _TakingPart:
    """Whether some parties take part in what an agenda tells of."""

    def __init__(self, picture: Picture, wanted: frozenset[str]) -> None:
        self._days = Days(picture)
        self._wanted = wanted
        self._sought = lru_cache(_SOUGHT)(lambda day: Sought(self.on(day), wanted))

    def is_wanted(self, known: VisibleEntry, last: date) -> bool:
        """Whether they may by the last day on which that is asked about: who stands on a side
        by succession stands there for good.
        """
        if not self._wanted:
            return True
        return self._sought(last).all_take_part(known)

    def on(self, day: date) -> Picture:
        return self._days.on(day)

    def is_wanted_on(self, item: AgendaItem) -> bool:
        if not self._wanted:
            return True
        known = self._days.picture.known(item.commitment or item.instrument)
        return known is not None and self.is_wanted(known, item.day)
