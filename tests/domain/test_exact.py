"""Exact numbers and their one text."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.values import exact

CANONICAL = {
    "1": "1",
    "1.0": "1",
    "0.50": "0.5",
    "007": "7",
    "-2.500000": "-2.5",
    "-0": "0",
    "0.000001": "0.000001",
    "123456789012.345678": "123456789012.345678",
    "1/3": "1/3",
    "2/6": "1/3",
    "1/2": "0.5",
    "4/2": "2",
    "0/5": "0",
    "1/128": "1/128",
}


@pytest.mark.rule("8")
@pytest.mark.parametrize(("written", "canonical"), CANONICAL.items())
def test_a_number_has_one_text(written, canonical):
    assert exact.canonical(written, exact.number) == canonical


@pytest.mark.rule("8")
@pytest.mark.parametrize(
    ("written", "why"),
    {
        "": "not a decimal",
        "abc": "not a decimal",
        "1e3": "not a decimal",
        "+1": "not a decimal",
        ".5": "not a decimal",
        "1.": "not a decimal",
        " 1": "not a decimal",
        "1\n": "not a decimal",
        "1,5": "not a decimal",
        "NaN": "not a decimal",
        "Infinity": "not a decimal",
        "1_000": "not a decimal",
        "٣": "not a decimal",
        "0.1234567": "more than 6 places",
        "1234567890123456789": "more than 18 digits",
        "1/0": "divides by zero",
        "-1/3": "neither a decimal nor a fraction",
        "1/2/3": "neither a decimal nor a fraction",
        "1/3.5": "neither a decimal nor a fraction",
        "1/1234567890": "more than 9 digits",
    }.items(),
)
def test_what_is_no_exact_number_is_refused_with_a_sentence(written, why):
    with pytest.raises(ValueError, match=why):
        exact.number(written)
    assert exact.canonical(written, exact.number) == written


@pytest.mark.parametrize(
    ("printed", "advice"),
    {
        "$7,955": "Write 7955, and its unit apart",
        "-€1,234,567.5": "Write -1234567.5, and its unit apart",
        "30 ₩": "Write 30, and its unit apart",
        "7,955": "Write 7955, without commas",
    }.items(),
)
def test_a_number_as_it_is_printed_is_refused_with_how_to_write_it(printed, advice):
    with pytest.raises(ValueError, match="not a decimal such as") as refused:
        exact.decimal(printed)
    assert advice in str(refused.value)


@pytest.mark.parametrize("written", ["1,5", "7,95", "$", "$x", "$" * 100 + "1" * 100])
def test_nothing_is_guessed_of_what_may_be_another_number(written):
    with pytest.raises(ValueError, match=r"such as 2\.5\.$"):
        exact.decimal(written)


def test_a_decimal_is_not_a_fraction():
    with pytest.raises(ValueError, match="not a decimal"):
        exact.decimal("1/2")


def test_a_long_mistake_is_not_repeated_whole():
    with pytest.raises(ValueError, match=r"\.\.\.") as refused:
        exact.decimal("x" * 10_000)
    assert len(str(refused.value)) < 100


@pytest.mark.rule("8")
def test_ten_tenths_are_one():
    assert exact.text(sum([exact.decimal("0.1")] * 10, Fraction(0))) == "1"


@settings(max_examples=100)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**11)).filter(
        lambda value: abs(value) < 10**11
    )
)
def test_a_decimal_is_printed_and_read_back_exactly(value):
    fraction = Fraction(value)

    assert exact.decimal(exact.text(fraction)) == fraction


@settings(max_examples=100)
@given(st.fractions(min_value=0, max_value=1, max_denominator=10**6))
def test_a_share_is_printed_and_read_back_exactly(share):
    assert exact.number(exact.text(share)) == share


@settings(max_examples=100)
@given(st.fractions(max_denominator=10**4))
def test_equal_numbers_have_equal_texts_without_needless_signs(value):
    shown = exact.text(value)

    assert "e" not in shown.lower()
    assert not (("." in shown) and shown.endswith(("0", ".")))
    assert shown != "-0"
