"""The days that a state names, on which or behind which something may be otherwise, and the
reports that tell of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger_service.domain.picture.ties import reports_of_ties
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    IntervalDate,
    Party,
    Report,
    State,
    Version,
)


def named_days(state: State | None) -> Iterator[date]:
    """The days that a state of an act, commitment or instrument names, and those on which a
    party succeeds another one. An open start is the first day of the calendar.
    """
    if isinstance(state, Act | Commitment | Instrument):
        yield first_day(state)
        yield from _ends(state.occurred)
        for relation in state.relations:
            yield from filter(None, (relation.takes_effect, relation.until))
            yield from _ends(relation.due)
    if isinstance(state, Commitment):
        yield from _ends(state.due)
        for instalment in state.instalments:
            yield from _ends(instalment.due)
        trees = filter(None, (state.antecedent, state.until_condition))
        yield from filter(None, (state.until, *(tree.deadline for tree in trees)))
    elif isinstance(state, Party):
        yield from (tie.from_day for tie in state.succeeds)


def first_day(state: State) -> date:
    """A day before which an act, commitment or instrument cannot take effect; the first of the
    calendar for what takes effect on none.
    """
    if isinstance(state, Act | Commitment | Instrument):
        return state.occurred.from_day or date.min
    return date.min


def publication_days(version: Version) -> Iterator[date]:
    """The days on which a version of a report says that it came out; where it leaves its last
    one open, that of its recording too. An open start is the first day of the calendar.
    """
    if isinstance(version.state, Report):
        yield version.state.published.from_day or date.min
        yield from _ends(version.state.published)
        if version.state.published.to_day is None:
            yield version.recorded_at.date()


def reports_of(version: Version) -> Iterator[str]:
    """The reports that tell of what a version says: as evidence, for a tie, or as what is new."""
    state = version.state
    if isinstance(state, Act | Commitment | Instrument):
        yield from (evidence.report for evidence in state.evidence)
    elif isinstance(state, Party):
        yield from reports_of_ties(state)
    if version.report:
        yield version.report


def is_open(state: State | None) -> bool:
    """Whether the last day of an entry hangs on its reports."""
    return isinstance(state, Act | Commitment | Instrument) and state.occurred.to_day is None


def _ends(interval: IntervalDate | None) -> Iterator[date]:
    if interval is not None:
        yield from filter(None, (interval.from_day, interval.to_day))
