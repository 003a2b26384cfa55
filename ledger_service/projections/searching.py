"""Finds where in the log the records of chosen entries stand, by what the views know of them,
so that nobody has to read the log for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from sqlite3 import Connection
from typing import NamedTuple

from ledger_service.domain.values.stopping import looking
from ledger_service.projections import mentions, naming, versions

#: Entries whose versions are looked up at once.
_AT_ONCE = 1_000


class EntrySearch(NamedTuple):
    """The entries that are wanted: those to which everything applies that is given. An entry
    names a party, or is related to another entry, from its first version on that does; what
    comes later belongs to it too, also when a version does not say so any more.
    """

    entry_ids: frozenset[str] = frozenset()
    id_prefixes: tuple[str, ...] = ()
    parties: frozenset[str] = frozenset()
    related_to: str = ""


def positions(connection: Connection, search: EntrySearch, after: int, upto: int) -> array[int]:
    """The positions of the records of these entries, in order: behind `after`, up to `upto`."""
    wanted = _entries(connection, search, upto)
    found = array("q")
    for some in _parts(list(wanted)):
        stand = versions.positions_of(connection, some, upto, after)
        found.extend(place for entry, place in stand if place >= wanted[entry])
    return array("q", sorted(found))


def _entries(connection: Connection, search: EntrySearch, upto: int) -> dict[str, int]:
    """The entries that are wanted, each with the first position from which on it is."""
    given = []
    if search.entry_ids:
        given.append(dict.fromkeys(search.entry_ids, 0))
    if search.id_prefixes:
        named = versions.beginning_with(connection, search.id_prefixes, upto)
        given.append(dict.fromkeys(named, 0))
    if search.parties:
        given.append(naming.of(connection, upto, parties=search.parties))
    if search.related_to:
        given.append(dict(mentions.sources(connection, search.related_to, upto)))
    first, *others = sorted(given, key=len)
    return {
        entry: max(since, *(other[entry] for other in others)) if others else since
        for entry, since in first.items()
        if all(entry in other for other in others)
    }


def _parts(entries: list[str]) -> Iterator[list[str]]:
    for start in looking(range(0, len(entries), _AT_ONCE)):
        yield entries[start : start + _AT_ONCE]
