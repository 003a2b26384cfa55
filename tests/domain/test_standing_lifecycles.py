"""Where a commitment stands: one test for each way of reaching each lifecycle."""

import pytest

from ledger_service.domain.values.entries import About, ActKind, Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    all_of,
    any_of,
    asserts,
    breaches,
    cancels,
    denies,
    for_,
    fulfilled,
    fulfils,
    meets,
    occurred,
    once,
    refutes,
    releases,
    resumes,
    reviews,
    same_as,
    supersedes,
    suspends,
    word,
    words,
)

# Proposed


@pytest.mark.rule("5.1")
def test_what_only_the_other_side_tells_of_is_proposed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("us"))
    assert story.seen("2018-06-02").lifecycle("p") == "proposed"


@pytest.mark.rule("5.1", "5.3.10")
def test_the_debtors_own_word_makes_it_active():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("us"))
    story.act("yes", "dprk", "2018-06-05", asserts("p", About.EXISTENCE))
    assert story.seen("2018-06-04").lifecycle("p") == "proposed"
    assert story.seen("2018-06-05").lifecycle("p") == "active"


@pytest.mark.rule("5.3.7")
def test_that_the_debtor_said_so_in_the_creditors_words_is_only_claimed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("us"))
    story.act("yes", "dprk", "2018-06-05", asserts("p", About.EXISTENCE), told=word("us"))
    seen = story.seen("2018-06-05")
    assert seen.lifecycle("p") == "proposed"
    assert "asserts_claimed" in seen.flags("p")


@pytest.mark.rule("5.4.6")
def test_a_share_delivered_does_not_turn_a_proposal_into_a_promise():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("us"))
    story.gives("part", "dprk", "2018-06-05", fulfils("p", "1/2"), to="us")
    standing = story.seen("2018-06-05").standing("p")
    assert standing.lifecycle == "proposed"
    assert str(standing.share) == "1/2"


@pytest.mark.rule("5.4.6")
def test_a_proposal_that_was_delivered_whole_is_fulfilled_once_it_binds():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", told=word("us"))
    story.gives("all", "dprk", "2018-06-05", fulfils("p", "1"), to="us")
    story.act("yes", "dprk", "2018-06-09", asserts("p", About.EXISTENCE))
    assert story.seen("2018-06-08").lifecycle("p") == "proposed"
    assert story.seen("2018-06-09").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.1")
def test_an_offer_waits_for_acceptance():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", offer=True)
    story.act("deal", "us", "2018-06-05", accepts("p"))
    assert story.seen("2018-06-04").lifecycle("p") == "proposed"
    assert story.seen("2018-06-05").lifecycle("p") == "active"


@pytest.mark.rule("5.3.3")
def test_an_offer_needs_every_creditor():
    story = Story()
    story.promise("p", "dprk", to="us rok", on="2018-06-01", offer=True)
    story.act("us-yes", "us", "2018-06-05", accepts("p"))
    story.act("rok-yes", "rok", "2018-06-07", accepts("p"))
    assert story.seen("2018-06-06").lifecycle("p") == "proposed"
    assert story.seen("2018-06-07").lifecycle("p") == "active"


@pytest.mark.rule("3.3", "5.1", "5.3.8")
def test_a_promise_made_without_mandate_is_proposed_until_the_debtor_ratifies():
    story = Story()
    story.party("envoy", for_("dprk"))
    story.promise("p", "dprk", to="us", on="2018-06-01", made_by="envoy")
    story.act("ratified", "dprk", "2018-06-09", asserts("p", About.EXISTENCE))
    early, late = story.seen("2018-06-08"), story.seen("2018-06-09")
    assert early.lifecycle("p") == "proposed"
    assert "authority_doubtful" in early.flags("p")
    assert late.lifecycle("p") == "active"
    assert "authority_doubtful" not in late.flags("p")


@pytest.mark.rule("5.3.8")
@pytest.mark.parametrize(
    ("mandate", "lifecycle"), [(Mandate.PROMISE, "active"), (Mandate.CANCEL, "proposed")]
)
def test_a_report_of_the_debtors_own_word_ratifies_what_was_made_without_authority(
    mandate, lifecycle
):
    """The word of who speaks for it does, with the mandate to promise."""
    story = Story()
    story.party("envoy", for_("dprk"))
    story.party("minister", for_("dprk", mandate))
    told = (*word(), *word("minister"))
    story.promise("p", "dprk", to="us", on="2018-06-01", made_by="envoy", told=told)
    assert story.seen("2018-06-01").lifecycle("p") == lifecycle


@pytest.mark.rule("5.3.8")
@pytest.mark.parametrize(
    ("mandate", "lifecycle"), [(Mandate.PROMISE, "active"), (Mandate.CANCEL, "proposed")]
)
def test_who_speaks_for_the_debtor_ratifies_with_the_mandate_to_promise(mandate, lifecycle):
    story = Story()
    story.party("envoy", for_("dprk"))
    story.party("minister", for_("dprk", mandate))
    story.promise("p", "dprk", to="us", on="2018-06-01", made_by="envoy")
    story.act("ratified", "minister", "2018-06-09", asserts("p", About.EXISTENCE))
    assert story.seen("2018-06-09").lifecycle("p") == lifecycle


@pytest.mark.rule("5.4.6", "5.7.1")
@pytest.mark.parametrize(
    ("actor", "move", "lifecycle", "effect"),
    [
        ("dprk", cancels("p"), "cancelled", "done"),
        ("us", releases("p"), "released", "done"),
        ("dprk", breaches("p"), "proposed", "not_open"),
        ("us", suspends("p"), "proposed", "not_open"),
    ],
)
def test_a_proposal_may_be_called_off_and_let_go_but_not_broken_or_put_on_hold(
    actor, move, lifecycle, effect
):
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", offer=True)
    story.act("x", actor, "2018-06-05", move)
    seen = story.seen("2018-06-05")
    assert seen.lifecycle("p") == lifecycle
    assert seen.effect("x", "p", move.kind) == effect
    assert "counts_as_breach" not in seen.flags("p")


@pytest.mark.rule("5.2.11")
def test_time_alone_moves_no_proposal_and_is_looked_at_once_it_binds():
    story = Story()
    waits = once(words("peace"), by="2018-06-10")
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waits, offer=True)
    story.promise(
        "q", "dprk", to="us", on="2018-06-01", kept=True, until="2018-06-10", offer=True
    )
    for promise in "pq":
        story.act(f"yes-{promise}", "us", "2018-06-20", accepts(promise))
    before, after = story.seen("2018-06-19"), story.seen("2018-06-20")
    assert [before.lifecycle(each) for each in "pq"] == ["proposed", "proposed"]
    assert [after.lifecycle(each) for each in "pq"] == ["expired", "fulfilled"]


@pytest.mark.rule("3.3")
def test_a_mandate_must_stand_on_every_link():
    story = Story()
    story.party("minister", for_("dprk", Mandate.ALL))
    story.party("clerk", for_("minister", Mandate.ACCEPT))
    story.promise("p", "dprk", to="us", on="2018-06-01", made_by="clerk")
    assert story.seen("2018-06-02").lifecycle("p") == "proposed"


@pytest.mark.rule("5.1")
def test_a_promise_whose_existence_is_refuted_is_proposed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("never", "iaea", "2018-06-09", refutes("p", About.EXISTENCE))
    seen = story.seen("2018-06-09")
    assert story.replayed("2018-06-08").lifecycle("p") == "active"
    assert seen.lifecycle("p") == "proposed"
    assert "existence_refuted" in seen.flags("p")


# Conditional, active, expired


@pytest.mark.rule("5.1", "5.6")
def test_conditional_until_the_act_occurs():
    story = Story()
    story.promise("summit", "us", to="dprk", on="2018-05-08", antecedent=once("release"))
    story.gives("release", "dprk", "2018-05-09", to="us")
    story.gives("met", "us", "2018-06-12", fulfils("summit", "1"), to="dprk")
    assert story.seen("2018-05-08").lifecycle("summit") == "conditional"
    assert story.seen("2018-05-09").lifecycle("summit") == "active"
    assert story.seen("2018-06-12").lifecycle("summit") == "fulfilled"


@pytest.mark.rule("5.6.1")
def test_words_hold_when_an_act_meets_them():
    story = Story()
    waits = once(all_of(words("men are freed", "men"), words("tests end", "tests")))
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=waits)
    story.gives("freed", "dprk", "2018-05-09", meets("p", "men"), to="us")
    story.act("ended", "dprk", "2018-05-20", meets("p", "tests"))
    assert story.seen("2018-05-19").lifecycle("p") == "conditional"
    assert story.seen("2018-05-20").lifecycle("p") == "active"


@pytest.mark.rule("5.6.1", "5.6.2")
def test_one_of_several_conditions_is_enough_for_any():
    story = Story()
    waits = once(any_of(occurred("a"), words("something else")), by="2018-05-10")
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=waits)
    story.act("a", "dprk", "2018-05-10")
    assert story.seen("2018-05-11").lifecycle("p") == "active"


@pytest.mark.rule("5.1", "5.2.11")
def test_it_expires_on_the_day_after_the_deadline():
    story = Story()
    waits = once(words("men are freed"), by="2018-05-10")
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=waits)
    assert story.seen("2018-05-10").lifecycle("p") == "conditional"
    assert story.seen("2018-05-11").lifecycle("p") == "expired"


@pytest.mark.rule("5.6.2")
def test_met_after_its_deadline_it_does_not_hold():
    story = Story()
    waits = once(words("men are freed"), by="2018-05-10")
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=waits)
    story.act("freed", "dprk", "2018-05-11", meets("p"))
    assert story.seen("2018-05-20").lifecycle("p") == "expired"


@pytest.mark.rule("5.6.2")
def test_an_act_that_straddles_the_deadline_leaves_it_conditional_and_in_doubt():
    story = Story()
    story.promise(
        "p", "us", to="dprk", on="2018-05-01", antecedent=once("freed", by="2018-05-10")
    )
    story.act("freed", "dprk", "2018-05-08/2018-05-14", told=word(report="late"))
    story.report("late", "2018-05-09")
    for seen in (
        story.seen("2018-05-12"),
        story.seen("2018-05-20"),
        story.possibly("2018-05-20"),
    ):
        assert seen.lifecycle("p") == "conditional"
        assert "antecedent_in_doubt" in seen.flags("p")


@pytest.mark.rule("5.1", "5.6.3")
def test_it_expires_with_what_it_waits_for():
    story = Story()
    story.promise("first", "dprk", to="us", on="2018-05-01")
    story.promise("then", "us", to="dprk", on="2018-05-01", antecedent=once(fulfilled("first")))
    story.act("off", "dprk", "2018-05-09", cancels("first"))
    assert story.seen("2018-05-08").lifecycle("then") == "conditional"
    assert story.seen("2018-05-09").lifecycle("then") == "expired"


@pytest.mark.rule("5.6.3")
@pytest.mark.parametrize(
    ("actor", "move"),
    [("dprk", breaches("first")), ("dprk", cancels("first")), ("us", releases("first"))],
)
def test_it_expires_once_what_it_waits_for_is_broken_called_off_or_let_go(actor, move):
    story = Story()
    story.promise("first", "dprk", to="us", on="2018-05-01")
    story.promise("then", "us", to="dprk", on="2018-05-01", antecedent=once(fulfilled("first")))
    story.act("x", actor, "2018-05-09", move)
    assert story.seen("2018-05-08").lifecycle("then") == "conditional"
    assert story.seen("2018-05-09").lifecycle("then") == "expired"


@pytest.mark.rule("5.6.3")
@pytest.mark.parametrize(("day", "lifecycle"), [("10", "active"), ("11", "expired")])
def test_a_commitment_is_in_time_by_the_day_on_which_it_is_fulfilled(day, lifecycle):
    story = Story()
    waits = once(fulfilled("first"), by="2018-05-10")
    story.promise("first", "dprk", to="us", on="2018-05-01")
    story.promise("then", "us", to="dprk", on="2018-05-01", antecedent=waits)
    story.gives("some", "dprk", "2018-05-03", fulfils("first", "1/2"), to="us")
    story.gives("rest", "dprk", f"2018-05-{day}", fulfils("first", "1/2"), to="us")
    assert story.seen("2018-05-09").lifecycle("then") == "conditional"
    assert story.seen("2018-05-20").lifecycle("then") == lifecycle


CAME, OPEN, LOST = fulfilled("came"), fulfilled("open"), fulfilled("lost")
DOUBTFUL = occurred("doubtful")


@pytest.mark.rule("5.6.3")
@pytest.mark.parametrize(("day", "lifecycle"), [("10", "active"), ("11", "expired")])
def test_it_is_so_too_where_the_deadline_passed_before_it_was_asked(day, lifecycle):
    story = Story()
    waits = once(fulfilled("first"), by="2018-05-10")
    story.promise("first", "dprk", to="us", on="2018-05-01")
    story.promise("then", "us", to="dprk", on="2018-05-01", antecedent=waits, offer=True)
    story.gives("all", "dprk", f"2018-05-{day}", fulfils("first", "1"), to="us")
    story.act("yes", "dprk", "2018-05-20", accepts("then"))
    assert story.seen("2018-05-20").lifecycle("then") == lifecycle


@pytest.mark.rule("5.6.1")
@pytest.mark.parametrize(
    ("tree", "lifecycle", "in_doubt"),
    [
        (all_of(CAME, OPEN), "conditional", False),
        (all_of(CAME, DOUBTFUL), "conditional", True),
        (all_of(OPEN, LOST), "expired", False),
        (all_of(DOUBTFUL, LOST), "expired", False),
        (any_of(CAME, LOST), "active", False),
        (any_of(CAME, DOUBTFUL), "active", False),
        (any_of(OPEN, LOST), "conditional", False),
        (any_of(DOUBTFUL, LOST), "conditional", True),
        (any_of(all_of(CAME, LOST), all_of(CAME, OPEN)), "conditional", False),
    ],
)
def test_of_all_the_worst_counts_and_of_any_the_best(tree, lifecycle, in_doubt):
    story = Story()
    for each in ("came", "open", "lost"):
        story.promise(each, "dprk", to="us", on="2018-05-01")
    story.gives("deed", "dprk", "2018-05-02", fulfils("came", "1"), to="us")
    story.act("broken", "dprk", "2018-05-02", breaches("lost"))
    story.act("doubtful", "dprk", "2018-05-08/2018-05-14")
    antecedent = once(tree, by="2018-05-10" if in_doubt or "doubtful" in str(tree) else "")
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=antecedent)
    seen = story.seen("2018-05-20")
    assert seen.lifecycle("p") == lifecycle
    assert ("antecedent_in_doubt" in seen.flags("p")) == in_doubt


@pytest.mark.rule("5.6.3")
def test_what_waits_for_a_superseded_one_waits_for_the_successor():
    story = Story()
    story.promise("first", "dprk", to="us", on="2018-05-01")
    story.promise("then", "us", to="dprk", on="2018-05-01", antecedent=once(fulfilled("first")))
    story.promise("new", "dprk", supersedes("first"), to="us", on="2018-05-05")
    story.act("deal", "us", "2018-05-06", accepts("new"))
    story.gives("done", "dprk", "2018-05-20", fulfils("new", "1"), to="us")
    assert story.seen("2018-05-06").lifecycle("first") == "superseded"
    assert story.seen("2018-05-19").lifecycle("then") == "conditional"
    assert story.seen("2018-05-20").lifecycle("then") == "active"


@pytest.mark.rule("5.2.10")
def test_in_a_circle_of_antecedents_nothing_holds_on_the_strength_of_itself():
    story = Story()
    story.promise("a", "us", to="dprk", on="2018-05-01", antecedent=once(fulfilled("b")))
    story.promise("b", "dprk", to="us", on="2018-05-01", antecedent=once(fulfilled("a")))
    assert story.seen("2018-06-01").lifecycle("a") == "conditional"
    assert story.seen("2018-06-01").lifecycle("b") == "conditional"
    story.gives("first-step", "us", "2018-06-05", fulfils("a", "1"), to="dprk")
    assert story.seen("2018-06-05").lifecycle("a") == "fulfilled"
    assert story.seen("2018-06-05").lifecycle("b") == "active"


@pytest.mark.rule("5.6.4")
def test_an_act_that_only_lies_ahead_has_not_occurred_and_the_deadline_passes():
    story = Story()
    story.promise(
        "p", "us", to="dprk", on="2018-05-01", antecedent=once("freed", by="2018-05-10")
    )
    story.act("freed", "dprk", "2018-06-01")
    assert story.seen("2018-05-10").lifecycle("p") == "conditional"
    assert story.seen("2018-05-11").lifecycle("p") == "expired"


@pytest.mark.rule("5.6.5")
@pytest.mark.parametrize("kind", [ActKind.DEMAND, ActKind.EXPECTATION])
def test_that_an_act_became_a_demand_or_an_expectation_is_waited_for_no_longer(kind):
    story = Story()
    story.act("x", "dprk", "2018-05-09")
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=once("x"))
    before = story.position
    story.amend("x", kind=kind)
    assert story.seen("2018-05-09", position=before).lifecycle("p") == "active"
    assert story.seen("2018-05-09").lifecycle("p") == "conditional"


@pytest.mark.rule("5.6.8")
@pytest.mark.parametrize(
    ("day", "lifecycle"), [("2018-05-31", "fulfilled"), ("2018-06-01", "expired")]
)
def test_what_binds_after_its_until_is_looked_at_as_on_that_last_day(day, lifecycle):
    story = Story()
    story.promise(
        "p",
        "us",
        to="dprk",
        on="2018-05-01",
        kept=True,
        until="2018-05-31",
        antecedent=once("x"),
        offer=True,
    )
    story.act("x", "dprk", day)
    story.act("yes", "dprk", "2018-06-20", accepts("p"))
    assert story.seen("2018-06-19").lifecycle("p") == "proposed"
    assert story.seen("2018-06-20").lifecycle("p") == lifecycle


@pytest.mark.rule("5.6.7")
def test_a_condition_known_only_from_the_creditor_is_claimed():
    story = Story()
    story.promise("p", "us", to="dprk", on="2018-05-01", antecedent=once("freed"))
    story.act("freed", "dprk", "2018-05-09", told=word("dprk"))
    seen = story.seen("2018-05-09")
    assert seen.lifecycle("p") == "conditional"
    assert "antecedent_claimed" in seen.flags("p")


@pytest.mark.rule("5.6.4")
def test_an_annulled_condition_neither_holds_nor_expires():
    story = Story()
    story.promise(
        "p", "us", to="dprk", on="2018-05-01", antecedent=once("freed", by="2018-05-10")
    )
    story.act("freed", "dprk", "2018-05-09")
    story.annul("freed")
    assert story.seen("2018-06-01").lifecycle("p") == "conditional"


@pytest.mark.rule("5.6.4")
def test_a_commitment_that_is_not_reported_yet_neither_holds_nor_expires():
    story = Story()
    waits = once(fulfilled("first"), by="2018-05-10")
    story.report("late", "2019-01-01")
    story.promise("first", "dprk", to="us", on="2018-05-01", told=word(report="late"))
    story.promise("then", "us", to="dprk", on="2018-05-01", antecedent=waits)
    assert story.replayed("2018-12-31").lifecycle("then") == "conditional"
    assert story.replayed("2019-01-01").lifecycle("then") == "expired"
    story.annul("first")
    assert story.replayed("2019-01-01").lifecycle("then") == "conditional"


@pytest.mark.rule("5.1")
def test_something_to_be_kept_that_is_still_conditional_at_its_until_expires():
    story = Story()
    waits = once(words("a treaty"))
    story.promise(
        "p", "us", to="dprk", on="2018-05-01", kept=True, until="2018-05-31", antecedent=waits
    )
    assert story.seen("2018-05-31").lifecycle("p") == "conditional"
    assert story.seen("2018-06-01").lifecycle("p") == "expired"


# Fulfilled


@pytest.mark.rule("5.1", "5.4", "5.4.3", "8")
def test_extents_add_up_exactly():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    for n in range(3):
        story.gives(f"part-{n}", "dprk", f"2018-06-1{n}", fulfils("p", "1/3"), to="us")
    assert str(story.seen("2018-06-11").standing("p").share) == "2/3"
    assert story.seen("2018-06-12").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.4.4", "5.14")
def test_unknown_shares_alone_never_fulfil():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    for n in range(5):
        story.gives(f"part-{n}", "dprk", f"2018-06-1{n}", fulfils("p"), to="us")
    standing = story.seen("2018-06-20").standing("p")
    assert standing.lifecycle == "active"
    assert standing.share is None
    assert standing.share_at_least == 0
    assert "partially_fulfilled" in standing.flags


@pytest.mark.rule("5.4.5")
def test_one_delivery_told_twice_counts_once_with_its_largest_extent():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("one", "dprk", "2018-06-10", fulfils("p", "1/2"), to="us")
    story.gives("two", "dprk", "2018-06-10", fulfils("p", "3/4"), same_as("one"), to="us")
    standing = story.seen("2018-06-20").standing("p")
    assert standing.lifecycle == "active"
    assert str(standing.share) == "3/4"


@pytest.mark.rule("5.4.3")
def test_two_deliveries_of_more_than_the_whole_are_the_whole():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    for n in range(2):
        story.gives(f"part-{n}", "dprk", f"2018-06-1{n}", fulfils("p", "3/4"), to="us")
    assert story.seen("2018-06-10").share("p") == "3/4"
    assert story.seen("2018-06-11").share("p") == "1"


@pytest.mark.rule("5.4.1")
@pytest.mark.parametrize(
    ("told", "effect"),
    [
        (word(), "done"),
        (word(hedged=True), "done"),
        (word("dprk"), "done"),
        (word("iaea"), "done"),
        (word("us"), "fulfilment_claimed"),
        ((*word("us"), *word("iaea")), "done"),
    ],
)
def test_a_delivery_counts_unless_all_that_tells_of_it_is_the_creditors_word(told, effect):
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us", told=told)
    seen = story.seen("2018-06-10")
    assert seen.effect("done", "p", RelationKind.FULFILS) == effect
    assert seen.lifecycle("p") == ("fulfilled" if effect == "done" else "active")


@pytest.mark.rule("5.1")
def test_delivery_before_the_condition_holds_fulfils():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=once(words("peace")))
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us")
    assert story.seen("2018-06-10").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.4.1")
def test_a_delivery_in_the_creditors_words_only_is_claimed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us", told=word("us"))
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "active"
    assert seen.standing("p").share == 0
    assert "fulfilment_claimed" in seen.flags("p")


@pytest.mark.rule("5.4.1")
def test_a_claim_of_delivery_changes_nothing_but_a_flag():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12")
    story.act("claim", "us", "2018-06-20", asserts("p"))
    standing = story.seen("2018-06-21").standing("p")
    assert (standing.lifecycle, standing.share) == ("active", 0)
    assert "fulfilment_claimed" in standing.flags


@pytest.mark.rule("5.1", "5.2.11")
def test_something_kept_until_its_day_is_fulfilled_on_the_day_after():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True, until="2018-06-30")
    assert story.seen("2018-06-30").lifecycle("p") == "active"
    assert story.seen("2018-07-01").lifecycle("p") == "fulfilled"


def test_a_fulfilment_refuted_later_is_taken_away_with_what_it_triggered():
    story = Story()
    story.promise("first", "dprk", to="us", on="2018-06-01")
    story.promise("then", "us", to="dprk", on="2018-06-01", antecedent=once(fulfilled("first")))
    story.gives("done", "dprk", "2018-06-10", fulfils("first", "1"), to="us")
    story.act("check", "iaea", "2018-06-20", refutes("done"))
    before, after = story.replayed("2018-06-19"), story.seen("2018-06-19")
    assert [before.lifecycle(c) for c in ("first", "then")] == ["fulfilled", "active"]
    assert [after.lifecycle(c) for c in ("first", "then")] == ["active", "conditional"]
    assert before.counts("dprk", "us") == (1, 0)
    assert after.counts("dprk", "us") == (0, 0)


# Breached


@pytest.mark.rule("5.1", "5.5")
def test_a_breach_that_a_publisher_tells_of():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("broken", "dprk", "2018-06-10", breaches("p"))
    assert story.seen("2018-06-10").lifecycle("p") == "breached"


@pytest.mark.rule("5.5")
def test_a_breach_asserted_only_by_the_creditor_hedged_or_disputed_is_claimed():
    for told in (word("us"), word(hedged=True)):
        story = Story()
        story.promise("p", "dprk", to="us", on="2018-06-01")
        story.act("broken", "dprk", "2018-06-10", breaches("p"), told=told)
        seen = story.seen("2018-06-10")
        assert seen.lifecycle("p") == "active"
        assert "breach_claimed" in seen.flags("p")


@pytest.mark.rule("5.5")
def test_a_breach_that_its_maker_denies_is_claimed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("broken", "dprk", "2018-06-10", breaches("p"), kind=ActKind.VIOLATION)
    story.act("no", "dprk", "2018-06-12", denies("broken"))
    seen = story.seen("2018-06-12")
    assert seen.lifecycle("p") == "active"
    assert seen.flags("p") == {"breach_claimed", "undated"}


@pytest.mark.rule("5.1")
def test_time_alone_never_makes_a_breach():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-10")
    seen = story.seen("2030-01-01")
    assert seen.lifecycle("p") == "active"
    assert "overdue" in seen.flags("p")


@pytest.mark.rule("5.1", "5.7.8")
def test_a_moratorium_broken_and_resumed_ends_breached():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True, until="2018-06-30")
    story.act("test", "dprk", "2018-06-10", breaches("p"))
    story.act("again", "dprk", "2018-06-20", resumes("p"))
    assert story.seen("2018-06-10").lifecycle("p") == "breached"
    resumed = story.seen("2018-06-20")
    assert resumed.lifecycle("p") == "active"
    assert "was_breached" in resumed.flags("p")
    assert story.seen("2018-07-01").lifecycle("p") == "breached"


@pytest.mark.rule("5.7.8")
def test_the_creditor_cannot_resume_what_the_debtor_broke():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True)
    story.act("test", "dprk", "2018-06-10", breaches("p"))
    story.act("again", "us", "2018-06-20", resumes("p"))
    seen = story.seen("2018-06-20")
    assert seen.lifecycle("p") == "breached"
    assert "not_entitled" in seen.flags("p")


# Cancelled and released


@pytest.mark.rule("5.1")
def test_a_cancellation_out_of_active_counts_as_breach():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "dprk", "2018-06-10", cancels("p"))
    standing = story.seen("2018-06-10").standing("p")
    assert standing.lifecycle == "cancelled"
    assert "counts_as_breach" in standing.flags
    assert standing.against == ("dprk",)


@pytest.mark.rule("5.1", "5.11.4")
def test_a_cancellation_out_of_conditional_does_not():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=once(words("peace")))
    story.act("off", "dprk", "2018-06-10", cancels("p"))
    standing = story.seen("2018-06-10").standing("p")
    assert standing.lifecycle == "cancelled"
    assert "counts_as_breach" not in standing.flags


@pytest.mark.rule("5.3.1")
@pytest.mark.parametrize(
    ("day", "effect"),
    [
        ("2018-06-09", "not_entitled"),
        ("2018-06-10", "done"),
        ("2018-06-20", "done"),
        ("2018-06-21", "not_entitled"),
    ],
)
def test_a_representative_moves_for_the_debtor_while_it_has_the_mandate(day, effect):
    story = Story()
    mandate = for_("dprk", Mandate.CANCEL, from_="2018-06-10", to="2018-06-20")
    story.party("envoy", mandate)
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "envoy", day, cancels("p"))
    assert story.seen("2018-07-01").effect("off", "p", RelationKind.CANCELS) == effect


@pytest.mark.rule("5.3", "5.3.1", "5.3.5")
def test_a_stranger_cannot_cancel_and_a_debtor_cannot_release():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "rok", "2018-06-10", cancels("p"))
    story.act("free", "dprk", "2018-06-11", releases("p"))
    for day in ("2018-06-10", "2018-06-11"):
        seen = story.seen(day)
        assert seen.lifecycle("p") == "active"
        assert "not_entitled" in seen.flags("p")


@pytest.mark.rule("5.3.1", "5.3.5")
def test_a_representative_without_mandate_cannot_cancel():
    story = Story()
    story.party("envoy", for_("dprk", Mandate.PROMISE))
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "envoy", "2018-06-10", cancels("p"))
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "active"
    assert "authority_doubtful" in seen.flags("p")


@pytest.mark.rule("5.3.7")
def test_a_cancellation_in_the_other_sides_words_only_is_claimed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "dprk", "2018-06-10", cancels("p"), told=word("us"))
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "active"
    assert "cancels_claimed" in seen.flags("p")


@pytest.mark.rule("5.1", "5.3.3")
def test_releasing_needs_every_creditor():
    story = Story()
    story.promise("p", "dprk", to="us rok", on="2018-06-01")
    story.act("us-frees", "us", "2018-06-10", releases("p"))
    story.act("rok-frees", "rok", "2018-06-12", releases("p"))
    assert story.seen("2018-06-11").lifecycle("p") == "active"
    assert story.seen("2018-06-12").lifecycle("p") == "released"


# Suspended


@pytest.mark.rule("5.1", "5.7", "5.7.1", "5.7.2", "5.7.3")
def test_the_creditor_suspends_and_resumes():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-15")
    story.act("hold", "us", "2018-06-10", suspends("p"))
    story.act("on", "us", "2018-06-20", resumes("p"))
    held = story.seen("2018-06-16")
    assert held.lifecycle("p") == "suspended"
    assert not {"due", "overdue"} & held.flags("p")
    assert story.seen("2018-06-20").lifecycle("p") == "active"


@pytest.mark.rule("5.1", "5.7.1")
def test_the_debtor_suspends_with_the_creditors_acceptance():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("hold", "dprk", "2018-06-10", suspends("p"))
    story.act("agreed", "us", "2018-06-12", accepts("hold"))
    alone = story.seen("2018-06-11")
    assert alone.lifecycle("p") == "active"
    assert "waiting" in alone.flags("p")
    assert story.seen("2018-06-12").lifecycle("p") == "suspended"


@pytest.mark.rule("5.7.3")
def test_the_debtor_cannot_resume_what_the_creditor_suspended():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("hold", "us", "2018-06-10", suspends("p"))
    story.act("on", "dprk", "2018-06-12", resumes("p"))
    seen = story.seen("2018-06-12")
    assert seen.lifecycle("p") == "suspended"
    assert "not_entitled" in seen.flags("p")


@pytest.mark.rule("5.2.11")
def test_a_deadline_that_passes_while_suspended_is_seen_on_resumption():
    story = Story()
    waits = once(words("peace"), by="2018-06-15")
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=waits)
    story.act("hold", "us", "2018-06-10", suspends("p"))
    story.act("on", "us", "2018-06-20", resumes("p"))
    assert story.seen("2018-06-16").lifecycle("p") == "suspended"
    assert story.seen("2018-06-20").lifecycle("p") == "expired"


# Superseded


@pytest.mark.rule("5.8")
def test_nothing_is_superseded_without_the_old_creditors_acceptance():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="us", on="2018-06-10")
    assert story.seen("2018-06-20").lifecycle("old") == "active"


@pytest.mark.rule("5.1", "5.8")
def test_a_successor_that_the_creditor_made_supersedes():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10")
    standing = story.seen("2018-06-10").standing("old")
    assert standing.lifecycle == "superseded"
    assert standing.superseded_by == "new"


@pytest.mark.rule("5.8")
def test_a_successor_that_the_creditor_owes_supersedes_whoever_made_it():
    story = Story()
    story.party("envoy", for_("us"))
    story.promise("old", "dprk", to="us", on="2018-06-01")
    terms = {"made_by": "envoy", "told": (*word(), *word("us"))}
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10", **terms)
    assert story.seen("2018-06-10").standing("old").superseded_by == "new"


@pytest.mark.rule("5.8")
def test_a_successor_that_fails_supersedes_nothing():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="us", on="2018-06-10")
    story.act("deal", "us", "2018-06-11", accepts("new"))
    story.act("broken", "dprk", "2018-06-20", breaches("new"))
    assert story.seen("2018-06-19").lifecycle("old") == "superseded"
    assert story.seen("2018-06-20").lifecycle("old") == "active"


@pytest.mark.rule("5.8")
@pytest.mark.parametrize(
    ("actor", "move", "lifecycle"),
    [
        ("dprk", fulfils("new", "1"), "superseded"),
        ("dprk", breaches("new"), "active"),
        ("dprk", cancels("new"), "active"),
        ("us", releases("new"), "active"),
    ],
)
def test_only_a_successor_that_was_fulfilled_stays_in_the_place_of_the_old(
    actor, move, lifecycle
):
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="us", on="2018-06-10")
    story.act("deal", "us", "2018-06-11", accepts("new"))
    story.act("x", actor, "2018-06-20", move)
    assert story.seen("2018-06-19").lifecycle("old") == "superseded"
    assert story.seen("2018-06-20").lifecycle("old") == lifecycle


@pytest.mark.rule("5.8")
def test_a_successor_that_was_replaced_itself_has_replaced_the_old_all_the_same():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10")
    story.promise("newer", "us", supersedes("new"), to="dprk", on="2018-06-20")
    story.act("deal", "dprk", "2018-06-21", accepts("newer"))
    seen = story.seen("2018-06-21")
    assert seen.standing("new").superseded_by == "newer"
    assert seen.standing("old").superseded_by == "new"


@pytest.mark.rule("5.8")
def test_once_a_successor_failed_all_is_as_if_it_had_never_taken_the_place():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("then", "us", to="dprk", on="2018-06-01", antecedent=once(fulfilled("old")))
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10", kept=True)
    story.gives("done", "dprk", "2018-06-15", fulfils("old", "1"), to="us")
    story.act("broken", "us", "2018-06-20", breaches("new"))
    before, after = story.seen("2018-06-19"), story.seen("2018-06-20")
    assert [before.lifecycle(each) for each in ("old", "then")] == ["superseded", "conditional"]
    assert [after.lifecycle(each) for each in ("old", "then")] == ["fulfilled", "active"]
    assert str(after.standing("old").steps[-1].day) == "2018-06-15"


@pytest.mark.rule("5.8")
@pytest.mark.parametrize("recorded", ["abc", "cba", "bca"])
def test_of_those_that_replace_one_another_on_one_day_the_first_by_id_stays(recorded):
    replaced = {"a": "b", "b": "c", "c": "a"}
    story = Story()
    for name in recorded:
        relation = supersedes(replaced[name])
        story.promise(name, "us dprk", relation, to="us dprk", on="2018-06-01", mutual=True)
    seen = story.seen("2018-06-01")
    assert [seen.lifecycle(each) for each in "abc"] == ["active", "superseded", "superseded"]
    assert [seen.standing(each).superseded_by for each in "bc"] == ["a", "b"]


# Mutual


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


# Order


@pytest.mark.rule("5.1")
@pytest.mark.parametrize(
    ("actor", "end", "lifecycle"),
    [
        ("dprk", fulfils("p", "1"), "fulfilled"),
        ("dprk", breaches("p"), "breached"),
        ("dprk", cancels("p"), "cancelled"),
        ("us", releases("p"), "released"),
        ("iaea", reviews("p"), "expired"),
        ("us", accepts("new"), "superseded"),
    ],
)
def test_nothing_follows_an_end(actor, end, lifecycle):
    story = Story()
    waits = {"antecedent": once(words("peace"), by="2018-06-04")}
    terms = waits if lifecycle == "expired" else {}
    story.promise("p", "dprk", to="us", on="2018-06-01", **terms)
    story.promise("new", "dprk", supersedes("p"), to="us", on="2018-06-01")
    story.act("end", actor, "2018-06-05", end)
    assert story.seen("2018-06-05").lifecycle("p") == lifecycle
    moves = ("dprk", breaches), ("dprk", cancels), ("us", releases), ("us", suspends)
    for who, move in (*moves, ("us", resumes), ("dprk", resumes), ("dprk", fulfils)):
        story.act(f"{who}-{move.__name__}", who, "2018-06-10", move("p"))
    story.act("us-accepts", "us", "2018-06-10", accepts("new"))
    assert story.seen("2018-06-10").lifecycle("p") == lifecycle


@pytest.mark.rule("5.3.12")
def test_that_it_was_broken_is_told_after_its_end_too():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True)
    story.act("test", "dprk", "2018-06-10", breaches("p"))
    story.act("again", "dprk", "2018-06-20", resumes("p"))
    story.act("free", "us", "2018-06-25", releases("p"))
    seen = story.seen("2018-06-25")
    assert seen.lifecycle("p") == "released"
    assert "was_breached" in seen.flags("p")


@pytest.mark.rule("5.2.11")
def test_time_moves_before_the_moves_of_the_day_after():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True, until="2018-06-30")
    waits = once(words("peace"), by="2018-06-30")
    story.promise("q", "dprk", to="us", on="2018-06-01", antecedent=waits)
    for promise in "pq":
        story.act(f"off-{promise}", "dprk", "2018-07-01", cancels(promise))
    seen = story.seen("2018-07-01")
    assert [seen.lifecycle(each) for each in "pq"] == ["fulfilled", "expired"]


@pytest.mark.rule("5.1")
def test_terminal_states_absorb():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("off", "dprk", "2018-06-05", cancels("p"))
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us")
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "cancelled"
    assert seen.counts("dprk", "us") == (1, 0)


@pytest.mark.rule("5.2", "5.2.3")
def test_within_a_day_a_delivery_goes_before_a_cancellation_and_this_before_a_breach():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("a-breach", "dprk", "2018-06-05", breaches("p"))
    story.act("b-cancel", "dprk", "2018-06-05", cancels("p"))
    assert story.seen("2018-06-05").lifecycle("p") == "cancelled"
    story.gives("c-done", "dprk", "2018-06-05", fulfils("p", "1"), to="us")
    assert story.seen("2018-06-05").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.2.2")
def test_what_is_dated_before_its_commitment_takes_effect_on_its_first_day():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-10")
    story.gives("done", "dprk", "2018-06-01", fulfils("p", "1"), to="us")
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "fulfilled"
    assert "prior_conduct" in seen.flags("p")


@pytest.mark.rule("5.2.2")
@pytest.mark.parametrize(
    ("actor", "move", "lifecycle"),
    [
        ("dprk", breaches("p"), "breached"),
        ("dprk", cancels("p"), "cancelled"),
        ("us", releases("p"), "released"),
        ("us", suspends("p"), "suspended"),
        ("dprk", fulfils("p", "1"), "fulfilled"),
    ],
)
def test_whatever_is_dated_before_it_takes_effect_on_its_first_day(actor, move, lifecycle):
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-10")
    story.act("x", actor, "2018-06-01", move)
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == lifecycle
    assert "prior_conduct" in seen.flags("p")
    assert str(seen.standing("p").steps[-1].day) == "2018-06-10"
    assert [str(each.day) for each in seen.standing("p").conduct] == ["2018-06-10"]


@pytest.mark.rule("5.8")
def test_a_successor_that_never_bound_anybody_supersedes_nothing():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise(
        "unheard", "us", supersedes("old"), to="dprk", on="2018-06-03", told=word("dprk")
    )
    story.promise("new", "dprk", supersedes("unheard"), to="us", on="2018-06-03")
    seen = story.seen("2018-06-05")
    assert seen.lifecycle("unheard") == "superseded"
    assert seen.lifecycle("old") == "active"
