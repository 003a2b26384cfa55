"""Where a commitment stands: one test for each way of reaching each lifecycle."""

import pytest

from ledger_service.domain.values.entries import About, ActKind, Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    asserts,
    breaches,
    cancels,
    denies,
    for_,
    fulfils,
    once,
    refutes,
    releases,
    resumes,
    reviews,
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
