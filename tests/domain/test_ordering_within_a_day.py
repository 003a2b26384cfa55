"""What happens on one day has an order: by phase and id, unless an act says what it follows."""

import pytest

from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import RelationKind
from tests.support.scenario import (
    Story,
    breaches,
    cancels,
    follows,
    fulfils,
    meets,
    once,
    releases,
    responds_to,
    resumes,
    suspends,
    words,
)

DAY = "2025-06-24"
BREACHES, RESUMES = RelationKind.BREACHES, RelationKind.RESUMES


@pytest.fixture
def truce() -> Story:
    story = Story()
    story.promise("p", "us", to="dprk", on=DAY, kept=True)
    return story


# What an act follows


@pytest.mark.parametrize("tie", [follows, responds_to])
def test_what_follows_a_breach_comes_after_it(truce, tie):
    truce.act("strike", "us", DAY, breaches("p"))
    truce.act("back", "us", DAY, resumes("p"), tie("strike"))
    seen = truce.seen(DAY)
    assert seen.lifecycle("p") == "active"
    assert seen.flags("p") == {"maintenance", "was_breached"}
    assert seen.effect("back", "p", RESUMES) == "done"


def test_in_turn_also_through_an_act_that_moves_nothing(truce):
    truce.act("strike", "us", DAY, breaches("p"))
    truce.act("protest", "dprk", DAY, follows("strike"))
    truce.act("back", "us", DAY, resumes("p"), follows("protest"))
    assert truce.seen(DAY).flags("p") == {"maintenance", "was_breached"}


def test_in_turn_also_through_an_act_of_another_day(truce):
    truce.act("strike", "us", DAY, breaches("p"))
    truce.act("protest", "dprk", "2025-06-23", responds_to("strike"))
    truce.act("back", "us", DAY, resumes("p"), responds_to("protest"))
    assert truce.seen(DAY).flags("p") == {"maintenance", "was_breached"}


def test_it_orders_moves_of_different_commitments(truce):
    truce.promise("q", "us", to="dprk", on=DAY)
    truce.act("a", "us", DAY, cancels("p"), follows("b"))
    truce.act("b", "us", DAY, breaches("p"), follows("c"))
    truce.act("c", "us", DAY, breaches("q"))
    assert truce.seen(DAY).lifecycle("p") == "breached"


def test_what_an_act_moves_elsewhere_takes_its_turn_whatever_else_is_asked():
    """`late` waits for a breach of another commitment, which comes last in a day."""
    story = Story()
    story.promise("p", "us", to="dprk", on=DAY)
    story.promise("q", "us", to="dprk", on=DAY, kept=True)
    story.act("strike", "us", DAY, breaches("q"))
    story.act("late", "dprk", DAY, releases("p"), follows("strike"))
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(DAY).lifecycle("p") == "cancelled"


def test_without_a_tie_the_phases_decide(truce):
    truce.act("a-cancels", "us", DAY, cancels("p"))
    truce.act("b-releases", "dprk", DAY, releases("p"))
    assert truce.seen(DAY).lifecycle("p") == "released"


def test_and_within_a_phase_the_ids(truce):
    truce.act("b", "us", DAY, breaches("p"))
    truce.act("a", "us", DAY, breaches("p"))
    seen = truce.seen(DAY)
    assert seen.effect("a", "p", BREACHES) == "done"
    assert seen.effect("b", "p", BREACHES) == "after_end"


def test_it_orders_a_day_and_narrows_no_interval(truce):
    truce.act("strike", "us", "2025-06-24/2025-06-28", breaches("p"))
    truce.act("back", "us", "2025-06-26", resumes("p"), follows("strike"))
    seen = truce.seen("2025-06-28")
    assert seen.effect("back", "p", RESUMES) == "no_change"
    assert seen.lifecycle("p") == "breached"
    assert truce.seen("2025-06-28", policy=Policy.POSSIBLE).lifecycle("p") == "active"


# Circles


def test_a_circle_begins_with_its_smallest_id(truce):
    truce.act("a", "us", DAY, breaches("p"), follows("c"))
    truce.act("b", "us", DAY, resumes("p"), follows("a"))
    truce.act("c", "dprk", DAY, follows("b"))
    seen = truce.seen(DAY)
    assert seen.flags("p") == {"maintenance", "was_breached"}


def test_what_follows_a_circle_comes_after_all_of_it(truce):
    truce.act("x", "us", DAY, breaches("p"), follows("y"))
    truce.act("y", "us", DAY, follows("x"))
    truce.act("a", "us", DAY, resumes("p"), follows("y"))
    assert truce.seen(DAY).lifecycle("p") == "active"


def test_an_act_that_follows_itself_is_taken_as_if_it_did_not(truce):
    truce.act("a", "us", DAY, breaches("p"), follows("a"))
    assert truce.seen(DAY).lifecycle("p") == "breached"


# In doubt


def test_a_breach_and_a_resumption_of_one_day_leave_the_order_in_doubt(truce):
    truce.act("missile", "us", DAY, breaches("p"))
    truce.act("words", "us", DAY, resumes("p"))
    seen = truce.seen(DAY)
    assert seen.lifecycle("p") == "breached"
    assert seen.flags("p") == {"maintenance", "order_in_doubt"}
    assert seen.effect("words", "p", RESUMES) == "no_change"


def test_not_where_one_of_them_says_so_in_either_direction(truce):
    truce.act("words", "us", DAY, resumes("p"))
    truce.act("missile", "us", DAY, breaches("p"), follows("words"))
    assert truce.seen(DAY).flags("p") == {"maintenance"}


def test_not_where_the_resumption_is_none_of_theirs(truce):
    truce.act("missile", "us", DAY, breaches("p"))
    truce.act("words", "iaea", DAY, resumes("p"))
    assert truce.seen(DAY).flags("p") == {"maintenance", "not_entitled"}


def test_not_where_nothing_was_broken(truce):
    truce.act("halt", "dprk", DAY, suspends("p"))
    truce.act("strike", "us", DAY, breaches("p"), follows("halt"))
    truce.act("words", "us", "2025-06-25", resumes("p"))
    assert "order_in_doubt" not in truce.seen("2025-06-25").flags("p")


# What follows of itself


def test_conditions_are_looked_at_before_the_first_move_of_a_day():
    story = Story()
    story.act("signed", "us", DAY)
    story.promise("p", "us", to="dprk", on="2025-06-01", antecedent=once("signed"))
    story.act("strike", "us", DAY, breaches("p"))
    assert story.seen(DAY).lifecycle("p") == "breached"


def test_and_after_every_move():
    story = Story()
    story.promise("p", "us", to="dprk", on="2025-06-01", antecedent=once(words("peace")))
    story.act("peace", "dprk", DAY, meets("p"))
    story.act("strike", "us", DAY, breaches("p"))
    assert story.seen(DAY).lifecycle("p") == "breached"


def test_words_that_are_met_after_a_breach_did_not_hold_when_it_came():
    story = Story()
    story.promise("p", "us", to="dprk", on="2025-06-01", antecedent=once(words("peace")))
    story.act("strike", "us", DAY, breaches("p"))
    story.act("peace", "dprk", DAY, meets("p"), follows("strike"))
    seen = story.seen(DAY)
    assert seen.lifecycle("p") == "active"
    assert seen.effect("strike", "p", BREACHES) == "not_open"
    assert seen.effect("peace", "p", RelationKind.MEETS) == "done"


def test_a_delivery_counts_before_what_ends_the_promise_on_that_day():
    story = Story()
    story.promise("p", "us", to="dprk", on="2025-06-01")
    story.gives("deed", "us", DAY, fulfils("p", "1"), to="dprk")
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(DAY).lifecycle("p") == "fulfilled"


def test_the_order_of_recording_plays_no_part():
    def told(*order: str) -> str:
        story = Story()
        story.promise("p", "us", to="dprk", on=DAY, kept=True)
        moves = {
            "a": (breaches("p"),),
            "b": (resumes("p"), follows("a")),
            "c": (breaches("p"), follows("b")),
        }
        for act in order:
            story.act(act, "us", DAY, *moves[act])
        return story.seen(DAY).lifecycle("p")

    assert {told("a", "b", "c"), told("c", "b", "a"), told("b", "c", "a")} == {"breached"}
