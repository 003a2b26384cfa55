"""The interface through which the rules read recorded history.

Every look-up is bounded by one position, so that a history is a fixed prefix of the log. A
collection of ids may contain too many (one that mentioned the target in another version only),
never too few: the rules check each entry again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import NamedTuple, Protocol

from ledger_service.domain.picture.columns import Columns
from ledger_service.domain.picture.dealings import Dealings
from ledger_service.domain.picture.kept_facts import KeptFacts
from ledger_service.domain.picture.memo import Memo, Unchanged
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


class Dated(NamedTuple):
    """The type of an entry, and a day before which no version of it can take effect; the first
    day of the calendar for a type that has no such days.
    """

    type_: type
    earliest: date

    def also(self, day: date) -> Dated:
        """The same entry, of which another version cannot take effect before a day."""
        return self if self.earliest <= day else Dated(self.type_, day)


#: Stands for all bodies among the sources; no entry can have it as its id.
BODIES = "*bodies"


class History(Protocol):
    """The entries of one ledger up to a position."""

    @property
    def position(self) -> int:
        """The position up to which entries are visible."""
        ...

    @property
    def recorded(self) -> int:
        """The position up to which its entries are recorded; what lies behind is supposed."""
        ...

    @property
    def memo(self) -> Memo:
        """The cache of results about its log."""
        ...

    def kept_facts(self, policy: Policy) -> KeptFacts | None:
        """The facts that are kept of its commitments, which have reached its position; None
        where none are kept, as of what is supposed.
        """
        ...

    def columns(self) -> Columns | None:
        """What lists are counted by, which has reached its position; None where it is not kept,
        as of what is supposed.
        """
        ...

    def entries_at(self, positions: Sequence[int]) -> Sequence[str]:
        """The recorded entries of which a version stands at one of some positions."""
        ...

    @property
    def opens_on(self) -> date | None:
        """The first day of the ledger, if it has one."""
        ...

    def versions(self, entry_id: str) -> Sequence[Version]:
        """All versions of an entry up to the position, oldest first; empty if there is none."""
        ...

    def sources(self, target: str) -> Collection[str]:
        """Acts, commitments and instruments with a version that has a relation to `target`, or
        names it as its instrument, in its antecedent, its `until_condition` or its
        `due_after`; of a party, the parties with a version that succeeds it or says that both
        are the same; of `BODIES`, the parties with a version that is composed of others.
        """
        ...

    def versions_hold(self, entry_id: str) -> Unchanged:
        """The positions at which an entry has the same versions as here."""
        ...

    def sources_hold(self, target: str) -> Unchanged:
        """The positions at which an entry has the same sources as here."""
        ...

    def touched(self, since: int) -> AbstractSet[str] | None:
        """The entries that got a version, or a source, behind the position `since`; None when
        they are too many to look at.
        """
        ...

    def changed(self, after: int) -> Mapping[str, Dated]:
        """Entries of any type with a version behind the position `after`."""
        ...

    def dated(self, entries: Collection[str]) -> Mapping[str, Dated]:
        """Some entries of any type, as far as they are recorded."""
        ...

    def naming_days(self, first: date, last: date, *, own: bool = True) -> Iterable[str]:
        """Acts, commitments and instruments with a version that names a day from `first` to
        `last`, as their own, in a relation, a term or a deadline; an open start is the first
        day of the calendar. Also parties that succeed another one from such a day on. Those
        that are named for no more than their own first day on `first` may be missing, unless
        that is the first day of the calendar. Without `own` all may be missing that are named
        for no more than their own first day.
        """
        ...

    def crowded(self, first: date, many: int) -> date | None:
        """About the day by which so many entries have named a day from `first` on, apart from
        the first one on which they can have happened; None where there are fewer.
        """
        ...

    def dated_after_others(self) -> Iterable[str]:
        """Commitments with a version that falls due after something else."""
        ...

    def published(self, first: date, last: date) -> Iterable[str]:
        """Reports with a version of which the first or last day of publication may lie between
        these days, both inclusive; an open start is the first day of the calendar.
        """
        ...

    def told_by(self, reports: Collection[str], *, open_only: bool) -> Iterable[str]:
        """Entries with a version of which one of these reports tells: as evidence, for a tie
        of a party, or as new information; with `open_only`, those of them whose last day may
        hang on it.
        """
        ...

    def aimed_at(self, kinds: Collection[RelationKind]) -> Iterable[str]:
        """Entries at which a version of another one aims a relation of one of these kinds,
        which must be kinds that end or halt a promise.
        """
        ...

    def expect(self, entries: Sequence[str]) -> None:
        """Tells that these entries are asked for next, so that they can be fetched together.
        The entries of a list of acts or commitments are expected without being told.
        """
        ...

    def parties(self) -> Iterable[str]:
        """All parties."""
        ...

    def tied_parties(self, party: str) -> Collection[str]:
        """Parties with a version that has a tie to `party`: that represents it, succeeds it,
        is composed of it, or is the same. There may be a great many; those of which a rule
        needs to know for each act that names `party` are among its `sources`.
        """
        ...

    def by_day(
        self,
        type_: type[Act | Commitment | Instrument],
        upto: date,
        among: AbstractSet[str] | None = None,
        *,
        since: date = date.min,
        backwards: bool = False,
    ) -> Iterator[tuple[date, str]]:
        """Acts, commitments or instruments by the first days of their versions, then id, up to
        the day `upto`: an entry comes at each day before which one of its versions cannot take
        effect, and may come there more than once. With `among` only these; versions may be
        missing that cannot take effect on the day `since` or later. Backwards those that may
        take effect up to `upto`, each at least at the days after which one of its versions
        cannot, from the last one to the first.
        """
        ...

    def matching(self, clauses: Sequence[Collection[Phrase]]) -> Collection[str] | None:
        """Entries of any type with a version that has, among its words and keys, one phrase of
        each clause at least. None where they are too many to be looked up.
        """
        ...

    def recorded_between(self, first: date, last: date) -> Collection[str] | None:
        """Entries of any type with a version that was recorded on a day from `first` to `last`,
        in UTC. None where they are too many to be looked up.
        """
        ...

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        """All commitments; with `among`, those with a version that has one of these parties as
        debtor or creditor.
        """
        ...

    def dealings(self) -> Dealings:
        """Who may have dealt with whom: the parties that a version of a delivery or of a
        commitment ties to one another, actors and counterparties, debtors and creditors; and
        who stands for them, or succeeds them, in some version.
        """
        ...

    def acts_between(
        self, ones: frozenset[str], others: frozenset[str], *, deliveries: bool
    ) -> ActsBetween:
        """The acts with a version that has an actor among some parties and a counterparty
        among others, or the other way round; with `deliveries`, those that may be deliveries.
        Those that are plain are told apart.
        """
        ...

    def commitments_between(
        self, ones: frozenset[str], others: frozenset[str]
    ) -> CommitmentsBetween:
        """The commitments of which versions name somebody among some parties, and somebody
        among others. Those that are plain are told apart.
        """
        ...

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        """All acts; with `among`, those with a version that has an actor and a counterparty
        among these parties; with `kinds`, those with a version of one of these kinds.
        """
        ...

    def acts_together(self, among: Collection[str]) -> Iterable[str]:
        """Acts with a version at one end of which several parties stand, and in which one of
        `among` takes part.
        """
        ...

    def instruments(self) -> Iterable[str]:
        """All instruments."""
        ...

    def scales(self) -> Iterable[str]:
        """All registered scales."""
        ...
