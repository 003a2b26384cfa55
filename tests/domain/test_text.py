"""What text may hold."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain import text

REFUSED = {
    "null": 0x00,
    "carriage return": 0x0D,
    "delete": 0x7F,
    "a C1 control": 0x85,
    "line separator": 0x2028,
    "paragraph separator": 0x2029,
    "embedding": 0x202A,
    "override": 0x202E,
    "isolate": 0x2066,
    "end of isolate": 0x2069,
    "noncharacter in the middle": 0xFDD0,
    "noncharacter at the end of plane 0": 0xFFFF,
    "noncharacter at the end of plane 16": 0x10FFFE,
    "half of a surrogate pair": 0xD83D,
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED.keys())
def test_a_character_that_hides_or_disturbs_is_refused_by_name_and_place(code):
    [problem] = text.problems(f"ab{chr(code)}cd", 100)

    assert f"Character 3 of this text is U+{code:04X}" in problem


@pytest.mark.parametrize(
    "good",
    ["two\nlines", "a\ttab", "조선", "עברית\u200e", "\U0001f54a", "\ufdcf\ufdf0", "\xa0"],
)
def test_newline_tab_and_every_script_are_fine(good):
    assert text.problems(good, 100) == []


def test_limits_count_bytes_of_utf_8():
    assert text.problems("é" * 50, 100) == []
    assert "101 bytes" in text.problems("é" * 50 + "e", 100)[0]
    assert "101 bytes" in text.problems("e" * 101, 100)[0]


def test_a_text_that_is_both_too_long_and_refused_is_told_both():
    assert len(text.problems("\x00" * 11, 10)) == 2


def test_text_is_composed():
    assert text.normal("re\u0301publique") == "r\u00e9publique"


@settings(max_examples=100)
@given(st.text())
def test_normal_text_is_in_form_c_and_stays_as_it_is(some):
    normal = text.normal(some)

    assert unicodedata.is_normalized("NFC", normal)
    assert text.normal(normal) == normal


@settings(max_examples=100)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp", "Cf"))))
def test_ordinary_text_is_never_refused(some):
    assert text.problems(some, 1000) == []
