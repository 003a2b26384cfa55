"""The plain form of entries: writing and reading back gives the same message."""

import pytest
from diplomatic_ledger import json_form, words
from diplomatic_ledger.v1 import balances_pb2
from diplomatic_ledger.v1 import entries_pb2 as entries
from hypothesis import given, settings

from tests.support.plain_items import items


@settings(max_examples=80)
@given(items())
def test_an_item_written_reads_back(item):
    assert json_form.read_item(json_form.write_item(item)) == item


def test_the_short_form_of_an_act():
    item = json_form.read_item(
        {
            "id": "F013",
            "act": {
                "kind": "fulfilment",
                "actor": "dprk",
                "title": "Starts to take the launch site apart",
                "occurred": {"date": "2018-07-20/2018-08-18", "basis": "derived"},
                "code": {"cameo": "0873", "plover": "RETREAT/disarm"},
                "relations": [{"kind": "fulfils", "target": "F052"}],
                "evidence": [{"report": "A1", "credibility": 3, "hedged": True}],
            },
        }
    )
    act = item.entry.state.act
    assert act.kind == entries.ACT_KIND_FULFILMENT
    assert (act.occurred.from_day, act.occurred.to_day) == ("2018-07-20", "2018-08-18")
    assert act.occurred.basis == entries.DATE_BASIS_DERIVED
    assert (act.code.plover.type, act.code.plover.mode) == ("RETREAT", "disarm")
    assert act.relations[0].kind == entries.RELATION_KIND_FULFILS
    assert act.evidence[0].hedged


def test_the_long_form_says_the_same():
    short = {"id": "us", "party": {"name": "United States", "kind": "state"}}
    assert json_form.read_item({"entry": short}) == json_form.read_item(short)


def test_a_word_that_is_no_text_is_no_word():
    with pytest.raises(json_form.PlainError, match="is no"):
        json_form.read_state({"act": {"occurred": {"date": "2018-06-12", "basis": "\ud800"}}})


def test_conditions_are_short():
    commitment = json_form.read_state(
        {
            "commitment": {
                "antecedent": {
                    "condition": {"all": [{"act": "F016"}, {"words": "let go", "label": "x"}]},
                    "deadline": "2018-07-01",
                }
            }
        }
    ).state.commitment
    first, second = commitment.antecedent.condition.all.conditions
    assert first.act == "F016"
    assert (second.words.text, second.words.label) == ("let go", "x")


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        ({"act": {"knd": "claim"}}, "act.knd", "Did you mean kind?"),
        ({"act": {"kind": "fulfillment"}}, "act.kind", "Did you mean fulfilment?"),
        ({"act": {"kind": "ACT_KIND_CLAIM"}}, "act.kind", "is not an act kind"),
        ({"act": {"occurred": "June"}}, "act.occurred", "'June' is not a date"),
        ({"act": {"joint": "perhaps"}}, "act.joint", "neither true nor false"),
        ({"act": {"co_actors": "us"}}, "act.co_actors", "Write co_actors: [us]"),
        ({"act": "a meeting"}, "act", "a mapping is wanted"),
        ({"act": {"evidence": ["memo"]}}, "act.evidence[0]", "Write {report: memo}"),
        (
            {"act": {"evidence": [{"credibility": "high"}]}},
            "act.evidence[0].credibility",
            "high",
        ),
        ({"act": {"title": 0.5}}, "act.title", "Write it in quotes"),
        ({"commitment": {"until": "2018-06"}}, "commitment.until", "is not a day"),
        ({"party": {}, "act": {}}, "", "exactly one of"),
        ({"id": "x"}, "", "none stands here"),
        ({"id": "x", "at": {}}, "at", "Known: id, party"),
        ({"id": "x", "atc": {}}, "atc", "Did you mean act?"),
        ({"amend": "F1", "act": {}, "correction": True}, "reason", "say why"),
        ({"amend": "F1", "act": {}, "reason": "x"}, "", "exactly one cause"),
        ({"annul": "F1", "reason": "x", "act": {}}, "act", "no such field"),
        (
            {"commitment": {"antecedent": {"condition": {"act": "a", "commitment": "b"}}}},
            "commitment.antecedent.condition",
            "exactly one of",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_field_and_a_remedy(value, field, said):
    with pytest.raises(json_form.PlainError) as refused:
        json_form.read_item(value)
    assert any(p.field == field and said in p.problem for p in refused.value.problems)


def test_all_problems_are_told_at_once():
    with pytest.raises(json_form.PlainError) as refused:
        json_form.read_item({"act": {"knd": "x", "kind": "y", "occurred": "z"}})
    assert len(refused.value.problems) == 3


def test_an_answer_tells_every_field():
    from diplomatic_ledger.v1 import standing_service_pb2 as standing

    told = json_form.write(
        standing.GetBalanceResponse(balance=balances_pb2.Balance(net_count=-1))
    )
    assert told["balance"]["net_count"] == -1
    assert told["balance"]["reciprocity"] is None
    assert told["balance"]["given_ab"] is None
    assert told["balance"]["why"] == []


def test_every_enum_word_reads_back():
    for enum in entries.DESCRIPTOR.enum_types_by_name.values():
        for value in enum.values[1:]:
            assert words.number(enum, words.word(enum, value.number)) == value.number
