"""A cancellation takes only its maker off its side; who holds a side by succession stands in."""

from fractions import Fraction

import pytest

from ledger_service.domain.values.answers import CountBy
from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    cancels,
    follows,
    for_,
    fulfils,
    meets,
    notice,
    once,
    releases,
    resumes,
    reverses,
    same_as,
    succeeds,
    suspends,
    verifies,
    withdraws,
    word,
    words,
)

COMMITMENTS = {"count_by": CountBy.COMMITMENTS}
CANCELS, RELEASES = RelationKind.CANCELS, RelationKind.RELEASES
FULFILS, REVERSES = RelationKind.FULFILS, RelationKind.REVERSES


@pytest.fixture
def zone() -> Story:
    """Three keep a zone free of troops; six months' notice."""
    story = Story()
    story.joint_promise(
        "p", "us dprk rok", on="2020-01-01", kept=True, withdrawal=notice(months=6)
    )
    return story


@pytest.fixture
def oil() -> Story:
    """Two owe oil together."""
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    return story


# One after the other


@pytest.mark.rule("5.3.2", "5.3.10", "5.11", "5.11.1", "5.11.4")
def test_one_debtor_leaves_and_the_others_stay_bound(oil):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    found = oil.seen("2020-02-01").standing("p")
    assert found.lifecycle == "active"
    assert found.left_by == ("us",)
    assert oil.seen("2020-02-01").held("p") == ("rok", "dprk")
    assert found.against == ("us",)
    assert "counts_as_breach" not in found.flags
    assert oil.seen("2020-02-01").effect("off", "p", CANCELS) == "done"
    assert oil.seen("2020-02-01").steps("p")[-1] == "left by us; the others stay bound"


@pytest.mark.rule("5.11.1", "5.11.4", "5.11.7")
def test_it_is_cancelled_when_the_last_debtor_leaves(oil):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("off-too", "rok", "2020-03-01", cancels("p"))
    found = oil.seen("2020-03-01").standing("p")
    assert found.lifecycle == "cancelled"
    assert found.left_by == ("rok", "us")
    assert found.against == ("rok", "us")
    assert "counts_as_breach" in found.flags
    assert oil.seen("2020-03-01").held("p") == ("rok", "dprk")


@pytest.mark.rule("5.11.1", "5.11.3")
def test_a_mutual_one_is_cancelled_when_fewer_than_two_remain(zone):
    zone.act("notice", "us", "2020-02-29", cancels("p", on="2020-08-29"))
    zone.act("off", "dprk", "2020-10-01", cancels("p"))
    between, after = zone.seen("2020-08-29"), zone.seen("2020-10-01")
    assert between.lifecycle("p") == "active"
    assert between.held("p") == ("dprk rok", "dprk rok")
    assert between.standing("p").against == ()
    assert after.lifecycle("p") == "cancelled"
    assert after.flags("p") == {"counts_as_breach", "maintenance", "on_notice"}
    assert after.standing("p").left_by == ("dprk", "us")
    assert after.standing("p").against == ("dprk",)


@pytest.mark.rule("5.11.4")
def test_a_lawful_end_does_not_excuse_who_left_unlawfully_before(zone):
    zone.act("off", "us", "2020-02-01", cancels("p"))
    zone.act("notice", "dprk", "2020-02-02", cancels("p", on="2020-09-01"))
    found = zone.seen("2020-09-01").standing("p")
    assert found.lifecycle == "cancelled"
    assert found.against == ("us",)
    assert {"counts_as_breach", "on_notice"} <= set(found.flags)


@pytest.mark.rule("5.11.4")
def test_who_leaves_before_anything_binds_is_not_to_blame(oil):
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01", offer=True)
    story.act("off", "us", "2020-02-01", cancels("p"))
    assert story.seen("2020-02-01").standing("p").left_by == ("us",)
    assert story.seen("2020-02-01").standing("p").against == ()


# Who left moves nothing more there


@pytest.mark.rule("5.11.5")
@pytest.mark.parametrize(
    ("move", "why"),
    [
        (cancels("p"), "not_entitled"),
        (fulfils("p", "1/2"), "not_entitled"),
        (breaches("p"), "breach_claimed"),
        (suspends("p"), "not_entitled"),
    ],
)
def test_who_left_moves_nothing_more_there(oil, move, why):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("more", "us", "2020-03-01", move)
    seen = oil.seen("2020-03-01")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("more", "p", move.kind) == why


@pytest.mark.rule("5.11.5")
def test_who_left_moves_as_a_creditor_what_it_came_to_be_owed():
    story = Story(parties="us rok dprk")
    story.party("us", succeeds=(succeeds("dprk", "2020-03-01"),))
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("free", "us", "2020-04-01", releases("p"))
    seen = story.seen("2020-04-01")
    assert seen.lifecycle("p") == "released"
    assert seen.effect("free", "p", RELEASES) == "done"


@pytest.mark.rule("3.7.2", "5.11.5")
@pytest.mark.parametrize(("who", "found"), [("us", "claimed"), ("iaea", "verified")])
def test_who_left_stays_interested(oil, who, found):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    deed = fulfils("p", "1")
    oil.gives("deed", "rok", "2020-03-01", deed, to="dprk", told=word("rok"))
    oil.act("looked", who, "2020-04-01", verifies("deed"))
    assert oil.seen("2020-04-01").evidence("deed") == found


@pytest.mark.rule("5.1", "5.11.5")
def test_once_it_is_over_what_comes_later_still_raises_the_share():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.gives("deed", "us", "2020-03-01", fulfils("p", "1/2"), to="dprk")
    assert story.seen("2020-03-01").share("p") == "1/2"


@pytest.mark.rule("5.10.3")
def test_its_pending_notice_has_nothing_more_to_do(zone):
    zone.act("notice", "us", "2020-02-01", cancels("p", on="2020-09-01"))
    zone.act("off", "us", "2020-03-01", cancels("p"))
    seen = zone.seen("2020-03-01")
    assert seen.standing("p").notice_given is None
    assert "notice_given" not in seen.flags("p")
    assert zone.seen("2020-09-01").effect("notice", "p", CANCELS) == "no_change"


# Everybody who holds a part


@pytest.mark.rule("5.3.3")
def test_accepting_takes_every_successor_of_the_creditor():
    story = Story(parties="us old")
    story.party("north", succeeds=(succeeds("old", "2020-02-01"),))
    story.party("south", succeeds=(succeeds("old", "2020-02-01"),))
    story.promise("p", "us", to="old", on="2020-01-01", offer=True)
    story.act("yes", "north", "2020-03-01", accepts("p"))
    assert story.seen("2020-03-01").lifecycle("p") == "proposed"
    assert story.seen("2020-03-01").effect("yes", "p", RelationKind.ACCEPTS) == "waiting"
    story.act("yes-too", "south", "2020-04-01", accepts("p"))
    assert story.seen("2020-04-01").lifecycle("p") == "active"
    assert story.seen("2020-04-01").effect("yes", "p", RelationKind.ACCEPTS) == "done"


@pytest.mark.rule("5.3.3")
def test_releasing_takes_every_successor():
    story = Story(parties="us old")
    story.party("north", succeeds=(succeeds("old", "2020-02-01"),))
    story.party("south", succeeds=(succeeds("old", "2020-02-01"),))
    story.promise("p", "us", to="old", on="2020-01-01")
    story.act("free", "north", "2020-03-01", releases("p"))
    assert story.seen("2020-03-01").effect("free", "p", RELEASES) == "waiting"
    assert "waiting" in story.seen("2020-03-01").flags("p")
    story.act("free-too", "south", "2020-04-01", releases("p"))
    assert story.seen("2020-04-01").lifecycle("p") == "released"


@pytest.mark.rule("5.3.3")
def test_and_the_predecessor_too_where_it_continues():
    story = Story(parties="us old")
    story.party("part", succeeds=(succeeds("old", "2020-02-01", continues=True),))
    story.promise("p", "us", to="old", on="2020-01-01")
    story.act("free", "part", "2020-03-01", releases("p"))
    assert story.seen("2020-03-01").lifecycle("p") == "active"
    story.act("free-too", "old", "2020-04-01", releases("p"))
    assert story.seen("2020-04-01").lifecycle("p") == "released"


@pytest.mark.rule("5.3.3")
def test_who_joined_before_it_was_succeeded_joined_for_its_successors():
    story = Story(parties="us old rok")
    story.party("new", succeeds=(succeeds("old", "2020-02-01"),))
    story.promise("p", "us", to="old rok", on="2020-01-01")
    story.act("free", "old", "2020-01-15", releases("p"))
    story.act("free-too", "rok", "2020-03-01", releases("p"))
    assert story.seen("2020-03-01").lifecycle("p") == "released"


@pytest.mark.rule("5.11.5.1")
def test_who_left_before_it_was_succeeded_leaves_nothing_behind(oil):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    seen = oil.seen("2020-04-01")
    assert seen.held("p") == ("rok", "dprk")
    oil.act("off-too", "rok", "2020-05-01", cancels("p"))
    assert oil.seen("2020-05-01").lifecycle("p") == "cancelled"


def test_a_successor_cancels_what_its_predecessor_promised():
    story = Story(parties="old dprk")
    story.party("new", succeeds=(succeeds("old", "1991-12-26"),))
    story.promise("p", "old", to="dprk", on="1985-12-26")
    story.act("early", "new", "1990-01-01", cancels("p"))
    story.act("off", "new", "1995-09-07", cancels("p"))
    assert story.seen("1995-09-06").lifecycle("p") == "active"
    assert story.seen("1995-09-06").effect("early", "p", CANCELS) == "not_entitled"
    assert story.seen("1995-09-07").standing("p").against == ("new",)
    assert story.seen("1995-09-07").standing("p").left_by == ("new",)


def test_one_of_two_successors_does_not_end_it_for_the_other():
    story = Story(parties="old hungary")
    story.party("cze", succeeds=(succeeds("old", "1993-01-01"),))
    story.party("svk", succeeds=(succeeds("old", "1993-01-01"),))
    story.promise("p", "old", to="hungary", on="1977-09-16")
    story.act("off", "cze", "1994-01-01", cancels("p"))
    assert story.seen("1994-01-01").lifecycle("p") == "active"
    assert story.seen("1994-01-01").held("p") == ("svk", "hungary")


# Deeds by representatives without a mandate


@pytest.mark.rule("5.3.6")
@pytest.mark.parametrize("move", [fulfils("p", "1"), breaches("p")])
def test_a_deed_without_a_mandate_counts_and_is_flagged(move):
    story = Story()
    story.party("envoy", for_("us", Mandate.CANCEL))
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("deed", "envoy", "2020-02-01", move)
    seen = story.seen("2020-02-01")
    assert seen.effect("deed", "p", move.kind) == "done"
    assert "authority_doubtful" in seen.flags("p")


# Blame


@pytest.mark.rule("5.3.2", "5.11.6")
def test_who_broke_it_is_to_blame_also_when_it_is_kept_again():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01", kept=True)
    story.act("strike", "us", "2020-02-01", breaches("p"))
    story.act("back", "rok", "2020-02-02", resumes("p"))
    found = story.seen("2020-02-02").standing("p")
    assert (found.lifecycle, found.against) == ("active", ("us",))


@pytest.mark.rule("5.3.9")
def test_a_breach_told_of_somebody_else_is_an_accusation():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("accuses", "dprk", "2020-02-01", breaches("p"))
    seen = story.seen("2020-02-01")
    assert seen.lifecycle("p") == "active"
    assert seen.flags("p") == {"breach_claimed", "undated"}
    assert seen.effect("accuses", "p", RelationKind.BREACHES) == "breach_claimed"


# Who left has nothing more to move


@pytest.mark.rule("5.11.5")
def test_who_left_can_give_no_notice(zone):
    zone.act("off", "us", "2020-02-01", cancels("p"))
    zone.act("halt", "us", "2020-03-01", suspends("p", on="2020-05-01"))
    given, come = zone.seen("2020-03-01"), zone.seen("2020-05-01")
    for seen in (given, come):
        assert seen.effect("halt", "p", RelationKind.SUSPENDS) == "not_entitled"
        assert "notice_given" not in seen.flags("p")


def test_a_notice_that_was_not_rightly_given_cannot_be_withdrawn(oil):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("again", "us", "2020-03-01", cancels("p", on="2020-05-01"))
    oil.act("back", "rok", "2020-04-01", withdraws("again"))
    seen = oil.seen("2020-05-01")
    assert seen.effect("back", "p", RelationKind.WITHDRAWS) == "no_change"
    assert seen.effect("again", "p", CANCELS) == "not_entitled"


def test_who_left_as_a_debtor_delivers_nothing_though_it_is_owed_too():
    story = Story()
    story.promise("p", "us rok", to="us", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.gives("deed", "us", "2020-03-01", fulfils("p", "1/3"), to="rok")
    seen = story.seen("2020-03-01")
    assert seen.share("p") == "0"
    assert seen.effect("deed", "p", RelationKind.FULFILS) == "not_entitled"


@pytest.mark.rule("5.11.5.1")
@pytest.mark.parametrize("move", [breaches("p"), cancels("p")])
def test_who_succeeds_one_that_left_is_a_stranger(oil, move):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    oil.act("x", "heir", "2020-04-01", move)
    seen = oil.seen("2020-04-01")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("x", "p", move.kind) in ("not_entitled", "breach_claimed")


@pytest.mark.rule("5.11.5.1")
def test_who_succeeds_one_that_left_is_a_stranger_after_the_end_too():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.act("x", "heir", "2020-04-01", cancels("p"))
    story.act("y", "us", "2020-04-01", cancels("p"))
    seen = story.seen("2020-04-01")
    assert seen.effect("x", "p", CANCELS) == "not_entitled"
    assert seen.effect("y", "p", CANCELS) == "after_end"


@pytest.fixture
def succeeded() -> Story:
    """Two owe oil; one of them leaves, and is succeeded by who is owed it."""
    story = Story(parties="us rok")
    story.promise("p", "us rok", to="dprk", on="2020-01-01", antecedent=once("sign"))
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.party("dprk", succeeds=(succeeds("us", "2020-03-01"),))
    return story


@pytest.mark.rule("5.11.5.1")
def test_a_creditor_that_succeeds_who_left_tells_of_a_delivery_as_a_creditor(succeeded):
    succeeded.gives(
        "deed", "rok", "2020-04-01", fulfils("p", "1"), to="dprk", told=word("dprk")
    )
    seen = succeeded.seen("2020-04-01")
    assert seen.share("p") == "0"
    assert seen.effect("deed", "p", FULFILS) == "fulfilment_claimed"
    assert "fulfilment_claimed" in seen.flags("p")


@pytest.mark.rule("5.11.5.1")
def test_it_tells_of_what_is_waited_for_as_a_creditor(succeeded):
    succeeded.act("sign", "rok", "2020-04-01", told=word("dprk"))
    seen = succeeded.seen("2020-04-01")
    assert seen.lifecycle("p") == "conditional"
    assert "antecedent_claimed" in seen.flags("p")


def test_until_the_succession_a_debtor_was_heard_as_one(succeeded):
    succeeded.act("sign", "rok", "2020-02-15", told=word("us"))
    assert succeeded.seen("2020-04-01").lifecycle("p") == "active"


def test_who_succeeds_one_that_did_not_leave_is_heard_as_that_one():
    story = Story(parties="us rok")
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.party("dprk", succeeds=(succeeds("us", "2020-03-01"),))
    story.act("off", "us", "2020-04-01", cancels("p"))
    story.gives("deed", "rok", "2020-05-01", fulfils("p", "1"), to="dprk", told=word("dprk"))
    assert story.seen("2020-05-01").share("p") == "1"


def test_of_one_delivery_what_a_debtor_tells_counts_and_not_what_such_a_creditor_does(
    succeeded,
):
    succeeded.gives("a", "rok", "2020-04-01", fulfils("p", "1/2"), to="dprk", told=word("dprk"))
    succeeded.gives(
        "b", "rok", "2020-04-01", fulfils("p", "1/3"), same_as("a"), to="dprk", told=word("rok")
    )
    seen = succeeded.seen("2020-04-01")
    assert seen.share("p") == "1/3"
    assert seen.effect("a", "p", FULFILS) == "fulfilment_claimed"
    assert seen.effect("b", "p", FULFILS) == "done"


def test_to_say_that_it_may_end_is_no_word_of_a_debtor_that_had_left():
    story = Story(parties="us rok dprk heir")
    story.promise(
        "p", "us rok", to="dprk", on="2020-01-01", kept=True, until_condition=once("peace")
    )
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.party("next", succeeds=(succeeds("us", "2020-03-01"),))
    story.act("peace", "heir", "2020-04-01", told=word("next"))
    assert story.seen("2020-04-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.11.5.1")
def test_what_the_heir_of_one_that_left_tells_of_a_joint_promise_is_no_other_sides_word():
    story = Story(parties="us dprk rok")
    story.joint_promise("p", "us dprk rok", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.gives("deed", "rok", "2020-04-01", fulfils("p", "1"), to="dprk", told=word("heir"))
    seen = story.seen("2020-04-01")
    assert seen.share("p") == "1/2"
    assert seen.effect("deed", "p", FULFILS) == "done"


@pytest.mark.rule("5.7.3")
def test_what_a_debtor_put_on_hold_that_has_left_is_taken_off_hold_by_the_others(oil):
    oil.act("hold", "us", "2020-01-15", suspends("p"), with_="dprk")
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("on", "rok", "2020-03-01", resumes("p"))
    seen = oil.seen("2020-03-01")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("on", "p", RelationKind.RESUMES) == "done"


def test_a_breach_by_who_left_says_nothing_of_its_mandate():
    story = Story(parties="us dprk rok")
    story.party("envoy", for_("us", Mandate.PROMISE))
    story.promise("p", "envoy rok", to="dprk", on="2020-01-01")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.act("x", "envoy", "2020-03-01", breaches("p"))
    seen = story.seen("2020-03-01")
    assert seen.flags("p") == {"breach_claimed", "undated"}


@pytest.mark.rule("5.11.5", "5.11.5.2")
def test_who_left_takes_back_what_it_did(oil):
    oil.gives("deed", "us", "2020-01-15", fulfils("p", "1/3"), to="dprk")
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("undo", "us", "2020-03-01", reverses("deed"))
    seen = oil.seen("2020-03-01")
    assert seen.share("p") == "0"
    assert seen.effect("undo", "p", RelationKind.REVERSES) == "done"


# What an heir of who left takes back


@pytest.fixture
def inherited(oil) -> Story:
    """One of two who owe oil left, and was succeeded; the other one delivers some of it."""
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    oil.gives("deed", "rok", "2020-04-01", fulfils("p", "1/3"), to="dprk")
    return oil


@pytest.mark.rule("5.11.5.1")
@pytest.mark.parametrize("day", ["2020-03-15", "2020-04-01", "2020-05-01"])
def test_the_heir_of_one_that_left_takes_back_nothing_of_the_others(inherited, day):
    inherited.act("undo", "heir", day, reverses("deed"))
    seen = inherited.seen("2020-06-01")
    assert seen.share("p") == "1/3"
    assert seen.effect("undo", "p", REVERSES) == "reversal_claimed"
    assert "reversal_claimed" in seen.flags("p")


@pytest.mark.rule("5.11.5.1")
def test_not_even_of_what_its_predecessor_did_after_the_succession(oil):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("off-too", "rok", "2020-02-02", cancels("p"))
    oil.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    oil.gives("deed", "us", "2020-05-01", fulfils("p", "1/3"), to="dprk")
    oil.act("undo", "heir", "2020-04-01", reverses("deed"))
    seen = oil.seen("2020-06-01")
    assert seen.share("p") == "1/3"
    assert seen.effect("undo", "p", REVERSES) == "reversal_claimed"


@pytest.mark.rule("5.11.5.1")
def test_it_takes_back_what_its_predecessor_did_before(oil):
    oil.gives("deed", "us", "2020-01-15", fulfils("p", "1/3"), to="dprk")
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    oil.act("undo", "heir", "2020-05-01", reverses("deed"))
    seen = oil.seen("2020-06-01")
    assert seen.share("p") == "0"
    assert seen.effect("undo", "p", REVERSES) == "done"


def test_the_heir_of_one_that_left_later_takes_back_what_the_others_did(oil):
    oil.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    oil.act("off", "us", "2020-03-15", cancels("p"))
    oil.gives("deed", "rok", "2020-04-01", fulfils("p", "1/3"), to="dprk")
    oil.act("undo", "heir", "2020-05-01", reverses("deed"))
    assert oil.seen("2020-06-01").effect("undo", "p", REVERSES) == "done"


def test_of_one_reversal_by_such_an_heir_and_by_a_debtor_that_of_the_debtor_counts(inherited):
    inherited.act("undo", "heir", "2020-05-01", reverses("deed"))
    inherited.act("undo-too", "rok", "2020-05-01", reverses("deed", "1/4"), same_as("undo"))
    seen = inherited.seen("2020-06-01")
    assert seen.share("p") == "1/12"
    assert seen.effect("undo", "p", REVERSES) == "reversal_claimed"
    assert seen.effect("undo-too", "p", REVERSES) == "done"


@pytest.mark.parametrize("on", ["2020-01-01", "2020-05-15"])
def test_what_waits_for_the_deed_holds_as_if_nothing_had_been_said(inherited, on):
    inherited.act("undo", "heir", "2020-05-01", reverses("deed"))
    inherited.promise("q", "dprk", to="us", on=on, antecedent=once("deed"))
    assert inherited.seen("2020-06-01").lifecycle("q") == "active"


def test_and_it_counts_in_the_balance(inherited):
    inherited.act("undo", "heir", "2020-05-01", reverses("deed"))
    seen = inherited.seen("2020-06-01")
    assert seen.counts("rok", "dprk") == (1, 0)
    [deed] = seen.gave("rok", "dprk", count_by=CountBy.COMMITMENTS).deliveries
    assert deed.weight == Fraction(1, 3)


@pytest.mark.rule("5.11.5.3")
def test_of_what_who_left_delivered_it_takes_no_share_in_whatever_unit():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01", quantity="100 tons")
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.gives("deed", "us", "2020-03-01", fulfils("p"), to="dprk")
    story.act("undo", "us", "2020-04-01", reverses("deed"), quantity="5 barrels")
    seen = story.seen("2020-06-01")
    assert seen.effect("deed", "p", FULFILS) == "not_entitled"
    assert seen.effect("undo", "p", REVERSES) == "no_change"
    assert "unit_differs" not in seen.flags("p")


# What who left takes back, and what it delivers


@pytest.fixture
def relieved(oil) -> Story:
    """One of two who owe oil left; the other one had delivered some of it."""
    oil.gives("deed", "rok", "2020-01-15", fulfils("p", "1/3"), to="dprk")
    oil.act("off", "us", "2020-02-01", cancels("p"))
    return oil


@pytest.mark.rule("5.11.5.2")
@pytest.mark.parametrize(
    ("day", "since", "share"),
    [
        ("2020-01-31", (), "0"),
        ("2020-02-01", (), "0"),
        ("2020-02-01", (follows("off"),), "1/3"),
        ("2020-02-02", (), "1/3"),
        ("2020-05-01", (), "1/3"),
    ],
)
def test_who_left_takes_back_nothing_that_others_did(relieved, day, since, share):
    relieved.act("undo", "us", day, reverses("deed"), *since)
    seen = relieved.seen("2020-06-01")
    assert seen.share("p") == share
    assert ("reversal_claimed" in seen.flags("p")) == (share != "0")


@pytest.mark.rule("5.11.5.2")
def test_not_after_the_end_either(relieved):
    relieved.gives("rest", "rok", "2020-03-01", fulfils("p", "2/3"), to="dprk")
    relieved.act("undo", "us", "2020-04-01", reverses("deed"))
    seen = relieved.seen("2020-06-01")
    assert (seen.lifecycle("p"), seen.share("p")) == ("fulfilled", "1")
    assert seen.effect("undo", "p", REVERSES) == "reversal_claimed"


def test_what_two_took_back_of_whom_one_had_left_the_other_one_took_back(relieved):
    relieved.act("undo", "us", "2020-05-01", reverses("deed", "1/4"), with_="rok")
    seen = relieved.seen("2020-06-01")
    assert seen.share("p") == "1/12"
    assert seen.effect("undo", "p", REVERSES) == "done"


def test_what_two_did_of_whom_one_left_it_takes_back(oil):
    oil.gives("deed", "us", "2020-01-15", fulfils("p", "1/3"), to="dprk", with_="rok")
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.act("undo", "us", "2020-05-01", reverses("deed"))
    assert oil.seen("2020-06-01").share("p") == "0"


@pytest.mark.rule("5.11.5.3")
@pytest.mark.parametrize("on", ["2020-01-01", "2020-05-15"])
def test_what_waits_for_a_deed_of_the_others_holds_still(relieved, on):
    relieved.act("undo", "us", "2020-05-01", reverses("deed"))
    relieved.promise("q", "dprk", to="us", on=on, antecedent=once("deed"))
    assert relieved.seen("2020-06-01").lifecycle("q") == "active"


@pytest.mark.rule("5.11.5.3")
def test_and_the_deed_counts_in_the_balance(relieved):
    relieved.act("undo", "us", "2020-05-01", reverses("deed"))
    [deed] = relieved.seen("2020-06-01").gave("rok", "dprk", **COMMITMENTS).deliveries
    assert (deed.weight, deed.flags) == (Fraction(1, 3), ())


@pytest.mark.rule("5.11.5.3", "6.10.3")
@pytest.mark.parametrize(("by", "day"), [("us", "2020-03-01"), ("rok", "2020-01-15")])
def test_by_commitments_what_who_left_gives_is_a_deed_of_its_own(relieved, by, day):
    relieved.gives("more", by, day, fulfils("p", "1/3"), to="dprk")
    found = relieved.seen("2020-06-01").gave(by, "dprk", **COMMITMENTS).deliveries
    assert [(each.commitment, each.weight) for each in found] == (
        [("p", Fraction(2, 3))] if by == "rok" else [("", 1)]
    )


@pytest.mark.rule("5.11.5.3")
def test_what_who_left_gives_is_no_stock():
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01", kept=True)
    story.act("off", "us", "2020-02-01", cancels("p"))
    story.gives("deed", "us", "2020-03-01", fulfils("p"), to="dprk")
    story.gives("deed-too", "rok", "2020-03-01", fulfils("p"), to="dprk")
    story.act("broken", "rok", "2020-04-01", breaches("p"))
    seen = story.seen("2020-04-01")
    assert [d.flags for d in seen.gave("us", "dprk").deliveries] == [()]
    assert seen.counts("rok", "dprk") == (0, 0)


@pytest.mark.rule("5.11.5.3", "5.15.7")
@pytest.mark.parametrize(
    ("by", "extent", "lifecycle"),
    [("us", "", "conditional"), ("us", "1/2", "active"), ("rok", "", "active")],
)
def test_of_what_who_left_gave_only_it_takes_back_a_share_of_that_deed(
    relieved, by, extent, lifecycle
):
    relieved.gives("more", "us", "2020-03-01", fulfils("p", "1/2"), to="dprk")
    relieved.act("undo", by, "2020-04-01", reverses("more", extent))
    relieved.promise("q", "dprk", to="us", on="2020-05-01", antecedent=once("more"))
    seen = relieved.seen("2020-06-01")
    assert seen.lifecycle("q") == lifecycle
    assert seen.counts("us", "dprk") == ((1, 0) if lifecycle == "active" else (0, 0))


def test_answers_rest_on_what_tells_who_had_left(oil):
    oil.act("off", "us", "2020-02-01", cancels("p"))
    oil.gives("more", "us", "2020-03-01", fulfils("p", "1/2"), to="iaea")
    oil.act("undo", "rok", "2020-04-01", reverses("more"))
    oil.promise("q", "dprk", to="us", on="2020-05-01", antecedent=once("more"))
    oil.promise("r", "dprk", to="us", on="2020-05-01", antecedent=once(words("oil came")))
    oil.act("comes", "us", "2020-05-02", meets("r"), same_as("more"), toward="iaea")
    seen = oil.seen("2020-06-01")
    assert {"p", "off", "undo"} <= set(seen.standing("q").why)
    assert {"p", "off", "undo"} <= set(seen.standing("r").why)
    assert {"p", "off"} <= set(seen.balance("us", "iaea").why)


# Who was succeeded by one that leaves


@pytest.fixture
def union() -> Story:
    """Two owe aid, one of them is succeeded, and its successor leaves."""
    story = Story(parties="ussr france dprk")
    story.party("russia", succeeds=(succeeds("ussr", "1991-12-26"),))
    story.promise("p", "ussr france", to="dprk", on="1990-01-01")
    story.gives("aid", "france", "1991-01-01", fulfils("p", "1/2"), to="dprk")
    story.act("off", "russia", "1995-01-01", cancels("p"))
    return story


@pytest.mark.rule("5.11.5.4")
@pytest.mark.parametrize(
    ("move", "outcome"),
    [
        (reverses("aid"), "reversal_claimed"),
        (fulfils("p", "1/2"), "not_entitled"),
        (breaches("p"), "breach_claimed"),
        (cancels("p"), "not_entitled"),
    ],
)
def test_leaves_with_it_and_moves_nothing_of_the_others(union, move, outcome):
    union.act("late", "ussr", "1996-01-01", move)
    seen = union.seen("1996-01-01")
    assert seen.effect("late", "p", move.kind) == outcome
    assert (seen.lifecycle("p"), seen.share("p")) == ("active", "1/2")
    assert tuple(seen.standing("p").left_by) == ("russia",)


@pytest.mark.rule("3.5.2", "5.15.2")
def test_until_then_it_stands_beside_its_successor_and_takes_back_what_any_debtor_may(union):
    union.act("undo", "ussr", "1994-01-01", reverses("aid"))
    assert union.seen("1994-01-01").effect("undo", "p", REVERSES) == "done"


@pytest.mark.rule("5.11.5.4")
def test_nor_does_who_succeeds_it_later(union):
    union.party("heir", succeeds=(succeeds("ussr", "1997-01-01"),))
    assert union.seen("1998-01-01").held("p") == ("france", "dprk")


@pytest.mark.rule("5.11.5.4")
def test_but_not_as_long_as_another_successor_holds_its_part(union):
    union.party("ukraine", succeeds=(succeeds("ussr", "1991-12-26"),))
    union.act("late", "ussr", "1996-01-01", breaches("p"))
    assert union.seen("1996-01-01").lifecycle("p") == "breached"
