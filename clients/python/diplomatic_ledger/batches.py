"""Splits a large recording into requests, each of which is recorded as a whole or not at all.

Items that refer to later items stay in one request with them. Where a recording is cut follows
from its items alone, and request ids follow from the ledger and the content, so that a recording
which is run again finds what it has recorded already. Only so many items are held as two
requests may have, however many there are.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from diplomatic_ledger.errors import TooLarge
from diplomatic_ledger.json_form.seals import without_sealed
from diplomatic_ledger.mentions import Looked, look
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: Room in a message for what is not an item.
_ENVELOPE_BYTES = 4096


@dataclass(frozen=True)
class Limits:
    """The limits of one request. `usual_items` and `usual_bytes` are what it has when the limits
    leave a choice. `list_members` counts the members of all lists together that have more than
    8.
    """

    items: int = 1000
    message_bytes: int = 16 * 1024 * 1024
    list_members: int = 20_000
    usual_items: int = 1000
    usual_bytes: int = 1024 * 1024

    def without_envelope(self) -> Limits:
        return replace(self, message_bytes=self.message_bytes - _ENVELOPE_BYTES)


class Batch:
    """The items of one request, of which the first has this number, from 0, among all. Of those
    before it, some have defined `again`: entries that this one defines too.
    """

    def __init__(
        self, looked: Sequence[Looked], first: int = 0, again: AbstractSet[str] = frozenset()
    ) -> None:
        self.looked = looked
        self.first = first
        self.again = again
        self.items = [each.item for each in looked]
        # What is new or changes by these items.
        self._entry_ids = frozenset(each.entry_id for each in looked if each.entry_id)
        self._texts = frozenset[str]().union(*(each.texts for each in looked))

    def is_apart_from(self, other: Batch) -> bool:
        """Whether neither names what is new or changes by the other, so that it is all one
        which of them is recorded first.
        """
        return self._entry_ids.isdisjoint(other._texts) and other._entry_ids.isdisjoint(
            self._texts
        )


def said_once(looked: Sequence[Looked]) -> list[int]:
    """The places of the items without those that say again what an earlier one said of the same
    new entry, sealed texts included. One behind a change of its entry stays: it may not say what is recorded then.
    """
    first: dict[str, Looked] = {}
    changed: set[str] = set()
    kept = []
    for place, each in enumerate(looked):
        if not each.defines:
            changed.add(each.entry_id)
        elif (
            (said := first.setdefault(each.defines, each)) is not each
            and each.defines not in changed
            and _whole(said.item) == _whole(each.item)
        ):
            continue
        kept.append(place)
    return kept


def request_id(
    ledger: str, items: Sequence[RecordItem], if_exists: str = "fail", repetition: int = 0
) -> str:
    """An id that depends on the ledger, the items, their order, `if_exists` and how many requests
    before it in one recording had the same ones. Sealed texts are not part of it: the id is
    recorded, and could confirm a guess of them. So a sealed text that was changed needs an
    amendment; when it is sent again, the request gets its first answer.
    """
    again = f"{repetition}\n" if repetition else ""
    digest = hashlib.sha256(f"{ledger}\n{if_exists}\n{again}".encode())
    for content in map(_content, items):
        digest.update(len(content).to_bytes(4, "big"))
        digest.update(content)
    return f"content-{digest.hexdigest()[:40]}"


def _whole(item: RecordItem) -> bytes:
    return item.SerializeToString(deterministic=True)


def _content(item: RecordItem) -> bytes:
    """What an item says, sealed texts left out."""
    return _whole(without_sealed(item))


def batches(items: Iterable[RecordItem], limits: Limits) -> Iterator[Batch]:
    """The items in order, split into as few requests as is sensible: a single one when all of
    them fit.

    Raises TooLarge when items that refer to one another do not fit into one request. One that
    refers to another much further on, twice the limits, is taken to refer to what is there.
    """
    room = limits.without_envelope()
    ahead = _Ahead(map(look, items), room)
    if ahead.is_all and fits(ahead.looked, room):
        if ahead.looked:
            yield Batch(tuple(ahead.looked))
        return
    start = 0
    # Of the entries that are new by earlier requests: of a million ids that is less than 100 MB.
    before: set[int] = set()
    while ahead.looked:
        size = _size(ahead.looked, room, start, before)
        taken = ahead.take(size)
        defined = {each.defines for each in taken if each.defines}
        yield Batch(taken, start, {each for each in defined if hash(each) in before})
        before.update(map(hash, defined))
        start += size


class _Ahead:
    """The next items: enough of them to see what the next request may need."""

    def __init__(self, items: Iterator[Looked], room: Limits) -> None:
        self._items = items
        self._most = 2 * room.items
        self._most_bytes = room.message_bytes + 2 * room.usual_bytes
        self._bytes = 0
        self.looked: deque[Looked] = deque()
        #: Whether these are the last ones.
        self.is_all = False
        self._fill()

    def take(self, count: int) -> tuple[Looked, ...]:
        taken = tuple(self.looked.popleft() for _ in range(count))
        self._bytes -= sum(each.bytes for each in taken)
        self._fill()
        return taken

    def _fill(self) -> None:
        while not self.is_all and self._has_room():
            each = next(self._items, None)
            if each is None:
                self.is_all = True
            else:
                self.looked.append(each)
                self._bytes += each.bytes

    def _has_room(self) -> bool:
        return len(self.looked) < self._most and self._bytes < self._most_bytes


def fits(looked: Iterable[Looked], room: Limits) -> bool:
    """Whether one request has room for these items."""
    found = list(looked)
    return (
        len(found) <= room.items
        and sum(each.bytes for each in found) <= room.message_bytes
        and sum(each.members for each in found) <= room.list_members
    )


def _size(ahead: Sequence[Looked], room: Limits, start: int, before: AbstractSet[int]) -> int:
    """How many of the next items the next request has; `before` are the hashes of the ids that
    are new by those before them.
    """
    best = filled = members = 0
    for index, (each, free) in enumerate(zip(ahead, _free(ahead, before), strict=False)):
        filled += each.bytes
        members += each.members
        if index >= room.items or filled > room.message_bytes or members > room.list_members:
            break
        is_usual = index < room.usual_items and filled <= room.usual_bytes
        if free and (is_usual or not best):
            best = index + 1
    if not best:
        raise TooLarge(
            f"From items[{start}] on items refer to later ones, and do not fit into one "
            f"request of {room.items} items, {room.message_bytes + _ENVELOPE_BYTES} bytes and "
            f"{room.list_members} members of long lists. "
            "Put each entry after those that it refers to."
        )
    return best


def free_cuts(items: Iterable[RecordItem]) -> list[bool]:
    """For each item whether a request may end after it: whether nothing up to it mentions an
    entry that is defined later.
    """
    return list(_free([look(item) for item in items]))


def _free(looked: Sequence[Looked], before: AbstractSet[int] = frozenset()) -> Iterator[bool]:
    """An entry is new where it is said first; what is said again is nothing that others need."""
    defined: dict[str, int] = {}
    for index, each in enumerate(looked):
        if each.defines and hash(each.defines) not in before:
            defined.setdefault(each.defines, index)
    reach = 0
    names = frozenset(defined)
    for index, each in enumerate(looked):
        for text in each.texts & names:
            reach = max(reach, defined[text])
        yield reach <= index
