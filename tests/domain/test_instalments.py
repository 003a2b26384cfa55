"""5.17: what is delivered in instalments: what has fallen due of it by a day, and what is behind."""

import pytest

from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.lifecycle.time_flags import remaining
from tests.support.scenario import Story, fulfils, instalments, reverses

YEARS = instalments(
    ("1995-01-01/1995-12-31", "100 t"),
    ("1996-01-01/1996-12-31", "300 t"),
    ("1998-01-01/1998-12-31", "400 t"),
)


@pytest.fixture
def oil() -> Story:
    story = Story()
    story.promise("oil", "us", to="dprk", on="1994-10-21", quantity="800 t", instalments=YEARS)
    return story


def ship(story: Story, act: str, on: str, quantity: str) -> None:
    story.gives(act, "us", on, fulfils("oil"), to="dprk", quantity=quantity)


def progress(story: Story, day: str, **cuts) -> tuple[str, str]:
    found = story.seen(day, **cuts).standing("oil")
    return str(found.due_share), str(found.behind)


def parts(story: Story, day: str) -> dict[str, str]:
    picture = story.seen(day).picture
    answer = commitment_standing(picture, "oil")
    assert answer
    return {urgency: str(share) for urgency, share in remaining(picture, answer).items()}


@pytest.mark.rule("5.17", "5.17.1")
def test_an_instalment_has_fallen_due_once_its_last_day_has_passed(oil):
    assert progress(oil, "1995-12-31") == ("0", "0")
    assert progress(oil, "1996-01-01") == ("1/8", "1/8")


@pytest.mark.rule("5.17.1")
def test_under_possible_it_may_have_been_due_on_its_first_day(oil):
    possibly = oil.possibly("1995-01-02").standing("oil")
    assert (str(possibly.due_share), str(possibly.behind)) == ("1/8", "1/8")
    assert oil.possibly("1995-01-01").flags("oil") == {"due"}


@pytest.mark.rule("5.17.1", "5.17.2")
def test_what_falls_due_adds_up(oil):
    ship(oil, "first", "1995-06-30", "100 t")
    assert progress(oil, "1997-01-01") == ("1/2", "3/8")
    assert progress(oil, "1999-01-01") == ("1", "7/8")


@pytest.mark.rule("5.14", "5.17.2")
def test_what_is_behind_is_overdue(oil):
    assert oil.seen("1995-12-31").flags("oil") == {"due"}
    assert oil.seen("1996-01-01").flags("oil") == {"overdue"}


@pytest.mark.rule("5.14", "5.17.3")
def test_before_and_between_instalments_the_next_one_is_scheduled(oil):
    ship(oil, "both", "1995-06-30", "400 t")
    assert oil.seen("1994-12-31").flags("oil") == {"scheduled"}
    assert oil.seen("1997-06-01").flags("oil") == {"partially_fulfilled", "scheduled"}
    assert oil.seen("1998-01-01").flags("oil") == {"due", "partially_fulfilled"}


@pytest.mark.rule("5.17.3")
def test_what_was_delivered_ahead_leaves_the_next_instalment_scheduled(oil):
    ship(oil, "ahead", "1995-06-30", "100 t")
    assert "scheduled" in oil.seen("1995-07-01").flags("oil")


@pytest.mark.rule("5.17.2")
def test_a_part_of_unknown_size_makes_behind_an_upper_bound(oil):
    ship(oil, "some", "1995-06-30", "1 shipload")
    seen = oil.seen("1996-01-01")
    assert progress(oil, "1996-01-01") == ("1/8", "1/8")
    assert "at_most" in seen.flags("oil")
    assert "at_most" not in oil.seen("1995-12-31").flags("oil")


@pytest.mark.rule("5.14")
def test_one_that_was_completed_late_is_late(oil):
    ship(oil, "most", "1995-06-30", "700 t")
    ship(oil, "rest", "1999-01-15", "100 t")
    seen = oil.seen("1999-01-15")
    assert seen.lifecycle("oil") == "fulfilled"
    assert seen.flags("oil") == {"late"}
    assert progress(oil, "1999-01-15") == ("1", "0")


def test_one_that_was_completed_within_its_last_instalment_is_not(oil):
    ship(oil, "all", "1998-12-31", "800 t")
    assert oil.seen("1999-06-01").flags("oil") == set()


def test_a_reversal_puts_it_behind_again(oil):
    ship(oil, "first", "1995-06-30", "100 t")
    oil.act("back", "us", "1996-02-01", reverses("first"), quantity="40 t")
    assert progress(oil, "1996-01-31") == ("1/8", "0")
    assert progress(oil, "1996-02-01") == ("1/8", "1/20")


@pytest.mark.rule("5.17.1")
def test_instalments_may_be_shares():
    story = Story()
    halves = instalments(("1995-01-01/1995-12-31", "1/3"), ("../1996-12-31", "2/3"))
    story.promise("oil", "us", to="dprk", on="1994-10-21", instalments=halves)
    assert progress(story, "1996-01-01") == ("1/3", "1/3")
    assert "due" in story.seen("1994-12-31").flags("oil")


def test_without_instalments_there_is_no_such_share():
    story = Story()
    story.promise("oil", "us", to="dprk", on="1994-10-21")
    found = story.seen("1996-01-01").standing("oil")
    assert (found.due_share, found.behind) == (None, None)


@pytest.mark.rule("5.17.3", "5.17.4")
def test_what_is_still_to_come_is_overdue_due_or_scheduled_by_its_part(oil):
    ship(oil, "first", "1995-06-30", "100 t")
    assert parts(oil, "1996-06-01") == {"due": "3/8", "scheduled": "1/2"}
    assert parts(oil, "1997-01-01") == {"overdue": "3/8", "scheduled": "1/2"}
    assert parts(oil, "1998-01-01") == {"overdue": "3/8", "due": "1/2"}


def test_the_parts_together_are_what_is_not_delivered(oil):
    ship(oil, "odd", "1995-06-30", "133 t")
    for day in ("1994-12-01", "1996-06-01", "1998-06-01", "2000-01-01"):
        found = story_parts(oil, day)
        assert sum(found) == 1 - oil.seen(day).standing("oil").share_at_least


def story_parts(story: Story, day: str) -> list:
    picture = story.seen(day).picture
    answer = commitment_standing(picture, "oil")
    assert answer
    return list(remaining(picture, answer).values())
