"""What was true then by what is known now: checks are knowledge, not events."""

import pytest

from ledger_service.domain.values.entries import ActKind
from tests.support.scenario import (
    About,
    Story,
    asserts,
    cancels,
    contradicts,
    denies,
    fulfilled,
    fulfils,
    once,
    refutes,
    reverses,
    same_as,
    verifies,
    word,
)


def of_declaration() -> Story:
    """A delivery that was found out not to have been made."""
    story = Story(parties="syria states opcw")
    story.promise("declare", "syria", to="states", on="2013-09-14", due="../2013-11-13")
    story.gives("declared", "syria", "2013-10-23", fulfils("declare", "1"), to="states")
    story.act("finding", "opcw", "2016-07-04", refutes("declared"))
    return story


@pytest.mark.rule("2.5.1")
def test_a_refutation_that_is_known_works_on_every_day_that_is_asked_about():
    seen = of_declaration().seen("2013-12-31")
    assert seen.evidence("declared") == "refuted"
    assert seen.lifecycle("declare") == "active"
    assert seen.counts("syria", "states") == (0, 0)


@pytest.mark.rule("2.5.1")
def test_a_reader_of_that_day_believed_otherwise():
    story = of_declaration()
    assert story.replayed("2013-12-31").lifecycle("declare") == "fulfilled"
    assert story.replayed("2016-07-03").counts("syria", "states") == (1, 0)
    assert story.replayed("2016-07-04").counts("syria", "states") == (0, 0)


@pytest.mark.rule("9.1")
def test_what_a_check_that_lies_ahead_says_is_among_the_grounds():
    seen = of_declaration().seen("2013-12-31")
    assert seen.act("declared").evidence.because == ("finding",)
    assert "finding" in seen.standing("declare").why
    assert seen.balance("syria", "states").why == ("declare", "declared", "finding")


def test_the_check_itself_has_not_happened_yet():
    assert not of_declaration().seen("2013-12-31").shows("finding")


@pytest.mark.rule("2.5.1")
def test_a_verification_a_denial_and_a_contradiction_are_knowledge_too():
    story = Story()
    for gift in ("seen", "denied", "contradicted"):
        story.gives(gift, "us", "2018-06-01", to="dprk")
    story.act("check", "iaea", "2019-01-01", verifies("seen"))
    story.act("no", "dprk", "2019-01-01", denies("denied"))
    story.act("otherwise", "rok", "2019-01-01", contradicts("contradicted"))
    seen = story.seen("2018-06-01")
    assert seen.evidence("seen") == "verified"
    assert seen.evidence("denied") == seen.evidence("contradicted") == "disputed"


@pytest.mark.rule("2.5.1", "2.8")
def test_a_contradiction_disputes_its_own_end_by_what_lies_ahead():
    story = Story()
    story.act("later", "rok", "2019-01-01")
    story.gives("gift", "us", "2018-06-01", contradicts("later"), to="dprk")
    assert story.seen("2018-06-01").evidence("gift") == "disputed"


def test_a_refuted_existence_is_refuted_from_the_beginning():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("never", "iaea", "2019-01-01", refutes("p", About.EXISTENCE))
    assert story.seen("2018-06-01").lifecycle("p") == "proposed"


@pytest.mark.rule("2.5.1")
def test_what_a_refuted_delivery_triggered_was_never_triggered():
    story = Story()
    story.promise("first", "dprk", to="us", on="2018-06-01")
    story.promise("then", "us", to="dprk", on="2018-06-01", antecedent=once(fulfilled("first")))
    story.gives("done", "dprk", "2018-06-10", fulfils("first", "1"), to="us")
    story.act("check", "iaea", "2019-01-01", refutes("done"))
    assert story.replayed("2018-12-31").lifecycle("then") == "active"
    assert story.seen("2018-06-10").lifecycle("then") == "conditional"


@pytest.mark.rule("2.5.2", "5.4.1")
def test_a_claim_is_an_event_whose_flag_stands_from_its_own_day_on():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.act("claim", "dprk", "2018-07-01", asserts("p"), kind=ActKind.CLAIM)
    assert "fulfilment_claimed" not in story.seen("2018-06-30").flags("p")
    assert "fulfilment_claimed" in story.seen("2018-07-01").flags("p")


@pytest.mark.rule("4.7")
def test_what_is_said_of_a_fulfilment_touches_what_happened_up_to_its_own_day():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("before", "dprk", "2018-06-10", fulfils("p", "1/2"), to="us")
    story.act("not-done", "iaea", "2018-07-01", refutes("p", About.FULFILMENT))
    story.gives("after", "dprk", "2018-07-02", fulfils("p", "1/2"), to="us")
    seen = story.seen("2018-07-02")
    assert seen.evidence("before") == "refuted"
    assert seen.evidence("after") == "attested"
    assert seen.share("p") == "1/2"


@pytest.mark.rule("2.5.1")
def test_a_check_counts_by_the_day_of_its_report_whatever_its_own():
    story = Story()
    story.report("late", "2020-01-01")
    story.gives("gift", "us", "2018-06-01", to="dprk")
    story.act("check", "iaea", "2018-06-02", refutes("gift"), told=word(report="late"))
    assert story.seen("2018-06-02", reported_by="2019-12-31").evidence("gift") == "attested"
    assert story.seen("2018-06-01", reported_by="2020-01-01").evidence("gift") == "refuted"


def test_a_check_that_is_annulled_says_nothing():
    story = of_declaration()
    story.annul("finding")
    assert story.seen("2013-12-31").lifecycle("declare") == "fulfilled"


def test_who_checks_must_be_neutral_on_the_day_of_the_check():
    story = Story()
    story.gives("gift", "us", "2018-06-01", to="dprk")
    story.act("own-check", "us", "2019-01-01", verifies("gift"))
    assert story.seen("2018-06-01").evidence("gift") == "attested"


@pytest.mark.rule("4.1", "4.2")
def test_an_instrument_has_a_finding_of_its_own():
    story = Story()
    story.instrument("treaty", "us dprk", on="2018-06-12")
    story.instrument("rumour", "us dprk", on="2018-06-12", told=word("rok"))
    story.instrument("own-word", "us dprk", on="2018-06-12", told=word("us"))
    story.instrument("forged", "us dprk", on="2018-06-12")
    story.act("never", "iaea", "2019-01-01", refutes("forged", About.EXISTENCE))
    story.act("party-says", "us", "2019-01-01", verifies("rumour"))
    seen = story.seen("2018-06-12")
    found = {i: str(seen.instrument(i).evidence.status) for i in ("treaty", "rumour", "forged")}
    assert found == {"treaty": "attested", "rumour": "claimed", "forged": "refuted"}
    assert seen.instrument("own-word").evidence.status == "attested"


# Without which commitments other words would count (9.2)


@pytest.mark.rule("9.2", "9.3")
def test_whom_a_promise_makes_no_neutral_is_heard_as_one_without_it():
    """The rok has nothing to do with the gift but for the promise that it fulfils."""
    story = Story()
    story.joint_promise("p", "us rok", on="2018-06-01")
    story.gives("gift", "us", "2018-06-02", fulfils("p"), to="dprk")
    story.act("check", "rok", "2018-06-03", verifies("gift"))
    assert story.seen("2018-06-03").balance("us", "dprk").why == ("p", "gift")
    story.annul("p")
    assert story.seen("2018-06-03").balance("us", "dprk").why == ("gift", "check")


@pytest.mark.rule("9.2")
def test_of_several_promises_the_first_is_named_that_makes_no_neutral():
    story = Story()
    for promise, by, on in (("c", "rok", "06-02"), ("b", "rok", "06-01"), ("a", "us", "05-01")):
        story.promise(promise, by, to="iaea" if by == "rok" else "dprk", on=f"2018-{on}")
    story.gives("gift", "us", "2018-06-03", fulfils("a"), fulfils("b"), fulfils("c"), to="dprk")
    story.act("check", "rok", "2018-06-04", verifies("gift"))
    assert story.seen("2018-06-04").standing("a").why == ("a", "b", "gift")
    story.annul("c")
    assert story.seen("2018-06-04").standing("a").why == ("a", "b", "gift")
    story.annul("b")
    assert story.seen("2018-06-04").standing("a").why == ("a", "gift", "check")


@pytest.mark.rule("9.2")
def test_who_did_the_deed_is_no_neutral_whatever_was_promised():
    story = Story()
    story.joint_promise("p", "us rok", on="2018-06-01")
    story.gives("gift", "us", "2018-06-02", fulfils("p"), to="dprk")
    story.act("check", "us", "2018-06-03", verifies("gift"))
    assert story.seen("2018-06-03").balance("us", "dprk").why == ("gift",)


@pytest.mark.rule("9.2", "9.3")
def test_what_is_said_of_a_fulfilment_counts_by_the_promise():
    story = Story()
    story.joint_promise("p", "us rok", on="2018-06-01")
    story.gives("gift", "us", "2018-06-02", fulfils("p"), to="dprk")
    story.act("never", "iaea", "2018-06-03", refutes("p", About.FULFILMENT))
    balance = story.seen("2018-06-03").balance("us", "dprk")
    assert (balance.given_ab.count, balance.why) == (0, ("p", "gift", "never"))
    story.annul("p")
    balance = story.seen("2018-06-03").balance("us", "dprk")
    assert (balance.given_ab.count, balance.why) == (1, ("gift",))


@pytest.mark.rule("9.2", "9.3")
def test_who_tells_without_a_hedge_may_be_no_neutral_because_of_a_promise():
    story = Story()
    story.joint_promise("p", "us rok", on="2018-06-01")
    told = word(hedged=True) + word("rok")
    story.gives("gift", "us", "2018-06-02", fulfils("p"), to="dprk", told=told)
    balance = story.seen("2018-06-03").balance("us", "dprk")
    assert (balance.given_ab.flags, balance.why) == (("claimed", "hedged"), ("p", "gift"))
    story.annul("p")
    balance = story.seen("2018-06-03").balance("us", "dprk")
    assert (balance.given_ab.flags, balance.why) == (("claimed",), ("gift",))


@pytest.mark.rule("9.3")
def test_so_may_who_tells_of_the_same_event():
    story = Story()
    story.joint_promise("p", "us rok", on="2018-06-01")
    story.gives("gift", "us", "2018-06-02", to="dprk", told=word(hedged=True))
    account = fulfils("p"), same_as("gift")
    story.gives("account", "us", "2018-06-02", *account, to="dprk", told=word("rok"))
    balance = story.seen("2018-06-03").balance("us", "dprk")
    assert "hedged" in balance.given_ab.flags
    assert balance.why == ("p", "account", "gift")
    story.annul("p")
    balance = story.seen("2018-06-03").balance("us", "dprk")
    assert "hedged" not in balance.given_ab.flags
    assert balance.why == ("account", "gift")


@pytest.mark.rule("9.2", "9.6")
def test_what_leads_to_a_promise_is_named_with_it():
    """The deed that is taken back, and the treaty at which a move is aimed."""
    story = Story()
    story.instrument("treaty", "us dprk", on="2018-06-01")
    story.promise("p", "us", to="rok", on="2018-06-01", instrument="treaty")
    story.gives("other", "us", "2018-06-02", fulfils("p"), to="dprk")
    story.gives("gift", "us", "2018-06-02", to="dprk")
    story.act("undo", "us", "2018-06-03", reverses("gift"), reverses("other"), toward="dprk")
    story.act("leave", "us", "2018-06-03", cancels("treaty"), toward="dprk")
    for check, of in (("c1", "undo"), ("c2", "leave")):
        story.act(check, "rok", "2018-06-04", verifies(of))
    seen = story.seen("2018-06-04")
    assert {"p", "other"} <= set(seen.balance("us", "dprk").why)
    assert seen.instrument("treaty").why == ("p", "treaty", "other", "leave", "undo")


@pytest.mark.rule("9.6")
def test_an_instrument_rests_on_who_asserts_it():
    story = Story()
    story.instrument("rumour", "us dprk", on="2018-06-12", told=word("rok"))
    story.act("party-says", "us", "2018-06-13", asserts("rumour", None))
    found = story.seen("2018-06-13").instrument("rumour")
    assert (found.evidence.status, found.why) == ("attested", ("rumour", "party-says"))
