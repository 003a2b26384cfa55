"""What the days bring for a commitment of which nothing else is told than that it falls due, from
what is kept of it: without its standings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from ledger_service.domain.lifecycle.brief import BriefStretch
from ledger_service.domain.lifecycle.case import TERMINAL
from ledger_service.domain.lifecycle.sides import sides
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.agenda import AgendaItem, AgendaKind
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Nature
from ledger_service.domain.values.flags import StandingFlag

#: Of what stands so, and goes on to stand so, the days bring nothing.
_SILENT = TERMINAL | {Lifecycle.PROPOSED}
_URGENCIES = frozenset({StandingFlag.SCHEDULED, StandingFlag.DUE, StandingFlag.OVERDUE})


def is_silent(course: Sequence[BriefStretch]) -> bool:
    """Whether the days bring nothing for a commitment that stands so on all of them."""
    return len(course) == 1 and course[0].lifecycle in _SILENT


def plain_items(
    picture: Picture,
    known: VisibleEntry,
    course: Sequence[BriefStretch],
    first: date,
    last: date,
) -> list[AgendaItem] | None:
    """What the days from `first` to `last` bring for a commitment of which it is kept how it
    stands, from the day before the first, or that of the picture, to the day after the last.
    None where that does not tell all of it.
    """
    terms, due = known.commitment, known.commitment.due
    if picture.policy is not Policy.CERTAIN or due is None or due.to_day is None:
        return None
    if terms.antecedent or terms.mutual or terms.nature is not Nature.ACHIEVEMENT:
        return None
    if due.to_day == date.max:
        return None
    begins, ends = due.from_day, due.to_day
    if not all(_is_plain(stretch, begins, ends) for stretch in course):
        return None
    # Where something else is other than before, another day begins a stretch too.
    named = {day.toordinal() for day in (begins, ends + timedelta(days=1)) if day}
    if not {stretch.first for stretch in course[1:]} <= named:
        return None
    if len({stretch.flags - _URGENCIES for stretch in course}) > 1:
        return None
    parties = sides(picture, known)
    if parties.later or len(parties.debtors) != 1:
        return None
    return [
        AgendaItem(
            kind=kind,
            day=day,
            entry_id=known.id,
            commitment=known.id,
            instrument=terms.instrument,
            text=terms.consequent,
            held_by=parties.as_holders,
            lifecycle=Lifecycle.ACTIVE,
            becomes=Lifecycle.ACTIVE,
        )
        for kind, day in _days(begins, ends)
        if first <= day <= last
    ]


def _is_plain(stretch: BriefStretch, begins: date | None, ends: date) -> bool:
    """Whether a commitment is active, with no notice given, and as urgent on all days of a
    stretch as its own due interval says.
    """
    if stretch.lifecycle is not Lifecycle.ACTIVE or stretch.due != ends:
        return False
    if StandingFlag.NOTICE_GIVEN in stretch.flags:
        return False
    day, last = date.fromordinal(stretch.first), ends + timedelta(days=1)
    if day >= last:
        urgency, until = StandingFlag.OVERDUE, None
    elif begins is None or day >= begins:
        urgency, until = StandingFlag.DUE, last
    else:
        urgency, until = StandingFlag.SCHEDULED, begins
    if until is not None and stretch.end > until.toordinal():
        return False
    return stretch.flags & _URGENCIES == {urgency}


def _days(begins: date | None, ends: date) -> Iterator[tuple[AgendaKind, date]]:
    yield AgendaKind.FALLS_DUE, ends
    if begins is not None and begins != ends:
        yield AgendaKind.DUE_BEGINS, begins
