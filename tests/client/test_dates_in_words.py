"""How ledgerctl tells a date that is no single day."""

import pytest
from diplomatic_ledger import dates, json_form
from diplomatic_ledger.cli import days
from diplomatic_ledger.v1.entries_pb2 import DATE_BASIS_STATED, IntervalDate
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2018-06-12", "2018-06-12"),
        ("2018-06", "June 2018"),
        ("2018", "2018"),
        ("1998-11/1999-01", "Nov 1998 to Jan 1999"),
        ("2003-04/2003-06", "Apr to June 2003"),
        ("2017/2019", "2017 to 2019"),
        ("2018-06-12/2018-06-20", "12 to 20 June 2018"),
        ("2018-05-28/2018-06-03", "28 May to 3 June 2018"),
        ("2017-12-28/2018-01-03", "28 Dec 2017 to 3 Jan 2018"),
        ("2018-06-12/2019-06-12", "12 June 2018 to 12 June 2019"),
        ("2018-06-01/2018-07-15", "1 June to 15 July 2018"),
        ("../2026-06-30", "until 30 June 2026"),
        ("2018/..", "from 2018"),
        ("2018-06/..", "from June 2018"),
        ("2018-06-12/..", "from 12 June 2018"),
        ("../..", "unknown"),
    ],
)
def test_forms(written, told):
    assert days.bare(dates.parse(written)) == told


@given(st.dates(), st.dates())
def test_no_two_dates_are_told_alike(one, other):
    first, last = sorted((one, other))
    both = IntervalDate(from_day=first.isoformat(), to_day=last.isoformat())
    ends = [
        IntervalDate(from_day=day.isoformat(), to_day=day.isoformat()) for day in (first, last)
    ]
    told = {days.bare(each) for each in (both, *ends)}
    assert len(told) == (1 if first == last else 3)


def test_the_words_of_a_source_stand_behind():
    spring = json_form.read(IntervalDate, {"date": "2003-03/2003-05", "words": "spring 2003"})
    assert spring == IntervalDate(
        from_day="2003-03-01", to_day="2003-05-31", words="spring 2003"
    )
    assert days.when(spring) == "Mar to May 2003, “spring 2003”"
    assert days.cell(spring) == "Mar to May 2003\n“spring 2003”"


@given(st.text(), st.sampled_from([0, DATE_BASIS_STATED]))
def test_words_and_basis_are_written_beside_a_date_and_read_back(words, basis):
    known = IntervalDate(from_day="2003-03-01", to_day="2003-05-31", words=words, basis=basis)
    assert json_form.read(IntervalDate, json_form.write(known)) == known


@pytest.mark.parametrize(
    ("written", "apart", "told"),
    [
        (["2018-06"], False, "June 2018"),
        (["2018-06", "2018-06-12"], False, "2018-06-12"),
        (["../2018-06-20", "2018-06-12/.."], False, "12 to 20 June 2018"),
        (["2018-06", "2018-08"], True, "June to Aug 2018"),
        (["2018-06", "2018-08/.."], True, "from June 2018"),
    ],
)
def test_the_date_of_what_several_entries_tell(written, apart, told):
    found = days.together([dates.parse(each) for each in written], apart=apart)
    assert found is not None
    assert days.bare(found) == told


@pytest.mark.parametrize("written", [["2018-06", "2018-08"], ["../..", "../.."], []])
def test_entries_that_agree_on_no_day_have_no_date_together(written):
    assert days.together([dates.parse(each) for each in written]) is None
