"""When a commitment is fulfilled: shares, what counts twice, and whose word it takes."""

import pytest

from ledger_service.domain.values.entries import RelationKind
from tests.support.scenario import (
    Story,
    asserts,
    fulfilled,
    fulfils,
    once,
    refutes,
    same_as,
    word,
    words,
)


@pytest.mark.rule("5.1", "5.4", "5.4.3", "8")
def test_extents_add_up_exactly():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    for n in range(3):
        story.gives(f"part-{n}", "dprk", f"2018-06-1{n}", fulfils("p", "1/3"), to="us")
    assert str(story.seen("2018-06-11").standing("p").share) == "2/3"
    assert story.seen("2018-06-12").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.4.4", "5.14")
def test_unknown_shares_alone_never_fulfil():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    for n in range(5):
        story.gives(f"part-{n}", "dprk", f"2018-06-1{n}", fulfils("p"), to="us")
    standing = story.seen("2018-06-20").standing("p")
    assert standing.lifecycle == "active"
    assert standing.share is None
    assert standing.share_at_least == 0
    assert "partially_fulfilled" in standing.flags


@pytest.mark.rule("5.4.5")
def test_one_delivery_told_twice_counts_once_with_its_largest_extent():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("one", "dprk", "2018-06-10", fulfils("p", "1/2"), to="us")
    story.gives("two", "dprk", "2018-06-10", fulfils("p", "3/4"), same_as("one"), to="us")
    standing = story.seen("2018-06-20").standing("p")
    assert standing.lifecycle == "active"
    assert str(standing.share) == "3/4"


@pytest.mark.rule("5.4.3")
def test_two_deliveries_of_more_than_the_whole_are_the_whole():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    for n in range(2):
        story.gives(f"part-{n}", "dprk", f"2018-06-1{n}", fulfils("p", "3/4"), to="us")
    assert story.seen("2018-06-10").share("p") == "3/4"
    assert story.seen("2018-06-11").share("p") == "1"


@pytest.mark.rule("5.4.1")
@pytest.mark.parametrize(
    ("told", "effect"),
    [
        (word(), "done"),
        (word(hedged=True), "done"),
        (word("dprk"), "done"),
        (word("iaea"), "done"),
        (word("us"), "fulfilment_claimed"),
        ((*word("us"), *word("iaea")), "done"),
    ],
)
def test_a_delivery_counts_unless_all_that_tells_of_it_is_the_creditors_word(told, effect):
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us", told=told)
    seen = story.seen("2018-06-10")
    assert seen.effect("done", "p", RelationKind.FULFILS) == effect
    assert seen.lifecycle("p") == ("fulfilled" if effect == "done" else "active")


@pytest.mark.rule("5.1")
def test_delivery_before_the_condition_holds_fulfils():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", antecedent=once(words("peace")))
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us")
    assert story.seen("2018-06-10").lifecycle("p") == "fulfilled"


@pytest.mark.rule("5.4.1")
def test_a_delivery_in_the_creditors_words_only_is_claimed():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01")
    story.gives("done", "dprk", "2018-06-10", fulfils("p", "1"), to="us", told=word("us"))
    seen = story.seen("2018-06-10")
    assert seen.lifecycle("p") == "active"
    assert seen.standing("p").share == 0
    assert "fulfilment_claimed" in seen.flags("p")


@pytest.mark.rule("5.4.1")
def test_a_claim_of_delivery_changes_nothing_but_a_flag():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-12")
    story.act("claim", "us", "2018-06-20", asserts("p"))
    standing = story.seen("2018-06-21").standing("p")
    assert (standing.lifecycle, standing.share) == ("active", 0)
    assert "fulfilment_claimed" in standing.flags


@pytest.mark.rule("5.1", "5.2.11")
def test_something_kept_until_its_day_is_fulfilled_on_the_day_after():
    story = Story()
    story.promise("p", "dprk", to="us", on="2018-06-01", kept=True, until="2018-06-30")
    assert story.seen("2018-06-30").lifecycle("p") == "active"
    assert story.seen("2018-07-01").lifecycle("p") == "fulfilled"


def test_a_fulfilment_refuted_later_is_taken_away_with_what_it_triggered():
    story = Story()
    story.promise("first", "dprk", to="us", on="2018-06-01")
    story.promise("then", "us", to="dprk", on="2018-06-01", antecedent=once(fulfilled("first")))
    story.gives("done", "dprk", "2018-06-10", fulfils("first", "1"), to="us")
    story.act("check", "iaea", "2018-06-20", refutes("done"))
    before, after = story.replayed("2018-06-19"), story.seen("2018-06-19")
    assert [before.lifecycle(c) for c in ("first", "then")] == ["fulfilled", "active"]
    assert [after.lifecycle(c) for c in ("first", "then")] == ["active", "conditional"]
    assert before.counts("dprk", "us") == (1, 0)
    assert after.counts("dprk", "us") == (0, 0)
