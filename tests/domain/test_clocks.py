"""What the cuts of a question let through, at the edges of the three clocks."""

import pytest

from ledger_service.domain.values.cuts import Policy
from tests.support.scenario import (
    Story,
    Word,
    contradicts,
    days,
    denies,
    fulfils,
    same_as,
    verifies,
    word,
)

RECORDED = "2026-01-01"


# When did it happen? (1)


@pytest.mark.rule("1.2")
@pytest.mark.parametrize("policy", Policy)
def test_the_first_and_the_last_day_of_an_interval_both_belong_to_it(policy):
    """Nobody can tell on any of its days but the last whether it has happened."""
    story = Story()
    story.report("first", "2018-06-01")
    story.gives("gift", "dprk", "2018-06-10/2018-06-12", to="us", told=word(report="first"))
    doubtful = [
        day
        for day in ("2018-06-09", "2018-06-10", "2018-06-11", "2018-06-12")
        if story.seen(day, policy=policy).balance("dprk", "us").in_doubt
    ]
    assert doubtful == ["2018-06-10", "2018-06-11"]


@pytest.mark.rule("1.3")
def test_an_open_end_of_a_publication_is_bounded_by_the_day_of_recording():
    story = Story()
    story.report("undated", "2018-06-01/..")
    story.gives("gift", "dprk", "2018-06-01", to="us", told=word(report="undated"))
    assert not story.seen("2026-06-01", reported_by="2025-12-31").shows("gift")
    assert story.seen("2026-06-01", reported_by=RECORDED).shows("gift")
    assert story.possibly("2026-06-01", reported_by="2018-06-01").shows("gift")


@pytest.mark.rule("1.3")
def test_an_open_start_never_comes_after_its_own_last_day():
    story = Story(opens_on="2018-07-01")
    story.gives("freed", "dprk", "../2018-06-12", to="us")
    assert not story.possibly("2018-06-11").shows("freed")
    assert story.possibly("2018-06-12").shows("freed")


@pytest.mark.rule("1.4", "1.5")
def test_the_effective_day_orders_entries_and_is_that_of_the_policy():
    story = Story()
    story.gives("a", "dprk", "2018-06-01/2018-06-30", to="us")
    story.gives("c", "dprk", "2018-06-10", to="us")
    story.gives("b", "dprk", "2018-06-10", to="us")
    certainly, possibly = story.seen("2018-07-01"), story.possibly("2018-07-01")
    assert certainly.balance("dprk", "us").why == ("b", "c", "a")
    assert possibly.balance("dprk", "us").why == ("a", "b", "c")
    assert str(certainly.act("a").day) == "2018-06-30"
    assert str(possibly.act("a").day) == "2018-06-01"


# What is visible, by 2.3 and 2.4


@pytest.mark.rule("2.3", "1.4")
def test_a_report_is_visible_from_the_day_on_which_it_certainly_or_possibly_was_out():
    story = Story()
    story.report("monthly", "2018-06-01/2018-06-30")
    story.gives("gift", "dprk", "2018-05-01", to="us", told=word(report="monthly"))
    assert not story.seen("2018-12-01", reported_by="2018-06-29").shows("gift")
    assert story.seen("2018-12-01", reported_by="2018-06-30").shows("gift")
    assert not story.possibly("2018-12-01", reported_by="2018-05-31").shows("gift")
    assert story.possibly("2018-12-01", reported_by="2018-06-01").shows("gift")


@pytest.mark.rule("2.1", "2.4")
def test_commitments_and_instruments_are_visible_from_their_day_and_their_report_on():
    story = Story()
    story.report("book", "2018-07-01")
    story.promise("p", "us", to="dprk", on="2018-06-12", told=word(report="book"))
    story.instrument("t", "us dprk", on="2018-06-12", told=word(report="book"))
    for entry in ("p", "t"):
        assert not story.seen("2018-06-11").shows(entry)
        assert story.seen("2018-06-12").shows(entry)
        assert not story.seen("2018-06-12", reported_by="2018-06-30").shows(entry)
        assert story.seen("2018-06-12", reported_by="2018-07-01").shows(entry)


@pytest.mark.rule("2.4")
def test_evidence_whose_report_is_not_out_counts_nowhere():
    story = Story()
    story.report("rumour", "2018-06-02")
    story.report("paper", "2018-07-01")
    told = (Word(hedged=True, report="rumour"), Word(report="paper"))
    story.gives("gift", "dprk", "2018-06-01", to="us", told=told)
    assert story.replayed("2018-06-30").evidence("gift") == "claimed"
    assert story.replayed("2018-07-01").evidence("gift") == "attested"
    story.annul("paper")
    assert story.replayed("2018-07-01").evidence("gift") == "claimed"
    story.annul("rumour")
    assert not story.replayed("2018-07-01").shows("gift")


# Which version answers (2.6, 2.7)


@pytest.mark.rule("2.6")
def test_which_version_answers_is_read_under_certain_and_its_dates_by_the_policy():
    story = Story()
    story.report("monthly", "2018-07-01/2018-07-31")
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.amend("freed", "monthly", occurred=days("2018-05-01/2018-05-09"))
    early = story.possibly("2018-12-01", reported_by="2018-07-30").act("freed")
    assert (early.version, str(early.day)) == (1, "2018-06-12")
    late = story.possibly("2018-12-01", reported_by="2018-07-31").act("freed")
    assert (late.version, str(late.day)) == (2, "2018-05-01")


@pytest.mark.rule("2.6")
def test_a_correction_before_new_information_is_reached_without_it():
    story = Story()
    story.report("record", "2018-08-01")
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.amend("freed", occurred=days("2018-06-11"))
    story.amend("freed", "record", occurred=days("2018-05-09"))
    found = story.seen("2018-12-01", reported_by="2018-07-31").act("freed")
    assert (found.version, str(found.day)) == (2, "2018-06-11")


@pytest.mark.rule("2.6")
def test_new_information_of_commitments_instruments_and_reports_waits_too():
    story = Story()
    story.report("record", "2018-08-01")
    story.report("press", "2018-06-20")
    story.promise("p", "us", to="dprk", on="2018-06-12")
    story.instrument("t", "us dprk", on="2018-06-12")
    story.gives("gift", "dprk", "2018-06-12", to="us", told=word(report="press"))
    story.amend("p", "record", occurred=days("2018-06-10"))
    story.amend("t", "record", occurred=days("2018-06-10"))
    story.amend("press", "record", published=days("2018-07-10"))
    before = story.seen("2018-12-01", reported_by="2018-07-31")
    after = story.seen("2018-12-01", reported_by="2018-08-01")
    assert str(before.standing("p").day) == str(before.instrument("t").day) == "2018-06-12"
    assert str(after.standing("p").day) == str(after.instrument("t").day) == "2018-06-10"
    assert story.seen("2018-12-01", reported_by="2018-06-20").shows("gift")


@pytest.mark.rule("2.7")
def test_annulled_twice_is_annulled_and_it_can_be_amended_back():
    story = Story()
    story.gives("gift", "dprk", "2018-06-12", to="us")
    for _ in range(2):
        story.annul("gift")
        assert not story.seen("2018-12-01").shows("gift")
    story.amend("gift", occurred=days("2018-06-13"))
    assert str(story.seen("2018-12-01").act("gift").day) == "2018-06-13"


@pytest.mark.rule("2.7")
def test_promises_instruments_and_parties_are_gone_too_once_they_are_annulled():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-12")
    story.instrument("t", "us dprk", on="2018-06-12")
    position = story.position
    for entry in ("p", "t", "rok"):
        story.annul(entry)
    then, now = story.seen("2018-12-01", position=position), story.seen("2018-12-01")
    assert then.shows("p")
    assert then.shows("t")
    assert then.picture.visible("rok")
    assert not now.shows("p")
    assert not now.shows("t")
    assert not now.picture.visible("rok")


# Relations to what is not visible (2.8)


@pytest.mark.rule("2.8")
@pytest.mark.parametrize("why", ["annulled", "not out yet", "ahead"])
def test_a_relation_to_what_is_not_visible_is_ignored(why):
    """A deed of one promise alone counts by its amount; of two nobody knows how it parts."""
    story = Story()
    story.report("book", "2019-01-01" if why == "not out yet" else "2018-06-01")
    story.promise("p", "us", to="dprk", on="2018-06-01", quantity="100 t")
    on = "2019-01-01" if why == "ahead" else "2018-06-01"
    story.promise("q", "us", to="dprk", on=on, quantity="100 t", told=word(report="book"))
    story.gives(
        "oil", "us", "2018-06-12", fulfils("p"), fulfils("q"), to="dprk", quantity="50 t"
    )
    if why == "annulled":
        story.annul("q")
    assert story.replayed("2018-12-31").share("p") == "1/2"
    if why != "annulled":
        assert story.replayed("2019-01-01").share("p") == "? 0+"


@pytest.mark.rule("2.8")
def test_a_contradiction_of_what_is_not_known_is_ignored():
    story = Story()
    story.report("book", "2019-01-01")
    story.act("otherwise", "rok", "2018-06-01", told=word(report="book"))
    story.gives("gift", "us", "2018-06-01", contradicts("otherwise"), to="dprk")
    assert story.replayed("2018-12-31").evidence("gift") == "attested"
    assert story.replayed("2019-01-01").evidence("gift") == "disputed"
    story.annul("otherwise")
    assert story.replayed("2019-01-01").evidence("gift") == "attested"


@pytest.mark.rule("2.5.1")
def test_what_is_no_knowledge_counts_when_its_act_is_visible():
    story = Story()
    story.gives("one", "us", "2018-06-01", to="dprk")
    story.gives("two", "us", "2018-06-01", to="dprk")
    ties = same_as("one"), same_as("two")
    story.act("account", "us", "2019-01-01", *ties, toward="dprk")
    assert story.seen("2018-12-31").counts("us", "dprk") == (2, 0)
    assert story.seen("2019-01-01").counts("us", "dprk") == (1, 0)


# What lies in doubt (2.9, 2.10)


@pytest.mark.rule("2.9")
@pytest.mark.parametrize("policy", Policy)
def test_in_doubt_are_checks_that_may_be_known_and_events_that_may_have_come(policy):
    story = Story()
    story.report("daily", "2018-06-01")
    story.report("monthly", "2018-06-01/2018-06-30")
    told = word(report="daily")
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.gives("half", "us", "2018-06-05/2018-06-25", fulfils("p"), to="dprk", told=told)
    story.act("no", "dprk", "2018-06-20", denies("half"), told=word(report="monthly"))
    story.act("yes", "iaea", "2018-06-20/2018-06-28", verifies("half"), told=told)

    def in_doubt(day: str) -> int:
        return story.replayed(day, policy=policy).standing("p").in_doubt

    assert in_doubt("2018-06-04") == 0
    assert in_doubt("2018-06-05") == in_doubt("2018-06-24") == 2  # the half, and the denial
    assert in_doubt("2018-06-25") == 1
    assert in_doubt("2018-06-30") == 0


@pytest.mark.rule("2.10")
def test_new_information_may_show_a_later_reader_less():
    story = Story()
    story.report("record", "2018-08-01")
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.amend("freed", "record", occurred=days("2018-06-20"))
    assert story.seen("2018-06-15", reported_by="2018-07-31").shows("freed")
    assert not story.seen("2018-06-15", reported_by="2018-08-01").shows("freed")
