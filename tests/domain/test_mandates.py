"""Who may speak for another: which move needs which mandate."""

import pytest

from ledger_service.domain.values.entries import About, Mandate, Relation, Representation
from tests.support.scenario import (
    PUBLISHER,
    Seen,
    Story,
    accepts,
    asserts,
    breaches,
    cancels,
    for_,
    fulfils,
    releases,
    reschedules,
    resumes,
    suspends,
    withdraws,
    word,
)

DAY = "2020-06-01"
LATER = "2020-12-01"

#: Each move in words, who makes it, and the mandate that it needs of an envoy.
MOVES = [
    pytest.param(asserts("rumour", About.EXISTENCE), "us", Mandate.PROMISE, id="asserts"),
    pytest.param(accepts("offer"), "dprk", Mandate.ACCEPT, id="accepts"),
    pytest.param(cancels("p"), "us", Mandate.CANCEL, id="cancels"),
    pytest.param(releases("p"), "dprk", Mandate.RELEASE, id="releases"),
    pytest.param(suspends("p"), "dprk", Mandate.SUSPEND, id="suspends"),
    pytest.param(resumes("held"), "dprk", Mandate.SUSPEND, id="resumes"),
    pytest.param(withdraws("leave"), "us", Mandate.CANCEL, id="withdraws a cancellation"),
    pytest.param(withdraws("let-go"), "dprk", Mandate.RELEASE, id="withdraws a release"),
    pytest.param(
        reschedules("p", due="2020-09-01"), "dprk", Mandate.RELEASE, id="a creditor puts off"
    ),
]


def of_promises() -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", due="2020-07-01")
    story.promise("rumour", "us", to="dprk", on="2020-01-01", told=word("dprk"))
    story.promise("offer", "us", to="dprk", on="2020-01-01", offer=True)
    story.promise("held", "us", to="dprk", on="2020-01-01")
    story.act("halt", "dprk", "2020-02-01", suspends("held"))
    for notice, by, move in (
        ("leave", "us", cancels("left", on="2020-08-01")),
        ("let-go", "dprk", releases("freed", on="2020-08-01")),
    ):
        story.promise(move.target, "us", to="dprk", on="2020-01-01")
        story.act(notice, by, "2020-02-01", move)
    return story


def came_of(seen: Seen, move: Relation) -> str:
    on = {"leave": "left", "let-go": "freed"}.get(move.target, move.target)
    return seen.effect("said", on, move.kind)


def said_by_an_envoy(of: str, move: Relation, *mandates: Mandate) -> str:
    story = of_promises()
    story.party("envoy", for_(of, *mandates))
    story.act("said", "envoy", DAY, move)
    return came_of(story.seen(DAY), move)


@pytest.mark.rule("3.3")
@pytest.mark.parametrize(("move", "by", "mandate"), MOVES)
def test_each_move_in_words_needs_its_mandate(move, by, mandate):
    others = [each for each in Mandate if each not in (mandate, Mandate.ALL)]
    assert said_by_an_envoy(by, move, mandate) == "done"
    assert said_by_an_envoy(by, move, Mandate.ALL) == "done"
    assert said_by_an_envoy(by, move, *others) == "authority_doubtful"


@pytest.mark.rule("3.3")
@pytest.mark.parametrize(("move", "by", "mandate"), MOVES)
def test_for_oneself_nobody_needs_one(move, by, mandate):
    story = of_promises()
    story.act("said", by, DAY, move)
    assert came_of(story.seen(DAY), move) == "done"


@pytest.mark.rule("3.3")
@pytest.mark.parametrize(
    ("mandate", "lifecycle"),
    [(Mandate.PROMISE, "active"), (Mandate.ALL, "active"), (Mandate.FULFIL, "proposed")],
)
def test_a_promise_is_made_for_another_by_the_mandate_to_promise(mandate, lifecycle):
    story = Story()
    story.party("envoy", for_("us", mandate))
    story.promise("p", "us", to="dprk", on="2020-01-01", made_by="envoy")
    assert story.seen(DAY).lifecycle("p") == lifecycle


@pytest.mark.rule("3.3")
def test_a_debtor_asks_for_another_term_by_the_mandate_to_promise():
    others = [each for each in Mandate if each not in (Mandate.PROMISE, Mandate.ALL)]
    move = reschedules("p", due="2020-09-01")
    assert said_by_an_envoy("us", move, Mandate.PROMISE) == "waiting"
    assert said_by_an_envoy("us", move, *others) == "authority_doubtful"


@pytest.mark.rule("3.3")
@pytest.mark.parametrize("move", [fulfils("p", "1"), breaches("p")])
def test_a_deed_needs_none_and_is_flagged_without_that_to_fulfil(move):
    others = [each for each in Mandate if each not in (Mandate.FULFIL, Mandate.ALL)]
    for mandates, flagged in ((others, True), ([Mandate.FULFIL], False)):
        story = of_promises()
        story.party("envoy", for_("us", *mandates))
        story.act("deed", "envoy", DAY, move, toward="dprk")
        seen = story.seen(DAY)
        assert seen.effect("deed", "p", move.kind) == "done"
        assert ("authority_doubtful" in seen.flags("p")) is flagged


@pytest.mark.rule("3.3")
@pytest.mark.parametrize("chain", ["minister clerk", "clerk minister"])
def test_the_mandate_must_stand_on_every_link(chain):
    """Whichever of the two links it is that lacks it."""
    with_it, without = chain.split()
    has = {with_it: Mandate.CANCEL, without: Mandate.ACCEPT}
    story = of_promises()
    story.party("minister", for_("us", has["minister"]))
    story.party("clerk", for_("minister", has["clerk"]))
    story.act("said", "clerk", DAY, cancels("p"))
    assert came_of(story.seen(DAY), cancels("p")) == "authority_doubtful"


# Who is rolled up to whom (3.1, 3.2)


@pytest.mark.rule("3.1", "3.2")
def test_a_chain_of_representatives_is_rolled_up_link_by_link():
    story = Story()
    story.party("minister", for_("us", from_="2020-03-01"))
    story.party("clerk", for_("minister", to="2020-06-30"))
    for gift, on in (("a", "2020-02-29"), ("b", "2020-03-01"), ("c", "2020-07-01")):
        story.gives(gift, "clerk", on, to="dprk")
        story.gives(f"to-{gift}", "dprk", on, to="clerk")
    seen = story.seen(LATER)
    assert [seen.act(gift).actors for gift in "abc"] == [("minister",), ("us",), ("clerk",)]
    found = [seen.act(f"to-{gift}").counterparties for gift in "abc"]
    assert found == [("minister",), ("us",), ("clerk",)]


@pytest.mark.rule("3.2")
def test_the_sides_of_a_promise_are_those_of_its_own_day_for_good():
    story = Story()
    story.party("envoy", for_("us", to="2020-03-31"), for_("rok", from_="2020-04-01"))
    story.promise("owed", "dprk", to="envoy", on="2020-03-31")
    story.promise("owes", "envoy", to="dprk", on="2020-04-01")
    for day in ("2020-04-01", LATER):
        seen = story.seen(day)
        assert seen.standing("owed").creditors == ("us",)
        assert seen.standing("owes").debtors == ("rok",)


@pytest.mark.rule("2.5")
def test_a_representation_counts_once_one_of_the_reports_is_out_that_tell_of_it():
    story = Story()
    story.report("gazette", "2020-03-01")
    story.report("memoir", "2030-01-01")
    tie = Representation("us", None, None, (Mandate.ALL,), reports=("memoir", "gazette"))
    story.party("envoy", tie)
    story.promise("p", "us", to="dprk", on="2020-01-01", told=PUBLISHER)
    story.act("off", "envoy", "2020-02-01", cancels("p"))
    assert story.replayed("2020-02-29").lifecycle("p") == "active"
    assert story.replayed("2020-03-01").lifecycle("p") == "cancelled"
