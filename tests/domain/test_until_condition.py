"""5.19: what is to be kept until something comes: an act, words that are met, another commitment."""

import pytest

from tests.support.scenario import (
    Story,
    all_of,
    at_least,
    breaches,
    fulfilled,
    fulfils,
    meets,
    occurred,
    once,
    refutes,
    resumes,
    reverses,
    suspends,
    word,
    words,
)


def kept(until, **terms) -> Story:
    story = Story()
    story.promise(
        "p", "dprk", to="us", on="1994-10-21", kept=True, until_condition=until, **terms
    )
    return story


@pytest.mark.rule("5.1", "5.19", "5.19.1")
def test_it_is_fulfilled_on_the_day_on_which_it_comes():
    story = kept(once("deal"))
    story.act("deal", "us", "1996-01-16", toward="dprk", joint=True)
    assert story.seen("1996-01-15").lifecycle("p") == "active"
    seen = story.seen("1996-01-16")
    assert seen.lifecycle("p") == "fulfilled"
    assert seen.flags("p") == {"maintenance"}
    assert seen.share("p") == "1"


def test_the_step_names_what_came():
    story = kept(once("deal"))
    story.act("deal", "us", "1996-01-16")
    assert story.seen("1996-01-16").standing("p").steps[-1].entry_id == "deal"


def test_it_may_be_the_fulfilment_of_a_commitment():
    story = kept(once(fulfilled("reactor")))
    story.promise("reactor", "us", to="dprk", on="1994-10-21")
    story.gives("built", "us", "2003-01-01", fulfils("reactor", "1"), to="dprk")
    assert story.seen("2002-12-31").lifecycle("p") == "active"
    assert story.seen("2003-01-01").lifecycle("p") == "fulfilled"


def test_that_it_was_taken_back_later_does_not_renew_it():
    story = kept(once(fulfilled("reactor")))
    story.promise("reactor", "us", to="dprk", on="1994-10-21")
    story.gives("built", "us", "2003-01-01", fulfils("reactor", "1"), to="dprk")
    story.act("torn-down", "us", "2004-01-01", reverses("built"))
    assert story.seen("2004-01-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.19.5")
def test_it_may_be_words_that_an_act_meets():
    story = kept(once(words("the audit is passed")))
    story.act("passed", "us", "1996-01-16", meets("p"))
    assert story.seen("1996-01-16").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.19.5")
def test_beside_words_of_the_antecedent_each_has_its_label():
    begins, ends = once(words("peace", "peace")), once(words("the audit is passed", "audit"))
    story = kept(ends, antecedent=begins)
    story.act("peace", "us", "1995-01-01", meets("p", "peace"))
    story.act("passed", "us", "1996-01-16", meets("p", "audit"))
    assert story.seen("1994-12-31").lifecycle("p") == "conditional"
    assert story.seen("1995-01-01").lifecycle("p") == "active"
    assert story.seen("1996-01-16").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.19.2")
def test_known_only_from_the_debtor_it_is_a_claim():
    story = kept(once("deal"))
    story.act("deal", "dprk", "1996-01-16", told=word("dprk"))
    seen = story.seen("1996-01-16")
    assert seen.lifecycle("p") == "active"
    assert seen.flags("p") == {"maintenance", "until_claimed"}


def test_known_from_the_creditor_it_counts():
    story = kept(once("deal"))
    story.act("deal", "dprk", "1996-01-16", told=word("us"))
    assert story.seen("1996-01-16").lifecycle("p") == "fulfilled"


def test_a_refuted_act_ends_nothing():
    story = kept(once("deal"))
    story.act("deal", "us", "1996-01-16")
    story.act("never", "iaea", "1997-01-01", refutes("deal"))
    assert story.seen("1996-06-01").lifecycle("p") == "active"
    assert story.replayed("1996-06-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.19.1")
def test_met_before_the_commitment_began_it_ends_it_on_its_first_day():
    story = kept(once("deal"))
    story.act("deal", "us", "1990-01-01")
    seen = story.seen("1994-10-21")
    assert seen.lifecycle("p") == "fulfilled"
    assert [str(step.day) for step in seen.standing("p").steps] == ["1994-10-21", "1994-10-21"]


@pytest.mark.rule("5.19.3")
def test_still_conditional_then_it_expires():
    story = kept(once("deal"), antecedent=once("start"))
    story.act("deal", "us", "1996-01-16")
    story.act("start", "us", "1997-01-01")
    assert story.seen("1996-01-16").lifecycle("p") == "expired"
    assert story.seen("1997-01-01").lifecycle("p") == "expired"


@pytest.mark.rule("5.19.1")
def test_broken_and_resumed_it_ends_breached():
    story = kept(once("deal"))
    story.act("breaks", "dprk", "1995-01-01", breaches("p"))
    story.act("resumes", "dprk", "1995-02-01", resumes("p"))
    story.act("deal", "us", "1996-01-16")
    assert story.seen("1996-01-16").lifecycle("p") == "breached"


@pytest.mark.rule("5.19.3")
def test_if_it_can_no_longer_hold_it_is_to_be_kept_for_good():
    story = kept(once("deal", by="1995-12-31"))
    story.act("deal", "us", "1996-01-16")
    assert story.seen("2020-01-01").lifecycle("p") == "active"


@pytest.mark.rule("5.19.3")
def test_if_the_commitment_it_waits_for_is_broken_it_is_to_be_kept_for_good():
    story = kept(once(fulfilled("reactor")))
    story.promise("reactor", "us", to="dprk", on="1994-10-21")
    story.act("never-built", "us", "2003-01-01", breaches("reactor"))
    assert story.seen("2020-01-01").lifecycle("p") == "active"


@pytest.mark.rule("5.19.4")
def test_what_is_suspended_when_it_comes_stays_so_and_ends_at_its_resumption():
    story = kept(once("deal"))
    story.act("holds", "us", "1995-06-01", suspends("p"))
    story.act("deal", "us", "1996-01-16")
    story.act("goes-on", "us", "1996-06-01", resumes("p"))
    assert story.seen("1996-05-31").lifecycle("p") == "suspended"
    assert story.seen("1996-06-01").lifecycle("p") == "fulfilled"


def test_an_act_that_was_wholly_taken_back_before_the_rest_came_ends_nothing():
    story = kept(once(all_of(occurred("one"), occurred("two"))))
    story.act("one", "us", "1996-01-01")
    story.act("undone", "us", "1996-02-01", reverses("one"))
    story.act("two", "us", "1996-03-01")
    assert story.seen("1996-03-01").lifecycle("p") == "active"


@pytest.mark.rule("5.19.1")
def test_so_many_of_several_may_have_to_come():
    story = kept(once(at_least(2, occurred("one"), occurred("two"), occurred("three"))))
    story.act("one", "us", "1996-01-01")
    story.act("three", "us", "1996-03-01")
    assert story.seen("1996-02-29").lifecycle("p") == "active"
    assert story.seen("1996-03-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.19.2")
def test_in_a_mutual_commitment_whoever_brought_it_about_cannot_alone_say_so():
    story = Story()
    terms = {"kept": True, "until_condition": once("left")}
    story.joint_promise("p", "us dprk", on="1994-10-21", **terms)
    story.act("left", "us", "1996-01-01", told=word("us"))
    assert "until_claimed" in story.seen("1996-01-01").flags("p")
    other = Story()
    other.joint_promise("p", "us dprk", on="1994-10-21", **terms)
    other.act("left", "us", "1996-01-01", told=word("dprk"))
    assert other.seen("1996-01-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.19.2")
def test_in_a_mutual_commitment_what_nobody_of_them_did_needs_more_than_one_partys_word():
    story = Story()
    terms = {"kept": True, "until_condition": once("found")}
    story.joint_promise("p", "us dprk", on="1994-10-21", **terms)
    story.act("found", "iaea", "1996-01-01", told=word("us"))
    assert story.seen("1996-01-01").flags("p") == {"maintenance", "until_claimed"}


def test_what_ends_it_is_among_what_the_standing_rests_on():
    story = kept(once("deal"))
    story.act("deal", "us", "1996-01-16")
    assert "deal" in story.seen("1996-01-16").standing("p").why
