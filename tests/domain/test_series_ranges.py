"""The range of a series: whole where it is asked for, empty where nothing lies in it."""

from datetime import date
from itertools import pairwise

import pytest

from ledger_service.domain.balance import series as module
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.values.answers import Bin, Flow, Series
from ledger_service.domain.values.refusals import Invalid
from ledger_service.domain.values.scales import built_in
from ledger_service.domain.values.stopping import Stop, Stopped, heeding
from tests.support.scenario import Story, same_as


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


def test_more_bins_than_may_be_are_refused_before_any_is_filled(monkeypatch):
    monkeypatch.setattr(module, "_flow", pytest.fail)
    with pytest.raises(Invalid, match="At most 20,000"):
        asked("0001-01-01", "9999-12-31", Bin.DAY)


def test_a_series_that_nobody_waits_for_ends_in_the_midst_of_its_bins(monkeypatch):
    stop, filled = Stop(), []

    def flow(*_: object) -> Flow:
        stop.set()
        filled.append(1)
        return Flow()

    monkeypatch.setattr(module, "_flow", flow)
    with pytest.raises(Stopped):
        heeding(stop, lambda: asked("2018-01-01", "2018-12-31", Bin.DAY))
    assert len(filled) == 2


@pytest.mark.parametrize("bin_", Bin)
def test_the_calendar_ends_on_the_last_day_of_the_year_9999(bin_):
    points = asked("9999-11-20", "9999-12-31", bin_).points
    assert points[-1].to_day == date.max
    assert all(x.to_day < y.from_day for x, y in pairwise(points))


def between(story: Story, first: str = "", last: str = "") -> Series:
    """The series of the two parties of a story as of 2018-07-01, by week."""
    return series(
        story.seen("2018-07-01").picture,
        "dprk",
        "us",
        Measure(built_in()["unit"]),
        from_day=date.fromisoformat(first) if first else None,
        to_day=date.fromisoformat(last) if last else None,
    )


def test_each_number_opens_into_its_entries_by_day_then_id():
    story = Story()
    story.gives("z", "dprk", "2018-06-12", to="us")
    story.gives("b", "dprk", "2018-06-13", to="us")
    story.gives("a", "dprk", "2018-06-13", same_as("b"), to="us")
    story.gives("back", "us", "2018-06-14", to="dprk")
    (week,) = between(story).points
    assert (week.ab.count, week.ab.entry_ids) == (2, ("z", "a", "b"))
    assert week.ba.entry_ids == ("back",)


def test_only_what_can_have_happened_in_the_range_lies_in_doubt():
    story = Story()
    story.gives("gift", "dprk", "2018-06-13", to="us")
    story.gives("vague", "dprk", "2018-06-20/2018-07-20", to="us")
    assert between(story).in_doubt == 1
    assert between(story, "2018-06-13", "2018-06-20").in_doubt == 1
    assert between(story, "2018-06-13", "2018-06-19").in_doubt == 0
    assert between(story, "2018-07-21", "2018-07-31").in_doubt == 0


def test_a_tie_across_directions_is_flagged_where_it_is_met():
    story = Story()
    story.gives("one", "dprk", "2018-06-01", to="us")
    story.gives("two", "us", "2018-06-01", same_as("one"), to="dprk")
    story.gives("gift", "dprk", "2018-06-13", to="us")
    assert between(story).flags == ("same_as_across_directions",)
    assert between(story, "2018-06-02").flags == ()


def test_it_says_how_many_acts_may_have_happened_in_another_bin():
    story = Story()
    story.gives("day", "dprk", "2018-06-13", to="us")
    story.gives("within", "dprk", "2018-06-11/2018-06-13", to="us")
    story.gives("over", "dprk", "2018-06-10/2018-06-13", to="us")
    story.gives("until", "dprk", "../2018-06-13", to="us")
    (week,) = between(story).points
    assert (week.ab.count, week.ab.beyond_bin_count) == (4, 2)
    assert week.ba.beyond_bin_count == 0


def test_of_one_event_the_days_count_that_all_who_tell_of_it_have_in_common():
    story = Story()
    story.gives("june", "dprk", "2018-06-01/2018-06-30", to="us")
    story.gives("week", "dprk", "2018-06-12/2018-06-13", same_as("june"), to="us")
    (week,) = between(story).points
    assert (week.ab.count, week.ab.beyond_bin_count) == (1, 0)
