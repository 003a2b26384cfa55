"""What is visible on the three clocks: a history read at its cuts.

A picture is a pure function of a history (the recording clock), a day of events, a
day of publication and a policy for interval dates. Everything that is derived asks a
picture, never the history, so that no rule can see more than its cuts allow, and so that
what was found out is known to hold at other cuts too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

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
from ledger_service.domain.facts import ALL_OUT, END
from ledger_service.domain.history import History
from ledger_service.domain.parties import Parties

T = TypeVar("T")

#: How many entries are fetched together.
_AHEAD = 500


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


class Grounds(NamedTuple):
    """The visible entries that an answer rests on, each with its day, and those on which
    it may rest or not, for all that their dates tell.
    """

    why: frozenset[tuple[date, str]]
    in_doubt: frozenset[str]


class Picture:
    """A history read at its cuts. With `widest`, a start that nothing bounds counts
    from the beginning of time: the picture of all that may have happened. Any thread may
    ask.
    """

    def __init__(
        self,
        history: History,
        as_of: date,
        reported_by: date | None = None,
        policy: Policy = Policy.CERTAIN,
        *,
        widest: bool = False,
    ) -> None:
        self.policy = policy
        self._facts = history.facts
        self._history = history
        self._as_of = as_of
        self._reported_by = reported_by
        self._widest = widest
        self._reading = "widest" if widest else str(policy)
        out = reported_by.toordinal() if reported_by else ALL_OUT
        self._at = (history.position, as_of.toordinal(), out)
        self._kept: dict[Hashable, Any] = {}

    @property
    def history(self) -> History:
        """The history. What looks at it by itself holds at this position alone."""
        if stretch := self._facts.stretch:
            stretch.positions(self._at[0], self._at[0] + 1)
        return self._history

    @property
    def as_of(self) -> date:
        """The day of events. What asks `has_come` instead holds on more days than one."""
        if stretch := self._facts.stretch:
            stretch.days(self._at[1], self._at[1] + 1)
        return self._as_of

    @cached_property
    def parties(self) -> Parties:
        """Who stands for whom."""
        return Parties(self._history)

    @cached_property
    def certain(self) -> Picture:
        """The same cuts under the policy `certain`."""
        if self._reading == Policy.CERTAIN:
            return self
        return self._read_as(Policy.CERTAIN)

    @cached_property
    def widest(self) -> Picture:
        """The same cuts, with everything that may have happened."""
        return self if self._widest else self._read_as(Policy.POSSIBLE, widest=True)

    def _read_as(self, policy: Policy, *, widest: bool = False) -> Picture:
        return Picture(
            self._history,
            self._as_of,
            self._reported_by,
            policy,
            widest=widest,
        )

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """Something that belongs to this picture alone, made at the first question."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("T", self._kept[key])

    @property
    def kept(self) -> Collection[Any]:
        """What was made to be kept."""
        return self._kept.values()

    def once(
        self,
        name: str,
        about: Hashable,
        find: Callable[[], T],
        weigh: Callable[[T], int] | None = None,
    ) -> T:
        """What follows from what is visible, found at the first question and remembered
        for all cuts at which it is the same.
        """
        return self._facts.once((name, self._reading, about), self._at, find, weigh)

    def once_of(self, name: str, entry: Known, find: Callable[[Picture, Known], T]) -> T:
        """What follows from an entry and from what is visible beside it."""

        def look() -> T:
            self.known(entry.id)  # it holds while the entry is what it is
            return find(self, entry)

        return self.once(name, entry.id, look)

    def each(
        self, name: str, about: Hashable, entries: Collection[str], find: Callable[[str], T]
    ) -> dict[str, T]:
        """The same for many entries: at least for `entries`."""
        key = (name, self._reading, about)
        return self._facts.each(key, entries, self._at, find, self._history.expect)

    def looked_up(self, entries: Iterable[str]) -> Iterator[str]:
        """Entries that are looked at next, one after the other."""
        asked = list(entries)
        for start in range(0, len(asked), _AHEAD):
            self._history.expect(some := asked[start : start + _AHEAD])
            yield from some

    def has_come(self, day: date) -> bool:
        """Whether a day is that of the picture or lies before it."""
        number = day.toordinal()
        come = number <= self._at[1]
        if stretch := self._facts.stretch:
            stretch.days(number, END) if come else stretch.days(0, number)
        return come

    def entry(self, entry_id: str) -> Known | None:
        """The act or commitment if it is visible at all three cuts."""
        known = self.known(entry_id)
        return known if known and self.has_come(known.since) else None

    def known(self, entry_id: str) -> Known | None:
        """The act or commitment if it is recorded and reported, though it may lie after
        the day of the picture.
        """
        return self.once("known", entry_id, partial(self._look, entry_id), _weight)

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
        return self.once(
            "relations_to",
            target,
            lambda: tuple(
                (source, relation)
                for source, relation in self.known_relations_to(target)
                if self.has_come(source.since)
            ),
        )

    def known_relations_to(self, target: str) -> Iterator[tuple[Known, Relation]]:
        """The same without the cut on the day of events."""
        self._look_at(target)
        for source_id in sorted(self._history.sources(target)):
            source = self.known(source_id)
            if source:
                for relation in source.relations:
                    if relation.target == target:
                        yield source, relation

    def scale(self, scale_id: str) -> Scale | None:
        """A registered scale, if it was not annulled."""
        versions = self._versions(scale_id)
        state = versions[-1].state if versions else None
        return state if isinstance(state, Scale) else None

    def rests_on(self, find: Callable[[Picture], set[str]]) -> Grounds:
        """The entries that an answer rests on, as `find` tells them of a picture. Where
        nothing was looked at but exact days, nothing lies in doubt.
        """
        found, exact = self._facts.watch(lambda: find(self))
        why = frozenset(e.order for e in map(self.entry, found) if e)
        if exact:
            return Grounds(why, frozenset())
        return Grounds(why, frozenset(filter(self.in_doubt, find(self.widest))))

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
        # A report that waits for itself through its own amendments is not visible there.
        if entry_id in waiting:
            return None
        if waiting:
            return self._answering(entry_id, waiting)
        return self.once("answering", entry_id, lambda: self._answering(entry_id, ()))

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
        if not span.is_exact and (stretch := self._facts.stretch):
            stretch.exact = False
        return Known(
            entry_id, version, evidence, span, span.day(self.policy), self._since(span)
        )

    def _answering(self, entry_id: str, waiting: tuple[str, ...]) -> Version | None:
        versions = self._versions(entry_id)
        if not versions or versions[-1].state is None:
            return None
        if not isinstance(versions[0].state, (Act, Commitment, Report)):
            return versions[-1]
        answer = versions[0]
        for version in versions[1:]:
            new = version.change is Change.NEW_INFORMATION
            if new and not self._published(
                self.answering(version.report, (*waiting, entry_id))
            ):
                break
            answer = version
        return answer if answer.state is not None else None

    def _report_span(self, report_id: str) -> Span | None:
        """When a visible report was published; None if it is not visible."""
        return self.once(
            "report", report_id, lambda: self._published(self.answering(report_id))
        )

    def _published(self, version: Version | None) -> Span | None:
        if version is None or not isinstance(version.state, Report):
            return None
        span = self._span(version.state.published, version.recorded_at.date())
        return span if self._is_out(span) else None

    def _is_out(self, span: Span) -> bool:
        out, last, cut = self._since(span).toordinal(), span.last.toordinal(), self._at[2]
        if stretch := self._facts.stretch:
            if last <= cut:
                stretch.published(last, END)
            else:
                stretch.published(*((out, last) if out <= cut else (0, out)))
                stretch.exact &= span.is_exact
        return out <= cut

    def _look_at(self, entry_id: str) -> None:
        if stretch := self._facts.stretch:
            stretch.positions(*self._history.unchanged(entry_id))

    def _versions(self, entry_id: str) -> Sequence[Version]:
        self._look_at(entry_id)
        return self._history.versions(entry_id)

    def _span(self, when: IntervalDate, bound: date) -> Span:
        """Bound the open ends: the end by `bound`, the start by the ledger's first day."""
        last = when.to_day or max(bound, when.from_day or bound)
        if when.from_day:
            return Span(when.from_day, last)
        if self._history.opens_on:
            return Span(min(self._history.opens_on, last), last)
        return Span(last, last, unbounded=True)

    def _since(self, span: Span) -> date:
        return span.earliest if self._widest else span.day(self.policy)


#: A version that takes so many characters weighs twice as much as one that takes none.
_CHARACTERS = 500


def _weight(known: Known | None) -> int:
    return 1 + len(msgspec.json.encode(known.version.state)) // _CHARACTERS if known else 1


def by_day(picture: Picture, ids: set[str]) -> tuple[str, ...]:
    """Visible ids, by day, then id."""
    entries = (picture.entry(i) for i in ids)
    return tuple(e.id for e in sorted((e for e in entries if e), key=lambda e: e.order))
