"""The rules that records keep, one by one and together. All of these logs are rightly
signed: the ledger itself broke its rules.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from diplomatic_ledger.verify import Broken
from diplomatic_ledger.verify.fingerprints import Fingerprints
from diplomatic_ledger.verify.records import read
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.small_bags import (
    KEY,
    OTHER_KEY,
    SmallBag,
    act,
    addition,
    amendment,
    annulment,
    compact,
    log_of,
    opened,
    party,
    record,
    report,
    seal,
    vkey,
)

GOOD = act(3, "F3")
WITHOUT_STATE = {
    "supersedes": "1",
    "reason": "x",
    "change": "correction",
    "payloadtype": "act.recorded.v1",
}


def changed(old: str, new: str, line: bytes = GOOD) -> bytes:
    assert old.encode() in line
    return line.replace(old.encode(), new.encode(), 1)


def reordered() -> bytes:
    value = json.loads(GOOD)
    return compact({"type": value.pop("type"), **value})


TEXTS = {
    "a space": (changed(',"id"', ', "id"'), "not compact"),
    "an escape that is not needed": (changed("“", "\\u201c"), "not compact"),
    "a slash that is escaped": (changed("Says", "a\\/b"), "not compact"),
    "a name twice": (changed('"data":', '"data":{},"data":'), "'data' stands twice"),
    "a null": (changed('"actor":"us"', '"actor":"us","place":null'), "null"),
    "a float": (changed('"actor":"us"', '"actor":1.5'), "1.5, a number that is not whole"),
    "an exponent": (changed('"actor":"us"', '"actor":1e9'), "not whole"),
    "no number": (changed('"actor":"us"', '"actor":NaN'), "not whole"),
    "a huge number": (changed('"actor":"us"', f'"actor":{"9" * 5000}'), "too long"),
    "not NFC": (changed("Says", "a\u0308"), "normalisation form C"),
    "a control character": (changed("Says", "\\u0007"), "U\\+0007"),
    "a carriage return": (changed("Says", "\\r"), "U\\+000D"),
    "a delete": (changed("Says", "\x7f"), "U\\+007F"),
    "a C1 control": (changed("Says", "\x85"), "U\\+0085"),
    "a line separator": (changed("Says", "\u2028"), "U\\+2028"),
    "a bidirectional override": (changed("Says", "\u202e"), "U\\+202E"),
    "a soft hyphen": (changed("Says", "Sa\u00adys"), "U\\+00AD"),
    "a vowel separator": (changed("Says", "\u180e"), "U\\+180E"),
    "a space of no width": (changed("Says", "a\u200bb"), "U\\+200B"),
    "a word joiner": (changed("Says", "a\u2060b"), "U\\+2060"),
    "an operator that nobody sees": (changed("Says", "a\u2064b"), "U\\+2064"),
    "a mark of byte order": (changed("Says", "a\ufeffb"), "U\\+FEFF"),
    "a tag character": (changed("Says", "a\U000e0041b"), "U\\+E0041"),
    "a joiner at the start": (changed("Says", "\u200dSays"), "begins or ends with a mark"),
    "a direction mark at the end": (changed("so”", "so”\u200f"), "begins or ends with a mark"),
    "a joiner alone": (changed('"us"', '"\u200c"'), "begins or ends with a mark"),
    "a noncharacter": (changed("Says", "\U0001ffff"), "U\\+1FFFF"),
    "half of a surrogate pair": (changed("Says", "\\ud800"), "U\\+D800|not compact|no JSON"),
    "no UTF-8": (GOOD.replace(b"Says", b"\xff"), "is not UTF-8"),
    "no JSON": (GOOD[:-1], "no JSON"),
    "no object": (b"[]", "not a JSON object"),
    "nothing": (b"", "no JSON"),
    "a mark before it": (b"\xef\xbb\xbf" + GOOD, "no JSON|not compact"),
    "nested without end": (b"[" * 30_000 + b"]" * 30_000, "nested too deeply"),
    "nested deeply": (b"[" * 100 + b"]" * 100, "nested too deeply"),
    "too many bytes": (b'"' + b"x" * 65_535 + b'"', "more than 65,535 bytes"),
}
FORMS = {
    "attributes out of order": (reordered(), "not in their order"),
    "an attribute too few": (changed('"recordedby":"local",', ""), "lacks the attribute rec"),
    "an attribute too many": (changed('"data":', '"more":"x","data":'), "attribute more"),
    "a number for a text": (changed('"position":"3"', '"position":3'), "position is not a"),
    "an empty request": (changed('"requestid":"r-3"', '"requestid":""'), "requestid is not"),
    "data that is a text": (changed('"data":{', '"data":[{') + b"", "no JSON"),
    "another version of CloudEvents": (changed('"1.0"', '"1.1"'), "CloudEvent"),
    "another kind of id": (changed("-7f56-", "-4f56-"), "UUID of version 7"),
    "a time without fraction": (changed(".000003Z", "Z"), "The time"),
    "a time with three digits": (changed(".000003Z", ".003Z"), "The time"),
    "a time with an offset": (changed(".000003Z", ".000003+00:00"), "The time"),
    "a day that is none": (changed("2018-08-18", "2018-02-30"), "The time"),
    "other digits": (changed("2018-08-18", "٢٠١٨-08-18"), "The time"),
    "a position with a zero": (changed('"position":"3"', '"position":"03"'), "position"),
    "a huge position": (changed('"position":"3"', f'"position":"{"9" * 40}"'), "position"),
    "version none": (changed('"entryversion":"1"', '"entryversion":"0"'), "entryversion"),
    "an unknown field": (changed('"actor":', '"mood":"bad","actor":'), "unknown field mood"),
    "fields out of order": (
        changed('"kind":"claim","actor":"us"', '"actor":"us","kind":"claim"'),
        "fields of data are not in their order",
    ),
    "a list for a text": (changed('"actor":"us"', '"actor":["us"]'), "actor is not a text"),
    "a seal that is none": (
        record(3, "act.recorded.v1", {"title": {"sealed": "sha256:00"}}, subject="F3"),
        "seal of title",
    ),
    "a seal where none may be": (
        record(3, "act.recorded.v1", {"actor": {"sealed": "sha256:" + "0" * 64}}, subject="F3"),
        "actor is not a text",
    ),
    "a counterparty that is no list": (
        record(3, "act.recorded.v1", {"counterparties": "us"}, subject="F3"),
        "counterparties is not a list",
    ),
    "a place in one text": (
        record(3, "act.recorded.v1", {"place": "Wonsan"}, subject="F3"),
        "place is not a JSON object",
    ),
    "an unknown node of a condition": (
        record(
            3,
            "commitment.recorded.v1",
            {"until_condition": {"condition": {"node": "none"}}},
            subject="C3",
        ),
        "until_condition.condition is not a condition",
    ),
    "a part of a condition that is none": (
        record(
            3,
            "commitment.recorded.v1",
            {"antecedent": {"condition": {"node": "at_least", "n": 1, "of": [1]}}},
            subject="C3",
        ),
        r"antecedent.condition.of\[0\] is not a condition",
    ),
    "a seal among aliases that is none": (
        record(3, "party.registered.v1", {"aliases": ["x", {"sealed": "y"}]}, subject="P"),
        r"The seal of aliases\[1\]",
    ),
    "an amendment without a state": (
        record(3, "entry.amended.v1", WITHOUT_STATE, subject="F3"),
        "exactly one of payload and evidence_added",
    ),
    "an amendment with a state and evidence": (
        amendment(3, "F3", 2, {"kind": "claim"}, evidence_added=[{"report": "A1"}]),
        "exactly one of payload and evidence_added",
    ),
    "an amendment that adds nothing": (addition(3, "F3", 2), "evidence_added is empty"),
    "evidence added to a party": (
        addition(3, "us", 2, {"report": "A1"}, payloadtype="party.registered.v1"),
        "adds evidence to an entry of a type that has none",
    ),
    "evidence added to what is no entry": (
        addition(3, "us", 2, {"report": "A1"}, payloadtype="ledger.opened.v1"),
        "adds evidence to an entry of a type that has none",
    ),
    "evidence without a report that is one": (
        addition(3, "F3", 2, {"report": ["A1"]}),
        r"evidence_added\[0\].report is not a text",
    ),
    "an entry's record without its entry": (
        record(3, "act.recorded.v1", {"kind": "claim"}),
        "lacks the attribute subject",
    ),
    "an opening with a subject": (
        record(1, "ledger.opened.v1", {"title": "x"}, subject="x"),
        "attribute subject",
    ),
    "a key that is not named": (
        record(3, "key.rotated.v1", {"previous": vkey()}),
        "lacks the field verification_key",
    ),
}


@pytest.mark.parametrize("name", [*TEXTS, *FORMS])
def test_what_is_no_record(name: str):
    line, why = (TEXTS | FORMS)[name]
    with pytest.raises(Broken, match=why):
        read(line)


def test_what_is_a_record():
    line = act(3, "F3", note='Line\n"two"\t\\ / — 국무장관 😀')
    assert read(line).data["note"].startswith("Line\n")
    assert read(record(5, "something.new.v9", {"any": [1, True]}, subject="x")).version == 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(line: bytes):
    with pytest.raises(Broken):
        read(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sealed", "node", "report", "target"]), inner)
    ),
    max_leaves=6,
)
FIELDS = ["kind", "actor", "title", "co_actors", "occurred", "relations", "evidence", "node"]


@settings(max_examples=150, deadline=None)
@given(
    data=st.dictionaries(st.sampled_from(FIELDS), JSON),
    kind=st.sampled_from(
        ["act.recorded.v1", "commitment.recorded.v1", "entry.amended.v1", "ledger.opened.v1"]
    ),
)
def test_any_data_is_read_or_refused(data: dict[str, Any], kind: str):
    try:
        read(record(3, kind, data, subject="" if kind.startswith("ledger") else "F3"))
    except Broken:
        return


def problems(check, records: list[bytes], **options: Any) -> list[str]:
    return [str(finding) for finding in check(SmallBag(records, **options)).findings]


def at(position: int, **more: Any) -> bytes:
    return act(position, f"F{position}", **more)


TOGETHER = {
    "no opening": ([party(1, "us")], "ledger.opened.v1 must be the first record"),
    "a second opening": (
        [*log_of(2), record(3, "ledger.opened.v1", json.loads(opened())["data"])],
        "ledger.opened.v1 must be the first record",
    ),
    "a time that stands still": (
        [*log_of(3), changed(".000004Z", ".000003Z", at(4))],
        "(position 4, entry F4): Its time 2018-08-18T12:00:00.000003Z is not later",
    ),
    "a position twice": (
        [*log_of(3), changed('"4"', '"3"', at(4))],
        "repeated or out of order",
    ),
    "a position left out": (
        [*log_of(3), at(6)],
        "(position 4, entry F6): It has position 6; those from 4 to 5 are missing",
    ),
    "another source": (
        [*log_of(2), changed("/small", "/other", at(3))],
        "Its source is ledger.example/other",
    ),
    "a version left out": (
        [*log_of(3), amendment(4, "F3", 3, {"kind": "claim", "actor": "us"})],
        "(position 4, entry F3): It is version 3 of F3, after version 1",
    ),
    "an amendment of nothing": (
        [*log_of(3), amendment(4, "F9", 2, {"kind": "claim", "actor": "us"})],
        "It is version 2 of F9, whose first one is missing",
    ),
    "an entry recorded twice": (
        [*log_of(3), act(4, "F3", version=2)],
        "The entry F3 is recorded a second time",
    ),
    "an amendment that supersedes another version": (
        [*log_of(3), amendment(4, "F3", 2, {"kind": "claim", "actor": "us"}, supersedes="7")],
        "It says that it supersedes another version than 1",
    ),
    "an amendment into another type": (
        [*log_of(3), amendment(4, "us", 2, {"kind": "claim", "actor": "us"})],
        "It turns a party into another type of entry",
    ),
    "a correction with a report": (
        [
            *log_of(2),
            record(3, "report.filed.v1", {"title": "T", "publisher": "P"}, subject="A1"),
            record(
                4,
                "entry.amended.v1",
                {
                    "supersedes": "1",
                    "reason": "x",
                    "change": "correction",
                    "report": "A1",
                    "payloadtype": "report.filed.v1",
                    "payload": {"title": "T", "publisher": "P"},
                },
                subject="A1",
                version=2,
            ),
        ],
        "New information names a report",
    ),
    "a reference to nothing": (
        [*log_of(2), at(3, counterparties=["dprk"])],
        "(position 3, entry F3) counterparties[0]: It mentions dprk, which is not in the log",
    ),
    "a reference to what comes later": (
        [*log_of(2), at(3, counterparties=["dprk"]), party(4, "dprk")],
        "It mentions dprk, which is not in the log by then",
    ),
    "a reference to another type": (
        [*log_of(3), at(4, counterparties=["F3"])],
        "It mentions F3, an act, where a party belongs",
    ),
    "a relation to a party": (
        [*log_of(2), at(3, relations=[{"kind": "refers_to", "target": "us"}])],
        "It mentions us, a party, where an instrument or a commitment or an act belongs",
    ),
    "an instrument that is an act": (
        [
            *log_of(3),
            record(4, "commitment.recorded.v1", {"instrument": "F3"}, subject="C4"),
        ],
        "(position 4, entry C4) instrument: It mentions F3, an act, where an instrument",
    ),
    "evidence from nowhere": (
        [*log_of(3), addition(4, "F3", 2, {"report": "A9"})],
        "(position 4, entry F3) evidence_added[0].report: It mentions A9",
    ),
    "evidence added to an annulled entry": (
        [
            *log_of(2),
            report(3, "A1"),
            at(4),
            annulment(5, "F4", 2),
            addition(6, "F4", 3, {"report": "A1"}),
        ],
        "(position 6, entry F4): It adds evidence to an entry that is annulled",
    ),
    "evidence added under another type": (
        [
            *log_of(2),
            report(3, "A1"),
            at(4),
            addition(5, "F4", 2, {"report": "A1"}, payloadtype="commitment.recorded.v1"),
        ],
        "It turns an act into another type of entry",
    ),
    "a torn request": (
        [
            *log_of(2),
            changed('"r-3"', '"r"', at(3)),
            at(4),
            changed('"r-5"', '"r"', at(5)),
        ],
        "(position 5, entry F5): The request r is torn",
    ),
    "a field erased of nothing": (
        [
            *log_of(2),
            record(
                3,
                "field.erased.v1",
                {
                    "entry": "F9",
                    "field": "title",
                    "versions": ["1"],
                    "commitment": "sha256:" + "0" * 64,
                    "reason": "x",
                },
            ),
        ],
        "It erases a field of F9, which is not in the log",
    ),
    "an opening of another ledger": (
        [changed('"origin":"ledger.example/small"', '"origin":"ledger.example/x"', opened())],
        "It opens the ledger ledger.example/x",
    ),
    "a key of another ledger": (
        [opened().replace(vkey().encode(), vkey(OTHER_KEY, "other.example").encode())],
        "The key that it names is not one of this ledger",
    ),
    "a rotation from an unknown key": (
        [
            *log_of(2),
            record(
                3,
                "key.rotated.v1",
                {
                    "verification_key": vkey(OTHER_KEY),
                    "previous": vkey(OTHER_KEY),
                    "reason": "x",
                },
            ),
        ],
        "The previous key of this rotation is not a key of the ledger",
    ),
    "a record without form": ([*log_of(2), b"{}"], "line 3 (position 3): The record lacks"),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_what_is_no_log(name: str, check):
    records, expected = TOGETHER[name]
    found = problems(check, records)
    assert any(expected in each for each in found), found


def test_what_the_forms_of_an_entry_may_be(check):
    evidence = [{"report": "A3"}]
    instrument = {
        "title": "Treaty",
        "kind": "treaty",
        "participants": ["us"],
        "relations": [{"kind": "follows", "target": "F4"}],
        "evidence": evidence,
    }
    commitment = {
        "debtors": ["us"],
        "creditors": ["us"],
        "consequent": {"sealed": seal("leave")},
        "instrument": "I5",
        "provision": "Art. II(1)",
        "due_after": {"act": "F4", "months": 6},
        "until_condition": {
            "condition": {
                "node": "at_least",
                "n": 1,
                "of": [{"node": "act", "act": "F4"}, {"node": "words", "text": "a\u200cb"}],
            }
        },
    }
    records = [
        *log_of(2),
        report(3, "A3"),
        at(4),
        record(5, "instrument.recorded.v1", instrument, subject="I5"),
        record(6, "commitment.recorded.v1", commitment, subject="C6"),
        addition(7, "F4", 2, {"report": "A3", "quote": {"sealed": seal("so")}}),
        addition(8, "I5", 2, {"report": "A3"}, payloadtype="instrument.recorded.v1"),
        annulment(9, "F4", 3),
        amendment(10, "F4", 4, {"kind": "claim", "title": "Again"}),
        addition(11, "F4", 5, {"report": "A3"}),
    ]
    withheld = [
        ["6", "C6", "1", "consequent", seal("leave"), "withheld"],
        ["7", "F4", "2", "evidence_added[0].quote", seal("so"), "withheld"],
    ]
    assert problems(check, records, withheld=withheld) == []


def test_a_request_may_mention_what_comes_later_in_it(check):
    early = changed('"r-3"', '"r"', at(3, counterparties=["dprk"]))
    late = changed('"r-4"', '"r"', party(4, "dprk"))
    assert problems(check, [*log_of(2), early, late]) == []


def test_no_checkpoint_cuts_a_request(check):
    records = [*log_of(2), changed('"r-3"', '"r"', at(3)), changed('"r-4"', '"r"', at(4))]
    found = problems(check, records, checkpoints={2: (KEY,), 3: (KEY,)})
    assert found == ["data/checkpoints/00000000000000000003: It cuts a request in two."]


def test_new_types_of_records_are_let_through_and_told(check):
    new = record(3, "visit.announced.v1", {"place": "Singapore"}, subject="V1")
    report = check(SmallBag([*log_of(2), new]))
    told = [str(finding) for finding in report.findings]
    assert [each for each in told if "entries.csv" not in each] == []
    assert "visit.announced.v1" in report.notes[0]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.integers(1, (1 << 32) - 1), max_size=3000))
def test_fingerprints_stand_for_texts(expected: dict[str, int]):
    table = Fingerprints()
    for text, number in expected.items():
        assert table.get(text) == 0
        table.put(text, 1)
        table.put(text, number)
    assert len(table) == len(expected)
    assert {text: table.get(text) for text in expected} == expected
