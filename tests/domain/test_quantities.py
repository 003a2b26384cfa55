"""5.4: how much of a commitment a delivery makes up, when amounts were promised."""

from datetime import date

import pytest

from ledger_service.domain.values.entries import RelationKind, Succession
from tests.support.scenario import Story, fulfils, same_as, word


@pytest.fixture
def oil() -> Story:
    story = Story()
    story.promise("oil", "us rok", to="dprk", on="2007-02-13", quantity="1000 t")
    story.promise("wheat", "us", to="dprk", on="2007-02-13", quantity="100 t")
    return story


@pytest.mark.rule("5.4.2")
def test_amounts_in_the_same_unit_give_the_exact_share(oil):
    oil.gives("first", "rok", "2007-08-02", fulfils("oil"), to="dprk", quantity="50 t")
    oil.gives("second", "us", "2007-11-30", fulfils("oil"), to="dprk", quantity="46 t")
    assert oil.seen("2007-08-02").share("oil") == "1/20"
    assert oil.seen("2007-11-30").share("oil") == "12/125"


def test_the_share_that_follows_from_an_amount_is_the_extent_of_the_act(oil):
    oil.gives("first", "rok", "2007-08-02", fulfils("oil"), to="dprk", quantity="50 t")
    [conduct] = oil.seen("2007-08-02").standing("oil").conduct
    assert str(conduct.extent) == "1/20"


def test_the_whole_amount_fulfils(oil):
    oil.gives("all", "us", "2007-11-30", fulfils("oil"), to="dprk", quantity="1000 t")
    assert oil.seen("2007-11-30").lifecycle("oil") == "fulfilled"


@pytest.mark.rule("5.4.3")
def test_more_than_the_whole_amount_counts_as_the_whole(oil):
    oil.gives("more", "us", "2007-11-30", fulfils("oil"), to="dprk", quantity="1200 t")
    assert oil.seen("2007-11-30").share("oil") == "1"


@pytest.mark.rule("5.4.2")
def test_a_stated_extent_comes_before_the_amounts(oil):
    stated = fulfils("oil", "1/2")
    oil.gives("some", "us", "2007-11-30", stated, to="dprk", quantity="50 t")
    assert oil.seen("2007-11-30").share("oil") == "1/2"


@pytest.mark.rule("5.4.2", "5.4.4")
def test_in_another_unit_the_share_is_unknown_and_flagged(oil):
    oil.gives("first", "rok", "2007-08-02", fulfils("oil"), to="dprk", quantity="50 t")
    oil.gives("steel", "rok", "2007-12-01", fulfils("oil"), to="dprk", quantity="5 t-steel")
    seen = oil.seen("2007-12-31")
    assert seen.share("oil") == "? 1/20+"
    assert seen.flags("oil") == {"partially_fulfilled", "undated", "unit_differs"}
    assert seen.effect("steel", "oil", RelationKind.FULFILS) == "done"


@pytest.mark.rule("5.4.2")
def test_without_an_amount_the_share_is_unknown_and_not_flagged(oil):
    oil.gives("some", "us", "2007-12-01", fulfils("oil"), to="dprk")
    seen = oil.seen("2007-12-31")
    assert seen.share("oil") == "? 0+"
    assert "unit_differs" not in seen.flags("oil")


@pytest.mark.rule("5.4.2")
def test_nothing_says_how_one_amount_is_divided_among_two_commitments(oil):
    both = (fulfils("oil"), fulfils("wheat"))
    oil.gives("ship", "us", "2007-12-01", *both, to="dprk", quantity="50 t")
    seen = oil.seen("2007-12-31")
    assert (seen.share("oil"), seen.share("wheat")) == ("? 0+", "? 0+")


@pytest.mark.rule("5.4.2")
def test_beside_a_stated_extent_the_amount_belongs_to_the_other_commitment(oil):
    both = (fulfils("oil"), fulfils("wheat", "1/4"))
    oil.gives("ship", "us", "2007-12-01", *both, to="dprk", quantity="50 t")
    seen = oil.seen("2007-12-31")
    assert (seen.share("oil"), seen.share("wheat")) == ("1/20", "1/4")


@pytest.mark.rule("5.4.5")
def test_of_acts_that_tell_of_one_event_the_largest_amount_counts_once(oil):
    oil.gives("told", "us", "2007-12-01", fulfils("oil"), to="dprk", quantity="40 t")
    again = (fulfils("oil"), same_as("told"))
    oil.gives("told-again", "us", "2007-12-01", *again, to="dprk", quantity="50 t")
    assert oil.seen("2007-12-31").share("oil") == "1/20"


def test_unknown_shares_alone_never_fulfil(oil):
    oil.gives("one", "us", "2007-12-01", fulfils("oil"), to="dprk", quantity="1 shipload")
    oil.gives("two", "us", "2007-12-02", fulfils("oil"), to="dprk", quantity="1 shipload")
    assert oil.seen("2007-12-31").lifecycle("oil") == "active"


def test_a_fulfilment_that_is_only_claimed_counts_nothing_and_flags_no_unit(oil):
    oil.gives(
        "said", "us", "2007-12-01", fulfils("oil"), to="dprk", quantity="1 x", told=word("dprk")
    )
    seen = oil.seen("2007-12-31")
    assert seen.share("oil") == "0"
    assert seen.flags("oil") == {"fulfilment_claimed", "undated"}


@pytest.mark.rule("5.9")
def test_of_a_mutual_commitment_a_deed_without_an_amount_counts_whole():
    story = Story()
    story.joint_promise("meet", "us dprk", on="2018-06-01", quantity="10 rounds")
    story.act("met", "us", "2018-06-12", fulfils("meet"), toward="dprk", joint=True)
    assert story.seen("2018-06-12").lifecycle("meet") == "fulfilled"


@pytest.mark.rule("5.9")
def test_of_a_mutual_commitment_amounts_count_as_of_any_other():
    story = Story()
    story.joint_promise("meet", "us dprk", on="2018-06-01", quantity="10 rounds")
    one = {"toward": "dprk", "joint": True, "quantity": "1 rounds"}
    story.act("met", "us", "2018-06-12", fulfils("meet"), **one)
    assert story.seen("2018-06-12").share("meet") == "1/10"


@pytest.mark.rule("5.9")
def test_of_a_mutual_commitment_a_successor_does_the_part_of_its_predecessor():
    story = Story(parties="ussr us")
    story.party("russia", succeeds=(Succession("ussr", date(1991, 12, 26)),))
    story.joint_promise("p", "ussr us", on="1987-12-08")
    story.gives("first", "ussr", "1990-01-01", fulfils("p"), to="us")
    story.gives("again", "russia", "1992-01-01", fulfils("p"), to="us")
    assert story.seen("1992-01-01").share("p") == "1/2"
    story.gives("other", "us", "1993-01-01", fulfils("p"), to="russia")
    assert story.seen("1993-01-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.9")
def test_also_where_it_alone_does_it():
    story = Story(parties="ussr us")
    story.party("russia", succeeds=(Succession("ussr", date(1991, 12, 26)),))
    story.joint_promise("p", "ussr us", on="1987-12-08")
    story.gives("deed", "russia", "1992-01-01", fulfils("p"), to="us")
    assert story.seen("1992-01-01").share("p") == "1/2"


@pytest.mark.rule("5.4.2")
def test_a_relation_to_an_annulled_commitment_divides_no_amount(oil):
    both = (fulfils("oil"), fulfils("wheat"))
    oil.gives("ship", "us", "2007-12-01", *both, to="dprk", quantity="50 t")
    oil.annul("wheat")
    assert oil.seen("2007-12-31").share("oil") == "1/20"
