"""The one form in which equal requests are equal."""

from __future__ import annotations

from operator import is_
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger_service.domain.values import dates, exact, text
from ledger_service.domain.values.commands import Amendment, Annulment, Item, RecordCommand
from ledger_service.domain.values.entries import (
    Act,
    Commitment,
    IntervalDate,
    Party,
    Quantity,
    Relation,
    Report,
    Scale,
    Weight,
)
from ledger_service.domain.values.sealing import with_kept

_json = msgspec.json.Encoder()


def normalise(command: RecordCommand) -> RecordCommand:
    """The request in the form that is checked, hashed and stored: text in NFC, exact
    numbers in their canonical text, precisions derived where none is given, a stand-in
    where a seal is kept.

    Nothing is trimmed or dropped; what cannot be read is left for the checks.
    """
    if _is_normal(command):
        items = tuple(map(_ruled, command.items))
        same = all(map(is_, items, command.items))
        return command if same else RecordCommand(items, command.request_id)
    normal: RecordCommand = _normal(command)
    return normal


def _is_normal(command: RecordCommand) -> bool:
    """Whether all text is in NFC. A part of such text is so too, and the signs of JSON
    between two texts compose with nothing.
    """
    try:
        told = _json.encode(command)
    except UnicodeEncodeError:
        return False  # half of a surrogate pair
    return told.isascii() or text.is_normal(told.decode())


def _ruled(item: Item) -> Item:
    """The item with the rules applied to the values that have some."""
    if isinstance(item, Annulment):
        return item
    state = item.state
    changes = {
        name: ruled
        for name in _RULED[type(state)]
        if (ruled := _rule(before := getattr(state, name))) is not before
    }
    if changes:
        item = replace(item, state=replace(state, **changes))
    return _with_rules(item) if isinstance(item, Amendment) else item


def _rule(value: Any) -> Any:
    if type(value) is not tuple:
        return value if value is None else _with_rules(value)
    if not value:
        return value
    items = tuple(map(_with_rules, value))
    return value if all(map(is_, items, value)) else items


def _normal(value: Any) -> Any:
    """The same object where nothing is to be changed."""
    if type(value) is str:
        return text.normal(value)
    if type(value) is tuple:
        items = tuple(map(_normal, value))
        return value if all(map(is_, items, value)) else items
    if isinstance(value, msgspec.Struct):
        return _with_rules(_fields_normal(value))
    return value


def _fields_normal(struct: msgspec.Struct) -> msgspec.Struct:
    changes = {}
    for name in struct.__struct_fields__:
        before = getattr(struct, name)
        if (after := _normal(before)) is not before:
            changes[name] = after
    return replace(struct, **changes) if changes else struct


def _with_rules(struct: Any) -> Any:
    match struct:
        case IntervalDate():
            return dates.with_precision(struct)
        case Relation(extent=extent) if extent:
            return _written(struct, "extent", exact.canonical(extent, exact.number))
        case Quantity(value=value):
            return _written(struct, "value", exact.canonical(value, exact.decimal))
        case Amendment(keep_sealed=paths) if paths:
            return replace(struct, state=with_kept(struct.state, paths))
        case Weight(weight=weight):
            return _written(struct, "weight", exact.canonical(weight, exact.decimal))
    return struct


#: The fields of a state that hold values with rules.
_RULED: dict[type, tuple[str, ...]] = {
    Party: (),
    Report: ("published",),
    Commitment: ("occurred", "due", "relations"),
    Act: ("occurred", "quantity", "relations"),
    Scale: ("weights",),
}


def _written(struct: msgspec.Struct, field: str, canonical: str) -> msgspec.Struct:
    same = getattr(struct, field) == canonical
    return struct if same else replace(struct, **{field: canonical})
