"""What people may write in short, and what it is recorded as."""

from typing import Any

import pytest
from diplomatic_ledger import entry_file, entry_places, json_form, yaml_text
from diplomatic_ledger.json_form.problems import PlainError
from diplomatic_ledger.v1.items_pb2 import RecordItem

PROMISE = """
- id: oil
  commitment:
    debtors: [us, rok]
    creditors: [dprk]
    severally: true
    consequent: Deliver heavy oil
    occurred: 1994-10-21
    evidence: [{report: A1}]
"""
MONTHLY = "{every: month, from: 1995-11, to: 1996-10, quantity: 500000 t}"


def commitment(**fields: Any) -> Any:
    return json_form.read_item({"id": "p", "commitment": fields}).entry.state.commitment


def instalments(text: str, **fields: Any) -> list[tuple[str, str, str]]:
    series = yaml_text.parse(text)[0]
    found = commitment(instalments=series, **fields)
    return [(each.due.from_day, each.due.to_day, each.share) for each in found.instalments]


def problems(text: str) -> list[str]:
    with pytest.raises(entry_file.EntryFileError) as refused:
        entry_file.parse(text)
    return list(refused.value.lines)


@pytest.mark.parametrize(
    ("kind", "short", "long"),
    [
        ("act", {"counterparty": "us"}, {"counterparties": ["us"]}),
        ("act", {"place": "Singapore"}, {"place": {"name": "Singapore"}}),
        (
            "act",
            {"quantity": "55 sets of remains"},
            {"quantity": {"value": "55", "unit": "sets of remains"}},
        ),
        (
            "party",
            {"codes": {"iso3": "PRK", "cow": "731"}},
            {"codes": [{"scheme": "iso3", "value": "PRK"}, {"scheme": "cow", "value": "731"}]},
        ),
        (
            "commitment",
            {"quantity": "1.5 million tons"},
            {"quantity": {"value": "1.5", "unit": "million tons"}},
        ),
    ],
)
def test_a_short_form_says_the_same_as_the_long_one(kind, short, long):
    assert json_form.read_item({kind: short}) == json_form.read_item({kind: long})


def test_instalments_of_a_month_each_are_equal_shares_of_what_is_promised():
    parts = instalments(MONTHLY)
    assert len(parts) == 12
    assert parts[0] == ("1995-11-01", "1995-11-30", "1/12")
    assert parts[3] == ("1996-02-01", "1996-02-29", "1/12")
    found = commitment(instalments=yaml_text.parse(MONTHLY)[0])
    assert (found.quantity.value, found.quantity.unit) == ("500000", "t")


@pytest.mark.parametrize(
    ("series", "count", "first", "last"),
    [
        (
            "{every: year, from: 1995-10-22, to: 1998-10-21}",
            3,
            "1995-10-22/1996-10-21",
            "1997-10-22/1998-10-21",
        ),
        ("{every: quarter, from: 2007, to: 2007}", 4, "2007-01-01/2007-03-31", "2007-10-01"),
        ("{every: week, from: 2007-01-01, to: 2007-01-28}", 4, "2007-01-01", "2007-01-22"),
        ("{every: day, from: 2007-01-30, to: 2007-02-02}", 4, "2007-01-30", "2007-02-02"),
        ("{every: month, from: 2008-01-31, to: 2008-03-30}", 2, "2008-01-31/2008-02-28", ""),
    ],
)
def test_instalments_are_counted_off_from_the_first_day(series, count, first, last):
    parts = instalments(series)
    assert len(parts) == count
    assert "/".join(parts[0][:2]).startswith(first)
    assert "/".join(parts[-1][:2]).startswith(last)
    assert {share for _, _, share in parts} == {f"1/{count}"}


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ("{every: fortnight, from: 2007, to: 2007}", "every is one of day, week, month"),
        ("{every: month, from: 2007}", "to is missing"),
        (
            "{every: month, from: 2007, to: 2007-12/..}",
            "is open. Write a day, a month or a year",
        ),
        (
            "{every: month, from: 2007-01, to: 2007-02-27}",
            "no whole number of times a month. The last one would end on 2007-02-28",
        ),
        ("{every: day, from: 2007, to: 2008}", "more than 200 instalments"),
        ("{every: year, from: 2008, to: 2007}", "no whole number of times a year"),
        ("{every: year, from: 2007, to: 2007, amount: 5 t}", "Known: every, from, to"),
        ("{every: year, from: 2007, to: 2007, quantity: 5}", "'5' is no quantity"),
    ],
)
def test_a_series_that_cannot_be_counted_off_says_why(series, said):
    with pytest.raises(json_form.PlainError) as refused:
        instalments(series)
    assert said in str(refused.value)


def test_a_series_and_its_commitment_state_one_quantity():
    assert instalments(MONTHLY, quantity="500000 t")
    with pytest.raises(json_form.PlainError, match="State it once"):
        instalments(MONTHLY, quantity="500000 barrels")


def test_a_promise_made_severally_is_one_commitment_for_each_debtor():
    entries = entry_file.parse(PROMISE)
    assert [entry_file.name_of(item) for item in entries.items] == ["oil.us", "oil.rok"]
    promises = [item.entry.state.commitment for item in entries.items]
    assert [list(each.debtors) for each in promises] == [["us"], ["rok"]]
    assert {each.consequent for each in promises} == {"Deliver heavy oil"}
    assert entries.sources == (0, 0)
    assert entries.spelled_out == {0, 1}


def test_a_refused_field_of_what_became_several_is_found_where_it_is_written():
    entries = entry_file.parse(PROMISE + "- {id: b, act: {counterparty: us}}\n")
    place = entry_places.place(entries, "items[1].entry.state.commitment.occurred")
    assert place == (8, "line 8: item 1 (oil.rok): commitment.occurred")
    _, place = entry_places.place(entries, "items[2].entry.state.act.counterparties[0]")
    assert place.startswith("line 10: item 2 (b)")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severally: true", "severally: perhaps", "'perhaps' is neither true nor false"),
        ("[us, rok]", "[us]", "this needs two or more debtors"),
        ("id: oil", "idd: oil", "the item has no id"),
        ("severally: true", "severally: true\n    mutual: true", "cannot stand beside mutual"),
        (
            "severally: true",
            "severally: true\n    made_by: [us]",
            "cannot stand beside made_by",
        ),
        ("id: oil", "amend: oil\n  reason: x\n  correction: true", "amended by its own id"),
    ],
)
def test_what_cannot_be_promised_severally_is_refused(old, new, said):
    assert any(said in line for line in problems(PROMISE.replace(old, new)))


def test_what_is_not_several_is_one_commitment():
    entries = entry_file.parse(PROMISE.replace("true", "false"))
    assert [entry_file.name_of(item) for item in entries.items] == ["oil"]
    assert not entries.spelled_out


def test_who_names_a_promise_that_became_several_is_told_their_ids():
    text = PROMISE + "- {id: b, act: {relations: [{kind: fulfils, target: oil}]}}\n"
    (said,) = problems(text)
    assert said == (
        "line 10: item 2 (b): act.relations[0].target: oil is recorded severally. "
        "Name oil.us or oil.rok"
    )


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"act": {"counterparty": ["us"]}}, "Write counterparties: [us]"),
        ({"act": {"counterparty": "us", "counterparties": ["us"]}}, "Write one of them"),
        ({"act": {"quantity": "500000t"}}, "Write the amount and its unit"),
        ({"act": {"quantity": "many tons"}}, "Write the amount and its unit"),
        (
            {"commitment": {"due_after": {"act": "a", "commitment": "b", "days": 3}}},
            "this stands beside act. Write one of them",
        ),
        (
            {"commitment": {"withdrawal": {"notice_days": 90, "notice_months": 3}}},
            "this stands beside notice_days. Write one of them",
        ),
    ],
)
def test_what_is_said_twice_or_cannot_be_read_names_the_remedy(item, said):
    with pytest.raises(json_form.PlainError) as refused:
        json_form.read_item(item)
    assert said in str(refused.value)


def test_at_least_so_many_of_several_conditions():
    of = [{"act": "a"}, {"commitment": "b"}, {"words": "c"}]
    tree = {"at_least": {"n": 2, "of": of}}
    found = commitment(antecedent={"condition": tree}).antecedent.condition
    assert (found.at_least.n, len(found.at_least.of)) == (2, 3)
    assert json_form.write(found) == tree


def added(**fields: Any) -> RecordItem:
    return json_form.read_item(
        {"amend": "F1", "reason": "more tell of it", "new_information": "A9", **fields}
    )


def test_evidence_that_is_added_needs_no_state():
    item = added(evidence_added=[{"report": "A9", "quote": {"seal": "a colonel said so"}}])
    amendment = item.amendment
    assert amendment.WhichOneof("cause") == "new_information"
    assert not amendment.HasField("state")
    assert list(amendment.seal) == ["evidence_added[0].quote"]
    assert amendment.evidence_added[0].quote == "a colonel said so"
    assert json_form.read_item(json_form.write_item(item)) == item


def test_evidence_is_added_or_the_state_is_said_whole():
    with pytest.raises(json_form.PlainError, match="this stands beside evidence_added"):
        added(evidence_added=[{"report": "A9"}], act={"title": "x"})


def test_what_is_spelled_out_in_yaml_reads_back():
    text = PROMISE.replace("severally: true", f"instalments: {MONTHLY}")
    entries = entry_file.parse(text)
    spelled = yaml_text.write([json_form.write_item(item) for item in entries.items])
    assert entry_file.parse(spelled).items == entries.items
    assert "due: 1995-11\n" in spelled


@pytest.mark.parametrize("odd", ["null", "~", "- x", "a: b", "# no", "{x}", "true", "", "é\nx"])
def test_any_text_written_in_yaml_reads_back(odd):
    assert yaml_text.parse(yaml_text.write({"a": [odd]}))[0] == {"a": [odd]}


@pytest.mark.parametrize(
    ("beside", "remedy"),
    [
        ({"kind": "visit"}, "Write actor: us and co_actors: [iran]"),
        ({"kind": "meeting"}, "Write actor: us, joint: true, counterparties: [iran]"),
        ({"kind": "visit", "joint": True}, "Write actor: us, counterparties: [iran]"),
        ({"kind": "meeting", "counterparty": "uk"}, "Write actor: us and co_actors: [iran]"),
    ],
)
def test_of_several_actors_one_remedy_is_told_by_what_stands_beside(beside, remedy):
    with pytest.raises(PlainError) as refused:
        json_form.read_item({"act": {"actor": ["us", "iran"], **beside}})
    (problem,) = refused.value.problems
    assert str(problem) == f"act.actor: a list stands here. {remedy}"
