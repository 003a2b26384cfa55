"""The range of a series: whole where it is asked for, empty where nothing lies in it."""

from datetime import date
from itertools import pairwise

import pytest
from scenario import Story

from ledger_service.domain.answers import Bin, Series
from ledger_service.domain.deliveries import Measure
from ledger_service.domain.refusals import Invalid
from ledger_service.domain.scales import built_in
from ledger_service.domain.series import series


def asked(first: str = "", last: str = "", bin_: Bin = Bin.WEEK) -> Series:
    """The series of two parties with one act, on 2018-06-13."""
    story = Story()
    story.gives("gift", "dprk", "2018-06-13", to="us")
    return series(
        story.seen("2018-07-01").picture,
        "dprk",
        "us",
        Measure(built_in()["unit"]),
        bin_=bin_,
        from_day=date.fromisoformat(first) if first else None,
        to_day=date.fromisoformat(last) if last else None,
    )


def test_it_runs_from_the_first_act_to_the_last_unless_more_is_asked_for():
    assert [p.label for p in asked().points] == ["2018-W24"]
    assert [p.label for p in asked(last="2018-06-18").points] == ["2018-W24", "2018-W25"]


@pytest.mark.parametrize(("first", "last"), [("2018-06-14", ""), ("", "2018-06-12")])
def test_where_nothing_lies_on_the_side_that_is_asked_for_it_is_empty(first, last):
    assert asked(first, last).points == ()


def test_a_reversed_range_is_refused():
    with pytest.raises(Invalid, match="to_day"):
        asked("2018-06-14", "2018-06-12")


@pytest.mark.parametrize("bin_", Bin)
def test_the_calendar_ends_on_the_last_day_of_the_year_9999(bin_):
    points = asked("9999-11-20", "9999-12-31", bin_).points
    assert points[-1].to_day == date.max
    assert all(x.to_day < y.from_day for x, y in pairwise(points))
