"""What counts as one delivery, between whom, and of whom."""

from fractions import Fraction

import pytest

from ledger_service.domain.values.answers import CountBy
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import ActKind
from tests.support.scenario import (
    Story,
    breaches,
    for_,
    fulfils,
    refutes,
    responds_to,
    reverses,
    same_as,
    succeeds,
    word,
)

COMMITMENTS = {"count_by": CountBy.COMMITMENTS}


def of_shipments() -> Story:
    """A promise of oil, delivered in three ships, and a gift beside it."""
    story = Story()
    story.promise("oil", "us", to="dprk", on="2007-02-13", code="071", quantity="200000 t")
    for ship, day, load in (
        ("ship-1", "2007-11-30", "46000 t"),
        ("ship-2", "2008-03-31", "54000 t"),
        ("ship-3", "2008-06-30", "50000 t"),
    ):
        story.gives(ship, "us", day, fulfils("oil"), to="dprk", code="071", quantity=load)
    story.gives("food", "us", "2008-05-01", to="dprk", kind=ActKind.AID, quantity="37000 wheat")
    return story


@pytest.mark.rule("6.1.6", "6.10")
def test_by_deeds_every_ship_counts():
    given = of_shipments().seen("2008-12-31").gave("us", "dprk")
    assert (given.count, given.weight) == (4, 4)
    assert given.quantities == (("t", Fraction(150_000)), ("wheat", Fraction(37_000)))


@pytest.mark.rule("6.10", "6.10.1", "6.10.2")
def test_by_commitments_the_ships_count_as_the_share_that_they_make_up():
    given = of_shipments().seen("2008-12-31").gave("us", "dprk", **COMMITMENTS)
    food, oil = given.deliveries
    assert (given.count, given.weight) == (2, Fraction(7, 4))
    assert (oil.commitment, oil.weight) == ("oil", Fraction(3, 4))
    assert oil.entry_ids == ("ship-1", "ship-2", "ship-3")
    assert str(oil.day) == "2008-06-30"
    assert oil.weighed_by == "oil"
    assert food.commitment == ""
    assert given.quantities == (("t", Fraction(150_000)), ("wheat", Fraction(37_000)))


@pytest.mark.rule("6.10.1")
def test_without_a_code_of_the_promise_the_first_deed_is_weighed():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01")
    story.gives("one", "us", "2007-02-01", fulfils("p", "1/4"), to="dprk", code="071")
    story.gives("two", "us", "2007-03-01", fulfils("p", "1/4"), to="dprk")
    [told] = story.seen("2008-01-01").gave("us", "dprk", **COMMITMENTS).deliveries
    assert (told.weighed_by, told.weight) == ("one", Fraction(1, 2))


@pytest.mark.rule("6.10.1")
def test_the_code_of_the_promise_goes_before_that_of_the_deeds():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01", code="0842")
    story.gives("one", "us", "2007-02-01", fulfils("p", "1/2"), to="dprk", code="0874")
    seen = story.seen("2008-01-01")
    found = seen.gave("us", "dprk", scale="goldstein-cameo-gdelt", **COMMITMENTS)
    assert [(told.weighed_by, told.weight) for told in found.deliveries] == [
        ("p", Fraction(7, 2))
    ]


@pytest.mark.rule("6.10.1")
def test_of_a_part_of_unknown_size_the_known_share_counts_and_is_flagged():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01", code="071")
    story.gives("one", "us", "2007-02-01", fulfils("p", "1/4"), to="dprk")
    story.gives("two", "us", "2007-03-01", fulfils("p"), to="dprk")
    given = story.seen("2008-01-01").gave("us", "dprk", **COMMITMENTS)
    assert given.weight == Fraction(1, 4)
    assert given.flags == ("share_at_least",)


@pytest.mark.rule("6.10.1")
def test_a_share_is_capped_at_the_whole():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01", code="071")
    for n in (1, 2):
        story.gives(f"d{n}", "us", f"2007-02-0{n}", fulfils("p", "2/3"), to="dprk")
    story.gives("d3", "us", "2007-02-03", fulfils("p"), to="dprk")
    given = story.seen("2008-01-01").gave("us", "dprk", **COMMITMENTS)
    assert (given.weight, given.flags) == (1, ())


@pytest.mark.rule("6.10.3")
def test_a_deed_of_several_commitments_counts_under_the_smallest_id():
    story = Story()
    for name in ("q", "p"):
        story.promise(name, "us", to="dprk", on="2007-01-01", code="071")
    both = fulfils("q", "1"), fulfils("p", "1/2")
    story.gives("deed", "us", "2007-02-01", *both, to="dprk")
    [told] = story.seen("2008-01-01").gave("us", "dprk", **COMMITMENTS).deliveries
    assert (told.commitment, told.weight) == ("p", Fraction(1, 2))


@pytest.mark.rule("6.10.3")
def test_what_keeps_a_promise_up_stays_a_deed():
    story = Story()
    story.promise("freeze", "dprk", to="us", on="1994-10-21", kept=True, code="087")
    for n in (1, 2):
        story.gives(f"kept-{n}", "dprk", f"1994-11-0{n}", fulfils("freeze"), to="us")
    assert story.seen("1995-01-01").gave("dprk", "us", **COMMITMENTS).count == 2


@pytest.mark.rule("6.10.3")
def test_what_is_only_said_to_fulfil_a_promise_is_a_deed_of_its_own():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01", code="071")
    story.gives("told", "us", "2007-02-01", fulfils("p", "1/2"), to="dprk", told=word("dprk"))
    [told] = story.seen("2008-01-01").gave("us", "dprk", **COMMITMENTS).deliveries
    assert (told.commitment, told.weight) == ("", 1)


@pytest.mark.rule("6.10.3")
def test_a_filter_drops_deeds_before_they_are_put_together():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01", code="071")
    story.gives("plain", "us", "2007-02-01", fulfils("p", "1/4"), to="dprk")
    story.gives("claimed", "us", "2007-03-01", fulfils("p", "1/4"), to="dprk", told=word("us"))
    seen = story.seen("2008-01-01")
    attested = {"evidence": EvidenceFilter.ATTESTED}
    assert seen.gave("us", "dprk", **COMMITMENTS).weight == Fraction(1, 2)
    assert seen.gave("us", "dprk", **attested, **COMMITMENTS).weight == Fraction(1, 4)


@pytest.mark.rule("6.10.1")
def test_what_was_taken_back_makes_up_nothing():
    story = Story()
    story.promise("p", "dprk", to="us", on="2007-01-01", code="0873")
    story.gives("eight", "dprk", "2007-02-01", fulfils("p", "8/11"), to="us")
    story.act("undone", "dprk", "2007-03-01", reverses("eight", "2/11"), kind=ActKind.REVERSAL)
    given = story.seen("2007-03-01").gave("dprk", "us", **COMMITMENTS)
    assert (given.weight, given.flags) == (Fraction(6, 11), ("partly_reversed",))


def test_steps_and_their_answers_are_those_of_the_commitments():
    story = of_shipments()
    story.gives("tower", "dprk", "2008-06-27", responds_to("ship-1"), to="us")
    steps = story.seen("2008-12-31").balance("us", "dprk", **COMMITMENTS).steps
    assert steps.lags[-1].initial == "oil"
    assert [lag.response for lag in steps.lags if lag.initial == "oil"] == ["tower"]


def test_by_commitments_the_balance_rests_on_these_too():
    assert "oil" in of_shipments().seen("2008-12-31").balance("us", "dprk", **COMMITMENTS).why


# Reversals


@pytest.mark.rule("6.1.3")
def test_a_delivery_counts_up_to_the_day_before_it_is_taken_back():
    story = Story()
    story.gives("down", "dprk", "2018-07-20", to="us")
    story.act("up-again", "dprk", "2019-03-02", reverses("down"), kind=ActKind.REVERSAL)
    assert story.seen("2019-03-01").counts("dprk", "us") == (1, 0)
    assert story.seen("2019-03-02").counts("dprk", "us") == (0, 0)
    assert "up-again" in story.seen("2019-03-02").balance("dprk", "us").why


@pytest.mark.rule("6.1.3")
def test_a_delivery_that_was_taken_back_in_part_counts_still():
    story = Story()
    story.gives("down", "dprk", "2018-07-20", to="us")
    story.act("up-again", "dprk", "2019-03-02", reverses("down", "1/2"))
    given = story.seen("2019-03-02").gave("dprk", "us")
    assert (given.count, given.weight, given.flags) == (1, 1, ("partly_reversed",))


def test_a_reversal_that_is_refuted_takes_nothing_back():
    story = Story()
    story.gives("down", "dprk", "2018-07-20", to="us")
    story.act("up-again", "dprk", "2019-03-02", reverses("down"))
    story.act("no", "iaea", "2020-01-01", refutes("up-again"))
    assert story.seen("2019-03-02").counts("dprk", "us") == (1, 0)


# Several, and nobody


@pytest.mark.rule("6.1.1")
def test_a_deed_toward_several_counts_between_each_pair():
    story = Story()
    story.gives("tower", "dprk", "2008-06-27", to="us rok")
    seen = story.seen("2008-12-31")
    for receiver in ("us", "rok"):
        assert seen.gave("dprk", receiver).flags == ("toward_several",)
        assert seen.counts("dprk", receiver) == (1, 0)


@pytest.mark.rule("6.1.1")
def test_a_deed_of_several_counts_between_each_pair():
    story = Story()
    story.gives("paid", "us", "2008-06-26", to="dprk", with_="rok")
    seen = story.seen("2008-12-31")
    for giver in ("us", "rok"):
        assert seen.gave(giver, "dprk").flags == ("by_several",)


@pytest.mark.rule("6.1.1")
def test_equal_ends_of_a_deed_of_several_drop_out():
    story = Story()
    story.gives("odd", "us", "2008-06-26", to="rok dprk", with_="rok")
    seen = story.seen("2008-12-31")
    assert seen.counts("us", "rok") == (1, 0)
    assert seen.counts("rok", "dprk") == (1, 0)
    assert seen.counts("us", "dprk") == (1, 0)


@pytest.mark.rule("6.1.1")
def test_a_deed_of_several_toward_several_may_go_both_ways():
    story = Story()
    story.party("envoy", for_("us"))
    story.party("agent", for_("dprk"))
    story.gives("swap", "us", "2008-06-26", to="envoy agent", with_="dprk")
    assert story.seen("2008-12-31").counts("us", "dprk") == (1, 1)


@pytest.mark.rule("6.1")
def test_what_several_do_together_is_no_delivery():
    story = Story()
    story.gives("meeting", "us", "2008-06-26", to="dprk rok", joint=True)
    assert story.seen("2008-12-31").counts("us", "dprk") == (0, 0)


@pytest.mark.rule("6.1.2")
def test_a_deed_of_nobody_counts_nowhere():
    story = Story()
    story.gives("found", "", "2008-06-26", to="dprk")
    seen = story.seen("2008-12-31")
    assert seen.shows("found")
    for other in ("us", "rok", "iaea"):
        assert seen.counts(other, "dprk") == (0, 0)


@pytest.mark.rule("6.1")
def test_aid_is_a_delivery():
    story = Story()
    story.gives("wheat", "us", "2008-06-30", to="dprk", kind=ActKind.AID)
    assert story.seen("2008-12-31").counts("us", "dprk") == (1, 0)


@pytest.mark.rule("6.1.6")
def test_of_acts_of_one_event_the_quantity_of_the_first_counts():
    story = Story()
    story.gives("one", "us", "2008-06-30", to="dprk", quantity="10 t")
    story.gives("two", "us", "2008-07-01", same_as("one"), to="dprk", quantity="12 t")
    assert story.seen("2008-12-31").gave("us", "dprk").quantities == (("t", Fraction(10)),)


@pytest.mark.rule("6.2")
def test_acts_of_one_event_whose_days_do_not_meet_dispute_its_day():
    story = Story()
    story.gives("one", "us", "2008-06-30", to="dprk")
    story.gives("two", "us", "2008-07-01", same_as("one"), to="dprk")
    [told] = story.seen("2008-12-31").gave("us", "dprk").deliveries
    assert "day_disputed" in told.flags
    assert str(told.day) == "2008-06-30"


# Predecessors


def of_germanies() -> Story:
    story = Story(parties="gdr usa")
    story.party("germany", succeeds=(succeeds("gdr", "1990-10-03"),))
    story.gives("bridge", "gdr", "1985-06-11", to="usa", code="0841")
    return story


@pytest.mark.rule("6.1.4")
def test_a_partys_own_deeds_only_count():
    seen = of_germanies().seen("2000-01-01")
    assert seen.counts("germany", "usa") == (0, 0)
    assert seen.counts("gdr", "usa") == (1, 0)


@pytest.mark.rule("6.1.4")
def test_with_predecessors_theirs_count_too():
    seen = of_germanies().seen("2000-01-01")
    given = seen.gave("germany", "usa", with_predecessors=True)
    assert (given.giver, given.count) == ("germany", 1)
    assert seen.balance("usa", "germany", with_predecessors=True).net_count == -1
    before = of_germanies().seen("1990-10-02")
    assert before.counts("germany", "usa", with_predecessors=True) == (0, 0)


@pytest.mark.rule("6.1.4")
def test_the_deeds_of_a_predecessor_of_both_are_neithers():
    story = Story(parties="union usa")
    for heir in ("a", "b"):
        story.party(heir, succeeds=(succeeds("union", "1991-12-26"),))
    story.gives("gift", "union", "1985-01-01", to="usa")
    story.gives("back", "usa", "1985-01-01", to="union")
    seen = story.seen("2000-01-01")
    assert seen.counts("a", "usa", with_predecessors=True) == (1, 1)
    story.gives("to-b", "union", "1985-01-01", to="b")
    assert story.seen("2000-01-01").counts("a", "b", with_predecessors=True) == (0, 0)


@pytest.mark.rule("6.1.4")
def test_a_deed_of_a_party_and_its_predecessor_together_counts_once():
    story = of_germanies()
    story.gives("both", "gdr", "1986-01-01", to="usa", with_="germany")
    assert story.seen("2000-01-01").counts("germany", "usa", with_predecessors=True) == (2, 0)


@pytest.mark.rule("6.1.5")
def test_a_balance_says_whom_was_asked_about_and_whom_that_became():
    found = of_germanies().seen("2000-01-01").balance("gdr", "usa")
    assert found.asked_a.became == ("germany",)
    assert found.asked_a.successors == ("germany",)
    assert found.asked_b.became == ("usa",)
    found = of_germanies().seen("2000-01-01").balance("germany", "usa")
    assert found.asked_a.predecessors == ("gdr",)


@pytest.mark.rule("6.5")
@pytest.mark.parametrize("count_by", CountBy)
def test_the_net_of_the_turned_balance_is_the_turned_net(count_by):
    seen = of_shipments().seen("2008-12-31")
    there, back = (
        seen.balance(*pair, count_by=count_by) for pair in (("us", "dprk"), ("dprk", "us"))
    )
    assert there.net_weight == -back.net_weight


def test_a_stock_that_was_broken_counts_no_more_under_either_count():
    story = Story()
    story.promise("freeze", "dprk", to="us", on="1994-10-21", kept=True)
    story.gives("frozen", "dprk", "1994-11-01", fulfils("freeze"), to="us")
    story.act("broken", "dprk", "2002-12-12", breaches("freeze"))
    for how in ({}, COMMITMENTS):
        assert story.seen("2002-12-11").gave("dprk", "us", **how).count == 1
        assert story.seen("2002-12-12").gave("dprk", "us", **how).count == 0
