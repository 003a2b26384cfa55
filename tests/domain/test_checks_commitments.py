"""What a commitment and its antecedent must keep to be recorded (rules 13.3,
13.7, 13.9 and 13.12 to 13.14).
"""

from datetime import date

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    CommitmentFulfilled,
    Condition,
    DueAfter,
    EventCode,
    Instalment,
    IntervalDate,
    Nature,
    Quantity,
    RelationKind,
    Words,
)
from tests.support.examples import a_command, a_commitment, a_relation, an_antecedent, entry, on

TODAY = date(2018, 9, 1)
ROOT = "items[0].entry.state.commitment."
TREE = "antecedent.condition"

OF_COMMITMENTS = {
    "follows",
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


@pytest.mark.rule("13.7")
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


@pytest.mark.rule("13.12")
def test_only_what_is_maintained_is_kept_until_a_day():
    until = date(2018, 12, 31)

    assert faults(a_commitment(until=until, nature=Nature.MAINTENANCE)) == {}
    assert list(faults(a_commitment(until=until))) == ["until"]


@pytest.mark.rule("13.9")
@pytest.mark.parametrize("kind", sorted(RelationKind))
def test_a_commitment_supersedes_and_describes_but_moves_nothing(kind):
    due = on("2019-01-01") if kind == "reschedules" else None
    found = faults(a_commitment(relations=(a_relation(kind=RelationKind(kind), due=due),)))

    assert list(found) == ([] if kind in OF_COMMITMENTS else ["relations[0].kind"])


@pytest.mark.rule("13.10")
def test_a_commitment_does_not_supersede_itself():
    itself = a_relation(kind=RelationKind.SUPERSEDES, target="C1")

    assert list(faults(a_commitment(relations=(itself,)))) == ["relations[0].target"]


def test_a_commitment_needs_evidence():
    assert list(faults(a_commitment(evidence=()))) == ["evidence"]


# When it falls due, and how much is promised


@pytest.mark.rule("13.3")
@pytest.mark.parametrize(("value", "good"), [("0.000001", True), ("0", False), ("-5", False)])
def test_a_quantity_that_is_promised_is_above_0(value, good):
    found = faults(a_commitment(quantity=Quantity(value, "t")))

    assert list(found) == ([] if good else ["quantity.value"])


def test_a_quantity_has_a_unit():
    assert list(faults(a_commitment(quantity=Quantity("500000", " ")))) == ["quantity.unit"]


def test_it_may_belong_to_an_instrument_and_stand_at_a_place_in_it():
    assert faults(a_commitment(instrument="T1")) == {}
    assert faults(a_commitment(instrument="T1", provision="x" * 200)) == {}
    assert list(faults(a_commitment(instrument="T 1"))) == ["instrument"]
    assert list(faults(a_commitment(instrument="T1", provision="x" * 201))) == ["provision"]


@pytest.mark.rule("13.14")
def test_a_provision_needs_its_instrument():
    assert "none is named" in faults(a_commitment(provision="Art. II(1)"))["provision"]


DUE = on("2018-12-31")
AFTER = DueAfter(act="F1", months=6)
WHOLE = (Instalment(DUE, share="1"),)


@pytest.mark.rule("13.12")
def test_an_achievement_falls_due_in_one_way():
    for terms in ({"due": DUE}, {"due_after": AFTER}, {"instalments": WHOLE}):
        assert faults(a_commitment(**terms)) == {}
    found = faults(a_commitment(due=DUE, due_after=AFTER, instalments=WHOLE))
    assert list(found) == ["due_after", "instalments"]
    assert found["instalments"].startswith("'due' says already when it falls due. Give one of")
    assert list(faults(a_commitment(due_after=AFTER, instalments=WHOLE))) == ["instalments"]


@pytest.mark.rule("13.12")
@pytest.mark.parametrize(
    "terms", [{"due": DUE}, {"due_after": AFTER}, {"instalments": WHOLE}], ids=str
)
def test_what_is_maintained_falls_due_in_no_way(terms):
    found = faults(a_commitment(nature=Nature.MAINTENANCE, **terms))

    assert list(found) == list(terms)


@pytest.mark.parametrize(
    "good",
    [
        DueAfter(act="F1", days=1),
        DueAfter(act="F1", days=36525),
        DueAfter(commitment="C2", months=1),
        DueAfter(commitment="C2", months=1200),
    ],
)
def test_it_may_fall_due_so_long_after_an_event(good):
    assert faults(a_commitment(due_after=good)) == {}


@pytest.mark.rule("13.12")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (DueAfter(days=30), ""),
        (DueAfter(act="F1", commitment="C2", days=30), ""),
        (DueAfter(act="F1"), ""),
        (DueAfter(act="F1", days=30, months=1), ""),
        (DueAfter(act="F1", days=0), ".days"),
        (DueAfter(act="F1", days=36526), ".days"),
        (DueAfter(act="F1", months=0), ".months"),
        (DueAfter(act="F1", months=1201), ".months"),
        (DueAfter(act="F 1", months=1), ".act"),
        (DueAfter(commitment="C1", months=1), ".commitment"),
    ],
)
def test_one_event_and_one_length_are_needed(wrong, field):
    assert list(faults(a_commitment(due_after=wrong))) == [f"due_after{field}"]


def month(number: int) -> IntervalDate:
    day = date(1995 + (10 + number) // 12, (10 + number) % 12 + 1, 1)
    return IntervalDate(day, day)


def in_shares(*shares: str) -> dict[str, str]:
    parts = tuple(Instalment(month(n), share=share) for n, share in enumerate(shares))
    return faults(a_commitment(instalments=parts))


def in_quantities(whole: str, *amounts: str) -> dict[str, str]:
    parts = tuple(Instalment(month(n), quantity=each) for n, each in enumerate(amounts))
    return faults(a_commitment(quantity=Quantity(whole, "t"), instalments=parts))


@pytest.mark.rule("13.12")
def test_shares_sum_to_1_exactly():
    assert in_shares("1/3", "1/3", "1/3") == {}
    assert in_shares(*["1/12"] * 12) == {}
    assert in_shares(*["0.1"] * 10) == {}
    assert "sum to 2/3, not to 1" in in_shares("1/3", "1/3")["instalments"]
    assert "sum to 0.999999" in in_shares("0.333333", "0.333333", "0.333333")["instalments"]
    assert list(in_shares("1", "0.000001")) == ["instalments"]


@pytest.mark.rule("13.12")
def test_quantities_sum_to_what_is_promised():
    assert in_quantities("500000", *["50000"] * 10) == {}
    assert in_quantities("0.3", "0.1", "0.2") == {}
    found = in_quantities("500000", "100000", "100000")["instalments"]
    assert "sum to 200000, not to the 500000 that are promised" in found


def test_a_sum_that_nobody_could_read_is_rounded():
    odd = [f"1/{n}" for n in range(999_999_001, 999_999_400, 2)]

    assert "sum to about 2.000" in in_shares(*odd)["instalments"]


@pytest.mark.rule("13.3")
@pytest.mark.parametrize("share", ["0", "-1/2", "3/2", "half", "1/0"])
def test_a_share_lies_above_0_and_up_to_1(share):
    assert list(in_shares("1/2", share)) == ["instalments[1].share"]


@pytest.mark.parametrize("amount", ["0", "-1", "1/2", "many"])
def test_an_amount_is_a_decimal_above_0(amount):
    assert list(in_quantities("5", "4", amount)) == ["instalments[1].quantity"]


@pytest.mark.rule("13.12")
def test_all_instalments_have_a_share_or_all_a_quantity():
    mixed = (Instalment(month(0), share="1/2"), Instalment(month(1), quantity="5"))
    found = faults(a_commitment(quantity=Quantity("10", "t"), instalments=mixed))

    assert list(found) == ["instalments"]


@pytest.mark.rule("13.12")
def test_an_instalment_has_exactly_one_of_both():
    neither, both = Instalment(month(0)), Instalment(month(0), "1", "10")
    for part in (neither, both):
        found = faults(a_commitment(quantity=Quantity("10", "t"), instalments=(part,)))
        assert "instalments[0].part" in found


@pytest.mark.rule("13.12")
def test_a_part_of_an_amount_needs_the_amount():
    found = faults(a_commitment(instalments=(Instalment(month(0), quantity="5"),)))

    assert "has no quantity that this could be a part of" in found["instalments[0].quantity"]


@pytest.mark.rule("13.12")
@pytest.mark.parametrize(
    "due", [IntervalDate(), IntervalDate(DUE.from_day), IntervalDate(None, DUE.to_day)]
)
def test_an_instalment_falls_due_within_closed_ends(due):
    found = faults(a_commitment(instalments=(Instalment(due, share="1"),)))

    assert list(found) == ["instalments[0].due"]


def test_up_to_200_instalments():
    assert in_shares(*["1/200"] * 200) == {}
    assert list(in_shares(*["1/201"] * 201)) == ["instalments"]


def test_the_parts_are_kept_in_their_one_text():
    parts = (Instalment(month(0), share="2/4"), Instalment(month(1), share="0.50"))
    amounts = (Instalment(month(0), quantity="01.0"),)
    command = normalise(
        a_command(
            entry("C1", a_commitment(instalments=parts)),
            entry("C2", a_commitment(quantity=Quantity("1", "t"), instalments=amounts)),
        )
    )
    first, second = (item.state.instalments for item in command.items)

    assert [part.share for part in first] == ["0.5", "0.5"]
    assert second[0].quantity == "1"
    assert first[0].due.precision == "day"


# Until when it is kept

SIGNED = an_antecedent(condition=ActOccurred(act="F1"), deadline=None)


def kept(**terms) -> dict[str, str]:
    return faults(a_commitment(nature=Nature.MAINTENANCE, **terms))


@pytest.mark.rule("13.12")
def test_it_is_kept_until_a_day_or_a_condition_or_for_good():
    assert kept() == kept(until=date(2018, 12, 31)) == kept(until_condition=SIGNED) == {}
    assert list(kept(until=date(2018, 12, 31), until_condition=SIGNED)) == ["until_condition"]


@pytest.mark.rule("13.12")
def test_only_what_is_maintained_is_kept_until_something_holds():
    assert list(faults(a_commitment(until_condition=SIGNED))) == ["until_condition"]


def test_the_tree_until_which_it_is_kept_keeps_the_rules_of_a_tree():
    tree = an_antecedent(condition=AllOf(conditions=(ActOccurred(act=""),)))

    assert list(kept(until_condition=tree)) == [
        "until_condition.condition.all.conditions[0].act"
    ]


@pytest.mark.rule("13.11")
def test_words_are_labelled_over_both_trees():
    """An act that meets them names the label alone."""

    def both(first: str, second: str) -> list[str]:
        return list(
            kept(
                antecedent=an_antecedent(condition=Words("one", first)),
                until_condition=an_antecedent(condition=Words("two", second)),
            )
        )

    field = "until_condition.condition.words.label"
    assert both("a", "b") == []
    assert both("a", "a") == both("a", "") == [field]


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
        (AtLeast(1, ()), ".at_least.of"),
        (AtLeast(1, (ActOccurred(act="/"),)), ".at_least.of[0].act"),
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


@pytest.mark.rule("13.13")
@pytest.mark.parametrize(("n", "good"), [(0, False), (1, True), (3, True), (4, False)])
def test_at_least_so_many_are_from_1_to_all_branches(n, good):
    branches = tuple(ActOccurred(act=f"F{number}") for number in range(3))

    assert list(after(AtLeast(n, branches))) == ([] if good else [f"{TREE}.at_least.n"])


@pytest.mark.rule("13.13")
@pytest.mark.parametrize(
    "leaf", [ActOccurred(act="F1"), CommitmentFulfilled(commitment="C2"), Words("so", "a")]
)
def test_a_tree_says_each_condition_once(leaf):
    again = Words("so", "b") if isinstance(leaf, Words) else leaf
    tree = AllOf((leaf, AtLeast(1, (AnyOf((again,)),))))
    [(field, problem)] = after(tree).items()

    assert field.startswith(f"{TREE}.all.conditions[1].at_least.of[0].any.conditions[0].")
    assert f"stands at {TREE}.all.conditions[0]" in problem.replace(ROOT, "")


def test_an_act_and_a_commitment_of_one_name_are_two_conditions():
    assert after(AllOf((ActOccurred(act="X"), CommitmentFulfilled(commitment="X")))) == {}


def test_a_condition_in_words_has_up_to_1000_bytes():
    assert after(Words(text="x" * 1000)) == {}


@pytest.mark.rule("13.13")
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


@pytest.mark.rule("13.11")
def test_several_conditions_in_words_are_labelled_each_in_its_own_way():
    good = (Words(text="one", label="a"), Words(text="two", label="b"))
    bare = (Words(text="one", label="a"), Words(text="two"))
    same = (Words(text="one", label="a"), Words(text="two", label="a"))

    assert after(AllOf(conditions=good)) == {}
    assert list(after(AllOf(conditions=bare))) == [f"{TREE}.all.conditions[1].words.label"]
    assert list(after(AllOf(conditions=same))) == [f"{TREE}.all.conditions[1].words.label"]


def test_one_condition_in_words_needs_no_label():
    assert after(AllOf(conditions=(Words(text="one"), ActOccurred(act="F1")))) == {}
