"""Names that a reader takes for one another look alike, and others do not."""

import pytest

from ledger_service.domain.values.likeness import looks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("North Korea", "NORTH  KOREA"),
        ("North Korea", "North-Korea"),
        ("U.S.A.", "USA"),
        ("Côte d'Ivoire", "Cote d’Ivoire"),
        ("Iran", "Irаn"),  # with a letter of Cyrillic
        ("NATO", "ΝΑΤΟ"),  # in Greek
        ("CCCP", "СССР"),  # in Cyrillic
        ("Kosovo", "Kоsovо"),
        ("Turkiye", "Türkıye"),
        ("Lodz", "Łódź"),
        ("Ｊａｐａｎ", "Japan"),  # in letters of full width
        ("G20", "G2O"),
    ],
)
def test_what_looks_alike(one: str, other: str) -> None:
    assert looks(one) == looks(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("North Korea", "South Korea"),
        ("Niger", "Nigeria"),
        ("Иран", "Ирак"),
        ("中国", "中國"),
        ("Guinea", "Guinea-Bissau"),
    ],
)
def test_what_does_not(one: str, other: str) -> None:
    assert looks(one) != looks(other)


def test_without_a_letter_there_is_nothing_to_see() -> None:
    assert looks("?!") == ""
