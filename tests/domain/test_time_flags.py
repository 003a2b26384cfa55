"""5.14: how a commitment stands to time: scheduled, due, overdue, late, and when it was looked at."""

import pytest

from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.lifecycle.time_flags import remaining
from ledger_service.domain.values.entries import About
from tests.support.scenario import (
    Story,
    after,
    asserts,
    cancels,
    fulfils,
    once,
    resumes,
    reviews,
    suspends,
    word,
)


def due(interval: str) -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01", due=interval)
    return story


@pytest.mark.rule("5.14")
def test_ahead_of_its_interval_it_is_scheduled():
    story = due("2018-06-10/2018-06-20")
    assert story.seen("2018-06-09").flags("p") == {"scheduled"}
    assert story.possibly("2018-06-09").flags("p") == {"scheduled"}


@pytest.mark.rule("5.14")
def test_within_its_interval_it_is_due():
    story = due("2018-06-10/2018-06-20")
    assert story.seen("2018-06-10").flags("p") == {"due"}
    assert story.seen("2018-06-20").flags("p") == {"due"}
    assert story.possibly("2018-06-10").flags("p") == {"due"}


@pytest.mark.rule("5.14")
def test_after_it_it_is_overdue_and_under_possible_after_its_first_day():
    story = due("2018-06-10/2018-06-20")
    assert story.seen("2018-06-21").flags("p") == {"overdue"}
    assert story.possibly("2018-06-11").flags("p") == {"overdue"}


@pytest.mark.rule("5.14")
def test_with_an_open_first_day_it_is_due_from_the_beginning():
    story = due("../2018-06-20")
    assert story.seen("2018-06-01").flags("p") == {"due"}
    assert story.possibly("2018-06-20").flags("p") == {"due"}


@pytest.mark.rule("5.14")
@pytest.mark.parametrize("interval", ["", "2018-06-10/..", "../.."])
def test_without_a_last_day_it_is_undated(interval):
    assert due(interval).seen("2030-01-01").flags("p") == {"undated"}


@pytest.mark.rule("5.14")
def test_late_is_what_certainly_came_after_the_last_day():
    story = due("2018-06-10/2018-06-20")
    story.gives("deed", "us", "2018-06-18/2018-06-25", fulfils("p", "1"), to="dprk")
    assert story.seen("2018-06-25").flags("p") == set()
    assert story.possibly("2018-06-25").flags("p") == {"late"}


def test_what_came_after_the_whole_was_delivered_makes_nothing_late():
    story = Story()
    interval = {"due": "2018-06-10/2018-06-20", "told": word("dprk")}
    story.promise("p", "us", to="dprk", on="2018-06-01", **interval)
    story.gives("all", "us", "2018-06-15", fulfils("p", "1"), to="dprk")
    story.gives("more", "us", "2018-07-01", fulfils("p", "1"), to="dprk")
    story.act("ratified", "us", "2018-08-01", asserts("p", About.EXISTENCE))
    assert story.seen("2018-08-01").lifecycle("p") == "fulfilled"
    assert "late" not in story.seen("2018-08-01").flags("p")


@pytest.mark.rule("5.14")
def test_nothing_is_due_while_it_is_conditional():
    story = Story()
    terms = {"due": "2018-06-10/2018-06-20", "antecedent": once("event")}
    story.promise("p", "us", to="dprk", on="2018-06-01", **terms)
    story.act("event", "us", "2018-06-25")
    assert story.seen("2018-06-24").flags("p") == set()
    assert story.seen("2018-06-25").flags("p") == {"overdue"}


@pytest.mark.rule("5.7.2", "5.14")
def test_while_it_is_suspended_nothing_falls_due_and_afterwards_it_is_overdue():
    story = due("2018-06-10/2018-06-20")
    story.act("holds", "dprk", "2018-06-05", suspends("p"))
    story.act("goes-on", "dprk", "2018-07-01", resumes("p"))
    assert story.seen("2018-06-30").flags("p") == set()
    assert story.seen("2018-07-01").flags("p") == {"overdue"}


@pytest.mark.rule("5.4.7", "5.14")
def test_what_is_kept_is_maintenance_and_falls_due_never():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01", kept=True, until="2018-12-31")
    assert story.seen("2018-06-01").flags("p") == {"maintenance"}
    seen = story.seen("2019-01-01")
    assert seen.flags("p") == {"maintenance"}
    assert seen.share("p") == "1"


def test_the_terms_as_they_stand_are_in_the_answer():
    story = due("2018-06-10/2018-06-20")
    found = story.seen("2018-06-01").standing("p")
    assert found.due
    assert str(found.due.to_day) == "2018-06-20"
    assert found.until is None


# What is still to come, by its urgency


@pytest.mark.parametrize(
    ("day", "urgency"),
    [("2018-06-01", "scheduled"), ("2018-06-15", "due"), ("2018-07-01", "overdue")],
)
def test_all_that_is_to_come_of_a_commitment_has_one_urgency(day, urgency):
    story = due("2018-06-10/2018-06-20")
    story.gives("some", "us", "2018-06-01", fulfils("p", "1/4"), to="dprk")
    picture = story.seen(day).picture
    answer = commitment_standing(picture, "p")
    assert answer
    assert {u: str(share) for u, share in remaining(picture, answer).items()} == {
        urgency: "3/4"
    }


@pytest.mark.parametrize(
    ("terms", "urgency"),
    [
        ({}, "undated"),
        ({"due_after": after("event", days=5)}, "not_yet_dated"),
        ({"kept": True}, "maintenance"),
    ],
)
def test_what_has_no_day_is_undated_not_yet_dated_or_maintenance(terms, urgency):
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01", **terms)
    picture = story.seen("2018-06-01").picture
    answer = commitment_standing(picture, "p")
    assert answer
    assert list(remaining(picture, answer)) == [urgency]


# When somebody looked for news of it


@pytest.mark.rule("5.14")
def test_it_was_last_reviewed_on_the_last_day_on_which_somebody_looked():
    story = due("2023-10-18")
    story.act("look-1", "iaea", "2019-01-16", reviews("p"))
    story.act("look-2", "iaea", "2021-01-15", reviews("p"))
    for day, expected in (
        ("2019-01-15", "None"),
        ("2020-01-01", "2019-01-16"),
        ("2023-10-18", "2021-01-15"),
    ):
        assert str(story.seen(day).standing("p").last_reviewed) == expected


@pytest.mark.rule("5.14")
def test_a_review_moves_nothing_and_is_among_what_the_standing_rests_on():
    story = due("2023-10-18")
    story.act("look", "iaea", "2019-01-16", reviews("p"))
    seen = story.seen("2020-01-01")
    assert seen.flags("p") == {"scheduled"}
    assert seen.standing("p").conduct == ()
    assert "look" in seen.standing("p").why


# When time alone changes it


@pytest.mark.rule("5.14")
def test_it_changes_on_the_days_on_which_it_falls_due_and_is_overdue():
    story = due("2018-06-10/2018-06-20")
    for day, changes in (
        ("2018-06-01", "2018-06-10"),
        ("2018-06-09", "2018-06-10"),
        ("2018-06-10", "2018-06-21"),
        ("2018-06-21", "None"),
    ):
        found = commitment_standing(story.seen(day).picture, "p")
        assert found
        assert str(found.standing.changes_on) == changes


@pytest.mark.rule("5.14")
def test_it_changes_on_the_day_on_which_a_notice_takes_effect():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.act("off", "us", "2018-06-10", cancels("p", on="2018-09-10"))
    for day, changes in (
        ("2018-06-09", "2018-06-10"),
        ("2018-06-10", "2018-09-10"),
        ("2018-09-10", "None"),
    ):
        found = commitment_standing(story.seen(day).picture, "p")
        assert found
        assert str(found.standing.changes_on) == changes


@pytest.mark.rule("5.14", "9.2")
def test_the_day_on_which_it_changes_rests_on_what_lies_ahead():
    """Which is no ground of where it stands until then."""
    story = due("2018-06-01/2018-06-20")
    story.gives("gift", "us", "2018-06-10", fulfils("p"), to="dprk")
    found = commitment_standing(story.seen("2018-06-05").picture, "p")
    assert found
    assert (str(found.standing.changes_on), found.standing.why) == ("2018-06-10", ("p",))
    assert story.seen("2018-06-10").standing("p").why == ("p", "gift")
