"""What the ends of an interval date say about it."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.values import dates
from ledger_service.domain.values.entries import IntervalDate, Precision

DAY = date(2018, 6, 12)

SHAPES = [
    (DAY, DAY, Precision.DAY),
    (date(2018, 2, 1), date(2018, 2, 28), Precision.MONTH),
    (date(2020, 2, 1), date(2020, 2, 29), Precision.MONTH),
    (date(2020, 2, 1), date(2020, 2, 28), Precision.RANGE),
    (date(2018, 1, 1), date(2018, 12, 31), Precision.YEAR),
    (date(2018, 1, 1), date(2019, 12, 31), Precision.RANGE),
    (date(2018, 6, 1), date(2019, 6, 30), Precision.RANGE),
    (date(9999, 12, 1), date(9999, 12, 31), Precision.MONTH),
    (None, DAY, Precision.BEFORE),
    (DAY, None, Precision.AFTER),
    (None, None, Precision.UNKNOWN),
]


@pytest.mark.rule("1.2")
@pytest.mark.parametrize(("first", "last", "shape"), SHAPES)
def test_the_precision_follows_from_the_ends(first, last, shape):
    derived = dates.with_precision(IntervalDate(from_day=first, to_day=last))

    assert derived.precision is shape
    assert dates.precision_problem(derived) is None


def test_a_given_precision_must_agree_with_the_ends():
    wrong = IntervalDate(from_day=DAY, to_day=DAY, precision=Precision.MONTH)

    assert dates.with_precision(wrong) == wrong
    assert "say day, not month" in dates.precision_problem(wrong)


def test_the_last_day_is_never_before_the_first():
    assert "Exchange them" in dates.order_problem(DAY, DAY - timedelta(days=1))
    assert dates.order_problem(DAY, DAY) is None
    assert dates.order_problem(None, DAY) is None
    assert dates.order_problem(DAY, None) is None


@pytest.mark.rule("1.1")
@pytest.mark.parametrize(
    "written",
    ["", "2018", "2018-06", "20180612", "2018-W24-2", "2018-06-12T00:00", " 2018-06-12",
     "18-06-12", "12018-06-12", "-018-06-12", "2018-6-12", "2018-06-12\n", "٢٠١٨-06-12"],
)  # fmt: skip
def test_a_day_is_written_in_one_way(written):
    assert dates.parse_day(written) is None


@pytest.mark.parametrize("written", ["2018-02-29", "2018-13-01", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_refused(written):
    assert dates.parse_day(written) is None


@settings(max_examples=100)
@given(st.dates())
def test_every_day_from_year_1_to_9999_reads_back(day):
    assert dates.parse_day(day.isoformat()) == day


@settings(max_examples=100)
@given(st.none() | st.dates(), st.none() | st.dates())
def test_deriving_the_precision_again_changes_nothing(first, last):
    once = dates.with_precision(IntervalDate(from_day=first, to_day=last))

    assert dates.with_precision(once) == once
    assert dates.precision_problem(once) is None
