"""What happens on a day elsewhere takes its turn too, whatever is asked: also before what arises
on that day, before what is taken back on it, and before what takes the place of something.
"""

from __future__ import annotations

import pytest

from ledger_service.domain.values.entries import RelationKind
from tests.support.comparing import seen_by_both
from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    cancels,
    follows,
    fulfils,
    meets,
    notice,
    once,
    releases,
    resumes,
    reverses,
    same_as,
    succeeds,
    supersedes,
    suspends,
    withdraws,
    words,
)

BEFORE, EARLIER, DAY = "2025-01-10", "2025-02-01", "2025-03-01"


@pytest.fixture
def story() -> Story:
    story = Story(parties="a b c x")
    story.promise("q", "x", to="c", on="2025-01-01", kept=True)
    return story


@pytest.mark.rule("5.2.4", "5.2.5", "5.3.3.1")
def test_what_arises_waits_for_what_its_act_follows_elsewhere(story):
    """Once `c` has left nobody is missing any more in the release by `a` and `b`: but that of
    `b` follows what `x` calls off on that day, which comes behind the cancellation by `b`.
    """
    story.joint_promise("p", "a b c", on="2025-01-01")
    story.act("z0", "x", BEFORE, cancels("q", on=DAY))
    story.act("free-a", "a", EARLIER, releases("p"))
    story.act("free-b", "b", EARLIER, releases("p"), follows("z0"))
    story.act("a-off", "c", DAY, cancels("p"))
    story.act("a-off2", "b", DAY, cancels("p"))
    found = seen_by_both(story, DAY)
    assert found.lifecycle("p") == "cancelled"
    assert "counts_as_breach" in found.flags("p")
    assert {"z0", "q"} <= set(found.standing("p").why)
    story.annul("z0")
    assert seen_by_both(story, DAY).lifecycle("p") == "released"


@pytest.mark.rule("5.2.5", "5.6.6")
def test_a_turn_elsewhere_ends_that_of_reversals(story):
    """`d` is taken back before the offer that waits for it is accepted."""
    story.act("d", "b", BEFORE)
    story.promise("p", "a", to="c", on=EARLIER, offer=True, antecedent=once("d"))
    story.act("undo", "b", DAY, reverses("d"))
    story.act("z0", "x", DAY, breaches("q"))
    story.act("yes", "c", DAY, accepts("p"), follows("z0"))
    assert seen_by_both(story, DAY).lifecycle("p") == "conditional"


@pytest.mark.rule("5.2.5", "5.8")
def test_what_takes_a_place_waits_for_no_turn_elsewhere(story):
    """`new` is accepted, and takes the place of `p` before `x` breaks `q`, what `later` follows."""
    story.promise("p", "a", to="c", on=BEFORE, due="2025-12-31")
    story.promise("new", "a", supersedes("p"), to="c", on=EARLIER)
    story.act("yes", "c", DAY, accepts("new"))
    story.act("z0", "x", DAY, breaches("q"))
    story.act("later", "c", DAY, suspends("p"), follows("z0"))
    found = seen_by_both(story, DAY)
    assert found.lifecycle("p") == "superseded"
    assert found.effect("later", "p", RelationKind.SUSPENDS) == "after_end"


@pytest.mark.rule("5.2.9", "5.6.6")
def test_what_follows_of_a_reversal_does_before_the_turns_behind_it(story):
    """It can hold no more that `d` came in time, so nothing is left to call off."""
    story.act("d", "b", "2025-01-08/2025-01-12")
    story.promise("p", "a", to="c", on="2025-01-01", antecedent=once("d", by=BEFORE))
    assert seen_by_both(story, EARLIER).lifecycle("p") == "conditional"
    story.act("undo", "b", DAY, reverses("d"))
    story.act("off", "a", DAY, cancels("p"))
    found = seen_by_both(story, DAY)
    assert found.lifecycle("p") == "expired"
    assert found.effect("off", "p", RelationKind.CANCELS) == "after_end"
    story.annul("off")
    assert seen_by_both(story, DAY).lifecycle("p") == "expired"


@pytest.mark.rule("5.2.4", "5.2.6")
def test_of_two_acts_that_tell_of_one_deed_each_does_the_rest_in_its_own_turn(story):
    story.promise("p", "a", to="c", on=BEFORE)
    story.act("z0", "x", DAY, breaches("q"))
    story.gives("one", "a", DAY, fulfils("p", "1"), follows("z0"), to="c")
    story.gives("two", "a", DAY, fulfils("p", "1"), cancels("p"), same_as("one"), to="c")
    assert seen_by_both(story, DAY).lifecycle("p") == "cancelled"


@pytest.mark.rule("5.2.6", "5.2.8")
def test_what_follows_an_act_that_follows_it_says_nothing_of_a_third(story):
    story.act("a", "x", DAY, follows("b"), follows("c"))
    story.act("b", "x", DAY, breaches("q"), follows("a"))
    story.act("c", "x", DAY, resumes("q"), follows("a"))
    assert "order_in_doubt" in seen_by_both(story, DAY).flags("q")


@pytest.mark.rule("5.2.3", "5.12.3")
def test_a_release_comes_before_a_withdrawal_of_the_same_act_that_releases():
    story = Story()
    story.instrument("t", "us dprk", on=BEFORE, withdrawal=notice())
    story.promise("p", "us", to="dprk", on=BEFORE, instrument="t")
    story.act("out", "dprk", DAY, cancels("t"), releases("t"))
    found = seen_by_both(story, DAY)
    assert found.lifecycle("p") == "released"
    assert found.effect("out", "p", RelationKind.RELEASES) == "done"
    assert found.effect("out", "p", RelationKind.CANCELS) == "after_end"


@pytest.mark.rule("5.10.4", "5.11.5.1")
def test_a_notice_that_only_a_stranger_shares_is_the_creditors_to_withdraw():
    """The heir of who left is no debtor, so what it announces with the creditor is that one's."""
    story = Story()
    story.party("heir", succeeds=(succeeds("us", EARLIER),))
    story.promise("p", "us rok", to="dprk", on="2025-01-01")
    story.act("off", "us", BEFORE, cancels("p"))
    story.act("notice", "dprk", "2025-02-10", suspends("p", on="2025-04-01"), with_="heir")
    story.act("no", "dprk", DAY, withdraws("notice"))
    found = seen_by_both(story, DAY)
    assert found.effect("no", "p", RelationKind.WITHDRAWS) == "done"
    assert found.effect("notice", "p", RelationKind.SUSPENDS) == "withdrawn"


@pytest.mark.rule("5.3.3.1", "5.8")
def test_who_has_left_what_is_replaced_did_nothing_by_accepting_what_replaces_it():
    story = Story(parties="a b c d")
    story.joint_promise("p", "a b c d", on="2025-01-01")
    story.promise("new", "b c", supersedes("p"), to="d", on=BEFORE)
    story.act("yes", "a", EARLIER, accepts("new"))
    story.act("off-a", "a", DAY, cancels("p"))
    story.act("off-d", "d", DAY, cancels("p"))
    found = seen_by_both(story, DAY)
    assert found.lifecycle("p") == "superseded"
    assert found.effect("yes", "new", RelationKind.ACCEPTS) == "no_change"


@pytest.mark.rule("5.7.3", "5.10.2")
def test_a_notice_of_resumption_moves_by_the_rights_of_its_day():
    """The debtor stands beside a creditor only once the day has come."""
    story = Story()
    story.party("us-heir", succeeds=(succeeds("dprk", DAY),))
    story.promise("p", "us us-heir", to="dprk rok", on="2025-01-01")
    story.act("halt", "dprk", BEFORE, suspends("p"), with_="rok")
    story.act("back", "us-heir", EARLIER, resumes("p", on=DAY))
    found = seen_by_both(story, DAY)
    assert found.lifecycle("p") == "suspended"
    assert found.effect("back", "p", RelationKind.RESUMES) == "not_entitled"


@pytest.mark.rule("5.7.8")
def test_who_left_does_not_resume_what_another_one_broke():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2025-01-01", kept=True)
    story.act("off", "us", BEFORE, cancels("p"))
    story.act("strike", "rok", EARLIER, breaches("p"))
    story.act("back", "us", DAY, resumes("p"))
    assert seen_by_both(story, DAY).lifecycle("p") == "breached"


@pytest.mark.rule("5.3.10", "5.6.6")
@pytest.mark.parametrize(("undone", "came_of_it"), [(BEFORE, "after_end"), (EARLIER, "done")])
def test_words_that_were_met_and_taken_back_before_the_promise_were_never_met(
    undone, came_of_it
):
    story = Story()
    waits = once(words("peace"), by="2025-01-20")
    story.promise("p", "us", to="dprk", on=EARLIER, antecedent=waits)
    story.act("met", "dprk", "2025-01-05", meets("p"))
    story.act("undo", "dprk", undone, reverses("met"))
    found = seen_by_both(story, DAY)
    assert found.effect("met", "p", RelationKind.MEETS) == came_of_it
