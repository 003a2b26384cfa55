"""Clocks, parties, flags, evidence and balances in situations that have a name."""

from datetime import date
from fractions import Fraction

import pytest

from ledger_service.domain.balance.balance import balances
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.values.cuts import EvidenceFilter, Policy
from ledger_service.domain.values.entries import About, ActKind, Mandate
from ledger_service.domain.values.scales import built_in
from tests.support.scenario import (
    Story,
    Word,
    accepts,
    asserts,
    breaches,
    cancels,
    contradicts,
    days,
    denies,
    for_,
    fulfils,
    refutes,
    resumes,
    same_as,
    suspends,
    verifies,
    word,
)

# The first clock: when did it happen?


@pytest.mark.rule("1.3")
def test_an_open_end_is_bounded_by_the_last_day_of_the_earliest_report():
    story = Story()
    story.report("first", "2018-08-18")
    story.report("second", "2018-09-01")
    told = (Word(report="second"), Word(report="first"))
    story.gives("site", "dprk", "2018-07-20/..", to="us", told=told)
    assert not story.seen("2018-08-17").shows("site")
    assert story.seen("2018-08-18").shows("site")
    assert story.possibly("2018-07-20").shows("site")
    assert not story.possibly("2018-07-19").shows("site")


@pytest.mark.rule("1.3")
def test_an_open_end_never_lies_before_its_own_first_day():
    story = Story()
    story.report("early", "2018-07-01")
    story.gives("site", "dprk", "2018-07-20/..", to="us", told=word(report="early"))
    assert not story.seen("2018-07-19").shows("site")
    assert story.seen("2018-07-20").shows("site")


@pytest.mark.rule("1.3", "2.9")
def test_an_open_start_is_in_doubt_before_its_last_day_and_has_occurred_from_then_on():
    story = Story()
    story.gives("freed", "dprk", "../2018-06-12", to="us")
    for seen in (story.seen("2018-06-11"), story.possibly("2018-06-11")):
        assert not seen.shows("freed")
        assert seen.balance("dprk", "us").in_doubt == 1
    for seen in (story.seen("2018-06-12"), story.possibly("2018-06-12")):
        assert seen.counts("dprk", "us") == (1, 0)
        assert seen.balance("dprk", "us").in_doubt == 0


def test_a_delivery_on_a_promise_that_may_have_been_made_is_as_doubtful_as_the_promise():
    story = Story()
    story.promise("p", "dprk", to="us", on="../2018-06-12", kept=True)
    story.gives("closed", "dprk", "../2018-06-12", fulfils("p"), to="us")
    for seen in (story.seen("2018-06-09"), story.possibly("2018-06-09")):
        assert seen.counts("dprk", "us") == (0, 0)
        assert seen.balance("dprk", "us").in_doubt == 2


@pytest.mark.rule("1.3")
def test_an_open_start_is_bounded_by_the_day_on_which_the_ledger_opens():
    story = Story(opens_on="2018-01-01")
    story.gives("freed", "dprk", "../2018-06-12", to="us")
    assert not story.possibly("2017-12-31").shows("freed")
    assert story.possibly("2018-01-01").shows("freed")
    assert not story.seen("2018-06-11").shows("freed")


@pytest.mark.rule("1.4", "2.9")
def test_a_date_known_only_to_a_year():
    story = Story()
    story.report("yearbook", "2019-02-01")
    story.gives("aid", "us", "2018", to="dprk", told=word(report="yearbook"))
    assert story.seen("2018-12-30").counts("us", "dprk") == (0, 0)
    assert story.seen("2018-12-31").counts("us", "dprk") == (1, 0)
    assert story.possibly("2018-01-01").counts("us", "dprk") == (1, 0)
    assert story.seen("2018-06-30").balance("us", "dprk").in_doubt == 1


# The second clock: when could anyone read it?


@pytest.mark.rule("2.1", "2.3", "2.4")
def test_what_no_visible_report_tells_is_not_visible():
    story = Story()
    story.report("book", "2020-06-23")
    story.gives("letter", "dprk", "2018-07-06", to="us", told=word(report="book"))
    assert story.seen("2018-08-01").shows("letter")
    assert not story.seen("2018-08-01", reported_by="2020-06-22").shows("letter")
    assert story.seen("2018-08-01", reported_by="2020-06-23").shows("letter")


@pytest.mark.rule("2.6")
def test_new_information_answers_once_its_report_is_out():
    story = Story()
    story.report("record", "2018-08-01")
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.amend("freed", "record", occurred=days("2018-05-09"))
    before = story.seen("2018-06-11", reported_by="2018-07-31")
    after = story.seen("2018-06-11", reported_by="2018-08-01")
    assert not before.shows("freed")
    assert after.act("freed").day == date(2018, 5, 9)
    later = story.seen("2018-12-01", reported_by="2018-07-31")
    assert later.act("freed").day == date(2018, 6, 12)


@pytest.mark.rule("2.6")
def test_a_correction_applies_at_every_cut():
    story = Story()
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.amend("freed", occurred=days("2018-06-11"))
    assert story.seen("2018-06-11").shows("freed")
    assert story.seen("2018-07-01", reported_by="2018-06-12").act("freed").day == date(
        2018, 6, 11
    )


@pytest.mark.rule("2.1", "2.6")
def test_an_amendment_of_an_amendment():
    story = Story()
    story.report("record", "2018-08-01")
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.amend("freed", "record", occurred=days("2018-05-09"))
    first = story.position
    story.amend("freed", occurred=days("2018-05-10"))
    now = story.seen("2018-12-01").act("freed")
    assert (now.version, now.day) == (3, date(2018, 5, 10))
    then = story.seen("2018-12-01", position=first).act("freed")
    assert (then.version, then.day) == (2, date(2018, 5, 9))
    # The correction restates what the new information told, so it is hidden with it.
    hidden = story.seen("2018-12-01", reported_by="2018-07-01").act("freed")
    assert (hidden.version, hidden.day) == (1, date(2018, 6, 12))


@pytest.mark.rule("2.3", "2.4")
def test_evidence_that_names_an_annulled_report_does_not_count():
    story = Story()
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.annul("freed-report-0")
    assert not story.seen("2018-12-01").shows("freed")


# The third clock: when did this ledger take it in?


@pytest.mark.rule("2.2")
def test_position_0_is_an_empty_answer():
    story = Story()
    story.gives("freed", "dprk", "2018-06-12", to="us")
    seen = story.seen("2018-12-01", position=0)
    assert not seen.shows("freed")
    assert seen.counts("dprk", "us") == (0, 0)
    assert seen.balance("dprk", "us").reciprocity is None


@pytest.mark.rule("2.7")
def test_the_annulment_of_a_fulfilment_and_its_return():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us")
    recorded = story.position
    story.annul("done")
    annulled = story.position
    story.amend("done", place="Wonsan")
    returned = story.position
    lifecycles = [
        story.seen("2018-07-01", position=p).lifecycle("p")
        for p in (recorded, annulled, returned)
    ]
    assert lifecycles == ["fulfilled", "active", "fulfilled"]


@pytest.mark.rule("2.7")
def test_an_annulled_entry_is_gone_at_every_cut():
    story = Story()
    story.gives("freed", "dprk", "2018-06-12", to="us")
    story.annul("freed")
    assert not story.seen("2018-12-01").shows("freed")
    assert not story.seen("2018-12-01", reported_by="2018-06-12").shows("freed")


# Parties


@pytest.mark.rule("3.1", "3.2", "6.1")
def test_a_party_that_changes_its_principal_in_mid_year():
    story = Story()
    story.party(
        "envoy",
        for_("dprk", Mandate.ALL, to="2018-06-30"),
        for_("rok", Mandate.ALL, from_="2018-07-01"),
    )
    story.gives("one", "envoy", "2018-06-30", to="us")
    story.gives("two", "envoy", "2018-07-01", to="us")
    seen = story.seen("2018-12-01")
    assert seen.counts("dprk", "us") == (1, 0)
    assert seen.counts("rok", "us") == (1, 0)
    assert seen.balance("envoy", "us").party_a == "rok"


@pytest.mark.rule("6.1")
def test_what_a_party_gave_before_it_represented_another_stays_in_a_balance_of_its_own():
    story = Story()
    story.party("envoy", for_("rok", Mandate.ALL, from_="2018-07-01"))
    story.gives("its-own", "envoy", "2018-06-01", to="us")
    story.gives("another", "rok", "2018-06-02", to="us")
    found = balances(story.seen("2018-08-01").picture, Measure(built_in()["unit"]))
    assert [(b.party_a, b.party_b, b.given_ab.count) for b in found] == [
        ("envoy", "us", 1),
        ("rok", "us", 1),
    ]


@pytest.mark.rule("3.2")
def test_a_commitment_keeps_its_debtor_when_the_representative_changes_sides():
    story = Story()
    story.party(
        "envoy",
        for_("dprk", Mandate.ALL, to="2018-06-30"),
        for_("rok", Mandate.ALL, from_="2018-07-01"),
    )
    story.promise("p", "envoy", to="us", on="2018-06-15")
    story.gives("his", "envoy", "2018-07-05", fulfils("p", "1"), to="us")
    seen = story.seen("2018-07-05")
    assert seen.standing("p").debtors == ("dprk",)
    assert seen.lifecycle("p") == "active"
    assert "not_entitled" in seen.flags("p")
    story.gives("theirs", "dprk", "2018-07-06", fulfils("p", "1"), to="us")
    assert story.seen("2018-07-06").lifecycle("p") == "fulfilled"


@pytest.mark.rule("3.2")
def test_a_debtor_stays_its_own_debtor_when_it_begins_to_represent_another():
    story = Story()
    story.party("envoy", for_("dprk", from_="2018-06-10"))
    story.promise("p", "envoy", to="us", on="2018-06-05")
    story.gives("done", "envoy", "2018-06-12", fulfils("p", "1"), to="us")
    assert story.seen("2018-06-12").lifecycle("p") == "fulfilled"


@pytest.mark.rule("3.1")
def test_a_circle_of_representatives_stands_for_its_smallest_id():
    story = Story(parties="us")
    story.party("north", for_("south"))
    story.party("south", for_("north"))
    story.gives("gift", "south", "2018-06-01", to="us")
    assert story.seen("2018-06-01").act("gift").actors == ("north",)


def test_two_parties_with_no_acts():
    balance = Story().seen("2018-12-01").balance("us", "rok")
    assert (balance.given_ab.count, balance.given_ba.count) == (0, 0)
    assert (balance.net_count, balance.net_weight) == (0, 0)
    assert balance.reciprocity is None
    assert (balance.why, balance.in_doubt) == ((), 0)


@pytest.mark.rule("3.3", "5.3.6")
def test_a_deed_needs_no_mandate_but_is_flagged():
    story = Story()
    story.party("envoy", for_("dprk"))
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "envoy", "2018-06-10", fulfils("p", "1"), to="us")
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "fulfilled"
    assert "authority_doubtful" in seen.flags("p")
    assert seen.counts("dprk", "us") == (1, 0)
    assert "authority_doubtful" in seen.balance("dprk", "us").flags


# Flags of time


def test_due_then_overdue_then_late():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-10/2018-06-20")
    assert "scheduled" in story.seen("2018-06-09").flags("p")
    assert "due" in story.seen("2018-06-10").flags("p")
    assert "due" in story.seen("2018-06-20").flags("p")
    assert "overdue" in story.seen("2018-06-21").flags("p")
    story.gives("done", "dprk", "2018-06-25", fulfils("p", "1"), to="us")
    seen = story.seen("2018-06-25")
    assert seen.lifecycle("p") == "fulfilled"
    assert "late" in seen.flags("p")
    assert not {"due", "overdue"} & seen.flags("p")


def test_late_only_when_certain():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-20")
    story.gives("done", "dprk", "2018-06-18/2018-06-25", fulfils("p", "1"), to="us")
    assert "late" not in story.seen("2018-06-25").flags("p")
    assert "late" in story.possibly("2018-06-25").flags("p")


def test_without_a_day_it_is_undated_and_never_overdue():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12")
    seen = story.seen("2048-01-01")
    assert "undated" in seen.flags("p")
    assert not {"due", "overdue"} & seen.flags("p")


@pytest.mark.rule("5.14")
def test_what_can_never_become_overdue_is_never_late():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", due="2018-06-05/..")
    story.act("done", "dprk", "2018-06-10", fulfils("p", "1"))
    assert story.possibly("2018-06-11").flags("p") == {"undated"}


def test_what_is_kept_up_is_flagged_so_and_not_undated():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12", kept=True)
    assert story.seen("2018-06-12").flags("p") == {"maintenance"}


def test_an_alleged_breach_of_a_vague_promise_is_only_claimed():
    story = Story()
    story.promise("denuclearise", "dprk", to="us", on="2018-06-12")
    story.act(
        "hidden-sites",
        "dprk",
        "../2018-07-23",
        breaches("denuclearise"),
        kind=ActKind.VIOLATION,
        told=word(hedged=True),
    )
    assert story.seen("2018-07-22").flags("denuclearise") == {"undated"}
    seen = story.seen("2018-07-23")
    assert seen.lifecycle("denuclearise") == "active"
    assert seen.flags("denuclearise") == {"undated", "breach_claimed"}


# Evidence


@pytest.mark.rule("4.2", "4.3")
@pytest.mark.parametrize(
    ("told", "status", "hedged"),
    [
        (word(), "attested", False),
        (word(hedged=True), "claimed", True),
        (word("us"), "claimed", False),
        ((*word(hedged=True), *word("dprk")), "claimed", True),
        ((*word(hedged=True), *word()), "attested", False),
        ((*word(hedged=True), *word("iaea")), "claimed", False),
    ],
)
def test_attested_claimed_and_hedged(told, status, hedged):
    story = Story()
    story.gives("site", "dprk", "2018-07-20", to="us", told=told)
    finding = story.seen("2018-07-20").act("site").evidence
    assert (str(finding.status), finding.hedged) == (status, hedged)


@pytest.mark.rule("4.6")
def test_a_claim_is_not_attested_by_the_report_that_it_was_made():
    story = Story()
    story.act("claim", "us", "2018-06-20", kind=ActKind.CLAIM)
    assert story.seen("2018-06-20").evidence("claim") == "claimed"


@pytest.mark.rule("4.2")
def test_a_neutral_verifies_and_refutes():
    story = Story()
    story.gives("site", "dprk", "2018-07-20", to="us")
    story.act("seen", "iaea", "2018-07-25", verifies("site"))
    story.act("not-seen", "rok", "2018-07-30", refutes("site"))
    assert story.replayed("2018-07-24").evidence("site") == "attested"
    assert story.replayed("2018-07-25").evidence("site") == "verified"
    finding = story.replayed("2018-07-30").act("site").evidence
    assert finding.status == "disputed"
    assert finding.because == ("seen", "not-seen")


@pytest.mark.rule("4.4")
def test_refuting_by_an_interested_side_counts_as_denying():
    story = Story()
    story.gives("site", "dprk", "2018-07-20", to="us")
    story.act("no", "us", "2018-07-25", refutes("site"))
    assert story.seen("2018-07-25").evidence("site") == "disputed"


@pytest.mark.rule("4.4")
def test_verifying_by_an_interested_side_counts_as_asserting():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12")
    story.act("seen", "us", "2018-07-25", verifies("p", About.FULFILMENT))
    assert "fulfilment_claimed" in story.seen("2018-07-25").flags("p")


@pytest.mark.rule("4.5")
def test_nobody_disputes_his_own_word():
    story = Story()
    story.gives("site", "dprk", "2018-07-20", to="us", told=word("us"))
    story.act("no", "us", "2018-07-25", denies("site"))
    assert story.seen("2018-07-25").evidence("site") == "claimed"
    story.act("nor", "dprk", "2018-07-26", denies("site"))
    assert story.seen("2018-07-26").evidence("site") == "disputed"


@pytest.mark.rule("4.7")
def test_a_denial_of_the_delivery_touches_what_was_claimed_up_to_its_day():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12")
    story.act("claim", "us", "2018-06-20", asserts("p"), kind=ActKind.CLAIM)
    story.act("not-ready", "dprk", "2018-07-12", denies("p", About.FULFILMENT))
    story.act("again", "us", "2018-07-20", asserts("p"), kind=ActKind.CLAIM)
    assert story.replayed("2018-07-11").evidence("claim") == "claimed"
    assert story.seen("2018-07-20").evidence("claim") == "disputed"
    assert story.seen("2018-07-20").evidence("again") == "claimed"


@pytest.mark.rule("4.7")
def test_the_check_of_a_neutral_is_no_claim_that_others_check():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("inspection", "iaea", "2018-06-02", verifies("p", About.FULFILMENT))
    story.act("second", "rok", "2018-06-03", verifies("p", About.FULFILMENT))
    assert story.seen("2018-06-03").act("inspection").evidence.because == ()


@pytest.mark.rule("4.7")
def test_no_act_is_a_witness_for_or_against_itself():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    own = asserts("p"), verifies("p", About.FULFILMENT)
    story.act("inspection", "iaea", "2018-06-02", *own)
    story.gives(
        "gift", "dprk", "2018-06-02", fulfils("p"), denies("p", About.FULFILMENT), to="us"
    )
    seen = story.seen("2018-06-02")
    assert seen.act("inspection").evidence.because == ("gift",)
    assert seen.act("gift").evidence.because == ("inspection",)


@pytest.mark.rule("4.8")
def test_a_contradiction_disputes_both_ends_and_keeps_both():
    story = Story()
    story.act("sincere", "us", "2018-07-06", kind=ActKind.ASSESSMENT)
    story.act(
        "deceitful", "dprk", "2018-07-07", contradicts("sincere"), kind=ActKind.ASSESSMENT
    )
    seen = story.seen("2018-07-07")
    assert seen.evidence("sincere") == "disputed"
    assert seen.evidence("deceitful") == "disputed"


@pytest.mark.rule("5.5")
def test_a_verified_breach_in_the_creditors_words_is_a_breach():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("broken", "dprk", "2018-06-10", breaches("p"), told=word("us"))
    story.act("check", "iaea", "2018-06-20", verifies("broken"))
    assert story.replayed("2018-06-19").lifecycle("p") == "active"
    assert story.replayed("2018-06-20").lifecycle("p") == "breached"


# Balances


@pytest.mark.rule("6.1")
def test_only_deliveries_count():
    story = Story()
    story.gives("gift", "dprk", "2018-06-01", to="us")
    story.gives("joint", "dprk", "2018-06-01", to="us", joint=True)
    story.gives("to-nobody", "dprk", "2018-06-01", to="")
    story.act("talk", "dprk", "2018-06-01", toward="us", kind=ActKind.MEETING)
    story.party("envoy", for_("us"))
    story.gives("among-us", "us", "2018-06-01", to="envoy")
    assert story.seen("2018-06-01").counts("dprk", "us") == (1, 0)


@pytest.mark.rule("6.2")
def test_one_event_in_two_reports_counts_once_with_the_code_of_the_earliest():
    story = Story()
    story.gives("z", "dprk", "2018-06-01/2018-06-10", to="us", code="0842")
    story.gives("a", "dprk", "2018-06-05/2018-06-20", same_as("z"), to="us", code="085")
    balance = story.seen("2018-06-20").balance("dprk", "us", scale="goldstein-cameo-gdelt")
    (delivery,) = balance.given_ab.deliveries
    assert delivery.entry_ids == ("z", "a")
    assert delivery.weighed_by == "z"
    assert delivery.day == date(2018, 6, 10)
    assert delivery.weight == 7


@pytest.mark.rule("6.2")
def test_same_as_across_directions_is_ignored_and_flagged():
    story = Story()
    story.gives("one", "dprk", "2018-06-01", to="us")
    story.gives("two", "us", "2018-06-01", same_as("one"), to="dprk")
    balance = story.seen("2018-06-01").balance("dprk", "us")
    assert (balance.given_ab.count, balance.given_ba.count) == (1, 1)
    assert "same_as_across_directions" in balance.flags


@pytest.mark.rule("6.2")
def test_a_refuted_member_drops_out_of_its_cluster():
    story = Story()
    story.gives("one", "dprk", "2018-06-01", to="us", code="0842")
    story.gives("two", "dprk", "2018-06-01", same_as("one"), to="us", code="10")
    story.gives("three", "dprk", "2018-06-01", same_as("one"), to="us", code="10")
    story.act("check", "iaea", "2018-06-05", refutes("one"))
    balance = story.seen("2018-06-05").balance("dprk", "us")
    (delivery,) = balance.given_ab.deliveries
    assert delivery.entry_ids == ("three", "two")


@pytest.mark.rule("9.3")
def test_a_balance_names_what_took_a_delivery_out_of_it():
    story = Story()
    story.gives("gift", "dprk", "2018-06-01", to="us")
    story.act("inspection", "iaea", "2018-06-02", refutes("gift"))
    balance = story.seen("2018-06-02").balance("dprk", "us")
    assert (balance.given_ab.count, balance.why) == (0, ("gift", "inspection"))


@pytest.mark.rule("6.2", "9.3")
def test_a_balance_names_what_ties_two_deliveries_together():
    story = Story()
    story.gives("one", "dprk", "2018-06-01", to="us")
    story.gives("two", "dprk", "2018-06-01", to="us")
    both = same_as("one"), same_as("two")
    story.act("account", "dprk", "2018-06-01", *both, toward="us")
    balance = story.seen("2018-06-01").balance("dprk", "us")
    assert (balance.given_ab.count, balance.why) == (1, ("account", "one", "two"))


@pytest.mark.rule("2.9")
def test_of_a_check_it_is_in_doubt_only_whether_it_is_known():
    story = Story()
    story.gives("gift", "dprk", "2018-06-01", to="us")
    story.report("daily", "2018-06-05")
    told = word(report="daily")
    story.act("denial", "us", "2018-06-02/2018-06-20", denies("gift"), told=told)
    seen = story.seen("2018-06-10")
    assert seen.balance("dprk", "us").in_doubt == 0
    assert seen.balance("dprk", "us").why == ("gift", "denial")


@pytest.mark.rule("2.9")
def test_a_balance_counts_every_doubt_that_may_change_it():
    story = Story()
    story.gives("gift", "dprk", "2018-06-01", to="us")
    story.report("monthly", "2018-06-02/2018-06-20")
    story.report("daily", "2018-06-03")
    story.act("denial", "us", "2018-06-02", denies("gift"), told=word(report="monthly"))
    story.promise("p", "dprk", to="us", on="2018-06-03/2018-06-20", told=word(report="daily"))
    for seen in (
        story.replayed("2018-06-10"),
        story.replayed("2018-06-10", policy=Policy.POSSIBLE),
    ):
        assert seen.balance("dprk", "us").in_doubt == 2
    assert story.seen("2018-06-20").balance("dprk", "us").in_doubt == 0


@pytest.mark.rule("9.2")
def test_a_standing_names_what_ties_two_fulfilments_together():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("one", "dprk", "2018-06-02", fulfils("p", "1/2"), to="us")
    story.gives("two", "dprk", "2018-06-02", fulfils("p", "1/2"), to="us")
    both = same_as("one"), same_as("two")
    story.act("account", "dprk", "2018-06-02", *both, toward="us")
    standing = story.seen("2018-06-02").standing("p")
    assert standing.share == Fraction(1, 2)
    assert standing.why == ("p", "account", "one", "two")


@pytest.mark.rule("5.3.4", "9.2")
def test_a_standing_names_what_refutes_the_acceptance_of_a_suspension():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("pause", "dprk", "2018-06-02", suspends("p"))
    story.act("agreed", "us", "2018-06-03", accepts("pause"))
    story.act("inspection", "iaea", "2018-06-04", refutes("agreed"))
    standing = story.seen("2018-06-04").standing("p")
    assert standing.lifecycle == "active"
    assert standing.why == ("p", "pause", "agreed", "inspection")


@pytest.mark.rule("6.6")
def test_a_stock_drops_out_when_it_is_broken_and_returns_when_it_is_resumed():
    story = Story()
    story.promise("no-tests", "dprk", to="us", on="2018-06-01", kept=True)
    story.gives("halt", "dprk", "2018-06-02", fulfils("no-tests"), to="us")
    story.act("test", "dprk", "2018-06-10", breaches("no-tests"))
    story.act("again", "dprk", "2018-06-20", resumes("no-tests"))
    counts = [
        story.seen(day).counts("dprk", "us")
        for day in ("2018-06-09", "2018-06-10", "2018-06-19", "2018-06-20")
    ]
    assert counts == [(1, 0), (0, 0), (0, 0), (1, 0)]


@pytest.mark.rule("6.6")
def test_gestures_decay_and_stocks_do_not():
    story = Story()
    story.promise("no-tests", "dprk", to="us", on="2018-06-01", kept=True)
    story.gives("halt", "dprk", "2018-06-01", fulfils("no-tests"), to="us")
    story.gives("gift", "dprk", "2018-06-01", to="us")
    balance = story.seen("2018-06-11").balance("dprk", "us", half_life=10)
    assert balance.given_ab.decayed_weight == 1.5
    assert balance.given_ab.weight == 2


@pytest.mark.rule("6.3")
def test_evidence_filters():
    story = Story()
    story.gives("plain", "dprk", "2018-06-01", to="us")
    story.gives("hedged", "dprk", "2018-06-01", to="us", told=word(hedged=True))
    story.gives("checked", "dprk", "2018-06-01", to="us", told=word(hedged=True))
    story.act("check", "iaea", "2018-06-02", verifies("checked"))
    seen = story.seen("2018-06-02")
    counts = [seen.counts("dprk", "us", evidence=e)[0] for e in EvidenceFilter]
    assert counts == [3, 2, 1]


@pytest.mark.rule("6.4")
def test_a_code_that_no_scale_knows_is_counted_and_listed_as_unweighted():
    story = Story()
    story.gives("odd", "dprk", "2018-06-01", to="us", code="99")
    story.gives("even", "dprk", "2018-06-01", to="us")
    given = story.seen("2018-06-01").balance("dprk", "us", "goldstein-cameo-gdelt").given_ab
    assert (given.count, given.weight) == (2, 0)
    assert given.unweighted == ("even", "odd")


def test_what_is_outstanding():
    story = Story()
    story.promise("part", "dprk", to="us", on="2018-06-01", code="0842")
    story.gives("some", "dprk", "2018-06-02", fulfils("part", "1/4"), to="us")
    story.promise("soon", "dprk", to="us", on="2018-06-01", due="2018-07-01", code="0842")
    story.promise("was-due", "dprk", to="us", on="2018-06-01", due="2018-06-02")
    story.joint_promise("meet", "us dprk", on="2018-06-01", code="0842")
    owed = story.seen("2018-06-10").balance("dprk", "us").outstanding_ab
    assert owed.undated.commitments == ("part",)
    assert owed.undated.weight == Fraction(3, 4)
    assert owed.scheduled.commitments == ("soon",)
    assert owed.overdue.commitments == ("was-due",)
    assert owed.overdue.unweighted == ("was-due",)
    assert owed.contingent.commitments == ()


def test_reciprocity_is_twice_the_smaller_part():
    story = Story()
    for n in range(3):
        story.gives(f"gift-{n}", "dprk", "2018-06-01", to="us")
    story.gives("thanks", "us", "2018-06-02", to="dprk")
    balance = story.seen("2018-06-02").balance("dprk", "us")
    assert balance.reciprocity == 0.5
    assert balance.net_count == 2


def test_an_accepted_suspension_is_not_an_acceptance_of_an_offer():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", offer=True)
    story.act("hold", "dprk", "2018-06-02", cancels("p"), told=word("us"))
    story.act("agreed", "us", "2018-06-03", accepts("hold"))
    assert story.seen("2018-06-03").lifecycle("p") == "proposed"


@pytest.mark.rule("2.6")
def test_a_report_that_waits_for_itself_answers_alike_under_both_policies():
    story = Story()
    story.report("r", "2018-06-01")
    story.gives("gift", "dprk", "../..", to="us", told=word(report="r"))
    story.amend("r", "r", published=days("2018-06-02"))
    assert story.seen("2018-06-01").shows("gift")
    assert story.possibly("2018-06-01").shows("gift")
