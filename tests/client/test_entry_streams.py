"""Entry files of any size are read item by item, checked whole, and kept on the disk."""

import io
import json
from typing import Any

import pytest
from diplomatic_ledger import entry_file, entry_places, json_form, yaml_text
from diplomatic_ledger.entry_file import EntryFileError
from diplomatic_ledger.entry_spool import EntrySpool
from diplomatic_ledger.entry_stream import EntryStream
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.plain_items import items


def party(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "party": {"name": name, "kind": "state", **more}}


def spool(text: str) -> EntrySpool:
    return EntrySpool(EntryStream(io.StringIO(text)))


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(EntryFileError) as refused:
        spool(text)
    return refused.value.lines


@settings(max_examples=60)
@given(st.lists(items(), max_size=5), st.booleans())
def test_a_list_is_read_element_by_element_as_it_is_read_whole(wanted, has_ledger):
    plain = [json_form.write_item(item) for item in wanted]
    top = {"ledger": {"ledger": "talks", "title": "Talks"}, "items": plain}
    text = yaml_text.write(top if has_ledger else plain)
    whole, lines = yaml_text.parse(text)
    parts = list(yaml_text.parts(io.StringIO(text), "items"))
    read = [part for part in parts if part.path and isinstance(part.path[0], int)]
    base = ("items",) if has_ledger else ()
    assert [part.value for part in read] == (whole["items"] if has_ledger else whole)
    assert {(*base, *path): line for part in read for path, line in part.lines.items()} == {
        path: line
        for path, line in lines.items()
        if len(path) > len(base) and path[: len(base)] == base
    }


def test_the_ledger_may_stand_behind_the_items():
    with spool(
        "items:\n- {id: us, party: {name: US}}\nledger: {ledger: talks, title: T}\n"
    ) as kept:
        assert kept.ledger is not None
        assert kept.ledger.ledger == "talks"
        assert kept.count == 1


def test_an_item_may_repeat_what_an_earlier_one_calls_by_name():
    text = (
        "- {id: a, act: {evidence: &said [{report: A1}]}}\n- {id: b, act: {evidence: *said}}\n"
    )
    with spool(text) as kept:
        first, second = kept.items()
        assert first.entry.state.act.evidence == second.entry.state.act.evidence
    assert problems("- {id: b, act: {evidence: *said}}\n") == (
        "line 1: nothing is called &said before this. A text that begins with * goes in quotes.",
    )


def test_several_documents_are_read_as_one_list():
    text = (
        "ledger: {ledger: talks, title: T}\nitems: [{id: us, party: {name: US, kind: state}}]\n---\n"
        "- {id: b, party: {name: B, kind: state}}\n---\n"
    )
    stream = EntryStream(io.StringIO(text))
    assert [entry_file.name_of(item) for meant in stream for item in meant.items] == ["us", "b"]
    other = text + "ledger: {ledger: others, title: T}\n"
    (said,) = problems(other)
    assert said.startswith("line 6: ledger: this is another ledger than talks above.")


def test_a_place_is_found_in_any_part_of_a_long_file():
    lines = [json.dumps(party(f"p{n}")) for n in range(2000)]
    with spool("\n\n".join(lines)) as kept:
        assert kept.count == 2000
        assert [item.entry.entry_id for item in kept.items()] == [f"p{n}" for n in range(2000)]
        part = kept.part(1234, 10)
        assert [item.entry.entry_id for item in part.items] == [
            f"p{n}" for n in range(1234, 1244)
        ]
        assert entry_places.place(part, "items[1].entry.state.party.name") == (
            2471,
            "line 2471: item 1236 (p1235): party.name",
        )
        assert kept.part(2000, 10).items == ()


def test_the_lines_of_yaml_are_kept():
    text = "".join(f"- id: p{n}\n  party:\n    name: P\n    kind: state\n" for n in range(700))
    with spool(text) as kept:
        place = entry_places.place(kept.part(600, 1), "items[0].entry.state.party.kind")
        assert place == (2404, "line 2404: item 601 (p600): party.kind")


def test_what_does_not_fit_the_memory_is_the_same():
    lines = [json.dumps(party(f"p{n}", note="x" * 900)) for n in range(12_000)]
    with spool("\n".join(lines)) as kept:
        assert [item.entry.entry_id for item in kept.items()] == [
            f"p{n}" for n in range(12_000)
        ]


def test_problems_of_all_items_are_told_but_not_without_end():
    bad = [json.dumps(party(f"p{n}") if n % 2 else {"id": "x", "at": {}}) for n in range(100)]
    assert len(problems("\n".join(bad))) == 100
    endless = "\n".join(json.dumps({"id": "x", "at": {}}) for _ in range(5000))
    said = problems(endless)
    assert len(said) <= 1003
    assert said[-1] == "What comes then was not read any more."


SEVERALLY = {
    "id": "oil",
    "commitment": {"debtors": ["us", "rok"], "severally": True, "consequent": "Oil"},
}


def naming(name: str) -> dict[str, Any]:
    return {"id": name, "act": {"relations": [{"kind": "fulfils", "target": "oil"}]}}


@pytest.mark.parametrize("order", [[SEVERALLY, naming("a")], [naming("a"), SEVERALLY]])
def test_a_commitment_of_several_is_not_named_as_one_before_or_behind_it(order):
    text = "\n".join(json.dumps(each) for each in order)
    number = order.index(naming("a")) + 1
    where = f"line {number}: item {number} (a): act.relations[0].target"
    assert problems(text) == (f"{where}: oil is recorded severally. Name oil.us or oil.rok",)


def test_a_head_before_lines_of_json_is_told_how_to_say_it():
    head = json.dumps({"ledger": {"ledger": "talks", "title": "Talks"}})
    lines = "".join(f"{json.dumps(party(each))}\n" for each in ("us", "dprk"))
    (told,) = problems(f"{head}\n{lines}")
    assert "JSON Lines has no such head" in told
    assert "`ledgerctl ledgers create talks --title TITLE`" in told
    with spool(f"{head[:-1]}, {json.dumps('items')}: [{json.dumps(party('us'))}]}}\n") as kept:
        assert kept.count == 1, "one mapping in JSON is YAML"


def test_a_line_without_end_is_no_item():
    text = json.dumps(party("a")) + "\n" + '"' + "x" * (17 * 1024 * 1024)
    assert problems(text) == ("line 2: this is longer than any item may be.",)


def test_a_part_says_which_items_are_spelled_out():
    text = "\n".join(json.dumps(each) for each in (party("us"), SEVERALLY))
    with spool(text) as kept:
        assert [item.entry.entry_id for item in kept.spelled_out()] == ["oil.us", "oil.rok"]
        assert kept.part(0, 9) == entry_file.parse(text)
