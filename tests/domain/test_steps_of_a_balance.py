"""6.9: in which order two parties gave, who is behind, and how long an answer took."""

from fractions import Fraction

import pytest

from ledger_service.domain.values.answers import Lag
from ledger_service.domain.values.entries import Relation, RelationKind
from tests.support.scenario import Story, responds_to

pytestmark = pytest.mark.rule("6.9")


def of_gifts(*gifts: tuple[str, str, str], code: str = "0842") -> Story:
    """Each gift has an id, a giver and a day."""
    story = Story()
    for act, giver, day in gifts:
        story.gives(act, giver, day, to="us" if giver == "dprk" else "dprk", code=code)
    return story


def steps(story: Story, day: str = "2018-06-28", **how):
    return story.seen(day).balance("dprk", "us", **how).steps


def test_alternation_is_the_share_of_neighbouring_steps_at_which_the_giver_changes():
    found = steps(
        of_gifts(
            ("a", "dprk", "2018-06-01"),
            ("b", "us", "2018-06-02"),
            ("c", "us", "2018-06-03"),
            ("d", "dprk", "2018-06-04"),
        )
    )
    assert (found.alternation, found.ties) == (Fraction(2, 3), 0)


def test_steps_whose_intervals_overlap_are_ties():
    found = steps(
        of_gifts(
            ("a", "dprk", "2018-06-01/2018-06-05"),
            ("b", "us", "2018-06-03/2018-06-06"),
            ("c", "us", "2018-06-07"),
        )
    )
    assert (found.alternation, found.ties) == (0, 1)


def test_of_one_step_or_of_ties_alone_there_is_no_alternation():
    assert steps(of_gifts(("a", "dprk", "2018-06-01"))).alternation is None
    both = of_gifts(("a", "dprk", "2018-06-01"), ("b", "us", "2018-06-01"))
    assert steps(both).alternation is None


def test_the_longest_run_is_the_longest_row_of_steps_by_one_side():
    story = of_gifts(
        ("a", "dprk", "2018-06-01"),
        ("b", "us", "2018-06-02"),
        ("c", "us", "2018-06-03"),
        ("d", "dprk", "2018-06-04"),
    )
    assert (steps(story).longest_run, steps(story).longest_run_giver) == (2, "us")
    story.gives("e", "dprk", "2018-06-05", to="us")
    assert (steps(story).longest_run, steps(story).longest_run_giver) == (2, "")


def test_next_is_who_gave_less_by_count_or_by_weight():
    story = of_gifts(("a", "us", "2018-06-01"), ("b", "us", "2018-06-02"), code="010")
    story.gives("c", "dprk", "2018-06-03", to="us", code="0842")
    found = steps(story, scale="goldstein-cameo-gdelt")
    assert (found.next_by_count, found.next_by_weight) == ("dprk", "us")
    even = steps(of_gifts(("a", "us", "2018-06-01"), ("b", "dprk", "2018-06-02")))
    assert (even.next_by_count, even.next_by_weight) == ("", "")


@pytest.mark.parametrize(
    "answers", [responds_to, lambda to: Relation(RelationKind.IN_EXCHANGE_FOR, to)]
)
def test_a_lag_runs_from_a_delivery_to_its_answer_as_least_and_most_days(answers):
    story = of_gifts(("gift", "dprk", "2018-06-01/2018-06-03"))
    story.gives("answer", "us", "2018-06-06/2018-06-10", answers("gift"), to="dprk")
    found = steps(story)
    assert found.lags == (Lag("gift", "answer", 3, 9), Lag("answer", "", 18, 22))
    assert found.median_lag_days == 6
