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

from diplomatic_ledger.json_form.problems import Path, Problem, spoken, steps
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1.items_pb2 import RecordItem

KEEP = "keep"
#: The path of the reason of an amendment or an annulment.
REASON = "reason"

_PATH = re.compile(r"\w+(?:\[\d+\])?(?:\.\w+)?")
#: Of a place that is written as a text, the text is its name.
_SHORT = {"place": "place.name"}


@dataclass
class Taken:
    """The paths of the texts to seal, and of the seals to keep."""

    seal: list[str] = field(default_factory=list)
    keep: list[str] = field(default_factory=list)


def take_out(fields: Any, path: Path, taken: Taken, problems: list[Problem]) -> Any:
    """The fields of a state with plain texts in place of `{seal: TEXT}`. `path` is the place
    of the state. The paths of sealed fields are added to `taken`.
    """
    return _taken_out(fields, (), path, taken, problems)


def _taken_out(
    value: Any, inner: Path, path: Path, taken: Taken, problems: list[Problem]
) -> Any:
    """A value without its seals; None in place of a seal that stays."""
    if isinstance(value, list | tuple):
        return [
            _text(_taken_out(element, (*inner, index), path, taken, problems), element)
            for index, element in enumerate(value)
        ]
    if not isinstance(value, Mapping):
        return value
    if not inner or not value.keys() & {"seal", "sealed"}:
        return {
            key: _taken_out(each, (*inner, str(key)), path, taken, problems)
            for key, each in value.items()
        }
    place = spoken(inner)
    if isinstance(value.get("sealed"), str):
        taken.keep.append(_SHORT.get(place, place))
        return None
    if isinstance(value.get("seal"), str) and len(value) == 1:
        taken.seal.append(_SHORT.get(place, place))
        return value["seal"]
    problem = "a sealed text is written {seal: TEXT}, a seal that stays {sealed: keep}"
    problems.append(Problem((*path, *inner), problem))
    return None


def _text(taken: Any, said: Any) -> Any:
    """An element of a list: one whose seal stays keeps its place, as an empty text."""
    return "" if taken is None and isinstance(said, Mapping) else taken


def put_in(state: Message, plain: dict[str, Any], seals: Mapping[str, Any]) -> dict[str, Any]:
    """The plain form of a state with other values at these paths; the order of its fields is
    kept.
    """
    for path, value in seals.items():
        if _PATH.fullmatch(path):
            plain = _put(state, plain, steps(path), value)
    return plain


def _put(message: Any, plain: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [
            _put(message[step], each, rest, value) if index == step else each
            for index, each in enumerate(plain)
        ]
    empty: Any = [] if rest and isinstance(rest[0], int) else {}
    inner = _put(getattr(message, step, None), plain.get(step, empty), rest, value)
    return _ordered(message, {**plain, step: inner})


def told(sealed: Iterable[entries_pb2.SealedField], state: Message) -> dict[str, Any]:
    """What an answer prints for the sealed fields of a state, by their paths."""
    return {each.path: _told(each, text_at(state, each.path)) for each in sealed}


def text_at(state: Message, path: str) -> str:
    """The text in a field of a state; empty when there is none."""
    holder, key = _holder(state, path)
    if isinstance(key, int):
        return str(holder[key]) if key < len(holder) else ""
    return str(getattr(holder, key, ""))


def _holder(state: Any, path: str) -> tuple[Any, str | int]:
    """The message or list that has the field of a path, or None, and its name or index."""
    found = steps(path) if _PATH.fullmatch(path) else ()
    if not found:
        return None, ""
    holder = state
    for step in found[:-1]:
        if isinstance(step, int):
            holder = holder[step] if step < len(holder) else None
        else:
            holder = getattr(holder, step, ())
    return holder, found[-1]


def without_sealed(item: RecordItem) -> RecordItem:
    """The item without the texts that it seals."""
    kind = item.WhichOneof("item")
    if kind is None or not getattr(item, kind).seal:
        return item
    bare = RecordItem()
    bare.CopyFrom(item)
    change = getattr(bare, kind)
    for path in change.seal:
        clear(holder_of(change, path), (path,))
    return bare


def clear(message: Any, paths: Iterable[str]) -> None:
    """Empties the texts in these fields of a state; what is not there stays so."""
    for path in paths:
        holder, key = _holder(message, path)
        if isinstance(key, int):
            if key < len(holder or ()):
                holder[key] = ""
        elif isinstance(getattr(holder, key, None), str):
            setattr(holder, key, "")


def holder_of(change: Any, path: str) -> Any:
    """The message in which the path of a change's seal lies: the state, or the change itself
    for its reason and for evidence that it adds.
    """
    state = None if path == REASON else getattr(change, "state", None)
    kind = state.WhichOneof("state") if state is not None else None
    return getattr(state, kind) if kind else change


def _told(seal: entries_pb2.SealedField, value: str) -> dict[str, Any]:
    told: dict[str, Any] = {"sealed": seal.hash}
    if seal.state == entries_pb2.SEAL_STATE_DISCLOSED:
        told["value"] = value
    elif seal.state == entries_pb2.SEAL_STATE_ERASED:
        told["erased"] = True
    return told


def _ordered(message: Message, plain: dict[str, Any]) -> dict[str, Any]:
    return {
        each.name: plain[each.name] for each in message.DESCRIPTOR.fields if each.name in plain
    }
