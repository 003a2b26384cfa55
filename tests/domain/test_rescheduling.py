"""5.16: terms that are set anew: an extension is an event, and until its day the old term answers."""

import pytest

from ledger_service.domain.values.entries import Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    after,
    for_,
    fulfils,
    instalments,
    once,
    refutes,
    releases,
    reschedules,
    succeeds,
    word,
)

RESCHEDULES = RelationKind.RESCHEDULES


@pytest.fixture
def destroy() -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="1997-04-29", due="1997-04-29/2007-04-29")
    return story


def due(story: Story, day: str) -> str:
    found = story.seen(day).standing("p").due
    assert found
    return str(found.to_day)


def put_off(to: str) -> object:
    return reschedules("p", due=f"1997-04-29/{to}")


# Whose word it takes


@pytest.mark.rule("5.3.10", "5.16", "5.16.1", "5.16.3")
def test_every_creditor_may_put_off_what_is_due(destroy):
    destroy.act("extension", "dprk", "2006-12-08", put_off("2012-04-29"))
    assert due(destroy, "2006-12-07") == "2007-04-29"
    assert due(destroy, "2006-12-08") == "2012-04-29"
    assert destroy.seen("2007-04-30").flags("p") == {"due"}
    assert destroy.seen("2012-04-30").flags("p") == {"overdue"}
    assert destroy.seen("2012-04-30").effect("extension", "p", RESCHEDULES) == "done"


@pytest.mark.parametrize(
    ("due", "told"),
    [
        ("1997-04-29/2012-04-29", "it is due from 1997-04-29 to 2012-04-29 now"),
        ("../2012-04-29", "it is due by 2012-04-29 now"),
        ("2012-04-29", "it is due on 2012-04-29 now"),
        ("2012-04-29/..", "it is due from 2012-04-29 on now"),
    ],
)
def test_an_extension_is_a_step(destroy, due, told):
    destroy.act("extension", "dprk", "2006-12-08", reschedules("p", due=due))
    assert destroy.seen("2006-12-07").steps("p") == ["it was made"]
    (_, step) = destroy.seen("2006-12-08").standing("p").steps
    assert (step.entry_id, step.reason, step.before) == ("extension", told, step.after)


@pytest.mark.rule("5.16.1")
def test_who_did_not_know_of_it_yet_saw_it_overdue(destroy):
    destroy.act("extension", "dprk", "2006-12-08", put_off("2012-04-29"))
    assert destroy.seen("2007-04-30", reported_by="2006-12-07").flags("p") == {"overdue"}


@pytest.mark.rule("5.16.3")
def test_the_creditor_alone_cannot_hasten_it(destroy):
    destroy.act("ultimatum", "dprk", "2000-01-01", put_off("2002-04-29"))
    assert due(destroy, "2000-01-01") == "2007-04-29"
    assert destroy.seen("2000-01-01").effect("ultimatum", "p", RESCHEDULES) == "not_entitled"


@pytest.mark.rule("5.16.4")
def test_a_debtor_alone_waits_for_acceptance_and_the_standing_does_not_repeat_it(destroy):
    destroy.act("announces", "us", "2006-04-10", put_off("2023-09-30"))
    seen = destroy.seen("2007-04-30")
    assert seen.effect("announces", "p", RESCHEDULES) == "waiting"
    assert seen.flags("p") == {"overdue"}


@pytest.mark.rule("5.16.2")
def test_what_a_debtor_did_and_the_creditor_accepts_counts_from_the_acceptance(destroy):
    destroy.act("asks", "us", "2006-04-10", put_off("2012-04-29"))
    destroy.act("grants", "dprk", "2006-12-08", accepts("asks"))
    assert due(destroy, "2006-12-07") == "2007-04-29"
    assert due(destroy, "2006-12-08") == "2012-04-29"


def test_with_acceptance_it_may_also_be_hastened(destroy):
    destroy.act("offers", "us", "2000-01-01", put_off("2002-04-29"))
    destroy.act("agrees", "dprk", "2000-02-01", accepts("offers"))
    assert due(destroy, "2000-02-01") == "2002-04-29"


@pytest.mark.rule("5.16.2")
def test_a_joint_act_of_both_sides_sets_it_at_once(destroy):
    destroy.act("treaty", "us", "2000-01-01", put_off("2002-04-29"), toward="dprk", joint=True)
    assert due(destroy, "2000-01-01") == "2002-04-29"


@pytest.mark.rule("5.16.3", "5.16.4")
def test_it_needs_every_creditor():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="1997-04-29", due="1997-04-29/2007-04-29")
    story.act("one", "dprk", "2006-12-08", put_off("2012-04-29"))
    assert story.seen("2006-12-08").effect("one", "p", RESCHEDULES) == "waiting"
    story.act("other", "rok", "2007-01-01", put_off("2012-04-29"))
    assert due(story, "2006-12-31") == "2007-04-29"
    assert due(story, "2007-01-01") == "2012-04-29"
    assert story.seen("2007-01-01").effect("one", "p", RESCHEDULES) == "done"


@pytest.mark.rule("5.16.3")
def test_creditors_that_name_different_days_do_not_agree():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="1997-04-29", due="1997-04-29/2007-04-29")
    story.act("one", "dprk", "2006-12-08", put_off("2012-04-29"))
    story.act("other", "rok", "2007-01-01", put_off("2011-04-29"))
    assert due(story, "2007-01-01") == "2007-04-29"


@pytest.mark.rule("5.16.3")
@pytest.mark.parametrize(
    ("term", "outcome"),
    [
        ("../2012-04-29", "done"),
        ("1990-01-01/2012-04-29", "done"),
        ("2000-01-01/2007-04-29", "done"),
        ("1990-01-01/2007-04-29", "not_entitled"),
        ("2000-01-01/2007-04-28", "not_entitled"),
        ("1997-04-29/..", "done"),
    ],
)
def test_put_off_is_a_later_last_day_or_the_same_one_and_a_later_first(destroy, term, outcome):
    destroy.act("extension", "dprk", "2006-12-08", reschedules("p", due=term))
    assert destroy.seen("2006-12-08").effect("extension", "p", RESCHEDULES) == outcome


def test_an_acceptance_changes_nothing_of_what_had_its_outcome():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="1997-04-29", due="1997-04-29/2007-04-29")
    story.act("same", "us", "2000-01-01", put_off("2007-04-29"))
    story.gives("done", "us", "2001-01-01", fulfils("p", "1"), to="dprk")
    for creditor in ("dprk", "rok"):
        story.act(f"{creditor}-yes", creditor, "2002-01-01", accepts("same"))
    assert story.seen("2002-01-01").effect("same", "p", RESCHEDULES) == "no_change"


@pytest.mark.rule("5.16.3")
def test_another_creditor_may_accept_what_one_did():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="1997-04-29", due="1997-04-29/2007-04-29")
    story.act("one", "dprk", "2006-12-08", put_off("2012-04-29"))
    story.act("other", "rok", "2007-01-01", accepts("one"))
    assert due(story, "2007-01-01") == "2012-04-29"


@pytest.fixture
def put_off_by_one() -> Story:
    """One of two creditors puts it off to 2012, before all agree on something else."""
    story = Story()
    story.promise("p", "us", to="dprk rok", on="1997-04-29", due="1997-04-29/2007-04-29")
    story.act("one", "dprk", "2006-12-08", put_off("2012-04-29"))
    return story


@pytest.mark.rule("5.3.3.1", "5.16.3")
def test_what_would_be_harder_by_now_is_none_of_theirs_once_all_have_joined(put_off_by_one):
    story = put_off_by_one
    story.act("all", "us", "2007-01-01", put_off("2015-04-29"), with_="dprk rok")
    assert story.seen("2007-01-01").effect("one", "p", RESCHEDULES) == "waiting"
    story.act("other", "rok", "2007-02-01", accepts("one"))
    story.act("ends", "rok", "2007-03-01", releases("p"), with_="dprk")
    assert due(story, "2007-02-01") == "2015-04-29"
    for day in ("2007-02-01", "2007-03-01"):
        assert story.seen(day).effect("one", "p", RESCHEDULES) == "not_entitled"


@pytest.mark.rule("5.16.3")
def test_and_counts_no_more_when_it_would_ease_again(put_off_by_one):
    story = put_off_by_one
    story.act("all", "us", "2007-01-01", put_off("2015-04-29"), with_="dprk rok")
    story.act("other", "rok", "2007-02-01", accepts("one"))
    story.act("back", "us", "2007-03-01", put_off("2007-04-29"), with_="dprk rok")
    story.act("same", "rok", "2007-04-01", put_off("2012-04-29"))
    assert due(story, "2007-04-01") == "2007-04-29"
    assert story.seen("2007-04-01").effect("same", "p", RESCHEDULES) == "waiting"


@pytest.mark.rule("5.16.3", "5.16.4")
def test_a_creditor_did_not_join_in_what_both_sides_agreed_on_later(put_off_by_one):
    story = put_off_by_one
    story.act("all", "us", "2007-01-01", put_off("2012-04-29"), with_="dprk rok")
    seen = story.seen("2007-01-01")
    assert seen.effect("all", "p", RESCHEDULES) == "done"
    assert seen.effect("one", "p", RESCHEDULES) == "waiting"


def test_a_stranger_cannot(destroy):
    destroy.act("asks", "iaea", "2006-12-08", put_off("2012-04-29"))
    seen = destroy.seen("2006-12-08")
    assert seen.effect("asks", "p", RESCHEDULES) == "not_entitled"
    assert "not_entitled" in seen.flags("p")


@pytest.mark.rule("5.16.3")
def test_a_creditors_envoy_needs_the_mandate_to_release(destroy):
    destroy.party("envoy", for_("dprk", Mandate.FULFIL))
    destroy.party("minister", for_("dprk", Mandate.RELEASE))
    destroy.act("envoy-says", "envoy", "2006-12-08", put_off("2012-04-29"))
    seen = destroy.seen("2006-12-08")
    assert seen.effect("envoy-says", "p", RESCHEDULES) == "authority_doubtful"
    destroy.act("minister-says", "minister", "2006-12-09", put_off("2012-04-29"))
    assert due(destroy, "2006-12-09") == "2012-04-29"


@pytest.mark.rule("5.16.2")
def test_a_debtors_envoy_needs_the_mandate_to_promise(destroy):
    destroy.party("envoy", for_("us", Mandate.FULFIL))
    both = {"toward": "dprk", "joint": True}
    destroy.act("signed", "envoy", "2006-12-08", put_off("2002-04-29"), **both)
    assert destroy.seen("2006-12-08").effect("signed", "p", RESCHEDULES) == "not_entitled"


@pytest.mark.rule("5.16.2")
def test_a_creditors_envoy_needs_the_mandate_to_accept_what_a_debtor_asks(destroy):
    destroy.party("envoy", for_("dprk", Mandate.RELEASE))
    destroy.party("minister", for_("dprk", Mandate.ACCEPT))
    destroy.act("asks", "us", "2006-04-10", put_off("2012-04-29"))
    destroy.act("envoy-says", "envoy", "2006-12-08", accepts("asks"))
    assert due(destroy, "2006-12-08") == "2007-04-29"
    assert destroy.seen("2006-12-08").effect("asks", "p", RESCHEDULES) == "waiting"
    destroy.act("minister-says", "minister", "2006-12-09", accepts("asks"))
    assert due(destroy, "2006-12-09") == "2012-04-29"


@pytest.mark.rule("5.16.5")
def test_what_only_the_other_side_tells_of_is_a_claim(destroy):
    destroy.act("said", "dprk", "2006-12-08", put_off("2012-04-29"), told=word("us"))
    seen = destroy.seen("2006-12-08")
    assert seen.effect("said", "p", RESCHEDULES) == "reschedules_claimed"
    assert "reschedules_claimed" in seen.flags("p")
    assert due(destroy, "2006-12-08") == "2007-04-29"


@pytest.mark.rule("5.16.5")
def test_a_joint_act_that_one_side_alone_tells_of_is_its_own_word_only(destroy):
    both = {"toward": "dprk", "joint": True, "told": word("us")}
    destroy.act("said", "us", "2006-12-08", put_off("2012-04-29"), **both)
    seen = destroy.seen("2006-12-08")
    assert seen.effect("said", "p", RESCHEDULES) == "waiting"
    assert "reschedules_claimed" in seen.flags("p")


def test_a_refuted_one_changes_nothing(destroy):
    destroy.act("extension", "dprk", "2006-12-08", put_off("2012-04-29"))
    destroy.act("never", "iaea", "2007-01-01", refutes("extension"))
    assert due(destroy, "2007-01-01") == "2007-04-29"


@pytest.mark.rule("5.16.2")
def test_in_a_mutual_commitment_all_others_must_agree():
    story = Story()
    story.joint_promise("p", "us dprk rok", on="1997-04-29", due="1997-04-29/2007-04-29")
    story.act("one", "us", "2000-01-01", put_off("2012-04-29"))
    story.act("two", "dprk", "2000-02-01", accepts("one"))
    assert due(story, "2000-02-01") == "2007-04-29"
    story.act("three", "rok", "2000-03-01", accepts("one"))
    assert due(story, "2000-03-01") == "2012-04-29"


# Which terms, and when


def test_the_same_term_again_changes_nothing(destroy):
    destroy.act("again", "dprk", "2006-12-08", put_off("2007-04-29"))
    assert destroy.seen("2006-12-08").effect("again", "p", RESCHEDULES) == "no_change"


def test_after_the_end_it_changes_nothing(destroy):
    destroy.gives("done", "us", "2006-01-01", fulfils("p", "1"), to="dprk")
    destroy.act("extension", "dprk", "2006-12-08", put_off("2012-04-29"))
    assert destroy.seen("2006-12-08").effect("extension", "p", RESCHEDULES) == "after_end"


def test_what_comes_within_the_new_term_is_not_late(destroy):
    destroy.act("extension", "dprk", "2006-12-08", put_off("2012-04-29"))
    destroy.gives("done", "us", "2011-01-01", fulfils("p", "1"), to="dprk")
    assert "late" not in destroy.seen("2011-01-01").flags("p")


@pytest.mark.rule("5.16.6")
def test_instalments_are_replaced_not_put_off():
    story = Story()
    halves = instalments(("1998-01-01/1998-12-31", "1/2"), ("1999-01-01/1999-12-31", "1/2"))
    story.promise("p", "us", to="dprk", on="1997-04-29", instalments=halves)
    story.act("extension", "dprk", "1998-06-01", put_off("2012-04-29"))
    assert story.seen("1998-06-01").effect("extension", "p", RESCHEDULES) == "no_change"


@pytest.mark.rule("5.16.6")
def test_a_day_may_be_set_for_what_was_to_follow_an_event():
    story = Story()
    story.promise("p", "us", to="dprk", on="1997-04-29", due_after=after("event", days=10))
    story.act("treaty", "us", "2000-01-01", put_off("2002-04-29"), toward="dprk", joint=True)
    assert story.seen("1999-12-31").flags("p") == {"not_yet_dated"}
    assert story.seen("2000-01-01").flags("p") == {"due"}
    assert story.seen("2002-04-30").flags("p") == {"overdue"}


@pytest.mark.rule("5.16.3")
def test_a_creditor_alone_cannot_set_a_day_for_what_has_none():
    story = Story()
    story.promise("p", "us", to="dprk", on="1997-04-29")
    story.act("ultimatum", "dprk", "2000-01-01", put_off("2002-04-29"))
    assert story.seen("2000-01-01").effect("ultimatum", "p", RESCHEDULES) == "not_entitled"
    assert story.seen("2003-01-01").flags("p") == {"not_entitled", "undated"}


@pytest.mark.rule("5.16.1", "5.16.3")
def test_what_is_kept_may_be_kept_shorter_by_the_creditors_word():
    story = Story()
    story.promise("p", "us", to="dprk", on="2000-01-01", kept=True, until="2010-12-31")
    story.act("shorter", "dprk", "2001-01-01", reschedules("p", until="2005-12-31"))
    assert story.seen("2005-12-31").lifecycle("p") == "active"
    assert story.seen("2006-01-01").lifecycle("p") == "fulfilled"
    assert str(story.seen("2001-01-01").standing("p").until) == "2005-12-31"


@pytest.mark.rule("5.16.1", "5.16.2", "5.16.3")
def test_what_is_kept_is_kept_longer_only_by_agreement():
    story = Story()
    story.promise("p", "us", to="dprk", on="2000-01-01", kept=True, until="2005-12-31")
    story.act("wish", "dprk", "2001-01-01", reschedules("p", until="2010-12-31"))
    story.act(
        "accord",
        "us",
        "2002-01-01",
        reschedules("p", until="2008-12-31"),
        toward="dprk",
        joint=True,
    )
    assert story.seen("2001-01-01").effect("wish", "p", RESCHEDULES) == "not_entitled"
    assert story.seen("2006-01-01").lifecycle("p") == "active"
    assert story.seen("2009-01-01").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.16.6")
@pytest.mark.parametrize(("came", "ended"), [("2003-05-05", "2003-05-05"), ("", "2006-01-01")])
def test_a_last_day_beside_a_condition_ends_it_when_the_first_of_both_comes(came, ended):
    story = Story()
    ends = {"kept": True, "until_condition": once("treaty")}
    story.promise("p", "us", to="dprk", on="2000-01-01", **ends)
    story.act("shorter", "dprk", "2001-01-01", reschedules("p", until="2005-12-31"))
    if came:
        story.act("treaty", "us", came, toward="dprk", joint=True)
    steps = story.seen("2010-01-01").standing("p").steps
    assert (str(steps[-1].day), steps[-1].after) == (ended, "fulfilled")


def test_what_the_new_term_rests_on_is_named(destroy):
    destroy.act("asks", "us", "2006-04-10", put_off("2012-04-29"))
    destroy.act("grants", "dprk", "2006-12-08", accepts("asks"))
    assert {"asks", "grants"} <= set(destroy.seen("2007-01-01").standing("p").why)


def test_accepting_a_new_term_that_is_only_claimed_says_nothing(destroy):
    destroy.act("asks", "us", "2006-04-10", put_off("2012-04-29"), told=word("dprk"))
    destroy.act("grants", "rok", "2006-12-08", accepts("asks"))
    assert "not_entitled" not in destroy.seen("2007-01-01").flags("p")


def test_the_first_word_of_who_asks_and_accepts_counts():
    story = Story(parties="us dprk")
    story.party("both", succeeds=(succeeds("us", "2020-02-01"),))
    story.party("heir", succeeds=(succeeds("both", "2020-03-01"),))
    story.promise("p", "us", to="both", on="2020-01-01", due="2020-06-01")
    story.act("agrees", "both", "2020-02-02", accepts("asks"))
    story.act("asks", "both", "2020-04-01", reschedules("p", due="2020-05-01"))
    assert due(story, "2020-04-01") == "2020-05-01"
