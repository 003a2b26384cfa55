"""Counts what a list finds, by each value of some facets: from what is kept of all entries as far
as that tells it, without looking at each; the others are looked at and not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ledger_service.application import finding, registers
from ledger_service.application.facets import (
    OF_ACTS,
    OF_COMMITMENTS,
    OF_INSTRUMENTS,
    OF_PARTIES,
    OF_REPORTS,
    Tally,
    Values,
)
from ledger_service.application.listing import LazyList
from ledger_service.application.reading_columns import (
    BY_COLUMNS,
    ColumnReading,
    Filter,
    are_told,
)
from ledger_service.domain.lifecycle.brief import are_kept
from ledger_service.domain.picture.kept_facts import Placed
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.picture.visible_entry import VisibleEntry
from ledger_service.domain.values.filters import (
    ActFilter,
    CommitmentFilter,
    Counts,
    Facet,
    InstrumentFilter,
)
from ledger_service.domain.values.register_filters import PartyFilter, ReportFilter
from ledger_service.domain.values.stopping import looking

#: What the facts of commitments tell, and what nothing but these does.
_BY_FACTS = frozenset({Facet.LIFECYCLE, Facet.FLAG, Facet.YEAR})
_BY_FACTS_ALONE = frozenset({Facet.LIFECYCLE, Facet.FLAG})


def counts(
    picture: Picture, asked: Filter | PartyFilter | ReportFilter, facets: Sequence[Facet]
) -> Counts:
    """How many entries a list has, and how often each value of some facets is found among
    them.
    """
    tally = Tally(facets)
    match asked:
        case CommitmentFilter():
            _count_commitments(picture, asked, tally)
        case ActFilter():
            if not _is_counted(picture, asked, tally, OF_ACTS):
                tally.add(picture, _each(finding.acts(picture, asked)), OF_ACTS)
        case InstrumentFilter():
            if not _is_counted(picture, asked, tally, OF_INSTRUMENTS):
                found = finding.instruments(picture, asked)
                tally.add(picture, _each(found), OF_INSTRUMENTS)
        case PartyFilter():
            tally.add_items(registers.states_of_parties(picture, asked), OF_PARTIES)
        case ReportFilter():
            tally.add_items(registers.states_of_reports(picture, asked), OF_REPORTS)
    return tally.counts


def _count_commitments(picture: Picture, asked: CommitmentFilter, tally: Tally) -> None:
    facets = tally.counters.keys()
    stand = bool(asked.lifecycles or asked.flags or asked.due or facets & _BY_FACTS_ALONE)
    kept = are_kept(picture)
    if kept and facets <= _BY_FACTS and finding.is_told_by_facts(asked):
        tally.add_facts(each.fact for each in finding.by_facts(picture, asked))
        return
    if not stand:
        if _is_counted(picture, asked, tally, OF_COMMITMENTS):
            return
    elif kept and (reading := _reading(picture, asked, tally)):
        _count_placed(reading, finding.by_facts(picture, asked), tally)
        return
    tally.add(picture, _each(finding.commitments(picture, asked)), OF_COMMITMENTS)


def _is_counted(
    picture: Picture, asked: Filter, tally: Tally, values: Mapping[Facet, Values]
) -> bool:
    """Counts what is wanted by the columns; False where these do not tell it."""
    reading = _reading(picture, asked, tally)
    if reading is None:
        return False
    reading.count(tally)
    apart = (picture.entry(each) for each in picture.looked_up(reading.apart()))
    tests = finding.tests_of(picture, asked)
    wanted = (each for each in apart if each and all(test(each) for test in tests))
    tally.add(picture, wanted, values)
    return True


def _count_placed(reading: ColumnReading, found: Iterable[Placed], tally: Tally) -> None:
    """Counts commitments of which facts are kept, if the columns tell that they are wanted."""
    picture = reading.picture
    # Only a number of each is held: there may be very many. Many stand in one way.
    marks, ways, apart = dict[int, int](), dict[int, int](), list[str]()
    for each in looking(found):
        if reading.has(each.since):
            marks[each.since] = ways.setdefault(each.fact.marks, each.fact.marks)
        else:
            apart.append(each.commitment)
    counted = reading.count(tally, marks.keys())
    tally.add_marks(Counter(map(marks.__getitem__, counted)))
    known = (picture.commitment(each) for each in picture.looked_up(apart))
    tests = finding.tests_of(picture, reading.asked)
    wanted = (each for each in known if each and all(test(each) for test in tests))
    tally.add(picture, wanted, OF_COMMITMENTS)


def _reading(picture: Picture, asked: Filter, tally: Tally) -> ColumnReading | None:
    """How a picture reads the columns; None where there are none, where they do not tell what
    is wanted, or where little is.
    """
    if not (are_told(asked) and tally.counters.keys() <= BY_COLUMNS):
        return None
    if finding.are_few(picture, asked):
        return None
    columns = picture.history.columns()
    return ColumnReading(picture, columns, asked) if columns else None


def _each(found: Sequence[VisibleEntry]) -> Iterable[VisibleEntry]:
    """The entries of a list, which are very many where it is drawn as it is looked at: these
    are not kept.
    """
    return found.anew() if isinstance(found, LazyList | finding.LookedUp) else found
