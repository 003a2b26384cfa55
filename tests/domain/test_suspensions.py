"""What is on hold: by whose right, until when, and who takes it off hold."""

import pytest

from ledger_service.domain.values.entries import RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    cancels,
    fulfils,
    once,
    responds_to,
    resumes,
    suspends,
    word,
    words,
)

SUSPENDS, RESUMES = RelationKind.SUSPENDS, RelationKind.RESUMES


@pytest.fixture
def loan() -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="2019-01-15", due="../2020-09-30")
    return story


# Until a day


@pytest.mark.rule("5.2.11", "5.7.4")
def test_time_takes_it_off_hold_after_its_last_day(loan):
    loan.act("halt", "dprk", "2020-06-09", suspends("p", until="2020-12-31"))
    assert loan.seen("2020-12-31").lifecycle("p") == "suspended"
    assert loan.seen("2020-12-31").flags("p") == set()
    assert loan.seen("2021-01-01").lifecycle("p") == "active"
    assert loan.seen("2021-01-01").flags("p") == {"overdue"}
    assert loan.seen("2021-01-01").steps("p")[-1] == "its last day on hold passed"


@pytest.mark.rule("5.2.11", "5.7.4")
def test_before_any_move_of_the_day_after(loan):
    loan.act("halt", "dprk", "2020-06-09", suspends("p", until="2020-12-31"))
    loan.act("broken", "us", "2021-01-01", breaches("p"))
    assert loan.seen("2021-01-01").lifecycle("p") == "breached"


@pytest.mark.rule("5.7.5")
def test_a_further_one_by_the_same_right_sets_its_end_anew(loan):
    loan.act("halt", "dprk", "2020-06-09", suspends("p", until="2020-12-31"))
    loan.act("longer", "dprk", "2020-12-18", suspends("p", until="2021-06-30"))
    assert loan.seen("2021-06-30").lifecycle("p") == "suspended"
    assert loan.seen("2021-07-01").lifecycle("p") == "active"
    assert loan.seen("2021-07-01").effect("longer", "p", SUSPENDS) == "done"
    assert "it stays on hold until 2021-06-30" in loan.seen("2021-07-01").steps("p")


@pytest.mark.rule("5.7.5")
def test_it_may_also_end_sooner_or_have_no_end(loan):
    loan.act("halt", "dprk", "2020-06-09", suspends("p", until="2020-12-31"))
    loan.act("sooner", "dprk", "2020-07-01", suspends("p", until="2020-07-31"))
    assert loan.seen("2020-08-01").lifecycle("p") == "active"
    loan.act("for-good", "dprk", "2020-07-02", suspends("p"))
    assert loan.seen("2030-01-01").lifecycle("p") == "suspended"


def test_the_same_end_changes_nothing(loan):
    loan.act("halt", "dprk", "2020-06-09", suspends("p", until="2020-12-31"))
    loan.act("again", "dprk", "2020-07-01", suspends("p", until="2020-12-31"))
    assert loan.seen("2020-07-01").effect("again", "p", SUSPENDS) == "no_change"


@pytest.mark.rule("5.7.1")
def test_one_that_is_over_when_it_would_begin_changes_nothing():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01")
    story.act("halt", "dprk", "2019-01-01", suspends("p", until="2019-06-30"))
    assert story.seen("2020-01-01").lifecycle("p") == "active"
    assert story.seen("2020-01-01").effect("halt", "p", SUSPENDS) == "no_change"


@pytest.mark.rule("5.7.6")
def test_by_another_right_it_changes_nothing_until_the_first_ends(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p", until="2020-06-30"))
    loan.act("asks", "us", "2020-06-10", suspends("p", until="2020-07-31"))
    loan.act("agrees", "dprk", "2020-06-11", accepts("asks"))
    june, july, august = (loan.seen(d) for d in ("2020-06-30", "2020-07-01", "2020-08-01"))
    assert june.effect("asks", "p", SUSPENDS) == "no_change"
    assert july.lifecycle("p") == "suspended"
    assert july.effect("asks", "p", SUSPENDS) == "done"
    assert july.steps("p")[-1] == "another suspension holds: it stays on hold until 2020-07-31"
    assert august.lifecycle("p") == "active"


@pytest.mark.rule("5.7.6")
def test_one_that_waited_too_long_never_holds(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p", until="2020-08-30"))
    loan.act("asks", "us", "2020-06-10", suspends("p", until="2020-07-31"))
    loan.act("agrees", "dprk", "2020-06-11", accepts("asks"))
    assert loan.seen("2020-08-31").lifecycle("p") == "active"
    assert loan.seen("2020-08-31").effect("asks", "p", SUSPENDS) == "no_change"


@pytest.mark.rule("5.7.1", "5.7.7")
def test_a_conditional_one_is_conditional_again():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=once(words("peace")))
    story.act("halt", "dprk", "2020-02-01", suspends("p", until="2020-02-28"))
    assert story.seen("2020-02-28").lifecycle("p") == "suspended"
    assert story.seen("2020-02-29").lifecycle("p") == "conditional"


@pytest.mark.rule("5.2.11", "5.7.7")
def test_what_was_to_be_kept_until_a_day_ends_at_its_resumption():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", kept=True, until="2020-06-30")
    story.act("halt", "dprk", "2020-03-01", suspends("p"))
    story.act("go-on", "dprk", "2020-09-01", resumes("p"))
    assert story.seen("2020-08-31").lifecycle("p") == "suspended"
    assert story.seen("2020-09-01").lifecycle("p") == "fulfilled"


# Who takes it off hold


@pytest.mark.rule("5.7.3")
def test_what_the_creditor_holds_the_debtor_does_not_resume(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p"))
    loan.act("go-on", "us", "2020-06-02", resumes("p"))
    seen = loan.seen("2020-06-02")
    assert seen.lifecycle("p") == "suspended"
    assert seen.effect("go-on", "p", RESUMES) == "not_entitled"


@pytest.mark.rule("5.7.1", "5.7.3")
@pytest.mark.parametrize("who", ["us", "dprk"])
def test_what_was_agreed_either_side_resumes(loan, who):
    loan.act("asks", "us", "2020-06-10", suspends("p"))
    loan.act("agrees", "dprk", "2020-06-11", accepts("asks"))
    loan.act("go-on", who, "2020-06-12", resumes("p"))
    assert loan.seen("2020-06-11").lifecycle("p") == "suspended"
    assert loan.seen("2020-06-12").lifecycle("p") == "active"


@pytest.mark.rule("5.3.3", "5.7.1", "5.7.3")
def test_of_several_creditors_each_may_resume_but_all_must_suspend():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01")
    story.act("halt", "dprk", "2020-02-01", suspends("p"))
    assert story.seen("2020-02-01").effect("halt", "p", SUSPENDS) == "waiting"
    story.act("halt-too", "rok", "2020-02-02", suspends("p"))
    assert story.seen("2020-02-02").lifecycle("p") == "suspended"
    assert story.seen("2020-02-02").effect("halt", "p", SUSPENDS) == "done"
    story.act("go-on", "rok", "2020-02-03", resumes("p"))
    assert story.seen("2020-02-03").lifecycle("p") == "active"


@pytest.mark.rule("5.7.5")
def test_and_all_must_set_its_end_anew():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01")
    story.act("halt", "dprk", "2020-02-01", suspends("p", until="2020-03-31"))
    story.act("halt-too", "rok", "2020-02-02", suspends("p", until="2020-03-31"))
    story.act("longer", "dprk", "2020-03-01", suspends("p", until="2020-06-30"))
    assert story.seen("2020-04-01").lifecycle("p") == "active"
    assert story.seen("2020-03-01").effect("longer", "p", SUSPENDS) == "waiting"


def test_a_resumption_that_only_the_other_side_tells_of_is_claimed(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p"))
    loan.act("go-on", "dprk", "2020-06-02", resumes("p"), told=word("us"))
    seen = loan.seen("2020-06-02")
    assert seen.lifecycle("p") == "suspended"
    assert seen.effect("go-on", "p", RESUMES) == "resumes_claimed"
    assert "resumes_claimed" in seen.flags("p")


# What else happens meanwhile


@pytest.mark.rule("5.7.2")
def test_while_it_is_on_hold_nothing_breaks_it_and_it_can_be_delivered(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p"))
    loan.act("strike", "us", "2020-06-02", breaches("p"))
    loan.gives("deed", "us", "2020-06-03", fulfils("p", "1"), to="dprk")
    seen = loan.seen("2020-06-03")
    assert seen.effect("strike", "p", RelationKind.BREACHES) == "not_open"
    assert seen.lifecycle("p") == "fulfilled"


def test_what_is_called_off_on_hold_does_not_count_as_a_breach(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p"))
    loan.act("off", "us", "2020-06-02", cancels("p"))
    assert loan.seen("2020-06-02").lifecycle("p") == "cancelled"
    assert "counts_as_breach" not in loan.seen("2020-06-02").flags("p")


def test_what_responds_to_nothing_waits_for_acceptance(loan):
    loan.act("meeting", "dprk", "2020-05-01")
    loan.act("halt", "us", "2020-06-01", suspends("p"))
    loan.act("answer", "us", "2020-06-02", suspends("p"), responds_to("meeting"))
    seen = loan.seen("2020-06-02")
    assert seen.effect("halt", "p", SUSPENDS) == "waiting"
    assert seen.effect("answer", "p", SUSPENDS) == "countermeasure_claimed"


def test_a_debtor_need_not_wait_for_what_the_creditor_suspended_already(loan):
    loan.act("halt", "dprk", "2020-06-01", suspends("p"))
    loan.act("halt-too", "us", "2020-06-02", suspends("p"))
    seen = loan.seen("2020-06-02")
    assert seen.effect("halt-too", "p", SUSPENDS) == "no_change"
    assert "waiting" not in seen.flags("p")


# What is not suspended waits for no acceptance


@pytest.mark.parametrize(("by", "told"), [("rok", ""), ("us", "dprk")])
def test_accepting_a_suspension_that_nobody_made_claims_nothing(loan, by, told):
    loan.act("halt", by, "2020-06-01", suspends("p"), told=word(told))
    loan.act("agrees", "dprk", "2020-06-02", accepts("halt"), told=word("us"))
    assert "accepts_claimed" not in loan.seen("2020-06-02").flags("p")


@pytest.mark.rule("5.7.1")
def test_what_is_over_when_it_would_begin_decides_about_no_other_suspension():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2018-06-01")
    story.act("asks", "us", "2018-06-10", suspends("p"))
    story.act("halt", "dprk", "2018-06-11", suspends("p", until="2018-06-20"))
    story.act("yes", "rok", "2018-06-25", accepts("halt"))
    seen = story.seen("2018-06-25")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("halt", "p", SUSPENDS) == "no_change"
    assert seen.effect("asks", "p", SUSPENDS) == "waiting"
    story.act("both", "dprk", "2018-06-26", accepts("asks"), with_="rok")
    assert story.seen("2018-06-26").lifecycle("p") == "suspended"
