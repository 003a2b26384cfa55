"""The items of a recording up to where it has come, found again by the entries that they make or
change: on the disk, where that is much.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from diplomatic_ledger.mentions import Looked, look
from diplomatic_ledger.v1.items_pb2 import RecordItem


def is_party(looked: Looked) -> bool:
    """Whether an item says what a party is."""
    item = looked.item
    change = item.amendment if item.HasField("amendment") else item.entry
    return change.state.HasField("party")


class EarlierItems:
    """Items, each with its number from 0 in the recording. To be closed."""

    def __init__(self) -> None:
        # A database without a name lies in a file of its own that is gone when it is closed.
        self._kept = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._kept.execute(
            "CREATE TABLE items (number INTEGER PRIMARY KEY, entry_id TEXT, content BLOB, "
            "is_party INTEGER)"
        )
        self._kept.execute("CREATE INDEX by_entry ON items (entry_id)")
        self._kept.execute("CREATE INDEX parties ON items (number) WHERE is_party")
        self._kept.execute("BEGIN")
        self.count = 0

    def add(self, items: Iterable[Looked]) -> None:
        """Keeps the next items."""
        for each in items:
            content = each.item.SerializeToString()
            row = (self.count, each.entry_id, content, is_party(each))
            self._kept.execute("INSERT INTO items VALUES (?, ?, ?, ?)", row)
            self.count += 1

    def about(self, entry_ids: Iterable[str]) -> Iterator[tuple[int, Looked]]:
        """The items that make or change these entries, with their numbers."""
        for entry_id in entry_ids:
            found = self._kept.execute(
                "SELECT number, content FROM items WHERE entry_id = ?", (entry_id,)
            )
            for number, content in found:
                yield number, look(RecordItem.FromString(content))

    def parties(self, end: int, most: int) -> dict[int, Looked] | None:
        """The items before the number `end` that say what a party is; None for more than `most`."""
        found = self._kept.execute(
            "SELECT number, content FROM items WHERE is_party AND number < ? LIMIT ?",
            (end, most + 1),
        ).fetchall()
        if len(found) > most:
            return None
        return {number: look(RecordItem.FromString(content)) for number, content in found}

    def close(self) -> None:
        self._kept.close()
