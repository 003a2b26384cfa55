"""What deliveries weigh, together and against one another."""

from fractions import Fraction

import pytest

from ledger_service.domain.values.answers import CountBy
from ledger_service.domain.values.cuts import EvidenceFilter
from tests.support.scenario import (
    Story,
    breaches,
    cancels,
    denies,
    for_,
    fulfils,
    refutes,
    same_as,
    succeeds,
    word,
)

GOLDSTEIN = "goldstein-cameo-gdelt"


@pytest.mark.rule("6.1")
def test_both_parties_are_rolled_up_on_the_day_that_is_asked_about():
    story = Story()
    story.party("envoy", for_("us", from_="2018-07-01"))
    story.gives("gift", "us", "2018-06-10", to="dprk")
    before, after = story.seen("2018-06-30"), story.seen("2018-07-01")
    assert before.balance("envoy", "dprk").party_a == "envoy"
    assert before.counts("envoy", "dprk") == (0, 0)
    assert after.balance("envoy", "dprk").party_a == "us"
    assert after.counts("envoy", "dprk") == (1, 0)


@pytest.mark.rule("6.1")
def test_a_refuted_delivery_does_not_count_and_a_disputed_one_does():
    story = Story()
    story.gives("gift", "dprk", "2018-06-01", to="us")
    story.gives("other", "dprk", "2018-06-01", to="us")
    story.act("found", "iaea", "2018-06-05", refutes("gift"))
    story.act("no", "us", "2018-06-05", denies("other"))
    given = story.seen("2018-06-05").gave("dprk", "us")
    assert [(each.entry_ids, each.flags) for each in given.deliveries] == [
        (("other",), ("disputed",))
    ]


@pytest.mark.rule("6.1.5")
def test_of_who_stands_for_another_the_predecessors_are_those_of_its_principal():
    story = Story(parties="gdr usa")
    story.party("germany", succeeds=(succeeds("gdr", "1990-10-03"),))
    story.party("embassy", for_("germany"))
    asked = story.seen("2000-01-01").balance("embassy", "usa").asked_a
    assert (asked.entry_id, asked.became) == ("embassy", ("germany",))
    assert (asked.predecessors, asked.successors) == (("gdr",), ())


# Evidence


@pytest.mark.rule("6.3")
def test_one_of_the_acts_that_tell_of_an_event_lets_it_through():
    story = Story()
    story.gives("said", "dprk", "2018-06-01", to="us", told=word("dprk"))
    story.gives("seen", "dprk", "2018-06-02", same_as("said"), to="us")
    story.gives("only-said", "dprk", "2018-06-01", to="us", told=word("dprk"))
    seen = story.seen("2018-06-02")
    attested = seen.gave("dprk", "us", evidence=EvidenceFilter.ATTESTED)
    assert [each.entry_ids for each in attested.deliveries] == [("said", "seen")]
    assert seen.gave("dprk", "us", evidence=EvidenceFilter.VERIFIED).count == 0


# Weights


@pytest.mark.rule("6.4")
def test_no_weight_is_multiplied_by_an_extent_or_by_the_quality_of_evidence():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("half", "dprk", "2018-06-02", fulfils("p", "1/2"), to="us", code="0842")
    doubtful = word(hedged=True)
    story.gives("rumour", "dprk", "2018-06-03", to="us", code="0842", told=doubtful)
    given = story.seen("2018-06-03").gave("dprk", "us", scale=GOLDSTEIN)
    assert [each.weight for each in given.deliveries] == [7, 7]


@pytest.mark.rule("6.5")
def test_net_is_what_one_gave_less_what_it_was_given():
    story = Story()
    for act, code in (("one", "0842"), ("two", "07")):
        story.gives(act, "dprk", "2018-06-01", to="us", code=code)
    story.gives("back", "us", "2018-06-02", to="dprk", code="0874")
    found = story.seen("2018-06-02").balance("dprk", "us", scale=GOLDSTEIN)
    assert (found.net_count, found.net_weight) == (1, 7 + 7 - 10)


@pytest.mark.rule("6.6")
def test_a_gesture_halves_in_each_half_life_and_is_told_to_nine_digits():
    story = Story()
    story.gives("gift", "dprk", "2018-06-01", to="us")
    decayed = [
        story.seen(day).gave("dprk", "us", half_life=3).decayed_weight
        for day in ("2018-06-01", "2018-06-02", "2018-06-04", "2018-06-07")
    ]
    assert decayed == [1, 0.793700526, 0.5, 0.25]


@pytest.mark.rule("6.6")
@pytest.mark.parametrize("end", [breaches("no-tests"), cancels("no-tests")])
def test_a_stock_counts_whole_until_what_it_keeps_up_is_broken_or_called_off(end):
    story = Story()
    story.promise("no-tests", "dprk", to="us", on="2018-06-01", kept=True)
    story.gives("halt", "dprk", "2018-06-01", fulfils("no-tests"), to="us")
    story.act("end", "dprk", "2018-09-01", end)
    for how in ({}, {"half_life": 10}):
        kept = story.seen("2018-08-31").gave("dprk", "us", **how)
        assert [each.flags for each in kept.deliveries] == [("stock",)]
        assert kept.decayed_weight == (1 if how else None)
        assert story.seen("2018-09-01").gave("dprk", "us", **how).count == 0


# Against one another


@pytest.mark.rule("6.8")
@pytest.mark.parametrize(
    ("theirs", "ours", "reciprocity"),
    [
        (("0842", "0842"), ("0842",), pytest.approx(2 / 3, abs=1e-9)),
        (("0842",), ("0842",), 1),
        (("0842",), (), 0),
        ((), (), None),
        (("010",), ("010",), None),
        (("0842",), ("10",), None),
    ],
)
def test_reciprocity_is_twice_the_smaller_weight_by_the_sum(theirs, ours, reciprocity):
    story = Story()
    for giver, receiver, codes in (("dprk", "us", theirs), ("us", "dprk", ours)):
        for n, code in enumerate(codes):
            story.gives(f"{giver}-{n}", giver, "2018-06-01", to=receiver, code=code)
    found = story.seen("2018-06-01").balance("dprk", "us", scale=GOLDSTEIN)
    assert found.reciprocity == reciprocity


# By commitments


@pytest.mark.rule("6.10.2")
def test_the_deeds_of_a_commitment_count_on_the_day_of_the_last_with_what_is_said_of_each():
    story = Story()
    story.promise("p", "us", to="dprk", on="2007-01-01", code="071")
    story.gives("one", "us", "2007-02-01", fulfils("p", "1/4"), to="dprk rok", quantity="5 t")
    story.gives("two", "us", "2007-03-01", fulfils("p", "1/4"), to="dprk", quantity="3 wagons")
    seen = story.seen("2008-01-01")
    [told] = seen.gave("us", "dprk", count_by=CountBy.COMMITMENTS).deliveries
    assert (str(told.day), told.flags) == ("2007-03-01", ("toward_several",))
    assert told.quantities == (("t", Fraction(5)), ("wagons", Fraction(3)))
