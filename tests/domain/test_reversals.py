"""5.15: deeds that are taken back: what was taken down is built up again."""

from datetime import date

import pytest

from ledger_service.domain.lifecycle.reversals import Undone, undone
from ledger_service.domain.values.entries import ActKind, RelationKind, Succession
from tests.support.scenario import (
    Story,
    all_of,
    breaches,
    cancels,
    follows,
    for_,
    fulfilled,
    fulfils,
    meets,
    occurred,
    once,
    refutes,
    resumes,
    reverses,
    same_as,
    suspends,
    verifies,
    word,
    words,
)

REVERSES = RelationKind.REVERSES
LATER = "2020-12-31"


@pytest.fixture
def site() -> Story:
    """A site that was to be taken down, and was."""
    story = Story()
    story.promise("take-down", "dprk", to="us", on="2018-06-12")
    story.gives("down", "dprk", "2018-07-22", fulfils("take-down", "1"), to="us")
    return story


def rebuild(story: Story, on: str = "2019-03-02", extent: str = "", **more) -> None:
    story.act("rebuilt", "dprk", on, reverses("down", extent), kind=ActKind.REVERSAL, **more)


def since(story: Story, act: str) -> Undone:
    seen = story.seen(LATER)
    known = seen.picture.act(act)
    assert known
    return undone(seen.picture, known)


# When it has effect


@pytest.mark.rule("5.1", "5.14", "5.15", "5.15.1", "5.15.6")
def test_what_fulfilled_a_commitment_is_taken_back_and_it_is_active_again(site):
    rebuild(site)
    before, after = site.seen("2019-03-01"), site.seen("2019-03-02")
    assert (before.lifecycle("take-down"), before.share("take-down")) == ("fulfilled", "1")
    assert (after.lifecycle("take-down"), after.share("take-down")) == ("active", "0")
    assert after.flags("take-down") == {"undated", "was_fulfilled"}
    assert after.effect("rebuilt", "take-down", REVERSES) == "done"


def test_what_is_taken_back_in_part_is_a_step():
    story = Story()
    story.promise("steps", "dprk", to="us", on="2018-06-12")
    story.gives("down", "dprk", "2018-07-22", fulfils("steps", "1/2"), to="us")
    rebuild(story, extent="1/4")
    told = story.seen("2019-03-02").standing("steps").steps[-1]
    assert (told.entry_id, told.reason) == (
        "rebuilt",
        "some of what was delivered was taken back",
    )


@pytest.mark.rule("5.15.1")
def test_it_concerns_every_commitment_that_the_deed_fulfils():
    story = Story()
    for each in ("take-down", "close"):
        story.promise(each, "dprk", to="us", on="2018-06-12")
    both = fulfils("take-down", "1"), fulfils("close", "1")
    story.gives("down", "dprk", "2018-07-22", *both, to="us")
    rebuild(story)
    before, after = story.seen("2019-03-01"), story.seen("2019-03-02")
    for each in ("take-down", "close"):
        assert (before.lifecycle(each), after.lifecycle(each)) == ("fulfilled", "active")
        assert after.effect("rebuilt", each, REVERSES) == "done"


@pytest.mark.rule("5.15.1")
def test_it_stands_in_the_conduct_aimed_at_the_deed(site):
    rebuild(site, extent="1/4")
    conduct = site.seen("2019-03-02").standing("take-down").conduct
    [found] = [c for c in conduct if c.relation is REVERSES]
    assert (found.act, found.target, str(found.extent)) == ("rebuilt", "down", "1/4")


def test_the_step_names_the_reversal(site):
    rebuild(site)
    step = site.seen("2019-03-02").standing("take-down").steps[-1]
    assert (step.before, step.after, step.entry_id) == ("fulfilled", "active", "rebuilt")


@pytest.mark.rule("5.2.1")
def test_it_takes_effect_by_the_date_policy(site):
    rebuild(site, on="2019-02-16/2019-03-02")
    assert site.seen("2019-02-16").lifecycle("take-down") == "fulfilled"
    assert site.possibly("2019-02-16").lifecycle("take-down") == "active"


@pytest.mark.rule("5.15.2")
def test_one_that_only_the_creditor_tells_of_is_a_claim(site):
    rebuild(site, told=word("us"))
    seen = site.seen(LATER)
    assert seen.lifecycle("take-down") == "fulfilled"
    assert "reversal_claimed" in seen.flags("take-down")
    assert seen.effect("rebuilt", "take-down", REVERSES) == "reversal_claimed"


@pytest.mark.rule("5.15.2")
def test_one_that_is_only_hedged_is_a_claim(site):
    rebuild(site, told=word(hedged=True))
    assert site.seen(LATER).effect("rebuilt", "take-down", REVERSES) == "reversal_claimed"


@pytest.mark.rule("5.15.2")
def test_one_that_a_neutral_verifies_has_effect(site):
    rebuild(site, told=word("us"))
    site.act("seen-from-above", "iaea", "2019-04-01", verifies("rebuilt"))
    assert site.seen(LATER).effect("rebuilt", "take-down", REVERSES) == "done"


@pytest.mark.rule("5.15.2")
def test_nobody_else_can_take_a_deed_back(site):
    site.act("bombed", "us", "2019-03-02", reverses("down"))
    seen = site.seen(LATER)
    assert seen.lifecycle("take-down") == "fulfilled"
    assert seen.effect("bombed", "take-down", REVERSES) == "reversal_claimed"


@pytest.mark.rule("5.15.2")
def test_another_debtor_of_the_same_side_can():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2018-06-01")
    story.gives("deed", "us", "2018-06-02", fulfils("p", "1"), to="dprk")
    story.act("undoes", "rok", "2018-06-03", reverses("deed"))
    assert story.seen("2018-06-03").effect("undoes", "p", REVERSES) == "done"


@pytest.mark.rule("5.15.2")
def test_a_successor_can():
    story = Story(parties="ussr us")
    story.party(
        "russia", succeeds=(Succession("ussr", from_day=date.fromisoformat("1991-12-26")),)
    )
    story.promise("p", "ussr", to="us", on="1987-12-08")
    story.gives("deed", "ussr", "1991-05-31", fulfils("p", "1"), to="us")
    story.act("undoes", "russia", "1999-01-01", reverses("deed"))
    assert story.seen("1999-01-01").effect("undoes", "p", REVERSES) == "done"


@pytest.mark.rule("5.3.6", "5.15.2")
def test_a_representative_without_a_mandate_can_and_is_flagged(site):
    site.party("general", for_("dprk"))
    site.act("rebuilt", "general", "2019-03-02", reverses("down"))
    seen = site.seen(LATER)
    assert seen.effect("rebuilt", "take-down", REVERSES) == "done"
    assert "authority_doubtful" in seen.flags("take-down")


def test_a_refuted_one_takes_nothing_back(site):
    rebuild(site)
    site.act("never", "iaea", "2019-04-01", refutes("rebuilt"))
    seen = site.seen(LATER)
    assert seen.lifecycle("take-down") == "fulfilled"
    assert seen.effect("rebuilt", "take-down", REVERSES) == "refuted"


@pytest.mark.rule("5.15.5")
def test_of_a_deed_that_was_not_counted_it_takes_nothing():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("said", "dprk", "2018-06-02", fulfils("p", "1"), to="us", told=word("us"))
    story.act("undoes", "dprk", "2018-06-03", reverses("said"))
    assert story.seen("2018-06-03").effect("undoes", "p", REVERSES) == "no_change"


def test_a_part_of_unknown_size_beside_the_whole_is_taken_back_without_effect(site):
    site.gives("more", "dprk", "2018-07-20", fulfils("take-down"), to="us")
    site.act("undoes", "dprk", "2018-08-01", reverses("more"))
    seen = site.seen("2018-08-01")
    assert (seen.lifecycle("take-down"), seen.share("take-down")) == ("fulfilled", "1")
    assert seen.effect("undoes", "take-down", REVERSES) == "after_end"


@pytest.mark.rule("5.15.5")
def test_it_never_takes_effect_before_its_deed(site):
    rebuild(site, on="2018-07-01")
    assert site.seen("2018-07-21").lifecycle("take-down") == "active"
    seen = site.seen("2018-07-22")
    assert (seen.lifecycle("take-down"), seen.share("take-down")) == ("active", "0")
    assert "was_fulfilled" in seen.flags("take-down")


@pytest.mark.rule("5.2.6", "5.15.5")
def test_also_where_the_deed_is_said_to_follow_it():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12")
    parts = (fulfils("p", "1/2"), follows("undo"))
    story.gives("deed", "dprk", "2018-07-22", *parts, to="us")
    story.act("undo", "dprk", "2018-07-22", reverses("deed"), kind=ActKind.REVERSAL)
    seen = story.seen(LATER)
    assert (seen.effect("undo", "p", REVERSES), seen.share("p")) == ("done", "0")


@pytest.mark.rule("5.2.6")
@pytest.mark.parametrize("deed", ["a-deed", "z-deed"])
@pytest.mark.parametrize("behind", ["", "undo", "between"])
def test_what_else_its_deed_does_comes_after_it(deed, behind):
    """Who does its part of a joint promise and leaves it, by one act, took back what counted
    still: only the deed comes before its reversal, whatever that act is said to follow.
    """
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2018-06-12")
    parts = (fulfils("p", "1"), cancels("p"), *([follows(behind)] if behind else []))
    story.gives(deed, "us", "2018-07-22", *parts, to="dprk")
    story.act("undo", "us", "2018-07-22", reverses(deed), kind=ActKind.REVERSAL)
    story.act("between", "rok", "2018-07-22", follows("undo"))
    seen = story.seen(LATER)
    assert seen.effect(deed, "p", RelationKind.FULFILS) == "done"
    assert seen.effect("undo", "p", REVERSES) == "done"
    assert seen.effect(deed, "p", RelationKind.CANCELS) == "done"


@pytest.mark.rule("5.2.6")
def test_where_each_of_two_reversals_waits_for_the_other_the_smallest_id_begins():
    story = Story()
    story.promise("p", "us dprk", to="rok", on="2018-06-12")
    for deed, behind in (("a", "undo-b"), ("b", "undo-a")):
        story.gives(deed, "dprk", "2018-07-22", fulfils("p", "1/3"), follows(behind), to="rok")
        undo = f"undo-{deed}"
        story.act(undo, "dprk", "2018-07-22", reverses(deed), kind=ActKind.REVERSAL)
    seen = story.seen(LATER)
    assert seen.share("p") == "0"
    assert (
        seen.effect("undo-a", "p", REVERSES) == seen.effect("undo-b", "p", REVERSES) == "done"
    )


@pytest.mark.rule("5.15.5")
def test_aimed_at_one_of_several_acts_that_tell_of_an_event_it_takes_back_the_event(site):
    site.gives(
        "down-too", "dprk", "2018-07-22", fulfils("take-down", "1"), same_as("down"), to="us"
    )
    site.act("rebuilt", "dprk", "2019-03-02", reverses("down-too"))
    assert site.seen(LATER).share("take-down") == "0"


@pytest.mark.rule("5.15.5")
def test_an_act_that_is_the_same_as_the_deed_takes_nothing_of_it_back(site):
    told = (reverses("down"), same_as("down"))
    site.gives("again", "dprk", "2018-07-22", *told, to="us", kind=ActKind.REVERSAL)
    seen = site.seen(LATER)
    assert seen.lifecycle("take-down") == "fulfilled"
    assert seen.effect("again", "take-down", REVERSES) == "no_change"


def test_nor_of_a_deed_for_which_something_waits():
    story = Story()
    story.gives("deed", "dprk", "2018-07-22", to="us")
    told = (reverses("deed"), same_as("deed"))
    story.gives("again", "dprk", "2018-07-22", *told, to="us", kind=ActKind.REVERSAL)
    story.promise("p", "us", to="dprk", on="2019-01-01", antecedent=once(occurred("deed")))
    assert story.seen(LATER).lifecycle("p") == "active"


@pytest.mark.rule("5.15.5")
def test_several_acts_that_tell_of_one_reversal_count_once(site):
    rebuild(site, extent="1/4")
    again = (reverses("down", "1/2"), same_as("rebuilt"))
    site.act("rebuilt-too", "dprk", "2019-03-02", *again, kind=ActKind.REVERSAL)
    seen = site.seen(LATER)
    assert seen.share("take-down") == "1/2"
    assert seen.effect("rebuilt", "take-down", REVERSES) == "done"
    assert seen.effect("rebuilt-too", "take-down", REVERSES) == "done"


# How much it takes back


@pytest.mark.rule("5.15.3")
def test_a_stated_share_of_the_commitment(site):
    rebuild(site, extent="2/11")
    assert site.seen(LATER).share("take-down") == "9/11"


@pytest.mark.rule("5.15.3")
def test_never_more_than_the_deed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("half", "dprk", "2018-06-02", fulfils("p", "1/2"), to="us")
    story.gives("more", "dprk", "2018-06-03", fulfils("p", "1/4"), to="us")
    story.act("undoes", "dprk", "2018-06-04", reverses("half", "9/10"))
    assert story.seen("2018-06-04").share("p") == "1/4"


@pytest.mark.rule("5.15.3")
def test_a_share_from_amounts():
    story = Story()
    story.promise("steps", "dprk", to="us", on="2007-10-03", quantity="11 steps")
    story.gives("eight", "dprk", "2008-06-30", fulfils("steps"), to="us", quantity="8 steps")
    story.act("undoes", "dprk", "2008-09-24", reverses("eight"), quantity="2 steps")
    assert story.seen("2008-09-24").share("steps") == "6/11"


@pytest.mark.rule("5.15.3")
def test_in_another_unit_it_takes_back_all_of_the_deed():
    story = Story()
    story.promise("steps", "dprk", to="us", on="2007-10-03", quantity="11 steps")
    story.gives("eight", "dprk", "2008-06-30", fulfils("steps"), to="us", quantity="8 steps")
    story.act("undoes", "dprk", "2008-09-24", reverses("eight"), quantity="2 seals")
    seen = story.seen("2008-09-24")
    assert seen.share("steps") == "0"
    assert "unit_differs" in seen.flags("steps")


@pytest.mark.rule("5.15.3", "5.15.4")
def test_all_of_a_deed_of_unknown_share_leaves_nothing_unknown():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("some", "dprk", "2018-06-02", fulfils("p"), to="us")
    story.act("undoes", "dprk", "2018-06-04", reverses("some"))
    assert story.seen("2018-06-03").share("p") == "? 0+"
    seen = story.seen("2018-06-04")
    assert seen.share("p") == "0"
    assert "partially_fulfilled" not in seen.flags("p")


@pytest.mark.rule("5.15.4")
def test_a_part_of_a_deed_of_unknown_share_leaves_it_unknown():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("some", "dprk", "2018-06-02", fulfils("p"), to="us")
    story.act("undoes", "dprk", "2018-06-04", reverses("some", "1/4"))
    seen = story.seen("2018-06-04")
    assert seen.share("p") == "? 0+"
    assert seen.effect("undoes", "p", REVERSES) == "no_change"


@pytest.mark.rule("5.15.4")
def test_the_share_of_the_whole_commitment_takes_all_of_a_deed_of_unknown_share():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("some", "dprk", "2018-06-02", fulfils("p"), to="us")
    story.act("undoes", "dprk", "2018-06-04", reverses("some", "1"))
    assert story.seen("2018-06-04").share("p") == "0"


def test_what_is_taken_back_twice_is_taken_back_once(site):
    rebuild(site)
    site.act("rebuilt-more", "dprk", "2019-04-01", reverses("down"))
    assert site.seen(LATER).effect("rebuilt-more", "take-down", REVERSES) == "no_change"


# What becomes of the commitment


@pytest.mark.rule("5.15.6")
def test_it_can_be_overdue():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="../2018-12-31")
    story.gives("deed", "dprk", "2018-06-02", fulfils("p", "1"), to="us")
    story.act("undoes", "dprk", "2019-02-01", reverses("deed"))
    assert story.seen("2019-02-01").flags("p") == {"overdue", "was_fulfilled"}


@pytest.mark.rule("5.14", "5.15.6")
def test_it_can_be_fulfilled_anew(site):
    rebuild(site)
    site.gives("down-again", "dprk", "2019-09-01", fulfils("take-down", "1"), to="us")
    seen = site.seen("2019-09-01")
    assert seen.lifecycle("take-down") == "fulfilled"
    assert seen.flags("take-down") == {"undated", "was_fulfilled"}


@pytest.mark.rule("5.15.6")
def test_it_can_be_breached(site):
    site.act("too-early", "dprk", "2019-03-01", breaches("take-down"))
    rebuild(site)
    site.act("breaks", "dprk", "2019-03-03", breaches("take-down"))
    assert site.seen("2019-03-02").effect("too-early", "take-down", RelationKind.BREACHES) == (
        "after_end"
    )
    assert site.seen("2019-03-03").lifecycle("take-down") == "breached"


@pytest.mark.rule("5.1", "5.15.6")
def test_fulfilled_before_its_antecedent_it_is_conditional_again():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=once(words("peace")))
    story.gives("deed", "dprk", "2018-06-02", fulfils("p", "1"), to="us")
    story.act("undoes", "dprk", "2018-06-03", reverses("deed"))
    assert story.seen("2018-06-03").lifecycle("p") == "conditional"


@pytest.mark.rule("5.15.6")
def test_a_reversal_after_another_end_lowers_the_share_only():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("half", "dprk", "2018-06-02", fulfils("p", "1/2"), to="us")
    story.act("breaks", "dprk", "2018-06-03", breaches("p"))
    story.act("undoes", "dprk", "2018-06-04", reverses("half"))
    seen = story.seen("2018-06-04")
    assert (seen.lifecycle("p"), seen.share("p")) == ("breached", "0")
    assert seen.effect("undoes", "p", REVERSES) == "done"


@pytest.mark.rule("5.15.2")
def test_in_a_mutual_commitment_a_party_takes_back_its_own_deed():
    story = Story()
    story.joint_promise("p", "us dprk", on="2018-06-01")
    story.gives("one", "us", "2018-06-02", fulfils("p"), to="dprk")
    story.gives("other", "dprk", "2018-06-03", fulfils("p"), to="us")
    story.act("not-his", "us", "2018-06-04", reverses("other"))
    story.act("his", "dprk", "2018-06-05", reverses("other"))
    assert story.seen("2018-06-04").lifecycle("p") == "fulfilled"
    assert story.seen("2018-06-04").effect("not-his", "p", REVERSES) == "reversal_claimed"
    seen = story.seen("2018-06-05")
    assert (seen.lifecycle("p"), seen.share("p")) == ("active", "1/2")


# What it triggered


@pytest.mark.rule("5.6.6")
def test_what_a_fulfilment_triggered_stays(site):
    site.promise(
        "pay", "us", to="dprk", on="2018-06-12", antecedent=once(fulfilled("take-down"))
    )
    site.act("holds", "us", "2019-04-01", suspends("pay"), with_="dprk")
    site.act("goes-on", "dprk", "2019-05-01", resumes("pay"))
    rebuild(site)
    assert site.seen("2019-03-02").lifecycle("pay") == "active"
    assert site.seen("2019-04-01").lifecycle("pay") == "suspended"
    assert site.seen("2019-05-01").lifecycle("pay") == "active"


def test_what_was_taken_back_before_the_rest_held_has_to_come_again(site):
    both = once(all_of(fulfilled("take-down"), words("peace")))
    site.promise("pay", "us", to="dprk", on="2018-06-12", antecedent=both)
    rebuild(site)
    site.act("peace", "us", "2019-04-01", meets("pay"))
    assert site.seen("2019-04-01").lifecycle("pay") == "conditional"
    site.gives("down-again", "dprk", "2019-09-01", fulfils("take-down", "1"), to="us")
    assert site.seen("2019-09-01").lifecycle("pay") == "active"


@pytest.mark.rule("5.6.6")
def test_an_act_that_was_wholly_taken_back_no_longer_meets_a_condition():
    story = Story()
    both = once(all_of(occurred("stop"), words("peace")))
    story.promise("pay", "us", to="dprk", on="2018-06-01", antecedent=both)
    story.act("stop", "dprk", "2018-06-02")
    story.act("goes-on", "dprk", "2018-06-05", reverses("stop"))
    story.act("peace", "us", "2018-06-07", meets("pay"))
    assert story.seen("2018-06-07").lifecycle("pay") == "conditional"


@pytest.mark.rule("5.6.6")
def test_an_act_in_doubt_that_was_wholly_taken_back_comes_too_late():
    story = Story()
    story.promise(
        "pay", "us", to="dprk", on="2018-06-01", antecedent=once("stop", by="2018-07-01")
    )
    story.act("stop", "dprk", "2018-06-20/2018-07-10")
    story.act("again", "dprk", "2018-08-01", reverses("stop"))
    doubtful, over = story.seen("2018-07-31"), story.seen("2018-08-01")
    assert doubtful.lifecycle("pay") == "conditional"
    assert "antecedent_in_doubt" in doubtful.flags("pay")
    assert over.lifecycle("pay") == "expired"


@pytest.mark.rule("5.6.6")
def test_taken_back_in_part_it_still_does():
    story = Story()
    both = once(all_of(occurred("stop"), words("peace")))
    story.promise("pay", "us", to="dprk", on="2018-06-01", antecedent=both)
    story.act("stop", "dprk", "2018-06-02")
    story.act("goes-on", "dprk", "2018-06-05", reverses("stop", "1/2"))
    story.act("peace", "us", "2018-06-07", meets("pay"))
    assert story.seen("2018-06-07").lifecycle("pay") == "active"


@pytest.mark.rule("5.15.7")
def test_what_was_undone_before_a_commitment_began_meets_no_condition_of_it():
    story = Story()
    story.act("first", "us", "2018-05-01", fulfils("theirs"))
    story.act("back", "us", "2018-05-05", reverses("first"))
    story.promise("theirs", "us", to="dprk", on="2018-06-12")
    story.promise("ours", "dprk", to="us", on="2018-06-01", antecedent=once(occurred("first")))
    seen = story.seen(LATER)
    assert seen.lifecycle("ours") == "conditional"
    assert seen.effect("back", "theirs", REVERSES) == "done"


@pytest.mark.rule("5.6.6")
def test_within_a_day_an_act_meets_a_condition_before_it_is_taken_back():
    story = Story()
    story.promise("pay", "us", to="dprk", on="2018-06-01", antecedent=once("stop"))
    story.act("stop", "dprk", "2018-06-02")
    story.act("goes-on", "dprk", "2018-06-02", reverses("stop"))
    assert story.seen("2018-06-02").lifecycle("pay") == "active"


@pytest.mark.rule("5.6.6")
def test_within_a_day_it_was_taken_back_before_anything_is_taken_off_hold():
    story = Story()
    story.promise("pay", "us", to="dprk", on="2018-06-01", antecedent=once("stop"))
    story.act("holds", "dprk", "2018-06-01", suspends("pay"))
    story.act("stop", "dprk", "2018-06-02")
    story.act("goes-on", "dprk", "2018-06-03", reverses("stop"))
    story.act("a-resumes", "dprk", "2018-06-03", resumes("pay"))
    assert story.seen("2018-06-03").lifecycle("pay") == "conditional"


# From when on a deed is undone, for whoever counts deeds


def test_a_deed_that_was_wholly_taken_back_is_undone_from_that_day(site):
    rebuild(site)
    assert since(site, "down") == Undone(
        date.fromisoformat("2019-03-02"), date.fromisoformat("2019-03-02")
    )


@pytest.mark.rule("5.15.7")
def test_a_deed_is_undone_in_part_and_by_several_reversals_wholly(site):
    rebuild(site, extent="1/4")
    site.act("rebuilt-more", "dprk", "2019-06-01", reverses("down", "3/4"))
    assert since(site, "down") == Undone(
        date.fromisoformat("2019-03-02"), date.fromisoformat("2019-06-01")
    )


@pytest.mark.rule("5.15.7")
def test_of_a_deed_that_fulfils_nothing_the_share_is_that_of_the_deed():
    story = Story()
    story.gives("gift", "us", "2018-06-01", to="dprk", quantity="100 t")
    story.act("takes-some", "us", "2018-06-05", reverses("gift"), quantity="40 t")
    story.act("takes-more", "us", "2018-06-09", reverses("gift", "3/5"))
    assert since(story, "gift") == Undone(
        date.fromisoformat("2018-06-05"), date.fromisoformat("2018-06-09")
    )


def test_a_claimed_reversal_undoes_nothing(site):
    rebuild(site, told=word("us"))
    assert since(site, "down") == Undone()


@pytest.mark.rule("5.15.7")
def test_a_deed_of_two_commitments_is_undone_once_both_lost_all_of_it():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-06-01")
    story.promise("q", "us", to="dprk", on="2018-06-01")
    story.gives("deed", "us", "2018-06-02", fulfils("p", "1/4"), fulfils("q", "1/2"), to="dprk")
    story.act("some", "us", "2018-06-05", reverses("deed", "1/4"))
    assert since(story, "deed") == Undone(date.fromisoformat("2018-06-05"))
    story.act("rest", "us", "2018-06-09", reverses("deed", "1/4"))
    assert since(story, "deed") == Undone(
        date.fromisoformat("2018-06-05"), date.fromisoformat("2018-06-09")
    )


# What the answer rests on


def test_the_reversal_is_among_what_the_standing_rests_on(site):
    rebuild(site)
    assert "rebuilt" in site.seen(LATER).standing("take-down").why


def test_so_is_what_ties_it_to_the_deed_that_a_condition_names():
    story = Story()
    both = once(all_of(occurred("freed"), occurred("paid")))
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=both)
    story.act("freed", "dprk", "2018-06-01")
    story.act("account", "dprk", "2018-06-01", same_as("freed"))
    story.act("seized", "dprk", "2018-06-02", reverses("account"))
    story.act("paid", "dprk", "2018-06-03")
    found = story.seen(LATER).standing("p")
    assert found.lifecycle == "conditional"
    assert found.why == ("p", "account", "freed", "seized", "paid")
    story.annul("account")
    assert story.seen(LATER).lifecycle("p") == "active"


@pytest.mark.rule("5.15.6")
@pytest.mark.parametrize("extent", ["", "1/2"])
def test_what_was_kept_to_its_end_stays_whole(extent):
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", kept=True, until="2020-06-01")
    story.gives("deed", "us", "2020-02-01", fulfils("p", extent), to="dprk")
    story.act("undo", "us", "2020-07-01", reverses("deed"))
    story.gives("more", "us", "2020-08-01", fulfils("p", extent), to="dprk")
    seen = story.seen(LATER)
    assert seen.share("p") == "1"
    assert seen.effect("undo", "p", REVERSES) == "after_end"
    assert seen.effect("more", "p", RelationKind.FULFILS) == "after_end"


def test_a_reversal_of_what_does_not_count_needs_nobodys_mandate():
    story = Story(parties="us dprk rok")
    story.party("envoy", for_("rok"))
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.gives("deed", "envoy", "2020-02-01", fulfils("p"), to="dprk")
    story.act("undo", "envoy", "2020-03-01", reverses("deed"))
    seen = story.seen(LATER)
    assert seen.effect("undo", "p", REVERSES) == "no_change"
    assert "authority_doubtful" not in seen.flags("p")


@pytest.mark.rule("5.15.2")
def test_an_act_that_takes_back_its_own_deed_takes_back_none_of_others_with_it():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.gives("theirs", "rok", "2020-02-01", fulfils("p", "1/2"), to="dprk")
    story.gives("own", "iaea", "2020-02-01", fulfils("p", "1/2"), to="dprk")
    story.act("undo", "iaea", "2020-03-01", reverses("theirs"), reverses("own"))
    seen = story.seen("2020-03-01")
    became = {c.target: c.why_not for c in seen.standing("p").conduct if c.act == "undo"}
    assert became == {"theirs": "reversal_claimed", "own": "no_change"}
