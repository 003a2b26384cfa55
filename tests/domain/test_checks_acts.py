"""What an act, its relations and its evidence must keep to be recorded
(rules 13.3 to 13.7 and 13.9 to 13.11).
"""

from datetime import date, timedelta

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    About,
    ActKind,
    Attribute,
    EventCode,
    IntervalDate,
    Place,
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
#: What an act does of which nobody knows who did it.
OF_NOBODY = {
    *("breaches", "meets", "follows", "reviews", "responds_to", "in_exchange_for"),
    *("part_of", "same_as", "contradicts", "refers_to"),
}


def faults(act) -> dict[str, str]:
    """Problems by field below the act."""
    command = normalise(a_command(entry("F001", act)))
    found = check_command(command, today=TODAY)
    return {violation.field.removeprefix(ROOT): violation.problem for violation in found}


def told(relation: Relation) -> dict[str, str]:
    return faults(an_act(relations=(relation,)))


def a_relation_of(kind: str, **details) -> Relation:
    """A good relation of the kind; one that reschedules says the new term."""
    if kind == "reschedules" and not details.get("until"):
        details.setdefault("due", on("2019-01-01"))
    return Relation(kind=RelationKind(kind), target="C1", **details)


def test_the_example_is_good():
    assert faults(an_act()) == {}


@pytest.mark.parametrize(
    ("field", "limit"),
    [("title", 500), ("summary", 4000), ("note", 4000)],
)
def test_each_text_has_its_limit_in_bytes(field, limit):
    assert faults(an_act(**{field: "x" * limit})) == {}
    assert list(faults(an_act(**{field: "x" * (limit + 1)}))) == [field]
    assert list(faults(an_act(**{field: "é" * (limit // 2 + 1)}))) == [field]


@pytest.mark.rule("13.2")
@pytest.mark.parametrize("field", ["title", "summary", "note"])
def test_each_text_refuses_characters_that_hide(field):
    assert "U+202E" in faults(an_act(**{field: "a\u202eb"}))[field]


def test_a_title_says_something():
    assert faults(an_act(title="  \n")) == {"title": "This is required."}


def test_a_counterparty_is_not_required():
    assert faults(an_act(counterparties=())) == {}


@pytest.mark.rule("13.7")
def test_nobody_acts_toward_himself():
    assert list(faults(an_act(actor="us", counterparties=("us",)))) == ["counterparties[0]"]
    both = an_act(co_actors=("us",), counterparties=("rok", "us"))
    assert list(faults(both)) == ["counterparties[1]"]


def test_up_to_fifty_counterparties_each_named_once():
    many = tuple(f"p{number}" for number in range(51))

    assert faults(an_act(counterparties=many[:50])) == {}
    assert list(faults(an_act(counterparties=many))) == ["counterparties"]
    assert list(faults(an_act(counterparties=("us", "rok", "us")))) == ["counterparties[2]"]
    assert list(faults(an_act(counterparties=("us", "")))) == ["counterparties[1]"]


def test_an_act_may_have_no_known_actor():
    assert faults(an_act(actor="")) == {}
    assert faults(an_act(actor="", counterparties=())) == {}
    assert faults(an_act(actor="", kind=ActKind.FORCE)) == {}


@pytest.mark.rule("13.7")
def test_an_act_without_a_known_actor_has_no_co_actors_and_is_not_joint():
    assert "the first of them" in faults(an_act(actor="", co_actors=("rok",)))["actor"]
    assert list(faults(an_act(actor="", joint=True))) == ["joint"]


@pytest.mark.rule("13.7")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_an_act_without_a_known_actor_moves_nothing_that_takes_somebody(kind):
    relation = a_relation_of(kind)
    found = faults(an_act(actor="", relations=(relation,)))

    assert list(found) == ([] if kind in OF_NOBODY else ["relations[0].kind"])
    assert faults(an_act(relations=(relation,))) == {}


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


@pytest.mark.rule("13.7")
def test_a_joint_act_is_of_more_than_one():
    assert list(faults(an_act(joint=True, counterparties=()))) == ["joint"]
    assert faults(an_act(joint=True, counterparties=("us",))) == {}
    assert faults(an_act(joint=True, counterparties=(), co_actors=("us",))) == {}


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


@pytest.mark.rule("13.3")
@pytest.mark.parametrize("value", ["", "many", "1e3", "1/3", "0.1234567"])
def test_a_quantity_is_a_decimal_with_at_most_six_places(value):
    assert list(faults(an_act(quantity=Quantity(value=value, unit="tons")))) == [
        "quantity.value"
    ]


@pytest.mark.rule("13.3")
def test_a_quantity_has_a_unit_of_up_to_100_bytes():
    assert faults(an_act(quantity=Quantity(value="0.5", unit="t" * 100))) == {}
    for unit in ("", "t" * 101):
        assert list(faults(an_act(quantity=Quantity(value="1", unit=unit)))) == [
            "quantity.unit"
        ]


@pytest.mark.rule("13.3")
@pytest.mark.parametrize("value", ["-1", "-0.000001"])
def test_an_amount_is_not_below_0(value):
    assert list(faults(an_act(quantity=Quantity(value=value, unit="tons")))) == [
        "quantity.value"
    ]
    assert faults(an_act(quantity=Quantity(value="0", unit="tons"))) == {}


@pytest.mark.rule("13.4")
def test_an_act_may_be_of_today_or_tomorrow_but_a_plan_is_a_commitment():
    assert faults(an_act(occurred=on(str(TOMORROW)))) == {}
    later = faults(an_act(occurred=on(str(TOMORROW + timedelta(days=1)))))
    assert list(later) == ["occurred.from_day"]
    assert "A plan is a commitment" in later["occurred.from_day"]


@pytest.mark.rule("13.4")
def test_no_part_of_an_act_lies_ahead():
    assert faults(an_act(occurred=on("2018-08-01", str(TOMORROW)))) == {}
    assert faults(an_act(occurred=IntervalDate(from_day=date(2018, 8, 1)))) == {}
    for ahead in (
        on("2018-08-01", "2018-12-31"),
        IntervalDate(to_day=date(2018, 12, 31)),
        IntervalDate(date(2018, 1, 1), date(2018, 12, 31)),
    ):
        found = faults(an_act(occurred=ahead))
        assert list(found) == ["occurred.to_day"]
        assert "give today as the last day" in found["occurred.to_day"]


@pytest.mark.rule("13.4")
def test_what_is_supposed_may_lie_ahead():
    later = an_act(occurred=on("2019-08-01", "2019-12-31"))

    assert check_command(normalise(a_command(entry("F001", later))), today=None) == []


# Where it happened


def placed(**fields) -> dict[str, str]:
    return faults(an_act(place=Place(**fields)))


@pytest.mark.rule("13.5")
def test_a_place_says_something():
    assert list(placed()) == ["place"]
    assert faults(an_act(place=None)) == {}


def test_a_place_has_a_name_of_up_to_200_bytes():
    assert placed(name="x" * 200) == {}
    assert list(placed(name="x" * 201)) == ["place.name"]
    assert "U+202E" in placed(name="a\u202eb")["place.name"]


@pytest.mark.rule("13.5")
@pytest.mark.parametrize(
    ("field", "good", "wrong"),
    [
        ("country", ("PRK", "KOR"), ("prk", "PR", "PRKA", "P K", "123")),
        ("geonames", ("1", "1871859"), ("0", "01", "12345678901", "https", "-1")),
    ],
)
def test_a_place_is_coded_as_in_its_lists(field, good, wrong):
    for code in good:
        assert placed(**{field: code}) == {}
    for code in wrong:
        assert list(placed(**{field: code})) == [f"place.{field}"]


@pytest.mark.rule("13.5")
@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("0", "0"), ("90", "180"), ("-90", "-180"), ("39.019444", "125.738056")],
)
def test_coordinates_are_degrees_on_the_earth(latitude, longitude):
    assert placed(latitude=latitude, longitude=longitude) == {}


@pytest.mark.rule("13.5")
@pytest.mark.parametrize(
    ("latitude", "longitude", "wrong"),
    [
        ("90.000001", "0", "latitude"),
        ("-91", "0", "latitude"),
        ("0", "180.000001", "longitude"),
        ("0", "-181", "longitude"),
        ("39.0194444", "125", "latitude"),
        ("39N", "125", "latitude"),
        ("1/2", "125", "latitude"),
    ],
)
def test_other_coordinates_are_refused(latitude, longitude, wrong):
    assert list(placed(latitude=latitude, longitude=longitude)) == [f"place.{wrong}"]


@pytest.mark.rule("13.5")
def test_a_latitude_and_a_longitude_stand_together():
    assert list(placed(latitude="39")) == ["place.longitude"]
    assert list(placed(longitude="125")) == ["place.latitude"]


def test_coordinates_are_kept_in_their_one_text():
    act = an_act(place=Place(latitude="039.500", longitude="-0.0"))
    place = normalise(a_command(entry("F001", act))).items[0].state.place

    assert (place.latitude, place.longitude) == ("39.5", "0")


# What it is found by


@pytest.mark.rule("13.6")
def test_topics_are_up_to_20_words_each_once():
    many = tuple(f"topic-{number}" for number in range(21))

    assert faults(an_act(topics=("nuclear-tests", "2018", "x" * 60))) == {}
    assert faults(an_act(topics=many[:20])) == {}
    assert list(faults(an_act(topics=many))) == ["topics"]
    assert list(faults(an_act(topics=("tests", "tests")))) == ["topics[1]"]
    for wrong in ("", "Nuclear", "nuclear tests", "-tests", "x" * 61, "té"):
        assert list(faults(an_act(topics=(wrong,)))) == ["topics[0]"]


@pytest.mark.rule("13.6")
def test_attributes_are_up_to_20_pairs_each_once():
    many = tuple(Attribute("sector", str(number)) for number in range(21))

    assert faults(an_act(attributes=many[:20])) == {}
    assert list(faults(an_act(attributes=many))) == ["attributes"]
    assert list(faults(an_act(attributes=many[:1] * 2))) == ["attributes[1]"]


@pytest.mark.rule("13.6")
@pytest.mark.parametrize("name", ["", "Sector", "story id", "1st", "x" * 41, "sector-name"])
def test_the_name_of_an_attribute_is_a_word(name):
    assert list(faults(an_act(attributes=(Attribute(name, "x"),)))) == ["attributes[0].name"]


def test_an_attribute_has_a_value_of_up_to_500_bytes():
    assert faults(an_act(attributes=(Attribute("tone", "x" * 500),))) == {}
    for wrong in ("", " ", "x" * 501):
        assert list(faults(an_act(attributes=(Attribute("tone", wrong),)))) == [
            "attributes[0].value"
        ]


# When it happened


def test_the_first_day_is_not_after_the_last():
    backward = IntervalDate(from_day=date(2018, 7, 2), to_day=date(2018, 7, 1))

    assert list(faults(an_act(occurred=backward))) == ["occurred.to_day"]


def test_a_given_precision_agrees_with_the_ends():
    wrong = IntervalDate(from_day=date(2018, 7, 2), precision=Precision.DAY)

    assert list(faults(an_act(occurred=wrong))) == ["occurred.precision"]


# Relations


@pytest.mark.rule("13.9")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_an_act_may_have_every_relation_but_one(kind):
    assert told(a_relation_of(kind)) == {}


@pytest.mark.rule("13.9")
def test_an_act_supersedes_nothing():
    [problem] = told(Relation(kind=RelationKind.SUPERSEDES, target="C1")).values()

    assert "Record the commitment that takes the place" in problem


@pytest.mark.rule("13.10")
def test_a_relation_needs_a_target_which_is_not_itself():
    assert list(told(a_relation(target=""))) == ["relations[0].target"]
    assert "this entry itself" in told(a_relation(target="F001"))["relations[0].target"]


def test_an_entry_without_an_id_yet_cannot_aim_at_itself():
    act = an_act(relations=(a_relation(target="F001"),))

    assert check_command(normalise(a_command(entry("", act))), today=TODAY) == []


@pytest.mark.rule("13.3")
@pytest.mark.parametrize("extent", ["", "1", "0.000001", "1/3", "0.5", "3/3", "1.000000"])
def test_an_extent_lies_above_0_and_up_to_1(extent):
    assert told(Relation(kind=RelationKind.FULFILS, target="C1", extent=extent)) == {}


@pytest.mark.rule("13.3")
@pytest.mark.parametrize(
    "extent", ["0", "0/4", "-0.5", "1.000001", "4/3", "1/0", "half", "50%"]
)
def test_another_extent_is_refused(extent):
    relation = Relation(kind=RelationKind.FULFILS, target="C1", extent=extent)

    assert list(told(relation)) == ["relations[0].extent"]


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_fulfils_and_reverses_have_an_extent(kind):
    found = told(a_relation_of(kind, extent="0.5"))

    assert list(found) == ([] if kind in {"fulfils", "reverses"} else ["relations[0].extent"])


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_what_is_said_is_about_something(kind):
    relation = a_relation_of(kind, about=About.EXISTENCE)

    assert list(told(relation)) == ([] if kind in SAYS else ["relations[0].about"])


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_meets_names_a_condition(kind):
    relation = a_relation_of(kind, condition="release")

    assert list(told(relation)) == ([] if kind == "meets" else ["relations[0].condition"])


@pytest.mark.parametrize("label", ["Release", "the release", "x" * 101])
def test_a_label_is_in_small_letters_digits_and_hyphens(label):
    relation = Relation(kind=RelationKind.MEETS, target="C1", condition=label)

    assert list(told(relation)) == ["relations[0].condition"]


def test_a_remark_on_a_tie_has_up_to_1000_bytes():
    assert told(a_relation(note="x" * 1000)) == {}
    assert list(told(a_relation(note="x" * 1001))) == ["relations[0].note"]


@pytest.mark.rule("13.11")
def test_the_same_tie_stands_once():
    twice = (a_relation(), a_relation(note="again"))
    other = (a_relation(), a_relation(kind=RelationKind.RESPONDS_TO))

    assert list(faults(an_act(relations=twice))) == ["relations[1]"]
    assert faults(an_act(relations=other)) == {}


@pytest.mark.rule("13.11")
def test_an_act_fulfils_a_commitment_once():
    third = Relation(RelationKind.FULFILS, "C1", extent="1/3")
    half = Relation(RelationKind.FULFILS, "C1", extent="1/2")
    other = Relation(RelationKind.FULFILS, "C2", extent="1/2")
    found = faults(an_act(relations=(third, half)))

    assert "'C1' at" in found["relations[1]"]
    assert "State the whole extent there" in found["relations[1]"]
    assert faults(an_act(relations=(third, other))) == {}


# When a move takes effect, and how long it holds. The act is of 2018-07-20 to 2018-08-18.


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_what_may_be_given_notice_of_takes_effect_later(kind):
    found = told(a_relation_of(kind, takes_effect=date(2018, 12, 1)))

    given = kind in {"cancels", "releases", "suspends", "resumes"}
    assert list(found) == ([] if given else ["relations[0].takes_effect"])


@pytest.mark.rule("13.11")
def test_nothing_takes_effect_before_it_was_done():
    def on_day(day: date) -> list[str]:
        return list(told(Relation(RelationKind.CANCELS, "C1", takes_effect=day)))

    assert on_day(date(2018, 7, 20)) == []
    assert on_day(date(2018, 7, 19)) == ["relations[0].takes_effect"]


def test_what_takes_effect_is_not_held_against_an_open_start():
    relation = Relation(RelationKind.CANCELS, "C1", takes_effect=date(2018, 1, 1))
    act = an_act(occurred=IntervalDate(to_day=date(2018, 8, 18)), relations=(relation,))

    assert faults(act) == {}


@pytest.mark.rule("13.11")
@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes"}))
def test_only_suspends_and_reschedules_have_a_last_day(kind):
    found = told(a_relation_of(kind, until=date(2019, 7, 1), due=None))

    assert list(found) == (
        [] if kind in {"suspends", "reschedules"} else ["relations[0].until"]
    )


@pytest.mark.rule("13.11")
def test_a_suspension_does_not_end_before_it_begins():
    def suspended(until: date, takes_effect: date | None = None) -> list[str]:
        relation = Relation(RelationKind.SUSPENDS, "C1", takes_effect=takes_effect, until=until)
        return list(told(relation))

    assert suspended(date(2018, 7, 20)) == []
    assert suspended(date(2018, 7, 19)) == ["relations[0].until"]
    assert suspended(date(2018, 12, 1), date(2018, 12, 1)) == []
    assert suspended(date(2018, 11, 30), date(2018, 12, 1)) == ["relations[0].until"]


@pytest.mark.rule("13.11")
def test_what_is_rescheduled_has_one_new_term():
    due, until = on("2019-01-01", "2019-03-31"), date(2019, 1, 1)

    def rescheduled(**terms) -> list[str]:
        return list(told(Relation(RelationKind.RESCHEDULES, "C1", **terms)))

    assert rescheduled(due=due) == rescheduled(until=until) == []
    assert rescheduled() == ["relations[0]"]
    assert rescheduled(due=due, until=until) == ["relations[0]"]
    assert rescheduled(due=IntervalDate()) == ["relations[0].due"]
    assert rescheduled(due=on("2019-03-31", "2019-01-01")) == ["relations[0].due.to_day"]


def test_an_earlier_last_day_may_be_before_the_act():
    relation = Relation(RelationKind.RESCHEDULES, "C1", until=date(2018, 1, 1))

    assert told(relation) == {}


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {"supersedes", "reschedules"}))
def test_only_reschedules_has_a_due_interval(kind):
    assert list(told(a_relation_of(kind, due=on("2019-01-01")))) == ["relations[0].due"]


def test_up_to_200_relations():
    many = tuple(a_relation(target=f"T{number}") for number in range(201))

    assert faults(an_act(relations=many[:200])) == {}
    assert list(faults(an_act(relations=many))) == ["relations"]


# Evidence


@pytest.mark.rule("13.16")
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


@pytest.mark.parametrize(
    ("field", "limit"), [("quote", 2000), ("locator", 200), ("attribution", 500)]
)
def test_each_text_of_an_evidence_has_its_limit(field, limit):
    assert faults(an_act(evidence=(an_evidence(**{field: "x" * limit}),))) == {}
    too_long = faults(an_act(evidence=(an_evidence(**{field: "x" * (limit + 1)}),)))
    assert list(too_long) == [f"evidence[0].{field}"]


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
