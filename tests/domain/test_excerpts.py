"""Some of the ids of a list that many answers share."""

from __future__ import annotations

import pytest

from ledger_service.domain.values.excerpt import Excerpt, size

LETTERS = ("a", "b", "c", "d", "e")
some = Excerpt(LETTERS, 0b10110)


def test_it_holds_the_ids_whose_bits_are_set_in_the_order_of_the_list():
    assert tuple(some) == ("b", "c", "e")
    assert len(some) == 3
    assert (some[0], some[-1], some[1:]) == ("b", "e", ("c", "e"))
    assert "c" in some
    assert "a" not in some


def test_it_equals_whatever_has_the_same_ids():
    assert some == ("b", "c", "e")
    assert some == ("b", "c", "e")
    assert some == Excerpt(("e", "d", "b", "c", "e"), 0b11100)
    assert hash(some) == hash(("b", "c", "e"))
    assert some != ("b", "c")
    assert some != ["b", "c", "e"]


@pytest.mark.parametrize("bits", [0, 1, 1 << 4, 0b11111])
def test_few_or_all_may_be_set(bits):
    expected = tuple(letter for n, letter in enumerate(LETTERS) if bits >> n & 1)
    assert (tuple(Excerpt(LETTERS, bits)), len(Excerpt(LETTERS, bits))) == (
        expected,
        len(expected),
    )


def test_it_takes_a_bit_for_an_id():
    thousand = tuple(map(str, range(1_000)))
    assert size(thousand) == 8_000
    assert size(Excerpt(thousand, (1 << 1_000) - 1)) == 125
