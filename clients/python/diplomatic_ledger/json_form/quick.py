"""Reads new entries that are right, fast: by a reader for each kind of message, which is made
once of its fields, and with one call that makes the whole message of them.

It finds no words for what is wrong. Whatever it does not read, the careful reader (`items`)
reads or refuses; what both read is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, TypeAlias, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from diplomatic_ledger import dates, words
from diplomatic_ledger.json_form import reading, scalars, short_forms
from diplomatic_ledger.json_form.problems import Problem
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem

#: From a plain value to what a message of generated code takes for a field.
_Read: TypeAlias = Callable[[Any], Any]

#: What a reader here raises where the careful one has to look.
_UNSURE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)

_STATES = entries_pb2.EntryState.DESCRIPTOR.fields_by_name


def read_entry(value: Any) -> RecordItem | None:
    """The new entry that a mapping `{id: ..., act: {...}}` describes; None where that is for
    the careful reader to say.
    """
    kind, state = "", None
    entry: dict[str, Any] = {}
    try:
        for key, inner in value.items():
            if key == "id":
                if inner is not None:
                    entry["entry_id"] = _text(inner)
            elif key not in _STATES or (inner is not None and kind):
                return None
            elif inner is not None:
                kind, state = key, inner
        if not kind:
            return None
        entry["state"] = {kind: _of_message(_STATES[kind].message_type)(state)}
        made: Any = RecordItem  # its stubs know nothing of mappings
        return cast("RecordItem", made(entry=entry))
    except _UNSURE:
        return None


@cache
def _of_message(kind: Descriptor) -> _Read:
    special = _SPECIAL.get(kind.full_name)
    if special is not None:
        return special
    if kind.full_name in reading.SPECIAL:
        return _carefully(kind)
    return _of_fields(kind)


def _of_fields(kind: Descriptor) -> _Read:
    readers = {field.name: _of_field(field) for field in kind.fields}
    choices = {
        field.name: field.containing_oneof.name
        for field in kind.fields
        if field.containing_oneof is not None
    }

    def read(value: Any) -> dict[str, Any]:
        said = {}
        for key, inner in value.items():
            reader = readers[key]
            if inner is not None:
                said[key] = reader(inner)
        return said

    def read_choosing(value: Any) -> dict[str, Any]:
        said = read(value)
        chosen = [choices[key] for key in said if key in choices]
        if len(set(chosen)) < len(chosen):
            raise ValueError("one of them would replace the other")
        return said

    return read_choosing if choices else read


def _of_field(field: FieldDescriptor) -> _Read:
    one = _of_one(field)
    if not field.is_repeated:
        return one

    def read_list(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise TypeError
        return [one(element) for element in value]

    return read_list


def _of_one(field: FieldDescriptor) -> _Read:
    if field.message_type is not None:
        return _when_used(field.message_type)
    if field.enum_type is not None:
        return _numbers(field.enum_type).__getitem__
    if field.cpp_type != FieldDescriptor.CPPTYPE_STRING or scalars.is_number(field):
        return lambda value: scalars.scalar(field, value)
    return _day if field.name in scalars.DAY_FIELDS else _text


def _when_used(kind: Descriptor) -> _Read:
    """Made when it is first used, since messages may hold messages of their own kind."""

    def read(value: Any) -> Any:
        return _of_message(kind)(value)

    return read


@cache
def _numbers(enum: EnumDescriptor) -> dict[str, int]:
    return {
        words.word(enum, value.number): value.number for value in enum.values if value.number
    }


def _text(value: Any) -> str:
    return value if type(value) is str else scalars.text(value)


def _day(value: Any) -> str:
    return _known_day(_text(value))


@lru_cache(maxsize=4096)
def _known_day(text: str) -> str:
    return dates.day(text).isoformat() if text else text


@lru_cache(maxsize=4096)
def _known_interval(text: str) -> Mapping[str, str]:
    interval = dates.parse(text)
    return {"from_day": interval.from_day, "to_day": interval.to_day}


def _carefully(kind: Descriptor) -> _Read:
    """What is written in several ways is read by the careful reader alone."""
    message = GetMessageClass(kind)

    def read(value: Any) -> Any:
        return reading.read(message, value)

    return read


def _interval(value: Any) -> Any:
    return _known_interval(value) if type(value) is str else _INTERVAL(value)


def _place(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else _PLACE(value)


def _quantity(value: Any) -> Any:
    return _QUANTITY(short_forms.quantity(value))


def _spelled_out(kind: Descriptor, spell: reading.Spelling) -> _Read:
    """The reader of a message that has short forms."""
    read: list[_Read] = []

    def spelled(value: Any) -> Any:
        if not read:
            read.append(_of_fields(kind))
        problems: list[Problem] = []
        fields = spell(value, (), problems)
        if problems:
            raise ValueError
        return read[0](fields)

    return spelled


def _party(fields: Mapping[str, Any], _path: Any, problems: list[Problem]) -> Mapping[str, Any]:
    codes = fields.get("codes")
    if isinstance(codes, Mapping) and codes.keys() & {"seal", "sealed"}:
        raise ValueError("it may be sealed")
    return short_forms.party(fields, (), problems)


_INTERVAL = _carefully(entries_pb2.IntervalDate.DESCRIPTOR)
_PLACE = _of_fields(entries_pb2.Place.DESCRIPTOR)
_QUANTITY = _of_fields(entries_pb2.Quantity.DESCRIPTOR)

_SPECIAL: dict[str, _Read] = {
    entries_pb2.IntervalDate.DESCRIPTOR.full_name: _interval,
    entries_pb2.Place.DESCRIPTOR.full_name: _place,
    entries_pb2.Quantity.DESCRIPTOR.full_name: _quantity,
    entries_pb2.Party.DESCRIPTOR.full_name: _spelled_out(entries_pb2.Party.DESCRIPTOR, _party),
    entries_pb2.Act.DESCRIPTOR.full_name: _spelled_out(
        entries_pb2.Act.DESCRIPTOR, short_forms.act
    ),
    entries_pb2.Commitment.DESCRIPTOR.full_name: _spelled_out(
        entries_pb2.Commitment.DESCRIPTOR, short_forms.commitment
    ),
}
