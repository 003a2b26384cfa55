"""Finds where in the log the records of chosen entries stand, by what several views know of
them, so that nobody has to read the log for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from sqlite3 import Connection
from typing import NamedTuple

from ledger_service.projections import texts
from ledger_service.projections.database import listed


class EntrySearch(NamedTuple):
    """The entries that are wanted: those to which everything applies that is given. An entry
    names a party, or is related to another entry, from its first version on that does; what
    comes later belongs to it too, also when a version does not say so any more.
    """

    entry_ids: frozenset[str] = frozenset()
    id_prefixes: tuple[str, ...] = ()
    parties: frozenset[str] = frozenset()
    related_to: str = ""
    #: Types of entries, which are looked up only where nothing else is given.
    types: frozenset[str] = frozenset()


#: Where more than this part of the records is of the types that are wanted, to read the log
#: through is cheaper.
_FEW = 10

# Each gives entries, with the position since when they are wanted.
_OF_IDS = "SELECT value AS entry, 0 AS since FROM json_each(:entry_ids)"
# What may stand in an id sorts before "~".
_BEGINNING = """
SELECT DISTINCT entry, 0 AS since
FROM json_each(:id_prefixes) AS prefix
CROSS JOIN versions ON entry >= prefix.value AND entry < prefix.value || '~'
"""
_NAMING = """
SELECT entry, min(position) AS since FROM (
    SELECT versions.entry, versions.position
    FROM (SELECT rowid FROM texts WHERE texts MATCH :naming) AS found
    CROSS JOIN versions ON versions.position = found.rowid
    UNION ALL
    SELECT party, position FROM ties
    WHERE other IN (SELECT value FROM json_each(:parties))
)
WHERE position <= :upto GROUP BY entry
"""
_RELATED = """
SELECT source AS entry, position AS since FROM mentions
WHERE target = :related_to AND position <= :upto
"""

_OF_TYPES = """
SELECT entry, 0 AS since FROM versions
WHERE type IN (SELECT value FROM json_each(:types)) AND position <= :upto
"""
_COUNT_OF_TYPES = f"SELECT count(*) FROM ({_OF_TYPES} LIMIT :most)"  # noqa: S608

# The order of the joins is that of the text: else the log would be looked through.
_POSITIONS = """
WITH {wanted}
SELECT versions.position FROM {joined}
CROSS JOIN versions ON versions.entry = w0.entry
WHERE versions.position > :after AND versions.position <= :upto AND {since}
ORDER BY versions.position
"""


def positions(
    connection: Connection, search: EntrySearch, after: int, upto: int
) -> array[int] | None:
    """The positions of the records of these entries, in order: behind `after`, up to `upto`.
    None where so many are of the types that are wanted that looking them up does not pay.
    Something must be given.
    """
    asked = {
        "entry_ids": listed(search.entry_ids),
        "id_prefixes": listed(search.id_prefixes),
        "parties": listed(search.parties),
        "naming": texts.naming(search.parties),
        "related_to": search.related_to,
        "types": listed(search.types),
        "after": after,
        "upto": upto,
    }
    if search == EntrySearch(types=search.types):
        most = (upto - after) // _FEW + 1
        ((count,),) = connection.execute(_COUNT_OF_TYPES, {**asked, "most": most})
        if count == most:
            return None
    rows = connection.execute(statement(search), asked)
    return array("q", (position for (position,) in rows))


def statement(search: EntrySearch) -> str:
    given = list(_given(search)) or [_OF_TYPES]
    names = [f"w{number}" for number in range(len(given))]
    joined = [names[0], *(f"{name} ON {name}.entry = w0.entry" for name in names[1:])]
    return _POSITIONS.format(
        wanted=", ".join(
            f"{name} AS ({each})" for name, each in zip(names, given, strict=True)
        ),
        joined=" CROSS JOIN ".join(joined),
        since=" AND ".join(f"versions.position >= {name}.since" for name in names),
    )


def _given(search: EntrySearch) -> Iterator[str]:
    """The narrower ones first."""
    if search.entry_ids:
        yield _OF_IDS
    if search.related_to:
        yield _RELATED
    if search.parties:
        yield _NAMING
    if search.id_prefixes:
        yield _BEGINNING
