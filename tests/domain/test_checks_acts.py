"""What an act, its relations and its evidence must keep to be recorded."""

from datetime import date, timedelta

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    About,
    EventCode,
    IntervalDate,
    PloverCode,
    Precision,
    Quantity,
    Relation,
    RelationKind,
)
from tests.support.examples import a_command, a_relation, an_act, an_evidence, entry, on

TODAY = date(2018, 9, 1)
TOMORROW = TODAY + timedelta(days=1)
ROOT = "items[0].entry.state.act."

SAYS = {"asserts", "denies", "verifies", "refutes"}


def faults(act) -> dict[str, str]:
    """Problems by field below the act."""
    command = normalise(a_command(entry("F001", act)))
    found = check_command(command, today=TODAY)
    return {violation.field.removeprefix(ROOT): violation.problem for violation in found}


def told(relation: Relation) -> dict[str, str]:
    return faults(an_act(relations=(relation,)))


def test_the_example_is_good():
    assert faults(an_act()) == {}


@pytest.mark.parametrize(
    ("field", "limit"),
    [("title", 500), ("place", 200), ("summary", 4000), ("note", 4000)],
)
def test_each_text_has_its_limit_in_bytes(field, limit):
    assert faults(an_act(**{field: "x" * limit})) == {}
    assert list(faults(an_act(**{field: "x" * (limit + 1)}))) == [field]
    assert list(faults(an_act(**{field: "é" * (limit // 2 + 1)}))) == [field]


@pytest.mark.parametrize("field", ["title", "place", "summary", "note"])
def test_each_text_refuses_characters_that_hide(field):
    assert "U+202E" in faults(an_act(**{field: "a\u202eb"}))[field]


def test_a_title_says_something():
    assert faults(an_act(title="  \n")) == {"title": "This is required."}


def test_an_actor_is_required_and_a_counterparty_is_not():
    assert list(faults(an_act(actor=""))) == ["actor"]
    assert faults(an_act(counterparty="")) == {}


def test_nobody_acts_toward_himself():
    assert list(faults(an_act(actor="us", counterparty="us"))) == ["counterparty"]
    assert list(faults(an_act(co_actors=("us",), counterparty="us"))) == ["counterparty"]


def test_a_co_actor_is_somebody_else_and_named_once():
    assert faults(an_act(co_actors=("rok", "japan"))) == {}
    assert list(faults(an_act(actor="dprk", co_actors=("rok", "dprk")))) == ["co_actors[1]"]
    assert list(faults(an_act(co_actors=("rok", "rok")))) == ["co_actors[1]"]


def test_up_to_fifty_co_actors():
    many = tuple(f"p{number}" for number in range(51))

    assert faults(an_act(co_actors=many[:50])) == {}
    assert (
        "At most 50 are allowed, and 51 are given"
        in faults(an_act(co_actors=many))["co_actors"]
    )


def test_a_joint_act_is_of_more_than_one():
    assert list(faults(an_act(joint=True, counterparty=""))) == ["joint"]
    assert faults(an_act(joint=True, counterparty="us")) == {}
    assert faults(an_act(joint=True, counterparty="", co_actors=("us",))) == {}


@pytest.mark.parametrize("code", ["", "08", "084", "0842", "9999"])
def test_a_cameo_code_has_two_to_four_digits(code):
    assert faults(an_act(code=EventCode(cameo=code))) == {}


@pytest.mark.parametrize("code", ["8", "08420", "08a", "٠٨", "08\n"])
def test_another_cameo_code_is_refused(code):
    assert list(faults(an_act(code=EventCode(cameo=code)))) == ["code.cameo"]


@pytest.mark.parametrize(
    ("code", "field"),
    [
        (PloverCode(type=""), "type"),
        (PloverCode(type="Retreat"), "type"),
        (PloverCode(type="RETREAT/disarm"), "type"),
        (PloverCode(type="RETREAT", mode="Disarm"), "mode"),
        (PloverCode(type="RETREAT", contexts=("military", "Legal")), "contexts[1]"),
        (PloverCode(type="RETREAT", contexts=("legal", "legal")), "contexts[1]"),
        (PloverCode(type="RETREAT", contexts=("",)), "contexts[0]"),
    ],
)
def test_a_plover_code_is_spelt_as_in_its_manual(code, field):
    assert list(faults(an_act(code=EventCode(plover=code)))) == [f"code.plover.{field}"]


def test_a_code_that_no_scale_knows_may_be_recorded():
    unknown = PloverCode(type="FORGIVE", mode="pro_all-sides", contexts=("human_rights",))

    assert faults(an_act(code=EventCode(cameo="9876", plover=unknown))) == {}


@pytest.mark.parametrize("value", ["", "many", "1e3", "1/3", "0.1234567"])
def test_a_quantity_is_a_decimal_with_at_most_six_places(value):
    assert list(faults(an_act(quantity=Quantity(value=value, unit="tons")))) == [
        "quantity.value"
    ]


def test_a_quantity_has_a_unit_of_up_to_100_bytes():
    assert faults(an_act(quantity=Quantity(value="0.5", unit="t" * 100))) == {}
    for unit in ("", "t" * 101):
        assert list(faults(an_act(quantity=Quantity(value="1", unit=unit)))) == [
            "quantity.unit"
        ]


def test_an_act_may_be_of_today_or_tomorrow_but_a_plan_is_a_commitment():
    assert faults(an_act(occurred=on(str(TOMORROW)))) == {}
    later = faults(an_act(occurred=on(str(TOMORROW + timedelta(days=1)))))
    assert list(later) == ["occurred.from_day"]
    assert "A plan is a commitment" in later["occurred.from_day"]


def test_an_act_that_may_have_occurred_already_is_no_plan():
    assert faults(an_act(occurred=on("2018-08-01", "2018-12-31"))) == {}
    assert faults(an_act(occurred=IntervalDate(to_day=date(2018, 12, 31)))) == {}


def test_the_first_day_is_not_after_the_last():
    backward = IntervalDate(from_day=date(2018, 7, 2), to_day=date(2018, 7, 1))

    assert list(faults(an_act(occurred=backward))) == ["occurred.to_day"]


def test_a_given_precision_agrees_with_the_ends():
    wrong = IntervalDate(from_day=date(2018, 7, 2), precision=Precision.DAY)

    assert list(faults(an_act(occurred=wrong))) == ["occurred.precision"]


# Relations


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_an_act_may_have_every_relation_but_one(kind):
    assert told(Relation(kind=RelationKind(kind), target="C1")) == {}


def test_an_act_supersedes_nothing():
    [problem] = told(Relation(kind=RelationKind.SUPERSEDES, target="C1")).values()

    assert "Record the commitment that takes the place" in problem


def test_a_relation_needs_a_target_which_is_not_itself():
    assert list(told(a_relation(target=""))) == ["relations[0].target"]
    assert "this entry itself" in told(a_relation(target="F001"))["relations[0].target"]


def test_an_entry_without_an_id_yet_cannot_aim_at_itself():
    act = an_act(relations=(a_relation(target="F001"),))

    assert check_command(normalise(a_command(entry("", act))), today=TODAY) == []


@pytest.mark.parametrize("extent", ["", "1", "0.000001", "1/3", "0.5", "3/3", "1.000000"])
def test_an_extent_lies_above_0_and_up_to_1(extent):
    assert told(Relation(kind=RelationKind.FULFILS, target="C1", extent=extent)) == {}


@pytest.mark.parametrize(
    "extent", ["0", "0/4", "-0.5", "1.000001", "4/3", "1/0", "half", "50%"]
)
def test_another_extent_is_refused(extent):
    relation = Relation(kind=RelationKind.FULFILS, target="C1", extent=extent)

    assert list(told(relation)) == ["relations[0].extent"]


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"fulfils", "supersedes"}))
def test_only_fulfils_has_an_extent(kind):
    relation = Relation(kind=RelationKind(kind), target="C1", extent="0.5")

    assert list(told(relation)) == ["relations[0].extent"]


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_what_is_said_is_about_something(kind):
    relation = Relation(kind=RelationKind(kind), target="C1", about=About.EXISTENCE)

    assert list(told(relation)) == ([] if kind in SAYS else ["relations[0].about"])


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_meets_names_a_condition(kind):
    relation = Relation(kind=RelationKind(kind), target="C1", condition="release")

    assert list(told(relation)) == ([] if kind == "meets" else ["relations[0].condition"])


@pytest.mark.parametrize("label", ["Release", "the release", "x" * 101])
def test_a_label_is_in_small_letters_digits_and_hyphens(label):
    relation = Relation(kind=RelationKind.MEETS, target="C1", condition=label)

    assert list(told(relation)) == ["relations[0].condition"]


def test_a_remark_on_a_tie_has_up_to_1000_bytes():
    assert told(a_relation(note="x" * 1000)) == {}
    assert list(told(a_relation(note="x" * 1001))) == ["relations[0].note"]


def test_the_same_tie_stands_once():
    twice = (a_relation(), a_relation(note="again"))
    other = (a_relation(), a_relation(kind=RelationKind.RESPONDS_TO))

    assert list(faults(an_act(relations=twice))) == ["relations[1]"]
    assert faults(an_act(relations=other)) == {}


def test_up_to_200_relations():
    many = tuple(a_relation(target=f"T{number}") for number in range(201))

    assert faults(an_act(relations=many[:200])) == {}
    assert list(faults(an_act(relations=many))) == ["relations"]


# Evidence


def test_one_to_200_evidences():
    assert list(faults(an_act(evidence=()))) == ["evidence"]
    assert faults(an_act(evidence=(an_evidence(),) * 200)) == {}
    assert list(faults(an_act(evidence=(an_evidence(),) * 201))) == ["evidence"]


def test_evidence_names_its_report():
    assert list(faults(an_act(evidence=(an_evidence(report=""),)))) == ["evidence[0].report"]


@pytest.mark.parametrize(("grade", "good"), [(-1, False), (0, True), (6, True), (7, False)])
def test_credibility_is_an_admiralty_number(grade, good):
    found = faults(an_act(evidence=(an_evidence(credibility=grade),)))

    assert list(found) == ([] if good else ["evidence[0].credibility"])


def test_an_attribution_has_up_to_500_bytes():
    assert faults(an_act(evidence=(an_evidence(attribution="x" * 500),))) == {}
    assert list(faults(an_act(evidence=(an_evidence(attribution="x" * 501),)))) == [
        "evidence[0].attribution"
    ]


# Ids


@pytest.mark.parametrize(
    "wrong", ["-us", ".us", "_us", "u s", "us/dprk", "u\u00e9", "us\n", "x" * 129]
)
def test_every_mentioned_id_is_spelt_as_an_id(wrong):
    act = an_act(
        actor=wrong,
        evidence=(an_evidence(report=wrong, asserted_by=wrong),),
        relations=(a_relation(target=wrong),),
    )

    assert set(faults(act)) == {
        "actor",
        "relations[0].target",
        "evidence[0].report",
        "evidence[0].asserted_by",
    }


@pytest.mark.parametrize("good", ["u", "US", "9", "F001.a_b-c", "x" * 128])
def test_letters_digits_dots_underscores_and_hyphens_make_an_id(good):
    assert faults(an_act(actor=good)) == {}
