"""Entry files: scalars as they are written, problems with their line."""

import pytest
from diplomatic_ledger import entry_file, entry_places
from diplomatic_ledger.entry_file import EntryFileError

YAML = """\
ledger: {ledger: talks, title: The talks}
items:
- id: us
  party: {name: United States, kind: state, codes: {cow: 002}}
- id: F013
  act:
    kind: fulfilment
    actor: us
    title: no
    note: ~
    code: {cameo: 010}
    occurred: 2018-06-12
    relations:
    - {kind: fulfils, target: F052, extent: 0.10}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(EntryFileError) as refused:
        entry_file.parse(text)
    return list(refused.value.lines)


def test_scalars_are_kept_as_they_are_written():
    entries = entry_file.parse(YAML)
    party, act = (item.entry.state for item in entries.items)
    assert [(code.scheme, code.value) for code in party.party.codes] == [("cow", "002")]
    assert act.act.title == "no"
    assert act.act.note == ""
    assert act.act.code.cameo == "010"
    assert act.act.relations[0].extent == "0.10"
    assert act.act.occurred.to_day == "2018-06-12"


def test_a_file_may_say_for_which_ledger_it_is():
    ledger = entry_file.parse(YAML).ledger
    assert ledger is not None
    assert (ledger.ledger, ledger.title) == ("talks", "The talks")


def test_a_bare_list_is_a_file_too():
    entries = entry_file.parse("- {id: us, party: {name: US, kind: state}}")
    assert entries.ledger is None
    assert [entry_file.name_of(item) for item in entries.items] == ["us"]


def test_json_lines():
    lines = (
        '{"id": "us", "party": {"name": "US", "kind": "state"}}\n\n'
        '{"annul": "F1", "reason": "twice", "expected_version": 2}\n'
    )
    entries = entry_file.parse(lines)
    assert [entry_file.name_of(item) for item in entries.items] == ["us", "F1"]
    assert entries.lines == {(0,): 1, (1,): 3}
    assert entries.items[1].annulment.expected_version.exactly == 2


def test_a_decimal_in_json_is_exact():
    line = '{"act": {"relations": [{"kind": "fulfils", "target": "x", "extent": 0.10}]}}'
    (item,) = entry_file.parse(line).items
    assert item.entry.state.act.relations[0].extent == "0.10"


def test_a_problem_names_line_item_field_value_and_remedy():
    (said,) = problems(YAML.replace("kind: fulfils", "kind: fulfills"))
    assert said == (
        "line 14: item 2 (F013): act.relations[0].kind: "
        "'fulfills' is not a relation kind. Did you mean fulfils?"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("items: [1}", "line 1: this is not YAML"),
        ("just words", "The file holds no items"),
        ("", "The file holds no items"),
        ("items: {}", "The file holds no items"),
        ("- {id: a, id: b, act: {}}", "line 1: the key 'id' stands twice"),
        ('{"id": "a", "id": "b"}\n{"x"}', "line 2: this is not JSON"),
        ("ledger: {nam: x}\nitems: []", "line 1: ledger.nam: there is no such field"),
        ("itmes: []\nitems: []", "line 1: itmes: there is no such field"),
    ],
)
def test_what_is_no_entry_file_is_refused(text, said):
    assert any(line.startswith(said) for line in problems(text))


def test_a_key_that_stands_twice_in_json_is_refused():
    assert problems('{"id": "b", "act": {"kind": "claim", "kind": "claim"}}\n')


def test_a_field_of_the_service_is_found_in_the_file():
    entries = entry_file.parse(YAML)
    place = entry_places.place(entries, "items[1].entry.state.act.relations[0].target")
    assert place == (14, "line 14: item 2 (F013): act.relations[0].target")
    named = entry_places.place(entries, "items[1].entry.entry_id")
    assert named == (5, "line 5: item 2 (F013): id")
    assert entry_places.place(entries, "request_id") == (0, "request_id")
    skipped = entry_places.place(entries, "items[0].entry.state.act.occurred", 1)
    assert skipped == (12, "line 12: item 2 (F013): act.occurred")


def test_a_refused_change_is_named_as_it_is_written():
    entries = entry_file.parse("- reason: twice\n  annul: F9\n")
    place = entry_places.place(entries, "items[0].annulment.entry_id")
    assert place == (2, "line 2: item 1 (F9): annul")


WRITTEN = """
- {id: dprk, party: {name: DPRK, kind: state, codes: {iso3: PRK, cow: "731"}}}
- id: C1
  commitment:
    consequent: {seal: Stop}
    antecedent: {condition: {any: [{words: this, label: a}, {act: F1}, {act: F1}]}}
    instalments: {every: month, from: 2019-01, to: 2019-02}
- {id: F1, act: {counterparty: us, place: Singapore}}
- {amend: F2, reason: more, new_information: A9, evidence_added: [{report: A9}]}
"""


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (
            "items[1].entry.state.commitment.antecedent.condition.any.conditions[2].act",
            "line 6: item 2 (C1): commitment.antecedent.condition.any[2].act",
        ),
        (
            "items[1].entry.state.commitment.antecedent.condition.any.conditions[0].words.text",
            "line 6: item 2 (C1): commitment.antecedent.condition.any[0].words",
        ),
        (
            "items[1].entry.state.commitment.instalments[1].due",
            "line 7: item 2 (C1): commitment.instalments",
        ),
        ("items[1].entry.seal[0]", "line 5: item 2 (C1): commitment.consequent"),
        ("items[0].entry.state.party.codes[1].value", "line 2: item 1 (dprk): party.codes.cow"),
        ("items[2].entry.state.act.counterparties[0]", "line 8: item 3 (F1): act.counterparty"),
        ("items[2].entry.state.act.place.name", "line 8: item 3 (F1): act.place"),
        ("items[3].amendment.new_information.report", "line 9: item 4 (F2): new_information"),
        ("after.suppose[3].amendment.evidence_added", "line 9: item 4 (F2): evidence_added"),
    ],
)
def test_a_refused_field_is_called_as_the_file_calls_it(field, place):
    assert entry_places.place(entry_file.parse(WRITTEN), field)[1] == place


def test_a_sentence_of_the_service_speaks_of_the_file():
    entries = entry_file.parse(WRITTEN)
    tree = "commitment.antecedent.condition.any"
    inner = "items[1].entry.state.commitment.antecedent.condition.any.conditions[1].act"
    sentence = f"This condition stands at {inner} already. Say it once."
    assert entry_places.retold(entries, sentence, "items[1].entry") == (
        f"This condition stands at {tree}[1].act already. Say it once."
    )
    assert entry_places.retold(entries, sentence, "items[0].entry") == (
        f"This condition stands at {tree}[1].act of item 2 (C1) already. Say it once."
    )
    assert entry_places.without_item(sentence.replace("[1].entry", "[0].entry")) == (
        f"This condition stands at {tree}[1].act already. Say it once."
    )
