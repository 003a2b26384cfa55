"""Ids for entries that were given none. They follow from what an entry says and from its rank
among equals, so that a file to which entries were added, in any place, names each as before.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256

from diplomatic_ledger.case_file.forms import form_of
from diplomatic_ledger.v1.items_pb2 import NewEntry, RecordItem

_DIGITS = 16
_MADE = re.compile(rf"[a-z]+-[0-9a-f]{{{_DIGITS}}}(-[0-9]+)?")


def is_made(entry_id: str) -> bool:
    """Whether an id looks like one of those that are made here."""
    return _MADE.fullmatch(entry_id) is not None


def named(items: Iterable[RecordItem]) -> Iterator[RecordItem]:
    """The items, each new entry with an id: its own, or one such as `act-9f86d081884c7d65`, or
    `act-9f86d081884c7d65-2` for the second that says the same. Sealed texts are no part of it:
    an id is public, and could confirm a guess of them. An entry that is changed gets another id.
    """
    with closing(Namer()) as namer:
        for item in items:
            yield namer.named(item)


class Namer:
    """Remembers ids and how often each content came, on the disk where that is much."""

    def __init__(self) -> None:
        self._counts: sqlite3.Connection | None = None

    def named(self, item: RecordItem) -> RecordItem:
        if item.WhichOneof("item") != "entry" or item.entry.entry_id:
            return item
        name = RecordItem()
        name.CopyFrom(item)
        name.entry.entry_id = self._name(item.entry)
        return name

    def other_of(self, item: RecordItem, content: bytes, number: int) -> int | None:
        """The number of an item before this one that gives the same id to a new entry which says
        something else, of the items with a `number` each and the `content` of each.
        """
        if item.WhichOneof("item") != "entry" or not item.entry.entry_id:
            return None
        digest = sha256(content).digest()[:16]
        first, said = (
            self._remembered()
            .execute(
                "INSERT INTO ids VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET id = id RETURNING number, content",
                (item.entry.entry_id, number, digest),
            )
            .fetchone()
        )
        return None if said == digest else int(first)

    def close(self) -> None:
        if self._counts is not None:
            self._counts.close()

    def _name(self, entry: NewEntry) -> str:
        content = form_of(entry.state, entry.seal).places
        kind = entry.state.WhichOneof("state") or "entry"
        name = f"{kind}-{sha256(content).hexdigest()[:_DIGITS]}"
        rank = self._rank(content)
        return name if rank == 1 else f"{name}-{rank}"

    def _rank(self, content: bytes) -> int:
        (rank,) = (
            self._remembered()
            .execute(
                "INSERT INTO counts VALUES (?, 1) "
                "ON CONFLICT (content) DO UPDATE SET count = count + 1 RETURNING count",
                (content,),
            )
            .fetchone()
        )
        return int(rank)

    def _remembered(self) -> sqlite3.Connection:
        if self._counts is None:
            # A database without a name lies in a file of its own that is gone when it is closed.
            self._counts = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._counts.execute(
                "CREATE TABLE counts (content BLOB PRIMARY KEY, count INTEGER) WITHOUT ROWID"
            )
            self._counts.execute(
                "CREATE TABLE ids (id TEXT PRIMARY KEY, number INTEGER, content BLOB) "
                "WITHOUT ROWID"
            )
            self._counts.execute("BEGIN")
        return self._counts
