"""The entries on which the facts of commitments rest, by their hashes, in lists.

Each commitment has a list of its own, and those share one which rest on nearly the same many
entries, as those of one instrument do. Touching an entry of a shared list also reaches
commitments that do not rest on it.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Set as AbstractSet

from ledger_service.projections.database import listed
from ledger_service.projections.facts_schema import (
    LEAN_BYTES,
    MEMBER_BYTES,
    REST_BYTES,
    SHARED_BYTES,
)

#: Who rests on so many entries shares a list with those who rest on nearly the same.
SHARED_FROM = 16
#: Nearly: one in so many differs.
_DIFFERS = 4

_TOUCHED = """
SELECT DISTINCT commitment FROM leans WHERE entry_list IN (
    SELECT entry_list FROM rests WHERE entry IN (SELECT value FROM json_each(?))
)
"""

_LEAN_NO_MORE = "DELETE FROM leans WHERE commitment IN (SELECT value FROM json_each(?))"

_OWN_LIST = "SELECT entry_list FROM leans WHERE commitment = ? AND entry_list > 0"


class EntryLists:
    """The lists of one table of facts. What changes them is one transaction of their caller."""

    def __init__(self, shared_from: int = SHARED_FROM) -> None:
        """Sets of at least `shared_from` entries are shared."""
        self._shared_from = shared_from
        self._lists = 0

    @staticmethod
    def leaning_on(database: sqlite3.Connection, entries: AbstractSet[int]) -> list[int]:
        """The numbers of the commitments that may rest on one of these."""
        found = database.execute(_TOUCHED, (listed(entries),))
        return [number for (number,) in found]

    @staticmethod
    def lean_no_more(database: sqlite3.Connection, numbers: str) -> None:
        """Commitments, listed by number, rest on nothing any more."""
        database.execute(_LEAN_NO_MORE, (numbers,))

    def lean(self, database: sqlite3.Connection, number: int, rests_on: set[int]) -> int:
        """Notes that facts of a commitment rest on some entries. Returns the bytes it took."""
        taken, own = 0, rests_on
        if len(rests_on) >= self._shared_from:
            entry_list, members, taken = self._shared(database, rests_on)
            taken += self._lean_on(database, number, entry_list)
            own = rests_on - members
        if own:
            row = database.execute(_OWN_LIST, (number,)).fetchone()
            entry_list = row[0] if row else self._new_list()
            taken += self._lean_on(database, number, entry_list)
            taken += self._rest(database, entry_list, own)
        return taken

    def _shared(
        self, database: sqlite3.Connection, rests_on: set[int]
    ) -> tuple[int, AbstractSet[int], int]:
        """A list of nearly these entries, its members, and the bytes that it took if it is
        new.
        """
        least = min(rests_on)
        asked = "SELECT entry_list, members FROM shared WHERE least = ?"
        if row := database.execute(asked, (least,)).fetchone():
            entry_list, members = row[0], set(array("q", row[1]))
            if len(members ^ rests_on) * _DIFFERS <= len(rests_on):
                return entry_list, members, 0
        entry_list = -self._new_list()
        text = array("q", rests_on).tobytes()
        database.execute(
            "INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", (least, entry_list, text)
        )
        taken = SHARED_BYTES + MEMBER_BYTES * len(rests_on)
        return entry_list, rests_on, taken + self._rest(database, entry_list, rests_on)

    def _new_list(self) -> int:
        self._lists += 1
        return self._lists

    def _lean_on(self, database: sqlite3.Connection, number: int, entry_list: int) -> int:
        added = database.execute(
            "INSERT OR IGNORE INTO leans VALUES (?, ?)", (number, entry_list)
        )
        return LEAN_BYTES * added.rowcount

    def _rest(self, database: sqlite3.Connection, entry_list: int, on: AbstractSet[int]) -> int:
        rows = [(entry, entry_list) for entry in on]
        added = database.executemany("INSERT OR IGNORE INTO rests VALUES (?, ?)", rows)
        return REST_BYTES * added.rowcount
