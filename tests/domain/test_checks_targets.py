"""What the entries must be at which a request aims (rules 13.10, 13.11, 13.13, 13.15 and 13.17)."""

from datetime import date

import pytest

from ledger_service.domain.checks import (
    TargetFindings,
    check_targets,
    mentioned,
    references,
)
from ledger_service.domain.values.entries import (
    About,
    Act,
    ActKind,
    ActOccurred,
    AllOf,
    AnyOf,
    AtLeast,
    Commitment,
    CommitmentFulfilled,
    DueAfter,
    Identity,
    Instrument,
    Membership,
    Nature,
    Party,
    Relation,
    RelationKind,
    Report,
    Succession,
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
    a_representation,
    a_representative,
    an_act,
    an_amendment,
    an_annulment,
    an_antecedent,
    an_evidence,
    an_instrument,
    entry,
    on,
)

TWO_WORDS = AllOf(conditions=(Words(text="one", label="a"), Words(text="two", label="b")))

RECORDED = {item.entry_id: item.state for item in a_ledgerful()} | {
    "F002": an_act(kind=ActKind.STATEMENT),
    "WANTED": an_act(kind=ActKind.DEMAND),
    "HOPED": an_act(kind=ActKind.EXPECTATION),
    "WORDS": a_commitment(antecedent=an_antecedent()),
    "KEPT": a_commitment(nature=Nature.MAINTENANCE),
    "T1": an_instrument(),
    "TWO": a_commitment(antecedent=an_antecedent(condition=TWO_WORDS)),
}

OF_ONE = {"fulfils", "breaches", "meets", "reschedules", "reviews"}
OF_ALL = {"cancels", "releases", "suspends", "resumes"}
OF_ACTS = {"reverses", "withdraws"}
SAYS = {"asserts", "denies", "verifies", "refutes"}
TIES = {"follows", "responds_to", "in_exchange_for", "part_of", "contradicts", "refers_to"}


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


@pytest.mark.rule("13.15")
def test_every_unknown_id_is_named_with_its_field():
    act = an_act(
        actor="x1",
        co_actors=("us", "x2"),
        counterparties=("us", "x3"),
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
        "items[0].entry.state.act.counterparties[1]",
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


@pytest.mark.rule("13.15")
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
    act = an_act(counterparties=(), evidence=(an_evidence(asserted_by=""),))

    assert [ref.id for ref in references(a_command(entry("", act)))] == ["dprk", "A1"]


def test_the_entry_that_is_changed_is_no_reference():
    assert references(a_command(an_annulment("F001"), an_amendment("A1", a_report()))) == []


# Of which type it is


@pytest.mark.rule("13.15")
@pytest.mark.parametrize(
    ("act", "field"),
    [
        (an_act(actor="A1"), "actor"),
        (an_act(counterparties=("C1",)), "counterparties[0]"),
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


ONE_OF_EACH = {"C1": Commitment, "F001": Act, "T1": Instrument}
AIMS = (
    {kind: {Commitment} for kind in OF_ONE}
    | {kind: {Commitment, Instrument} for kind in OF_ALL}
    | {kind: {Act} for kind in OF_ACTS}
    | {kind: {Act, Commitment, Instrument} for kind in (*TIES, *SAYS, "same_as")}
    | {"accepts": {Act, Commitment}}
)


def test_every_relation_of_an_act_aims_at_something():
    assert set(AIMS) == set(RelationKind) - {"supersedes"}


@pytest.mark.rule("13.10")
@pytest.mark.parametrize("target", ONE_OF_EACH)
@pytest.mark.parametrize("kind", sorted(AIMS))
def test_a_relation_aims_at_entries_of_its_types(kind, target):
    found = findings(*aimed(kind, target)).unknown
    good = ONE_OF_EACH[target] in AIMS[kind]

    assert [each.field for each in found] == ([] if good else [f"{RELATION}.target"])


@pytest.mark.parametrize(
    ("kind", "target", "problem"),
    [
        ("fulfils", "F001", "'F001' is an act. Name a commitment here."),
        ("fulfils", "T1", "'T1' is an instrument. Name a commitment here."),
        ("cancels", "F001", "'F001' is an act. Name a commitment or an instrument here."),
        ("withdraws", "C1", "'C1' is a commitment. Name an act here."),
        ("accepts", "T1", "'T1' is an instrument. Name a commitment or an act here."),
    ],
)
def test_what_may_be_aimed_at_is_said(kind, target, problem):
    assert [each.problem for each in findings(*aimed(kind, target)).unknown] == [problem]


@pytest.mark.rule("13.10")
@pytest.mark.parametrize(("target", "good"), [("C1", True), ("F001", False)])
def test_a_commitment_supersedes_a_commitment(target, good):
    relation = Relation(kind=RelationKind.SUPERSEDES, target=target)
    found = unknown(entry("C100", a_commitment(relations=(relation,))))

    assert found == ([] if good else ["items[0].entry.state.commitment.relations[0].target"])


@pytest.mark.rule("13.14")
def test_a_commitment_belongs_to_an_instrument():
    def of(instrument: str) -> list[str]:
        return unknown(entry("C100", a_commitment(instrument=instrument)))

    assert of("T1") == []
    assert of("C1") == of("F001") == ["items[0].entry.state.commitment.instrument"]


def test_it_falls_due_after_an_act_or_a_commitment():
    def after_event(**event: str) -> list[str]:
        due_after = DueAfter(days=30, **event)
        return unknown(entry("C100", a_commitment(due_after=due_after)))

    root = "items[0].entry.state.commitment.due_after"
    assert after_event(act="F001") == after_event(commitment="C1") == []
    assert after_event(act="C1") == [f"{root}.act"]
    assert after_event(commitment="F001") == [f"{root}.commitment"]
    assert after_event(commitment="nowhere") == [f"{root}.commitment"]


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


@pytest.mark.rule("13.15")
def test_every_id_of_a_party_and_an_instrument_is_looked_up():
    party = a_party(
        represents=(a_representation(principal="x1", reports=("x2",)),),
        succeeds=(Succession("x3", date(1991, 12, 26), reports=("x4", "A1")),),
        composed_of=(Membership("x5", reports=("x6",)),),
        same_as=(Identity("x7", reports=("x8",)),),
    )
    instrument = an_instrument(
        participants=("us", "y1"),
        third_parties=("y2",),
        relations=(a_relation(target="y3"),),
        evidence=(an_evidence(report="y4", asserted_by="y5"),),
    )
    added = an_amendment("F001", None, evidence_added=(an_evidence(report="z1"),), report="z2")
    items = (entry("p", party), entry("T2", instrument), added)

    assert unknown(*items) == [
        "items[0].entry.state.party.represents[0].principal",
        "items[0].entry.state.party.represents[0].reports[0]",
        "items[0].entry.state.party.succeeds[0].predecessor",
        "items[0].entry.state.party.succeeds[0].reports[0]",
        "items[0].entry.state.party.composed_of[0].member",
        "items[0].entry.state.party.composed_of[0].reports[0]",
        "items[0].entry.state.party.same_as[0].party",
        "items[0].entry.state.party.same_as[0].reports[0]",
        "items[1].entry.state.instrument.participants[1]",
        "items[1].entry.state.instrument.third_parties[0]",
        "items[1].entry.state.instrument.relations[0].target",
        "items[1].entry.state.instrument.evidence[0].report",
        "items[1].entry.state.instrument.evidence[0].asserted_by",
        "items[2].amendment.new_information.report",
        "items[2].amendment.evidence_added[0].report",
    ]
    assert {ref.id for ref in references(a_command(*items))} == mentioned(a_command(*items))


@pytest.mark.rule("13.15")
@pytest.mark.parametrize(
    ("party", "field"),
    [
        (a_party(same_as=(Identity("A1"),)), "same_as[0].party"),
        (a_party(composed_of=(Membership("C1"),)), "composed_of[0].member"),
        (a_party(succeeds=(Succession("T1", date(1991, 12, 26)),)), "succeeds[0].predecessor"),
        (a_party(same_as=(Identity("us", reports=("dprk",)),)), "same_as[0].reports[0]"),
    ],
)
def test_a_tie_of_a_party_names_a_party_and_reports(party, field):
    assert unknown(entry("p", party)) == [f"items[0].entry.state.party.{field}"]


# Rules about known targets


@pytest.mark.rule("5.6.5", "13.13")
@pytest.mark.parametrize("target", ["WANTED", "HOPED"])
def test_a_demand_or_an_expectation_is_no_antecedent(target):
    assert broken(*after(ActOccurred(act=target))) == [f"{TREE}.act"]
    assert broken(*after(AllOf(conditions=(ActOccurred(act="F001"),)))) == []


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("kind", sorted(SAYS))
def test_what_is_said_of_a_commitment_is_about_its_existence_or_its_fulfilment(kind):
    assert broken(*aimed(kind, "C1")) == [f"{RELATION}.about"]
    assert broken(*aimed(kind, "C1", about=About.EXISTENCE)) == []
    assert broken(*aimed(kind, "C1", about=About.FULFILMENT)) == []


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("target", ["F001", "T1"])
@pytest.mark.parametrize("kind", sorted(SAYS))
def test_what_is_said_of_an_act_or_an_instrument_is_about_its_existence(kind, target):
    assert broken(*aimed(kind, target)) == []
    assert broken(*aimed(kind, target, about=About.EXISTENCE)) == [f"{RELATION}.about"]


@pytest.mark.rule("13.11")
def test_what_is_rescheduled_gets_a_term_of_its_kind():
    due, until = on("2019-01-01"), date(2019, 1, 1)

    assert broken(*aimed("reschedules", "C1", due=due)) == []
    assert broken(*aimed("reschedules", "KEPT", until=until)) == []
    assert broken(*aimed("reschedules", "C1", until=until)) == [f"{RELATION}.until"]
    assert broken(*aimed("reschedules", "KEPT", due=due)) == [f"{RELATION}.due"]


@pytest.mark.rule("13.10")
@pytest.mark.parametrize("target", ["WANTED", "HOPED"])
def test_what_brought_nothing_about_is_not_taken_back(target):
    assert broken(*aimed("reverses", "F001")) == []
    assert broken(*aimed("reverses", target)) == [f"{RELATION}.target"]


@pytest.mark.rule("13.13")
def test_a_demand_ends_nothing_that_is_kept_either():
    kept = a_commitment(
        nature=Nature.MAINTENANCE,
        until_condition=an_antecedent(condition=AtLeast(1, (ActOccurred("WANTED"),))),
    )

    assert broken(entry("C100", kept)) == [
        "items[0].entry.state.commitment.until_condition.condition.at_least.of[0].act"
    ]


@pytest.mark.rule("13.11")
def test_words_may_stand_in_either_tree():
    ended = a_commitment(
        nature=Nature.MAINTENANCE,
        until_condition=an_antecedent(condition=Words("the reactor is completed", "done")),
    )

    assert broken(*aimed("meets", "C9", condition="done"), entry("C9", ended)) == []
    assert broken(*aimed("meets", "C9", condition="other"), entry("C9", ended)) == [
        f"{RELATION}.condition"
    ]


@pytest.mark.rule("13.10")
def test_only_entries_of_one_type_are_the_same():
    same = Relation(kind=RelationKind.SAME_AS, target="C1")

    assert broken(*aimed("same_as", "F001")) == []
    assert broken(*aimed("same_as", "C1")) == [f"{RELATION}.target"]
    assert broken(entry("C100", a_commitment(relations=(same,)))) == []
    assert broken(*aimed("same_as", "T1")) == [f"{RELATION}.target"]
    treaty = Relation(kind=RelationKind.SAME_AS, target="T1")
    assert broken(entry("T2", an_instrument(relations=(treaty,)))) == []


@pytest.mark.rule("13.11")
def test_a_condition_that_is_met_is_stated_in_words():
    assert broken(*aimed("meets", "C1")) == [f"{RELATION}.target"]
    assert broken(*aimed("meets", "WORDS")) == []


@pytest.mark.rule("13.11")
def test_a_met_condition_is_named_by_its_label():
    assert broken(*aimed("meets", "WORDS", condition="release")) == []
    [violation] = findings(*aimed("meets", "WORDS", condition="other")).broken
    assert violation.field == f"{RELATION}.condition"
    assert "Its labels: release." in violation.problem


@pytest.mark.rule("13.11")
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
    assert broken(an_amendment("T1", a_party())) == ["items[0].amendment.state"]


def test_evidence_that_is_added_changes_no_rule_about_what_an_entry_says():
    added = an_amendment("WORDS", None, evidence_added=(an_evidence(),))

    assert broken(added, *after(CommitmentFulfilled("WORDS"))) == []
    assert unknown(added, *after(CommitmentFulfilled("WORDS"))) == []


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


@pytest.mark.rule("13.17")
def test_what_was_amended_is_not_held_against_what_might_have_been_recorded_before():
    """A commitment that no longer states words, and an act that became a demand."""
    waiting = a_commitment(antecedent=an_antecedent(condition=ActOccurred(act="WANTED")))
    aiming = (*aimed("meets", "C1"), entry("c", waiting))
    assert len(broken(*aiming)) == len(aiming)
    found = check_targets(a_command(*aiming), RECORDED.get, {"C1", "WANTED"}.__contains__)
    assert found == TargetFindings((), ())


@pytest.mark.rule("13.17")
def test_what_is_amended_in_the_same_request_is_not_held_against_it_either():
    items = (*aimed("meets", "C1"), an_amendment("C1", RECORDED["C1"]))
    assert broken(*items) == []
