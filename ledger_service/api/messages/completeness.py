"""Holds the reading of items against their messages, so that no field of them is lost.

Items are made in which everything is said. A field that makes no difference to what is read,
or a part of a value that nothing said, would be something that a caller told and the ledger
did not keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from diplomatic_ledger.v1.entries_pb2 import EntryState
from diplomatic_ledger.v1.ledger_service_pb2 import Amendment, Annulment, NewEntry, RecordItem
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from msgspec.structs import fields

#: Reads as a day, and is a text like others.
_TEXT = "2018-06-12"


def hold(read: Callable[[RecordItem], object]) -> None:
    """Raises TypeError with the name of a field that `read` forgets."""
    for item in _items():
        value = read(item)
        for holder, field in _set_fields(item):
            kept = type(holder)()
            kept.CopyFrom(holder)
            holder.ClearField(field.name)
            without = read(item)
            holder.CopyFrom(kept)
            if without == value:
                raise TypeError(f"{field.full_name} is in the API, and nothing reads it.")
        for part, name in _not_said(value):
            raise TypeError(
                f"{type(part).__name__}.{name} is not read from any message of the API."
            )


def _items() -> Iterator[RecordItem]:
    for state in EntryState.DESCRIPTOR.oneofs_by_name["state"].fields:
        entry = NewEntry()
        _fill(entry)
        _fill(getattr(entry.state, state.name))
        yield RecordItem(entry=entry)
    amendment, annulment = Amendment(), Annulment()
    _fill(amendment)
    yield RecordItem(amendment=amendment)
    _fill(annulment)
    yield RecordItem(annulment=annulment)


def _fill(message: Message) -> None:
    """Says something in each field, and of alternatives the last one."""
    message.SetInParent()
    for field in message.DESCRIPTOR.fields:
        alternatives = field.containing_oneof
        if alternatives is not None and field != alternatives.fields[-1]:
            continue
        if field.message_type is not None:
            inner = getattr(message, field.name)
            _fill(inner.add() if field.is_repeated else inner)
        elif field.is_repeated:
            getattr(message, field.name).append(_something(field))
        else:
            setattr(message, field.name, _something(field))


def _something(field: Any) -> Any:
    """What is neither a default nor a stand-in for what is missing."""
    if field.enum_type is not None:
        return field.enum_type.values[2].number
    return _TEXT if field.type == FieldDescriptor.TYPE_STRING else 1


def _set_fields(message: Message) -> Iterator[tuple[Any, FieldDescriptor]]:
    """The fields within a message that are set, each with the message that holds it, which
    may have been written anew when the next one is asked for.
    """
    for field, _ in message.ListFields():
        yield message, field
        if field.message_type is not None:
            value = getattr(message, field.name)
            for inner in value if field.is_repeated else (value,):
                yield from _set_fields(inner)


def _not_said(value: Any) -> Iterator[tuple[msgspec.Struct, str]]:
    """The fields of values that are as if nothing was said, each with its value."""
    if isinstance(value, tuple | list):
        for each in value:
            yield from _not_said(each)
    elif isinstance(value, msgspec.Struct):
        for field in fields(value):
            said = getattr(value, field.name)
            if said == field.default:
                yield value, field.name
            yield from _not_said(said)
