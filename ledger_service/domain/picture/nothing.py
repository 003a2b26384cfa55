"""The history of a ledger that is still to be made: nothing is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from ledger_service.domain.picture.dealings import Dealings
from ledger_service.domain.picture.history import Dated
from ledger_service.domain.picture.memo import END, Memo, Unchanged
from ledger_service.domain.picture.plain_acts import ActsBetween
from ledger_service.domain.picture.plain_commitments import CommitmentsBetween
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import (
    Act,
    ActKind,
    Commitment,
    Instrument,
    RelationKind,
    Version,
)
from ledger_service.domain.values.words import Phrase

# ruff: noqa: ARG002 - whatever is asked for, nothing is there

_ALWAYS = Unchanged(0, END, is_open=False)


class NothingRecorded:
    """An empty history. Something may be supposed behind it."""

    position = 0
    recorded = 0
    opens_on: date | None = None

    def __init__(self) -> None:
        self.memo = Memo()

    def kept_facts(self, policy: Policy) -> None:
        return None

    def columns(self) -> None:
        return None

    def entries_at(self, positions: Sequence[int]) -> Sequence[str]:
        return ()

    def versions(self, entry_id: str) -> Sequence[Version]:
        return ()

    def sources(self, target: str) -> Collection[str]:
        return ()

    def versions_hold(self, entry_id: str) -> Unchanged:
        return _ALWAYS

    def sources_hold(self, target: str) -> Unchanged:
        return _ALWAYS

    def touched(self, since: int) -> AbstractSet[str] | None:
        return frozenset()

    def changed(self, after: int) -> Mapping[str, Dated]:
        return {}

    def dated(self, entries: Collection[str]) -> Mapping[str, Dated]:
        return {}

    def naming_days(self, first: date, last: date, *, own: bool = True) -> Iterable[str]:
        return ()

    def crowded(self, first: date, many: int) -> date | None:
        return None

    def dated_after_others(self) -> Iterable[str]:
        return ()

    def published(self, first: date, last: date) -> Iterable[str]:
        return ()

    def told_by(self, reports: Collection[str], *, open_only: bool) -> Iterable[str]:
        return ()

    def aimed_at(self, kinds: Collection[RelationKind]) -> Iterable[str]:
        return ()

    def expect(self, entries: Sequence[str]) -> None:
        pass

    def parties(self) -> Iterable[str]:
        return ()

    def tied_parties(self, party: str) -> Collection[str]:
        return ()

    def by_day(
        self,
        type_: type[Act | Commitment | Instrument],
        upto: date,
        among: AbstractSet[str] | None = None,
        *,
        since: date = date.min,
        backwards: bool = False,
    ) -> Iterator[tuple[date, str]]:
        return iter(())

    def matching(self, clauses: Sequence[Collection[Phrase]]) -> Collection[str] | None:
        return ()

    def recorded_between(self, first: date, last: date) -> Collection[str] | None:
        return ()

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        return ()

    def dealings(self) -> Dealings:
        return Dealings()

    def acts_between(
        self, ones: frozenset[str], others: frozenset[str], *, deliveries: bool
    ) -> ActsBetween:
        return ActsBetween((), ())

    def commitments_between(
        self, ones: frozenset[str], others: frozenset[str]
    ) -> CommitmentsBetween:
        return CommitmentsBetween((), ())

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        return ()

    def acts_together(self, among: Collection[str]) -> Iterable[str]:
        return ()

    def instruments(self) -> Iterable[str]:
        return ()

    def scales(self) -> Iterable[str]:
        return ()
