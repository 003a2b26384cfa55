"""Entry files: scalars as they are written, problems with their line."""

import pytest
from diplomatic_ledger import entry_file
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
    place = entry_file.place(entries, "items[1].entry.state.act.relations[0].target")
    assert place == (14, "line 14: item 2 (F013): act.relations[0].target")
    assert entry_file.place(entries, "items[1].entry.entry_id") == (
        5,
        "line 5: item 2 (F013): id",
    )
    assert entry_file.place(entries, "request_id") == (0, "request_id")
    skipped = entry_file.place(entries, "items[0].entry.state.act.occurred", 1)
    assert skipped == (12, "line 12: item 2 (F013): act.occurred")


def test_a_refused_change_is_named_as_it_is_written():
    entries = entry_file.parse("- reason: twice\n  annul: F9\n")
    place = entry_file.place(entries, "items[0].annulment.entry_id")
    assert place == (2, "line 2: item 1 (F9): annul")
