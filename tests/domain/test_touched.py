"""Between two days nothing may differ that no day between them concerns."""

from __future__ import annotations

from ledger_service.domain.balance.touched import touched
from ledger_service.domain.values.entries import RelationKind
from tests.support.scenario import (
    Story,
    accepts,
    after,
    cancels,
    follows,
    fulfils,
    once,
    refutes,
    reschedules,
    reverses,
    succeeds,
    supersedes,
    withdraws,
)


def differing(story: Story, first: str, last: str) -> set[str]:
    """The commitments that may stand otherwise on the second day than on the first one."""
    before, now = (story.seen(day).picture for day in (first, last))
    return set(touched(before, now).commitments)


def test_what_falls_due_after_an_act_may_differ_on_the_days_that_it_makes() -> None:
    story = Story()
    story.act("signed", "us", "2019-12-15")
    story.promise("p", "us", to="dprk", on="2019-01-15", due_after=after("signed", days=60))
    assert differing(story, "2019-12-14", "2019-12-15") == {"p"}
    assert differing(story, "2019-12-16", "2020-02-12") == set()
    assert differing(story, "2020-02-13", "2020-02-14") == {"p"}
    assert differing(story, "2020-02-14", "2029-12-31") == set()


def test_what_falls_due_after_a_promise_is_kept_may_on_the_days_that_this_makes() -> None:
    story = Story()
    story.promise("first", "dprk", to="us", on="2019-01-15")
    story.promise("p", "us", to="dprk", on="2019-01-15", due_after=after("[first]", days=60))
    assert differing(story, "2019-02-01", "2029-12-31") == set()
    story.act("deed", "dprk", "2019-12-15", fulfils("first", "1"))
    assert differing(story, "2019-12-14", "2019-12-15") == {"first", "p"}
    assert differing(story, "2019-12-16", "2020-02-12") == set()
    assert differing(story, "2020-02-13", "2020-02-14") == {"p"}


def test_a_day_that_was_put_off_is_the_one_on_which_it_may() -> None:
    story = Story()
    story.act("signed", "us", "2019-12-15")
    story.promise("p", "us", to="dprk", on="2019-01-15", due_after=after("signed", days=60))
    story.act("later", "dprk", "2020-01-09", reschedules("p", due="../2020-09-30"))
    assert differing(story, "2020-02-15", "2020-09-29") == set()
    assert differing(story, "2020-09-30", "2020-10-01") == {"p"}


def test_a_promise_may_give_way_on_the_day_on_which_who_is_owed_takes_over_what_replaces_it():
    story = Story(parties="us gdr")
    story.party("frg", succeeds=(succeeds("gdr", "1990-10-03"),))
    story.promise("old", "us", to="frg", on="1985-01-15")
    story.promise("new", "gdr", supersedes("old"), to="us", on="1986-01-15")
    before, after = story.seen("1990-10-02"), story.seen("1990-10-03")
    assert (before.lifecycle("old"), after.lifecycle("old")) == ("active", "superseded")
    assert differing(story, "1990-10-02", "1990-10-03") == {"new", "old"}


def test_who_leaves_a_promise_may_change_who_took_back_what_another_waits_for() -> None:
    story = Story()
    story.promise("p", "us rok", to="dprk", on="2020-01-01")
    story.promise("q", "dprk", to="us", on="2020-05-15", antecedent=once("deed"))
    story.party("heir", succeeds=(succeeds("us", "2020-03-01"),))
    story.gives("deed", "rok", "2020-04-01", fulfils("p", "1/3"), to="dprk")
    story.act("undo", "heir", "2020-05-01", reverses("deed"))
    before = story.seen("2020-06-01")
    assert (before.lifecycle("q"), before.counts("rok", "dprk")) == ("conditional", (0, 0))
    story.act("off", "us", "2020-02-01", cancels("p"))
    now = story.seen("2020-06-01")
    assert (now.lifecycle("q"), now.counts("rok", "dprk")) == ("active", (1, 0))
    found = touched(before.picture, now.picture)
    assert "q" in found.commitments
    assert "deed" in found.acts


def test_what_an_act_moves_elsewhere_may_change_by_what_is_said_of_the_act_by_whose_way_it_does():
    story = Story()
    story.promise("q", "us", to="dprk", on="2020-01-01")
    story.promise("p", "us", to="dprk", on="2020-01-01", offer=True)
    story.act("leaves", "us", "2020-02-01", cancels("q", on="2020-09-01"))
    story.act("c", "us", "2020-03-01", withdraws("leaves"))
    story.act("a", "dprk", "2020-03-01", accepts("p"), follows("c"))
    story.act("b", "dprk", "2020-03-01", accepts("p"))
    before = story.seen("2020-06-01")
    assert before.effect("b", "p", RelationKind.ACCEPTS) == "done"
    story.act("no", "iaea", "2020-05-01", refutes("leaves"))
    now = story.seen("2020-06-01")
    assert now.effect("b", "p", RelationKind.ACCEPTS) == "no_change"
    assert {"p", "q"} <= set(touched(before.picture, now.picture).commitments)
