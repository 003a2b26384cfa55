"""Cases in which two rules meet: who is neutral, what is certain, who moved what."""

from fractions import Fraction

import pytest

from ledger_service.domain.values.answers import Conduct, Lag
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import About, ActKind, Mandate
from tests.support.scenario import (
    Seen,
    Story,
    Word,
    accepts,
    all_of,
    asserts,
    breaches,
    cancels,
    contradicts,
    for_,
    fulfilled,
    fulfils,
    meets,
    occurred,
    once,
    refutes,
    releases,
    responds_to,
    resumes,
    same_as,
    supersedes,
    suspends,
    verifies,
    word,
    words,
)

LATER = "2018-12-01"


def did(seen: Seen, commitment: str, act: str) -> Conduct:
    (found,) = [c for c in seen.standing(commitment).conduct if c.act == act]
    return found


def effect(seen: Seen, commitment: str, act: str) -> tuple[bool, set[str]]:
    found = did(seen, commitment, act)
    return found.effective, set(found.flags)


# Nobody is neutral toward what he did himself


def former_envoy() -> Story:
    story = Story()
    story.party("envoy", for_("dprk", Mandate.ALL, to="2018-06-30"))
    story.promise("p", "dprk", to="us", on="2018-06-01")
    return story


@pytest.mark.rule("4.4")
def test_a_former_envoy_cannot_verify_what_he_did_in_office():
    story = former_envoy()
    story.gives("site", "envoy", "2018-06-10", fulfils("p", "1/2"), to="us")
    story.act("memoir", "envoy", "2018-07-10", verifies("site"))
    story.act("again", "envoy", "2018-07-11", verifies("p", About.FULFILMENT))
    seen = story.seen(LATER)
    assert seen.evidence("site") == "attested"
    assert seen.counts("dprk", "us", evidence=EvidenceFilter.VERIFIED) == (0, 0)


@pytest.mark.rule("4.4")
def test_a_former_envoy_can_deny_but_not_refute_what_he_did_in_office():
    story = former_envoy()
    story.gives("site", "envoy", "2018-06-10", fulfils("p", "1/2"), to="us")
    story.act("memoir", "envoy", "2018-07-10", refutes("site"))
    assert story.seen(LATER).evidence("site") == "disputed"


@pytest.mark.rule("4.4")
def test_who_received_it_for_another_cannot_verify_it_later():
    story = Story()
    story.party("envoy", for_("us", Mandate.ALL, to="2018-06-30"))
    story.gives("site", "dprk", "2018-06-10", to="envoy")
    story.act("memoir", "envoy", "2018-07-10", verifies("site"))
    assert story.seen(LATER).evidence("site") == "attested"


@pytest.mark.rule("3.7.2")
def test_who_was_named_for_a_side_cannot_verify_the_promise_later():
    story = Story()
    story.party("envoy", for_("dprk", Mandate.ALL, to="2018-06-30"))
    story.promise("p", "envoy", to="us", on="2018-06-01", told=word("us"))
    story.act("memoir", "envoy", "2018-07-10", verifies("p", About.EXISTENCE))
    seen = story.seen(LATER)
    assert str(seen.standing("p").existence.status) == "claimed"
    assert seen.lifecycle("p") == "proposed"


@pytest.mark.rule("4.3")
def test_the_hedged_word_of_who_did_it_is_not_outweighed_by_his_own_later_name():
    story = Story()
    story.party("envoy", for_("dprk", Mandate.ALL, to="2018-06-30"))
    told = (Word("envoy"), Word(hedged=True))
    story.gives("site", "envoy", "2018-06-10", to="us", told=told)
    assert story.seen(LATER).act("site").evidence.hedged


# What nothing bounds is not certain


@pytest.mark.rule("5.14")
def test_what_has_no_first_day_is_not_certainly_late():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-05")
    story.gives("done", "dprk", "../2018-06-17", fulfils("p", "1"), to="us")
    assert story.seen(LATER).flags("p") == set()
    assert story.possibly(LATER).flags("p") == {"late"}


@pytest.mark.rule("6.9")
def test_a_lag_has_no_upper_bound_where_nothing_bounds_the_first_day():
    story = Story()
    story.gives("gift", "dprk", "../2018-06-03", to="us")
    story.gives("answer", "us", "2018-06-06", responds_to("gift"), to="dprk")
    steps = story.seen("2018-06-28").balance("dprk", "us").steps
    assert steps.lags == (Lag("gift", "answer", 3, None), Lag("answer", "", 22, 22))
    assert steps.median_lag_days is None


@pytest.mark.rule("6.9")
def test_a_lag_has_no_lower_bound_where_nothing_bounds_the_first_day_of_the_answer():
    story = Story()
    story.gives("gift", "dprk", "2018-06-03", to="us")
    story.gives("answer", "us", "../2018-06-06", responds_to("gift"), to="dprk")
    steps = story.seen("2018-06-28").balance("dprk", "us").steps
    assert steps.lags == (Lag("gift", "answer", None, 3), Lag("answer", "", 22, None))
    assert steps.median_lag_days is None


def test_a_median_of_lags_that_are_all_bounded():
    story = Story()
    story.gives("gift", "dprk", "2018-06-03/2018-06-05", to="us")
    story.gives("answer", "us", "2018-06-06", responds_to("gift"), to="dprk")
    story.gives("old", "dprk", "../2018-06-01", to="us")
    steps = story.seen("2018-06-28").balance("dprk", "us").steps
    assert steps.median_lag_days == 2


@pytest.mark.rule("5.2.2")
def test_what_falls_within_the_dates_of_a_promise_is_not_prior_conduct():
    story = Story()
    story.report("late", "2018-07-15")
    told = word(report="late")
    story.promise("p", "dprk", to="us", on="2018-06-01/2018-06-30", told=told)
    story.promise("open", "dprk", to="us", on="../2018-06-30", told=told)
    for n, target in enumerate(("p", "open")):
        story.act(f"in-{n}", "dprk", "2018-06-20", fulfils(target, "1/2"), told=told)
    seen = story.seen(LATER)
    assert seen.flags("p") == seen.flags("open") == {"partially_fulfilled", "undated"}
    story.act("before", "dprk", "2018-05-31", fulfils("p", "1/4"), told=told)
    assert "prior_conduct" in story.seen(LATER).flags("p")


@pytest.mark.rule("5.2.2")
def test_words_that_were_met_before_the_promise_are_prior_conduct():
    story = Story()
    waiting = once(words("the firing stops"))
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waiting)
    story.act("quiet", "us", "2018-05-20", meets("p"))
    seen = story.seen(LATER)
    assert (seen.lifecycle("p"), seen.flags("p")) == ("active", {"prior_conduct", "undated"})


@pytest.mark.rule("5.6.8")
@pytest.mark.parametrize("condition", [occurred("x"), fulfilled("other")])
def test_what_held_while_it_was_to_be_kept_counts_though_it_was_promised_later(condition):
    story = Story()
    story.act("x", "us", "2018-06-05")
    story.promise("other", "dprk", to="us", on="2018-05-28", kept=True, until="2018-05-30")
    story.report("paper", "2018-06-17")
    story.promise(
        "p",
        "dprk",
        to="us",
        on="../2018-06-14",
        kept=True,
        until="2018-06-10",
        antecedent=once(all_of(condition, condition)),
        told=word(report="paper"),
    )
    assert story.seen(LATER).lifecycle("p") == "fulfilled"


# A contradiction has two ends


@pytest.mark.rule("4.8")
def test_a_contradiction_disputes_both_ends_whoever_did_what_is_told():
    story = Story()
    story.act("x", "dprk", "2018-06-02", kind=ActKind.CONCESSION, told=word("dprk"))
    story.act("y", "dprk", "2018-06-03", contradicts("x"), kind=ActKind.VIOLATION)
    seen = story.seen(LATER)
    assert (seen.evidence("x"), seen.evidence("y")) == ("disputed", "disputed")
    assert seen.act("x").evidence.because == ("y",)


@pytest.mark.rule("4.8")
def test_two_words_of_one_party_that_contradict_one_another_dispute_nothing():
    story = Story()
    story.act("x", "dprk", "2018-06-02", kind=ActKind.CONCESSION, told=word("dprk"))
    story.act("y", "dprk", "2018-06-03", contradicts("x"), kind=ActKind.STATEMENT)
    seen = story.seen(LATER)
    assert (seen.evidence("x"), seen.evidence("y")) == ("claimed", "attested")


@pytest.mark.rule("4.8")
def test_a_promise_told_by_a_publisher_contradicts_what_its_maker_says():
    story = Story()
    story.act("x", "dprk", "2018-06-02", kind=ActKind.STATEMENT)
    story.promise("p", "dprk", contradicts("x"), to="us", on="2018-06-03")
    seen = story.seen(LATER)
    assert seen.evidence("x") == "disputed"
    assert str(seen.standing("p").existence.status) == "disputed"


# Who moved what


def test_a_debtor_cannot_resume_what_the_creditor_suspended_and_its_act_says_so():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("hold", "us", "2018-06-05", suspends("p"))
    story.act("unhold", "dprk", "2018-06-08", resumes("p"))
    seen = story.seen(LATER)
    assert (seen.lifecycle("p"), seen.flags("p")) == ("suspended", {"not_entitled", "undated"})
    assert effect(seen, "p", "hold") == (True, set())
    assert effect(seen, "p", "unhold") == (False, {"not_entitled"})


def test_a_creditor_cannot_mend_a_breach_and_its_act_says_so():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True)
    story.act("test", "dprk", "2018-06-05", breaches("p"))
    story.act("unhold", "us", "2018-06-08", resumes("p"))
    assert effect(story.seen(LATER), "p", "unhold") == (False, {"not_entitled"})


@pytest.mark.rule("5.3.3", "5.7.1")
def test_a_suspension_by_a_debtor_waits_for_the_creditor():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("hold", "dprk", "2018-06-05", suspends("p"))
    seen = story.seen(LATER)
    assert effect(seen, "p", "hold") == (False, {"waiting"})
    assert seen.flags("p") == {"waiting", "undated"}
    story.act("agreed", "us", "2018-06-06", accepts("hold"))
    seen = story.seen(LATER)
    assert effect(seen, "p", "hold") == (True, set())
    assert (seen.lifecycle("p"), seen.flags("p")) == ("suspended", {"undated"})


@pytest.mark.rule("5.3.2", "5.7.3")
def test_every_debtor_may_resume_what_one_of_them_suspended():
    story = Story()
    story.promise("p", "dprk rok", to="us", on="2018-06-01")
    story.act("hold", "dprk", "2018-06-05", suspends("p"))
    story.act("agreed", "us", "2018-06-06", accepts("hold"))
    story.act("unhold", "rok", "2018-06-08", resumes("p"))
    seen = story.seen(LATER)
    assert (seen.lifecycle("p"), seen.flags("p")) == ("active", {"undated"})
    assert effect(seen, "p", "unhold") == (True, set())


@pytest.mark.rule("5.3.3", "5.3.10", "5.3.11")
def test_a_release_waits_for_the_last_creditor():
    story = Story()
    story.promise("p", "dprk", to="us rok", on="2018-06-01")
    story.act("first", "us", "2018-06-05", releases("p"))
    assert effect(story.seen(LATER), "p", "first") == (False, {"waiting"})
    story.act("again", "us", "2018-06-06", releases("p"))
    story.act("last", "rok", "2018-06-07", releases("p"))
    story.act("late", "rok", "2018-06-08", releases("p"))
    seen = story.seen(LATER)
    assert effect(seen, "p", "first") == effect(seen, "p", "last") == (True, set())
    assert effect(seen, "p", "again") == (False, {"no_change"})
    assert effect(seen, "p", "late") == (False, {"after_end"})
    assert seen.flags("p") == {"undated"}


@pytest.mark.rule("5.3.3", "5.3.10")
def test_an_acceptance_waits_for_the_last_creditor():
    story = Story()
    story.promise("p", "dprk", to="us rok", on="2018-06-01", offer=True)
    story.act("first", "us", "2018-06-05", accepts("p"))
    seen = story.seen(LATER)
    assert effect(seen, "p", "first") == (False, {"waiting"})
    assert seen.flags("p") == {"waiting", "undated"}
    story.act("last", "rok", "2018-06-07", accepts("p"))
    story.act("late", "rok", "2018-06-08", accepts("p"))
    seen = story.seen(LATER)
    assert seen.lifecycle("p") == "active"
    assert effect(seen, "p", "first") == effect(seen, "p", "last") == (True, set())
    assert effect(seen, "p", "late") == (False, {"no_change"})


@pytest.mark.rule("5.8")
def test_an_acceptance_is_effective_where_it_lets_a_promise_take_the_place_of_another():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="rok", on="2018-06-02")
    story.act("agreed", "us", "2018-06-05", accepts("new"))
    story.act("again", "us", "2018-06-06", accepts("new"))
    seen = story.seen(LATER)
    assert seen.lifecycle("old") == "superseded"
    assert effect(seen, "new", "agreed") == (True, set())
    assert effect(seen, "new", "again") == (False, {"no_change"})


@pytest.mark.rule("5.3.10")
def test_the_debtors_word_is_effective_where_it_made_the_promise_known():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("us"))
    story.act("word", "dprk", "2018-06-05", asserts("p", About.EXISTENCE))
    story.act("again", "dprk", "2018-06-06", asserts("p", About.EXISTENCE))
    story.act("other", "iaea", "2018-06-07", asserts("p", About.EXISTENCE))
    seen = story.seen(LATER)
    assert effect(seen, "p", "word") == (True, set())
    assert effect(seen, "p", "again") == (False, {"no_change"})
    assert effect(seen, "p", "other") == (False, {"no_change"})


@pytest.mark.rule("5.3.11")
def test_a_breach_of_what_does_not_bind_yet_changes_nothing():
    story = Story()
    waiting = once(words("the firing stops"))
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waiting)
    story.act("early", "dprk", "2018-06-05", breaches("p"))
    story.act("off", "dprk", "2018-06-06", cancels("p"))
    story.act("late", "dprk", "2018-06-07", breaches("p"))
    seen = story.seen(LATER)
    assert effect(seen, "p", "early") == (False, {"not_open"})
    assert effect(seen, "p", "off") == (True, set())
    assert effect(seen, "p", "late") == (False, {"after_end"})


@pytest.mark.rule("5.3.4")
def test_a_refuted_act_moved_nothing_and_says_why():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "dprk", "2018-06-06", cancels("p"))
    story.act("found", "iaea", "2018-06-07", refutes("off"))
    assert effect(story.seen(LATER), "p", "off") == (False, {"refuted"})


@pytest.mark.rule("5.1", "5.3.10")
def test_what_is_delivered_after_the_whole_changes_no_share():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "dprk", "2018-06-05", fulfils("p", "1"), to="us")
    story.gives("more", "dprk", "2018-06-06", fulfils("p", "1/2"), to="us")
    story.promise("gone", "dprk", to="us", on="2018-06-01")
    story.act("off", "dprk", "2018-06-06", cancels("gone"))
    story.gives("some", "dprk", "2018-06-07", fulfils("gone", "1/2"), to="us")
    seen = story.seen(LATER)
    assert effect(seen, "p", "done") == (True, set())
    assert effect(seen, "p", "more") == (False, {"after_end"})
    assert effect(seen, "gone", "some") == (True, set())
    assert seen.standing("gone").share == Fraction(1, 2)


# Whose word it is


@pytest.mark.rule("5.6.7")
def test_an_antecedent_of_a_mutual_promise_is_claimed_by_those_who_did_not_bring_it_about():
    story = Story()
    story.act("visit", "dprk", "2018-06-05", kind=ActKind.CONCESSION, told=word("us"))
    story.joint_promise("p", "dprk us", on="2018-06-01", antecedent=once("visit"))
    seen = story.seen(LATER)
    assert seen.lifecycle("p") == "conditional"
    assert seen.flags("p") == {"antecedent_claimed", "undated"}


@pytest.mark.rule("5.6.7")
def test_words_of_a_mutual_promise_are_met_by_the_word_of_who_meets_them():
    story = Story()
    waiting = once(words("the firing stops"))
    story.joint_promise("p", "dprk us", on="2018-06-01", antecedent=waiting)
    story.act("quiet", "dprk", "2018-06-05", meets("p"), told=word("us"))
    assert story.seen(LATER).flags("p") == {"antecedent_claimed", "undated"}
    story.act("own", "dprk", "2018-06-06", meets("p"), told=word("dprk"))
    assert story.seen(LATER).lifecycle("p") == "active"


@pytest.mark.rule("5.3.7")
def test_the_debtors_own_word_stays_its_own_when_it_comes_to_represent_the_creditor():
    story = Story()
    story.party("north", for_("us", Mandate.ALL, from_="2018-07-01"))
    for promise in ("p", "q"):
        story.promise(promise, "north", to="us", on="2018-06-01")
    story.act("done", "north", "2018-07-05", fulfils("p", "1"), told=word("north"))
    story.act("off", "north", "2018-07-05", cancels("q"), told=word("north"))
    seen = story.seen(LATER)
    assert (seen.lifecycle("p"), seen.flags("p")) == ("fulfilled", {"undated"})
    assert seen.lifecycle("q") == "cancelled"


def test_a_refuted_assertion_attests_nothing():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("rok"))
    story.act("word", "dprk", "2018-06-08", asserts("p", About.EXISTENCE))
    story.act("check", "iaea", "2018-06-13", refutes("word"))
    seen = story.seen(LATER)
    assert seen.lifecycle("p") == "proposed"
    assert str(seen.standing("p").existence.status) == "claimed"


# One event, told twice


@pytest.mark.rule("6.2")
def test_an_event_told_twice_carries_the_status_of_the_better_report():
    story = Story()
    story.gives("one", "dprk", "2018-06-05", to="us", told=word(hedged=True))
    story.gives("two", "dprk", "2018-06-05", same_as("one"), to="us", kind=ActKind.CONCESSION)
    seen = story.seen(LATER)
    found = seen.balance("dprk", "us", evidence=EvidenceFilter.ATTESTED).given_ab
    assert [(d.entry_ids, d.flags) for d in found.deliveries] == [(("one", "two"), ())]


@pytest.mark.rule("6.2")
def test_an_event_told_twice_by_word_alone_is_claimed_and_hedged_by_the_hedged_one():
    story = Story()
    story.gives("one", "dprk", "2018-06-05", to="us", told=word(hedged=True))
    story.gives(
        "two",
        "dprk",
        "2018-06-05",
        same_as("one"),
        to="us",
        kind=ActKind.CONCESSION,
        told=word("dprk"),
    )
    (found,) = story.seen(LATER).balance("dprk", "us").given_ab.deliveries
    assert found.flags == ("claimed", "hedged")
