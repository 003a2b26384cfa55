"""`effective` is true only of what changed something; of anything else one flag says why not."""

import pytest

from ledger_service.domain.values.entries import About, Mandate, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    all_of,
    asserts,
    breaches,
    cancels,
    for_,
    fulfils,
    meets,
    once,
    refutes,
    releases,
    reschedules,
    resumes,
    suspends,
    withdraws,
    word,
    words,
)

DAY = "2020-06-01"


@pytest.fixture
def story() -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", due="2020-03-01/2020-12-31")
    return story


def why_not(story: Story, actor: str, *moves, told=None, day: str = DAY) -> str:
    story.act("x", actor, day, *moves, **({"told": told} if told else {}))
    return story.seen("2021-01-01").effect("x", "p", moves[0].kind)


# Claims: the other side alone tells of a move in words


@pytest.mark.rule("5.3.7")
@pytest.mark.parametrize(
    ("move", "actor", "teller"),
    [
        (accepts("p"), "dprk", "us"),
        (asserts("p", About.EXISTENCE), "us", "dprk"),
        (releases("p"), "dprk", "us"),
        (cancels("p"), "us", "dprk"),
        (suspends("p"), "dprk", "us"),
        (resumes("p"), "dprk", "us"),
        (reschedules("p", due="2020-03-01/2021-12-31"), "dprk", "us"),
    ],
)
def test_a_move_that_only_the_other_side_tells_of_is_claimed(story, move, actor, teller):
    flag = f"{move.kind}_claimed"
    assert why_not(story, actor, move, told=word(teller)) == flag
    assert flag in story.seen("2021-01-01").flags("p")


@pytest.mark.rule("5.3.7")
def test_so_is_a_withdrawal(story):
    story.act("leave", "us", "2020-05-01", cancels("p", on="2020-09-01"))
    assert why_not(story, "us", withdraws("leave"), told=word("dprk")) == "withdraws_claimed"


@pytest.mark.rule("5.6.7")
def test_and_a_condition_that_only_the_creditor_says_is_met():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=once(words("peace")))
    assert why_not(story, "dprk", meets("p"), told=word("dprk")) == "antecedent_claimed"
    assert story.seen(DAY).lifecycle("p") == "conditional"


@pytest.mark.rule("5.3.12")
def test_claims_stay_when_the_promise_is_kept_all_the_same(story):
    why_not(story, "us", cancels("p"), told=word("dprk"))
    story.gives("deed", "us", "2020-07-01", fulfils("p", "1"), to="dprk")
    assert story.seen("2020-07-01").flags("p") == {"cancels_claimed"}


# Rights


@pytest.mark.rule("5.3.5", "5.3.11")
@pytest.mark.parametrize(
    ("move", "actor"),
    [
        (cancels("p"), "iaea"),
        (cancels("p"), "dprk"),
        (releases("p"), "us"),
        (accepts("p"), "us"),
        (suspends("p"), "iaea"),
        (resumes("p"), "iaea"),
        (fulfils("p", "1"), "iaea"),
    ],
)
def test_who_has_no_right_to_it(story, move, actor):
    assert why_not(story, actor, move) == "not_entitled"
    assert "not_entitled" in story.seen(DAY).flags("p")


@pytest.mark.rule("5.3.5")
def test_who_has_no_mandate_for_it(story):
    story.party("envoy", for_("us", Mandate.PROMISE))
    assert why_not(story, "envoy", cancels("p")) == "authority_doubtful"


# Times


@pytest.mark.rule("5.3.11")
@pytest.mark.parametrize("move", [cancels("p"), breaches("p")])
def test_what_comes_after_the_end(story, move):
    story.act("free", "dprk", "2020-05-01", releases("p"))
    assert why_not(story, "us", move) == "after_end"
    assert "after_end" not in story.seen(DAY).flags("p")


@pytest.mark.rule("5.3.11")
def test_a_breach_of_what_is_not_in_force(story):
    story.act("halt", "dprk", "2020-05-01", suspends("p"))
    assert why_not(story, "us", breaches("p")) == "not_open"


@pytest.mark.rule("5.3.11", "5.7.1")
def test_a_suspension_of_what_is_only_proposed():
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", offer=True)
    assert why_not(story, "dprk", suspends("p")) == "not_open"


@pytest.mark.rule("5.3.11")
def test_what_is_said_a_second_time(story):
    story.act("first", "dprk", "2020-05-01", suspends("p"))
    assert why_not(story, "dprk", suspends("p")) == "no_change"


@pytest.mark.rule("5.3.11")
def test_acceptance_of_what_binds_already(story):
    assert why_not(story, "dprk", accepts("p")) == "no_change"
    assert story.seen("2020-07-01").flags("p") == {"due"}


@pytest.mark.rule("5.3.4", "5.3.11")
def test_what_was_refuted(story):
    story.act("never", "iaea", "2020-07-01", refutes("x"))
    assert why_not(story, "us", cancels("p")) == "refuted"


# An act that met a condition


@pytest.fixture
def waiting() -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=once(words("peace")))
    return story


@pytest.mark.rule("5.3.10")
def test_an_act_that_met_a_condition_counts_as_effective(waiting):
    assert why_not(waiting, "iaea", meets("p")) == "done"


@pytest.mark.rule("5.3.10")
def test_also_where_something_else_is_still_waited_for():
    story = Story()
    both = once(all_of(words("peace", "peace"), words("trade", "trade")))
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=both)
    assert why_not(story, "iaea", meets("p", "peace")) == "done"
    assert story.seen(DAY).lifecycle("p") == "conditional"


@pytest.mark.rule("5.3.10")
def test_one_that_meets_what_was_met_does_not(waiting):
    waiting.act("first", "iaea", "2020-05-01", meets("p"))
    assert why_not(waiting, "iaea", meets("p")) == "no_change"


def test_one_that_meets_what_nobody_waits_for_does_not(story):
    assert why_not(story, "iaea", meets("p")) == "no_change"


def test_one_that_comes_too_late_does_not():
    story = Story()
    by = once(words("peace"), by="2020-05-31")
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=by)
    assert why_not(story, "iaea", meets("p")) == "after_end"
    assert story.seen(DAY).lifecycle("p") == "expired"


@pytest.mark.rule("5.3.10", "5.3.11")
def test_of_several_who_must_join_all_had_effect_once_the_last_has():
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01", offer=True)
    story.act("one", "dprk", "2020-02-01", accepts("p"))
    assert story.seen("2020-02-01").effect("one", "p", RelationKind.ACCEPTS) == "waiting"
    story.act("two", "rok", "2020-03-01", accepts("p"))
    assert story.seen("2020-03-01").effect("one", "p", RelationKind.ACCEPTS) == "done"
    assert story.seen("2020-03-01").effect("two", "p", RelationKind.ACCEPTS) == "done"


@pytest.mark.rule("5.3.11")
@pytest.mark.parametrize("move", [releases("p"), suspends("p")])
def test_what_others_never_joined_in_waits_no_longer_when_all_is_over(move):
    story = Story()
    story.promise("p", "us", to="dprk rok", on="2020-01-01")
    story.act("one", "dprk", "2020-02-01", move)
    story.gives("deed", "us", "2020-03-01", fulfils("p", "1"), to="dprk")
    before, after = story.seen("2020-02-29"), story.seen("2020-03-01")
    assert before.effect("one", "p", move.kind) == "waiting"
    assert after.effect("one", "p", move.kind) == "no_change"
    assert "waiting" in before.flags("p") - after.flags("p")


def test_what_met_words_in_time_before_the_promise_is_effective_once():
    story = Story()
    waits = once(words("it is done"), by="2019-12-31")
    story.act("first", "us", "2019-12-01", meets("p"))
    story.act("second", "us", "2019-12-02", meets("p"))
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=waits)
    seen = story.seen("2020-01-01")
    assert seen.lifecycle("p") == "active"
    assert seen.effect("first", "p", RelationKind.MEETS) == "done"
    assert seen.effect("second", "p", RelationKind.MEETS) == "no_change"


def test_what_met_words_too_late_before_the_promise_changes_nothing():
    story = Story()
    waits = once(words("it is done"), by="2019-11-30")
    story.act("late", "us", "2019-12-01", meets("p"))
    story.promise("p", "us", to="dprk", on="2020-01-01", antecedent=waits, offer=True)
    seen = story.seen("2020-01-01")
    assert seen.effect("late", "p", RelationKind.MEETS) == "no_change"
