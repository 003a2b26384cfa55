"""5.18: what falls due after an event: an act, or the fulfilment of another commitment."""

import pytest

from tests.support.scenario import (
    Story,
    after,
    fulfils,
    occurred,
    once,
    refutes,
    reverses,
    supersedes,
)


def promised(**terms) -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="1994-10-21", due_after=after("event", **terms))
    return story


def term(story: Story, day: str, **cuts) -> tuple[str, str]:
    found = story.seen(day, **cuts).standing("p").due
    assert found
    return str(found.from_day), str(found.to_day)


@pytest.mark.rule("5.14", "5.18.3")
def test_until_its_event_it_is_not_yet_dated():
    story = promised(days=60)
    story.act("event", "us", "1994-11-01")
    seen = story.seen("1994-10-31")
    assert seen.flags("p") == {"not_yet_dated"}
    assert seen.standing("p").due is None


@pytest.mark.rule("5.18", "5.18.1")
def test_from_the_day_of_its_event_it_is_due_and_after_so_many_days_overdue():
    story = promised(days=60)
    story.act("event", "us", "1994-11-01")
    assert term(story, "1994-11-01") == ("1994-11-01", "1994-12-31")
    assert story.seen("1994-11-01").flags("p") == {"due"}
    assert story.seen("1994-12-31").flags("p") == {"due"}
    assert story.seen("1995-01-01").flags("p") == {"overdue"}


@pytest.mark.rule("5.18.1")
def test_months_are_those_of_the_calendar():
    story = promised(months=6)
    story.act("event", "us", "1994-10-21")
    assert term(story, "1994-11-01") == ("1994-10-21", "1995-04-21")


@pytest.mark.rule("5.18.1")
def test_a_month_that_is_shorter_ends_on_its_last_day():
    story = promised(months=1)
    story.act("event", "us", "1995-01-31")
    assert term(story, "1995-01-31") == ("1995-01-31", "1995-02-28")
    leap = promised(months=4)
    leap.act("event", "us", "1995-10-31")
    assert term(leap, "1995-10-31") == ("1995-10-31", "1996-02-29")


@pytest.mark.rule("5.18.1", "5.18.4")
def test_it_counts_from_the_effective_day_and_ends_when_it_ends_under_both_policies():
    story = promised(days=10)
    story.act("event", "us", "1995-01-01/1995-01-20")
    assert term(story, "1995-01-20") == ("1995-01-20", "1995-01-30")
    possibly = story.possibly("1995-01-11")
    assert possibly.flags("p") == {"due"}
    assert story.possibly("1995-01-12").flags("p") == {"overdue"}


@pytest.mark.rule("5.18.3")
def test_once_its_event_is_refuted_it_is_not_yet_dated():
    story = promised(days=10)
    story.act("event", "us", "1995-01-01")
    story.act("never", "iaea", "1995-02-01", refutes("event"))
    assert story.seen("1995-01-15").flags("p") == {"not_yet_dated"}
    assert story.replayed("1995-01-15").flags("p") == {"overdue"}


@pytest.mark.rule("5.18.3")
def test_once_its_event_is_annulled_it_is_not_yet_dated():
    story = promised(days=10)
    story.act("event", "us", "1995-01-01")
    story.annul("event")
    assert story.seen("1995-02-01").flags("p") == {"not_yet_dated"}


@pytest.mark.rule("5.18.4")
def test_what_comes_after_the_period_is_late_under_both_policies():
    story = promised(days=10)
    story.act("event", "us", "1995-01-01")
    story.gives("done", "us", "1995-01-12", fulfils("p", "1"), to="dprk")
    assert story.seen("1995-01-12").flags("p") == {"late"}
    assert story.possibly("1995-01-12").flags("p") == {"late"}


def test_what_comes_within_it_is_not():
    story = promised(days=10)
    story.act("event", "us", "1995-01-01")
    story.gives("done", "us", "1995-01-11", fulfils("p", "1"), to="dprk")
    assert story.seen("1995-01-12").flags("p") == set()
    assert story.possibly("1995-01-12").flags("p") == set()


def test_what_comes_before_its_event_is_not_dated_and_not_late():
    story = promised(days=10)
    story.gives("done", "us", "1994-12-01", fulfils("p", "1"), to="dprk")
    assert story.seen("1994-12-01").flags("p") == {"not_yet_dated"}


def test_while_it_is_conditional_it_is_neither_due_nor_overdue():
    story = Story()
    story.promise(
        "p",
        "us",
        to="dprk",
        on="1994-10-21",
        antecedent=once(occurred("other")),
        due_after=after("event", days=10),
    )
    story.act("event", "us", "1995-01-01")
    story.act("other", "us", "1995-03-01")
    assert story.seen("1995-02-01").flags("p") == set()
    assert story.seen("1995-03-01").flags("p") == {"overdue"}


def built() -> Story:
    story = Story()
    story.promise("reactor", "us", to="dprk", on="1994-10-21")
    waits = after("[reactor]", days=10)
    story.promise("p", "dprk", to="us", on="1994-10-21", due_after=waits)
    story.gives("half", "us", "1995-01-01", fulfils("reactor", "1/2"), to="dprk")
    return story


@pytest.mark.rule("5.18.2")
def test_a_commitment_as_event_counts_from_the_day_on_which_it_was_fulfilled():
    story = built()
    story.gives("rest", "us", "1995-03-01", fulfils("reactor", "1/2"), to="dprk")
    assert story.seen("1995-02-28").flags("p") == {"not_yet_dated"}
    assert term(story, "1995-03-01") == ("1995-03-01", "1995-03-11")
    assert {"half", "rest", "reactor"} <= set(story.seen("1995-03-01").standing("p").why)


@pytest.mark.rule("5.18.2")
def test_that_it_was_taken_back_later_does_not_undate_it():
    story = built()
    story.gives("rest", "us", "1995-03-01", fulfils("reactor", "1/2"), to="dprk")
    story.act("undone", "us", "1996-01-01", reverses("rest"))
    assert term(story, "1996-01-01") == ("1995-03-01", "1995-03-11")


@pytest.mark.rule("5.18.2")
def test_of_a_commitment_that_was_replaced_its_successor_counts():
    story = built()
    story.promise(
        "other", "us", supersedes("reactor"), to="dprk", on="1995-02-01", made_by="us dprk"
    )
    story.gives("other-built", "us", "1995-04-01", fulfils("other", "1"), to="dprk")
    assert term(story, "1995-04-01") == ("1995-04-01", "1995-04-11")


def test_commitments_that_fall_due_after_one_another_stay_undated():
    story = Story()
    for one, other in (("p", "q"), ("q", "p")):
        waits = after(f"[{other}]", days=10)
        story.promise(one, "us", to="dprk", on="1994-10-21", due_after=waits)
    assert story.seen("1995-01-01").flags("p") == {"not_yet_dated"}
