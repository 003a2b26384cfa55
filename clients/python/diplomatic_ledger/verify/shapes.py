"""The fields of the data of each type of record, in their order."""

from __future__ import annotations

from typing import NamedTuple

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


class Rule(NamedTuple):
    kind: str
    shape: str = ""
    types: int = 0


_TEXT, _SEALABLE, _FLAG = Rule("text"), Rule("sealable"), Rule("flag")
_NUMBER, _TEXTS, _CONDITION = Rule("number"), Rule("texts"), Rule("condition")
_CONDITIONS = Rule("conditions")
STATE = Rule("state")


def _one(shape: str) -> Rule:
    return Rule("one", shape)


def _many(shape: str) -> Rule:
    return Rule("many", shape)


def _id(types: int) -> Rule:
    return Rule("id", types=types)


def _ids(types: int) -> Rule:
    return Rule("ids", types=types)


SHAPES: dict[str, dict[str, Rule]] = {
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
        "payload": STATE,
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


def is_known(record_type: str) -> bool:
    """Whether the fields of this type of record are known here; types may be added."""
    return record_type in STATES or record_type in (OPENED, ROTATED, ERASED, AMENDED, ANNULLED)
