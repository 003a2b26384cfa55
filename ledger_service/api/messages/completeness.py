"""Holds the reading of items against their messages, so that no field of them is lost.

Items are made in which everything is said, of alternatives one in each. A field that makes
no difference to what is read, or a field of a value that none of them said, would be
something that a caller told and the ledger did not keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from diplomatic_ledger.v1.entries_pb2 import EntryState
from diplomatic_ledger.v1.items_pb2 import Amendment, Annulment, NewEntry, RecordItem
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from msgspec.structs import fields

#: Reads as a day, and is a text like others.
_TEXT = "2018-06-12"


def hold(read: Callable[[RecordItem], object]) -> None:
    """Raises TypeError with the name of a field that `read` forgets."""
    unsaid: dict[tuple[type, str], bool] = {}
    looked_at: set[str] = set()
    for item in _items():
        value = read(item)
        for holder, field, path in _set_fields(item):
            if path in looked_at:
                continue
            looked_at.add(path)
            kept = type(holder)()
            kept.CopyFrom(holder)
            holder.ClearField(field.name)
            without = read(item)
            holder.CopyFrom(kept)
            if without == value:
                raise TypeError(f"{field.full_name} is in the API, and nothing reads it.")
        for part, name, is_unsaid in _told(value):
            unsaid[part, name] = is_unsaid and unsaid.get((part, name), True)
    for (part, name), is_unsaid in unsaid.items():
        if is_unsaid:
            raise TypeError(f"{part.__name__}.{name} is not read from any message of the API.")


def _items() -> Iterator[RecordItem]:
    for state in EntryState.DESCRIPTOR.oneofs_by_name["state"].fields:
        for turn in range(_turns(state.message_type)):
            entry = NewEntry()
            _fill(entry, turn)
            _fill(getattr(entry.state, state.name), turn)
            yield RecordItem(entry=entry)
    for turn in range(2):
        amendment, annulment = Amendment(), Annulment()
        _fill(amendment, turn)
        yield RecordItem(amendment=amendment)
        _fill(annulment, turn)
        yield RecordItem(annulment=annulment)


def _turns(message: Any, *within: Any) -> int:
    """How many items it takes to say each alternative of a message."""
    inner = [f.message_type for f in message.fields if f.message_type is not None]
    new = [each for each in inner if each not in within]
    alternatives = [len(each.fields) for each in message.oneofs]
    return max([1, *alternatives, *(_turns(each, message, *within) for each in new)])


def _fill(message: Message, turn: int, *within: Any) -> None:
    """Says something in each field, and of alternatives another one each turn; a message that
    stands in one of its own type says the first that is no message. A yes among alternatives
    only says that none of the others holds, which is said by default.
    """
    message.SetInParent()
    descriptor = message.DESCRIPTOR
    for field in descriptor.fields:
        alternatives = field.containing_oneof
        if alternatives is not None:
            sayable: list[Any] = [
                each for each in alternatives.fields if each.type != FieldDescriptor.TYPE_BOOL
            ]
            if descriptor in within:
                sayable = [each for each in sayable if each.message_type is None][:1]
            if field != sayable[turn % len(sayable)]:
                continue
        if field.message_type is not None:
            inner = getattr(message, field.name)
            _fill(inner.add() if field.is_repeated else inner, turn, descriptor, *within)
        elif field.is_repeated:
            getattr(message, field.name).append(_something(field))
        else:
            setattr(message, field.name, _something(field))


def _something(field: Any) -> Any:
    """What is neither a default nor a stand-in for what is missing."""
    if field.enum_type is not None:
        return field.enum_type.values[2].number
    return _TEXT if field.type == FieldDescriptor.TYPE_STRING else 1


def _set_fields(message: Message, at: str = "") -> Iterator[tuple[Any, FieldDescriptor, str]]:
    """The fields within a message that are set, each with the message that holds it, which
    may have been written anew when the next one is asked for, and with its path.
    """
    for field, _ in message.ListFields():
        path = f"{at}.{field.name}"
        yield message, field, path
        if field.message_type is not None:
            value = getattr(message, field.name)
            for inner in value if field.is_repeated else (value,):
                yield from _set_fields(inner, path)


def _told(value: Any) -> Iterator[tuple[type[msgspec.Struct], str, bool]]:
    """The fields of values, and whether they are as if nothing was said."""
    if isinstance(value, tuple | list):
        for each in value:
            yield from _told(each)
    elif isinstance(value, msgspec.Struct):
        for field in fields(value):
            said = getattr(value, field.name)
            yield type(value), field.name, said == field.default
            yield from _told(said)
