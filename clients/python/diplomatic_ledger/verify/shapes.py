"""The fields of the data of each type of record, in their order."""

from __future__ import annotations

from typing import NamedTuple

#: Types of entries, as bits: a reference may allow several.
PARTY, REPORT, COMMITMENT, ACT, SCALE, INSTRUMENT = 1, 2, 4, 8, 16, 32
TYPE_NAMES = {
    PARTY: "party",
    REPORT: "report",
    INSTRUMENT: "instrument",
    COMMITMENT: "commitment",
    ACT: "act",
    SCALE: "scale",
}

STATES = {
    "party.registered.v1": PARTY,
    "report.filed.v1": REPORT,
    "instrument.recorded.v1": INSTRUMENT,
    "commitment.recorded.v1": COMMITMENT,
    "act.recorded.v1": ACT,
    "scale.registered.v1": SCALE,
}
OPENED = "ledger.opened.v1"
ROTATED = "key.rotated.v1"
SUCCEEDED = "ledger.succeeded.v1"
FORKED = "ledger.forked.v1"
#: The log goes on under another origin.
CONTINUED = (SUCCEEDED, FORKED)
ERASED = "field.erased.v1"
AMENDED = "entry.amended.v1"
ANNULLED = "entry.annulled.v1"


class Rule(NamedTuple):
    kind: str
    shape: str = ""
    types: int = 0


_TEXT, _SEALABLE, _FLAG = Rule("text"), Rule("sealable"), Rule("flag")
_NUMBER, _TEXTS, _CONDITION = Rule("number"), Rule("texts"), Rule("condition")
_SEALABLES, _CONDITIONS = Rule("sealables"), Rule("conditions")
STATE = Rule("state")

#: Types of entries that have evidence, so that some may be added to it.
WITH_EVIDENCE = INSTRUMENT | COMMITMENT | ACT


def _one(shape: str) -> Rule:
    return Rule("one", shape)


def _many(shape: str) -> Rule:
    return Rule("many", shape)


def _id(types: int) -> Rule:
    return Rule("id", types=types)


def _ids(types: int) -> Rule:
    return Rule("ids", types=types)


_CONTINUED = {
    "origin": _TEXT,
    "verification_key": _TEXT,
    "predecessor": _TEXT,
    "inherited": _TEXT,
    "signed_size": _TEXT,
    "signed_root": _TEXT,
    "reason": _TEXT,
}
SHAPES: dict[str, dict[str, Rule]] = {
    OPENED: {
        "title": _TEXT,
        "purpose": _TEXT,
        "opens_on": _TEXT,
        "origin": _TEXT,
        "verification_key": _TEXT,
    },
    SUCCEEDED: _CONTINUED,
    FORKED: _CONTINUED,
    ROTATED: {"verification_key": _TEXT, "previous": _TEXT, "reason": _TEXT},
    AMENDED: {
        "supersedes": _TEXT,
        "reason": _SEALABLE,
        "change": _TEXT,
        "report": _id(REPORT),
        "payloadtype": _TEXT,
        "payload": STATE,
        "evidence_added": _many("evidence"),
    },
    ANNULLED: {"supersedes": _TEXT, "reason": _SEALABLE},
    ERASED: {
        "entry": _TEXT,
        "field": _TEXT,
        "versions": _TEXTS,
        "commitment": _TEXT,
        "reason": _TEXT,
    },
    "party.registered.v1": {
        "name": _SEALABLE,
        "kind": _TEXT,
        "names": _many("name"),
        "aliases": _SEALABLES,
        "codes": _many("party code"),
        "represents": _many("representation"),
        "succeeds": _many("succession"),
        "composed_of": _many("membership"),
        "same_as": _many("identity"),
        "attributes": _many("attribute"),
        "note": _SEALABLE,
    },
    "name": {"name": _SEALABLE, "from_day": _TEXT, "to_day": _TEXT, "language": _TEXT},
    "party code": {"scheme": _TEXT, "value": _TEXT, "from_day": _TEXT, "to_day": _TEXT},
    "representation": {
        "principal": _id(PARTY),
        "from_day": _TEXT,
        "to_day": _TEXT,
        "mandate": _TEXTS,
        "reports": _ids(REPORT),
        "note": _SEALABLE,
    },
    "succession": {
        "predecessor": _id(PARTY),
        "from_day": _TEXT,
        "continues": _FLAG,
        "reports": _ids(REPORT),
        "note": _SEALABLE,
    },
    "membership": {
        "member": _id(PARTY),
        "from_day": _TEXT,
        "to_day": _TEXT,
        "reports": _ids(REPORT),
        "note": _SEALABLE,
    },
    "identity": {"party": _id(PARTY), "reports": _ids(REPORT), "note": _SEALABLE},
    "attribute": {"name": _TEXT, "value": _TEXT},
    "report.filed.v1": {
        "title": _SEALABLE,
        "publisher": _SEALABLE,
        "url": _SEALABLE,
        "archived_url": _SEALABLE,
        "digest": _TEXT,
        "language": _TEXT,
        "published": _one("day"),
        "retrieved": _TEXT,
        "source_grade": _TEXT,
        "topics": _TEXTS,
        "attributes": _many("attribute"),
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "day": {
        "from_day": _TEXT,
        "to_day": _TEXT,
        "precision": _TEXT,
        "basis": _TEXT,
        "words": _TEXT,
    },
    "instrument.recorded.v1": {
        "title": _SEALABLE,
        "kind": _TEXT,
        "participants": _ids(PARTY),
        "third_parties": _ids(PARTY),
        "occurred": _one("day"),
        "withdrawal": _one("withdrawal"),
        "topics": _TEXTS,
        "relations": _many("relation"),
        "evidence": _many("evidence"),
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "withdrawal": {"notice_days": _NUMBER, "notice_months": _NUMBER, "not_before": _TEXT},
    "commitment.recorded.v1": {
        "debtors": _ids(PARTY),
        "creditors": _ids(PARTY),
        "consequent": _SEALABLE,
        "mutual": _FLAG,
        "made_by": _ids(PARTY),
        "consequent_code": _one("code"),
        "quantity": _one("quantity"),
        "instrument": _id(INSTRUMENT),
        "provision": _TEXT,
        "occurred": _one("day"),
        "nature": _TEXT,
        "due": _one("day"),
        "due_after": _one("due after"),
        "instalments": _many("instalment"),
        "until": _TEXT,
        "until_condition": _one("antecedent"),
        "offer": _FLAG,
        "antecedent": _one("antecedent"),
        "withdrawal": _one("withdrawal"),
        "topics": _TEXTS,
        "relations": _many("relation"),
        "evidence": _many("evidence"),
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "due after": {
        "act": _id(ACT),
        "commitment": _id(COMMITMENT),
        "days": _NUMBER,
        "months": _NUMBER,
    },
    "instalment": {"due": _one("day"), "share": _TEXT, "quantity": _TEXT},
    "antecedent": {"condition": _CONDITION, "deadline": _TEXT},
    "all": {"node": _TEXT, "conditions": _CONDITIONS},
    "any": {"node": _TEXT, "conditions": _CONDITIONS},
    "at_least": {"node": _TEXT, "n": _NUMBER, "of": _CONDITIONS},
    "act": {"node": _TEXT, "act": _id(ACT)},
    "commitment": {"node": _TEXT, "commitment": _id(COMMITMENT)},
    "words": {"node": _TEXT, "text": _TEXT, "label": _TEXT},
    "act.recorded.v1": {
        "kind": _TEXT,
        "actor": _id(PARTY),
        "title": _SEALABLE,
        "co_actors": _ids(PARTY),
        "counterparties": _ids(PARTY),
        "joint": _FLAG,
        "occurred": _one("day"),
        "place": _one("place"),
        "quantity": _one("quantity"),
        "code": _one("code"),
        "topics": _TEXTS,
        "attributes": _many("attribute"),
        "relations": _many("relation"),
        "evidence": _many("evidence"),
        "summary": _SEALABLE,
        "note": _SEALABLE,
    },
    "place": {
        "name": _SEALABLE,
        "country": _SEALABLE,
        "latitude": _SEALABLE,
        "longitude": _SEALABLE,
        "geonames": _SEALABLE,
    },
    "quantity": {"value": _TEXT, "unit": _TEXT},
    "code": {"cameo": _TEXT, "plover": _one("plover")},
    "plover": {"type": _TEXT, "mode": _TEXT, "contexts": _TEXTS},
    "relation": {
        "kind": _TEXT,
        "target": _id(WITH_EVIDENCE),
        "extent": _TEXT,
        "about": _TEXT,
        "condition": _TEXT,
        "takes_effect": _TEXT,
        "until": _TEXT,
        "due": _one("day"),
        "note": _SEALABLE,
    },
    "evidence": {
        "report": _id(REPORT),
        "quote": _SEALABLE,
        "locator": _SEALABLE,
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
    own = (OPENED, ROTATED, *CONTINUED, ERASED, AMENDED, ANNULLED)
    return record_type in STATES or record_type in own
