"""The text of interval dates: what is printed parses back."""

from datetime import date, timedelta

import pytest
from diplomatic_ledger import dates
from diplomatic_ledger.v1.entries_pb2 import IntervalDate
from hypothesis import given
from hypothesis import strategies as st

days = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))


@st.composite
def intervals(draw: st.DrawFn) -> IntervalDate:
    """Days, months, years, ranges, open ends."""
    first = draw(days)
    last = min(first + timedelta(days=draw(st.integers(0, 800))), date.max, key=lambda d: d)
    start = draw(st.sampled_from([first, None, first.replace(day=1), date(first.year, 1, 1)]))
    end = draw(st.sampled_from([last, None, first, date(last.year, 12, 31)]))
    if start and end and start > end:
        start = end
    return IntervalDate(
        from_day=start.isoformat() if start else "", to_day=end.isoformat() if end else ""
    )


@given(intervals())
def test_what_is_printed_parses_back(interval):
    assert dates.parse(dates.text(interval)) == interval


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_month_and_year_is_printed_short(day):
    month, year = f"{day.year:04}-{day.month:02}", f"{day.year:04}"
    assert dates.text(dates.parse(month)) == month
    assert dates.text(dates.parse(year)) == year


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018-06-12", "2018-06-12", "2018-06-12"),
        ("2018-06", "2018-06-01", "2018-06-30"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2018", "2018-01-01", "2018-12-31"),
        ("2018-06-12/2018-06-20", "2018-06-12", "2018-06-20"),
        ("2018-06/2018-08", "2018-06-01", "2018-08-31"),
        ("../2018-08-18", "", "2018-08-18"),
        ("2018-06-12/..", "2018-06-12", ""),
        ("../..", "", ""),
    ],
)
def test_forms(text, first, last):
    assert dates.parse(text) == IntervalDate(from_day=first, to_day=last)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12 June 2018", "is not a date"),
        ("20180612", "is not a date"),
        ("spring 2003", "{date: 2003-03/2003-05, words: spring 2003}"),
        ("winter 2003", "{date: 2003-12/2004-02, words: winter 2003}"),
        ("early June 2024", "surely lies, and keep the words: {date: "),
        ("until 2003-05", "Write it as ../2003-05"),
        ("since 2001", "Write 2001/.. for that"),
        ("2003-03 - 2003-05", "Write it as 2003-03/2003-05"),
        ("2018-W24-2", "is not a date"),
        ("2018-6-1", "is not a date"),
        ("2018-02-30", "not in the calendar"),
        ("2018-13", "not in the calendar"),
        ("0000", "not in the calendar"),
        ("2018-06-20/2018-06-12", "ends before it starts"),
        ("..", "is not a date"),
        ("", "is not a date"),
        ("2018-06-12/", "is not a date"),
        ("2018/2019/2020", "is not a date"),
        ("२०१८", "is not a date"),
    ],
)
def test_what_is_no_date_is_refused_with_its_value(text, said):
    with pytest.raises(dates.DateError, match=said) as refused:
        dates.parse(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["2018-06", "2018", "../2018-06-12", "2018-02-29"])
def test_a_day_is_one_day(text):
    with pytest.raises(dates.DateError):
        dates.day(text)
