"""Brings a request into its normal form, in which equal requests are equal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from operator import is_
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec
from msgspec.structs import astuple, replace

from ledger_service.domain.checks.every_field import every_field
from ledger_service.domain.values import dates, exact, text
from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import (
    Evidence,
    Instalment,
    IntervalDate,
    Place,
    Quantity,
    Relation,
    SealableText,
    Sealed,
    State,
    Weight,
)
from ledger_service.domain.values.sealing import with_kept

Struct = TypeVar("Struct", bound=msgspec.Struct)

_encode = msgspec.json.Encoder().encode


class NormalRequest(NamedTuple):
    """A request in its normal form, and the JSON form of the state of each item, or of the
    evidence that it adds, empty for an annulment; None where a text holds half of a surrogate
    pair, which the rules refuse.
    """

    command: RecordCommand
    states: tuple[bytes, ...] | None


def normalise(command: RecordCommand) -> RecordCommand:
    """The request in the form that is checked, hashed and stored: text in NFC, exact
    numbers in their canonical text, precisions derived where none is given, a stand-in
    where a seal is kept.

    Nothing is trimmed or dropped; what cannot be read is left for the checks.
    """
    return normal_request(command).command


def normal_request(command: RecordCommand) -> NormalRequest:
    """The request as `normalise` gives it. Each state is encoded once: whether its text is
    in NFC is seen from its JSON form, which is what is stored.
    """
    try:
        states = tuple(map(_encoded, command.items))
        if not _is_normal(command, states):
            command = _normal(command)
            return NormalRequest(command, tuple(map(_encoded, command.items)))
    except UnicodeEncodeError:  # half of a surrogate pair
        return NormalRequest(_normal(command), None)
    items = tuple(map(_ruled, command.items))
    if all(map(is_, items, command.items)):
        return NormalRequest(command, states)
    kept = zip(items, command.items, states, strict=True)
    again = tuple(state if new is old else _encoded(new) for new, old, state in kept)
    return NormalRequest(replace(command, items=items), again)


def _encoded(item: Item) -> bytes:
    if isinstance(item, Annulment):
        return b""
    if item.state is None:
        return _encode(item.evidence_added)
    return _encode(item.state)


def _is_normal(command: RecordCommand, states: tuple[bytes, ...]) -> bool:
    """Whether all text is in NFC. It is enough to look at the JSON of the whole: parts of NFC
    text are NFC too, and the characters of JSON between two texts compose with nothing.
    """
    others = _encode([_beside_items(*astuple(command)), *map(_beside_state, command.items)])
    if others.isascii() and all(map(bytes.isascii, states)):
        return True
    return text.is_normal(b"".join((others, *states)).decode())


@every_field(RecordCommand)
def _beside_items(_items: tuple[Item, ...], request_id: str, _accept_identical: bool) -> str:
    return request_id


def _beside_state(item: Item) -> object:
    """All of an item but its state."""
    if isinstance(item, NewEntry):
        return _beside_new_state(*astuple(item))
    if isinstance(item, Amendment):
        return _beside_amended_state(*astuple(item))
    return item


@every_field(NewEntry)
def _beside_new_state(entry_id: str, _state: State, seal: tuple[str, ...]) -> object:
    return (entry_id, seal) if seal else entry_id


@every_field(Amendment)
def _beside_amended_state(
    entry_id: str,
    reason: SealableText,
    state: State | None,
    report: str | None,
    expected_version: int | None,
    seal: tuple[str, ...],
    keep_sealed: tuple[str, ...],
    evidence_added: tuple[Evidence, ...],
) -> object:
    beside = entry_id, reason, report, expected_version, seal, keep_sealed
    return beside if state is None else (*beside, evidence_added)


def _ruled(value: Any) -> Any:
    """The value with the rules applied to all values within that have some; the same object
    where nothing is to be changed.
    """
    if type(value) is tuple:
        items = tuple(map(_ruled, value))
        return value if all(map(is_, items, value)) else items
    if (known := _RULED.get(type(value))) is None:
        return value
    fields, rule = known
    changes = None
    for name in fields:
        before = getattr(value, name)
        if before and (after := _ruled(before)) is not before:
            changes = {**(changes or {}), name: after}
    if changes:
        value = replace(value, **changes)
    return value if rule is None else rule(value)


def _normal(value: Any) -> Any:
    """The value with its text normalised; the same object when nothing changes."""
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
    rule = _RULES.get(type(struct))
    return struct if rule is None else rule(struct)


def _relation(relation: Relation) -> Relation:
    if not (extent := relation.extent):
        return relation
    return _written(relation, "extent", exact.canonical(extent, exact.number))


def _quantity(quantity: Quantity) -> Quantity:
    return _written(quantity, "value", exact.canonical(quantity.value, exact.decimal))


def _weight(row: Weight) -> Weight:
    return _written(row, "weight", exact.canonical(row.weight, exact.decimal))


def _instalment(part: Instalment) -> Instalment:
    if part.share:
        part = _written(part, "share", exact.canonical(part.share, exact.number))
    if part.quantity:
        part = _written(part, "quantity", exact.canonical(part.quantity, exact.decimal))
    return part


def _place(place: Place) -> Place:
    if not (place.latitude or place.longitude):
        return place
    for name in ("latitude", "longitude"):
        if (degrees := getattr(place, name)) and not isinstance(degrees, Sealed):
            place = _written(place, name, exact.canonical(degrees, exact.decimal))
    return place


def _amendment(item: Amendment) -> Amendment:
    if not item.keep_sealed or item.state is None:
        return item
    return replace(item, state=with_kept(item.state, item.keep_sealed))


def _written(struct: Struct, field: str, canonical: str) -> Struct:
    same = getattr(struct, field) == canonical
    return struct if same else replace(struct, **{field: canonical})


_RULES: dict[type, Callable[[Any], Any]] = {
    IntervalDate: dates.with_precision,
    Relation: _relation,
    Quantity: _quantity,
    Instalment: _instalment,
    Place: _place,
    Amendment: _amendment,
    Weight: _weight,
}


def _leading_to(
    wanted: Collection[type], struct: type[msgspec.Struct]
) -> dict[type, tuple[str, ...]]:
    """The structs within `struct` that are wanted or hold wanted ones, and their fields that
    do so. It is read from their types, so that no field is forgotten.
    """
    held: dict[type, dict[str, set[type]]] = {}
    waiting: list[type] = [struct]
    while waiting:
        if (each := waiting.pop()) not in held:
            hints = get_type_hints(each).items()
            held[each] = {name: set(_structs(hint)) for name, hint in hints}
            waiting.extend(set().union(*held[each].values()))
    found = set(wanted)
    while True:
        more = {each for each in held if found & set().union(*held[each].values())} - found
        if not more:
            break
        found |= more
    return {
        each: tuple(name for name, structs in held[each].items() if structs & found)
        for each in found
    }


def _structs(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs that a type names."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from _structs(part)


#: The structs with rules and those on the way to them, with the fields that lead there and
#: the rule.
_RULED = {
    struct: (fields, _RULES.get(struct))
    for struct, fields in _leading_to(_RULES, RecordCommand).items()
}
