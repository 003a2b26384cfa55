"""Which entries an answer names as those on which it rests."""

import pytest

from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.entries import Relation, RelationKind
from tests.support.scenario import (
    About,
    Story,
    accepts,
    after,
    all_of,
    asserts,
    breaches,
    cancels,
    contradicts,
    denies,
    follows,
    fulfilled,
    fulfils,
    meets,
    occurred,
    once,
    refutes,
    releases,
    reschedules,
    responds_to,
    resumes,
    reverses,
    reviews,
    same_as,
    supersedes,
    suspends,
    verifies,
    withdraws,
    word,
    words,
)

LATER = "2020-12-01"
FIRST = "2020-01-01"


def why(story: Story, commitment: str = "p", day: str = LATER) -> set[str]:
    return set(story.seen(day).standing(commitment).why)


def promised(**terms) -> Story:
    """A promise of the us to the dprk."""
    story = Story()
    story.promise("p", "us", to="dprk", on=FIRST, **terms)
    return story


# In which order, and what not (9.1)


@pytest.mark.rule("9.1")
def test_they_come_by_day_then_id():
    story = promised()
    story.gives("z", "us", "2020-02-01", fulfils("p", "1/4"), to="dprk")
    story.gives("b", "us", "2020-03-01", fulfils("p", "1/4"), to="dprk")
    story.gives("a", "us", "2020-03-01", fulfils("p", "1/4"), to="dprk")
    assert tuple(story.seen(LATER).standing("p").why) == ("p", "z", "a", "b")


@pytest.mark.rule("9.1")
def test_nothing_that_is_annulled_not_known_or_lies_ahead_but_checks_that_are_known():
    story = promised()
    story.report("book", "2030-01-01")
    story.gives("half", "us", "2020-02-01", fulfils("p", "1/2"), to="dprk")
    story.act("no", "iaea", "2021-01-01", refutes("half"))
    story.gives("ahead", "us", "2021-01-01", fulfils("p", "1/2"), to="dprk")
    told = {"to": "dprk", "told": word(report="book")}
    story.gives("secret", "us", "2020-02-01", fulfils("p", "1/2"), **told)
    story.gives("gone", "us", "2020-02-01", fulfils("p", "1/2"), to="dprk")
    story.annul("gone")
    seen = story.seen(LATER, reported_by="2021-06-01")
    assert tuple(seen.standing("p").why) == ("p", "half", "no")


# Of the commitment itself (9.2)


@pytest.mark.rule("9.2")
def test_what_speaks_for_or_against_its_existence():
    story = promised()
    story.act("no", "dprk", "2020-02-01", denies("p", About.EXISTENCE))
    story.act("yes", "iaea", "2020-02-01", verifies("p", About.EXISTENCE))
    story.act("other", "rok", "2020-02-01", contradicts("p"))
    assert why(story) == {"p", "no", "yes", "other"}


@pytest.mark.rule("9.2")
@pytest.mark.parametrize(
    "relation",
    [
        fulfils("p", "1/2"),
        breaches("p"),
        accepts("p"),
        cancels("p"),
        releases("p"),
        suspends("p"),
        resumes("p"),
        reschedules("p", due="2021-01-01"),
        meets("p"),
        asserts("p"),
        denies("p", About.FULFILMENT),
        verifies("p", About.FULFILMENT),
        refutes("p", About.FULFILMENT),
        contradicts("p"),
        reviews("p"),
    ],
)
@pytest.mark.parametrize("who", ["us", "iaea"])
def test_every_entry_that_says_something_about_it_with_or_without_effect(relation, who):
    story = promised()
    story.act("says", who, "2020-02-01", relation)
    assert why(story) == {"p", "says"}


@pytest.mark.rule("9.2")
@pytest.mark.parametrize(
    "kind",
    [
        RelationKind.RESPONDS_TO,
        RelationKind.IN_EXCHANGE_FOR,
        RelationKind.PART_OF,
        RelationKind.REFERS_TO,
        RelationKind.FOLLOWS,
    ],
)
def test_no_entry_that_is_only_tied_to_it(kind):
    story = promised()
    story.act("tied", "us", "2020-02-01", Relation(kind, "p"))
    assert why(story) == {"p"}


@pytest.mark.rule("9.2")
def test_nor_a_promise_that_is_said_to_be_the_same():
    story = promised()
    story.promise("again", "us", same_as("p"), to="dprk", on=FIRST)
    assert why(story) == {"p"}


# Of what its terms name


@pytest.mark.rule("9.2")
@pytest.mark.parametrize(
    "terms",
    [
        {"antecedent": once("deed")},
        {"kept": True, "until_condition": once("deed")},
        {"due_after": after("deed", days=10)},
    ],
)
def test_the_acts_that_its_terms_name(terms):
    story = promised(**terms)
    story.act("deed", "dprk", "2020-02-01", toward="us")
    story.act("check", "iaea", "2020-02-02", verifies("deed"))
    assert why(story) == {"p", "deed", "check"}
    assert why(story, day="2020-01-31") == {"p"}


@pytest.mark.rule("9.2")
@pytest.mark.parametrize(
    "terms",
    [
        {"antecedent": once(fulfilled("other"))},
        {"kept": True, "until_condition": once(fulfilled("other"))},
        {"due_after": after("[other]", days=10)},
    ],
)
def test_the_promises_that_its_terms_name_and_those_that_theirs_do(terms):
    story = promised(**terms)
    waits = {"antecedent": once(fulfilled("third"))}
    story.promise("other", "dprk", to="us", on=FIRST, **waits)
    story.promise("third", "us", to="dprk", on=FIRST)
    story.gives("deed", "us", "2020-02-01", fulfils("third", "1"), to="dprk")
    assert why(story) == {"p", "other", "third", "deed"}


@pytest.mark.rule("9.2")
def test_the_promise_that_would_take_its_place_and_the_one_whose_place_it_would_take():
    story = promised()
    story.promise("new", "us", supersedes("p"), to="rok", on="2020-02-01")
    story.act("off", "us", "2020-03-01", cancels("new"))
    story.act("freed", "dprk", "2020-04-01", releases("p"))
    assert why(story) == why(story, "new") == {"p", "new", "off", "freed"}


@pytest.mark.rule("9.2")
def test_the_promise_whose_breach_a_suspension_answers_and_that_breach():
    story = promised()
    story.promise("owed", "dprk", to="us", on=FIRST)
    story.act("broken", "dprk", "2020-02-01", breaches("owed"))
    story.act("halt", "us", "2020-02-02", suspends("p"), responds_to("broken"))
    assert why(story) == {"p", "owed", "broken", "halt"}


@pytest.mark.rule("9.2")
def test_the_promise_that_a_deed_is_said_to_fulfil_that_was_taken_back_and_is_waited_for():
    story = promised(antecedent=once(all_of(occurred("deed"), occurred("ahead"))))
    story.promise("kept", "dprk", to="us", on=FIRST)
    story.gives("deed", "dprk", "2020-02-01", fulfils("kept", "1"), to="us")
    story.act("undo", "dprk", "2020-03-01", reverses("deed"))
    story.act("ahead", "us", "2021-02-01")
    assert why(story) == {"p", "kept", "deed", "undo"}


# Of the acts that are aimed at it


@pytest.mark.rule("9.2")
def test_of_a_deed_all_that_is_said_to_be_the_same_event_and_what_takes_it_back():
    story = promised()
    story.gives("deed", "us", "2020-02-01", fulfils("p", "1/2"), to="dprk")
    story.act("again", "us", "2020-02-01", same_as("deed"), toward="dprk")
    story.act("undo", "us", "2020-03-01", reverses("again"), toward="dprk")
    assert why(story) == {"p", "deed", "again", "undo"}


@pytest.mark.rule("9.2")
def test_of_what_meets_its_words_what_takes_it_back_and_ties_that_to_it():
    story = promised(antecedent=once(words("rain")))
    story.act("rains", "dprk", "2020-02-01", meets("p"))
    story.act("again", "dprk", "2020-02-01", same_as("rains"))
    story.act("undo", "dprk", "2020-03-01", reverses("again"))
    assert why(story) == {"p", "rains", "again", "undo"}


@pytest.mark.rule("9.2")
@pytest.mark.parametrize("move", [suspends("p"), reschedules("p", due="2021-01-01")])
def test_of_what_others_must_agree_to_the_acts_that_accept_it(move):
    story = promised(due="2020-06-01")
    story.act("asks", "us", "2020-02-01", move)
    story.act("grants", "dprk", "2020-03-01", accepts("asks"))
    assert why(story) == {"p", "asks", "grants"}


@pytest.mark.rule("9.2")
def test_of_a_suspension_that_to_which_it_responds():
    story = promised()
    story.act("threat", "dprk", "2020-02-01", toward="us")
    story.act("halt", "us", "2020-02-02", suspends("p"), responds_to("threat"))
    assert story.seen(LATER).flags("p") == {"countermeasure_claimed", "undated"}
    assert why(story) == {"p", "threat", "halt"}


@pytest.mark.rule("9.2")
def test_of_a_notice_the_acts_that_withdraw_it():
    story = promised()
    story.act("notice", "us", "2020-02-01", cancels("p", on="2020-09-01"))
    story.act("stays", "us", "2020-03-01", withdraws("notice"))
    assert why(story) == {"p", "notice", "stays"}


@pytest.mark.rule("9.2")
def test_the_acts_aimed_at_its_instrument_that_concern_it_and_the_instrument_then():
    story = Story()
    story.instrument("t", "us dprk rok", on=FIRST)
    story.promise("p", "us", to="dprk", on=FIRST, instrument="t")
    story.promise("theirs", "rok", to="dprk", on=FIRST, instrument="t")
    assert why(story) == {"p"}
    story.act("off", "us", "2020-02-01", cancels("t"))
    story.act("yes", "iaea", "2020-02-02", verifies("off"))
    assert why(story) == {"p", "t", "off", "yes"}
    assert why(story, "theirs") == {"theirs"}


@pytest.mark.rule("9.2")
def test_the_instrument_also_where_its_terms_tell_whether_it_was_left_lawfully():
    story = Story()
    story.instrument("t", "us dprk", on=FIRST)
    story.promise("p", "us", to="dprk", on=FIRST, instrument="t")
    story.act("off", "us", "2020-02-01", cancels("p"))
    assert why(story) == {"p", "t", "off"}


@pytest.mark.rule("9.2")
def test_what_speaks_for_or_against_each_of_these_acts():
    story = promised()
    story.gives("deed", "us", "2020-02-01", fulfils("p", "1/2"), to="dprk")
    for said, who, relation in (
        ("checked", "iaea", verifies("deed")),
        ("denied", "dprk", denies("deed")),
        ("contradicted", "dprk", contradicts("deed")),
        ("own", "us", verifies("deed")),  # no neutral, and says nothing against it
    ):
        story.act(said, who, "2020-03-01", relation)
    assert why(story) == {"p", "deed", "checked", "denied", "contradicted"}


@pytest.mark.rule("9.2")
def test_what_a_term_waits_for_is_not_named_before_it_comes():
    """It waits for good once that is annulled; a difference names it (9.4)."""
    story = promised(antecedent=once("talks", by="2020-07-01"))
    story.act("talks", "dprk", "2021-01-01")
    seen = story.seen(LATER)
    assert seen.lifecycle("p") == "expired"
    assert seen.standing("p").why == ("p",)


@pytest.mark.rule("9.2")
def test_the_day_on_which_it_changes_rests_on_what_it_rests_on_by_then():
    story = promised(due="2020-06-01/2020-06-30")
    story.gives("deed", "us", "2020-05-01", fulfils("p", "1"), to="dprk")
    found = commitment_standing(story.seen("2020-04-01").picture, "p")
    assert found
    assert (str(found.standing.changes_on), found.standing.why) == ("2020-05-01", ("p",))
    assert "deed" in why(story, day="2020-05-01")


# Of a balance (9.3)


def why_given(story: Story, **how) -> set[str]:
    return set(story.seen(LATER).balance("us", "dprk", **how).why)


@pytest.mark.rule("9.3")
@pytest.mark.parametrize("evidence", EvidenceFilter)
def test_deliveries_also_refuted_ones_and_those_that_the_filter_drops(evidence):
    story = Story()
    story.gives("plain", "us", FIRST, to="dprk")
    story.gives("doubtful", "us", FIRST, to="dprk", told=word(hedged=True))
    story.gives("refuted", "dprk", FIRST, to="us")
    story.act("no", "iaea", "2020-02-01", refutes("refuted"))
    story.gives("elsewhere", "us", FIRST, to="rok")
    expected = {"plain", "doubtful", "refuted", "no"}
    assert why_given(story, evidence=evidence) == expected


@pytest.mark.rule("9.3")
def test_what_is_the_same_event_and_what_takes_it_back():
    story = Story()
    story.gives("deed", "us", FIRST, to="dprk")
    story.act("again", "us", FIRST, same_as("deed"), toward="dprk")
    story.act("undo", "us", "2020-02-01", reverses("again"), toward="dprk")
    assert why_given(story) == {"deed", "again", "undo"}


@pytest.mark.rule("9.3")
def test_what_one_of_the_two_owes_the_other_or_would_if_nobody_had_left():
    story = promised()
    story.act("look", "iaea", "2020-02-01", reviews("p"))
    story.promise("left", "dprk", to="us", on=FIRST)
    story.act("off", "dprk", "2020-02-01", cancels("left"))
    story.promise("theirs", "us", to="rok", on=FIRST)
    assert why_given(story) == {"p", "look", "left", "off"}


@pytest.mark.rule("9.3")
def test_what_a_delivery_keeps_up_also_toward_others():
    story = Story()
    story.promise("p", "us", to="rok", on=FIRST, kept=True)
    story.gives("deed", "us", "2020-02-01", fulfils("p"), to="dprk")
    story.act("broken", "us", "2020-03-01", breaches("p"))
    assert why_given(story) == {"p", "deed", "broken"}


@pytest.mark.rule("9.3")
@pytest.mark.parametrize("aim", ["p", "t"])
def test_what_one_is_said_to_fulfil_where_it_or_its_instrument_is_called_off(aim):
    story = Story()
    story.instrument("t", "us rok", on=FIRST)
    story.promise("p", "us", to="rok", on=FIRST, instrument="t")
    story.gives("deed", "us", "2020-02-01", fulfils("p", "1"), to="dprk")
    assert why_given(story) == {"deed"}
    story.act("off", "us", "2020-01-15", cancels(aim))
    assert why_given(story) == {"deed", "p", "off", "t"}


# Of an instrument (9.6)


@pytest.mark.rule("9.6")
def test_an_instrument_rests_on_itself_on_what_moves_it_and_on_what_is_under_it():
    story = Story()
    story.instrument("t", "us dprk", on=FIRST)
    story.promise("p", "us", to="dprk", on=FIRST, instrument="t")
    for said, who, relation in (
        ("no", "rok", denies("t", None)),
        ("says", "us", asserts("t", None)),
        ("stranger", "iaea", cancels("t")),
        ("off", "us", cancels("t")),
        ("yes", "iaea", verifies("off")),
        ("look", "iaea", reviews("p")),
        ("tied", "iaea", Relation(RelationKind.REFERS_TO, "t")),
    ):
        story.act(said, who, "2020-02-01", relation)
    found = set(story.seen(LATER).instrument("t").why)
    assert found == {"t", "p", "no", "says", "stranger", "off", "yes", "look"}


# What orders a day (9.2)

DAY = "2020-06-24"


def broken_and_resumed(between: str = DAY) -> Story:
    """A promise that is broken and resumed on one day, in this order because of what lies
    between.
    """
    story = promised(kept=True)
    story.act("shot", "us", DAY, breaches("p"))
    story.act("z-mid", "dprk", between, follows("shot"))
    story.act("a-again", "us", DAY, resumes("p"), follows("z-mid"))
    return story


@pytest.mark.rule("9.2")
@pytest.mark.parametrize("between", [DAY, "2020-06-23", "2020-06-25"])
def test_an_act_that_says_in_which_order_two_others_of_a_day_came(between):
    story = broken_and_resumed(between)
    assert story.seen(LATER).lifecycle("p") == "active"
    assert why(story) == {"p", "shot", "z-mid", "a-again"}
    story.annul("z-mid")
    assert story.seen(LATER).lifecycle("p") == "breached"
    assert why(story) == {"p", "shot", "a-again"}


@pytest.mark.rule("9.2")
def test_and_what_speaks_against_it():
    story = broken_and_resumed()
    story.act("no", "iaea", "2020-07-01", refutes("z-mid"))
    assert why(story) == {"p", "shot", "z-mid", "no", "a-again"}


@pytest.mark.rule("9.2")
def test_an_act_that_moves_something_else_on_the_day_and_so_orders_it():
    """`late` waits for the breach of another promise, which comes last in a day."""
    story = promised()
    story.promise("q", "us", to="dprk", on=FIRST, kept=True)
    story.act("strike", "us", DAY, breaches("q"))
    story.act("word", "rok", DAY, follows("strike"))
    story.act("late", "dprk", DAY, releases("p"), follows("word"))
    assert why(story) == {"p", "late"}  # what it follows matters to nothing else
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(LATER).lifecycle("p") == "cancelled"
    assert why(story) == {"p", "q", "strike", "word", "late", "off"}
    story.annul("q")
    assert story.seen(LATER).lifecycle("p") == "released"


@pytest.mark.rule("9.2")
def test_and_by_way_of_which_act_it_does():
    story = promised(offer=True)
    story.promise("q", "us", to="dprk", on=FIRST)
    story.act("leaves", "us", "2020-06-01", cancels("q", on="2020-09-01"))
    story.act("z-stays", "us", DAY, withdraws("leaves"))
    story.act("a-yes", "dprk", DAY, accepts("p"), follows("z-stays"))
    story.act("b-yes", "dprk", DAY, accepts("p"))
    assert story.seen(LATER).effect("b-yes", "p", RelationKind.ACCEPTS) == "done"
    assert why(story) == {"p", "q", "leaves", "z-stays", "a-yes", "b-yes"}
    story.act("no", "iaea", "2020-07-01", refutes("leaves"))
    assert story.seen(LATER).effect("a-yes", "p", RelationKind.ACCEPTS) == "done"
    assert why(story) == {"p", "q", "leaves", "z-stays", "a-yes", "b-yes", "no"}


@pytest.mark.rule("9.2")
def test_an_act_that_orders_what_is_done_for_the_promise_that_one_waits_for():
    story = promised(antecedent=once(fulfilled("q")))
    story.promise("q", "dprk", to="us", on=FIRST)
    story.act("strike", "us", DAY, breaches("p"))
    story.act("word", "rok", DAY, follows("strike"))
    story.gives("deed", "dprk", DAY, fulfils("q", "1"), follows("word"), to="us")
    assert story.seen(LATER).lifecycle("p") == "active"
    assert why(story) == {"p", "q", "strike", "word", "deed"}
    story.annul("word")
    assert story.seen(LATER).lifecycle("p") == "breached"


@pytest.mark.rule("9.2")
@pytest.mark.parametrize("day", ["2020-06-23", "2020-06-25"])
def test_none_that_stands_between_acts_of_two_days(day):
    story = promised(kept=True)
    story.act("shot", "us", DAY, breaches("p"))
    story.act("z-mid", "dprk", DAY, follows("shot"))
    story.act("a-again", "us", day, resumes("p"), follows("z-mid"))
    story.act("b-again", "us", day, resumes("p"))
    assert why(story) == {"p", "shot", "a-again", "b-again"}


@pytest.mark.rule("9.2")
def test_nor_one_that_moves_nothing_and_leads_to_nothing_that_does():
    story = promised(kept=True)
    story.act("talks", "rok", DAY)
    story.act("shot", "us", DAY, breaches("p"))
    story.act("a-again", "us", DAY, resumes("p"), follows("shot"), follows("talks"))
    assert why(story) == {"p", "shot", "a-again"}
