"""Every word that an entry file wants, mistyped: what was meant is suggested. The words are those
of the items of the page on entry files, of all fields and of all enums of the protocol.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import entry_file, likeness, words, yaml_text
from diplomatic_ledger.v1 import entries_pb2

WHOLE = Path(__file__).parents[2] / "deploy/development/entry_forms/whole.yaml"
#: In a shorter word any slip makes another one.
LEAST = 4


def without_a_letter(word: str) -> str:
    return word[: len(word) // 2] + word[len(word) // 2 + 1 :]


def mistyped(value: Any) -> Iterator[tuple[str, Any]]:
    """Each key and each text of a value, with a copy in which it has a letter fewer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (
                key,
                {without_a_letter(k) if k == key else k: each for k, each in value.items()},
            )
            yield from ((word, value | {key: copy}) for word, copy in mistyped(inner))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            for word, copy in mistyped(inner):
                yield word, [*value[:at], copy, *value[at + 1 :]]
    elif isinstance(value, str):
        yield value, without_a_letter(value)


def said_of(item: Any) -> list[str]:
    try:
        entry_file.parse(yaml_text.write([item]))
    except entry_file.EntryFileError as error:
        return list(error.lines)
    return []


def test_in_each_place_of_a_file_the_word_is_suggested_that_was_meant():
    document, _ = yaml_text.parse(WHOLE.read_text())
    suggested = set()
    for item in document:
        for word, changed in mistyped(item):
            is_day = any(letter.isdigit() for letter in word)
            told = said_of(changed)
            if len(word) >= LEAST and told and not is_day and word not in ("seal", "true"):
                assert any(f"Did you mean {word}?" in line for line in told), (word, told)
                suggested.add(word)
    assert {"party", "occurred", "amend", "annul", "counterparty", "agreement"} <= suggested


def test_an_item_of_which_the_verb_is_mistyped_has_one_problem():
    change = {"amnd": "a", "reason": "R", "correction": True, "party": {"name": "A"}}
    assert said_of(change) == [
        "line 1: item 1: amnd: there is no such field. Did you mean amend?"
    ]
    assert said_of({"anul": "a", "reason": "R"}) == [
        "line 1: item 1: anul: there is no such field. Did you mean annul?"
    ]


def test_a_seal_is_written_with_its_word():
    report = {"id": "r", "report": {"title": {"sel": "T"}}}
    assert any("To seal a text, write {seal: TEXT}" in line for line in said_of(report))


@pytest.mark.parametrize("head", ["ledgr: {ledger: a}\n", "itmes: []\n"])
def test_a_key_at_the_top_is_suggested(head):
    with pytest.raises(entry_file.EntryFileError, match=r"Did you mean (ledger|items)\?"):
        entry_file.parse(head)


def lists() -> Iterator[list[str]]:
    for message in entries_pb2.DESCRIPTOR.message_types_by_name.values():
        yield [field.name for field in message.fields]
    for enum in entries_pb2.DESCRIPTOR.enum_types_by_name.values():
        yield words.words(enum)


def test_each_word_of_the_protocol_is_suggested_for_one_letter_that_is_wrong_or_missing():
    for known in lists():
        for word in known:
            for at in range(len(word)):
                fewer = word[:at] + word[at + 1 :]
                other = word[:at] + "q" + word[at + 1 :]
                if len(word) >= LEAST and fewer not in known:
                    assert word in likeness.among(fewer, known), (word, fewer)
                # `date` is not a slip for `late`.
                if len(word) > LEAST and word[at] not in "q_":
                    assert word in likeness.among(other, known), (word, other)


@pytest.mark.parametrize(
    ("said", "known", "meant"),
    [
        ("evdnce", ["evidence", "relations"], ["evidence"]),
        ("conterprties", ["counterparties"], ["counterparties"]),
        ("noticq", ["notice", "note"], ["notice"]),
        ("treaty", ["threat"], []),
        ("instalment", ["instrument"], []),
        ("collection", ["correction"], []),
        ("several", ["reversal"], []),
        ("quality", ["quantity"], []),
        ("depsits", ["debtors", "denies", "deposits"], ["deposits"]),
        ("depsits", ["debtors", "denies"], []),
    ],
)
def test_a_far_word_of_a_list_is_not_suggested(said, known, meant):
    assert likeness.among(said, known) == meant
