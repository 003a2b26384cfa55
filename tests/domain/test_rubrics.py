"""Public ways to rate a promise."""

from itertools import product

import pytest

from ledger_service.domain.instruments.rubrics import (
    NOT_RATED,
    RUBRICS,
    Outcome,
    number,
    ratings,
)
from ledger_service.domain.values.answers import Rubric
from tests.support.scenario import (
    Seen,
    Story,
    breaches,
    cancels,
    fulfils,
    notice,
    occurred,
    once,
    releases,
    resumes,
    reverses,
    supersedes,
    suspends,
    word,
)

TO_US = {"to": "us", "on": "2018-06-01"}


def rated(seen: Seen, promise: str = "p") -> tuple[str, ...]:
    """The ratings by Polimeter, PolitiFact, the G20 Research Group and the Accords Matrix."""
    known = seen.picture.commitment(promise)
    assert known is not None
    found = ratings(known.commitment, seen.standing(promise))
    return tuple(found[rubric] for rubric in Rubric)


@pytest.mark.rule("11.2")
def test_a_proposal_is_not_rated():
    story = Story()
    story.promise("p", "dprk", told=word("us"), **TO_US)
    assert rated(story.seen("2018-06-02")) == (NOT_RATED,) * 4


@pytest.mark.rule("11.2")
def test_what_expired_is_not_rated():
    story = Story()
    story.promise("p", "dprk", antecedent=once(occurred("a"), by="2018-07-01"), **TO_US)
    story.act("a", "us", "2018-08-01")
    assert rated(story.seen("2018-08-01")) == (NOT_RATED,) * 4


@pytest.mark.rule("11.2")
def test_what_was_released_or_superseded_is_not_rated():
    story = Story()
    story.promise("p", "dprk", **TO_US)
    story.promise("q", "dprk", **TO_US)
    story.act("let-go", "us", "2018-07-01", releases("p"))
    story.promise("r", "dprk", supersedes("q"), to="us", on="2018-07-01", made_by="us dprk")
    seen = story.seen("2018-07-01")
    assert rated(seen, "p") == rated(seen, "q") == (NOT_RATED,) * 4


@pytest.mark.rule("11.2")
def test_what_was_called_off_while_nobody_was_bound_is_not_rated():
    story = Story()
    story.promise("p", "dprk", antecedent=once(occurred("a")), **TO_US)
    story.act("off", "dprk", "2018-07-01", cancels("p"))
    assert rated(story.seen("2018-07-01")) == (NOT_RATED,) * 4


@pytest.mark.rule("11.2")
def test_what_was_left_lawfully_is_not_rated():
    story = Story()
    story.promise("p", "dprk", withdrawal=notice(), **TO_US)
    story.gives("some", "dprk", "2018-06-02", fulfils("p", "1/2"), to="us")
    story.act("off", "dprk", "2018-07-01", cancels("p"))
    seen = story.seen("2018-07-01")
    assert seen.lifecycle("p") == "cancelled"
    assert rated(seen) == (NOT_RATED,) * 4


@pytest.mark.rule("11.2")
def test_what_was_left_unlawfully_is_rated_by_what_was_delivered():
    story = Story()
    story.promise("p", "dprk", **TO_US)
    story.gives("some", "dprk", "2018-06-02", fulfils("p", "1/4"), to="us")
    story.act("off", "dprk", "2018-07-01", cancels("p"))
    assert rated(story.seen("2018-07-01")) == ("partially kept", "compromise", "-1", "1")


@pytest.mark.rule("11.3")
def test_of_what_is_kept_up_nothing_is_a_share():
    story = Story()
    story.promise("p", "dprk", kept=True, **TO_US)
    story.gives("some", "dprk", "2018-06-02", fulfils("p"), to="us")
    story.act("broken", "dprk", "2018-07-01", breaches("p"))
    assert rated(story.seen("2018-07-01")) == ("broken", "broken", "-1", "0")


@pytest.mark.rule("11.3")
def test_what_was_taken_back_wholly_is_no_share():
    story = Story()
    story.promise("p", "dprk", due="../2018-06-30", **TO_US)
    story.gives("some", "dprk", "2018-06-02", fulfils("p", "1/4"), to="us")
    story.act("undo", "dprk", "2018-06-03", reverses("some"))
    assert rated(story.seen("2018-07-01")) == ("broken", "stalled", "-1", "0")


@pytest.mark.rule("11.2")
def test_what_was_delivered_is_kept():
    story = Story()
    story.promise("p", "dprk", **TO_US)
    story.gives("deed", "dprk", "2018-07-01", fulfils("p", "1"), to="us")
    assert rated(story.seen("2018-07-01")) == ("kept", "kept", "+1", "3")


@pytest.mark.rule("11.2")
def test_what_is_kept_up_is_kept_while_it_was_never_broken():
    story = Story()
    story.promise("p", "dprk", kept=True, **TO_US)
    assert rated(story.seen("2018-07-01")) == ("kept", "kept", "+1", "3")
    story.act("broken", "dprk", "2018-07-02", breaches("p"))
    assert rated(story.seen("2018-07-02")) == ("broken", "broken", "-1", "0")
    story.act("again", "dprk", "2018-07-03", resumes("p"))
    assert rated(story.seen("2018-07-03")) == ("pending", "not yet rated", NOT_RATED, "0")


@pytest.mark.rule("11.2", "11.3")
@pytest.mark.parametrize(
    ("extent", "ratings_"),
    [
        ("none", ("broken", "broken", "-1", "0")),
        ("1/4", ("partially kept", "compromise", "-1", "1")),
        ("1/2", ("partially kept", "compromise", "-1", "2")),
        ("", ("partially kept", "compromise", "-1", "1")),
    ],
)
def test_a_breach_is_rated_by_what_was_delivered(extent, ratings_):
    story = Story()
    story.promise("p", "dprk", **TO_US)
    if extent != "none":
        story.gives("some", "dprk", "2018-06-02", fulfils("p", extent), to="us")
    story.act("broken", "dprk", "2018-07-01", breaches("p"))
    assert rated(story.seen("2018-07-01")) == ratings_


@pytest.mark.rule("11.2")
def test_leaving_unlawfully_is_a_breach():
    story = Story()
    story.promise("p", "dprk", **TO_US)
    story.act("off", "dprk", "2018-07-01", cancels("p"))
    assert rated(story.seen("2018-07-01")) == ("broken", "broken", "-1", "0")


@pytest.mark.rule("11.2")
def test_what_is_overdue_is_rated_by_what_was_delivered():
    story = Story()
    story.promise("p", "dprk", due="../2018-06-30", **TO_US)
    assert rated(story.seen("2018-07-01")) == ("broken", "stalled", "-1", "0")
    story.gives("some", "dprk", "2018-06-02", fulfils("p", "1/4"), to="us")
    assert rated(story.seen("2018-07-01")) == ("partially kept", "stalled", "0", "1")


@pytest.mark.rule("11.2")
def test_what_is_suspended_is_pending():
    story = Story()
    story.promise("p", "dprk", **TO_US)
    story.act("halt", "us", "2018-07-01", suspends("p"))
    assert rated(story.seen("2018-07-01")) == ("pending", "stalled", "0", "0")
    story.gives("some", "dprk", "2018-06-02", fulfils("p", "3/4"), to="us")
    assert rated(story.seen("2018-07-01")) == ("pending", "stalled", "0", "2")


@pytest.mark.rule("11.2", "11.3")
def test_what_was_begun_is_in_the_works():
    story = Story()
    story.promise("p", "dprk", **TO_US)
    story.gives("some", "dprk", "2018-06-02", fulfils("p"), to="us")
    assert rated(story.seen("2018-07-01")) == ("pending", "in the works", "0", "1")


@pytest.mark.rule("11.2")
def test_anything_else_waits():
    story = Story()
    story.promise("p", "dprk", antecedent=once(occurred("a")), **TO_US)
    assert rated(story.seen("2018-07-01")) == ("pending", "not yet rated", NOT_RATED, "0")


@pytest.mark.parametrize(("rubric", "outcome"), [*product(Rubric, Outcome)])
def test_a_rubric_rates_in_its_own_words_only(rubric, outcome):
    table = RUBRICS[rubric]
    words = {word_ for word_, _ in table.ratings} | {NOT_RATED}
    assert set(table.rates[outcome]) <= words
    assert table.source
    assert all(meaning for _, meaning in table.ratings)


@pytest.mark.rule("11.4")
@pytest.mark.parametrize("rubric", Rubric)
def test_only_numbers_are_averaged(rubric):
    numbers = [number(rubric, word_) for word_, _ in RUBRICS[rubric].ratings]
    assert number(rubric, NOT_RATED) is None
    assert all((n is not None) == RUBRICS[rubric].is_numeric for n in numbers)
