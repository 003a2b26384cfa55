"""Sealed fields in plain values.

A writer states `title: {seal: TEXT}` to seal a text, and in an amendment `title: {sealed:
keep}` to leave a seal as it is. What an answer prints for a sealed field has the same meaning:
`{sealed: COMMITMENT}`, with `value` when it is disclosed, and with `erased` when the value is
gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from diplomatic_ledger.json_form.problems import Path, Problem, spoken
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem

KEEP = "keep"

#: Lists whose elements have texts that can be sealed.
_LISTS = ("evidence", "relations", "represents")
_PATH = re.compile(r"(?:(\w+)\[(\d+)\]\.)?(\w+)")


@dataclass
class Taken:
    """The paths of the texts to seal, and of the seals to keep."""

    seal: list[str] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)


def take_out(fields: Any, path: Path, taken: Taken, problems: list[Problem]) -> Any:
    """The fields of a state with plain texts in place of `{seal: TEXT}`. `path` is the place
    of the state. The paths of sealed fields are added to `taken`.
    """
    if not isinstance(fields, Mapping):
        return fields
    plain = _taken_out(fields, (), path, taken, problems)
    for name in _LISTS:
        if isinstance(elements := plain.get(name), list):
            plain[name] = [
                _taken_out(element, (name, index), path, taken, problems)
                if isinstance(element, Mapping)
                else element
                for index, element in enumerate(elements)
            ]
    return plain


def _taken_out(
    fields: Mapping[str, Any], inner: Path, path: Path, taken: Taken, problems: list[Problem]
) -> dict[str, Any]:
    plain = dict(fields)
    for key, value in fields.items():
        if not isinstance(value, Mapping) or not value.keys() & {"seal", "sealed"}:
            continue
        place = spoken((*inner, str(key)))
        if isinstance(value.get("sealed"), str):
            taken.keep.append(place)
            del plain[key]
        elif isinstance(value.get("seal"), str) and len(value) == 1:
            taken.seal.append(place)
            plain[key] = value["seal"]
        else:
            del plain[key]
            problem = "a sealed text is written {seal: TEXT}, a seal that stays {sealed: keep}"
            problems.append(Problem((*path, *inner, str(key)), problem))
    return plain


def put_in(state: Message, plain: dict[str, Any], seals: Mapping[str, Any]) -> dict[str, Any]:
    """The plain form of a state with other values at these paths; the order of its fields is
    kept.
    """
    for path, value in seals.items():
        match = _PATH.fullmatch(path)
        if match is None:
            continue
        name, index, key = match.groups()
        if name is None:
            plain[key] = value
        elif int(index) < len(elements := plain.get(name, [])):
            element = getattr(state, name)[int(index)]
            elements[int(index)] = _ordered(element, {**elements[int(index)], key: value})
    return _ordered(state, plain)


def told(sealed: Iterable[entries_pb2.SealedField], state: Message) -> dict[str, Any]:
    """What an answer prints for the sealed fields of a state, by their paths."""
    return {each.path: _told(each, text_at(state, each.path)) for each in sealed}


def text_at(state: Message, path: str) -> str:
    """The text in a field of a state; empty when there is none."""
    holder, key = _holder(state, path)
    return str(getattr(holder, key, ""))


def _holder(state: Any, path: str) -> tuple[Any, str]:
    """The message that has the field of a path, or None, and the name of the field."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None, ""
    name, index, key = match.groups()
    if name is None:
        return state, key
    elements = getattr(state, name, ())
    return (elements[int(index)] if int(index) < len(elements) else None), key


def without_sealed(item: RecordItem) -> RecordItem:
    """The item without the texts that it seals."""
    kind = item.WhichOneof("item")
    if kind not in ("entry", "amendment") or not getattr(item, kind).seal:
        return item
    bare = RecordItem()
    bare.CopyFrom(item)
    change = getattr(bare, kind)
    state = getattr(change.state, change.state.WhichOneof("state") or "", None)
    for path in change.seal:
        holder, key = _holder(state, path)
        if holder is not None and isinstance(getattr(holder, key, None), str):
            setattr(holder, key, "")
    return bare


def _told(seal: entries_pb2.SealedField, value: str) -> dict[str, Any]:
    told: dict[str, Any] = {"sealed": seal.commitment}
    if seal.state == entries_pb2.SEAL_STATE_DISCLOSED:
        told["value"] = value
    elif seal.state == entries_pb2.SEAL_STATE_ERASED:
        told["erased"] = True
    return told


def _ordered(message: Message, plain: dict[str, Any]) -> dict[str, Any]:
    return {
        each.name: plain[each.name] for each in message.DESCRIPTOR.fields if each.name in plain
    }
