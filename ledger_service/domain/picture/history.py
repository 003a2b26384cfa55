"""What the rules ask of recorded history: look-ups that a view answers.

Every look-up is bounded by one position, so that a history is a fixed prefix of
the log. The collections of ids may hold too much (an id that mentioned the
target in some version only), never too little: the rules look again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Protocol

from ledger_service.domain.picture.memo import Memo, Unchanged
from ledger_service.domain.values.entries import Act, ActKind, Commitment, Version


class History(Protocol):
    """The entries of one ledger up to a position."""

    @property
    def position(self) -> int:
        """Where it ends."""
        ...

    @property
    def memo(self) -> Memo:
        """What was found out about its log."""
        ...

    @property
    def opens_on(self) -> date | None:
        """The first day that the ledger looks at, if it has one."""
        ...

    def versions(self, entry_id: str) -> Sequence[Version]:
        """All versions up to the position, oldest first; empty if there is none."""
        ...

    def sources(self, target: str) -> Collection[str]:
        """Acts and commitments of which any version has a relation or an antecedent
        that names `target`.
        """
        ...

    def versions_hold(self, entry_id: str) -> Unchanged:
        """At which positions an entry has the same versions."""
        ...

    def sources_hold(self, target: str) -> Unchanged:
        """The same for the sources of an entry."""
        ...

    def touched(self, since: int) -> AbstractSet[str] | None:
        """The entries that have a version, or a source, behind a position; None when
        they are too many to look at.
        """
        ...

    def expect(self, entries: Sequence[str]) -> None:
        """These entries are asked for next, and may be fetched together. Of all acts or
        commitments it expects the next ones by itself.
        """
        ...

    def parties(self) -> Iterable[str]:
        """All parties."""
        ...

    def representatives(self, principal: str) -> Collection[str]:
        """Parties of which any version represents `principal`."""
        ...

    def by_day(self, type_: type[Act | Commitment], upto: date) -> Iterator[tuple[date, str]]:
        """Acts or commitments, each with a day before which no version of it can take
        effect, by day, then id, as far as the day `upto`. An entry may come again.
        """
        ...

    def commitments(self, among: Collection[str] | None = None) -> Iterable[str]:
        """All commitments; with `among`, those of which any version has a debtor or a
        creditor in it.
        """
        ...

    def dealings(self) -> Iterable[tuple[str, str]]:
        """Two parties each that some version of a delivery or of a commitment ties to one
        another: actor and counterparty, debtor and creditor.
        """
        ...

    def acts(
        self,
        among: Collection[str] | None = None,
        kinds: Collection[ActKind] | None = None,
    ) -> Iterable[str]:
        """All acts; with `among`, those of which any version has both an actor and a
        counterparty in it; with `kinds`, those of which any version is of a kind.
        """
        ...

    def acts_together(self, among: Collection[str]) -> Iterable[str]:
        """Acts that in some version several did together, one of `among` with them."""
        ...

    def scales(self) -> Iterable[str]:
        """All registered scales."""
        ...
