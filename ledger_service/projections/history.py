"""Recorded history as the rules ask for it: the views tell where versions stand, the log what
they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from functools import partial
from sqlite3 import Connection

from ledger_service.domain.picture.columns import Columns
from ledger_service.domain.picture.dealings import Dealings
from ledger_service.domain.picture.history import Dated
from ledger_service.domain.picture.memo import Memo, Unchanged
from ledger_service.domain.picture.mentions import mentions as named_by
from ledger_service.domain.picture.plain_acts import ActsBetween
from ledger_service.domain.picture.plain_commitments import CommitmentsBetween
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Evidence,
    Instrument,
    Party,
    RelationKind,
    Scale,
    Version,
)
from ledger_service.domain.values.stopping import look, looking, take
from ledger_service.domain.values.words import Phrase
from ledger_service.persistence.entry_versions import versions_from
from ledger_service.persistence.records import Addition, Told
from ledger_service.projections import (
    acts,
    aimed,
    commitments,
    dealings,
    named_days,
    texts,
    ties,
    versions,
)
from ledger_service.projections import deliveries as deliveries_view
from ledger_service.projections.database import ViewsDatabase
from ledger_service.projections.kept_facts import FactTable
from ledger_service.projections.memory import (
    Between,
    KnownDealings,
    Listed,
    Memory,
    Plain,
)
from ledger_service.projections.places import EntryPositions, places
from ledger_service.projections.plain_entries import PlainEntries, told_apart
from ledger_service.projections.projector import FollowedLog
from ledger_service.projections.record_projection import ProjectedRecords, read

#: How many entries of a list are read ahead of who reads it.
_AHEAD = 500
_FEW = 125
#: Of how many records it is read at a time what they changed.
_RECORDS_AT_ONCE = 10_000
#: How many are looked through ahead where only some are wanted.
_AHEAD_AMONG = 5_000
#: More entries than that are not looked up by what they are found by.
_MANY = 50_000
_DAY = timedelta(days=1)
#: Who waits for another thread looks so often whether anybody still waits for it.
_PATIENCE_SECONDS = 0.02
#: Sorts behind every id.
_BEHIND_IDS = "\U0010ffff"

#: Behind more new records than that, what was found out is found out again.
_GROWN = 500

#: For each entry so many of those that point at entries are fetched with them, of what few point
#: at before what many do. The others are fetched when they are looked at.
_AROUND = 20
#: So many records are read first, so that what is stopped has most of its work behind it; twice as
#: many each further time, since each time asks the database once.
_DECODED = 50


class LoggedHistory:
    """The entries of one ledger up to a position. Any thread may ask. Lists come in no
    particular order and without repetition.
    """

    def __init__(
        self,
        log: FollowedLog,
        database: ViewsDatabase,
        position: int,
        memory: Memory,
        followed: int | None = None,
    ) -> None:
        """The views are known to reach `followed`, which may lie beyond `position`."""
        # Set for good; what is remembered in `_memory` guards itself.
        self.position = position
        self._source = log
        self.database = database
        self._memory = memory
        self._upto = max(position, followed or 0)
        # Any thread adds to it; two that find out the same find out equal things.
        self._touched: dict[int, AbstractSet[str]] = {}

    @property
    def memo(self) -> Memo:
        return self._memory.memo

    @property
    def recorded(self) -> int:
        return self.position

    @property
    def opens_on(self) -> date | None:
        return self._source.opens_on

    def kept_facts(self, policy: Policy) -> FactTable:
        table = self.fact_table(policy)
        table.reach(self)
        return table

    def fact_table(self, policy: Policy) -> FactTable:
        """What is kept of commitments, which need not have reached this position yet."""
        return self._memory.facts[policy]

    def columns(self) -> Columns | None:
        return self._memory.columns.reach(self)

    def projected(self, first: int, last: int) -> ProjectedRecords:
        return read(self._source.held_lines(first, last), first, last)

    def first_positions(self, entries: Iterable[str]) -> Mapping[str, int]:
        placed = self._places(list(entries))
        return {each: known.versions[0] for each, known in placed.items() if known.versions}

    def entries_at(self, positions: Sequence[int]) -> Sequence[str]:
        with self.database.reading() as connection:
            return versions.entries_at(connection, positions)

    def with_memo(self, memo: Memo, position: int) -> LoggedHistory:
        """The entries of the same log up to a position of this history, with results of its
        own.
        """
        memory = self._memory.with_memo(memo)
        return LoggedHistory(self._source, self.database, position, memory, self._upto)

    def first_recorded(self, type_: type, after: int, upto: int) -> Iterator[tuple[int, str]]:
        while True:
            with self.database.reading() as connection:
                rows = versions.entries_of_type(connection, type_, after, upto, _AHEAD)
            if not rows:
                return
            after = rows[-1][0]
            yield from looking(rows)

    def all_touched(self, since: int, upto: int) -> Iterator[str]:
        with self.database.reading() as connection:
            positions = versions.positions_behind(connection, since, upto)
        for start in range(0, len(positions), _AHEAD):
            for told in looking(self._decode(positions[start : start + _AHEAD]).values()):
                yield from _touches(told)

    def versions(self, entry_id: str) -> Sequence[Version]:
        positions = [p for p in self._placed(entry_id).versions if p <= self.position]
        if len(positions) == 1:  # as nearly always
            known = self._memory.versions.get(positions[0])
            if isinstance(known, Version):
                return [known]
        found = self._decode(positions)
        return versions_from([found[position] for position in positions])

    def sources(self, target: str) -> Collection[str]:
        return [s for s, since in self._placed(target).sources if since <= self.position]

    def versions_hold(self, entry_id: str) -> Unchanged:
        placed = self._placed(entry_id)
        return _between(placed.versions, self.position, placed.upto)

    def sources_hold(self, target: str) -> Unchanged:
        placed = self._placed(target)
        return _between([since for _, since in placed.sources], self.position, placed.upto)

    def touched(self, since: int) -> AbstractSet[str] | None:
        if since not in self._touched:
            found = self._touched_between(since, self.position)
            if found is None:
                return None
            self._touched[since] = found
        return self._touched[since]

    def _touched_between(self, since: int, upto: int) -> AbstractSet[str] | None:
        if upto - since > _GROWN:
            return None
        with self.database.reading() as connection:
            positions = versions.positions_behind(connection, since, upto)
        found = self._decode(positions).values()
        return {entry for each in found for entry in _touches(each)}

    def expect(self, entries: Sequence[str]) -> None:
        for some in looking(_chunks(list(entries))):
            self._remember(some)

    def parties(self) -> Iterable[str]:
        return self._read_ahead(self._of_type(Party))

    def tied_parties(self, party: str) -> Collection[str]:
        return self._listed(("ties", party), partial(ties.to, other=party))

    def by_day(
        self,
        type_: type[Act | Commitment | Instrument],
        upto: date,
        among: AbstractSet[str] | None = None,
        *,
        since: date = date.min,
        backwards: bool = False,
    ) -> Iterator[tuple[date, str]]:
        after = (date.max, _BEHIND_IDS) if backwards else (date.min, "")
        ahead = _FEW if among is None else _AHEAD_AMONG
        if since > date.min and not backwards:
            with self.database.reading() as connection:
                spanning = versions.spanning(connection, type_, since, upto, self.position)
            yield from self._ahead_of(spanning, among)
            after = (since - _DAY, _BEHIND_IDS)
        while True:
            with self.database.reading() as connection:
                found = versions.by_day(
                    connection,
                    type_,
                    after,
                    upto,
                    self.position,
                    limit=ahead,
                    backwards=backwards,
                )
            if not found:
                return
            after = found[-1]
            ahead = _AHEAD if among is None else _AHEAD_AMONG
            if backwards and found[-1][0] < since:
                yield from self._ahead_of([each for each in found if each[0] >= since], among)
                return
            yield from self._ahead_of(found, among)

    def _ahead_of(
        self, found: Sequence[tuple[date, str]], among: AbstractSet[str] | None
    ) -> Iterator[tuple[date, str]]:
        """Those `among` some, with their entries fetched."""
        wanted = found if among is None else [each for each in found if each[1] in among]
        for start in range(0, len(wanted), _AHEAD):
            some = wanted[start : start + _AHEAD]
            self._remember([entry for _, entry in some])
            yield from some

    def matching(self, clauses: Sequence[Collection[Phrase]]) -> Collection[str] | None:
        with self.database.reading(long_steps=True) as connection:
            return texts.matching(connection, clauses, self.position, _MANY)

    def recorded_between(self, first: date, last: date) -> Collection[str] | None:
        with self.database.reading() as connection:
            return versions.recorded_between(connection, first, last, self.position, _MANY)

    def instruments(self) -> Iterable[str]:
        return self._read_ahead(self._of_type(Instrument))

    def scales(self) -> Iterable[str]:
        return self._read_ahead(self._of_type(Scale))

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        if among is None:
            return self._read_ahead(self._of_type(Commitment))
        find = partial(commitments.among, parties=among)
        return self._listed(("commitments", frozenset(among)), find)

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        if among is None and kinds is None:
            return self._read_ahead(self._of_type(Act))
        if among is not None:
            about = ("acts", frozenset(among), kinds and frozenset(kinds))
            return self._listed(about, partial(acts.among, parties=among, kinds=kinds))
        with self.database.reading() as connection:
            found = acts.of_kinds(connection, kinds or (), self.position)
        return self._read_ahead(_chunks(found))

    def acts_together(self, among: Collection[str]) -> Iterable[str]:
        find = partial(acts.together, parties=among)
        return self._listed(("acts together", frozenset(among)), find)

    def dealings(self) -> Dealings:
        known = self._memory.dealings
        if known.upto < self.position:
            # Who holds it may have to rest, until the event loop has it go on.
            take(known.lock, _PATIENCE_SECONDS)
            try:
                self._read_dealings(known)
            finally:
                known.lock.release()
        return known.found

    def _read_dealings(self, known: KnownDealings) -> None:
        """Reads what the views tell behind what is known. If it is stopped on its way, it is
        read once more, which adds nothing that is there.
        """
        if (after := known.upto) >= self.position:
            return
        with self.database.reading() as connection:
            tied = ties.between(connection, after, self._upto)
            dealt = dealings.between(connection, after, self._upto)
        found = known.found
        for party, kind, other in looking(tied):
            if kind == ties.SUCCEEDS:
                found.succeed([other])
            elif kind == ties.REPRESENTS:
                found.tie([(party, other)])
            elif kind == ties.SAME_AS:
                found.tie([(party, other), (other, party)])
        found.deal(looking(dealt))
        known.upto = self._upto

    def acts_between(
        self, ones: frozenset[str], others: frozenset[str], *, deliveries: bool
    ) -> ActsBetween:
        about = ("between", ones, others, deliveries)
        known = self._memory.between.get(about)
        if known is None or known.upto < self.position:
            find = deliveries_view.between if deliveries else acts.between
            with self.database.reading() as connection:
                since = find(connection, self._upto, ones=ones, others=others)
            known = self._told_apart(since, known, self._plain.acts)
            self._memory.between.put(about, known)
        return ActsBetween(*known.at(self.position))

    def commitments_between(
        self, ones: frozenset[str], others: frozenset[str]
    ) -> CommitmentsBetween:
        about = ("promised", ones, others)
        known = self._memory.promised.get(about)
        if known is None or known.upto < self.position:
            with self.database.reading() as connection:
                here, there = (
                    dict(commitments.among(connection, self._upto, parties=some))
                    for some in (ones, others)
                )
            since = {each: max(here[each], there[each]) for each in here.keys() & there.keys()}
            known = self._told_apart(since, known, self._plain.commitments)
            self._memory.promised.put(about, known)
        return CommitmentsBetween(*known.at(self.position))

    def _told_apart(
        self,
        since: Mapping[str, int],
        before: Between[Plain] | None,
        find: Callable[[list[str]], Mapping[str, Plain]],
    ) -> Between[Plain]:
        touched = self._touched_between(before.upto, self._upto) if before else None
        if touched is None:
            return told_apart(since, None, frozenset(), self._upto, find)
        return told_apart(since, before, self._plain.stale(touched), self._upto, find)

    @property
    def _plain(self) -> PlainEntries:
        return PlainEntries(self._places, self._decode)

    def naming_days(self, first: date, last: date, *, own: bool = True) -> Iterable[str]:
        find = named_days.naming if own else named_days.naming_beside
        with self.database.reading() as connection:
            return find(connection, first, last, self.position)

    def published(self, first: date, last: date) -> Iterable[str]:
        with self.database.reading() as connection:
            return named_days.published(connection, first, last, self.position)

    def told_by(self, reports: Collection[str], *, open_only: bool) -> Iterable[str]:
        with self.database.reading() as connection:
            return named_days.told_by(connection, reports, self.position, open_only=open_only)

    def crowded(self, first: date, many: int) -> date | None:
        with self.database.reading() as connection:
            return named_days.crowded(connection, first, many)

    def dated_after_others(self) -> Iterable[str]:
        with self.database.reading() as connection:
            return named_days.dated_after_others(connection, self.position)

    def aimed_at(self, kinds: Collection[RelationKind]) -> Iterable[str]:
        with self.database.reading() as connection:
            return aimed.aimed_at(connection, kinds, self.position)

    def changed(self, after: int) -> Mapping[str, Dated]:
        found, others = dict[str, Dated](), set[str]()
        for begin in looking(range(after, self.position, _RECORDS_AT_ONCE)):
            end = min(begin + _RECORDS_AT_ONCE, self.position)
            with self.database.reading() as connection:
                others |= versions.changed(connection, begin, end, found)
        found.update(self.dated(others))
        return found

    def dated(self, entries: Collection[str]) -> Mapping[str, Dated]:
        found = dict[str, Dated]()
        for some in looking(_chunks(list(entries))):
            with self.database.reading() as connection:
                found.update(versions.dated(connection, some, self.position))
        return found

    def _listed(
        self, about: Hashable, find: Callable[[Connection, int], Sequence[tuple[str, int]]]
    ) -> list[str]:
        known = self._memory.lists.get(about)
        if known is None or known.upto < self.position:
            with self.database.reading() as connection:
                known = Listed(self._upto, find(connection, self._upto))
            self._memory.lists.put(about, known)
        return [entry for entry, since in known.entries if since <= self.position]

    def _of_type(self, type_: type) -> Iterator[list[str]]:
        after = 0
        while True:
            with self.database.reading() as connection:
                rows = versions.entries_of_type(connection, type_, after, self.position, _AHEAD)
            if not rows:
                return
            after = rows[-1][0]
            yield [entry for _, entry in rows]

    def _read_ahead(self, chunks: Iterable[list[str]]) -> Iterator[str]:
        """The ids one by one, with the entries of each chunk fetched beforehand: a caller that
        asks for a list asks for its entries next, and fetching many at once is several times
        faster.
        """
        for chunk in chunks:
            self._remember(chunk)
            yield from chunk

    def _placed(self, entry_id: str) -> EntryPositions:
        known = self._memory.placed.get(entry_id)
        if known is None or known.upto < self.position:
            self._remember([entry_id])
            known = self._memory.placed.get(entry_id) or self._place([entry_id])[entry_id]
        return known

    def _remember(self, entries: Collection[str]) -> None:
        """Fetches entries with what the rules ask for next: the entries that point at them, and
        the reports on all of these.
        """
        found = self._look_up(entries)
        if around := _around(found.values()):
            found |= self._look_up(around)
        told = self._decode(self._standing(found.values()))
        reports = {report for each in told.values() for report in _reports(each)}
        self._decode(self._standing(self._look_up(reports).values()))

    def _look_up(self, entries: Collection[str]) -> dict[str, EntryPositions]:
        """Looks up where those of the entries stand that are not in memory."""
        placed = self._memory.placed.among(entries)
        missing = [
            entry
            for entry in dict.fromkeys(entries)
            if (known := placed.get(entry)) is None or known.upto < self.position
        ]
        return self._place(missing) if missing else {}

    def _standing(self, found: Iterable[EntryPositions]) -> list[int]:
        """The positions of the versions of some entries up to that of this history."""
        return [p for each in found for p in each.versions if p <= self.position]

    def _places(self, entries: list[str]) -> dict[str, EntryPositions]:
        """The same as `_place` tells, from memory where it is there."""
        placed = {}
        for entry in entries:
            known = self._memory.placed.get(entry)
            if known is not None and known.upto >= self._upto:
                placed[entry] = known
        missing = [entry for entry in entries if entry not in placed]
        return placed | self._place(missing) if missing else placed

    def _place(self, entries: list[str]) -> dict[str, EntryPositions]:
        """Looks up where the versions of many entries stand, and what points at each entry."""
        with self.database.reading() as connection:
            found = places(connection, entries, self._upto)
        for entry, known in found.items():
            self._memory.placed.put(entry, known)
        return found

    def _decode(self, positions: Sequence[int]) -> dict[int, Told]:
        found: dict[int, Told] = {}
        missing = []
        for position in positions:
            told = self._memory.versions.get(position)
            if told is None:
                missing.append(position)
            else:
                found[position] = told
        start, many = 0, _DECODED
        while start < len(missing):
            look()
            some = missing[start : start + many]
            for position, told in zip(some, self._source.told_at(some), strict=True):
                found[position] = told
                self._memory.versions.put(position, told)
            start, many = start + many, min(2 * many, _AHEAD)
        return found


def _around(found: Iterable[EntryPositions]) -> set[str]:
    """The entries that point at some entries, as far as they are fetched with these."""
    recorded = [each for each in found if each.versions]
    left = _AROUND * len(recorded)
    around = set[str]()
    for each in sorted(recorded, key=lambda each: len(each.sources)):
        left -= len(each.sources)
        if left < 0:
            break
        around.update(source for source, _ in each.sources)
    return around


def _between(changes: Sequence[int], position: int, upto: int) -> Unchanged:
    """The positions at which nothing changes: from the last change up to `position` to before
    the next one, or up to `upto` where there is none yet.
    """
    at = bisect_right(changes, position)
    first = changes[at - 1] if at else 0
    is_open = at == len(changes)
    return Unchanged(first, upto + 1 if is_open else changes[at], is_open)


def _touches(told: Told) -> Iterator[str]:
    """The entry of a version, and those that it names as the view of mentions has them."""
    if isinstance(told, Addition):
        yield told.version.entry_id
        return
    yield told.entry_id
    yield from named_by(told.state)


def _reports(told: Told) -> Iterator[str]:
    evidence: tuple[Evidence, ...] = ()
    if isinstance(told, Addition):
        evidence = told.evidence
    elif isinstance(told.state, Act | Commitment | Instrument):
        evidence = told.state.evidence
    for each in evidence:
        yield each.report


def _chunks(entries: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(entries), _AHEAD):
        yield entries[start : start + _AHEAD]
