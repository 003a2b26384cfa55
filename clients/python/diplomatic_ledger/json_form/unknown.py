"""What is said of a field that there is not: what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from diplomatic_ledger import likeness, meanings, words
from diplomatic_ledger.v1 import entries_pb2

_STATES = entries_pb2.EntryState.DESCRIPTOR
#: Messages of which the first field says which entry, or what name, is meant.
_NAMED_FIRST = frozenset(
    {"Evidence", "Identity", "Membership", "PartyName", "Representation", "Succession"}
)
#: The fields that people write of a message, where those are others than it has, and those that
#: they may write beside its own.
_WRITTEN = {"IntervalDate": ("date", "words", "basis", "precision")}
_BESIDE = {"Act": ("counterparty",), "Commitment": ("severally",)}
_RELATION_KIND = entries_pb2.RelationKind.DESCRIPTOR


def field(key: str, value: Any, of: Any) -> str:
    """The sentence on a field that a message with this descriptor does not have."""
    known = [*_WRITTEN.get(of.name, of.fields_by_name), *_BESIDE.get(of.name, ())]
    return f"there is no such field. {_remedy(key, value, of) or words.advice(key, known)}"


def field_of_item(key: str, value: Any, known: Iterable[str]) -> str:
    """The sentence on a field that an item of an entry file does not have."""
    choices = list(known)
    remedy = _remedy(key, value, _STATES) if "id" in choices else ""
    return f"there is no such field. {remedy or words.advice(key, choices)}"


def meant_verb(fields: Mapping[str, Any], verbs: Iterable[str]) -> str:
    """The key of an item with which one of these verbs was meant; empty where there is none."""
    beside = {"id", *_STATES.fields_by_name}
    return next(
        (key for key in fields if key not in beside and likeness.among(str(key), verbs)), ""
    )


def _remedy(key: str, value: Any, of: Any) -> str:
    known = of.fields_by_name
    for name in (f"{key}s", f"{key.removesuffix('y')}ies"):
        if name in known and known[name].is_repeated:
            return f"Write {name}: {listed(value)}."
    if told := meanings.of(of.name, key):
        return told
    if "relations" in known and key in words.words(_RELATION_KIND):
        return f"Write relations: [{{kind: {key}, target: ID}}]."
    return _inside(key) if of is _STATES else ""


def _inside(key: str) -> str:
    """That a field stands one level too far out."""
    kinds = [
        kind.name
        for kind in _STATES.fields
        if kind.message_type is not None and key in kind.message_type.fields_by_name
    ]
    if not kinds:
        return ""
    named = " or ".join(f"{kind}:" for kind in kinds)
    return f"It is a field of what the entry says. Indent it under {named}."


def listed(value: Any, of: Any = None) -> str:
    """A value as a list of one, if it is short enough to be shown so; `of` is the descriptor of
    the messages that the list has.
    """
    if isinstance(value, str | int) and not isinstance(value, bool):
        if of is None:
            return f"[{value}]"
        return f"[{{{of.fields[0].name}: {value}}}]" if of.name in _NAMED_FIRST else "[{...}]"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return f"[{', '.join(value)}]"
    return "[{...}]" if isinstance(value, Mapping) else "[...]"
