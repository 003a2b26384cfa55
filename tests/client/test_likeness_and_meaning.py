"""What is suggested in place of a name that is not known: by meaning, by likeness, or nothing."""

import importlib
import pkgutil
import re
from functools import cache
from typing import Any

import pytest
from diplomatic_ledger import likeness, meanings, v1, words
from diplomatic_ledger.cli import root, usages
from diplomatic_ledger.v1 import entries_pb2

PARTIES = {
    "dprk": ("North Korea", "Democratic People's Republic of Korea", "PRK", "731"),
    "us": ("United States", "USA"),
    "united_nations": ("United Nations",),
    "iaea": ("International Atomic Energy Agency",),
}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("DPRK", ["dprk"]),
        ("D.P.R.K.", ["dprk"]),
        ("prk", ["dprk"]),
        ("North Korea", ["dprk"]),
        ("north korea", ["dprk"]),
        ("Nort Korea", ["dprk"]),
        ("united-nations", ["united_nations"]),
        ("unitednations", ["united_nations"]),
        ("united_natoins", ["united_nations"]),
        ("USA", ["us"]),
        ("drpk", ["dprk"]),
        ("uk", []),
        ("un", []),
        ("ussr", []),
        ("South Korea", []),
        ("732", []),
        ("iran", []),
        ("", []),
    ],
)
def test_a_party_is_found_by_what_is_like_it_and_by_nothing_else(said, meant):
    assert likeness.nearest(said, PARTIES) == meant


@pytest.mark.parametrize(
    ("said", "known", "meant"),
    [
        ("fulfil", ["fulfils", "refutes"], ["fulfils"]),
        ("fulfillment", ["fulfilment"], ["fulfilment"]),
        ("fufilment", ["fulfilment"], ["fulfilment"]),
        ("meetings", ["meeting", "denial"], ["meeting"]),
        ("joint-statement", ["joint_statement"], ["joint_statement"]),
        ("B", ["b"], ["b"]),
        ("F017", ["F016"], []),
        ("A2", ["A1"], []),
        ("f016", ["F016"], ["F016"]),
        ("iaea-20022", ["iaea-2002", "iaea-2003"], ["iaea-2002"]),
        ("iaea-20012", ["iaea-2002"], []),
        ("F0166", ["F016"], []),
        ("note", ["vote"], []),
        ("date", ["late"], []),
        ("treaty", ["threat"], []),
        ("status", ["statement"], []),
        ("verification", ["ratification"], []),
        ("pledge", ["please"], []),
        ("source", ["force"], []),
        ("aid", ["act", "add"], []),
        ("iceland", ["ireland"], []),
        ("iran", ["iraq"], []),
        ("slovakia", ["slovenia"], []),
        ("niger", ["nigeria"], []),
        ("austria", ["australia"], []),
        ("gambia", ["zambia"], []),
        ("verifoes", ["verifies"], ["verifies"]),
        ("refusal", ["reversal"], []),
        ("add", ["acts"], []),
    ],
)
def test_a_word_that_is_far_is_not_suggested(said, known, meant):
    assert likeness.near(said, known) == meant


def test_where_many_are_alike_none_is_suggested():
    assert likeness.near("party-", ["party-a", "party-b"]) == ["party-a", "party-b"]
    assert likeness.near("party-", ["party-a", "party-b", "party-c"]) == []


@cache
def protocol() -> dict[str, set[str]]:
    """The fields of each message, and the words of each enum."""
    found: dict[str, set[str]] = {}
    for module in pkgutil.iter_modules(v1.__path__, f"{v1.__name__}."):
        if module.name.endswith("_pb2"):
            file: Any = importlib.import_module(module.name).DESCRIPTOR
            for name, message in file.message_types_by_name.items():
                found[name] = set(message.fields_by_name)
            for name, enum in file.enum_types_by_name.items():
                found[name] = set(words.words(enum))
    return found


SENTENCES = [
    (where, word, sentence)
    for where, table in meanings.told().items()
    for word, sentence in table.items()
]


def test_each_sentence_on_a_meaning_names_what_the_protocol_has():
    for where, word, sentence in SENTENCES:
        named = re.findall(r"<(\w+)\.(\w+)>", sentence)
        for kind, name in named:
            assert name in protocol().get(kind, ()), (where, word, kind, name)
        assert named or "Leave it out" in sentence or sentence == "Write id.", (where, word)
        assert "<" not in meanings.of(where, word)


def test_no_meaning_stands_for_a_word_that_there_is():
    for where, word, _ in SENTENCES:
        assert where in protocol()
        assert word not in protocol()[where], (where, word)


def test_what_people_write_is_told_by_its_meaning():
    kinds = entries_pb2.ActKind.DESCRIPTOR
    for said, meant in (
        ("verification", "assessment, with a relation of kind verifies"),
        ("pledge", "write commitment in place of act"),
        ("Summit", "Write meeting."),
        ("press-release", "Write statement."),
    ):
        with pytest.raises(ValueError, match=re.escape(meant)):
            words.number(kinds, said)
    with pytest.raises(ValueError, match=r"Known: concession, .*vote\."):
        words.number(kinds, "nonsense")


def test_names_of_the_protocol_become_words():
    said = "It is ACT_KIND_AID, RELATION_KIND_SAME_AS or SOURCE_GRADE_B. NOT_A_NAME stays."
    assert words.in_words(said) == "It is aid, same_as or B. NOT_A_NAME stays."
    cut_off = "This is required. Choose one of MANDATE_ALL, MANDATE_PROM"
    assert words.in_words(cut_off) == (
        "This is required. Choose one of all, promise, accept, fulfil, cancel, release, suspend."
    )


def test_each_command_that_is_suggested_is_there():
    there = root.root.list_commands(None)
    assert set(usages.COMMANDS.values()) <= set(there)


def test_no_command_that_is_there_is_explained_as_a_missing_one():
    there = root.root.list_commands(None)
    assert not {word for words in usages.COMMANDS for word in words.split()} & set(there)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("find", "search"),
        ("grep", "search"),
        ("revert", "undo"),
        ("rollback", "undo"),
        ("reminders", "alert"),
        ("ledger-statement", "accounts"),
        ("statement", "accounts"),
    ],
)
def test_a_word_for_a_command_names_it(word, meant):
    told = usages.no_command(word, root.root.list_commands(None))
    assert told == f"What you want may be `ledgerctl {meant}`."


def test_each_option_that_is_suggested_is_one_of_a_command():
    context = None
    there = set()
    for name in root.root.list_commands(context):
        command = root.root.get_command(context, name)
        inner = [command, *getattr(command, "commands", {}).values()]
        there |= {each for one in inner for option in one.params for each in option.opts}
    assert {each for options in usages.OPTIONS.values() for each in options.split()} <= there
