"""What the entries must be at which a request aims."""

import pytest

from ledger_service.domain.checks import TargetFindings, check_targets, references
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    AnyOf,
    Commitment,
    CommitmentFulfilled,
    Party,
    Relation,
    RelationKind,
    Report,
    Words,
)
from ledger_service.domain.values.refusals import Invalid, UnknownReference
from tests.support.examples import (
    a_command,
    a_commitment,
    a_ledgerful,
    a_party,
    a_relation,
    a_report,
    a_representative,
    an_act,
    an_amendment,
    an_annulment,
    an_antecedent,
    an_evidence,
    entry,
)

TWO_WORDS = AllOf(conditions=(Words(text="one", label="a"), Words(text="two", label="b")))

RECORDED = {item.id: item.state for item in a_ledgerful()} | {
    "F002": an_act(kind=ActKind.STATEMENT),
    "WANTED": an_act(kind=ActKind.DEMAND),
    "HOPED": an_act(kind=ActKind.EXPECTATION),
    "WORDS": a_commitment(antecedent=an_antecedent()),
    "TWO": a_commitment(antecedent=an_antecedent(condition=TWO_WORDS)),
}

MOVES = {"fulfils", "breaches", "cancels", "releases", "suspends", "resumes"}
SAYS = {"asserts", "denies", "verifies", "refutes"}
TIES = {"responds_to", "in_exchange_for", "part_of", "contradicts", "refers_to"}


def findings(*items) -> TargetFindings:
    return check_targets(a_command(*items), RECORDED.get)


def unknown(*items) -> list[str]:
    """The fields that mention what is unknown; nothing else is wrong."""
    found = findings(*items)
    assert found.broken == ()
    return [violation.field for violation in found.unknown]


def broken(*items) -> list[str]:
    """The fields that break a rule about a known target; nothing is unknown."""
    found = findings(*items)
    assert found.unknown == ()
    return [violation.field for violation in found.broken]


def aimed(kind: str, target: str, **details) -> tuple:
    """An act with one relation."""
    relation = Relation(kind=RelationKind(kind), target=target, **details)
    return (entry("F100", an_act(relations=(relation,))),)


def after(condition) -> tuple:
    """A commitment with one antecedent."""
    return (entry("C100", a_commitment(antecedent=an_antecedent(condition=condition))),)


RELATION = "items[0].entry.state.act.relations[0]"
TREE = "items[0].entry.state.commitment.antecedent.condition"


# What exists


def test_a_reference_to_a_recorded_entry_is_fine():
    assert unknown(entry("F100", an_act())) == []


def test_every_unknown_id_is_named_with_its_field():
    act = an_act(
        actor="x1",
        co_actors=("us", "x2"),
        counterparty="x3",
        relations=(a_relation(target="x4"),),
        evidence=(an_evidence(report="x5", asserted_by="x6"),),
    )
    commitment = a_commitment(
        debtors=("y1",),
        creditors=("y2",),
        made_by=("y3",),
        antecedent=an_antecedent(
            condition=AnyOf(conditions=(ActOccurred(act="y4"), CommitmentFulfilled("y5")))
        ),
    )
    found = unknown(
        entry("F100", act),
        entry("C100", commitment),
        an_amendment("pompeo", a_representative(), report="z1"),
    )

    assert found == [
        "items[0].entry.state.act.actor",
        "items[0].entry.state.act.co_actors[1]",
        "items[0].entry.state.act.counterparty",
        "items[0].entry.state.act.relations[0].target",
        "items[0].entry.state.act.evidence[0].report",
        "items[0].entry.state.act.evidence[0].asserted_by",
        "items[1].entry.state.commitment.debtors[0]",
        "items[1].entry.state.commitment.creditors[0]",
        "items[1].entry.state.commitment.made_by[0]",
        "items[1].entry.state.commitment.antecedent.condition.any.conditions[0].act",
        "items[1].entry.state.commitment.antecedent.condition.any.conditions[1].commitment",
        "items[2].amendment.new_information.report",
    ]


def test_an_unknown_principal_is_named():
    nobody = a_representative(represents=(*a_representative().represents,))

    assert check_targets(a_command(entry("p", nobody)), {}.get).unknown[0].field == (
        "items[0].entry.state.party.represents[0].principal"
    )


def test_the_problem_names_the_id_and_the_remedy():
    [violation] = findings(entry("F100", an_act(actor="nobody"))).unknown

    assert "'nobody'" in violation.problem
    assert "Record it first" in violation.problem


def test_an_entry_may_be_mentioned_before_or_after_it_in_the_same_request():
    everything = a_ledgerful()

    for items in (everything, everything[::-1]):
        assert check_targets(a_command(*items), {}.get) == TargetFindings((), ())


def test_each_id_is_looked_up_once_and_none_of_the_request():
    asked = []

    def look_up(entry_id):
        asked.append(entry_id)
        return RECORDED.get(entry_id)

    acts = [entry(f"F10{n}", an_act(relations=(a_relation(target="F100"),))) for n in (1, 2)]
    check_targets(a_command(entry("F100", an_act()), *acts), look_up)

    assert sorted(asked) == ["A1", "dprk", "us"]


def test_empty_ids_are_no_references():
    act = an_act(counterparty="", evidence=(an_evidence(asserted_by=""),))

    assert [ref.id for ref in references(a_command(entry("", act)))] == ["dprk", "A1"]


def test_the_entry_that_is_changed_is_no_reference():
    assert references(a_command(an_annulment("F001"), an_amendment("A1", a_report()))) == []


# Of which type it is


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (an_act(actor="A1"), "actor"),
        (an_act(counterparty="C1"), "counterparty"),
        (an_act(evidence=(an_evidence(report="us"),)), "evidence[0].report"),
        (an_act(evidence=(an_evidence(asserted_by="A1"),)), "evidence[0].asserted_by"),
        (an_act(relations=(a_relation(target="us"),)), "relations[0].target"),
        (an_act(relations=(a_relation(target="ours"),)), "relations[0].target"),
    ],
)
def test_an_entry_of_another_type_is_unknown_here(act, field):
    assert unknown(entry("F100", act)) == [f"items[0].entry.state.act.{field}"]


def test_a_leaf_of_an_antecedent_is_of_its_type():
    assert unknown(*after(ActOccurred(act="C1"))) == [f"{TREE}.act"]
    assert unknown(*after(CommitmentFulfilled(commitment="F001"))) == [f"{TREE}.commitment"]
    assert unknown(*after(CommitmentFulfilled(commitment="C1"))) == []


@pytest.mark.parametrize("kind", sorted(MOVES))
def test_what_moves_a_commitment_aims_at_one(kind):
    assert unknown(*aimed(kind, "C1")) == []
    [violation] = findings(*aimed(kind, "F001")).unknown
    assert violation.problem == "'F001' is an act. Name a commitment here."


@pytest.mark.parametrize("target", ["C1", "F001"])
@pytest.mark.parametrize("kind", sorted({"accepts", *TIES}))
def test_the_other_relations_aim_at_an_act_or_a_commitment(kind, target):
    assert unknown(*aimed(kind, target)) == []


@pytest.mark.parametrize(("target", "good"), [("C1", True), ("F001", False)])
def test_a_commitment_supersedes_a_commitment(target, good):
    relation = Relation(kind=RelationKind.SUPERSEDES, target=target)
    found = unknown(entry("C100", a_commitment(relations=(relation,))))

    assert found == ([] if good else ["items[0].entry.state.commitment.relations[0].target"])


def test_references_say_which_types_may_be_meant():
    act = an_act(
        relations=(
            Relation(kind=RelationKind.FULFILS, target="C1"),
            Relation(kind=RelationKind.ACCEPTS, target="F002"),
        )
    )
    allowed = {ref.id: set(ref.allowed) for ref in references(a_command(entry("F100", act)))}

    assert allowed == {
        "dprk": {Party},
        "us": {Party},
        "A1": {Report},
        "C1": {Commitment},
        "F002": {Act, Commitment},
    }


# Rules about known targets


@pytest.mark.parametrize("target", ["WANTED", "HOPED"])
def test_a_demand_or_an_expectation_is_no_antecedent(target):
    assert broken(*after(ActOccurred(act=target))) == [f"{TREE}.act"]
    assert broken(*after(AllOf(conditions=(ActOccurred(act="F001"),)))) == []


@pytest.mark.parametrize("kind", sorted(SAYS))
def test_what_is_said_of_a_commitment_is_about_its_existence_or_its_fulfilment(kind):
    assert broken(*aimed(kind, "C1")) == [f"{RELATION}.about"]
    assert broken(*aimed(kind, "C1", about=About.EXISTENCE)) == []
    assert broken(*aimed(kind, "C1", about=About.FULFILMENT)) == []


@pytest.mark.parametrize("kind", sorted(SAYS))
def test_what_is_said_of_an_act_is_about_the_act(kind):
    assert broken(*aimed(kind, "F001")) == []
    assert broken(*aimed(kind, "F001", about=About.EXISTENCE)) == [f"{RELATION}.about"]


def test_only_entries_of_one_type_are_the_same():
    same = Relation(kind=RelationKind.SAME_AS, target="C1")

    assert broken(*aimed("same_as", "F001")) == []
    assert broken(*aimed("same_as", "C1")) == [f"{RELATION}.target"]
    assert broken(entry("C100", a_commitment(relations=(same,)))) == []


def test_a_condition_that_is_met_is_stated_in_words():
    assert broken(*aimed("meets", "C1")) == [f"{RELATION}.target"]
    assert broken(*aimed("meets", "WORDS")) == []


def test_a_met_condition_is_named_by_its_label():
    assert broken(*aimed("meets", "WORDS", condition="release")) == []
    [violation] = findings(*aimed("meets", "WORDS", condition="other")).broken
    assert violation.field == f"{RELATION}.condition"
    assert "Its labels: release." in violation.problem


def test_one_of_several_conditions_must_be_named():
    assert broken(*aimed("meets", "TWO", condition="b")) == []
    [violation] = findings(*aimed("meets", "TWO")).broken
    assert violation.field == f"{RELATION}.condition"
    assert "Its labels: a, b." in violation.problem


def test_the_state_that_the_request_gives_to_a_target_is_the_one_that_counts():
    withdrawn = an_amendment("WANTED", an_act(kind=ActKind.STATEMENT))

    assert broken(*after(ActOccurred(act="WANTED")), withdrawn) == []


# Amendments


def test_an_entry_keeps_its_type():
    assert broken(an_amendment("F001", an_act(title="Better told"))) == []
    [violation] = findings(an_amendment("F001", a_commitment())).broken
    assert violation.field == "items[0].amendment.state"
    assert "'F001' is an act and cannot become a commitment" in violation.problem


def test_an_entry_keeps_its_type_within_a_request_too():
    assert broken(entry("F100", an_act()), an_amendment("F100", a_party())) == [
        "items[1].amendment.state"
    ]


def test_changing_what_is_nowhere_is_left_to_the_committer():
    assert findings(an_amendment("NEW", an_act()), an_annulment("NEW2")).refusal() is None


# The refusal


def test_nothing_wrong_is_no_refusal():
    assert findings(entry("F100", an_act())).refusal() is None


def test_unknown_ids_alone_are_an_unknown_reference():
    refusal = findings(entry("F100", an_act(actor="nobody"))).refusal()

    assert isinstance(refusal, UnknownReference)
    assert len(refusal.violations) == 1


def test_a_broken_rule_beside_an_unknown_id_is_a_violation_and_both_are_listed():
    refusal = findings(entry("F100", an_act(actor="nobody")), *aimed("asserts", "C1")).refusal()

    assert type(refusal) is Invalid
    assert [violation.field for violation in refusal.violations] == [
        "items[0].entry.state.act.actor",
        "items[1].entry.state.act.relations[0].about",
    ]


def test_what_was_amended_is_not_held_against_what_might_have_been_recorded_before():
    """A commitment that no longer states words, and an act that became a demand."""
    waiting = a_commitment(antecedent=an_antecedent(condition=ActOccurred(act="WANTED")))
    aiming = (*aimed("meets", "C1"), entry("c", waiting))
    assert len(broken(*aiming)) == len(aiming)
    found = check_targets(a_command(*aiming), RECORDED.get, {"C1", "WANTED"}.__contains__)
    assert found == TargetFindings((), ())


def test_what_is_amended_in_the_same_request_is_not_held_against_it_either():
    items = (*aimed("meets", "C1"), an_amendment("C1", RECORDED["C1"]))
    assert broken(*items) == []
