"""The data of each type of record: its fields in their order, what they refer to, and
which of them may be sealed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from diplomatic_ledger.verify.report import Broken
from diplomatic_ledger.verify.shapes import (
    AMENDED,
    SHAPES,
    STATE,
    STATES,
    WITH_EVIDENCE,
    Rule,
)

_SEAL = re.compile(r"sha256:[0-9a-f]{64}")


class Reference(NamedTuple):
    """An id that a field mentions, and the types of entry that it may mean, as bits."""

    path: str
    id: str
    allowed: int


class Seal(NamedTuple):
    """A field of which the record holds a commitment only."""

    path: str
    commitment: str


@dataclass
class Content:
    """What the data of a record mentions."""

    references: list[Reference] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)


_CONDITION_NODES = ("all", "any", "at_least", "act", "commitment", "words")


def content_of(record_type: str, data: Mapping[str, Any]) -> Content:
    """What the data mentions. Raises Broken when its fields are not those of its type."""
    content = Content()
    _read(content, "", record_type, data)
    if record_type == AMENDED:
        _check_amendment(data)
    return content


def _check_amendment(data: Mapping[str, Any]) -> None:
    """An amendment states all of the next version, or only the evidence that it adds."""
    added = data.get("evidence_added")
    if ("payload" in data) == (added is not None):
        raise Broken("It has not exactly one of payload and evidence_added.")
    if added == []:
        raise Broken("evidence_added is empty.")
    kind = STATES.get(data.get("payloadtype", ""), 0)
    if added is not None and not kind & WITH_EVIDENCE:
        raise Broken("It adds evidence to an entry of a type that has none.")


def _read(content: Content, path: str, shape: str, value: Any) -> None:
    rules = SHAPES[shape]
    if not isinstance(value, dict):
        raise Broken(f"{path[:-1] or 'data'} is not a JSON object.")
    if list(value) != [name for name in rules if name in value]:
        raise Broken(_misplaced(path, rules, value))
    for name, inner in value.items():
        rule = rules[name]
        if rule is STATE:
            _read_payload(content, value, inner)
        else:
            _FIELDS[rule.kind](content, f"{path}{name}", rule, inner)


def _misplaced(path: str, rules: Mapping[str, Rule], value: Mapping[str, Any]) -> str:
    for name in value:
        if name not in rules:
            return f"data has the unknown field {path}{name}."
    return f"The fields of {path[:-1] or 'data'} are not in their order."


def _read_payload(content: Content, amended: Mapping[str, Any], payload: Any) -> None:
    if amended.get("payloadtype") not in STATES:
        raise Broken("payloadtype does not name the type of an entry.")
    _read(content, "", amended["payloadtype"], payload)


def _text(_: Content, path: str, __: Rule, value: Any) -> None:
    _expect(isinstance(value, str), path, "a text")


def _flag(_: Content, path: str, __: Rule, value: Any) -> None:
    _expect(isinstance(value, bool), path, "true or false")


def _number(_: Content, path: str, __: Rule, value: Any) -> None:
    _expect(type(value) is int and abs(value) < 1 << 31, path, "a small number")


def _texts(_: Content, path: str, __: Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    _expect(all(isinstance(text, str) for text in value), path, "a list of texts")


def _sealable(content: Content, path: str, _: Rule, value: Any) -> None:
    if isinstance(value, str):
        return
    sealed = value.get("sealed") if isinstance(value, dict) and len(value) == 1 else None
    _expect(isinstance(sealed, str), path, "a text or a seal")
    assert sealed is not None
    if not _SEAL.fullmatch(sealed):
        raise Broken(f"The seal of {path} is not sha256: and 64 hexadecimal digits.")
    content.seals.append(Seal(path, sealed))


def _sealables(content: Content, path: str, rule: Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    for number, inner in enumerate(value):
        _sealable(content, f"{path}[{number}]", rule, inner)


def _reference(content: Content, path: str, rule: Rule, value: Any) -> None:
    _expect(isinstance(value, str), path, "a text")
    if value:
        content.references.append(Reference(path, value, rule.types))


def _references(content: Content, path: str, rule: Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    for number, inner in enumerate(value):
        _reference(content, f"{path}[{number}]", rule, inner)


def _part(content: Content, path: str, rule: Rule, value: Any) -> None:
    _read(content, f"{path}.", rule.shape, value)


def _parts(content: Content, path: str, rule: Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    for number, inner in enumerate(value):
        _read(content, f"{path}[{number}].", rule.shape, inner)


def _condition(content: Content, path: str, _: Rule, value: Any) -> None:
    node = value.get("node") if isinstance(value, dict) else None
    _expect(node in _CONDITION_NODES, path, "a condition")
    _read(content, f"{path}.", str(node), value)


def _conditions(content: Content, path: str, rule: Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    for number, inner in enumerate(value):
        _condition(content, f"{path}[{number}]", rule, inner)


def _expect(fits: bool, path: str, what: str) -> None:
    if not fits:
        raise Broken(f"{path} is not {what}.")


_FIELDS = {
    "text": _text,
    "flag": _flag,
    "number": _number,
    "texts": _texts,
    "sealable": _sealable,
    "sealables": _sealables,
    "id": _reference,
    "ids": _references,
    "one": _part,
    "many": _parts,
    "condition": _condition,
    "conditions": _conditions,
}
