"""What is visible on the three clocks: a history read at its cuts.

A picture is a pure function of a history (the recording clock), a day of events, a
day of publication and a policy for interval dates. Everything that is derived asks a
picture, never the history, so that no rule can see more than its cuts allow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar, cast

from ledger_service.domain.cuts import Policy
from ledger_service.domain.entries import (
    Act,
    Change,
    Commitment,
    Evidence,
    IntervalDate,
    Relation,
    Report,
    Scale,
    Version,
)
from ledger_service.domain.history import History
from ledger_service.domain.parties import Parties

T = TypeVar("T")


@dataclass(frozen=True)
class Span:
    """The first and last day on which something can have happened. `unbounded`: the
    start is open and nothing bounds it, so `first` is the last day too.
    """

    first: date
    last: date
    unbounded: bool = False

    def day(self, policy: Policy) -> date:
        """The day from which it counts."""
        return self.last if policy is Policy.CERTAIN else self.first

    @property
    def is_exact(self) -> bool:
        """Whether it counts from the same day under every policy."""
        return self.first == self.last and not self.unbounded

    @property
    def earliest(self) -> date:
        """The first day, or the beginning of time when nothing bounds the start."""
        return date.min if self.unbounded else self.first


@dataclass(frozen=True)
class Known:
    """An act or commitment that the picture knows of: the version that answers, the
    evidence that counts, when it happened, and since when it is visible.
    """

    id: str
    version: Version
    evidence: tuple[Evidence, ...]
    span: Span
    day: date
    since: date

    @property
    def act(self) -> Act:
        assert isinstance(self.version.state, Act)
        return self.version.state

    @property
    def commitment(self) -> Commitment:
        assert isinstance(self.version.state, Commitment)
        return self.version.state

    @property
    def is_act(self) -> bool:
        return isinstance(self.version.state, Act)

    @property
    def relations(self) -> tuple[Relation, ...]:
        return (self.act if self.is_act else self.commitment).relations

    @property
    def order(self) -> tuple[date, str]:
        """Lists of entries run by day, then id."""
        return (self.day, self.id)


class Picture:
    """A history read at its cuts. With `widest`, a start that nothing bounds counts
    from the beginning of time: the picture of all that may have happened. `parties` may
    be shared by pictures of one history. Any thread may ask.
    """

    def __init__(
        self,
        history: History,
        as_of: date,
        reported_by: date | None = None,
        policy: Policy = Policy.CERTAIN,
        *,
        widest: bool = False,
        parties: Parties | None = None,
    ) -> None:
        self.history = history
        self.as_of = as_of
        self.reported_by = reported_by
        self.policy = policy
        self.parties = parties or Parties(history)
        self._widest = widest
        self._all_exact = True
        self._known: dict[str, Known | None] = {}
        self._spans: dict[str, Span | None] = {}
        self._answering_versions: dict[str, Version | None] = {}
        self._relations_to: dict[str, tuple[tuple[Known, Relation], ...]] = {}
        self._computed: dict[Hashable, Any] = {}

    @cached_property
    def certain(self) -> Picture:
        """The same cuts under the policy `certain`."""
        if self.policy is Policy.CERTAIN and not self._widest:
            return self
        return Picture(
            self.history, self.as_of, self.reported_by, Policy.CERTAIN, parties=self.parties
        )

    @cached_property
    def widest(self) -> Picture:
        """The same cuts, with everything that may have happened."""
        if self._widest:
            return self
        return Picture(
            self.history,
            self.as_of,
            self.reported_by,
            Policy.POSSIBLE,
            widest=True,
            parties=self.parties,
        )

    @property
    def size(self) -> int:
        """How many things it remembers."""
        own = len(self._known) + len(self._computed)
        beside = {"certain", "widest"} & self.__dict__.keys()
        others = (self.certain if name == "certain" else self.widest for name in beside)
        return own + sum(other.size for other in others if other is not self)

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What follows from this picture alone, computed at the first question."""
        if key not in self._computed:
            self._computed[key] = compute()
        return cast("T", self._computed[key])

    def entry(self, entry_id: str) -> Known | None:
        """The act or commitment if it is visible at all three cuts."""
        known = self.known(entry_id)
        return known if known and known.since <= self.as_of else None

    def known(self, entry_id: str) -> Known | None:
        """The act or commitment if it is recorded and reported, though it may lie after
        the day of the picture.
        """
        if entry_id not in self._known:
            self._known[entry_id] = self._look(entry_id)
        return self._known[entry_id]

    def visible(self, entry_id: str) -> Version | None:
        """The version of an entry of any type that is visible at all three cuts."""
        version = self.answering(entry_id)
        if version is None:
            return None
        if isinstance(version.state, Report):
            return version if self._report_span(entry_id) else None
        if isinstance(version.state, (Act, Commitment)):
            return version if self.entry(entry_id) else None
        return version

    @property
    def is_empty(self) -> bool:
        """Whether the history knows no party at all."""
        return not any(True for _ in self.history.parties())

    def act(self, entry_id: str) -> Known | None:
        """The act if it is visible at all three cuts."""
        entry = self.entry(entry_id)
        return entry if entry and entry.is_act else None

    def commitment(self, entry_id: str) -> Known | None:
        """The commitment if it is visible at all three cuts."""
        entry = self.entry(entry_id)
        return entry if entry and not entry.is_act else None

    def relations_to(self, target: str) -> tuple[tuple[Known, Relation], ...]:
        """Visible entries that relate to `target`, each with its relation, by id."""
        if target not in self._relations_to:
            self._relations_to[target] = tuple(
                (source, relation)
                for source, relation in self.known_relations_to(target)
                if source.since <= self.as_of
            )
        return self._relations_to[target]

    def known_relations_to(self, target: str) -> Iterator[tuple[Known, Relation]]:
        """The same without the cut on the day of events."""
        for source_id in sorted(self.history.sources(target)):
            source = self.known(source_id)
            if source:
                for relation in source.relations:
                    if relation.target == target:
                        yield source, relation

    def scale(self, scale_id: str) -> Scale | None:
        """A registered scale, if it was not annulled."""
        versions = self.history.versions(scale_id)
        state = versions[-1].state if versions else None
        return state if isinstance(state, Scale) else None

    def rests_on(self, find: Callable[[Picture], set[str]]) -> tuple[tuple[str, ...], int]:
        """The visible entries that an answer rests on, as `find` tells them of a picture,
        by day, then id; and how many lie in doubt of those that it would rest on. Where
        nothing was looked at but exact days, nothing does.
        """
        why = by_day(self, find(self))
        if self._all_exact:
            return why, 0
        return why, sum(map(self.in_doubt, find(self.widest)))

    def in_doubt(self, entry_id: str) -> bool:
        """Whether the entry may or may not be visible, for all that its dates tell."""
        return not self.certain.entry(entry_id) and bool(self.widest.entry(entry_id))

    def answering(self, entry_id: str, waiting: tuple[str, ...] = ()) -> Version | None:
        """The version that answers for an entry of any type; None if it is annulled.
        It is read under `certain`, whatever the policy. `waiting` are entries whose
        answer depends on this one's.
        """
        if self.certain is not self:
            return self.certain.answering(entry_id)
        if entry_id in self._answering_versions:
            return self._answering_versions[entry_id]
        # A report that waits for itself through its own amendments is not visible there.
        if entry_id in waiting:
            return None
        version = self._answering(self.history.versions(entry_id), (*waiting, entry_id))
        if not waiting:
            self._answering_versions[entry_id] = version
        return version

    def _look(self, entry_id: str) -> Known | None:
        version = self.answering(entry_id)
        if version is None or not isinstance(version.state, (Act, Commitment)):
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
        self._note(span)
        return Known(
            entry_id, version, evidence, span, span.day(self.policy), self._since(span)
        )

    def _answering(
        self, versions: Sequence[Version], waiting: tuple[str, ...]
    ) -> Version | None:
        if not versions or versions[-1].state is None:
            return None
        if not isinstance(versions[0].state, (Act, Commitment, Report)):
            return versions[-1]
        answer = versions[0]
        for version in versions[1:]:
            new = version.change is Change.NEW_INFORMATION
            if new and not self._published(self.answering(version.report, waiting)):
                break
            answer = version
        return answer if answer.state is not None else None

    def _report_span(self, report_id: str) -> Span | None:
        """When a visible report was published; None if it is not visible."""
        if report_id not in self._spans:
            self._spans[report_id] = self._published(self.answering(report_id))
        return self._spans[report_id]

    def _published(self, version: Version | None) -> Span | None:
        if version is None or not isinstance(version.state, Report):
            return None
        span = self._span(version.state.published, version.recorded_at.date())
        if self.reported_by is not None:
            self._note(span)
            if self._since(span) > self.reported_by:
                return None
        return span

    def _span(self, when: IntervalDate, bound: date) -> Span:
        """Bound the open ends: the end by `bound`, the start by the ledger's first day."""
        last = when.to_day or max(bound, when.from_day or bound)
        if when.from_day:
            return Span(when.from_day, last)
        if self.history.opens_on:
            return Span(min(self.history.opens_on, last), last)
        return Span(last, last, unbounded=True)

    def _note(self, span: Span) -> None:
        if not span.is_exact:
            self._all_exact = False

    def _since(self, span: Span) -> date:
        return span.earliest if self._widest else span.day(self.policy)


def with_as_of(picture: Picture, as_of: date) -> Picture:
    """The same picture on another day of events."""
    return Picture(
        picture.history, as_of, picture.reported_by, picture.policy, parties=picture.parties
    )


def by_day(picture: Picture, ids: set[str]) -> tuple[str, ...]:
    """Visible ids, by day, then id."""
    entries = (picture.entry(i) for i in ids)
    return tuple(e.id for e in sorted((e for e in entries if e), key=lambda e: e.order))
