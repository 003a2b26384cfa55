"""The form in which two states of an entry are compared: as the service keeps them, whatever the
way in which they were written, and as far as anybody here may know what is sealed.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from fractions import Fraction
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from diplomatic_ledger.json_form import seals, write_state
from diplomatic_ledger.json_form.problems import Path, spoken
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.entries_pb2 import EntryState, SealedField

#: Texts that are exact numbers, of which 1.50 and 1.5 are the same.
_NUMBERS = frozenset(
    {
        (entries_pb2.Relation.DESCRIPTOR.full_name, "extent"),
        (entries_pb2.Quantity.DESCRIPTOR.full_name, "value"),
        (entries_pb2.Instalment.DESCRIPTOR.full_name, "share"),
        (entries_pb2.Instalment.DESCRIPTOR.full_name, "quantity"),
        (entries_pb2.Place.DESCRIPTOR.full_name, "latitude"),
        (entries_pb2.Place.DESCRIPTOR.full_name, "longitude"),
        (entries_pb2.Weight.DESCRIPTOR.full_name, "weight"),
    }
)
#: What the ledger derives from the rest.
_DERIVED = (entries_pb2.IntervalDate.DESCRIPTOR.full_name, "precision")
#: A list of more members is compared by their places.
_MOST_MATCHED = 500


class Difference(NamedTuple):
    """A field in which an item differs from what is recorded, by its path in the plain form:
    `act.relations[0].extent`; with both values in that form, None where there is none. Texts
    that are sealed are told as `{sealed: ...}` alone.
    """

    path: str
    offered: Any
    recorded: Any


class Form(NamedTuple):
    """What tells one state from another: without the texts of sealed fields, of which the
    `places` are, and with them (`whole`; None where nothing is sealed, or not all of it may be
    read here).
    """

    places: bytes
    whole: bytes | None = None

    def says_the_same(self, other: Form) -> bool:
        if self.places != other.places:
            return False
        return None in (self.whole, other.whole) or self.whole == other.whole


class State(NamedTuple):
    """A state with its sealed texts by their paths; None for one that may not be read here. Of
    what is recorded, also with the hashes of its seals.
    """

    state: EntryState
    sealed: Mapping[str, str | None]
    hashes: Mapping[str, str] = MappingProxyType({})

    @property
    def form(self) -> Form:
        bare = _without(self.state, self.sealed) if self.sealed else self.state
        places = _digest(_content(bare), "\n".join(sorted(self.sealed)).encode())
        if not self.sealed or None in self.sealed.values():
            return Form(places)
        return Form(places, _digest(_content(self.state)))


def offered(state: EntryState, seal: Iterable[str], keep: Iterable[str] = ()) -> State:
    """The state of an item that seals texts at some paths and keeps seals at others."""
    inner = inner_of(state)
    texts: dict[str, str | None] = {path: seals.text_at(inner, path) for path in seal}
    return State(state, {**texts, **dict.fromkeys(keep)})


def recorded(state: EntryState, sealed: Collection[SealedField]) -> State:
    """The state of a version, as the service tells it."""
    inner = inner_of(state)
    texts = {
        each.path: seals.text_at(inner, each.path)
        if each.state == entries_pb2.SEAL_STATE_DISCLOSED
        else None
        for each in sealed
    }
    return State(state, texts, {each.path: each.hash for each in sealed})


def form_of(state: EntryState, seal: Iterable[str], keep: Iterable[str] = ()) -> Form:
    return offered(state, seal, keep).form


def inner_of(state: EntryState) -> Any:
    """The act, commitment or other thing that a state is of."""
    kind = state.WhichOneof("state")
    return getattr(state, kind) if kind else state


def normal(state: Message) -> Any:
    """A copy in which equal things are equal: text in NFC, numbers exact, what the ledger
    derives left out, what it takes for granted said.
    """
    copy = type(state)()
    copy.CopyFrom(state)
    _normalise(copy)
    return copy


def _content(state: EntryState) -> bytes:
    content: bytes = normal(state).SerializeToString(deterministic=True)
    return content


def _normalise(message: Any) -> None:
    kind = message.DESCRIPTOR.full_name
    if kind == entries_pb2.Commitment.DESCRIPTOR.full_name and not message.nature:
        message.nature = entries_pb2.NATURE_ACHIEVEMENT
    for field, value in message.ListFields():
        if (kind, field.name) == _DERIVED:
            message.ClearField(field.name)
        elif field.message_type is not None:
            for each in value if field.is_repeated else (value,):
                _normalise(each)
            if not field.is_repeated and not field.containing_oneof and not value.ListFields():
                message.ClearField(field.name)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            is_number = (kind, field.name) in _NUMBERS
            if field.is_repeated:
                value[:] = [_text(each) for each in value]
            else:
                setattr(message, field.name, _exact(value) if is_number else _text(value))


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _exact(text: str) -> str:
    try:
        return str(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return text


def _without(state: EntryState, paths: Iterable[str]) -> EntryState:
    """The state without the texts at these paths."""
    bare = EntryState()
    bare.CopyFrom(state)
    seals.clear(inner_of(bare), paths)
    return bare


def _digest(*parts: bytes) -> bytes:
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()[:16]


def differences(item: State, there: State) -> tuple[Difference, ...]:
    """The fields in which what is offered differs from what is there, in the order of the
    file's form. None where nobody here can tell.
    """
    ours, theirs = item.state.WhichOneof("state"), there.state.WhichOneof("state")
    if ours != theirs:
        return (Difference("", ours, theirs),)
    found = _differing((), _plain(item, exact=True), _plain(there, exact=True))
    shown = _plain(item, exact=False), _plain(there, exact=False)
    return tuple(
        Difference(spoken(first or second or ()), _at(shown[0], first), _at(shown[1], second))
        for first, second in found
    )


def _plain(said: State, *, exact: bool) -> Any:
    state = normal(said.state) if exact else said.state
    return write_state(state, {path: {"sealed": text} for path, text in said.sealed.items()})


#: The paths of a field on both sides; None on the side that has none.
_Pair: TypeAlias = tuple[Path | None, Path | None]


def _differing(path: Path, ours: Any, theirs: Any) -> Iterator[_Pair]:
    yield from _between(path, path, ours, theirs)


def _between(first: Path, second: Path, ours: Any, theirs: Any) -> Iterator[_Pair]:
    if ours == theirs or (_is_seal(ours) and _is_seal(theirs) and _unknown(ours, theirs)):
        return
    if _is_amount(ours) and _is_amount(theirs):
        yield first, second
    elif _is_fields(ours) and _is_fields(theirs):
        for key in dict.fromkeys((*ours, *theirs)):
            if key not in theirs:
                yield (*first, key), None
            elif key not in ours:
                yield None, (*second, key)
            else:
                yield from _between((*first, key), (*second, key), ours[key], theirs[key])
    elif isinstance(ours, list) and isinstance(theirs, list):
        yield from _in_lists(first, second, ours, theirs)
    else:
        yield first, second


def _is_amount(value: Any) -> bool:
    """Whether it is a quantity: a number tells nothing without its unit."""
    return isinstance(value, Mapping) and value.keys() == {"value", "unit"}


def _in_lists(first: Path, second: Path, ours: Any, theirs: Any) -> Iterator[_Pair]:
    for start, end, from_there, to_there in _stretches(ours, theirs):
        both = min(end - start, to_there - from_there)
        for n in range(both):
            yield from _between(
                (*first, start + n),
                (*second, from_there + n),
                ours[start + n],
                theirs[from_there + n],
            )
        yield from (((*first, n), None) for n in range(start + both, end))
        yield from ((None, (*second, n)) for n in range(from_there + both, to_there))


def _stretches(ours: Any, theirs: Any) -> Iterator[tuple[int, int, int, int]]:
    """Where two lists differ."""
    if max(len(ours), len(theirs)) > _MOST_MATCHED:
        yield 0, len(ours), 0, len(theirs)
        return
    keys = [[json.dumps(each, sort_keys=True) for each in part] for part in (ours, theirs)]
    for change in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        if change[0] != "equal":
            yield change[1:]


def _is_seal(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"sealed"}


def _is_fields(value: Any) -> bool:
    return isinstance(value, dict) and not _is_seal(value)


def _unknown(ours: Any, theirs: Any) -> bool:
    return None in (ours["sealed"], theirs["sealed"])


def _at(plain: Any, path: Path | None) -> Any:
    if path is None:
        return None
    for step in path:
        if isinstance(plain, dict) and step not in plain:
            return None  # taken for granted
        plain = plain[step]
    return {"sealed": "..."} if _is_seal(plain) else plain
