"""A debtor may halt what it owes in answer to a breach of what it is owed."""

import pytest

from ledger_service.domain.values.entries import ActKind, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    denies,
    refutes,
    responds_to,
    resumes,
    succeeds,
    suspends,
    verifies,
    word,
)

SUSPENDS, RESUMES = RelationKind.SUSPENDS, RelationKind.RESUMES


@pytest.fixture
def deal() -> Story:
    """Oil for a freeze; the freeze is broken on 12 December."""
    story = Story()
    story.promise("oil", "us", to="dprk", on="1994-10-21")
    story.promise("freeze", "dprk", to="us", on="1994-10-21", kept=True)
    story.act("seals", "dprk", "2002-12-12", breaches("freeze"), kind=ActKind.VIOLATION)
    return story


def halted(story: Story, *ties: object) -> None:
    story.act("halt", "us", "2002-12-27", suspends("oil"), *ties)


@pytest.mark.rule("5.1", "5.7.1", "5.13", "5.13.1")
def test_a_breach_of_what_is_owed_to_the_suspender_is_answered(deal):
    halted(deal, responds_to("seals"))
    seen = deal.seen("2002-12-27")
    assert seen.lifecycle("oil") == "suspended"
    assert seen.flags("oil") == {"countermeasure", "undated"}
    assert seen.effect("halt", "oil", SUSPENDS) == "done"
    assert seen.steps("oil")[-1] == "it was put on hold in answer to a breach"
    assert {"seals", "freeze", "halt"} <= set(seen.standing("oil").why)


@pytest.mark.rule("5.13.3")
def test_without_an_answer_it_waits_for_acceptance(deal):
    halted(deal)
    seen = deal.seen("2002-12-27")
    assert seen.lifecycle("oil") == "active"
    assert seen.effect("halt", "oil", SUSPENDS) == "waiting"


# What is no such breach


def claimed(story: Story) -> bool:
    seen = story.seen("2003-01-31")
    return (
        seen.lifecycle("oil") == "active"
        and "countermeasure_claimed" in seen.flags("oil")
        and seen.effect("halt", "oil", SUSPENDS) == "countermeasure_claimed"
    )


@pytest.mark.rule("5.13.1", "5.13.3")
def test_not_a_breach_that_only_the_suspender_tells_of():
    story = Story()
    story.promise("oil", "us", to="dprk", on="1994-10-21")
    story.promise("freeze", "dprk", to="us", on="1994-10-21", kept=True)
    story.act("heu", "dprk", "2002-10-04", breaches("freeze"), told=word("us"))
    halted(story, responds_to("heu"))
    assert claimed(story)


@pytest.mark.rule("5.13.2")
def test_not_one_that_its_maker_denies_unless_a_neutral_verifies_it(deal):
    deal.act("no", "dprk", "2002-12-20", denies("seals"))
    halted(deal, responds_to("seals"))
    assert claimed(deal)
    deal.act("inspected", "iaea", "2003-01-10", verifies("seals"))
    assert deal.seen("2003-01-31").lifecycle("oil") == "suspended"


def test_not_one_that_is_refuted(deal):
    halted(deal, responds_to("seals"))
    deal.act("inspected", "iaea", "2003-01-10", refutes("seals"))
    assert claimed(deal)


@pytest.mark.rule("5.13.1", "5.13.3")
def test_not_one_of_what_was_not_owed_to_the_suspender(deal):
    deal.promise("other", "dprk", to="rok", on="1994-10-21")
    deal.act("strike", "dprk", "2002-12-13", breaches("other"))
    halted(deal, responds_to("strike"))
    assert claimed(deal)


@pytest.mark.rule("5.13.1", "5.13.3")
def test_not_one_by_somebody_else(deal):
    deal.promise("aid", "rok", to="us", on="1994-10-21")
    deal.act("late", "rok", "2002-12-13", breaches("aid"))
    halted(deal, responds_to("late"))
    assert claimed(deal)


@pytest.mark.rule("5.13.1")
def test_not_a_breach_of_what_was_not_in_force():
    story = Story()
    story.promise("oil", "us", to="dprk", on="1994-10-21")
    story.promise("freeze", "dprk", to="us", on="1994-10-21", kept=True)
    story.act("excused", "us", "2002-01-01", suspends("freeze"))
    story.act("seals", "dprk", "2002-12-12", breaches("freeze"))
    halted(story, responds_to("seals"))
    assert claimed(story)


@pytest.mark.rule("5.13.2")
def test_not_one_that_comes_later(deal):
    deal.act("again", "dprk", "2003-01-10", breaches("freeze"))
    deal.act("back", "dprk", "2003-01-01", resumes("freeze"))
    halted(deal, responds_to("again"))
    assert claimed(deal)


@pytest.mark.rule("5.13.3")
def test_what_is_claimed_can_still_be_accepted(deal):
    deal.act("talks", "dprk", "2002-12-01")
    halted(deal, responds_to("talks"))
    deal.act("agreed", "dprk", "2003-02-01", accepts("halt"))
    assert claimed(deal)
    assert deal.seen("2003-02-01").lifecycle("oil") == "suspended"
    assert "countermeasure" not in deal.seen("2003-02-01").flags("oil")


# On the same day


@pytest.mark.rule("5.13.2")
def test_it_answers_a_breach_of_its_own_day(deal):
    deal.promise("vow", "dprk", to="us", on="1994-10-21")
    deal.act("z-strike", "dprk", "2002-12-27", breaches("vow"))
    halted(deal, responds_to("z-strike"))
    assert deal.seen("2002-12-27").lifecycle("oil") == "suspended"


def test_two_that_answer_one_another_in_a_circle_are_no_endless_loop():
    story = Story()
    for one, other in (("us", "dprk"), ("dprk", "us")):
        story.promise(one, one, to=other, on="1994-10-21")
    day = "2002-12-27"
    story.act("a", "us", day, suspends("us"), breaches("us"), responds_to("b"))
    story.act("b", "dprk", day, suspends("dprk"), breaches("dprk"), responds_to("a"))
    seen = story.seen(day)
    assert seen.lifecycle("us") == "breached"
    assert seen.lifecycle("dprk") == "suspended"


# How it ends


@pytest.mark.rule("5.3.12", "5.7.3")
def test_only_who_took_it_ends_it(deal):
    halted(deal, responds_to("seals"))
    deal.act("please", "dprk", "2003-01-01", resumes("oil"))
    seen = deal.seen("2003-01-01")
    assert seen.lifecycle("oil") == "suspended"
    assert seen.effect("please", "oil", RESUMES) == "not_entitled"
    deal.act("go-on", "us", "2003-01-02", resumes("oil"))
    assert deal.seen("2003-01-02").lifecycle("oil") == "active"
    assert deal.seen("2003-01-02").flags("oil") == {"not_entitled", "undated"}


@pytest.mark.rule("5.7.3")
def test_its_taker_s_successor_ends_it(deal):
    deal.party("heir", succeeds=(succeeds("us", "2003-01-01"),))
    halted(deal, responds_to("seals"))
    deal.act("go-on", "heir", "2003-01-02", resumes("oil"))
    assert deal.seen("2003-01-02").lifecycle("oil") == "active"


@pytest.mark.rule("5.3.12", "5.7.6")
def test_what_the_creditor_puts_on_hold_beside_it_holds_when_it_ends(deal):
    halted(deal, responds_to("seals"))
    deal.act("freely", "dprk", "2003-01-01", suspends("oil"))
    deal.act("go-on", "us", "2003-01-02", resumes("oil"))
    seen = deal.seen("2003-01-02")
    assert seen.lifecycle("oil") == "suspended"
    assert "countermeasure" not in seen.flags("oil")
    assert seen.effect("freely", "oil", SUSPENDS) == "done"


@pytest.mark.rule("5.13.1")
def test_a_successor_s_breach_is_answered():
    story = Story(parties="us ussr")
    story.party("russia", succeeds=(succeeds("ussr", "1991-12-26"),))
    story.promise("ours", "us", to="ussr", on="1987-12-08", kept=True)
    story.promise("theirs", "ussr", to="us", on="1987-12-08", kept=True)
    story.act("tested", "russia", "2018-12-04", breaches("theirs"))
    story.act("halt", "us", "2019-02-02", suspends("ours"), responds_to("tested"))
    assert story.seen("2019-02-02").lifecycle("ours") == "suspended"


@pytest.mark.rule("5.13.4")
def test_each_party_to_a_mutual_promise_may_answer():
    story = Story()
    story.joint_promise("talks", "us dprk", on="1994-10-21", kept=True)
    story.promise("freeze", "dprk", to="us", on="1994-10-21", kept=True)
    story.act("seals", "dprk", "2002-12-12", breaches("freeze"))
    story.act("halt", "us", "2002-12-27", suspends("talks"), responds_to("seals"))
    seen = story.seen("2002-12-27")
    assert seen.lifecycle("talks") == "suspended"
    assert "countermeasure" in seen.flags("talks")


@pytest.mark.rule("5.13.1")
def test_only_what_is_owed_to_the_debtor_that_suspends_is_answered():
    story = Story()
    story.promise("oil", "us", to="dprk rok", on="2020-01-01")
    story.promise("freeze", "rok", to="dprk", on="2020-01-01", kept=True)
    story.act("seals", "rok", "2020-02-01", breaches("freeze"))
    story.act("answer", "us", "2020-02-02", suspends("oil"), responds_to("seals"), with_="dprk")
    seen = story.seen("2020-02-02")
    assert seen.lifecycle("oil") == "active"
    assert seen.effect("answer", "oil", RelationKind.SUSPENDS) == "countermeasure_claimed"
