"""No rule reads a text that may be sealed: an answer is the same whether it is sealed,
shown or erased.
"""

import ast
from pathlib import Path

import pytest

from ledger_service.domain.values.entries import Identity, PartyName, Sealed
from ledger_service.domain.values.sealing import (
    KEPT,
    SEALABLE,
    holder,
    opened,
    sealable_paths,
    sealed_fields,
    shape,
    text_at,
    with_holder,
    with_texts,
)
from tests.support.examples import (
    a_party,
    a_relation,
    an_act,
    an_amendment,
    an_evidence,
    entry,
)

#: The names of sealable fields that nothing else in the domain is called.
TEXTS = {
    *("attribution", "quote", "locator", "url", "archived_url", "title", "publisher"),
    *("summary", "note", "consequent", "aliases", "latitude", "longitude", "geonames"),
}
LEDGER_SERVICE = Path(__file__).parents[2] / "ledger_service"
#: They say what a state is and check it as it comes; no answer rests on them.
NO_RULES = {"checks", "values"}
RULES = [
    path
    for folder in ("domain", "projections")
    for path in sorted((LEDGER_SERVICE / folder).rglob("*.py"))
    if path.parent.name not in NO_RULES
]

#: What hands a text on to be shown, and what finds entries by their texts as long as these are
#: plain (`_shown`), or remarks on them. None of it decides how anything stands.
HANDED_ON = {
    "agenda/agenda.py": {"title"},
    "agenda/items.py": {"consequent"},
    "agenda/plainly.py": {"consequent"},
    "picture/found_by.py": {"note", "quote", "attribution", "geonames"},
    "projections/columns.py": {"publisher"},
    "remarks/parties.py": {"aliases"},
}

ACT = an_act(
    relations=(a_relation(note="tie"),), evidence=(an_evidence(), an_evidence(report="A2"))
)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_no_rule_reads_a_sealable_text(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = TEXTS - HANDED_ON.get(f"{path.parent.name}/{path.name}", set())
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    read = [
        f"line {node.lineno}: .{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in texts and node not in called
    ]
    matched = [
        f"line {node.lineno}: {name}="
        for node in ast.walk(tree)
        if isinstance(node, ast.MatchClass)
        for name in node.kwd_attrs
        if name in TEXTS
    ]
    assert read + matched == []


OF_EVIDENCE = ["evidence[n].quote", "evidence[n].locator", "evidence[n].attribution"]


def test_sealable_are_these_texts_and_no_others() -> None:
    assert {held.__name__: [*map(shape, fields)] for held, fields in SEALABLE.items()} == {
        "Party": [
            *("name", "names[n].name", "aliases[n]", "represents[n].note"),
            *("succeeds[n].note", "composed_of[n].note", "same_as[n].note", "note"),
        ],
        "Report": ["title", "publisher", "url", "archived_url", "summary", "note"],
        "Instrument": ["title", "relations[n].note", *OF_EVIDENCE, "summary", "note"],
        "Commitment": ["consequent", "relations[n].note", *OF_EVIDENCE, "summary", "note"],
        "Act": [
            *("title", "place.name", "place.country", "place.latitude"),
            *("place.longitude", "place.geonames", "relations[n].note"),
            *(*OF_EVIDENCE, "summary", "note"),
        ],
        "Scale": ["title", "note"],
        "Amendment": [each.replace("evidence", "evidence_added") for each in OF_EVIDENCE],
    }


def test_each_text_is_found_wherever_it_stands() -> None:
    assert sealable_paths(ACT) == [
        *("title", "place.name", "place.country", "place.latitude", "place.longitude"),
        *("place.geonames", "relations[0].note", "evidence[0].quote", "evidence[0].locator"),
        *("evidence[0].attribution", "evidence[1].quote", "evidence[1].locator"),
        *("evidence[1].attribution", "summary", "note"),
    ]
    assert "place.name" not in sealable_paths(an_act(place=None))
    party = a_party(
        aliases=("DPRK", "Chosun"), names=(PartyName("Corea"),), same_as=(Identity("kp"),)
    )
    assert sealable_paths(party) == [
        *("name", "names[0].name", "aliases[0]", "aliases[1]", "same_as[0].note", "note")
    ]


def test_evidence_that_is_added_is_sealed_where_it_stands_in_the_amendment() -> None:
    told = (an_evidence(quote="she said so"), an_evidence())
    item = an_amendment("F001", None, evidence_added=told)
    assert holder(item) is item
    sealed = with_texts(item, {"evidence_added[0].quote": KEPT})
    assert [field.path for field in sealed_fields(sealed)] == ["evidence_added[0].quote"]
    assert with_holder(item, sealed) == sealed
    assert text_at(item, "evidence[0].quote") is None


def test_other_items_are_sealed_in_their_state() -> None:
    for item in (entry("F001", ACT), an_amendment("F001", ACT)):
        assert holder(item) is ACT
        assert with_holder(item, an_act()).state == an_act()


@pytest.mark.parametrize(
    "path",
    [
        *("", "Title", "place", "actor", "url", "evidence", "title[0].note", "title."),
        *("place.street", "place[0].name", "evidence.quote", "evidence[0]", "topics[0]"),
        *("evidence[2].attribution", "evidence[0].report", "relations[0].title"),
        *("evidence[-1].attribution", "evidence[00].attribution", "evidence[0].attribution "),
        "evidence[99999999999999].attribution",
    ],
)
def test_other_paths_lead_nowhere(path: str) -> None:
    assert text_at(ACT, path) is None


def test_a_text_is_replaced_where_its_path_leads() -> None:
    texts = dict.fromkeys(sealable_paths(ACT), KEPT)
    sealed = with_texts(ACT, texts)
    assert [field.path for field in sealed_fields(sealed)] == list(texts)
    assert sealed.occurred == ACT.occurred
    assert sealed.evidence[1].report == "A2"
    assert with_texts(sealed, {path: text_at(ACT, path) for path in texts}) == ACT


def test_a_text_of_a_list_is_replaced_where_it_stands() -> None:
    party = a_party(aliases=("DPRK", "Chosun"), names=(PartyName("Corea", language="en"),))
    sealed = with_texts(party, {"aliases[1]": KEPT, "names[0].name": KEPT})
    assert sealed.aliases == ("DPRK", KEPT)
    assert sealed.names == (PartyName(KEPT, language="en"),)
    assert [field.path for field in sealed_fields(sealed)] == ["names[0].name", "aliases[1]"]


def test_a_state_reads_with_the_values_that_are_known() -> None:
    seals = [Sealed("sha256:" + digit * 64) for digit in "12"]
    sealed = with_texts(ACT, {"title": seals[0], "evidence[1].attribution": seals[1]})
    read = opened(sealed, {seals[0].sealed: "Known"})
    assert (read.title, read.evidence[1].attribution) == ("Known", "")
    assert opened(ACT, {}) is ACT
