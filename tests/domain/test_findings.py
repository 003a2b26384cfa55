"""What the evidence on something amounts to: one word, the first that fits."""

import pytest
from msgspec.structs import replace

from ledger_service.domain.values.entries import (
    ActKind,
    Mandate,
    Relation,
    RelationKind,
    SourceGrade,
)
from tests.support.scenario import (
    About,
    Story,
    Word,
    asserts,
    contradicts,
    denies,
    for_,
    fulfils,
    refutes,
    same_as,
    verifies,
    word,
)

LATER = "2020-12-01"
SPOKEN = {
    ActKind.DENIAL,
    ActKind.CLAIM,
    ActKind.DEMAND,
    ActKind.REFUSAL,
    ActKind.THREAT,
    ActKind.STATEMENT,
    ActKind.ASSESSMENT,
    ActKind.EXPECTATION,
}


def of_gift(told: tuple[Word, ...] = word()) -> Story:
    """A delivery between two, of which the publisher tells, or whoever is said to."""
    story = Story()
    story.gives("gift", "us", "2020-01-01", to="dprk", told=told)
    return story


@pytest.mark.rule("4.1")
def test_a_promise_its_delivery_and_a_claim_of_it_have_a_finding_each():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("never", "dprk", "2020-01-02", denies("p", About.EXISTENCE))
    story.gives("half", "us", "2020-01-03", fulfils("p", "1/2"), to="dprk")
    story.act("check", "iaea", "2020-01-04", verifies("half"))
    story.act("claim", "us", "2020-01-05", asserts("p"), kind=ActKind.CLAIM)
    story.act("wrong", "iaea", "2020-01-06", refutes("claim"))
    seen = story.seen(LATER)
    assert str(seen.standing("p").existence.status) == "disputed"
    assert (seen.evidence("half"), seen.evidence("claim")) == ("verified", "refuted")


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, "attested"),
        ({"iaea": verifies}, "verified"),
        ({"iaea": refutes}, "refuted"),
        ({"iaea": verifies, "rok": refutes}, "disputed"),
        ({"dprk": denies}, "disputed"),
        ({"iaea": denies}, "disputed"),
        ({"dprk": contradicts}, "disputed"),
        ({"iaea": verifies, "dprk": denies}, "verified"),
        ({"iaea": refutes, "dprk": denies}, "refuted"),
        ({"iaea": verifies, "dprk": refutes}, "verified"),
        ({"dprk": verifies}, "attested"),
        ({"dprk": refutes}, "disputed"),
    ],
)
def test_the_first_word_that_fits_counts(said, found):
    story = of_gift()
    for who, says in said.items():
        story.act(f"by-{who}", who, "2020-02-01", says("gift"))
    finding = story.seen(LATER).act("gift").evidence
    assert str(finding.status) == found


@pytest.mark.rule("4.2")
@pytest.mark.parametrize(
    ("mandate", "status"), [(Mandate.PROMISE, "attested"), (Mandate.CANCEL, "claimed")]
)
def test_the_debtors_own_word_attests_a_promise_with_the_mandate(mandate, status):
    story = Story()
    story.party("envoy", for_("us", mandate))
    told = word("rok")
    story.promise("p", "us", to="dprk", on="2020-01-01", told=word("envoy"))
    story.promise("q", "us", to="dprk", on="2020-01-01", told=told)
    story.instrument("t", "us dprk", on="2020-01-01", told=word("envoy"))
    story.instrument("v", "us dprk", on="2020-01-01", told=told)
    story.act("says", "envoy", "2020-02-01", asserts("q", About.EXISTENCE), asserts("v", None))
    before, after = story.seen("2020-01-31"), story.seen(LATER)
    for promise in "pq":
        assert str(after.standing(promise).existence.status) == status
    for instrument in "tv":
        assert str(after.instrument(instrument).evidence.status) == status
    assert str(before.standing("q").existence.status) == "claimed"
    assert str(before.instrument("v").evidence.status) == "claimed"


@pytest.mark.rule("4.4", "3.7.3")
@pytest.mark.parametrize(
    ("mandate", "status"), [(Mandate.PROMISE, "attested"), (Mandate.CANCEL, "claimed")]
)
def test_who_verifies_its_own_promise_or_instrument_asserts_it(mandate, status):
    """From the day on which it says so, as an assertion does, and the answer rests on it."""
    story = Story()
    story.party("envoy", for_("us", mandate))
    story.promise("p", "us", to="dprk", on="2020-01-01", told=word("rok"))
    story.instrument("t", "us dprk", on="2020-01-01", told=word("rok"))
    checks = verifies("p", About.EXISTENCE), verifies("t")
    story.act("says", "envoy", "2020-02-01", *checks)
    before, after = story.seen("2020-01-31"), story.seen("2020-02-01")
    assert str(before.standing("p").existence.status) == "claimed"
    assert str(before.instrument("t").evidence.status) == "claimed"
    assert str(after.standing("p").existence.status) == status
    assert str(after.instrument("t").evidence.status) == status
    assert "says" in after.standing("p").why
    assert "says" in after.instrument("t").why


@pytest.mark.rule("4.2")
def test_nobody_elses_word_attests():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", told=word("dprk"))
    story.promise("q", "us", to="dprk", on="2020-01-01", told=word(hedged=True))
    story.gives("gift", "us", "2020-01-01", to="dprk", told=word("us"))
    seen = story.seen(LATER)
    assert str(seen.standing("p").existence.status) == "claimed"
    assert str(seen.standing("q").existence.status) == "claimed"
    assert seen.evidence("gift") == "claimed"


# Whose voice it is (4.5)


@pytest.mark.rule("4.5")
@pytest.mark.parametrize("kind", ActKind)
def test_of_spoken_acts_the_voice_is_their_actors_and_of_deeds_the_publishers(kind):
    story = Story()
    story.act("act", "us", "2020-01-01", toward="dprk", kind=kind)
    story.act("no", "us", "2020-02-01", denies("act"))
    own_word = story.seen(LATER).evidence("act")
    assert (own_word != "disputed") is (kind in SPOKEN)
    story.act("no-again", "dprk", "2020-02-01", denies("act"))
    assert story.seen(LATER).evidence("act") == "disputed"


@pytest.mark.rule("4.5")
def test_a_denier_is_distinct_when_it_differs_from_one_voice_of_several():
    story = of_gift(word("us") + word("rok"))
    story.act("no", "us", "2020-02-01", denies("gift"))
    assert story.seen(LATER).evidence("gift") == "disputed"
    story = of_gift(word("us") + word("us"))
    story.act("no", "us", "2020-02-01", denies("gift"))
    assert story.seen(LATER).evidence("gift") == "claimed"


@pytest.mark.rule("4.5")
def test_voices_of_evidence_that_is_not_out_are_none():
    story = Story()
    story.report("diary", "2020-01-01")
    story.report("paper", "2020-06-01")
    told = (Word("us", report="diary"), Word("rok", report="paper"))
    story.gives("gift", "us", "2020-01-01", to="dprk", told=told)
    story.act("no", "us", "2020-02-01", denies("gift"))
    assert story.replayed("2020-05-31").evidence("gift") == "claimed"
    assert story.replayed("2020-06-01").evidence("gift") == "disputed"


@pytest.mark.rule("4.6")
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ActKind.CLAIM, "claimed"),
        (ActKind.DENIAL, "claimed"),
        (ActKind.STATEMENT, "attested"),
    ],
)
def test_what_is_claimed_or_denied_is_not_attested_by_the_report_that_it_was_said(kind, status):
    story = Story()
    story.act("said", "us", "2020-01-01", kind=kind)
    assert story.seen(LATER).evidence("said") == status


# How deep and how far a word counts (4.7, 4.8)


@pytest.mark.rule("4.7")
@pytest.mark.parametrize(
    ("says", "found"), [(refutes, "refuted"), (verifies, "verified"), (denies, "disputed")]
)
def test_each_counts_whatever_is_said_against_it(says, found):
    story = of_gift()
    story.act("said", "iaea", "2020-02-01", says("gift"))
    story.act("wrong", "rok", "2020-03-01", refutes("said"))
    seen = story.seen(LATER)
    assert seen.evidence("said") == "refuted"
    assert seen.evidence("gift") == found


@pytest.mark.rule("4.7")
def test_what_is_said_of_an_act_touches_no_other_and_of_a_fulfilment_all_of_it():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.gives("one", "us", "2020-01-02", fulfils("p"), to="dprk")
    story.gives("two", "us", "2020-01-02", fulfils("p"), to="dprk")
    story.act("claim", "us", "2020-01-03", asserts("p"), kind=ActKind.CLAIM)
    story.act("no", "iaea", "2020-02-01", refutes("one"))
    seen = story.seen(LATER)
    assert [seen.evidence(a) for a in ("one", "two", "claim")] == [
        "refuted",
        "attested",
        "claimed",
    ]
    story.act("yes", "rok", "2020-02-02", verifies("p", About.FULFILMENT))
    seen = story.seen(LATER)
    assert [seen.evidence(a) for a in ("one", "two", "claim")] == [
        "disputed",
        "verified",
        "verified",
    ]


@pytest.mark.rule("4.8")
@pytest.mark.parametrize(
    "relation", [RelationKind.REFERS_TO, RelationKind.FOLLOWS, RelationKind.RESPONDS_TO]
)
def test_a_changed_state_of_affairs_disputes_nothing(relation):
    story = of_gift()
    story.act("later", "dprk", "2020-02-01", Relation(relation, "gift"))
    seen = story.seen(LATER)
    assert (seen.evidence("gift"), seen.evidence("later")) == ("attested", "attested")


@pytest.mark.rule("4.8")
def test_of_two_that_contradict_one_another_both_stay_whichever_came_last():
    for first, last in (("gift", "other"), ("other", "gift")):
        story = Story()
        story.gives(first, "us", "2020-01-01", to="dprk")
        story.gives(last, "us", "2020-01-02", contradicts(first), to="dprk")
        seen = story.seen(LATER)
        assert (seen.evidence(first), seen.evidence(last)) == ("disputed", "disputed")
        assert seen.counts("us", "dprk") == (2, 0)


# What is told with a hedge (4.3)


@pytest.mark.rule("4.3")
@pytest.mark.parametrize(
    ("told", "hedged"),
    [
        (word(), False),
        (word("us"), False),  # unhedged, though it is a side's
        (word(hedged=True), True),
        (word("us", hedged=True), True),
        (word(hedged=True) + word("us"), True),
        (word(hedged=True) + word("iaea"), False),
        (word(hedged=True) + word(), False),
    ],
)
def test_hedged_is_what_no_publisher_and_no_neutral_tells_plainly(told, hedged):
    assert of_gift(told).seen(LATER).act("gift").evidence.hedged is hedged


@pytest.mark.rule("4.3")
def test_it_stands_beside_the_status():
    story = of_gift(word(hedged=True))
    story.act("check", "iaea", "2020-02-01", verifies("gift"))
    finding = story.seen(LATER).act("gift").evidence
    assert (finding.status, finding.hedged) == ("verified", True)


# Admiralty grades, by 4.9


@pytest.mark.rule("4.9")
def test_no_answer_is_calculated_with_admiralty_grades():
    answers = []
    for credibility, grade in ((1, SourceGrade.A), (6, SourceGrade.F), (5, SourceGrade.E)):
        story = of_gift()
        story.amend("gift-report-0", source_grade=grade)
        evidence = story.seen(LATER).picture.act("gift").evidence
        graded = tuple(replace(e, credibility=credibility) for e in evidence)
        story.amend("gift", evidence=graded)
        story.gives("again", "us", "2020-01-01", same_as("gift"), to="dprk")
        seen = story.seen(LATER)
        assert seen.picture.act("gift").evidence[0].credibility == credibility
        answers.append((seen.act("gift").evidence, seen.balance("us", "dprk")))
    assert answers[0] == answers[1] == answers[2]
