"""What happens on one day has an order: by phase and id, unless an act says what it follows."""

from dataclasses import dataclass

import pytest

from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import Relation, RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    cancels,
    follows,
    fulfilled,
    fulfils,
    meets,
    once,
    releases,
    reschedules,
    responds_to,
    resumes,
    reverses,
    succeeds,
    supersedes,
    suspends,
    withdraws,
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


@pytest.mark.rule("5.2.4", "5.7.8")
@pytest.mark.parametrize("tie", [follows, responds_to])
def test_what_follows_a_breach_comes_after_it(truce, tie):
    truce.act("strike", "us", DAY, breaches("p"))
    truce.act("back", "us", DAY, resumes("p"), tie("strike"))
    seen = truce.seen(DAY)
    assert seen.lifecycle("p") == "active"
    assert seen.flags("p") == {"maintenance", "was_breached"}
    assert seen.effect("back", "p", RESUMES) == "done"


@pytest.mark.rule("5.2.4")
def test_in_turn_also_through_an_act_that_moves_nothing(truce):
    truce.act("strike", "us", DAY, breaches("p"))
    truce.act("protest", "dprk", DAY, follows("strike"))
    truce.act("back", "us", DAY, resumes("p"), follows("protest"))
    assert truce.seen(DAY).flags("p") == {"maintenance", "was_breached"}


@pytest.mark.rule("5.2.4")
def test_in_turn_also_through_an_act_of_another_day(truce):
    truce.act("strike", "us", DAY, breaches("p"))
    truce.act("protest", "dprk", "2025-06-23", responds_to("strike"))
    truce.act("back", "us", DAY, resumes("p"), responds_to("protest"))
    assert truce.seen(DAY).flags("p") == {"maintenance", "was_breached"}


@pytest.mark.rule("5.2.4")
def test_it_orders_moves_of_different_commitments(truce):
    truce.promise("q", "us", to="dprk", on=DAY)
    truce.act("a", "us", DAY, cancels("p"), follows("b"))
    truce.act("b", "us", DAY, breaches("p"), follows("c"))
    truce.act("c", "us", DAY, breaches("q"))
    assert truce.seen(DAY).lifecycle("p") == "breached"


@pytest.mark.rule("5.2.4", "5.2.5")
def test_what_an_act_moves_elsewhere_takes_its_turn_whatever_else_is_asked():
    """`late` waits for a breach of another commitment, which comes last in a day."""
    story = Story()
    story.promise("p", "us", to="dprk", on=DAY)
    story.promise("q", "us", to="dprk", on=DAY, kept=True)
    story.act("strike", "us", DAY, breaches("q"))
    story.act("late", "dprk", DAY, releases("p"), follows("strike"))
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(DAY).lifecycle("p") == "cancelled"


BEFORE, AFTER = "2025-06-20", "2025-07-31"
ACCEPTS = RelationKind.ACCEPTS
#: What is said of `q` by an act of some day before, and what moves `q` by way of that act.
BY_WAY = {
    "a notice is withdrawn": (cancels("q", on=AFTER), ("us", withdraws("earlier"))),
    "a new day is accepted": (reschedules("q", due=AFTER), ("dprk", accepts("earlier"))),
    "a deed is taken back": (fulfils("q", "1"), ("us", reverses("earlier"))),
}


def two_acceptances(way: str, *, begins: str = BEFORE, day: str = DAY, **terms) -> Story:
    """`a` and `b` accept `p`, and `a` says that it follows `c`, which moves `q`."""
    earlier, (actor, move) = BY_WAY[way]
    story = Story()
    story.promise("q", "us", to="dprk", on=begins)
    story.promise("p", "us", to="dprk", on=BEFORE, offer=True, **terms)
    story.act("earlier", "us", BEFORE, earlier)
    story.act("c", actor, day, move)
    story.act("a", "dprk", DAY, accepts("p"), follows("c"))
    story.act("b", "dprk", DAY, accepts("p"))
    return story


def accepted_by(story: Story) -> str:
    """Which of the two had an effect."""
    seen = story.seen(DAY)
    [found] = [act for act in "ab" if seen.effect(act, "p", ACCEPTS) == "done"]
    return found


@pytest.mark.rule("5.2.4", "5.2.5")
@pytest.mark.parametrize("way", BY_WAY)
def test_also_what_it_moves_elsewhere_by_way_of_another_act(way):
    assert accepted_by(two_acceptances(way)) == "b"
    both = two_acceptances(way, antecedent=once(fulfilled("q")))
    assert accepted_by(both) == "b"  # as where the other one is asked about too


@pytest.mark.rule("5.2.2", "5.2.5")
@pytest.mark.parametrize("way", BY_WAY)
def test_on_the_first_day_of_what_was_not_there_before(way):
    assert accepted_by(two_acceptances(way, begins=DAY, day=BEFORE)) == "b"
    assert accepted_by(two_acceptances(way, begins=BEFORE, day=BEFORE)) == "a"


@pytest.mark.rule("5.2.4", "5.2.5")
@pytest.mark.parametrize("way", BY_WAY)
def test_but_not_what_has_no_effect_there(way):
    story = two_acceptances(way)
    story.amend("c", actor="iaea")
    assert accepted_by(story) == "a"
    story = two_acceptances(way)
    story.amend("earlier", actor="iaea")
    assert accepted_by(story) == "a"


@pytest.mark.rule("5.2.4", "5.2.5")
def test_a_notice_elsewhere_takes_its_turn_on_the_day_on_which_it_is_given():
    story = Story()
    story.promise("p", "us", to="dprk", on=DAY)
    story.promise("q", "us", to="dprk", on=DAY)
    story.act("pulls-out", "us", DAY, cancels("q", on=AFTER))
    story.act("late", "dprk", DAY, releases("p"), follows("pulls-out"))
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(DAY).lifecycle("p") == "cancelled"


@pytest.mark.rule("5.2.4", "5.2.5")
@pytest.mark.parametrize(("actor", "lifecycle"), [("us", "cancelled"), ("iaea", "released")])
def test_what_is_aimed_at_an_instrument_does_where_it_moves_something_under_it(
    actor, lifecycle
):
    story = Story()
    story.instrument("t", "us dprk", on=BEFORE)
    story.promise("q", "us", to="dprk", on=BEFORE, instrument="t")
    story.promise("p", "us", to="dprk", on=BEFORE)
    story.act("pulls-out", actor, DAY, cancels("t"))
    story.act("late", "dprk", DAY, releases("p"), follows("pulls-out"))
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(DAY).lifecycle("p") == lifecycle
    story.annul("q")
    assert story.seen(DAY).lifecycle("p") == "released"


@pytest.mark.rule("5.2.5", "5.11.5", "5.11.5.1")
@pytest.mark.parametrize("actor", ["us", "heir"])
@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("move", [cancels, suspends])
def test_who_has_left_another_promise_takes_a_turn_there_whatever_is_asked(actor, waits, move):
    """Neither who left it nor who succeeded that one moves anything there."""
    story = Story()
    story.party("heir", succeeds=(succeeds("us", "2025-06-22"),))
    terms = {"antecedent": once(fulfilled("q"))} if waits else {}
    story.promise("q", "us rok", to="dprk", on="2025-06-01")
    story.promise("p", "iaea", to="dprk", on="2025-06-01", offer=True, **terms)
    story.act("left", "us", BEFORE, cancels("q"))
    story.act("c", actor, DAY, move("q"))
    story.act("a", "dprk", DAY, accepts("p"), follows("c"))
    story.act("b", "dprk", DAY, accepts("p"))
    assert accepted_by(story) == "b"


@pytest.mark.rule("5.2.5", "5.2.6")
def test_a_deed_elsewhere_comes_before_its_reversal_too():
    """`undo` waits for `deed`, and that for the last move of the day."""
    story = Story()
    for promise in "pqr":
        story.promise(promise, "us", to="dprk", on=BEFORE)
    story.act("pulls-out", "us", DAY, cancels("r"))
    story.gives("deed", "us", DAY, fulfils("q", "1"), follows("pulls-out"), to="dprk")
    story.act("undo", "us", DAY, reverses("deed"))
    story.act("late", "dprk", DAY, releases("p"), follows("undo"))
    story.act("off", "us", DAY, cancels("p"))
    assert story.seen(DAY).lifecycle("p") == "cancelled"


@pytest.mark.rule("5.2.3")
def test_without_a_tie_the_phases_decide(truce):
    truce.act("a-cancels", "us", DAY, cancels("p"))
    truce.act("b-releases", "dprk", DAY, releases("p"))
    assert truce.seen(DAY).lifecycle("p") == "released"


@dataclass(frozen=True)
class Pair:
    """Two moves of one day, of a promise by `us` to `dprk`; what went before; and where it
    stands when each had its turn, with what came of both.
    """

    first: tuple[str, Relation]
    then: tuple[str, Relation]
    lifecycle: str
    came_of_it: str = "done done"
    before: tuple[str, Relation] | None = None


US, DPRK = "us", "dprk"
WHOLE = (US, fulfils("p", "1"))
HALT, BACK = (DPRK, suspends("p")), (DPRK, resumes("p"))
FREE, OFF = (DPRK, releases("p")), (US, cancels("p"))
IN_ITS_PLACE = (DPRK, accepts("new"))
PAIRS = {
    "accept, suspend": Pair((DPRK, accepts("p")), HALT, "suspended"),
    "withdraw, fulfil": Pair(
        (US, withdraws("deed")), WHOLE, "fulfilled", before=(US, cancels("p", on="2025-07-31"))
    ),
    "meet, fulfil": Pair((US, meets("p")), WHOLE, "fulfilled"),
    "reschedule, fulfil": Pair((DPRK, reschedules("p", due="2025-12-31")), WHOLE, "fulfilled"),
    "reverse, suspend": Pair((US, reverses("deed")), HALT, "suspended", before=WHOLE),
    "suspend, resume": Pair(HALT, BACK, "active"),
    "resume, supersede": Pair(BACK, IN_ITS_PLACE, "superseded", before=HALT),
    "supersede, release": Pair(IN_ITS_PLACE, FREE, "superseded", "done after_end"),
    "release, cancel": Pair(FREE, OFF, "released", "done after_end"),
    "cancel, breach": Pair(OFF, (US, breaches("p")), "cancelled", "done after_end"),
}


@pytest.mark.rule("5.2.3")
@pytest.mark.parametrize("phases", PAIRS)
def test_moves_of_a_day_come_by_their_phases(phases):
    """Though the ids and the order of recording would have it otherwise."""
    pair = PAIRS[phases]
    story = Story()
    story.promise(
        "p",
        US,
        to=DPRK,
        on="2025-06-01",
        due="2025-06-30",
        offer=phases.startswith("accept"),
        antecedent=once(words("peace")) if phases.startswith("meet") else None,
    )
    story.promise("new", US, supersedes("p"), to=DPRK, on="2025-06-01")
    if pair.before:
        story.act("deed", pair.before[0], "2025-06-10", pair.before[1])
    story.act("a-then", pair.then[0], DAY, pair.then[1])
    story.act("b-first", pair.first[0], DAY, pair.first[1])
    seen = story.seen(DAY)
    assert seen.lifecycle("p") == pair.lifecycle
    came_of_it = [
        seen.effect(act, relation.target if relation.target == "new" else "p", relation.kind)
        for act, (_, relation) in (("b-first", pair.first), ("a-then", pair.then))
    ]
    assert came_of_it == pair.came_of_it.split()


@pytest.mark.rule("5.2.3")
def test_what_is_delivered_comes_before_what_is_taken_back_of_another_deed():
    story = Story()
    story.promise("p", US, to=DPRK, on="2025-06-01")
    story.gives("half", US, "2025-06-10", fulfils("p", "1/2"), to=DPRK)
    story.act("a-back", US, DAY, reverses("half"))
    story.gives("b-rest", US, DAY, fulfils("p", "1/2"), to=DPRK)
    seen = story.seen(DAY)
    assert (seen.lifecycle("p"), seen.share("p")) == ("active", "1/2")
    assert "was_fulfilled" in seen.flags("p")


@pytest.mark.rule("5.2.3", "5.15.4")
@pytest.mark.parametrize(
    ("whole", "some", "came_of_it"), [("a", "b", "done"), ("b", "a", "after_end")]
)
def test_of_one_act_the_deed_with_the_smallest_id_is_taken_back_first(whole, some, came_of_it):
    """Once the whole was taken back, it matters that the other deed was too."""
    story = Story()
    story.promise("p", US, to=DPRK, on="2025-06-01")
    story.gives(whole, US, "2025-06-12", fulfils("p", "1"), to=DPRK)
    story.gives(some, US, "2025-06-10", fulfils("p"), to=DPRK)
    story.act("undo", US, DAY, reverses(whole), reverses(some))
    seen = story.seen(DAY)
    assert (seen.lifecycle("p"), seen.share("p")) == ("active", "0")
    became = {c.target: c.why_not or "done" for c in seen.standing("p").conduct}
    assert became == {"p": "done", whole: "done", some: came_of_it}


@pytest.mark.rule("5.2.3")
def test_it_is_accepted_on_the_day_on_which_it_was_made():
    story = Story()
    story.promise("p", US, to=DPRK, on=DAY, offer=True)
    story.act("a", DPRK, DAY, accepts("p"))
    seen = story.seen(DAY)
    assert seen.lifecycle("p") == "active"
    assert seen.effect("a", "p", RelationKind.ACCEPTS) == "done"


@pytest.mark.rule("5.2.3")
def test_and_within_a_phase_the_ids(truce):
    truce.act("b", "us", DAY, breaches("p"))
    truce.act("a", "us", DAY, breaches("p"))
    seen = truce.seen(DAY)
    assert seen.effect("a", "p", BREACHES) == "done"
    assert seen.effect("b", "p", BREACHES) == "after_end"


@pytest.mark.rule("5.2.7")
def test_it_orders_a_day_and_narrows_no_interval(truce):
    truce.act("strike", "us", "2025-06-24/2025-06-28", breaches("p"))
    truce.act("back", "us", "2025-06-26", resumes("p"), follows("strike"))
    seen = truce.seen("2025-06-28")
    assert seen.effect("back", "p", RESUMES) == "no_change"
    assert seen.lifecycle("p") == "breached"
    assert truce.seen("2025-06-28", policy=Policy.POSSIBLE).lifecycle("p") == "active"


# Circles


@pytest.mark.rule("5.2.6")
def test_a_circle_begins_with_its_smallest_id(truce):
    truce.act("a", "us", DAY, breaches("p"), follows("c"))
    truce.act("b", "us", DAY, resumes("p"), follows("a"))
    truce.act("c", "dprk", DAY, follows("b"))
    seen = truce.seen(DAY)
    assert seen.flags("p") == {"maintenance", "was_breached"}


@pytest.mark.rule("5.2.6")
def test_what_follows_a_circle_comes_after_all_of_it(truce):
    truce.act("x", "us", DAY, breaches("p"), follows("y"))
    truce.act("y", "us", DAY, follows("x"))
    truce.act("a", "us", DAY, resumes("p"), follows("y"))
    assert truce.seen(DAY).lifecycle("p") == "active"


def test_an_act_that_follows_itself_is_taken_as_if_it_did_not(truce):
    truce.act("a", "us", DAY, breaches("p"), follows("a"))
    assert truce.seen(DAY).lifecycle("p") == "breached"


# In doubt


@pytest.mark.rule("5.2.8")
def test_a_breach_and_a_resumption_of_one_day_leave_the_order_in_doubt(truce):
    truce.act("missile", "us", DAY, breaches("p"))
    truce.act("words", "us", DAY, resumes("p"))
    seen = truce.seen(DAY)
    assert seen.lifecycle("p") == "breached"
    assert seen.flags("p") == {"maintenance", "order_in_doubt"}
    assert seen.effect("words", "p", RESUMES) == "no_change"


@pytest.mark.rule("5.2.8")
def test_also_where_both_of_them_took_effect_and_for_good(truce):
    truce.act("first", "us", "2025-06-24", breaches("p"))
    truce.act("back", "us", "2025-06-26", resumes("p"))
    truce.act("second", "us", "2025-06-26", breaches("p"))
    assert "order_in_doubt" not in truce.seen("2025-06-25").flags("p")
    seen = truce.seen("2025-06-26")
    assert seen.lifecycle("p") == "breached"
    assert seen.effect("back", "p", RESUMES) == seen.effect("second", "p", BREACHES) == "done"
    truce.act("again", "us", "2025-07-01", resumes("p"))
    truce.act("free", "dprk", "2025-07-02", releases("p"))
    for day in ("2025-06-26", "2025-07-01", "2026-01-01"):
        assert "order_in_doubt" in truce.seen(day).flags("p")


@pytest.mark.rule("5.2.8")
def test_not_where_one_of_them_says_so_in_either_direction(truce):
    truce.act("words", "us", DAY, resumes("p"))
    truce.act("missile", "us", DAY, breaches("p"), follows("words"))
    assert truce.seen(DAY).flags("p") == {"maintenance"}


@pytest.mark.rule("5.2.8")
def test_not_where_the_resumption_is_none_of_theirs(truce):
    truce.act("missile", "us", DAY, breaches("p"))
    truce.act("words", "iaea", DAY, resumes("p"))
    assert truce.seen(DAY).flags("p") == {"maintenance", "not_entitled"}


@pytest.mark.rule("5.2.8")
def test_not_where_nothing_was_broken(truce):
    truce.act("halt", "dprk", DAY, suspends("p"))
    truce.act("strike", "us", DAY, breaches("p"), follows("halt"))
    truce.act("words", "us", "2025-06-25", resumes("p"))
    assert "order_in_doubt" not in truce.seen("2025-06-25").flags("p")


# What follows of itself


@pytest.mark.rule("5.2.9")
def test_conditions_are_looked_at_before_the_first_move_of_a_day():
    story = Story()
    story.act("signed", "us", DAY)
    story.promise("p", "us", to="dprk", on="2025-06-01", antecedent=once("signed"))
    story.act("strike", "us", DAY, breaches("p"))
    assert story.seen(DAY).lifecycle("p") == "breached"


@pytest.mark.rule("5.2.9")
def test_and_after_every_move():
    story = Story()
    story.promise("p", "us", to="dprk", on="2025-06-01", antecedent=once(words("peace")))
    story.act("peace", "dprk", DAY, meets("p"))
    story.act("strike", "us", DAY, breaches("p"))
    assert story.seen(DAY).lifecycle("p") == "breached"


@pytest.mark.rule("5.2.9")
def test_until_nothing_changes_any_more():
    story = Story()
    for promise, waits_for in (("a", "b"), ("b", "c"), ("c", "d")):
        waits = once(fulfilled(waits_for))
        story.promise(promise, "us", to="dprk", on="2025-06-01", antecedent=waits)
    story.promise("d", "dprk", to="us", on="2025-06-01")
    story.act("off", "dprk", DAY, cancels("d"))
    seen = story.seen(DAY)
    assert [seen.lifecycle(each) for each in "abc"] == ["expired"] * 3


@pytest.mark.rule("5.2.9")
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


@pytest.mark.rule("5.2.3")
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
