"""Splits a large recording into requests, each of which is recorded as a whole or not at all.

Items that refer to later items stay in one request with them. Request ids follow from the
ledger and the content, so that a recording which is run again finds what it has recorded
already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from google.protobuf.message import Message

from diplomatic_ledger import json_form
from diplomatic_ledger.errors import TooLarge
from diplomatic_ledger.json_form.seals import without_sealed
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: Room in a message for what is not an item.
_ENVELOPE_BYTES = 4096
#: Members of a list that count, beyond these, among those of all lists of a request.
_FEW_MEMBERS = 8


@dataclass(frozen=True)
class Limits:
    """The limits of one request. `usual_items` is the number of items when the limits leave a
    choice. `list_members` counts the members of all lists together that have more than 8.
    """

    items: int = 1000
    message_bytes: int = 16 * 1024 * 1024
    list_members: int = 20_000
    usual_items: int = 500


def request_id(ledger: str, items: Sequence[RecordItem], if_exists: str = "fail") -> str:
    """An id that depends on the ledger, the items, their order and `if_exists` alone. Sealed
    texts are not part of it: the id is recorded, and could confirm a guess of them. So a
    sealed text that was changed needs an amendment; when it is sent again, the request gets
    its first answer.
    """
    digest = hashlib.sha256(f"{ledger}\n{if_exists}".encode())
    for item in items:
        line = json.dumps(
            json_form.write_item(without_sealed(item)), sort_keys=True, separators=(",", ":")
        )
        digest.update(b"\n" + line.encode())
    return f"content-{digest.hexdigest()[:40]}"


def batches(items: Sequence[RecordItem], limits: Limits) -> Iterator[Sequence[RecordItem]]:
    """The items in order, split into as few requests as is sensible: a single one when all of
    them fit.

    Raises TooLarge when items that refer to one another do not fit into one request.
    """
    sizes = [_Size(item.ByteSize() + 8, _members(item)) for item in items]
    room = _Size(limits.message_bytes - _ENVELOPE_BYTES, limits.list_members)
    if len(items) <= limits.items and _fits(sizes, room):
        if items:
            yield items
        return
    free = free_cuts(items)
    start = 0
    while start < len(items):
        end = _end(start, sizes, free, limits, room)
        yield items[start:end]
        start = end


class _Size(NamedTuple):
    """The size of an item, or the room that is left in a request."""

    bytes: int
    members: int


def _fits(sizes: Sequence[_Size], room: _Size) -> bool:
    return (
        sum(size.bytes for size in sizes) <= room.bytes
        and sum(size.members for size in sizes) <= room.members
    )


def _end(
    start: int, sizes: Sequence[_Size], free: Sequence[bool], limits: Limits, room: _Size
) -> int:
    """The index after the last item of the request that starts at `start`."""
    best = 0
    filled = members = 0
    for index in range(start, min(start + limits.items, len(sizes))):
        filled += sizes[index].bytes
        members += sizes[index].members
        if filled > room.bytes or members > room.members:
            break
        if free[index] and (index - start < limits.usual_items or not best):
            best = index + 1
    if not best:
        raise TooLarge(
            f"The items from item {start + 1} on refer to later ones and do not fit into one "
            f"request of {limits.items} items, {limits.message_bytes} bytes and "
            f"{limits.list_members} members of long lists. "
            "Put each entry after those that it refers to."
        )
    return best


def free_cuts(items: Sequence[RecordItem]) -> list[bool]:
    """For each item whether a request may end after it: whether nothing up to it mentions an
    entry that is defined later.
    """
    defined = {
        item.entry.entry_id: index for index, item in enumerate(items) if item.entry.entry_id
    }
    free: list[bool] = []
    reach = 0
    for index, item in enumerate(items):
        mentioned = (defined[text] for text in _texts(item) if text in defined)
        reach = max(reach, *mentioned, index)
        free.append(reach <= index)
    return free


def _texts(message: Message) -> Iterator[str]:
    """Every text in a message, among them all ids that it mentions."""
    for field, value in message.ListFields():
        for element in value if field.is_repeated else (value,):
            if isinstance(element, Message):
                yield from _texts(element)
            elif isinstance(element, str):
                yield element


def _members(message: Message) -> int:
    """Members of all lists in a message that have more than a few."""
    found = 0
    for field, value in message.ListFields():
        if field.is_repeated and len(value) > _FEW_MEMBERS:
            found += len(value)
        if field.message_type is not None:
            inner = value if field.is_repeated else (value,)
            found += sum(_members(each) for each in inner)
    return found
