"""Commitments in which each party owes and is owed the same deed."""

import pytest

from ledger_service.domain.values.entries import RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    cancels,
    fulfils,
    releases,
    suspends,
    word,
)


@pytest.mark.rule("5.9")
def test_a_mutual_promise_is_fulfilled_by_a_joint_act():
    story = Story()
    story.joint_promise("summit", "us dprk", on="2018-06-01")
    story.act("met", "us", "2018-06-12", fulfils("summit"), toward="dprk", joint=True)
    assert story.seen("2018-06-12").lifecycle("summit") == "fulfilled"


@pytest.mark.rule("5.9")
def test_a_mutual_promise_is_fulfilled_by_an_act_of_each():
    story = Story()
    story.joint_promise("withdraw", "us dprk", on="2018-06-01")
    story.gives("one", "us", "2018-06-12", fulfils("withdraw"), to="dprk")
    story.gives("two", "dprk", "2018-06-14", fulfils("withdraw"), to="us")
    assert story.seen("2018-06-13").lifecycle("withdraw") == "active"
    assert story.seen("2018-06-14").lifecycle("withdraw") == "fulfilled"


@pytest.mark.rule("5.9")
def test_of_a_mutual_promise_a_joint_act_of_some_is_the_part_of_these():
    story = Story()
    story.joint_promise("talks", "us dprk rok", on="2018-06-01")
    story.act("two", "us", "2018-06-12", fulfils("talks"), toward="dprk", joint=True)
    assert story.seen("2018-06-12").share("talks") == "2/3"
    story.act("three", "rok", "2018-06-13", fulfils("talks"), toward="us dprk", joint=True)
    assert story.seen("2018-06-13").lifecycle("talks") == "fulfilled"


@pytest.mark.rule("5.9")
def test_of_a_mutual_promise_extents_add_up_for_each_party():
    story = Story()
    story.joint_promise("p", "us dprk", on="2018-06-01")
    for n in range(3):
        story.gives(f"us-{n}", "us", f"2018-06-0{n + 2}", fulfils("p", "1/2"), to="dprk")
    assert story.seen("2018-06-02").share("p") == "1/4"
    assert story.seen("2018-06-04").share("p") == "1/2"
    story.gives("dprk-1", "dprk", "2018-06-05", fulfils("p", "1/4"), to="us")
    assert story.seen("2018-06-05").share("p") == "5/8"


@pytest.mark.rule("5.9")
def test_of_a_mutual_promise_the_share_is_that_of_who_has_not_left():
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2018-06-01")
    story.gives("deed", "us", "2018-06-02", fulfils("p"), to="dprk")
    story.act("off", "rok", "2018-06-03", cancels("p"))
    assert story.seen("2018-06-02").share("p") == "1/3"
    assert story.seen("2018-06-03").share("p") == "1/2"


@pytest.mark.rule("5.9")
@pytest.mark.parametrize(
    ("told", "lifecycle"),
    [
        (word(), "active"),
        (word("us"), "proposed"),
        ((*word("us"), *word("dprk")), "active"),
        ((*word("us"), *word("iaea")), "proposed"),
    ],
)
def test_a_mutual_promise_is_made_by_the_word_of_a_publisher_or_of_all(told, lifecycle):
    story = Story()
    story.joint_promise("p", "us dprk", on="2018-06-01", told=told)
    assert story.seen("2018-06-01").lifecycle("p") == lifecycle


@pytest.mark.rule("5.9")
def test_a_mutual_offer_is_accepted_by_everybody_who_did_not_make_it():
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2018-06-01", made_by="us dprk", offer=True)
    story.act("own", "us", "2018-06-02", accepts("p"))
    story.act("yes", "rok", "2018-06-05", accepts("p"))
    assert story.seen("2018-06-04").lifecycle("p") == "proposed"
    assert story.seen("2018-06-05").lifecycle("p") == "active"


@pytest.mark.rule("5.9")
def test_a_mutual_offer_that_all_made_is_accepted_by_all():
    story = Story()
    story.joint_promise("p", "us dprk", on="2018-06-01", offer=True)
    story.act("yes", "us", "2018-06-02", accepts("p"))
    story.act("yes-too", "dprk", "2018-06-03", accepts("p"))
    assert story.seen("2018-06-02").lifecycle("p") == "proposed"
    assert story.seen("2018-06-03").lifecycle("p") == "active"


@pytest.mark.rule("5.9")
def test_a_mutual_promise_is_put_on_hold_by_one_with_the_acceptance_of_all_others():
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2018-06-01")
    story.act("halt", "us", "2018-06-02", suspends("p"))
    for n, each in enumerate(("dprk", "rok"), start=3):
        assert story.seen(f"2018-06-0{n}").lifecycle("p") == "active"
        story.act(f"{each}-agrees", each, f"2018-06-0{n}", accepts("halt"))
    assert story.seen("2018-06-04").lifecycle("p") == "suspended"


@pytest.mark.rule("5.9")
def test_a_mutual_meeting_that_one_party_cancels_is_against_it():
    story = Story()
    story.joint_promise("meeting", "us dprk", on="2018-07-06")
    story.act("off", "dprk", "2018-07-12", cancels("meeting"))
    standing = story.seen("2018-07-12").standing("meeting")
    assert standing.lifecycle == "cancelled"
    assert "counts_as_breach" in standing.flags
    assert standing.against == ("dprk",)


@pytest.mark.rule("5.9")
@pytest.mark.parametrize(
    ("teller", "effect"), [("us", "done"), ("iaea", "done"), ("dprk", "cancels_claimed")]
)
def test_to_a_move_by_one_party_to_a_mutual_promise_the_others_are_the_other_side(
    teller, effect
):
    story = Story()
    story.joint_promise("p", "us dprk rok", on="2018-06-01")
    story.act("off", "us", "2018-06-05", cancels("p"), told=word(teller))
    assert story.seen("2018-06-05").effect("off", "p", RelationKind.CANCELS) == effect


@pytest.mark.rule("5.9")
def test_a_mutual_offer_binds_once_the_other_party_accepts():
    story = Story()
    story.joint_promise("meeting", "us dprk", on="2018-06-01", made_by="us", offer=True)
    story.act("yes", "dprk", "2018-06-05", accepts("meeting"))
    assert story.seen("2018-06-04").lifecycle("meeting") == "proposed"
    assert story.seen("2018-06-05").lifecycle("meeting") == "active"


@pytest.mark.rule("5.9")
def test_a_mutual_promise_is_released_when_every_party_has_released():
    story = Story()
    story.joint_promise("meeting", "us dprk", on="2018-06-01")
    story.act("one", "us", "2018-06-05", releases("meeting"))
    story.act("two", "dprk", "2018-06-07", releases("meeting"))
    assert story.seen("2018-06-06").lifecycle("meeting") == "active"
    assert story.seen("2018-06-07").lifecycle("meeting") == "released"
