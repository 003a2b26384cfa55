"""The one form in which equal requests are equal."""

from __future__ import annotations

from operator import is_
from typing import Any

import msgspec
from msgspec.structs import replace

from ledger_service.domain import dates, exact, text
from ledger_service.domain.commands import Amendment, RecordCommand
from ledger_service.domain.entries import IntervalDate, Quantity, Relation, Weight
from ledger_service.domain.sealing import with_kept


def normalise(command: RecordCommand) -> RecordCommand:
    """The request in the form that is checked, hashed and stored: text in NFC, exact
    numbers in their canonical text, precisions derived where none is given, a stand-in
    where a seal is kept.

    Nothing is trimmed or dropped; what cannot be read is left for the checks.
    """
    normal: RecordCommand = _normal(command)
    return normal


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


def _with_rules(struct: msgspec.Struct) -> msgspec.Struct:
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


def _written(struct: msgspec.Struct, field: str, canonical: str) -> msgspec.Struct:
    same = getattr(struct, field) == canonical
    return struct if same else replace(struct, **{field: canonical})
