"""The range of a series: whole where it is asked for, empty where nothing lies in it."""

from datetime import date
from itertools import pairwise

import pytest

from ledger_service.domain.balance import series as module
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.values.answers import Bin, Flow, Series
from ledger_service.domain.values.entries import ActKind
from ledger_service.domain.values.refusals import Invalid
from ledger_service.domain.values.scales import built_in
from ledger_service.domain.values.stopping import Stop, Stopped, heeding
from tests.support.scenario import (
    Story,
    refutes,
    same_as,
)


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


@pytest.mark.rule("1.5", "7", "9.5")
def test_each_number_opens_into_its_entries_by_day_then_id():
    story = Story()
    story.gives("z", "dprk", "2018-06-12", to="us")
    story.gives("b", "dprk", "2018-06-13", to="us")
    story.gives("a", "dprk", "2018-06-13", same_as("b"), to="us")
    story.gives("back", "us", "2018-06-14", to="dprk")
    (week,) = between(story).points
    assert (week.ab.count, week.ab.entry_ids) == (2, ("z", "a", "b"))
    assert week.ba.entry_ids == ("back",)


@pytest.mark.rule("7")
def test_only_what_can_have_happened_in_the_range_lies_in_doubt():
    story = Story()
    story.gives("gift", "dprk", "2018-06-13", to="us")
    story.gives("vague", "dprk", "2018-06-20/2018-07-20", to="us")
    assert between(story).in_doubt == 1
    assert between(story, "2018-06-13", "2018-06-20").in_doubt == 1
    assert between(story, "2018-06-13", "2018-06-19").in_doubt == 0
    assert between(story, "2018-07-21", "2018-07-31").in_doubt == 0


@pytest.mark.rule("7")
def test_a_tie_across_directions_is_flagged_where_it_is_met():
    story = Story()
    story.gives("one", "dprk", "2018-06-01", to="us")
    story.gives("two", "us", "2018-06-01", same_as("one"), to="dprk")
    story.gives("gift", "dprk", "2018-06-13", to="us")
    assert between(story).flags == ("same_as_across_directions",)
    assert between(story, "2018-06-02").flags == ()


@pytest.mark.rule("7")
def test_it_says_how_many_acts_may_have_happened_in_another_bin():
    story = Story()
    story.gives("day", "dprk", "2018-06-13", to="us")
    story.gives("within", "dprk", "2018-06-11/2018-06-13", to="us")
    story.gives("over", "dprk", "2018-06-10/2018-06-13", to="us")
    story.gives("until", "dprk", "../2018-06-13", to="us")
    (week,) = between(story).points
    assert (week.ab.count, week.ab.beyond_bin_count) == (4, 2)
    assert week.ba.beyond_bin_count == 0


@pytest.mark.rule("7")
def test_of_one_event_the_days_count_that_all_who_tell_of_it_have_in_common():
    story = Story()
    story.gives("june", "dprk", "2018-06-01/2018-06-30", to="us")
    story.gives("week", "dprk", "2018-06-12/2018-06-13", same_as("june"), to="us")
    (week,) = between(story).points
    assert (week.ab.count, week.ab.beyond_bin_count) == (1, 0)


# Which acts it counts, and how it weighs them


def flows(story: Story, scale: str = "unit") -> tuple[Flow, Flow]:
    """What two parties did to one another in June 2018."""
    picture, how = story.seen("2018-07-01").picture, Measure(built_in()[scale])
    june = {"from_day": date(2018, 6, 1), "to_day": date(2018, 6, 30)}
    (month,) = series(picture, "dprk", "us", how, bin_=Bin.MONTH, **june).points
    return month.ab, month.ba


@pytest.mark.rule("7")
def test_acts_of_every_kind_count_but_refuted_ones_and_those_of_nobody():
    story = Story()
    for kind in ActKind:
        story.act(f"a-{kind}", "dprk", "2018-06-13", toward="us", kind=kind)
    story.act("refuted", "dprk", "2018-06-13", toward="us", kind=ActKind.AID)
    story.act("never", "iaea", "2018-06-20", refutes("refuted"))
    story.act("of-nobody", "", "2018-06-13", toward="us", kind=ActKind.AID)
    there, back = flows(story)
    assert there.entry_ids == tuple(sorted(f"a-{kind}" for kind in ActKind))
    assert back.count == 0


@pytest.mark.rule("7")
def test_an_act_by_several_or_toward_several_counts_between_each_of_them():
    story = Story()
    story.act("warning", "us", "2018-06-13", toward="dprk iaea", with_="rok")
    assert flows(story)[1].entry_ids == ("warning",)
    picture = story.seen("2018-07-01").picture
    for giver, receiver in (("us", "iaea"), ("rok", "dprk"), ("rok", "iaea")):
        (week,) = series(picture, giver, receiver, Measure(built_in()["unit"])).points
        assert (week.ab.count, week.ba.count) == (1, 0)


@pytest.mark.rule("7")
def test_a_joint_act_counts_in_both_directions():
    story = Story()
    story.act("talks", "us", "2018-06-13", toward="dprk", kind=ActKind.MEETING, joint=True)
    both = {"toward": "dprk", "with_": "rok", "kind": ActKind.MEETING, "joint": True}
    story.act("three", "us", "2018-06-14", **both)
    there, back = flows(story)
    assert there.entry_ids == back.entry_ids == ("talks", "three")


@pytest.mark.rule("7")
def test_weights_above_and_below_zero_stand_apart():
    story = Story()
    for act, code in (("eased", "0842"), ("fought", "190"), ("gave", "07"), ("odd", "99")):
        story.act(act, "dprk", "2018-06-13", toward="us", code=code)
    there, _ = flows(story, "goldstein-cameo-gdelt")
    assert (there.count, there.unweighted_count) == (4, 1)
    assert (there.cooperation, there.conflict, there.weight) == (14, 10, 4)


@pytest.mark.rule("7")
def test_on_the_scale_unit_a_breach_counts_one_as_well():
    story = Story()
    story.gives("gift", "dprk", "2018-06-13", to="us", code="07")
    story.act("test", "dprk", "2018-06-14", toward="us", kind=ActKind.VIOLATION, code="190")
    there, _ = flows(story)
    assert (there.count, there.cooperation, there.conflict) == (2, 2, 0)


@pytest.mark.rule("7")
@pytest.mark.parametrize(
    ("bin_", "labels"),
    [
        (Bin.DAY, ["2018-12-30", "2018-12-31", "2019-01-01"]),
        (Bin.WEEK, ["2018-W52", "2019-W01"]),
        (Bin.MONTH, ["2018-12", "2019-01"]),
    ],
)
def test_bins_are_days_weeks_or_months_and_empty_ones_are_shown(bin_, labels):
    story = Story()
    story.gives("gift", "dprk", "2018-12-30", to="us")
    story.gives("thanks", "us", "2019-01-01", to="dprk")
    picture = story.seen("2019-06-01").picture
    points = series(picture, "dprk", "us", Measure(built_in()["unit"]), bin_=bin_).points
    assert [point.label for point in points] == labels
    assert [point.ab.count for point in points] == [1] + [0] * (len(labels) - 1)
    assert [point.ba.count for point in points] == [0] * (len(labels) - 1) + [1]


@pytest.mark.rule("7")
def test_an_act_of_several_possible_days_stands_in_the_bin_of_the_day_from_which_it_counts():
    story = Story()
    story.gives("gift", "dprk", "2018-05-20/2018-06-13", to="us")
    for seen, label in ((story.seen, "2018-06"), (story.possibly, "2018-05")):
        picture = seen("2018-07-01").picture
        points = series(
            picture, "dprk", "us", Measure(built_in()["unit"]), bin_=Bin.MONTH
        ).points
        assert [(point.label, point.ab.count) for point in points] == [(label, 1)]
