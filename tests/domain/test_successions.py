"""Who stands in the place of whom, and who holds a promise after that."""

import pytest

from ledger_service.domain.values.entries import About, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    asserts,
    breaches,
    cancels,
    for_,
    fulfils,
    releases,
    succeeds,
    supersedes,
    verifies,
    word,
)


def of_ussr() -> Story:
    """A promise of a state that ended."""
    story = Story(parties="ussr dprk us")
    story.party("russia", succeeds=(succeeds("ussr", "1991-12-26"),))
    story.promise("station", "ussr", to="dprk", on="1985-12-26")
    return story


@pytest.mark.rule("3.5.1", "3.5.2", "3.5.5")
def test_a_predecessor_holds_its_promise_until_the_day_before_the_succession():
    story = of_ussr()
    assert story.seen("1991-12-25").held("station") == ("ussr", "dprk")
    assert story.seen("1991-12-26").held("station") == ("russia", "dprk")


def test_a_succession_is_a_step_of_what_has_not_ended():
    story = of_ussr()
    story.promise("done", "ussr", to="dprk", on="1985-12-26")
    story.gives("built", "ussr", "1990-01-01", fulfils("done", "1"), to="dprk")
    story.act("off", "russia", "1995-09-07", cancels("station"))
    assert story.seen("1991-12-25").steps("station") == ["it was made"]
    later = story.seen("1995-09-07")
    assert [(step.entry_id, step.reason) for step in later.standing("station").steps] == [
        ("station", "it was made"),
        ("russia", "russia stands in the place of ussr from here on"),
        ("off", "the debtor called it off"),
    ]
    assert later.steps("done") == ["it was made", "it was delivered whole"]


def test_successions_of_one_day_are_steps_in_the_order_in_which_they_apply():
    story = of_ussr()
    story.party("eurasia", succeeds=(succeeds("russia", "1991-12-26"),))
    steps = story.seen("2000-01-01").standing("station").steps
    assert [step.reason for step in steps] == [
        "it was made",
        "russia stands in the place of ussr from here on",
        "eurasia stands in the place of russia from here on",
    ]


def test_who_promised_is_told_for_good():
    story = of_ussr()
    assert story.seen("2000-01-01").standing("station").debtors == ("ussr",)


@pytest.mark.rule("3.5.2")
def test_what_is_promised_on_the_day_of_a_succession_or_later_is_not_the_successors():
    story = of_ussr()
    story.promise("same-day", "ussr", to="dprk", on="1991-12-26")
    story.promise("later", "ussr", to="dprk", on="1992-01-01")
    seen = story.seen("1995-01-01")
    assert seen.held("same-day") == ("ussr", "dprk")
    assert seen.held("later") == ("ussr", "dprk")


@pytest.mark.rule("3.5", "3.5.2", "5.3.1")
def test_a_successor_moves_for_its_side_from_that_day_on():
    story = of_ussr()
    story.act("too-early", "russia", "1991-12-25", cancels("station"))
    story.act("off", "russia", "1995-09-07", cancels("station"))
    early, late = story.seen("1991-12-31"), story.seen("1995-09-07")
    assert early.effect("too-early", "station", RelationKind.CANCELS) == "not_entitled"
    assert late.lifecycle("station") == "cancelled"
    assert late.standing("station").against == ("russia",)


@pytest.mark.rule("3.5.2")
def test_the_predecessor_stands_beside_its_successor():
    story = of_ussr()
    story.gives("built", "ussr", "1993-01-01", fulfils("station", "1"), to="dprk")
    assert story.seen("1993-01-01").lifecycle("station") == "fulfilled"


@pytest.mark.rule("3.5.5")
def test_a_predecessor_that_continues_holds_its_promise_beside_its_successor():
    story = Story(parties="sudan bank")
    story.party("south", succeeds=(succeeds("sudan", "2011-07-09", continues=True),))
    story.promise("loan", "sudan", to="bank", on="2005-06-30")
    assert story.seen("2011-07-09").held("loan") == ("south sudan", "bank")


@pytest.mark.rule("3.5.1", "3.5.5")
def test_several_successors_of_one_hold_together():
    story = Story(parties="csk hungary")
    for heir in ("cze", "svk"):
        story.party(heir, succeeds=(succeeds("csk", "1993-01-01"),))
    story.promise("dam", "csk", to="hungary", on="1977-09-16")
    story.promise("other-dam", "hungary", to="csk", on="1977-09-16")
    seen = story.seen("1993-01-01")
    assert seen.held("dam") == ("cze svk", "hungary")
    assert seen.held("other-dam") == ("hungary", "cze svk")


def test_every_successor_of_a_creditor_must_release():
    story = Story(parties="csk hungary")
    for heir in ("cze", "svk"):
        story.party(heir, succeeds=(succeeds("csk", "1993-01-01"),))
    story.promise("dam", "hungary", to="csk", on="1977-09-16")
    story.act("one", "cze", "1993-06-01", releases("dam"))
    story.act("other", "svk", "1995-02-01", releases("dam"))
    assert story.seen("1993-06-01").effect("one", "dam", RelationKind.RELEASES) == "waiting"
    assert story.seen("1995-02-01").lifecycle("dam") == "released"


@pytest.mark.rule("3.5.5")
def test_one_of_two_that_says_that_it_ended_ends_a_predecessor():
    story = Story(parties="union other")
    story.party("a", succeeds=(succeeds("union", "1990-01-01", continues=True),))
    story.party("b", succeeds=(succeeds("union", "1990-01-01"),))
    story.promise("p", "union", to="other", on="1980-01-01")
    assert story.seen("1990-01-01").held("p") == ("a b", "other")


@pytest.mark.rule("3.5.3")
def test_successions_apply_in_turn_whatever_the_order_of_recording():
    story = Story(parties="zar other")
    story.party("federation", succeeds=(succeeds("union", "1991-12-26"),))
    story.party("union", succeeds=(succeeds("zar", "1922-12-30"),))
    story.promise("debt", "zar", to="other", on="1906-01-01")
    assert story.seen("1930-01-01").held("debt") == ("union", "other")
    assert story.seen("1991-12-26").held("debt") == ("federation", "other")


@pytest.mark.rule("3.5.4")
def test_a_chain_within_one_day_leads_to_its_end():
    story = Story(parties="a other")
    story.party("c", succeeds=(succeeds("b", "2000-01-01"),))
    story.party("b", succeeds=(succeeds("a", "2000-01-01"),))
    story.promise("p", "a", to="other", on="1990-01-01")
    assert story.seen("2000-01-01").held("p") == ("c", "other")


@pytest.mark.rule("3.5.4")
def test_a_circle_within_one_day_changes_nothing():
    story = Story(parties="other")
    story.party("a", succeeds=(succeeds("b", "2000-01-01"),))
    story.party("b", succeeds=(succeeds("a", "2000-01-01"),))
    story.promise("p", "a", to="other", on="1990-01-01")
    story.act("off", "b", "2001-01-01", cancels("p"))
    seen = story.seen("2001-01-01")
    assert seen.held("p") == ("a", "other")
    assert seen.effect("off", "p", RelationKind.CANCELS) == "not_entitled"


@pytest.mark.rule("3.5.4")
def test_what_leads_out_of_a_circle_still_leads_there():
    story = Story(parties="other")
    story.party("a", succeeds=(succeeds("b", "2000-01-01"),))
    story.party("b", succeeds=(succeeds("a", "2000-01-01"),))
    story.party("c", succeeds=(succeeds("b", "2000-01-01"),))
    story.promise("p", "b", to="other", on="1990-01-01")
    assert story.seen("2000-01-01").held("p") == ("c", "other")


@pytest.mark.rule("3.5.3")
def test_a_circle_over_several_days_turns():
    story = Story(parties="other")
    story.party("a", succeeds=(succeeds("b", "2010-01-01"),))
    story.party("b", succeeds=(succeeds("a", "2000-01-01"),))
    story.promise("p", "a", to="other", on="1990-01-01")
    assert story.seen("2000-01-01").held("p") == ("b", "other")
    assert story.seen("2010-01-01").held("p") == ("a", "other")


@pytest.mark.rule("3.5.7")
def test_both_sides_may_become_one_party():
    story = Story(parties="gdr")
    story.party("germany", succeeds=(succeeds("gdr", "1990-10-03"),))
    story.promise("road", "gdr", to="germany", on="1972-12-21", kept=True)
    assert "one_party" not in story.seen("1990-10-02").flags("road")
    assert "one_party" in story.seen("1990-10-03").flags("road")


@pytest.mark.rule("3.5.6")
def test_who_left_is_not_succeeded_there():
    story = Story(parties="a b n")
    story.party("heir", succeeds=(succeeds("a", "2021-01-01"),))
    story.joint_promise("zone", "a b n", on="2020-01-01", kept=True)
    story.act("out", "a", "2020-06-01", cancels("zone"))
    assert story.seen("2021-01-01").held("zone") == ("b n", "b n")


@pytest.mark.rule("3.5.6", "5.11.7")
def test_of_what_was_cancelled_who_held_it_last_is_told():
    story = of_ussr()
    story.act("off", "ussr", "1990-01-01", cancels("station"))
    assert story.seen("2000-01-01").held("station") == ("ussr", "dprk")


@pytest.mark.rule("2.5")
def test_a_succession_that_a_report_tells_counts_once_that_is_out():
    story = Story(parties="ussr dprk")
    story.report("recognised", "1992-01-31")
    story.party("russia", succeeds=(succeeds("ussr", "1991-12-26", told_by="recognised"),))
    story.promise("station", "ussr", to="dprk", on="1985-12-26")
    assert story.replayed("1992-01-30").held("station") == ("ussr", "dprk")
    assert story.replayed("1992-01-31").held("station") == ("russia", "dprk")
    assert story.seen("1991-12-26").held("station") == ("russia", "dprk")


@pytest.mark.rule("1.4", "2.5")
def test_an_interval_of_a_ties_report_is_read_by_the_policy():
    story = Story(parties="ussr dprk")
    story.report("monthly", "1992-01-01/1992-01-31")
    story.party("russia", succeeds=(succeeds("ussr", "1991-12-26", told_by="monthly"),))
    story.promise("station", "ussr", to="dprk", on="1985-12-26")
    certainly = story.seen("1992-01-15", reported_by="1992-01-15")
    possibly = story.possibly("1992-01-15", reported_by="1992-01-15")
    assert certainly.held("station") == ("ussr", "dprk")
    assert possibly.held("station") == ("russia", "dprk")


@pytest.mark.rule("3.7.1")
def test_a_successor_is_no_neutral_witness_from_that_day_on():
    story = of_ussr()
    story.gives("built", "ussr", "1990-01-01", fulfils("station", "1"), to="dprk")
    story.act("before", "russia", "1991-12-25", verifies("built"))
    assert story.seen("1995-01-01").evidence("built") == "verified"
    story.annul("before")
    story.act("after", "russia", "1991-12-26", verifies("built"))
    assert story.seen("1995-01-01").evidence("built") == "attested"


def test_a_successor_may_own_the_word_of_its_predecessor():
    story = of_ussr()
    story.promise("secret", "ussr", to="dprk", on="1985-12-26", told=word("dprk"))
    assert story.seen("1992-01-01").lifecycle("secret") == "proposed"
    story.act("yes", "russia", "1992-01-01", asserts("secret", About.EXISTENCE))
    assert story.seen("1992-01-01").lifecycle("secret") == "active"


def test_a_breach_of_a_successor_is_held_against_it():
    story = of_ussr()
    story.act("broken", "russia", "1995-01-01", breaches("station"))
    assert story.seen("1995-01-01").standing("station").against == ("russia",)


@pytest.mark.rule("3.5.8")
def test_a_party_answers_with_its_neighbours_in_time():
    story = Story(parties="zar")
    story.party("union", succeeds=(succeeds("zar", "1922-12-30"),))
    story.party("federation", succeeds=(succeeds("union", "1991-12-26"),))
    before, after = story.seen("1930-01-01"), story.seen("1992-01-01")
    assert before.party("zar").became == ("union",)
    assert after.party("zar").became == ("federation",)
    assert after.party("zar").successors == ("federation", "union")
    assert after.party("federation").predecessors == ("union", "zar")
    assert before.party("federation").predecessors == ()
    assert before.party("federation").became == ("federation",)


@pytest.mark.rule("3.5.8")
def test_who_represents_another_became_who_holds_the_place_of_that_one():
    story = Story(parties="ussr")
    story.party("russia", succeeds=(succeeds("ussr", "1991-12-26"),))
    story.party("republic", for_("ussr", to="1991-12-31"))
    assert story.seen("1991-12-25").party("republic").became == ("ussr",)
    during, after = story.seen("1991-12-26"), story.seen("1992-01-01")
    assert during.party("republic").became == ("russia",)
    assert during.party("republic").successors == ("russia",)
    assert after.party("republic").became == ("republic",)


@pytest.mark.rule("3.5.8")
def test_a_state_that_continues_is_still_itself_beside_its_successor():
    story = Story(parties="sudan")
    story.party("south", succeeds=(succeeds("sudan", "2011-07-09", continues=True),))
    assert story.seen("2012-01-01").party("sudan").became == ("south", "sudan")


def test_a_successor_that_is_annulled_succeeds_nobody():
    story = of_ussr()
    story.annul("russia")
    assert story.seen("2000-01-01").held("station") == ("ussr", "dprk")


def test_an_acceptance_by_who_was_replaced_does_nothing():
    story = Story(parties="us dprk")
    story.party("heir", succeeds=(succeeds("dprk", "2020-02-01"),))
    story.promise("p", "us", to="dprk", on="2020-01-01", offer=True)
    story.act("agrees", "dprk", "2020-03-01", accepts("p"))
    seen = story.seen("2020-03-01")
    assert seen.lifecycle("p") == "proposed"
    assert seen.effect("agrees", "p", RelationKind.ACCEPTS) == "no_change"
    assert "waiting" not in seen.flags("p")


def replaced(*, until: str = "") -> Story:
    """A promise to a state that ended, and another one that is to take its place."""
    story = Story(parties="us dprk rok")
    story.party("heir", succeeds=(succeeds("dprk", "2020-02-01"),))
    story.promise("old", "us", to="dprk", on="2020-01-01", kept=True, until=until)
    story.promise("new", "us", supersedes("old"), to="rok", on="2020-01-02")
    return story


@pytest.mark.rule("5.8")
def test_the_acceptance_of_who_is_owed_by_succession_lets_another_take_the_place():
    story = replaced()
    story.act("agrees", "heir", "2020-03-01", accepts("new"))
    seen = story.seen("2020-03-01")
    assert seen.lifecycle("old") == "superseded"
    assert seen.effect("agrees", "new", RelationKind.ACCEPTS) == "done"


@pytest.mark.rule("5.8")
def test_nothing_waits_to_take_the_place_of_what_is_over():
    story = replaced(until="2020-01-15")
    story.act("agrees", "heir", "2020-03-01", accepts("new"))
    seen = story.seen("2020-03-01")
    assert seen.effect("agrees", "new", RelationKind.ACCEPTS) == "no_change"
    assert "waiting" not in seen.flags("new")


def test_the_word_of_who_was_replaced_is_none_that_a_mutual_promise_waits_for():
    story = Story(parties="us dprk rok")
    story.party("heir", succeeds=(succeeds("dprk", "2020-02-01"),))
    story.joint_promise("p", "us dprk", on="2020-01-01", told=word("rok"))
    story.act("says-so", "dprk", "2020-03-01", asserts("p", About.EXISTENCE))
    seen = story.seen("2020-03-01")
    assert seen.effect("says-so", "p", RelationKind.ASSERTS) == "no_change"
    assert "waiting" not in seen.flags("p")


@pytest.mark.rule("5.8")
def test_an_acceptance_after_the_place_was_taken_changes_nothing():
    story = Story(parties="us dprk rok")
    story.promise("old", "us", to="dprk", on="2020-01-01")
    story.promise("new", "dprk", supersedes("old"), to="rok", on="2020-01-02")
    story.act("agrees", "dprk", "2020-03-01", accepts("new"))
    seen = story.seen("2020-03-01")
    assert seen.lifecycle("old") == "superseded"
    assert seen.effect("agrees", "new", RelationKind.ACCEPTS) == "no_change"


def test_what_one_may_owe_as_a_successor_is_in_doubt():
    story = Story(parties="old us")
    story.report("news", "2020-03-01/2020-03-10")
    story.party("heir", succeeds=(succeeds("old", "2020-02-01", told_by="news"),))
    story.promise("p", "old", to="us", on="2020-01-01", told=word(report="news"))
    early = story.seen("2020-04-01", reported_by="2020-03-05")
    assert early.balance("heir", "us").in_doubt == 1
    assert early.owes("heir", "us").active.commitments == ()


def test_a_creditor_by_succession_accepts_what_it_makes_in_place_of_the_old():
    story = Story(parties="us old")
    story.party("heir", succeeds=(succeeds("old", "2020-02-01", continues=True),))
    story.promise("p", "us", to="old", on="2020-01-01")
    story.promise("q", "us", supersedes("p"), to="old", on="2020-03-01", made_by="us heir")
    story.act("yes", "old", "2020-03-02", accepts("q"))
    assert story.seen("2020-03-02").lifecycle("p") == "superseded"


def test_what_a_predecessor_gave_is_in_doubt_where_the_succession_is():
    story = Story(parties="old us")
    story.report("news", "2020-03-01/2020-03-10")
    story.party("heir", succeeds=(succeeds("old", "2020-02-01", told_by="news"),))
    story.gives("paid", "old", "2019-06-01", to="us", told=word(report="news"))
    early = story.seen("2020-04-01", reported_by="2020-03-05")
    assert early.balance("heir", "us", with_predecessors=True).in_doubt == 1
    assert early.balance("heir", "us").in_doubt == 0
