"""When a commitment waits for something, what it waits for, and how long."""

import pytest

from ledger_service.domain.values.entries import ActKind
from tests.support.scenario import (
    Story,
    accepts,
    all_of,
    any_of,
    breaches,
    cancels,
    fulfilled,
    fulfils,
    meets,
    occurred,
    once,
    releases,
    supersedes,
    word,
    words,
)


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
