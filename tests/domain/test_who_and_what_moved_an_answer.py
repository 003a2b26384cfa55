"""A difference names what made it: entries, reports, parties and scales; or time alone."""

from fractions import Fraction
from itertools import pairwise

import pytest

from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.difference import diff
from ledger_service.domain.values.answers import Diff
from ledger_service.domain.values.entries import ActKind, Coding, Mandate
from ledger_service.domain.values.scales import UNIT, ScaleTable, built_in
from tests.support.scenario import (
    Seen,
    Story,
    Word,
    asserts,
    breaches,
    cancels,
    days,
    follows,
    for_,
    fulfilled,
    fulfils,
    is_,
    meets,
    member,
    notice,
    once,
    refutes,
    releases,
    resumes,
    succeeds,
    verifies,
    word,
    words,
)


def between(before: Seen, after: Seen) -> Diff:
    how = Measure(built_in()[UNIT])
    return diff(before.picture, after.picture, how, how)


def becauses(found: Diff) -> dict[str, tuple[str, ...]]:
    return {each.entry_id: each.because for each in found.commitments}


def between_balances(found: Diff) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(each.party_a, each.party_b): each.because for each in found.balances}


def told_twice() -> Story:
    story = Story()
    story.report("rumour", "2018-06-02")
    story.report("paper", "2018-06-20")
    told = (Word("us", report="rumour"), Word(report="paper"))
    story.promise("p", "dprk", to="us", on="2018-06-01", told=told)
    return story


@pytest.mark.rule("9.4")
def test_a_report_that_came_out_made_the_difference():
    story = told_twice()
    before = story.seen("2018-07-01", reported_by="2018-06-19")
    after = story.seen("2018-07-01", reported_by="2018-06-20")
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("proposed", "active")
    assert becauses(between(before, after)) == {"p": ("paper",)}
    assert becauses(between(after, before)) == {"p": ("paper",)}


@pytest.mark.rule("9.4")
def test_the_annulment_of_one_of_two_reports_made_the_difference():
    story = told_twice()
    position = story.position
    story.annul("paper")
    before = story.seen("2018-07-01", position=position)
    assert becauses(between(before, story.seen("2018-07-01"))) == {"p": ("paper",)}


@pytest.mark.rule("9.4")
def test_a_report_that_was_dated_anew_made_the_difference():
    story = Story()
    story.report("paper", "2018-06-20")
    story.promise("p", "dprk", to="us", on="2018-06-01/..", told=word(report="paper"))
    story.gives("done", "dprk", "2018-06-19", fulfils("p", "1/2"), to="us")
    position = story.position
    story.amend("paper", published=days("2018-06-18"))
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert becauses(between(before, after)) == {"p": ("paper",)}


@pytest.mark.rule("9.4")
def test_a_mandate_that_was_given_made_the_difference():
    story = Story()
    story.party("envoy", for_("dprk"))
    story.promise("p", "dprk", to="us", on="2018-06-01", made_by="envoy")
    position = story.position
    story.amend("envoy", represents=(for_("dprk", Mandate.ALL),))
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("proposed", "active")
    assert becauses(between(before, after)) == {"p": ("envoy",)}


@pytest.mark.rule("9.4")
def test_a_mandate_of_another_time_made_no_difference():
    story = told_twice()
    story.party("envoy")
    story.act("said", "envoy", "2018-06-25", asserts("p"))
    position = story.position
    story.amend("envoy", represents=(for_("dprk", Mandate.ALL, from_="2018-08-01"),))
    story.act("done", "dprk", "2018-06-26", fulfils("p", "1/2"))
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert becauses(between(before, after)) == {"p": ("done",)}


@pytest.mark.rule("9.4")
def test_a_party_that_became_interested_made_the_difference():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("site", "dprk", "2018-06-10", fulfils("p", "1/2"), to="us")
    story.act("found", "iaea", "2018-06-20", verifies("site"))
    position = story.position
    story.amend("iaea", represents=(for_("us", Mandate.ALL),))
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert (before.evidence("site"), after.evidence("site")) == ("verified", "attested")
    assert becauses(between(before, after)) == {"p": ("iaea",)}


@pytest.mark.rule("6.1", "9.4")
def test_a_representative_that_was_named_later_moves_a_balance():
    story = Story()
    story.party("envoy")
    story.gives("site", "envoy", "2018-06-10", to="us")
    position = story.position
    story.amend("envoy", represents=(for_("dprk", Mandate.ALL),))
    found = between(story.seen("2018-07-01", position=position), story.seen("2018-07-01"))
    assert between_balances(found) == {
        ("dprk", "us"): ("envoy",),
        ("envoy", "us"): ("envoy",),
    }


@pytest.mark.rule("9.4")
def test_a_scale_that_was_amended_made_the_difference():
    story = Story()
    story.gives("site", "dprk", "2018-06-10", to="us", code="0842")
    story.gives("aid", "us", "2018-06-11", to="rok", code="07")
    seen = story.seen("2018-07-01")

    def how(version: str, weight: int) -> Measure:
        weights = {"0842": Fraction(weight), "07": Fraction(1)}
        return Measure(ScaleTable("house", version, "we", "CC0-1.0", Coding.CAMEO, weights))

    found = diff(seen.picture, seen.picture, how("1", 5), how("2", 6))
    assert between_balances(found) == {("dprk", "us"): ("house",)}


@pytest.mark.rule("9.4")
def test_time_alone_made_the_difference():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-01/2018-06-12")
    found = between(story.seen("2018-06-12"), story.seen("2018-06-13"))
    assert becauses(found) == {"p": ()}


@pytest.mark.rule("9.4")
def test_a_gift_in_place_of_another_is_a_difference_though_the_figures_are_equal():
    story = Story()
    story.promise("p", "dprk", to="rok", on="2018-06-01", kept=True)
    story.gives("gift", "dprk", "2018-06-05", fulfils("p"), to="us")
    story.act("closed", "dprk", "2018-06-12", breaches("p"), kind=ActKind.VIOLATION)
    story.gives("other", "dprk", "2018-06-15", to="us")
    before, after = story.seen("2018-06-10"), story.seen("2018-06-20")
    assert before.counts("dprk", "us") == after.counts("dprk", "us") == (1, 0)
    found = between_balances(between(before, after))
    assert found[("dprk", "us")] == ("closed", "other")


def test_a_share_that_became_unknown_is_a_difference_of_the_balance():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", code="0842")
    story.act("part", "dprk", "2018-06-05", fulfils("p"))
    found = between(story.seen("2018-06-04"), story.seen("2018-06-06"))
    assert between_balances(found) == {("dprk", "us"): ("part",)}


@pytest.mark.rule("9.2", "9.4")
def test_what_a_term_awaits_made_the_difference_though_it_has_not_come():
    """What had been known to come too late can no longer be known to."""
    story = Story()
    story.act("talks", "us", "2018-09-01")
    story.promise(
        "p", "dprk", to="us", on="2018-06-01", antecedent=once("talks", by="2018-07-01")
    )
    position = story.position
    story.annul("talks")
    before, after = (story.seen("2018-08-01", position=p) for p in (position, story.position))
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("expired", "conditional")
    assert becauses(between(before, after)) == {"p": ("talks",)}
    assert becauses(between(after, before)) == {"p": ("talks",)}


def test_words_that_were_perhaps_met_made_the_difference_before_the_last_day_for_it():
    story = Story()
    waits = once(words("talks are held"), by="2018-07-01")
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waits)
    position = story.position
    story.act("talks", "rok", "2018-06-20/2018-09-01", meets("p"))
    before, after = (story.seen("2018-06-25", position=p) for p in (position, story.position))
    assert after.flags("p") - before.flags("p") == {"antecedent_in_doubt"}
    assert becauses(between(before, after)) == {"p": ("talks",)}


def test_a_promise_that_another_waits_for_made_the_difference_though_it_is_made_later():
    story = Story()
    story.promise("q", "us", to="dprk", on="2018-09-01")
    waits = once(fulfilled("q"), by="2018-07-01")
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waits)
    position = story.position
    story.annul("q")
    before, after = (story.seen("2018-08-01", position=p) for p in (position, story.position))
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("expired", "conditional")
    assert becauses(between(before, after)) == {"p": ("q",)}


def test_a_report_without_which_nobody_else_tells_of_what_a_term_awaits_made_the_difference():
    story = Story()
    story.report("paper", "2018-06-01")
    told = (Word("us"), Word(report="paper"))
    story.act("talks", "us", "2018-06-20/2018-09-01", told=told)
    waits = once("talks", by="2018-07-01")
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waits)
    position = story.position
    story.annul("paper")
    before, after = (story.seen("2018-06-25", position=p) for p in (position, story.position))
    assert before.flags("p") - after.flags("p") == {"antecedent_in_doubt"}
    assert becauses(between(before, after)) == {"p": ("paper",)}


@pytest.mark.rule("9.4")
@pytest.mark.parametrize(
    ("tie", "named"),
    [
        ({"represents": (for_("us", Mandate.ALL),)}, ("iaea",)),
        ({"succeeds": (succeeds("us", "2018-06-01"),)}, ("iaea",)),
        ({"composed_of": (member("us"),)}, ("iaea",)),
        ({"same_as": (is_("us"),)}, ("iaea", "us")),
    ],
)
def test_a_tie_on_one_side_only_made_the_difference(tie, named):
    """It makes who checked a deed no neutral any more."""
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-05-01")
    story.gives("deed", "us", "2018-06-10", fulfils("p", "1/2"), to="dprk")
    story.act("check", "iaea", "2018-06-20", refutes("deed"))
    position = story.position
    story.amend("iaea", **tie)
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert (before.evidence("deed"), after.evidence("deed")) == ("refuted", "disputed")
    assert becauses(between(before, after)) == {"p": named}


@pytest.mark.rule("9.4")
def test_the_report_that_tells_of_a_tie_made_the_difference():
    story = Story()
    story.report("gazette", "2018-08-01")
    story.party("heir", succeeds=(succeeds("us", "2018-06-01", told_by="gazette"),))
    story.promise("p", "us", to="dprk", on="2018-05-01")
    before = story.seen("2018-09-01", reported_by="2018-07-31")
    after = story.seen("2018-09-01", reported_by="2018-08-01")
    assert becauses(between(before, after)) == {"p": ("gazette", "heir")}


@pytest.mark.rule("9.4")
def test_what_appeared_vanished_became_known_or_was_amended_made_the_difference():
    story = Story()
    story.instrument("t", "us dprk", on="2018-05-01")
    story.promise("p", "us", to="dprk", on="2018-05-01", instrument="t")
    for act in ("gone", "amended", "stays"):
        story.gives(act, "us", "2018-06-10", fulfils("p", "1/8"), to="dprk")
    position = story.position
    story.gives("new", "us", "2018-06-11", fulfils("p", "1/8"), to="dprk")
    story.act("check", "iaea", "2019-01-01", refutes("stays"))
    story.annul("gone")
    story.amend("amended", relations=(fulfils("p", "1/4"),))
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    found = becauses(between(before, after))
    assert found == {"p": ("amended", "gone", "new", "check")}


@pytest.mark.rule("9.4")
def test_so_did_an_instrument_that_was_amended():
    story = Story()
    story.instrument("t", "us dprk", on="2018-05-01")
    story.promise("p", "us", to="dprk", on="2018-05-01", instrument="t")
    story.act("off", "us", "2018-06-01", cancels("t"))
    position = story.position
    story.amend("t", withdrawal=notice())
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert before.flags("p") != after.flags("p")
    assert becauses(between(before, after)) == {"p": ("t",)}


@pytest.mark.rule("9.4")
def test_another_reading_of_dates_is_named_by_nothing():
    story = Story()
    story.report("paper", "2018-06-30")
    story.promise("p", "us", to="dprk", on="2018-05-01", due="2018-06-01/2018-06-30")
    found = between(story.seen("2018-06-15"), story.possibly("2018-06-15"))
    assert becauses(found) == {"p": ()}


@pytest.mark.rule("9.4")
def test_it_tells_of_entries_of_every_type_that_are_seen_otherwise():
    story = Story()
    story.report("out", "2018-06-01")
    story.report("late", "2018-08-01")
    story.act("says", "us", "2018-06-01", told=word(report="out"))
    position = story.position
    story.party("new")
    story.annul("rok")
    story.amend("iaea", name="another name")
    story.amend("says", title="another title")
    story.instrument("t", "us dprk", on="2018-06-02", told=word(report="out"))
    before = story.seen("2018-07-01", position=position, reported_by="2018-07-31")
    after = story.seen("2018-07-01", reported_by="2018-08-01")
    found = [
        (each.entry_id, str(each.difference), str(each.day or ""))
        for each in between(before, after).entries
    ]
    assert found == [
        ("says", "amended", "2018-06-01"),
        ("t", "appeared", "2018-06-02"),
        ("iaea", "amended", ""),
        ("late", "appeared", "2018-08-01"),
        ("new", "appeared", ""),
        ("rok", "vanished", ""),
    ]


# What ordered a day


@pytest.mark.rule("9.4")
@pytest.mark.parametrize("between_them", ["2018-06-22", "2018-06-24", "2018-06-25"])
def test_an_act_that_said_in_which_order_two_others_of_a_day_came_made_the_difference(
    between_them,
):
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01", kept=True)
    story.act("shot", "us", "2018-06-24", breaches("p"))
    story.act("z-mid", "dprk", between_them, follows("shot"))
    story.act("a-again", "us", "2018-06-24", resumes("p"), follows("z-mid"))
    position = story.position
    story.annul("z-mid")
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("active", "breached")
    assert becauses(between(before, after)) == {"p": ("z-mid",)}
    assert becauses(between(after, before)) == {"p": ("z-mid",)}


@pytest.mark.rule("9.4")
def test_and_so_did_a_promise_whose_breach_another_act_waited_for():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.promise("q", "us", to="dprk", on="2018-06-01", kept=True)
    story.act("strike", "us", "2018-06-24", breaches("q"))
    story.act("late", "dprk", "2018-06-24", releases("p"), follows("strike"))
    story.act("off", "us", "2018-06-24", cancels("p"))
    position = story.position
    story.annul("q")
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert (before.lifecycle("p"), after.lifecycle("p")) == ("cancelled", "released")
    assert becauses(between(before, after))["p"] == ("q",)


@pytest.mark.rule("9.4")
def test_and_so_did_an_act_of_another_day_in_a_longer_row():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01", kept=True)
    story.act("shot", "us", "2018-06-24", breaches("p"))
    row = ("shot", "v", "w", "x", "y", "z")
    for earlier, later in pairwise(row):
        story.act(later, "dprk", "2018-06-22", follows(earlier))
    story.act("a-again", "us", "2018-06-24", resumes("p"), follows("z"))
    position = story.position
    story.annul("w")
    before, after = story.seen("2018-07-01", position=position), story.seen("2018-07-01")
    assert becauses(between(before, after)) == {"p": ("w",)}
