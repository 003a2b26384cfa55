"""When one commitment takes the place of another one, and when it does not."""

import pytest

from tests.support.scenario import (
    Story,
    accepts,
    breaches,
    cancels,
    for_,
    fulfilled,
    fulfils,
    once,
    releases,
    supersedes,
    word,
)


@pytest.mark.rule("5.8")
def test_nothing_is_superseded_without_the_old_creditors_acceptance():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="us", on="2018-06-10")
    assert story.seen("2018-06-20").lifecycle("old") == "active"


@pytest.mark.rule("5.1", "5.8")
def test_a_successor_that_the_creditor_made_supersedes():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10")
    standing = story.seen("2018-06-10").standing("old")
    assert standing.lifecycle == "superseded"
    assert standing.superseded_by == "new"


@pytest.mark.rule("5.8")
def test_a_successor_that_the_creditor_owes_supersedes_whoever_made_it():
    story = Story()
    story.party("envoy", for_("us"))
    story.promise("old", "dprk", to="us", on="2018-06-01")
    terms = {"made_by": "envoy", "told": (*word(), *word("us"))}
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10", **terms)
    assert story.seen("2018-06-10").standing("old").superseded_by == "new"


@pytest.mark.rule("5.8")
def test_a_successor_that_fails_supersedes_nothing():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="us", on="2018-06-10")
    story.act("deal", "us", "2018-06-11", accepts("new"))
    story.act("broken", "dprk", "2018-06-20", breaches("new"))
    assert story.seen("2018-06-19").lifecycle("old") == "superseded"
    assert story.seen("2018-06-20").lifecycle("old") == "active"


@pytest.mark.rule("5.8")
@pytest.mark.parametrize(
    ("actor", "move", "lifecycle"),
    [
        ("dprk", fulfils("new", "1"), "superseded"),
        ("dprk", breaches("new"), "active"),
        ("dprk", cancels("new"), "active"),
        ("us", releases("new"), "active"),
    ],
)
def test_only_a_successor_that_was_fulfilled_stays_in_the_place_of_the_old(
    actor, move, lifecycle
):
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "dprk", supersedes("old"), to="us", on="2018-06-10")
    story.act("deal", "us", "2018-06-11", accepts("new"))
    story.act("x", actor, "2018-06-20", move)
    assert story.seen("2018-06-19").lifecycle("old") == "superseded"
    assert story.seen("2018-06-20").lifecycle("old") == lifecycle


@pytest.mark.rule("5.8")
def test_a_successor_that_was_replaced_itself_has_replaced_the_old_all_the_same():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10")
    story.promise("newer", "us", supersedes("new"), to="dprk", on="2018-06-20")
    story.act("deal", "dprk", "2018-06-21", accepts("newer"))
    seen = story.seen("2018-06-21")
    assert seen.standing("new").superseded_by == "newer"
    assert seen.standing("old").superseded_by == "new"


@pytest.mark.rule("5.8")
def test_once_a_successor_failed_all_is_as_if_it_had_never_taken_the_place():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise("then", "us", to="dprk", on="2018-06-01", antecedent=once(fulfilled("old")))
    story.promise("new", "us", supersedes("old"), to="dprk", on="2018-06-10", kept=True)
    story.gives("done", "dprk", "2018-06-15", fulfils("old", "1"), to="us")
    story.act("broken", "us", "2018-06-20", breaches("new"))
    before, after = story.seen("2018-06-19"), story.seen("2018-06-20")
    assert [before.lifecycle(each) for each in ("old", "then")] == ["superseded", "conditional"]
    assert [after.lifecycle(each) for each in ("old", "then")] == ["fulfilled", "active"]
    assert str(after.standing("old").steps[-1].day) == "2018-06-15"


@pytest.mark.rule("5.8")
@pytest.mark.parametrize("recorded", ["abc", "cba", "bca"])
def test_of_those_that_replace_one_another_on_one_day_the_first_by_id_stays(recorded):
    replaced = {"a": "b", "b": "c", "c": "a"}
    story = Story()
    for name in recorded:
        relation = supersedes(replaced[name])
        story.promise(name, "us dprk", relation, to="us dprk", on="2018-06-01", mutual=True)
    seen = story.seen("2018-06-01")
    assert [seen.lifecycle(each) for each in "abc"] == ["active", "superseded", "superseded"]
    assert [seen.standing(each).superseded_by for each in "bc"] == ["a", "b"]


@pytest.mark.rule("5.8")
def test_a_successor_that_never_bound_anybody_supersedes_nothing():
    story = Story()
    story.promise("old", "dprk", to="us", on="2018-06-01")
    story.promise(
        "unheard", "us", supersedes("old"), to="dprk", on="2018-06-03", told=word("dprk")
    )
    story.promise("new", "dprk", supersedes("unheard"), to="us", on="2018-06-03")
    seen = story.seen("2018-06-05")
    assert seen.lifecycle("unheard") == "superseded"
    assert seen.lifecycle("old") == "active"
