"""A move aimed at an instrument is that move on each promise under it that its maker may so move."""

from datetime import date

import pytest

from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    cancels,
    for_,
    notice,
    refutes,
    releases,
    resumes,
    suspends,
    withdraws,
    word,
)

CANCELS, RELEASES = RelationKind.CANCELS, RelationKind.RELEASES
SUSPENDS, WITHDRAWS = RelationKind.SUSPENDS, RelationKind.WITHDRAWS


def pact(**terms: object) -> Story:
    """Each of two owes the other something; a third one owes both."""
    story = Story(parties="us dprk rok iaea")
    story.instrument("t", "us dprk rok", on="2015-07-14", **terms)
    for name, by, to in (
        ("ours", "us", "dprk"),
        ("theirs", "dprk", "us"),
        ("both", "rok", "us dprk"),
    ):
        story.promise(name, by, to=to, on="2015-07-14", kept=True, instrument="t")
    return story


def conduct_of(story: Story, day: str, act: str) -> str:
    """What an act did to the instrument: `done`, or why it did nothing."""
    [found] = [c for c in story.seen(day).instrument("t").conduct if c.act == act]
    return "done" if found.effective else found.why_not


# What it moves


@pytest.mark.rule("5.12", "5.12.1", "5.12.4")
def test_who_leaves_it_leaves_what_it_owes_under_it():
    story = pact()
    story.act("leave", "us", "2018-05-08", cancels("t"))
    seen = story.seen("2018-05-08")
    assert seen.lifecycle("ours") == "cancelled"
    assert seen.flags("ours") == {"counts_as_breach", "maintenance"}
    assert seen.standing("ours").against == ("us",)
    assert seen.lifecycle("theirs") == "active"
    assert seen.lifecycle("both") == "active"
    assert conduct_of(story, "2018-05-08", "leave") == "done"


@pytest.mark.rule("5.12.2")
def test_on_the_others_it_is_nothing_and_flags_nothing():
    story = pact()
    story.act("leave", "us", "2018-05-08", cancels("t"))
    seen = story.seen("2018-05-08")
    assert seen.flags("theirs") == {"maintenance"}
    assert seen.standing("theirs").conduct == ()


def test_it_stands_in_the_conduct_of_each_promise_that_it_concerns():
    story = pact()
    story.act("leave", "us", "2018-05-08", cancels("t"))
    [did] = story.seen("2018-05-08").standing("ours").conduct
    assert (did.act, did.target, did.effective) == ("leave", "t", True)
    assert did.day == date(2018, 5, 8)
    assert {"t", "leave", "ours"} <= set(story.seen("2018-05-08").standing("ours").why)


@pytest.mark.rule("5.12.1")
@pytest.mark.parametrize(
    ("move", "moved", "becomes"),
    [
        (suspends("t"), "ours", "suspended"),
        (releases("t"), "ours", "released"),
        (cancels("t"), "theirs", "cancelled"),
    ],
)
def test_each_is_moved_by_who_may_move_it(move, moved, becomes):
    story = pact()
    story.act("move", "dprk", "2018-05-08", move)
    assert story.seen("2018-05-08").lifecycle(moved) == becomes
    assert story.seen("2018-05-08").effect("move", moved, move.kind) == "done"


@pytest.mark.rule("5.12.1")
def test_a_suspension_is_taken_back_for_all_of_it():
    story = pact()
    story.act("halt", "dprk", "2018-05-08", suspends("t"))
    story.act("go-on", "dprk", "2018-06-08", resumes("t"))
    assert story.seen("2018-05-08").lifecycle("ours") == "suspended"
    assert story.seen("2018-06-08").lifecycle("ours") == "active"


def test_as_a_debtor_one_waits_for_acceptance_of_the_suspending_act():
    story = pact()
    story.act("halt", "us", "2018-05-08", suspends("t"))
    assert story.seen("2018-05-08").effect("halt", "ours", SUSPENDS) == "waiting"
    assert story.seen("2018-05-08").lifecycle("theirs") == "suspended"
    story.act("agreed", "dprk", "2018-05-09", accepts("halt"))
    assert story.seen("2018-05-09").lifecycle("ours") == "suspended"


@pytest.mark.rule("5.12.1")
def test_what_had_not_begun_by_its_day_is_not_moved():
    story = pact()
    story.promise("later", "us", to="dprk", on="2018-05-09", kept=True, instrument="t")
    story.act("leave", "us", "2018-05-08", cancels("t"))
    assert story.seen("2018-06-01").lifecycle("later") == "active"
    assert story.seen("2018-06-01").standing("later").conduct == ()


@pytest.mark.rule("5.12.1")
def test_what_began_before_a_notice_takes_effect_is():
    story = pact()
    story.promise("later", "us", to="dprk", on="2018-06-01", kept=True, instrument="t")
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-07-01"))
    assert "notice_given" in story.seen("2018-06-01").flags("later")
    assert story.seen("2018-07-01").lifecycle("later") == "cancelled"


@pytest.mark.rule("5.12.1")
def test_it_takes_effect_never_before_the_instrument_s_own_day():
    story = Story()
    story.instrument("t", "us dprk", on="2015-07-14")
    story.promise("p", "us", to="dprk", on="2015-07-01", kept=True, instrument="t")
    story.act("leave", "us", "2015-07-08", cancels("t"))
    assert story.seen("2015-07-13").lifecycle("p") == "active"
    assert story.seen("2015-07-14").lifecycle("p") == "cancelled"


def test_an_instrument_that_is_not_visible_is_left_by_nobody():
    story = pact()
    story.act("leave", "us", "2018-05-08", cancels("t"))
    story.annul("t")
    assert story.seen("2018-05-08").lifecycle("ours") == "active"


# When it moves nothing


@pytest.mark.rule("5.12.4")
def test_a_stranger_moves_nothing_and_is_not_entitled():
    story = pact()
    story.act("says", "iaea", "2018-05-08", cancels("t"))
    assert conduct_of(story, "2018-05-08", "says") == "not_entitled"
    assert story.seen("2018-05-08").flags("ours") == {"maintenance"}


@pytest.mark.rule("5.12.4")
def test_without_the_mandate_it_is_doubtful():
    story = pact()
    story.party("envoy", for_("us", Mandate.PROMISE))
    story.act("says", "envoy", "2018-05-08", cancels("t"))
    assert conduct_of(story, "2018-05-08", "says") == "authority_doubtful"
    assert story.seen("2018-05-08").standing("ours").conduct == ()


@pytest.mark.rule("5.12.4")
def test_where_all_is_over_it_comes_after_the_end():
    story = pact()
    story.act("leave", "us", "2018-05-08", cancels("t"))
    story.act("again", "us", "2018-06-08", cancels("t"))
    assert conduct_of(story, "2018-06-08", "again") == "after_end"
    assert "after_end" not in story.seen("2018-06-08").flags("ours")


def test_the_other_sides_word_alone_leaves_nothing():
    story = pact()
    story.act("said", "us", "2018-05-08", cancels("t"), told=word("dprk"))
    seen = story.seen("2018-05-08")
    assert seen.lifecycle("ours") == "active"
    assert "cancels_claimed" in seen.flags("ours")
    assert conduct_of(story, "2018-05-08", "said") == "cancels_claimed"


def test_what_is_refuted_leaves_nothing():
    story = pact()
    story.act("leave", "us", "2018-05-08", cancels("t"))
    story.act("never", "iaea", "2018-06-08", refutes("leave"))
    assert story.seen("2018-06-08").lifecycle("ours") == "active"
    assert conduct_of(story, "2018-06-08", "leave") == "refuted"


# Left lawfully


@pytest.mark.rule("5.11.2", "5.12.4")
def test_its_terms_of_withdrawal_hold_for_what_is_under_it():
    story = pact(withdrawal=notice(days=90))
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-08-06"))
    given, left = story.seen("2018-05-08"), story.seen("2018-08-06")
    assert given.flags("ours") == {"maintenance", "notice_given", "on_notice"}
    assert left.lifecycle("ours") == "cancelled"
    assert left.flags("ours") == {"maintenance", "on_notice"}
    assert conduct_of(story, "2018-05-08", "leave") == "notice_given"
    assert conduct_of(story, "2018-08-06", "leave") == "done"


@pytest.mark.rule("5.11.2")
def test_a_promise_s_own_terms_prevail():
    story = pact(withdrawal=notice(days=90))
    story.amend("ours", withdrawal=notice(days=365))
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-08-06"))
    assert "counts_as_breach" in story.seen("2018-08-06").flags("ours")


@pytest.mark.rule("5.11.2")
def test_its_terms_hold_for_a_promise_that_is_left_alone_too():
    story = pact(withdrawal=notice(days=90))
    story.act("leave", "us", "2018-05-08", cancels("ours", on="2018-08-06"))
    seen = story.seen("2018-08-06")
    assert seen.flags("ours") == {"maintenance", "on_notice"}
    assert "t" in seen.standing("ours").why


@pytest.mark.rule("5.12.3")
def test_it_also_releases_what_its_maker_alone_is_owed():
    story = pact(withdrawal=notice(days=90))
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-08-06"))
    given, left = story.seen("2018-05-08"), story.seen("2018-08-06")
    assert given.lifecycle("theirs") == "active"
    assert "notice_given" in given.flags("theirs")
    assert left.lifecycle("theirs") == "released"
    assert left.lifecycle("both") == "active"
    assert left.effect("leave", "theirs", CANCELS) == "done"
    assert left.steps("theirs")[-1] == "its only creditor left the instrument"


@pytest.mark.rule("5.12.3")
def test_an_unlawful_withdrawal_releases_nobody():
    story = pact(withdrawal=notice(days=90))
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-05-09"))
    assert story.seen("2018-05-09").lifecycle("theirs") == "active"


@pytest.mark.rule("5.12.3")
def test_whether_it_also_releases_goes_by_the_instrument_s_terms_alone():
    story = pact(withdrawal=notice(days=90))
    story.amend("ours", withdrawal=notice())
    story.amend("theirs", withdrawal=notice())
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-05-09"))
    seen = story.seen("2018-05-09")
    assert seen.flags("ours") == {"maintenance", "on_notice"}
    assert seen.lifecycle("theirs") == "active"


def test_a_notice_of_withdrawal_is_taken_back_for_all_of_it():
    story = pact(withdrawal=notice(days=90))
    story.act("leave", "us", "2018-05-08", cancels("t", on="2018-08-06"))
    story.act("stay", "us", "2018-08-05", withdraws("leave"))
    seen = story.seen("2018-08-06")
    assert (seen.lifecycle("ours"), seen.lifecycle("theirs")) == ("active", "active")
    assert seen.effect("stay", "ours", WITHDRAWS) == "done"
    assert seen.effect("stay", "theirs", WITHDRAWS) == "done"
    assert conduct_of(story, "2018-08-06", "leave") == "withdrawn"


def test_one_act_may_suspend_it_and_give_notice():
    story = pact(withdrawal=notice(days=90))
    story.act("leave", "dprk", "2018-05-08", suspends("t"), cancels("t", on="2018-08-06"))
    seen = story.seen("2018-05-08")
    assert seen.lifecycle("ours") == "suspended"
    assert "notice_given" in seen.flags("theirs")
    assert story.seen("2018-08-06").lifecycle("ours") == "released"
    assert story.seen("2018-08-06").lifecycle("theirs") == "cancelled"


def test_who_left_one_of_them_before_moves_the_others_only():
    story = pact()
    story.act("off", "us", "2017-01-01", cancels("ours"))
    story.joint_promise("zone", "us dprk rok", on="2016-01-01", instrument="t")
    story.act("off-zone", "us", "2017-01-01", cancels("zone"))
    story.act("leave", "us", "2018-05-08", cancels("t"))
    found = story.seen("2018-05-08").standing("zone")
    assert "not_entitled" not in found.flags
    assert [did.act for did in found.conduct] == ["off-zone"]
