"""What an item of a recording speaks of: the entry that it makes or changes, and every text in
it, among which are the ids of all entries that it names; and how much it weighs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from diplomatic_ledger.v1.items_pb2 import RecordItem

#: Members of a list that count, beyond these, among those of all lists of a request.
_FEW_MEMBERS = 8
#: What is longer is no id, nor is what has a space.
_ID_CHARACTERS = 128


class Looked(NamedTuple):
    """An item, with its bytes in a request, the members of its lists that have more than a
    few, the id of its entry (empty when the ledger chooses it), and its texts that may be ids.
    """

    item: RecordItem
    bytes: int
    members: int
    entry_id: str
    texts: frozenset[str]

    @property
    def defines(self) -> str:
        """The id of the entry that is new by this item; empty for a change."""
        return self.entry_id if self.item.HasField("entry") else ""


def look(item: RecordItem) -> Looked:
    texts: list[str] = []
    members = _looker(RecordItem.DESCRIPTOR)(item, texts)
    kind = item.WhichOneof("item")
    entry_id = getattr(item, kind).entry_id if kind else ""
    may_be = [text for text in texts if len(text) <= _ID_CHARACTERS and " " not in text]
    return Looked(item, item.ByteSize() + 8, members, entry_id, frozenset(may_be))


#: Adds every text of a message, and returns the members of its long lists.
_Look: TypeAlias = Callable[[Any, list[str]], int]


@cache
def _looker(kind: Descriptor) -> _Look:
    """What looks at messages of one kind: to get all texts by one call costs much less than to
    ask each message which fields it has.
    """
    lists = [field for field in kind.fields if field.is_repeated]
    single = [field for field in kind.fields if not field.is_repeated]
    texts_of = _values([field.name for field in single if _is_text(field)])
    inner = [(field.name, _later(field.message_type)) for field in single if field.message_type]
    several = [
        (field.name, _is_text(field), field.message_type and _later(field.message_type))
        for field in lists
    ]

    def look_at(message: Any, texts: list[str]) -> int:
        texts += texts_of(message)
        members = 0
        for name, is_text, look_inside in several:
            values = getattr(message, name)
            if not values:
                continue
            if (count := len(values)) > _FEW_MEMBERS:
                members += count
            if is_text:
                texts += values
            elif look_inside:
                for each in values:
                    members += look_inside(each, texts)
        for name, look_inside in inner:
            if message.HasField(name):
                members += look_inside(getattr(message, name), texts)
        return members

    return look_at


def _later(kind: Descriptor) -> _Look:
    """The same, made when it is first used, since messages may hold some of their own kind."""
    made: list[_Look] = []

    def look_at(message: Any, texts: list[str]) -> int:
        if not made:
            made.append(_looker(kind))
        return made[0](message, texts)

    return look_at


def _values(names: list[str]) -> Callable[[Any], tuple[str, ...]]:
    """What gives the values of these fields."""
    if len(names) == 1:
        return lambda message: (getattr(message, names[0]),)
    return attrgetter(*names) if names else lambda _: ()


def _is_text(field: FieldDescriptor) -> bool:
    return field.cpp_type == FieldDescriptor.CPPTYPE_STRING
