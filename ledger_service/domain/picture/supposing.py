"""A history with something supposed behind its end: what would be answered if it were recorded.

What is supposed stands at the positions behind the last one, all at one time. Nothing of it
reaches the history on which it stands, or that one's cache of results.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import cached_property, partial
from heapq import merge

from ledger_service.domain.picture.dealings import Dealings, add
from ledger_service.domain.picture.history import Dated, History
from ledger_service.domain.picture.memo import END, Memo, Unchanged
from ledger_service.domain.picture.mentions import mentions
from ledger_service.domain.picture.named_days import (
    first_day,
    is_open,
    named_days,
    publication_days,
    reports_of,
)
from ledger_service.domain.picture.plain_acts import ActsBetween
from ledger_service.domain.picture.plain_commitments import CommitmentsBetween
from ledger_service.domain.values.commands import Amendment, Annulment, Item, NewEntry
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    DELIVERIES,
    Act,
    ActKind,
    Change,
    Commitment,
    Instrument,
    Party,
    RelationKind,
    Scale,
    State,
    Version,
)
from ledger_service.domain.values.words import Phrase

#: The history has one position only, so that all that is found out holds there.
_ALWAYS = Unchanged(0, END, is_open=False)
#: So many results of rules are kept, some 5 MB: they hold for one caller's questions.
_RESULTS = 8_000


def suppose(history: History, items: Sequence[Item], recorded_at: datetime) -> History:
    """A history with items behind its end, as if they had been recorded at a time. Each names
    its entry, and an amendment has the full state of the version that it makes.
    """
    supposed: dict[str, list[Version]] = {}
    history.expect([item.entry_id for item in items])
    for position, item in enumerate(items, history.position + 1):
        entry_id = item.entry_id
        before = supposed.setdefault(entry_id, [])
        number = len(history.versions(entry_id)) + len(before) + 1
        before.append(_version(item, entry_id, number, position, recorded_at))
    return SupposedHistory(history, supposed)


def _version(
    item: Item, entry_id: str, number: int, position: int, recorded_at: datetime
) -> Version:
    match item:
        case NewEntry():
            change, state, report = Change.RECORDED, item.state, ""
        case Annulment():
            return Version(
                entry_id, number, position, recorded_at, Change.ANNULMENT, None, item.reason
            )
        case Amendment():
            assert item.state is not None
            state, report = item.state, item.report or ""
            change = Change.NEW_INFORMATION if report else Change.CORRECTION
    reason = item.reason if isinstance(item, Amendment) else ""
    return Version(entry_id, number, position, recorded_at, change, state, reason, report)


class SupposedHistory:
    """A history with versions behind its end. Any thread may ask."""

    def __init__(self, history: History, supposed: dict[str, list[Version]]) -> None:
        self._history = history
        self._supposed = supposed
        self.position = history.position + sum(map(len, supposed.values()))
        self.memo = Memo(_RESULTS)

    def kept_facts(self, policy: Policy) -> None:  # noqa: ARG002 - of either
        return None

    def columns(self) -> None:
        return None

    def entries_at(self, positions: Sequence[int]) -> Sequence[str]:
        return self._history.entries_at(positions)

    @property
    def opens_on(self) -> date | None:
        return self._history.opens_on

    def versions(self, entry_id: str) -> Sequence[Version]:
        recorded = self._history.versions(entry_id)
        supposed = self._supposed.get(entry_id)
        return [*recorded, *supposed] if supposed else recorded

    def sources(self, target: str) -> Collection[str]:
        recorded = self._history.sources(target)
        supposed = self._pointing.get(target)
        return {*recorded, *supposed} if supposed else recorded

    def versions_hold(self, entry_id: str) -> Unchanged:  # noqa: ARG002 - of every entry
        return _ALWAYS

    def sources_hold(self, target: str) -> Unchanged:  # noqa: ARG002 - of every entry
        return _ALWAYS

    def touched(self, since: int) -> None:  # noqa: ARG002 - it does not grow
        return None

    @property
    def recorded(self) -> int:
        return self._history.recorded

    def changed(self, after: int) -> Mapping[str, Dated]:
        return {**self._history.changed(after), **self.dated(self._supposed)}

    def dated(self, entries: Collection[str]) -> Mapping[str, Dated]:
        found = dict(self._history.dated(entries))
        for entry_id, state in self._states:
            if entry_id in entries:
                known = found.get(entry_id) or Dated(type(state), first_day(state))
                found[entry_id] = known.also(first_day(state))
        return found

    def naming_days(self, first: date, last: date, *, own: bool = True) -> Iterable[str]:
        def is_named(version: Version) -> bool:
            return any(first <= day <= last for day in named_days(version.state))

        return {*self._history.naming_days(first, last, own=own), *self._of(is_named)}

    def crowded(self, first: date, many: int) -> date | None:
        return self._history.crowded(first, many)

    def dated_after_others(self) -> Iterable[str]:
        def waits(version: Version) -> bool:
            return isinstance(version.state, Commitment) and bool(version.state.due_after)

        return {*self._history.dated_after_others(), *self._of(waits)}

    def published(self, first: date, last: date) -> Iterable[str]:
        def is_out(version: Version) -> bool:
            return any(first <= day <= last for day in publication_days(version))

        return {*self._history.published(first, last), *self._of(is_out)}

    def told_by(self, reports: Collection[str], *, open_only: bool) -> Iterable[str]:
        def is_told(version: Version) -> bool:
            wanted = is_open(version.state) or not open_only
            return wanted and not set(reports).isdisjoint(reports_of(version))

        recorded = self._history.told_by(reports, open_only=open_only)
        return {*recorded, *self._of(is_told)}

    def aimed_at(self, kinds: Collection[RelationKind]) -> Iterable[str]:
        supposed = {
            relation.target
            for _, state in self._states
            if isinstance(state, Act | Commitment | Instrument)
            for relation in state.relations
            if relation.kind in kinds
        }
        return {*self._history.aimed_at(kinds), *supposed}

    def _of(self, is_wanted: Callable[[Version], bool]) -> Iterator[str]:
        return (
            entry_id
            for entry_id, versions in self._supposed.items()
            if any(map(is_wanted, versions))
        )

    def expect(self, entries: Sequence[str]) -> None:
        self._history.expect(entries)

    def parties(self) -> Iterable[str]:
        return self._with(self._history.parties(), Party)

    def tied_parties(self, party: str) -> Collection[str]:
        recorded = self._history.tied_parties(party)
        supposed = self._ids(lambda state: isinstance(state, Party) and party in _ties(state))
        return {*recorded, *supposed} if supposed else recorded

    def by_day(
        self,
        type_: type[Act | Commitment | Instrument],
        upto: date,
        among: AbstractSet[str] | None = None,
        *,
        since: date = date.min,
        backwards: bool = False,
    ) -> Iterator[tuple[date, str]]:
        supposed = set[tuple[date, str]]()
        for entry_id, state in self._states:
            if isinstance(state, type_) and (among is None or entry_id in among):
                first = state.occurred.from_day or date.min
                if first <= upto:
                    last = state.occurred.to_day or date.max
                    supposed.add((last if backwards else first, entry_id))
        return merge(
            self._history.by_day(type_, upto, among, since=since, backwards=backwards),
            sorted(supposed, reverse=backwards),
            reverse=backwards,
        )

    def matching(self, clauses: Sequence[Collection[Phrase]]) -> Collection[str] | None:
        recorded = self._history.matching(clauses)
        return None if recorded is None else {*recorded, *self._supposed}

    def recorded_between(self, first: date, last: date) -> Collection[str] | None:
        recorded = self._history.recorded_between(first, last)
        return None if recorded is None else {*recorded, *self._supposed}

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        def is_wanted(state: State) -> bool:
            if not isinstance(state, Commitment):
                return False
            named = {*state.debtors, *state.creditors}
            return among is None or not named.isdisjoint(among)

        return self._together(self._history.commitments(among), is_wanted)

    def dealings(self) -> Dealings:
        return self._dealings

    @cached_property
    def _dealings(self) -> Dealings:
        found = self._history.dealings()
        named = {Act, Commitment, Party}
        if named.isdisjoint(type(state) for _, state in self._states):
            return found
        found = found.copy()
        for entry_id, state in self._states:
            add(found, entry_id, state, self._history.position + 1)
        return found

    def acts_between(
        self, ones: frozenset[str], others: frozenset[str], *, deliveries: bool
    ) -> ActsBetween:
        def is_between(act: Act, here: frozenset[str], there: frozenset[str]) -> bool:
            return not (here.isdisjoint(act.actors) or there.isdisjoint(act.counterparties))

        def is_wanted(state: State) -> bool:
            if not isinstance(state, Act) or (deliveries and state.kind not in DELIVERIES):
                return False
            return is_between(state, ones, others) or is_between(state, others, ones)

        recorded = self._history.acts_between(ones, others, deliveries=deliveries)
        touched = self._supposed.keys() | self._pointing.keys()
        no_more = {
            act.id for act in recorded.plain if not touched.isdisjoint((act.id, act.fulfils))
        }
        plain = recorded.plain
        if no_more:
            plain = [act for act in recorded.plain if act.id not in no_more]
        more = (*recorded.others, *no_more, *self._ids(is_wanted))
        return ActsBetween(plain, list(dict.fromkeys(more)))

    def commitments_between(
        self, ones: frozenset[str], others: frozenset[str]
    ) -> CommitmentsBetween:
        def names(state: State, some: frozenset[str]) -> bool:
            return isinstance(state, Commitment) and not some.isdisjoint(
                (*state.debtors, *state.creditors)
            )

        recorded = self._history.commitments_between(ones, others)
        touched = self._supposed.keys() | self._pointing.keys()
        no_more = {
            each.id
            for each in recorded.plain
            if each.id in touched or any(deed.id in touched for deed in each.deeds)
        }
        plain = recorded.plain
        if no_more:
            plain = [each for each in recorded.plain if each.id not in no_more]
        here, there = (
            {*self._history.commitments(some), *self._ids(partial(names, some=some))}
            for some in (ones, others)
        )
        new = self._supposed.keys() & here & there
        return CommitmentsBetween(
            plain, list(dict.fromkeys((*recorded.others, *no_more, *new)))
        )

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        def is_wanted(state: State) -> bool:
            if not isinstance(state, Act) or (kinds is not None and state.kind not in kinds):
                return False
            ends = (state.actors, state.counterparties)
            return among is None or all(any(p in among for p in end) for end in ends)

        return self._together(self._history.acts(among, kinds), is_wanted)

    def acts_together(self, among: Collection[str]) -> Iterable[str]:
        def is_wanted(state: State) -> bool:
            return (
                isinstance(state, Act)
                and bool(state.co_actors or len(state.counterparties) > 1)
                and any(party in among for party in (*state.actors, *state.counterparties))
            )

        return self._together(self._history.acts_together(among), is_wanted)

    def instruments(self) -> Iterable[str]:
        return self._with(self._history.instruments(), Instrument)

    def scales(self) -> Iterable[str]:
        return self._with(self._history.scales(), Scale)

    @cached_property
    def _states(self) -> tuple[tuple[str, State], ...]:
        return tuple(
            (version.entry_id, version.state)
            for versions in self._supposed.values()
            for version in versions
            if version.state is not None
        )

    @cached_property
    def _pointing(self) -> dict[str, set[str]]:
        """The supposed entries that point at an entry, by that one."""
        found: dict[str, set[str]] = {}
        for entry_id, state in self._states:
            for target in set(mentions(state)):
                found.setdefault(target, set()).add(entry_id)
        return found

    def _with(self, recorded: Iterable[str], type_: type[State]) -> Iterable[str]:
        return self._together(recorded, lambda state: isinstance(state, type_))

    def _together(
        self, recorded: Iterable[str], is_wanted: Callable[[State], bool]
    ) -> Iterable[str]:
        """Recorded entries, and the supposed ones that are wanted, each once."""
        supposed = self._ids(is_wanted)
        return dict.fromkeys((*recorded, *supposed)) if supposed else recorded

    def _ids(self, is_wanted: Callable[[State], bool]) -> list[str]:
        return [entry_id for entry_id, state in self._states if is_wanted(state)]


def _ties(party: Party) -> set[str]:
    return {
        *(tie.principal for tie in party.represents),
        *(tie.member for tie in party.composed_of),
        *mentions(party),
    }
