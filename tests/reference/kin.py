"""Who stands for whom on a day: identities, representatives, successors, and bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from ledger_service.domain.values.entries import Mandate, Party, Representation

T = TypeVar("T")


def once(method: Callable[..., T]) -> Callable[..., T]:
    """Asks a question of a world only once: the same one has the same answer."""

    @wraps(method)
    def asked(self: Any, *arguments: Any) -> T:
        known = self.__dict__.setdefault("_known", {})
        key = (method.__name__, *arguments)
        if key not in known:
            known[key] = method(self, *arguments)
        found: T = known[key]
        return found

    return asked


@dataclass(frozen=True, order=True)
class Takeover:
    """From a day on `successor` stands beside `predecessor`; it takes its place unless the
    predecessor continues."""

    day: date
    predecessor: str
    successor: str
    continues: bool


@dataclass(frozen=True)
class Side:
    """All who stand on a side, and those of them who hold it."""

    standing: frozenset[str]
    held: frozenset[str]


class Kin:
    """The parties of a world and their ties that can be seen."""

    parties: Mapping[str, Party]

    def report_visible(self, report_id: str) -> bool:
        raise NotImplementedError

    def counts(self, reports: Iterable[str]) -> bool:
        """A tie that names reports counts once one of them is visible."""
        reports = list(reports)
        return not reports or any(self.report_visible(r) for r in reports)

    # One party with several ids

    def selves(self, party: str) -> set[str]:
        """All ids of a party."""
        found = {party}
        while True:
            more = {q for p in found for q in self._same(p)} - found
            if not more:
                return found
            found |= more

    def _same(self, party: str) -> Iterator[str]:
        for entry_id, state in self.parties.items():
            for tie in state.same_as:
                if self.counts(tie.reports):
                    if entry_id == party:
                        yield tie.party
                    if tie.party == party:
                        yield entry_id

    @once
    def one(self, party: str) -> str:
        """The smallest id stands for all."""
        return min(self.selves(party))

    def name(self, party: str, day: date) -> object:
        state = self.parties[party]
        for each in state.names:
            if within(each.from_day, each.to_day, day):
                return each.name
        return state.name

    # Representatives

    @once
    def representation(self, party: str, day: date) -> Representation | None:
        """Of a party with several ids the tie of the smallest."""
        state = self.parties.get(self.one(party))
        for tie in state.represents if state else ():
            if within(tie.from_day, tie.to_day, day) and self.counts(tie.reports):
                return tie
        return None

    @once
    def chain(self, party: str, day: date) -> list[str]:
        """The party, whom it represents on the day, whom that one represents, ... A circle
        ends at its smallest id."""
        walked = [self.one(party)]
        while True:
            tie = self.representation(walked[-1], day)
            if tie is None:
                return walked
            principal = self.one(tie.principal)
            if principal in walked:
                head = min(walked[walked.index(principal) :])
                return walked[: walked.index(head) + 1]
            walked.append(principal)

    def principal(self, party: str, day: date) -> str:
        """The end of the chain."""
        return self.chain(party, day)[-1]

    def on_side(self, party: str, principals: Iterable[str], day: date) -> list[str]:
        """Those of the principals whom the party is or represents on the day."""
        walked = self.chain(party, day)
        return [p for p in principals if p in walked]

    def mandated(self, party: str, principal: str, mandate: Mandate, day: date) -> bool:
        """A mandate must stand on every link between the party and the principal."""
        walked = self.chain(party, day)
        if principal not in walked:
            return False
        for link in walked[: walked.index(principal)]:
            tie = self.representation(link, day)
            assert tie is not None
            if mandate not in tie.mandate and Mandate.ALL not in tie.mandate:
                return False
        return True

    # Bodies

    def members(self, body: str, day: date) -> set[str]:
        """The members of a body on a day."""
        return {
            self.one(tie.member)
            for entry_id in self.selves(body)
            if entry_id in self.parties
            for tie in self.parties[entry_id].composed_of
            if within(tie.from_day, tie.to_day, day) and self.counts(tie.reports)
        }

    @once
    def downward(self, party: str, day: date) -> set[str]:
        """The party, whom it represents, the members of these, in turn, rolled up."""
        return closure(
            self.chain(party, day),
            lambda p: {q for m in self.members(p, day) for q in self.chain(m, day)},
        )

    @once
    def upward(self, party: str, day: date) -> set[str]:
        """The party, whom it represents, the bodies of which these are members, in turn,
        rolled up."""
        return closure(
            self.chain(party, day),
            lambda p: {
                q
                for body in self.parties
                if any(p in self.chain(m, day) for m in self.members(body, day))
                for q in self.chain(body, day)
            },
        )

    def is_neutral(self, party: str, sides: Iterable[str], day: date) -> bool:
        """On no side, no body composed of a party that is, and no member of a body that is."""
        near = self.downward(party, day) | self.upward(party, day)
        return not near & set(sides)

    def voices(self, party: str, day: date) -> set[str]:
        """Whose word the party's is: a body's is its members'."""
        return self._voices(party, day, set()) or {self.principal(party, day)}

    def _voices(self, party: str, day: date, passed: set[str]) -> set[str]:
        speaker = self.principal(party, day)
        if speaker in passed:
            return set()
        members = self.members(speaker, day)
        if not members:
            return {speaker}
        return {q for m in members for q in self._voices(m, day, passed | {speaker})}

    # Successors

    @once
    def takeovers(self) -> dict[date, set[Takeover]]:
        """By day, without those that form a circle on it."""
        found: dict[date, set[Takeover]] = {}
        for entry_id, state in self.parties.items():
            for tie in state.succeeds:
                if self.counts(tie.reports):
                    ends = self.one(tie.predecessor), self.one(entry_id)
                    each = Takeover(tie.from_day, *ends, tie.continues)
                    found.setdefault(tie.from_day, set()).add(each)
        return {day: without_circles(ties) for day, ties in found.items()}

    def side(
        self,
        base: Iterable[str],
        promised: date,
        day: date,
        left: Mapping[str, date] | None = None,
    ) -> Side:
        """Who stands on a side on a day, of what was promised on another; who left before
        a succession is not succeeded there."""
        return self._side(frozenset(base), promised, day, frozenset((left or {}).items()))

    @once
    def _side(
        self,
        base: frozenset[str],
        promised: date,
        day: date,
        left: frozenset[tuple[str, date]],
    ) -> Side:
        standing, held, gone = set(base), set(base), dict(left)
        for moment, ties in sorted(self.takeovers().items()):
            if promised < moment <= day:
                passed = {p for p, since in gone.items() if since < moment}
                theirs = [t for t in sorted(ties) if t.predecessor not in passed]
                there = reached(standing - passed, theirs)
                new = [t for t in theirs if t.predecessor in there]
                standing |= {t.successor for t in new}
                held |= {t.successor for t in new}
                held -= {t.predecessor for t in new if not t.continues}
        return Side(frozenset(standing), frozenset(held - set(gone)))

    def predecessors(self, party: str, day: date) -> set[str]:
        """Whom the party succeeded until a day, in turn."""
        return self._walk(party, day, backward=True)

    def successors(self, party: str, day: date) -> set[str]:
        """Who succeeded the party until a day, in turn."""
        return self._walk(party, day, backward=False)

    def _walk(self, party: str, day: date, *, backward: bool) -> set[str]:
        ties = [t for moment, some in self.takeovers().items() if moment <= day for t in some]

        def step(p: str) -> set[str]:
            if backward:
                return {t.predecessor for t in ties if t.successor == p}
            return {t.successor for t in ties if t.predecessor == p}

        start = self.one(party)
        return closure([start], step) - {start}

    def became(self, party: str, day: date) -> list[str]:
        """Who the party is on a day."""
        return sorted(self.side([self.principal(party, day)], date.min, day).held)


def within(first: date | None, last: date | None, day: date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def closure(start: Iterable[str], step: Callable[[str], set[str]]) -> set[str]:
    found = set(start)
    while True:
        more = {q for p in found for q in step(p)} - found
        if not more:
            return found
        found |= more


def reached(start: Iterable[str], ties: Iterable[Takeover]) -> set[str]:
    """Who stands on a side once the successions of a day have applied in turn."""
    ties = list(ties)
    return closure(start, lambda p: {t.successor for t in ties if t.predecessor == p})


def without_circles(ties: Iterable[Takeover]) -> set[Takeover]:
    ties = list(ties)
    return {t for t in ties if t.predecessor not in reached([t.successor], ties)}
