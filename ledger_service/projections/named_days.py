"""The view of days: which entries name a day in some version, other than the first one on which
they can have happened; on which days reports came out, and what each of them tells of; which
commitments fall due after something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from sqlite3 import Connection
from typing import TypeAlias

from ledger_service.domain.values.entries import Report
from ledger_service.persistence.records import RECORD_TYPES
from ledger_service.projections.database import listed, stage_rows
from ledger_service.projections.record_projection import (
    Interval,
    ProjectedRecord,
    ProjectedRecords,
    State,
)

# Days are ordinals. The last day of what `open` says was told hangs on its reports.
SCHEMA = """
CREATE TABLE named_days (
    day INTEGER NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (day, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE publication_days (
    day INTEGER NOT NULL,
    report TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (day, report)
) STRICT, WITHOUT ROWID;
CREATE TABLE told_by (
    report TEXT NOT NULL,
    open INTEGER NOT NULL,
    entry TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (report, open, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE dated_after (
    position INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (position, entry)
) STRICT, WITHOUT ROWID;
"""

_NAMING = """
SELECT entry FROM named_days WHERE day BETWEEN :first AND :last AND position <= :upto
UNION SELECT entry FROM days WHERE type = 'act'
AND first_day BETWEEN :own_first AND :last AND position <= :upto
UNION SELECT entry FROM days WHERE type = 'commitment'
AND first_day BETWEEN :own_first AND :last AND position <= :upto
UNION SELECT entry FROM days WHERE type = 'instrument'
AND first_day BETWEEN :own_first AND :last AND position <= :upto
"""

_NAMING_BESIDE = """
SELECT DISTINCT entry FROM named_days WHERE day BETWEEN ? AND ? AND position <= ?
"""

_CROWDED = "SELECT day FROM named_days WHERE day >= ? ORDER BY day LIMIT 1 OFFSET ?"

_PUBLISHED = """
SELECT DISTINCT report FROM publication_days
WHERE day BETWEEN ? AND ? AND position <= ?
"""

_TOLD_BY = """
SELECT DISTINCT entry FROM told_by
WHERE report IN (SELECT value FROM json_each(?)) AND open >= ? AND position <= ?
"""

_DATED_AFTER = "SELECT DISTINCT entry FROM dated_after WHERE position <= ?"

_REPORT = RECORD_TYPES[Report]

#: A row of `told_by`.
_ToldBy: TypeAlias = tuple[str, int, str, int]


def apply(connection: Connection, told: ProjectedRecords) -> None:
    days = [
        (day.toordinal(), v.entry_id, v.position)
        for some, named in (
            (told.acts, _days),
            (told.commitments, _days_of_terms),
            (told.instruments, _days),
            (told.parties, _days_of_ties),
        )
        for v in some
        for day in named(v.state)
    ]
    stage_rows(connection, "named_days", days)
    published = [
        (day.toordinal(), v.entry_id, v.position)
        for v in told.versions
        if v.type == _REPORT
        for day in _publication_days(v)
    ]
    stage_rows(connection, "publication_days", published)
    stage_rows(connection, "told_by", [*_reports(told.versions), *_of_ties(told.parties)])
    after = [(v.position, v.entry_id) for v in told.commitments if v.state.due_after]
    stage_rows(connection, "dated_after", after)


def _days(state: State) -> list[date]:
    """The days of an entry, but for the first one on which it can have happened, and those of
    its relations.
    """
    found: list[date] = []
    occurred = state.occurred
    if occurred and occurred.to_day and occurred.to_day != occurred.from_day:
        found.append(occurred.to_day)
    for relation in state.relations:
        found += filter(None, (relation.takes_effect, relation.until))
        found += _ends(relation.due)
    return found


def _days_of_terms(state: State) -> Iterator[date]:
    yield from _days(state)
    yield from _ends(state.due)
    for instalment in state.instalments:
        yield from _ends(instalment.due)
    trees = filter(None, (state.antecedent, state.until_condition))
    yield from filter(None, (state.until, *(tree.deadline for tree in trees)))


def _days_of_ties(state: State) -> Iterator[date]:
    return filter(None, [tie.from_day for tie in state.succeeds])


def _ends(interval: Interval | None) -> Iterator[date]:
    return filter(None, (interval.from_day, interval.to_day) if interval else ())


def _publication_days(report: ProjectedRecord) -> Iterator[date]:
    published = report.state.published
    if published is None or published.from_day is None:
        yield date.min
    yield from _ends(published)
    if published is None or published.to_day is None:
        yield date.fromisoformat(report.time[:10])


def _reports(versions: Iterable[ProjectedRecord]) -> Iterator[_ToldBy]:
    """The reports that tell of versions, each with whether a last day may hang on it."""
    for v in versions:
        state = v.state
        if state.evidence:
            is_open = int(state.occurred is None or state.occurred.to_day is None)
            for told in state.evidence:
                yield told.report, is_open, v.entry_id, v.position
        for told in state.evidence_added:
            yield told.report, 1, v.entry_id, v.position
        if v.new_by:
            yield v.new_by, 1, v.entry_id, v.position


def _of_ties(parties: Iterable[ProjectedRecord]) -> Iterator[_ToldBy]:
    """The reports that tell of ties of parties."""
    for v in parties:
        state = v.state
        for ties in (state.represents, state.succeeds, state.composed_of, state.same_as):
            for tie in ties:
                yield from ((report, 0, v.entry_id, v.position) for report in tie.reports)


def naming(connection: Connection, first: date, last: date, upto: int) -> list[str]:
    """The entries that name a day from `first` to `last`; if it is the first one on which they
    can have happened, behind `first`, unless that is the first of the calendar.
    """
    day = first.toordinal()
    asked = {
        "first": day,
        "own_first": day if first == date.min else day + 1,
        "last": last.toordinal(),
        "upto": upto,
    }
    return [entry for (entry,) in connection.execute(_NAMING, asked)]


def naming_beside(connection: Connection, first: date, last: date, upto: int) -> list[str]:
    """The entries that name a day from `first` to `last`, apart from the first one on which
    they can have happened.
    """
    asked = (first.toordinal(), last.toordinal(), upto)
    return [entry for (entry,) in connection.execute(_NAMING_BESIDE, asked)]


def crowded(connection: Connection, first: date, many: int) -> date | None:
    """The day by which so many entries, of the whole log, have named a day from `first` on."""
    found = connection.execute(_CROWDED, (first.toordinal(), many - 1)).fetchone()
    return date.fromordinal(found[0]) if found else None


def published(connection: Connection, first: date, last: date, upto: int) -> list[str]:
    """The reports that may have come out on a day from `first` to `last`."""
    asked = (first.toordinal(), last.toordinal(), upto)
    return [report for (report,) in connection.execute(_PUBLISHED, asked)]


def told_by(
    connection: Connection, reports: Collection[str], upto: int, *, open_only: bool
) -> list[str]:
    """The entries of which some of the reports tell."""
    asked = (listed(reports), int(open_only), upto)
    return [entry for (entry,) in connection.execute(_TOLD_BY, asked)]


def dated_after_others(connection: Connection, upto: int) -> list[str]:
    """The commitments that fall due after something else."""
    return [entry for (entry,) in connection.execute(_DATED_AFTER, (upto,))]
