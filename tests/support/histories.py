"""A ledger's history in memory, slow and obvious: every question looks at every version.

It takes requests as they are, without checks, and puts their items behind the last
position. The opening record holds position 1, so entries start at position 2.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from ledger_service.domain.picture.dealings import Dealings, add
from ledger_service.domain.picture.found_by import index_of
from ledger_service.domain.picture.history import BODIES, Dated
from ledger_service.domain.picture.memo import Memo, Unchanged
from ledger_service.domain.picture.named_days import (
    first_day,
    is_open,
    named_days,
    publication_days,
    reports_of,
)
from ledger_service.domain.picture.plain_acts import ActsBetween, PlainAct, plain_act
from ledger_service.domain.picture.plain_commitments import (
    CommitmentsBetween,
    PlainCommitment,
    plain_commitment,
)
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    DELIVERIES,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    Change,
    Commitment,
    CommitmentFulfilled,
    Condition,
    Evidence,
    Instrument,
    Party,
    RelationKind,
    Scale,
    State,
    Version,
    Words,
)
from ledger_service.domain.values.words import Phrase
from ledger_service.projections.kept_facts import FactTable

FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
OPENING_POSITION = 1


class MemoryHistory:
    """Everything recorded, of which `at` gives the prefixes."""

    def __init__(self, opens_on: date | None = None, versions: Iterable[Version] = ()) -> None:
        self.opens_on = opens_on
        self.recorded = list(versions)

    @property
    def head(self) -> int:
        """The last position."""
        return self.recorded[-1].position if self.recorded else OPENING_POSITION

    def record(
        self, command: RecordCommand, *, recorded_at: datetime | None = None
    ) -> tuple[int, ...]:
        """Append the items and give their positions. Without `recorded_at` each item is
        recorded a second after the last; with it they follow it by microseconds."""
        positions = []
        for n, item in enumerate(command.items):
            position = self.head + 1
            moment = FIRST_MOMENT + timedelta(seconds=position)
            if recorded_at is not None:
                moment = recorded_at + timedelta(microseconds=n)
            self.recorded.append(self._version(item, position, moment, command.request_id))
            positions.append(position)
        return tuple(positions)

    def at(
        self,
        position: int,
        memo: Memo | None = None,
        facts: Mapping[Policy, FactTable] | None = None,
    ) -> MemoryPrefix:
        """The history up to `position`; 0 is the empty log. What is found out goes to
        `memo` and is taken from there, and so do kept facts with `facts`.
        """
        return MemoryPrefix(
            position=position,
            opens_on=self.opens_on,
            known=tuple(v for v in self.recorded if v.position <= position),
            whole=tuple(self.recorded),
            memo=memo or Memo(),
            facts=facts or {},
        )

    def _version(self, item: Item, position: int, moment: datetime, request: str) -> Version:
        entry_id = item.entry_id
        entry_id = entry_id or f"entry-{position}"
        before = [v.state for v in self.recorded if v.entry_id == entry_id]
        return Version(
            entry_id=entry_id,
            version=1 + sum(v.entry_id == entry_id for v in self.recorded),
            position=position,
            recorded_at=moment,
            change=_change(item),
            state=None if isinstance(item, Annulment) else _state(item, before),
            reason="" if isinstance(item, NewEntry) else item.reason,
            report=(item.report or "") if isinstance(item, Amendment) else "",
            recorded_by="local",
            request_id=request,
            evidence_added=len(_added(item)),
        )


@dataclass(frozen=True)
class MemoryPrefix:
    """A History over a list of versions, the first of a whole log."""

    position: int
    opens_on: date | None
    known: tuple[Version, ...]
    whole: tuple[Version, ...]
    memo: Memo = field(default_factory=Memo, compare=False)
    facts: Mapping[Policy, FactTable] = field(default_factory=dict, compare=False)
    #: Without it every act and every commitment is looked at by all rules.
    tells_plain_acts: bool = True

    def kept_facts(self, policy: Policy) -> FactTable | None:
        table = self.facts.get(policy)
        if table:
            table.reach(self)
        return table

    def columns(self) -> None:
        return None

    def entries_at(self, positions: Sequence[int]) -> Sequence[str]:
        return [v.entry_id for v in self.known if v.position in positions]

    def first_recorded(self, type_: type, after: int, upto: int) -> Iterator[tuple[int, str]]:
        firsts = [v for v in self.known if v.version == 1 and after < v.position <= upto]
        return ((v.position, v.entry_id) for v in firsts if isinstance(v.state, type_))

    def all_touched(self, since: int, upto: int) -> set[str]:
        return self._touched_between(since, upto)

    def versions_hold(self, entry_id: str) -> Unchanged:
        return self._between([v.position for v in self.whole if v.entry_id == entry_id])

    def touched(self, since: int) -> set[str]:
        return self._touched_between(since, self.position)

    def _touched_between(self, since: int, upto: int) -> set[str]:
        found = [v for v in self.known if since < v.position <= upto]
        named = map(_named, found)
        return {v.entry_id for v in found}.union(*named)

    def sources_hold(self, target: str) -> Unchanged:
        found = (v for v in self.whole if target in _named(v))
        return self._between([v.position for v in found])

    def _between(self, changes: Sequence[int]) -> Unchanged:
        """The last of some changes before the end, and the next one."""
        head = self.whole[-1].position if self.whole else self.position
        before = [p for p in changes if p <= self.position]
        after = [p for p in changes if p > self.position]
        end = min(after, default=max(head, self.position) + 1)
        return Unchanged(max(before, default=0), end, is_open=not after)

    @property
    def recorded(self) -> int:
        return self.position

    def aimed_at(self, kinds: Collection[RelationKind]) -> Iterable[str]:
        return {
            relation.target
            for v in self.known
            if isinstance(v.state, Act | Commitment | Instrument)
            for relation in v.state.relations
            if relation.kind in kinds
        }

    def changed(self, after: int) -> Mapping[str, Dated]:
        return self.dated({v.entry_id for v in self.known if v.position > after})

    def dated(self, entries: Collection[str]) -> Mapping[str, Dated]:
        found = dict[str, Dated]()
        for v in self.known:
            if v.entry_id in entries and v.state is not None:
                known = found.get(v.entry_id) or Dated(type(v.state), first_day(v.state))
                found[v.entry_id] = known.also(first_day(v.state))
        return found

    def naming_days(self, first: date, last: date, *, own: bool = True) -> Iterable[str]:
        return {v.entry_id for v in self.known if _names(v.state, first, last)}

    def crowded(self, first: date, many: int) -> date | None:
        days = [day for v in self.known for day in named_days(v.state) if day >= first]
        return sorted(days)[many - 1] if len(days) >= many else None

    def dated_after_others(self) -> Iterable[str]:
        return self._ids(lambda state: isinstance(state, Commitment) and bool(state.due_after))

    def published(self, first: date, last: date) -> Iterable[str]:
        return {
            v.entry_id
            for v in self.known
            if any(first <= day <= last for day in publication_days(v))
        }

    def told_by(self, reports: Collection[str], *, open_only: bool) -> Iterable[str]:
        return {
            v.entry_id
            for v in self.known
            if (is_open(v.state) or not open_only)
            and not set(reports).isdisjoint(reports_of(v))
        }

    def expect(self, entries: Sequence[str]) -> None:
        pass

    def versions(self, entry_id: str) -> Sequence[Version]:
        return [v for v in self.known if v.entry_id == entry_id]

    def sources(self, target: str) -> Collection[str]:
        return self._ids(lambda state: target in mentions(state))

    def parties(self) -> Iterable[str]:
        return self._ids(lambda state: isinstance(state, Party))

    def tied_parties(self, party: str) -> Collection[str]:
        return self._ids(lambda state: isinstance(state, Party) and party in _ties(state))

    def by_day(
        self,
        type_: type[Act | Commitment | Instrument],
        upto: date,
        among: AbstractSet[str] | None = None,
        *,
        since: date = date.min,
        backwards: bool = False,
    ) -> Iterator[tuple[date, str]]:
        found = set()
        for v in self.known:
            if isinstance(v.state, type_) and (among is None or v.entry_id in among):
                first = v.state.occurred.from_day or date.min
                last = v.state.occurred.to_day or date.max
                if first <= upto and last >= since:
                    found.add((last if backwards else first, v.entry_id))
        return iter(sorted(found, reverse=backwards))

    def matching(self, clauses: Sequence[Collection[Phrase]]) -> Collection[str]:
        return {v.entry_id for v in self.known if _has_each(v.state, clauses)}

    def recorded_between(self, first: date, last: date) -> Collection[str]:
        return {v.entry_id for v in self.known if first <= v.recorded_at.date() <= last}

    def dealings(self) -> Dealings:
        return self._dealings

    @cached_property
    def _dealings(self) -> Dealings:
        found = Dealings()
        for version in self.known:
            if version.state is not None:
                add(found, version.entry_id, version.state, version.position)
        return found

    def acts_between(
        self, ones: frozenset[str], others: frozenset[str], *, deliveries: bool
    ) -> ActsBetween:
        def is_wanted(state: State) -> bool:
            if not isinstance(state, Act) or (deliveries and state.kind not in DELIVERIES):
                return False
            ends = ((set(state.actors), set(state.counterparties)),)
            return any(
                a & x and b & y for a, b in ends for x, y in ((ones, others), (others, ones))
            )

        found = self._ids(is_wanted)
        if not self.tells_plain_acts:
            return ActsBetween((), found)
        plain = {
            each: act
            for each in found
            if (act := self._plain_alone(each))
            and (not act.fulfils or self._plain_commitment(act.fulfils))
        }
        ordered = sorted(plain.values(), key=lambda act: act.order)
        return ActsBetween(ordered, [each for each in found if each not in plain])

    def commitments_between(
        self, ones: frozenset[str], others: frozenset[str]
    ) -> CommitmentsBetween:
        found = {*self.commitments(ones)}.intersection(self.commitments(others))
        if not self.tells_plain_acts:
            return CommitmentsBetween((), sorted(found))
        plain = {each: told for each in found if (told := self._plain_commitment(each))}
        ordered = sorted(plain.values(), key=lambda each: each.order)
        return CommitmentsBetween(ordered, [each for each in found if each not in plain])

    def _plain_alone(self, entry_id: str) -> PlainAct | None:
        """An act, if it is plain in case that the commitment is that it fulfils."""
        told = self.versions(entry_id)
        return plain_act(told[0]) if len(told) == 1 and not self.sources(entry_id) else None

    def _plain_commitment(self, entry_id: str) -> PlainCommitment | None:
        """A commitment, if it is plain; looked at once, however many acts fulfil it."""
        if entry_id not in self._looked_at:
            self._looked_at[entry_id] = self._found_plain(entry_id)
        return self._looked_at[entry_id]

    @cached_property
    def _looked_at(self) -> dict[str, PlainCommitment | None]:
        return {}

    def _found_plain(self, entry_id: str) -> PlainCommitment | None:
        told, pointing = (
            self.versions(entry_id),
            sorted(self.sources(entry_id), key=self._since),
        )
        deeds = [act for act in map(self._plain_alone, pointing) if act]
        if len(told) > 1 or [each.fulfils for each in deeds] != [entry_id] * len(pointing):
            return None
        return plain_commitment(told[0], deeds)

    def _since(self, entry_id: str) -> int:
        return self.versions(entry_id)[0].position

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        return self._ids(
            lambda state: (
                isinstance(state, Commitment)
                and (
                    among is None or any(p in among for p in (*state.debtors, *state.creditors))
                )
            )
        )

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        return self._ids(
            lambda state: (
                isinstance(state, Act)
                and (among is None or _is_between(state, among))
                and (kinds is None or state.kind in kinds)
            )
        )

    def acts_together(self, among: Collection[str]) -> Iterable[str]:
        return self._ids(
            lambda state: (
                isinstance(state, Act)
                and bool(state.co_actors or len(state.counterparties) > 1)
                and any(party in among for party in (*state.actors, *state.counterparties))
            )
        )

    def instruments(self) -> Iterable[str]:
        return self._ids(lambda state: isinstance(state, Instrument))

    def scales(self) -> Iterable[str]:
        return self._ids(lambda state: isinstance(state, Scale))

    def _ids(self, wanted: Callable[[State], bool]) -> list[str]:
        """Each entry of which any version is wanted, in order of first recording."""
        found = (v.entry_id for v in self.known if v.state is not None and wanted(v.state))
        return list(dict.fromkeys(found))


def _has_each(state: State | None, clauses: Sequence[Collection[Phrase]]) -> bool:
    if state is None:
        return False
    there = index_of(state, getattr(state, "evidence", ()))
    return all(any(phrase.is_in(there) for phrase in clause) for clause in clauses)


def _names(state: State | None, first: date, last: date) -> bool:
    """Whether a state names a day between two; its own first day counts behind `first`, or
    where that is the first of the calendar."""
    days = list(named_days(state))
    if isinstance(state, Act | Commitment | Instrument):
        own = days.pop(0)
        if first < own <= last or own == first == date.min:
            return True
        if state.occurred.from_day:
            days.remove(own)
        if state.occurred.from_day == state.occurred.to_day and own in days:
            days.remove(own)
    return any(first <= day <= last for day in days)


def _named(version: Version) -> set[str]:
    """The entries that a version names; one that only adds evidence says nothing else again."""
    only_told = version.state is None or version.evidence_added
    return set() if only_told else mentions(version.state)


def mentions(state: State) -> set[str]:
    """The entries that a state names by relations, in conditions, in `due_after` and as its
    instrument; of a party, whom it succeeds and who is the same, and that it is
    a body."""
    if isinstance(state, Party):
        kin = {t.predecessor for t in state.succeeds} | {t.party for t in state.same_as}
        return kin | ({BODIES} if state.composed_of else set())
    if not isinstance(state, Act | Commitment | Instrument):
        return set()
    named = {relation.target for relation in state.relations}
    if isinstance(state, Commitment):
        for tree in filter(None, (state.antecedent, state.until_condition)):
            named |= set(_leaves(tree.condition))
        after = state.due_after
        named |= {state.instrument, *((after.act, after.commitment) if after else ())}
    return named - {""}


def _ties(party: Party) -> set[str]:
    return {*(tie.principal for tie in party.represents), *_kin(party)}


def _kin(party: Party) -> set[str]:
    return {
        *(tie.predecessor for tie in party.succeeds),
        *(tie.member for tie in party.composed_of),
        *(tie.party for tie in party.same_as),
    }


def _leaves(condition: Condition) -> Iterator[str]:
    match condition:
        case ActOccurred(act=entry_id) | CommitmentFulfilled(commitment=entry_id):
            yield entry_id
        case Words():
            pass
        case AtLeast(of=conditions) | AllOf(conditions) | AnyOf(conditions):
            for inner in conditions:
                yield from _leaves(inner)


def _is_between(act: Act, among: Collection[str]) -> bool:
    parties = frozenset(among)
    return not (parties.isdisjoint(act.counterparties) or parties.isdisjoint(act.actors))


def _state(item: NewEntry | Amendment, before: Sequence[State | None]) -> State:
    """The full state of the version that an item makes, after those before it."""
    if item.state is not None:
        return item.state
    last = before[-1]
    assert isinstance(last, Act | Commitment | Instrument)
    return replace(last, evidence=last.evidence + _added(item))


def _added(item: Item) -> tuple[Evidence, ...]:
    return item.evidence_added if isinstance(item, Amendment) else ()


def _change(item: Item) -> Change:
    match item:
        case NewEntry():
            return Change.RECORDED
        case Annulment():
            return Change.ANNULMENT
        case Amendment(report=None):
            return Change.CORRECTION
        case _:
            return Change.NEW_INFORMATION
