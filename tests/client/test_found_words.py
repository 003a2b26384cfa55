"""Where words stand by which the service found an entry, and amounts as they are written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from diplomatic_ledger.accounts import amount_text
from diplomatic_ledger.found_words import places
from diplomatic_ledger.v1 import entries_pb2
from hypothesis import given
from hypothesis import strategies as st

from ledger_service.domain.values.words import has_all, phrases
from tests.support.runs import short_run

TEXTS = (
    "The U.S. returns the remains of 55 soldiers.",
    "Kim Jong-un (김정은) meets him in Genève",
    "김정은은 평양에서 만났다",
    "Le réacteur de Yongbyon: DENUCLEARISATION, ﬁrst",
    "東京で会談した",
    "Straße und Bruecke, İstanbul",
)
WORDS = (
    "U.S.",
    "remains",
    "soldiers",
    "55",
    "jong-un",
    "김정은",
    "정은",
    "평양",
    "geneve",
    "REACTEUR",
    "denuclear*",
    "first",
    "会談",
    "東京",
    "strasse",
    "return*",
    "istanbul",
    "s",
    "ein",
)


@short_run
@given(st.sampled_from(TEXTS), st.lists(st.sampled_from(WORDS), min_size=1, max_size=2))
def test_what_the_service_finds_is_found_again_with_its_place(text, asked):
    said = " ".join(asked)
    found = places(entries_pb2.Act(title=text), said)
    if has_all(phrases(said), [text]):
        (place,) = found
        assert place.marks
        assert all(place.excerpt[start:end].strip() for start, end in place.marks)
    alone = [each for each in asked if has_all(phrases(each), [text])]
    assert bool(found) == bool(alone)


def test_titles_come_first_and_long_texts_are_cut_around_the_word():
    act = entries_pb2.Act(
        title="They meet",
        note="word " * 40 + "at the test site " + "word " * 40,
        evidence=[entries_pb2.Evidence(report="test", quote="a test was made")],
    )
    quote, note = places(act, "test")
    assert quote.field == "quote"
    assert note.field == "remark"
    assert note.excerpt.startswith("… ")
    assert note.excerpt.endswith(" …")
    assert len(note.excerpt) < 120
    ((start, end),) = note.marks
    assert note.excerpt[start:end] == "test"
    assert places(act, "report") == [], "an id is no text"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("3", "3"),
        ("1/2", "0.5"),
        ("-7/4", "-1.75"),
        ("1/3", "1/3"),
        ("1/1000000", "0.000001"),
        ("299.5", "299.5"),
        ("0", "0"),
    ],
)
def test_amounts_are_exact(amount, text):
    assert amount_text(Fraction(amount)) == text


@short_run
@given(st.fractions())
def test_an_amount_reads_back(amount):
    assert Fraction(amount_text(amount)) == amount
