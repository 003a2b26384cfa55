"""What a list of parties or reports is narrowed by. Of several values within one field any may
apply, of several fields all must. A field that is empty lets everything through.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_service.domain.values.entries import PartyKind
from ledger_service.domain.values.filters import Asked, DayRange


@dataclass(frozen=True)
class PartyCodePrefix:
    """How a code of a party begins in another collection."""

    scheme: str
    prefix: str


@dataclass(frozen=True)
class PartyFilter:
    """Which parties are wanted. They represent one of `represents`, and are members of one of
    `members_of`, on the day of the cuts, on which they have the codes too. `recorded` is the
    day on which the last version was recorded.
    """

    entry_ids: frozenset[str] = frozenset()
    kinds: frozenset[PartyKind] = frozenset()
    recorded: DayRange | None = None
    codes: frozenset[PartyCodePrefix] = frozenset()
    represents: frozenset[str] = frozenset()
    members_of: frozenset[str] = frozenset()
    text: Asked = ()


@dataclass(frozen=True)
class ReportFilter:
    """Which reports are wanted. `published` is the day from which one counts at the cuts,
    `recorded` the day on which the version that answers was recorded. `publishers` are folded.
    """

    entry_ids: frozenset[str] = frozenset()
    recorded: DayRange | None = None
    topics: frozenset[str] = frozenset()
    publishers: frozenset[str] = frozenset()
    published: DayRange | None = None
    languages: frozenset[str] = frozenset()
    text: Asked = ()
