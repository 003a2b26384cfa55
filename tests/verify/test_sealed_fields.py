"""Sealed fields: withheld, disclosed and erased exports verify, and lies about them do not."""

from __future__ import annotations

import json

import pytest
from diplomatic_ledger.verify.sealed import commitment

from tests.support.small_bags import SALT, SmallBag, act, amendment, log_of, record, seal

VALUE = "Two officials — “on background”\n=1+1"
SEAL = seal(VALUE)


def sealed_act(position: int) -> bytes:
    return act(position, f"F{position}", note={"sealed": SEAL})


def opening(**change: str) -> dict[str, str]:
    return {"commitment": SEAL, "salt": SALT.hex(), "value": VALUE} | change


def row(position: int, state: str = "withheld", **change: str) -> list[str]:
    found = {
        "position": str(position),
        "entry": "F3",
        "version": str(position - 2),
        "field": "note",
        "commitment": SEAL,
        "state": state,
    }
    return list((found | change).values())


def erasure(position: int) -> bytes:
    data = {
        "entry": "F3",
        "field": "note",
        "versions": ["1"],
        "commitment": SEAL,
        "reason": "a source at risk",
    }
    return record(position, "field.erased.v1", data)


RECORDS = [*log_of(2), sealed_act(3)]
AMENDED = json.loads(sealed_act(3))["data"] | {"actor": "us"}
LONG = [*RECORDS, amendment(4, "F3", 2, AMENDED)]


def problems(check, bag: SmallBag) -> list[str]:
    return [str(finding) for finding in check(bag).findings]


def test_the_commitment_is_over_salt_and_json_string():
    assert commitment(SALT, VALUE) == SEAL
    assert commitment(SALT, VALUE + "!") != SEAL
    assert commitment(bytes(16), VALUE) != SEAL


@pytest.mark.parametrize(
    "bag",
    [
        SmallBag(RECORDS, withheld=[row(3)]),
        SmallBag(RECORDS, disclosed=[opening()]),
        SmallBag(LONG, withheld=[row(3), row(4)]),
        SmallBag(LONG, disclosed=[opening()]),
        SmallBag([*RECORDS, erasure(4)], withheld=[row(3, "erased")]),
    ],
    ids=["withheld", "disclosed", "withheld twice", "disclosed for both", "erased"],
)
def test_every_honest_export_verifies(bag: SmallBag, check):
    assert problems(check, bag) == []


LIES = {
    "another value": (
        SmallBag(RECORDS, disclosed=[opening(value="Somebody else")]),
        "data/disclosed.jsonl line 1: The value and the salt do not belong",
    ),
    "another salt": (
        SmallBag(RECORDS, disclosed=[opening(salt="00" * 16)]),
        "data/disclosed.jsonl line 1: The value and the salt do not belong",
    ),
    "a short salt": (
        SmallBag(RECORDS, disclosed=[opening(salt="00")]),
        "data/disclosed.jsonl line 1: The line does not hold a commitment",
    ),
    "a value that no record has": (
        SmallBag(RECORDS, disclosed=[opening(), opening(commitment=seal("x"), value="x")]),
        "data/disclosed.jsonl line 2: No record holds this commitment",
    ),
    "a field that is not listed": (
        SmallBag(LONG, withheld=[row(3)]),
        "data/withheld.csv: It does not list 1 of the fields",
    ),
    "a field that is disclosed and listed": (
        SmallBag(RECORDS, disclosed=[opening()], withheld=[row(3)]),
        "data/withheld.csv line 2: The value is disclosed",
    ),
    "another field": (
        SmallBag(RECORDS, withheld=[row(3, field="title")]),
        "data/withheld.csv line 2: No record has such a seal",
    ),
    "another entry": (
        SmallBag(RECORDS, withheld=[row(3, entry="F4")]),
        "data/withheld.csv line 2: No record has such a seal",
    ),
    "erased, it says, and is not": (
        SmallBag(RECORDS, withheld=[row(3, "erased")]),
        "data/withheld.csv line 2: Whether it was erased, the log says otherwise",
    ),
    "withheld, it says, and was erased": (
        SmallBag([*RECORDS, erasure(4)], withheld=[row(3)]),
        "data/withheld.csv line 2: Whether it was erased, the log says otherwise",
    ),
    "erased, and shown": (
        SmallBag([*RECORDS, erasure(4)], disclosed=[opening()]),
        "data/disclosed.jsonl line 1: The log says that this value was erased",
    ),
    "another state": (
        SmallBag(RECORDS, withheld=[row(3, "lost")]),
        "data/withheld.csv line 2: The row is not one of a withheld value",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_are_found(name: str, check):
    bag, expected = LIES[name]
    found = problems(check, bag)
    assert any(each.startswith(expected) for each in found), found
