"""Which records of a log are wanted: what a filter lets through, as far as a record tells it by
itself, and what has to be looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from ledger_service.domain.values.entries import TYPE_NAMES, Change, EntryType
from ledger_service.persistence.records import ENTRY_AMENDED, ENTRY_ANNULLED, RECORD_TYPES
from ledger_service.projections.searching import EntrySearch

#: The type of the entry whose first record is of a type.
RECORDED = {record: EntryType(TYPE_NAMES[type_]) for type_, record in RECORD_TYPES.items()}


class _Data(msgspec.Struct):
    """What a filter tests of the data of an amendment."""

    payloadtype: str = ""
    change: Change | None = None


class Header(msgspec.Struct):
    """The parts of a record that a filter tests."""

    type: str
    subject: str = ""
    data: msgspec.Raw = msgspec.Raw()

    @property
    def change(self) -> Change:
        """What the version did to its entry. Raises msgspec.DecodeError."""
        if self.type == ENTRY_ANNULLED:
            return Change.ANNULMENT
        if self.type == ENTRY_AMENDED:
            return _DATA.decode(self.data).change or Change.CORRECTION
        return Change.RECORDED

    @property
    def entry_type(self) -> EntryType | None:
        """The type of the entry; None for an annulment, which does not say it. Raises
        msgspec.DecodeError.
        """
        if self.type == ENTRY_ANNULLED:
            return None
        if self.type == ENTRY_AMENDED:
            return RECORDED.get(_DATA.decode(self.data).payloadtype)
        return RECORDED.get(self.type)


_DATA = msgspec.json.Decoder(_Data)


_ALL_ENTRIES = EntrySearch()


@dataclass(frozen=True)
class LogFilter:
    """Lets a record through to which everything applies that is given. With `versions_only`
    these are records of entries, else also what the ledger recorded of itself.
    """

    record_types: frozenset[str] = frozenset()
    changes: frozenset[Change] = frozenset()
    entry_types: frozenset[EntryType] = frozenset()
    search: EntrySearch = _ALL_ENTRIES
    versions_only: bool = False

    @property
    def is_open(self) -> bool:
        """Whether every record is let through."""
        return self == _OPEN

    @property
    def chooses_entries(self) -> bool:
        """Whether it lets through records of some entries only, which the views can find."""
        return self.search != _ALL_ENTRIES

    @property
    def needs_views(self) -> bool:
        """Whether a record alone does not tell that its entry is wanted."""
        return bool(self.search.parties or self.search.related_to)

    def wants(self, header: Header, type_of: Callable[[str], EntryType | None]) -> bool:
        """Whether a record is let through, apart from what only the views can tell. `type_of`
        looks up the type of an entry. Raises msgspec.DecodeError.
        """
        if self.record_types and header.type not in self.record_types:
            return False
        if not header.subject:
            return not (
                self.versions_only
                or self.changes
                or self.entry_types
                or self.search._replace(types=frozenset()) != _ALL_ENTRIES
            )
        search = self.search
        if search.entry_ids and header.subject not in search.entry_ids:
            return False
        if search.id_prefixes and not header.subject.startswith(search.id_prefixes):
            return False
        if self.changes and header.change not in self.changes:
            return False
        return not self.entry_types or (
            (header.entry_type or type_of(header.subject)) in self.entry_types
        )


_OPEN = LogFilter()
