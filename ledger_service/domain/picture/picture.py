"""What is visible on the three clocks: a history read at its cuts.

A picture is a pure function of a history (the recording clock), a day of events, a day of
publication and a policy for interval dates. All rules ask a picture, never the history, so
that no rule can see more than its cuts allow, and every result is known to be valid at other
cuts too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property, partial
from operator import attrgetter
from typing import TypeVar

from ledger_service.domain.picture.amended import AnsweringVersions
from ledger_service.domain.picture.memoised_history import MemoisedHistory
from ledger_service.domain.picture.parties import Parties
from ledger_service.domain.picture.visible_entry import (
    Grounds,
    PossibleDays,
    RestsOn,
    VisibleEntry,
)
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    Instrument,
    IntervalDate,
    Relation,
    Report,
    Scale,
    Version,
)
from ledger_service.domain.values.stopping import looking

T = TypeVar("T")

#: To look through so few relations is faster than to look up what was found of them.
_FEW_PAIRS = 8

#: So many relations take about as much memory as a fact.
_PAIRS_PER_WEIGHT = 8


class Picture(MemoisedHistory):
    """A history read at its cuts. With `widest` it is the picture of everything that may have
    happened.
    """

    @cached_property
    def parties(self) -> Parties:
        """The parties: who is who on each day."""
        return Parties(self._history, self.is_reported, self._at.published, self._reading)

    @cached_property
    def certain(self) -> Picture:
        """The picture at the same cuts under the policy `certain`."""
        if self._reading == Policy.CERTAIN:
            return self
        return self._read_as(Policy.CERTAIN)

    @cached_property
    def widest(self) -> Picture:
        """The picture at the same cuts of everything that may have happened."""
        return self if self._widest else self._read_as(Policy.POSSIBLE, widest=True)

    def on(self, day: date) -> Picture:
        """The picture as of another day, at the same other cuts."""
        return Picture(self._history, day, self._reported_by, self.policy, widest=self._widest)

    def _read_as(self, policy: Policy, *, widest: bool = False) -> Picture:
        return Picture(
            self._history,
            self._as_of,
            self._reported_by,
            policy,
            widest=widest,
        )

    def memoised_of(
        self,
        name: str,
        entry: VisibleEntry,
        find: Callable[[Picture, VisibleEntry], T],
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """The cached result of `find` for an entry, which must depend on the entry and on what
        is visible beside it alone.
        """

        def look() -> T:
            self.known(entry.id)  # it holds while the entry is what it is
            return find(self, entry)

        return self.memoised(name, entry.id, look, weigh)

    def entry(self, entry_id: str) -> VisibleEntry | None:
        """The act, commitment or instrument if it is visible at all three cuts."""
        known = self.known(entry_id)
        return known if known and self.has_come(known.since) else None

    def known(self, entry_id: str) -> VisibleEntry | None:
        """The act, commitment or instrument if it is recorded and reported, also when it lies
        after the picture's day.
        """
        # Asked for far more often than anything else, so past `memoised`.
        key = ("known", self._reading, entry_id)
        return self._memo.memoised(key, self._at, partial(self._look, entry_id), _weigh_known)

    def visible(self, entry_id: str) -> Version | None:
        """The version of an entry of any type that is visible at all three cuts."""
        version = self.answering(entry_id)
        if version is None:
            return None
        if isinstance(version.state, Report):
            return version if self._report_span(entry_id) else None
        if isinstance(version.state, (Act, Commitment, Instrument)):
            return version if self.entry(entry_id) else None
        return version

    @property
    def is_empty(self) -> bool:
        """Whether the history has no party at all."""
        return not any(True for _ in self.history.parties())

    def act(self, entry_id: str) -> VisibleEntry | None:
        """The act if it is visible at all three cuts."""
        entry = self.entry(entry_id)
        return entry if entry and isinstance(entry.version.state, Act) else None

    def commitment(self, entry_id: str) -> VisibleEntry | None:
        """The commitment if it is visible at all three cuts."""
        entry = self.entry(entry_id)
        return entry if entry and isinstance(entry.version.state, Commitment) else None

    def instrument(self, entry_id: str) -> VisibleEntry | None:
        """The instrument if it is visible at all three cuts."""
        entry = self.entry(entry_id)
        return entry if entry and entry.is_instrument else None

    def under(self, instrument_id: str) -> tuple[VisibleEntry, ...]:
        """The visible commitments that belong to an instrument, by id."""

        def find() -> tuple[VisibleEntry, ...]:
            named = map(self.commitment, looking(self.sources(instrument_id)))
            return tuple(
                [each for each in named if each and each.commitment.instrument == instrument_id]
            )

        return self.memoised("under", instrument_id, find, _weigh_pairs)

    def relations_to(self, target: str) -> tuple[tuple[VisibleEntry, Relation], ...]:
        """Visible entries that relate to `target`, each with its relation, by id."""
        known = self.known_relations_to(target)
        if len(known) > _FEW_PAIRS:
            return self.memoised(
                "relations_to", target, partial(self._come_relations, target), _weigh_pairs
            )
        return tuple([each for each in known if self.has_come(each[0].since)]) if known else ()

    def _come_relations(self, target: str) -> tuple[tuple[VisibleEntry, Relation], ...]:
        known = self.known_relations_to(target)
        return tuple([each for each in known if self.has_come(each[0].since)])

    def known_relations_to(self, target: str) -> tuple[tuple[VisibleEntry, Relation], ...]:
        """Recorded and reported entries that relate to `target`, each with its relation, by
        id, also those that lie after the picture's day.
        """
        return self.memoised(
            "known_relations_to", target, partial(self._find_relations, target), _weigh_pairs
        )

    def _find_relations(self, target: str) -> tuple[tuple[VisibleEntry, Relation], ...]:
        return tuple(
            [
                (source, relation)
                for source in map(self.known, self.sources(target))
                if source
                for relation in source.relations_to(target)
            ]
        )

    def scale(self, scale_id: str) -> Scale | None:
        """A registered scale, unless it was annulled."""
        versions = self._versions(scale_id)
        state = versions[-1].state if versions else None
        return state if isinstance(state, Scale) else None

    def rests_on(self, find: Callable[[Picture], tuple[RestsOn, T]]) -> tuple[Grounds, T, T]:
        """The entries on which an answer rests with those that lie in doubt, and the further
        findings of this picture and of the widest one. `find` returns, for a picture, the
        entries and a further finding. If it read nothing but exact dates, it is not called for
        the widest picture: both are the same, and nothing lies in doubt.
        """
        (found, beside), exact = self.observe(lambda: find(self))
        why = frozenset(found.events | found.checks)
        if exact:
            return Grounds(why, frozenset()), beside, beside
        may, widest = find(self.widest)
        doubtful = {event for event in may.events if self.in_doubt(event)}
        doubtful.update(check for check in may.checks if self.is_known_in_doubt(check))
        return Grounds(why, frozenset(doubtful)), beside, widest

    def in_doubt(self, entry_id: str) -> bool:
        """Whether the dates leave open if the entry is visible."""
        return not self.certain.entry(entry_id) and bool(self.widest.entry(entry_id))

    def is_known_in_doubt(self, entry_id: str) -> bool:
        """Whether the dates leave open if the entry is known."""
        return not self.certain.known(entry_id) and bool(self.widest.known(entry_id))

    def answering(self, entry_id: str) -> Version | None:
        """The version that answers for an entry of any type, read under `certain` whatever the
        policy; None if it is annulled.
        """
        return self.certain._amended.answering(entry_id)  # noqa: SLF001 - its own kind

    @cached_property
    def _amended(self) -> AnsweringVersions:
        return AnsweringVersions(self._memo, self._at, self._versions, self._published)

    def _look(self, entry_id: str) -> VisibleEntry | None:
        version = self.answering(entry_id)
        if version is None or not isinstance(version.state, (Act, Commitment, Instrument)):
            return None
        spans = {
            e.report: span
            for e in version.state.evidence
            if (span := self._report_span(e.report)) is not None
        }
        if not spans:
            return None
        evidence = tuple(e for e in version.state.evidence if e.report in spans)
        told_by = min(span.last for span in spans.values())
        span = self._span(version.state.occurred, told_by)
        if not span.is_exact and (region := self._memo.region):
            region.exact = False
        return VisibleEntry(
            entry_id, version, evidence, span, span.day(self.policy), self._since(span)
        )

    def published(self, report_id: str) -> PossibleDays | None:
        """When a visible report was published; None if it is not visible."""
        return self._report_span(report_id)

    def is_reported(self, report_id: str) -> bool:
        """Whether a report is visible."""
        return self._report_span(report_id) is not None

    def reported(self, reports: Iterable[str]) -> set[str]:
        """Those of some reports that are visible. Limits what is being computed to these very
        cuts.
        """
        self.here_alone()
        keys = {("report", self._reading, each): each for each in reports}
        spans = self._memo.at_hand(keys, self._at)
        found = {keys[key] for key, span in spans.items() if span is not None}
        if missing := [each for key, each in keys.items() if key not in spans]:
            self._history.expect(missing)
            found.update([each for each in looking(missing) if self.is_reported(each)])
        return found

    def _report_span(self, report_id: str) -> PossibleDays | None:
        """When a visible report was published; None if it is not visible."""
        # Past `memoised`, as `known`.
        key = ("report", self._reading, report_id)
        return self._memo.memoised(key, self._at, partial(self._look_at_report, report_id))

    def _look_at_report(self, report_id: str) -> PossibleDays | None:
        return self._published(self.answering(report_id))

    def _published(self, version: Version | None) -> PossibleDays | None:
        if version is None or not isinstance(version.state, Report):
            return None
        span = self._span(version.state.published, version.recorded_at.date())
        return span if self._is_out(span) else None

    def _span(self, when: IntervalDate, bound: date) -> PossibleDays:
        """The possible days of an interval date: an open end is bounded by `bound`, an open
        start by the ledger's first day.
        """
        last = when.to_day or max(bound, when.from_day or bound)
        if when.from_day:
            return PossibleDays(when.from_day, last)
        if self._history.opens_on:
            return PossibleDays(min(self._history.opens_on, last), last)
        return PossibleDays(last, last, unbounded=True)


def _weigh_known(known: VisibleEntry | None) -> int:
    return known.weight if known else 1


def _weigh_pairs(found: Sequence[object]) -> int:
    return 1 + len(found) // _PAIRS_PER_WEIGHT


def by_day(picture: Picture, ids: Iterable[str]) -> tuple[str, ...]:
    """The known entries among `ids`, by day, then id."""
    entries = [entry for entry in map(picture.known, looking(ids)) if entry]
    return tuple([entry.id for entry in sorted(entries, key=attrgetter("order"))])
