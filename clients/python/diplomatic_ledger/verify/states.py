"""The data of each type of record: its fields in their order, what they refer to, and
which of them may be sealed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from diplomatic_ledger.verify.report import Broken

#: Types of entries, as bits: a reference may allow several.
PARTY, REPORT, COMMITMENT, ACT, SCALE = 1, 2, 4, 8, 16
TYPE_NAMES = {
    PARTY: "party",
    REPORT: "report",
    COMMITMENT: "commitment",
    ACT: "act",
    SCALE: "scale",
}

STATES = {
    "party.registered.v1": PARTY,
    "report.filed.v1": REPORT,
    "commitment.recorded.v1": COMMITMENT,
    "act.recorded.v1": ACT,
    "scale.registered.v1": SCALE,
}
OPENED = "ledger.opened.v1"
ROTATED = "key.rotated.v1"
ERASED = "field.erased.v1"
AMENDED = "entry.amended.v1"
ANNULLED = "entry.annulled.v1"

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


class _Rule(NamedTuple):
    kind: str
    shape: str = ""
    types: int = 0


_TEXT, _SEALABLE, _FLAG = _Rule("text"), _Rule("sealable"), _Rule("flag")
_NUMBER, _TEXTS, _CONDITION = _Rule("number"), _Rule("texts"), _Rule("condition")
_CONDITIONS = _Rule("conditions")
_STATE = _Rule("state")


def _one(shape: str) -> _Rule:
    return _Rule("one", shape)


def _many(shape: str) -> _Rule:
    return _Rule("many", shape)


def _id(types: int) -> _Rule:
    return _Rule("id", types=types)


def _ids(types: int) -> _Rule:
    return _Rule("ids", types=types)


_SHAPES: dict[str, dict[str, _Rule]] = {
    OPENED: {
        "title": _TEXT,
        "purpose": _TEXT,
        "opens_on": _TEXT,
        "origin": _TEXT,
        "verification_key": _TEXT,
        "predecessor": _one("predecessor"),
    },
    "predecessor": {"origin": _TEXT, "size": _TEXT, "root": _TEXT, "reason": _TEXT},
    ROTATED: {"verification_key": _TEXT, "previous": _TEXT, "reason": _TEXT},
    AMENDED: {
        "supersedes": _TEXT,
        "reason": _TEXT,
        "change": _TEXT,
        "report": _id(REPORT),
        "payloadtype": _TEXT,
        "payload": _STATE,
    },
    ANNULLED: {"supersedes": _TEXT, "reason": _TEXT},
    ERASED: {
        "entry": _TEXT,
        "field": _TEXT,
        "versions": _TEXTS,
        "commitment": _TEXT,
        "reason": _TEXT,
    },
    "party.registered.v1": {
        "name": _TEXT,
        "kind": _TEXT,
        "aliases": _TEXTS,
        "codes": _one("codes"),
        "represents": _many("representation"),
        "note": _SEALABLE,
    },
    "codes": {"iso3": _TEXT, "cow": _TEXT, "cameo": _TEXT},
    "representation": {
        "principal": _id(PARTY),
        "from_day": _TEXT,
        "to_day": _TEXT,
        "mandate": _TEXTS,
        "note": _SEALABLE,
    },
    "report.filed.v1": {
        "title": _SEALABLE,
        "publisher": _TEXT,
        "url": _SEALABLE,
        "published": _one("day"),
        "source_grade": _TEXT,
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "day": {"from_day": _TEXT, "to_day": _TEXT, "precision": _TEXT, "basis": _TEXT},
    "commitment.recorded.v1": {
        "debtors": _ids(PARTY),
        "creditors": _ids(PARTY),
        "consequent": _TEXT,
        "mutual": _FLAG,
        "made_by": _ids(PARTY),
        "consequent_code": _one("code"),
        "occurred": _one("day"),
        "nature": _TEXT,
        "due": _one("day"),
        "until": _TEXT,
        "offer": _FLAG,
        "antecedent": _one("antecedent"),
        "relations": _many("relation"),
        "evidence": _many("evidence"),
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "antecedent": {"condition": _CONDITION, "deadline": _TEXT},
    "all": {"node": _TEXT, "conditions": _CONDITIONS},
    "any": {"node": _TEXT, "conditions": _CONDITIONS},
    "act": {"node": _TEXT, "act": _id(ACT)},
    "commitment": {"node": _TEXT, "commitment": _id(COMMITMENT)},
    "words": {"node": _TEXT, "text": _TEXT, "label": _TEXT},
    "act.recorded.v1": {
        "kind": _TEXT,
        "actor": _id(PARTY),
        "title": _SEALABLE,
        "co_actors": _ids(PARTY),
        "counterparty": _id(PARTY),
        "joint": _FLAG,
        "occurred": _one("day"),
        "place": _TEXT,
        "quantity": _one("quantity"),
        "code": _one("code"),
        "relations": _many("relation"),
        "evidence": _many("evidence"),
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "quantity": {"value": _TEXT, "unit": _TEXT},
    "code": {"cameo": _TEXT, "plover": _one("plover")},
    "plover": {"type": _TEXT, "mode": _TEXT, "contexts": _TEXTS},
    "relation": {
        "kind": _TEXT,
        "target": _id(COMMITMENT | ACT),
        "extent": _TEXT,
        "about": _TEXT,
        "condition": _TEXT,
        "note": _SEALABLE,
    },
    "evidence": {
        "report": _id(REPORT),
        "attribution": _SEALABLE,
        "asserted_by": _id(PARTY),
        "credibility": _NUMBER,
        "hedged": _FLAG,
    },
    "scale.registered.v1": {
        "title": _SEALABLE,
        "version": _TEXT,
        "source": _TEXT,
        "licence": _TEXT,
        "coding": _TEXT,
        "weights": _many("weight"),
        "note": _SEALABLE,
    },
    "weight": {"code": _TEXT, "weight": _TEXT},
}
_CONDITION_NODES = ("all", "any", "act", "commitment", "words")


def is_known(record_type: str) -> bool:
    """Whether the fields of this type of record are known here; types may be added."""
    return record_type in STATES or record_type in (OPENED, ROTATED, ERASED, AMENDED, ANNULLED)


def content_of(record_type: str, data: Mapping[str, Any]) -> Content:
    """What the data mentions. Raises Broken when its fields are not those of its type."""
    content = Content()
    _read(content, "", record_type, data)
    return content


def _read(content: Content, path: str, shape: str, value: Any) -> None:
    rules = _SHAPES[shape]
    if not isinstance(value, dict):
        raise Broken(f"{path[:-1] or 'data'} is not a JSON object.")
    if list(value) != [name for name in rules if name in value]:
        raise Broken(_misplaced(path, rules, value))
    for name, inner in value.items():
        rule = rules[name]
        if rule is _STATE:
            _read_payload(content, value, inner)
        else:
            _FIELDS[rule.kind](content, f"{path}{name}", rule, inner)


def _misplaced(path: str, rules: Mapping[str, _Rule], value: Mapping[str, Any]) -> str:
    for name in value:
        if name not in rules:
            return f"data has the unknown field {path}{name}."
    return f"The fields of {path[:-1] or 'data'} are not in their order."


def _read_payload(content: Content, amended: Mapping[str, Any], payload: Any) -> None:
    if amended.get("payloadtype") not in STATES:
        raise Broken("payloadtype does not name the type of an entry.")
    _read(content, "", amended["payloadtype"], payload)


def _text(_: Content, path: str, __: _Rule, value: Any) -> None:
    _expect(isinstance(value, str), path, "a text")


def _flag(_: Content, path: str, __: _Rule, value: Any) -> None:
    _expect(isinstance(value, bool), path, "true or false")


def _number(_: Content, path: str, __: _Rule, value: Any) -> None:
    _expect(type(value) is int and abs(value) < 1 << 31, path, "a small number")


def _texts(_: Content, path: str, __: _Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    _expect(all(isinstance(text, str) for text in value), path, "a list of texts")


def _sealable(content: Content, path: str, _: _Rule, value: Any) -> None:
    if isinstance(value, str):
        return
    sealed = value.get("sealed") if isinstance(value, dict) and len(value) == 1 else None
    _expect(isinstance(sealed, str), path, "a text or a seal")
    assert sealed is not None
    if not _SEAL.fullmatch(sealed):
        raise Broken(f"The seal of {path} is not sha256: and 64 hexadecimal digits.")
    content.seals.append(Seal(path, sealed))


def _reference(content: Content, path: str, rule: _Rule, value: Any) -> None:
    _expect(isinstance(value, str), path, "a text")
    if value:
        content.references.append(Reference(path, value, rule.types))


def _references(content: Content, path: str, rule: _Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    for number, inner in enumerate(value):
        _reference(content, f"{path}[{number}]", rule, inner)


def _part(content: Content, path: str, rule: _Rule, value: Any) -> None:
    _read(content, f"{path}.", rule.shape, value)


def _parts(content: Content, path: str, rule: _Rule, value: Any) -> None:
    _expect(isinstance(value, list), path, "a list")
    for number, inner in enumerate(value):
        _read(content, f"{path}[{number}].", rule.shape, inner)


def _condition(content: Content, path: str, _: _Rule, value: Any) -> None:
    node = value.get("node") if isinstance(value, dict) else None
    _expect(node in _CONDITION_NODES, path, "a condition")
    _read(content, f"{path}.", str(node), value)


def _conditions(content: Content, path: str, rule: _Rule, value: Any) -> None:
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
    "id": _reference,
    "ids": _references,
    "one": _part,
    "many": _parts,
    "condition": _condition,
    "conditions": _conditions,
}
