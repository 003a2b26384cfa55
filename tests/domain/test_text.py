"""What text may hold (rule 13.2)."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.values import text

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
    "soft hyphen": 0xAD,
    "Mongolian vowel separator": 0x180E,
    "zero width space": 0x200B,
    "word joiner": 0x2060,
    "invisible plus": 0x2064,
    "byte order mark": 0xFEFF,
    "language tag": 0xE0001,
    "cancel tag": 0xE007F,
    "noncharacter in the middle": 0xFDD0,
    "noncharacter at the end of plane 0": 0xFFFF,
    "noncharacter at the end of plane 16": 0x10FFFE,
    "half of a surrogate pair": 0xD83D,
}


@pytest.mark.rule("13.2")
@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED.keys())
def test_a_character_that_hides_or_disturbs_is_refused_by_name_and_place(code):
    [problem] = text.problems(f"ab{chr(code)}cd", 100)

    assert f"Character 3 of this text is U+{code:04X}" in problem


@pytest.mark.rule("13.2")
@pytest.mark.parametrize(
    "good",
    [
        *("two\nlines", "a\ttab", "조선", "עברית", "\U0001f54a", "\ufdcf\ufdf0", "\xa0"),
        *("\U000e0080", "\U000e0100", "\u2065", "\u200a", "\u2010"),
    ],
)
def test_newline_tab_and_every_script_are_fine(good):
    assert text.problems(good, 100) == []


@pytest.mark.rule("13.2")
@pytest.mark.parametrize("mark", ["\u200c", "\u200d", "\u200e", "\u200f"])
def test_a_joiner_or_a_mark_of_direction_stays_inside_a_text(mark):
    assert text.problems(f"a{mark}b", 100) == []
    assert text.problems(f"a{mark}{mark}b", 100) == []
    assert "Character 1 of this text" in text.problems(f"{mark}ab", 100)[0]
    assert f"U+{ord(mark):04X}" in text.problems(f"ab{mark}", 100)[0]
    assert "Character 1 of this text" in text.problems(mark, 100)[0]
    assert "Character 4 of this text" in text.problems(f"ab\n{mark}", 100)[0]


def test_a_mark_that_nobody_sees_is_called_so():
    assert "a mark that nobody sees" in text.problems("us\u200b", 100)[0]
    assert "a bidirectional control" in text.problems("us\u2069", 100)[0]


def test_limits_count_bytes_of_utf_8():
    assert text.problems("é" * 50, 100) == []
    assert "101 bytes" in text.problems("é" * 50 + "e", 100)[0]
    assert "101 bytes" in text.problems("e" * 101, 100)[0]


def test_a_text_that_is_both_too_long_and_refused_is_told_both():
    assert len(text.problems("\x00" * 11, 10)) == 2


@pytest.mark.rule("13.2")
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


MARK = "\u0301"


def test_thirty_combining_marks_in_a_row_are_fine_and_more_are_refused_by_their_place():
    assert text.problems("a" + MARK * 30, 1000) == []
    [problem] = text.problems("ab" + MARK * 31, 1000)
    assert "More than 30 combining marks stand in a row from character 3" in problem


def test_too_many_marks_in_a_row_are_found_wherever_they_begin():
    for before in range(70):
        fine = "é" * before + ("a" + MARK * 30) * 3
        assert not text.crowded(fine)
        [problem] = text.problems(fine + "a" + MARK * 31 + "a" + MARK * 40, 1000)
        assert f"in a row from character {before + 95} of" in problem


@pytest.mark.parametrize("beyond", ["\U000101fd", "\U0001e94a"])
def test_marks_beyond_the_first_plane_count_too(beyond):
    assert text.crowded(beyond * 31)
    assert not text.crowded(("a" + beyond * 30) * 2)


def test_signs_that_lie_among_marks_are_no_marks():
    cuneiform = "\U00012000" * 100
    assert not text.crowded(cuneiform)
    assert text.crowded(cuneiform + MARK * 31)


def test_no_combining_mark_lies_beyond_those_that_are_looked_for():
    last = max(c for c in range(0x110000) if unicodedata.combining(chr(c)))
    assert text.crowded(chr(last) * 31)


@settings(max_examples=100)
@given(st.text(st.sampled_from("a\u0301\u0323\U0001e94a\U00012000"), min_size=25, max_size=200))
def test_a_crowded_text_has_more_than_thirty_marks_in_a_row(some):
    rows = "".join("m" if unicodedata.combining(char) else " " for char in some).split()
    assert text.crowded(some) == any(len(row) > 30 for row in rows)


@pytest.mark.parametrize("much", ["a" + "\u0301\u0323" * 500_000, "a\u0301" * 500_000])
def test_what_cannot_be_allowed_is_told_without_being_normalised(much):
    began = time.thread_time()
    assert text.normal(much) == much
    assert text.problems(much, 4000)
    assert time.thread_time() - began < 1
