"""What a party, its names and its ties to other parties must keep to be recorded (rules
13.6 to 13.8).
"""

from datetime import date

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    Attribute,
    Identity,
    Mandate,
    Membership,
    PartyCode,
    PartyName,
    Sealed,
    Succession,
)
from tests.support.examples import (
    a_command,
    a_party,
    a_representation,
    a_representative,
    entry,
)

TODAY = date(2018, 9, 1)
ROOT = "items[0].entry.state.party."
FROM, TO = date(1991, 12, 26), date(2018, 6, 12)
SEALED = Sealed("sha256:" + "0" * 64)


def faults(state, entry_id: str = "X1") -> list[str]:
    """The fields that are wrong, below the party."""
    command = normalise(a_command(entry(entry_id, state)))
    return [v.field.removeprefix(ROOT) for v in check_command(command, today=TODAY)]


def represented(*days: tuple[str, str]) -> tuple:
    """Representations from a day to a day; an empty day is open."""
    return tuple(
        a_representation(
            principal=f"p{number}",
            from_day=date.fromisoformat(first) if first else None,
            to_day=date.fromisoformat(last) if last else None,
        )
        for number, (first, last) in enumerate(days)
    )


@pytest.mark.parametrize("good", [a_party(), a_representative()])
def test_the_examples_are_good(good):
    assert faults(good) == []


@pytest.mark.parametrize(
    ("field", "limit", "required"), [("name", 200, True), ("note", 4000, False)]
)
def test_each_text_has_its_limit(field, limit, required):
    assert faults(a_party(**{field: "x" * limit})) == []
    assert faults(a_party(**{field: "x" * (limit + 1)})) == [field]
    assert faults(a_party(**{field: "a\x00"})) == [field]
    assert faults(a_party(**{field: ""})) == ([field] if required else [])


# Names and codes


def test_a_name_has_its_days_and_its_language():
    zaire = PartyName("Zaire", date(1971, 10, 27), date(1997, 5, 17), "fr")

    assert faults(a_party(names=(zaire, PartyName("Congo", language="en-GB")))) == []
    for wrong, field in (
        (PartyName(""), "name"),
        (PartyName("x" * 201), "name"),
        (PartyName("Zaire", TO, FROM), "to_day"),
        (PartyName("Zaire", language="French?"), "language"),
    ):
        assert faults(a_party(names=(zaire, wrong))) == [f"names[1].{field}"]


def test_up_to_200_names_each_once():
    many = tuple(PartyName(f"name {number}") for number in range(201))

    assert faults(a_party(names=many[:200])) == []
    assert faults(a_party(names=many)) == ["names"]
    assert faults(a_party(names=(many[0], many[0]))) == ["names[1]"]
    assert faults(a_party(names=(PartyName("x", None, FROM), PartyName("x", TO)))) == []


@pytest.mark.rule("13.6")
def test_an_alias_is_a_name_given_once():
    assert faults(a_party(aliases=("a", "b"))) == []
    assert faults(a_party(aliases=("a", "a"))) == ["aliases[1]"]
    assert faults(a_party(aliases=("a", ""))) == ["aliases[1]"]
    assert faults(a_party(aliases=("x" * 201,))) == ["aliases[0]"]


def test_up_to_200_aliases():
    many = tuple(f"alias {number}" for number in range(201))

    assert faults(a_party(aliases=many[:200])) == []
    assert faults(a_party(aliases=many)) == ["aliases"]


def test_whether_two_sealed_names_are_the_same_nobody_can_tell():
    names = (PartyName(SEALED), PartyName(SEALED))

    assert faults(a_party(name=SEALED, names=names, aliases=(SEALED, SEALED))) == []


@pytest.mark.parametrize("scheme", ["iso3", "cow", "wikidata", "un_m49", "x" * 40])
def test_a_code_names_its_collection_by_a_word(scheme):
    assert faults(a_party(codes=(PartyCode(scheme, "731"),))) == []


@pytest.mark.rule("13.6")
@pytest.mark.parametrize("scheme", ["", "ISO3", "3iso", "iso-3", "x" * 41])
def test_another_name_of_a_collection_is_refused(scheme):
    assert faults(a_party(codes=(PartyCode(scheme, "731"),))) == ["codes[0].scheme"]


def test_a_code_has_a_value_of_up_to_100_bytes_and_its_days():
    good = PartyCode("cow", "x" * 100, FROM, TO)

    assert faults(a_party(codes=(good,))) == []
    for wrong, field in (
        (PartyCode("cow", ""), "value"),
        (PartyCode("cow", "x" * 101), "value"),
        (PartyCode("cow", "365", TO, FROM), "to_day"),
    ):
        assert faults(a_party(codes=(good, wrong))) == [f"codes[1].{field}"]


@pytest.mark.rule("13.6")
def test_up_to_50_codes_each_once_but_several_of_one_collection():
    many = tuple(PartyCode("cameo", f"PRK{number}") for number in range(51))

    assert faults(a_party(codes=many[:50])) == []
    assert faults(a_party(codes=many)) == ["codes"]
    assert faults(a_party(codes=(many[0], many[0]))) == ["codes[1]"]


def test_a_party_has_attributes():
    assert faults(a_party(attributes=(Attribute("sector", "military"),))) == []
    assert faults(a_party(attributes=(Attribute("sector", ""),))) == ["attributes[0].value"]


# Representations


def test_a_representative_names_the_principal():
    assert faults(a_party(represents=(a_representation(principal=""),))) == [
        "represents[0].principal"
    ]


@pytest.mark.rule("13.7")
def test_nobody_represents_himself():
    assert faults(a_representative(), entry_id="us") == ["represents[0].principal"]


def test_a_mandate_lists_each_move_once():
    twice = a_representation(mandate=(Mandate.FULFIL, Mandate.FULFIL))

    assert faults(a_party(represents=(a_representation(mandate=()),))) == []
    assert faults(a_party(represents=(twice,))) == ["represents[0].mandate[1]"]


def test_a_representation_begins_before_it_ends():
    backward = represented(("2018-07-02", "2018-07-01"))

    assert faults(a_party(represents=backward)) == ["represents[0].to_day"]


@pytest.mark.rule("3.1", "13.8")
def test_on_any_day_a_party_represents_one_other_at_most():
    one_after_another = represented(("2018-07-01", ""), ("", "2018-06-30"))
    on_the_same_day = represented(("2018-06-30", ""), ("", "2018-06-30"))
    one_within_another = represented(
        ("2018-01-01", "2018-12-31"), ("2018-02-01", "2018-02-02"), ("2018-06-01", "2018-06-02")
    )

    assert faults(a_party(represents=one_after_another)) == []
    assert faults(a_party(represents=on_the_same_day)) == ["represents[0]"]
    assert faults(a_party(represents=one_within_another)) == [
        "represents[1]",
        "represents[2]",
    ]


def test_up_to_fifty_representations():
    many = represented(*((f"{1900 + n}-01-01", f"{1900 + n}-12-31") for n in range(51)))

    assert faults(a_party(represents=many[:50])) == []
    assert faults(a_party(represents=many)) == ["represents"]


# The other ties


@pytest.mark.rule("13.8")
def test_a_party_succeeds_others_each_once():
    ties = (Succession("ussr", FROM), Succession("empire", FROM, continues=True))

    assert faults(a_party(succeeds=ties)) == []
    assert faults(a_party(succeeds=(*ties, Succession("ussr", TO)))) == ["succeeds[2]"]


@pytest.mark.rule("13.7")
def test_nobody_succeeds_himself():
    assert faults(a_party(succeeds=(Succession("X1", FROM),))) == ["succeeds[0].predecessor"]
    assert faults(a_party(succeeds=(Succession("", FROM),))) == ["succeeds[0].predecessor"]


@pytest.mark.rule("13.8")
def test_a_body_has_members_on_their_days():
    ties = (Membership("us", FROM, TO), Membership("us", date(2019, 1, 1)), Membership("rok"))

    assert faults(a_party(composed_of=ties)) == []
    assert faults(a_party(composed_of=(*ties, ties[0]))) == ["composed_of[3]"]
    assert faults(a_party(composed_of=(Membership("us", TO, FROM),))) == [
        "composed_of[0].to_day"
    ]


@pytest.mark.rule("13.7")
def test_no_body_is_a_member_of_itself():
    assert faults(a_party(composed_of=(Membership("X1"),))) == ["composed_of[0].member"]
    assert faults(a_party(composed_of=(Membership(""),))) == ["composed_of[0].member"]


@pytest.mark.rule("13.7", "13.8")
def test_a_party_is_the_same_as_others_and_not_as_itself():
    assert faults(a_party(same_as=(Identity("a"), Identity("b")))) == []
    assert faults(a_party(same_as=(Identity("a"), Identity("a")))) == ["same_as[1]"]
    assert faults(a_party(same_as=(Identity("X1"),))) == ["same_as[0].party"]
    assert faults(a_party(same_as=(Identity(""),))) == ["same_as[0].party"]


def test_a_party_without_an_id_yet_cannot_be_tied_to_itself():
    assert faults(a_party(same_as=(Identity("X1"),)), entry_id="") == []


@pytest.mark.parametrize(
    ("field", "limit", "make"),
    [
        ("succeeds", 50, lambda n: Succession(f"p{n}", FROM)),
        ("composed_of", 200, lambda n: Membership(f"p{n}")),
        ("same_as", 50, lambda n: Identity(f"p{n}")),
    ],
)
def test_each_kind_of_tie_has_its_limit(field, limit, make):
    many = tuple(map(make, range(limit + 1)))

    assert faults(a_party(**{field: many[:limit]})) == []
    assert faults(a_party(**{field: many})) == [field]


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("represents", a_representation),
        ("succeeds", lambda **told: Succession("p", FROM, **told)),
        ("composed_of", lambda **told: Membership("p", **told)),
        ("same_as", lambda **told: Identity("p", **told)),
    ],
)
def test_a_tie_has_up_to_20_reports_and_a_remark(field, make):
    many = tuple(f"R{number}" for number in range(21))

    def told(**details) -> list[str]:
        found = faults(a_party(**{field: (make(**details),)}))
        return [each.removeprefix(f"{field}[0].") for each in found]

    assert told(reports=many[:20], note="x" * 1000) == []
    assert told(reports=many) == ["reports"]
    assert told(reports=("R1", "R1")) == ["reports[1]"]
    assert told(reports=("R1", "")) == ["reports[1]"]
    assert told(reports=("no id",)) == ["reports[0]"]
    assert told(note="x" * 1001) == ["note"]
