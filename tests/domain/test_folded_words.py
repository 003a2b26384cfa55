"""Words are found in whatever letters of Latin they are typed; in other scripts as they stand."""

from __future__ import annotations

import unicodedata

import pytest
from diplomatic_ledger import found_words
from diplomatic_ledger.v1 import entries_pb2

from ledger_service.domain.values import words as service
from ledger_service.domain.values.words import fold, has_all, phrases, words

_BLOCKS = (
    range(0xC0, 0x2B0),
    range(0x1D00, 0x1DC0),
    range(0x1E00, 0x1F00),
    range(0x2C60, 0x2C80),
)
#: Letters of Latin that Unicode does not take apart.
LATIN = [
    each
    for block in _BLOCKS
    for each in map(chr, block)
    if each.isalpha() and unicodedata.normalize("NFKD", each) == each
]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("walesa", "Wałęsa"),
        ("lodz", "ŁÓDŹ"),
        ("orsted", "Ørsted"),
        ("dang", "Đặng"),
        ("sigurdsson", "Sigurðsson"),
        ("hal", "Ħal"),
        ("thor", "Þór"),
        ("aegir", "Ægir"),
        ("oeuvre", "Œuvre"),
        ("strasse", "STRAẞE"),
        ("isik", "Işık"),
        ("ışık", "Işık"),
        ("ISIK", "ışık"),
        ("istanbul", "İSTANBUL"),
        ("cagri", "Çağrı"),
        ("Çağrı", "CAGRI"),
        ("baris", "BARIŞ"),
        ("sami", "Sámi"),
        ("hausa", "ɦausa"),
        ("saud", "Saʿūd"),
        ("quran", "Qurʾān"),
        ("oahu", "Oʻahu"),
    ],
)
def test_a_word_is_found_in_plain_letters_and_with_its_own(asked: str, text: str) -> None:
    for one, other in ((asked, text), (text, asked)):
        assert has_all(phrases(one), [other])
        assert found_words.places(_act(other), one)


@pytest.mark.parametrize(
    "text",
    [
        "україна",
        "բարեւ",
        "ελλάδα",
        "ქართული",
        "हिन्दी",
        "ไทย",
        "中国",
        "김정은",
        "ӏ",
        "ј",
        "знаʼямка",
    ],
)
def test_other_scripts_keep_their_letters(text: str) -> None:
    marks = {"\u0301", "\u0306", "\u0308"}
    apart = unicodedata.normalize("NFD", text)
    assert fold(text) == unicodedata.normalize(
        "NFC", "".join(c for c in apart if c not in marks)
    )


def test_letters_of_latin_alphabets_are_written_in_ascii() -> None:
    """But for those for which CLDR has no letters of ASCII: ə, ɔ, ɣ, ʃ and the like."""
    left = {fold(each) for each in LATIN if each.lower() != each.upper()}

    assert (
        "".join(sorted(each for each in left if not each.isascii()))
        == "ƅƨƹƽƿǝȝȣɂɋɐɑɒɔəɜɣɥɩɯɵʃʇʊʌʒʞᵹⱶ"
    )


def test_spaces_around_a_name_do_not_count() -> None:
    """Of places and publishers, which are found by their whole names."""
    assert fold(" Genève\u00a0") == fold("GENEVE ") == "geneve"


def test_service_and_client_fold_alike() -> None:
    assert found_words.SPELLED == service.SPELLED
    for each in LATIN:
        assert "".join(words(each)) == found_words._plain(each), each


def _act(title: str) -> entries_pb2.Act:
    return entries_pb2.Act(title=title)
