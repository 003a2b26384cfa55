"""What can be seen of a list of versions at the cuts, what is known, and on which days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Act,
    Change,
    Commitment,
    Evidence,
    Instrument,
    IntervalDate,
    Party,
    Report,
    Scale,
    Version,
)
from tests.reference.kin import Kin, once


@dataclass(frozen=True)
class Span:
    """A bounded interval; `first` is None when nothing bounds an open start."""

    first: date | None
    last: date

    def day(self, policy: Policy) -> date:
        """Certain counts from the last day, possible from the first; a start that nothing
        bounds has occurred from its last day on under both."""
        if policy is Policy.CERTAIN or self.first is None:
            return self.last
        return self.first


@dataclass(frozen=True)
class Seen:
    """An act, a commitment or an instrument that some visible report tells of."""

    id: str
    version: Version
    state: Act | Commitment | Instrument
    evidence: tuple[Evidence, ...]
    span: Span
    day: date
    since: date

    @property
    def order(self) -> tuple[date, str]:
        return (self.day, self.id)


class World(Kin):
    """One ledger at its cuts. `reported` is what is known, `acts`, `commitments` and
    `instruments` what of it had happened."""

    def __init__(
        self,
        versions: Iterable[Version],
        opens_on: date | None,
        as_of: date,
        reported_by: date | None = None,
        policy: Policy = Policy.CERTAIN,
        *,
        widest: bool = False,
    ) -> None:
        self.all_versions = tuple(sorted(versions, key=lambda v: v.position))
        self.opens_on = opens_on
        self.as_of = as_of
        self.reported_by = reported_by
        self.policy = policy
        self.widest = widest
        self.parties = {
            entry_id: last.state
            for entry_id, last in self._last_versions()
            if isinstance(last.state, Party)
        }
        self.scales = {
            entry_id: last.state
            for entry_id, last in self._last_versions()
            if isinstance(last.state, Scale)
        }
        self.reported = self._reported()
        self.acts = self._happened(Act)
        self.commitments = self._happened(Commitment)
        self.instruments = self._happened(Instrument)

    def _happened(self, type_: type) -> dict[str, Seen]:
        return {
            entry_id: seen
            for entry_id, seen in self.reported.items()
            if isinstance(seen.state, type_) and seen.since <= self.as_of
        }

    def known_acts(self) -> list[Seen]:
        """Acts that are known, also those that lie after as_of."""
        return [seen for seen in self.reported.values() if isinstance(seen.state, Act)]

    def ids(self) -> list[str]:
        return sorted({v.entry_id for v in self.all_versions})

    @once
    def versions(self, entry_id: str) -> list[Version]:
        return [v for v in self.all_versions if v.entry_id == entry_id]

    def _last_versions(self) -> list[tuple[str, Version]]:
        """Parties and scales obey the position only: their last version answers."""
        return [(entry_id, self.versions(entry_id)[-1]) for entry_id in self.ids()]

    # Which version answers

    def answering(self, entry_id: str, *, before: bool = False) -> Version | None:
        """The last version that no hidden new information stands before; none when the
        entry's last version, or the one reached, is an annulment. `before`: as if reports
        that wait for one another had told nothing new of each other."""
        versions = self.versions(entry_id)
        if not versions or versions[-1].change is Change.ANNULMENT:
            return None
        reached = versions[0]
        for version in versions[1:]:
            if version.change is Change.NEW_INFORMATION and not self._certainly_out(
                version.report, entry_id, before=before
            ):
                break
            reached = version
        return None if reached.change is Change.ANNULMENT else reached

    def _certainly_out(self, report_id: str, entry_id: str, *, before: bool) -> bool:
        """Which version answers is read under certain. No report tells anything new of
        itself; reports that wait for one another are judged as they were before."""
        circle = self._waits_for(entry_id, report_id) and self._waits_for(report_id, entry_id)
        if circle and (before or report_id == entry_id):
            return False
        version = self.answering(report_id, before=circle)
        return version is not None and self._published(version, Policy.CERTAIN)

    def _waits_for(self, entry_id: str, report_id: str) -> bool:
        """Whether a report told something new of an entry, or of a report that did."""
        found: set[str] = set()
        more = {entry_id}
        while more:
            told = {v.report for e in more for v in self.versions(e) if self._is_new(v)}
            more = told - found
            found |= told
        return report_id in found

    def _is_new(self, version: Version) -> bool:
        """An entry that was annulled waits for nothing."""
        last = self.versions(version.entry_id)[-1]
        new = version.change is Change.NEW_INFORMATION
        return new and last.change is not Change.ANNULMENT

    def _published(self, version: Version, policy: Policy) -> bool:
        if not isinstance(version.state, Report):
            return False
        span = self._publication(version)
        return self.reported_by is None or self._since(span, policy) <= self.reported_by

    def _publication(self, version: Version) -> Span:
        """No report reports a report: an open end is bounded by the recording day."""
        assert isinstance(version.state, Report)
        return self.bounded(version.state.published, version.recorded_at.date())

    def _since(self, span: Span, policy: Policy) -> date:
        """The day from which something is seen: in the widest view the first on which it
        may have been."""
        if self.widest and policy is Policy.POSSIBLE:
            return span.first or date.min
        return span.day(policy)

    @once
    def report_visible(self, report_id: str) -> bool:
        version = self.answering(report_id)
        return version is not None and self._published(version, self.policy)

    # Days

    def bounded(self, interval: IntervalDate, latest: date) -> Span:
        """Only open ends are bounded: the end by `latest` but not before the own first
        day, the start by the ledger's opening day but not after the own last day."""
        last = interval.to_day
        if last is None:
            last = latest if interval.from_day is None else max(latest, interval.from_day)
        first = interval.from_day
        if first is None and self.opens_on is not None:
            first = min(self.opens_on, last)
        return Span(first, last)

    def _reported(self) -> dict[str, Seen]:
        found = {}
        for entry_id in self.ids():
            seen = self._see(entry_id)
            if seen is not None:
                found[entry_id] = seen
        return found

    def _see(self, entry_id: str) -> Seen | None:
        """An entry is visible to reported_by when one of its reports is; only evidence
        from visible reports counts anywhere."""
        version = self.answering(entry_id)
        if version is None or not isinstance(version.state, Act | Commitment | Instrument):
            return None
        evidence = tuple(e for e in version.state.evidence if self.report_visible(e.report))
        if not evidence:
            return None
        out = [self.answering(e.report) for e in evidence]
        earliest = min(self._publication(v).last for v in out if v is not None)
        span = self.bounded(version.state.occurred, earliest)
        day, since = span.day(self.policy), self._since(span, self.policy)
        return Seen(entry_id, version, version.state, evidence, span, day, since)
