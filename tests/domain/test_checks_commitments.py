"""What a commitment and its antecedent must keep to be recorded."""

from datetime import date

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    AnyOf,
    CommitmentFulfilled,
    Condition,
    EventCode,
    IntervalDate,
    Nature,
    RelationKind,
    Words,
)
from tests.support.examples import a_command, a_commitment, a_relation, an_antecedent, entry, on

TODAY = date(2018, 9, 1)
ROOT = "items[0].entry.state.commitment."
TREE = "antecedent.condition"

OF_COMMITMENTS = {
    "supersedes",
    "responds_to",
    "in_exchange_for",
    "part_of",
    "same_as",
    "contradicts",
    "refers_to",
}


def faults(commitment) -> dict[str, str]:
    """Problems by field below the commitment."""
    command = normalise(a_command(entry("C1", commitment)))
    found = check_command(command, today=TODAY)
    return {violation.field.removeprefix(ROOT): violation.problem for violation in found}


def after(condition: Condition) -> dict[str, str]:
    return faults(a_commitment(antecedent=an_antecedent(condition=condition)))


def test_the_example_is_good():
    assert faults(a_commitment()) == {}


def test_debtors_and_creditors_are_required():
    assert list(faults(a_commitment(debtors=()))) == ["debtors"]
    assert list(faults(a_commitment(creditors=()))) == ["creditors"]


@pytest.mark.parametrize("side", ["debtors", "creditors", "made_by"])
def test_a_side_names_each_party_once(side):
    assert faults(a_commitment(**{side: ("x", "y")})) == {}
    assert list(faults(a_commitment(**{side: ("x", "y", "x")}))) == [f"{side}[2]"]
    assert list(faults(a_commitment(**{side: ("x", "")}))) == [f"{side}[1]"]


@pytest.mark.parametrize("side", ["debtors", "creditors", "made_by"])
def test_a_side_has_up_to_fifty_parties(side):
    many = tuple(f"p{number}" for number in range(51))

    assert faults(a_commitment(**{side: many[:50]})) == {}
    assert list(faults(a_commitment(**{side: many}))) == [side]


def test_nobody_promises_to_himself():
    assert list(faults(a_commitment(debtors=("us",), creditors=("us",)))) == ["creditors[0]"]
    both = a_commitment(debtors=("us", "rok"), creditors=("dprk", "rok"))
    assert list(faults(both)) == ["creditors[1]"]


def test_a_mutual_commitment_has_the_same_parties_on_both_sides():
    good = a_commitment(mutual=True, debtors=("us", "dprk"), creditors=("dprk", "us"))
    wrong = a_commitment(mutual=True, debtors=("us",), creditors=("dprk",))

    assert faults(good) == {}
    assert list(faults(wrong)) == ["creditors"]


def test_a_mutual_commitment_is_of_two_at_least():
    alone = a_commitment(mutual=True, debtors=("us",), creditors=("us",))

    assert list(faults(alone)) == ["debtors"]


def test_a_mutual_commitment_may_have_an_antecedent():
    sides = {"debtors": ("us", "dprk"), "creditors": ("us", "dprk")}

    assert faults(a_commitment(mutual=True, antecedent=an_antecedent(), **sides)) == {}


@pytest.mark.parametrize(
    ("field", "limit"), [("consequent", 2000), ("summary", 4000), ("note", 4000)]
)
def test_each_text_has_its_limit(field, limit):
    assert faults(a_commitment(**{field: "x" * limit})) == {}
    assert list(faults(a_commitment(**{field: "x" * (limit + 1)}))) == [field]


def test_a_consequent_says_something():
    assert list(faults(a_commitment(consequent=""))) == ["consequent"]


def test_the_promised_deed_is_coded_like_an_act():
    assert list(faults(a_commitment(consequent_code=EventCode(cameo="8")))) == [
        "consequent_code.cameo"
    ]


def test_a_promise_may_be_of_a_later_day():
    assert faults(a_commitment(occurred=on("2019-01-01"))) == {}


def test_its_dates_are_in_order():
    backward = IntervalDate(from_day=date(2018, 7, 2), to_day=date(2018, 7, 1))

    assert list(faults(a_commitment(occurred=backward, due=backward))) == [
        "occurred.to_day",
        "due.to_day",
    ]


def test_only_an_achievement_falls_due():
    due = on("2018-12-31")

    assert faults(a_commitment(due=due)) == {}
    assert list(faults(a_commitment(due=due, nature=Nature.MAINTENANCE))) == ["due"]


def test_only_what_is_maintained_is_kept_until_a_day():
    until = date(2018, 12, 31)

    assert faults(a_commitment(until=until, nature=Nature.MAINTENANCE)) == {}
    assert list(faults(a_commitment(until=until))) == ["until"]


@pytest.mark.parametrize("kind", sorted(RelationKind))
def test_a_commitment_supersedes_and_describes_but_moves_nothing(kind):
    found = faults(a_commitment(relations=(a_relation(kind=RelationKind(kind)),)))

    assert list(found) == ([] if kind in OF_COMMITMENTS else ["relations[0].kind"])


def test_a_commitment_does_not_supersede_itself():
    itself = a_relation(kind=RelationKind.SUPERSEDES, target="C1")

    assert list(faults(a_commitment(relations=(itself,)))) == ["relations[0].target"]


def test_a_commitment_needs_evidence():
    assert list(faults(a_commitment(evidence=()))) == ["evidence"]


# Antecedents


def test_every_kind_of_condition_may_stand_in_a_tree():
    tree = AllOf(
        conditions=(
            ActOccurred(act="F1"),
            AnyOf(conditions=(CommitmentFulfilled(commitment="C2"), Words(text="peace"))),
        )
    )

    assert after(tree) == {}


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        (AllOf(conditions=()), ".all.conditions"),
        (AnyOf(conditions=()), ".any.conditions"),
        (ActOccurred(act=""), ".act"),
        (CommitmentFulfilled(commitment=""), ".commitment"),
        (Words(text=" "), ".words.text"),
        (Words(text="x" * 1001), ".words.text"),
        (Words(text="x", label="No Label"), ".words.label"),
        (AllOf(conditions=(ActOccurred(act="/"),)), ".all.conditions[0].act"),
    ],
)
def test_every_condition_says_something(condition, field):
    assert list(after(condition)) == [TREE + field]


def test_a_condition_in_words_has_up_to_1000_bytes():
    assert after(Words(text="x" * 1000)) == {}


def test_a_commitment_does_not_wait_for_itself():
    assert after(CommitmentFulfilled(commitment="C2")) == {}
    waiting = after(AnyOf(conditions=(CommitmentFulfilled(commitment="C1"),)))
    assert list(waiting) == [f"{TREE}.any.conditions[0].commitment"]


def test_up_to_64_conditions():
    leaves = tuple(ActOccurred(act=f"F{number}") for number in range(64))

    assert after(AllOf(conditions=leaves[:63])) == {}
    assert (
        "At most 64 conditions are allowed, and 65 are given"
        in after(AllOf(conditions=leaves))[TREE]
    )


def nested(depth: int) -> Condition:
    return ActOccurred(act="F1") if depth == 1 else AllOf(conditions=(nested(depth - 1),))


def test_up_to_8_levels_of_conditions():
    assert after(nested(8)) == {}
    assert "At most 8 levels" in after(nested(9))[TREE]


def test_several_conditions_in_words_are_labelled_each_in_its_own_way():
    good = (Words(text="one", label="a"), Words(text="two", label="b"))
    bare = (Words(text="one", label="a"), Words(text="two"))
    same = (Words(text="one", label="a"), Words(text="two", label="a"))

    assert after(AllOf(conditions=good)) == {}
    assert list(after(AllOf(conditions=bare))) == [f"{TREE}.all.conditions[1].words.label"]
    assert list(after(AllOf(conditions=same))) == [f"{TREE}.all.conditions[1].words.label"]


def test_one_condition_in_words_needs_no_label():
    assert after(AllOf(conditions=(Words(text="one"), ActOccurred(act="F1")))) == {}
