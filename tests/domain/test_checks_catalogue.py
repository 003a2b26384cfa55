"""What a party, a report and a scale must keep to be recorded."""

from datetime import date

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Coding,
    IntervalDate,
    Mandate,
    PartyCodes,
    Weight,
)
from ledger_service.domain.values.scales import RESERVED
from tests.support.examples import (
    a_command,
    a_party,
    a_report,
    a_representation,
    a_representative,
    a_scale,
    entry,
    on,
)

TODAY = date(2018, 9, 1)


def faults(state, entry_id: str = "X1") -> list[str]:
    """The fields that are wrong, below the state."""
    command = normalise(a_command(entry(entry_id, state)))
    root = f"items[0].entry.state.{TYPE_NAMES[type(state)]}."
    return [v.field.removeprefix(root) for v in check_command(command, today=TODAY)]


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


@pytest.mark.parametrize("good", [a_party(), a_representative(), a_report(), a_scale()])
def test_the_examples_are_good(good):
    assert faults(good) == []


@pytest.mark.parametrize(
    ("make", "field", "limit", "required"),
    [
        (a_party, "name", 200, True),
        (a_party, "note", 4000, False),
        (a_report, "title", 500, True),
        (a_report, "publisher", 200, True),
        (a_report, "url", 2000, False),
        (a_report, "summary", 4000, False),
        (a_report, "note", 4000, False),
        (a_scale, "title", 500, True),
        (a_scale, "version", 100, True),
        (a_scale, "source", 2000, True),
        (a_scale, "licence", 200, True),
        (a_scale, "note", 4000, False),
    ],
)
def test_each_text_has_its_limit_and_some_are_required(make, field, limit, required):
    assert faults(make(**{field: "x" * limit})) == []
    assert faults(make(**{field: "x" * (limit + 1)})) == [field]
    assert faults(make(**{field: "a\x00"})) == [field]
    assert faults(make(**{field: ""})) == ([field] if required else [])


# Parties


def test_an_alias_is_a_name_given_once():
    assert faults(a_party(aliases=("a", "b"))) == []
    assert faults(a_party(aliases=("a", "a"))) == ["aliases[1]"]
    assert faults(a_party(aliases=("a", ""))) == ["aliases[1]"]
    assert faults(a_party(aliases=("x" * 201,))) == ["aliases[0]"]


def test_up_to_fifty_aliases():
    many = tuple(f"alias {number}" for number in range(51))

    assert faults(a_party(aliases=many[:50])) == []
    assert faults(a_party(aliases=many)) == ["aliases"]


@pytest.mark.parametrize(
    ("field", "good", "wrong"),
    [("iso3", "PRK", "prk"), ("cow", "731", "7310"), ("cameo", "PRKGOV", "PRK GOV")],
)
def test_the_codes_of_a_party_are_spelt_as_in_their_lists(field, good, wrong):
    assert faults(a_party(codes=PartyCodes(**{field: good}))) == []
    assert faults(a_party(codes=PartyCodes(**{field: wrong}))) == [f"codes.{field}"]


def test_a_representative_names_the_principal():
    assert faults(a_party(represents=(a_representation(principal=""),))) == [
        "represents[0].principal"
    ]


def test_nobody_represents_himself():
    assert faults(a_representative(), entry_id="us") == ["represents[0].principal"]


def test_a_mandate_lists_each_move_once():
    twice = a_representation(mandate=(Mandate.FULFIL, Mandate.FULFIL))

    assert faults(a_party(represents=(a_representation(mandate=()),))) == []
    assert faults(a_party(represents=(twice,))) == ["represents[0].mandate[1]"]


def test_a_representation_begins_before_it_ends():
    backward = represented(("2018-07-02", "2018-07-01"))

    assert faults(a_party(represents=backward)) == ["represents[0].to_day"]


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


# Reports


def test_a_report_may_have_an_open_or_unknown_date_but_not_a_backward_one():
    backward = IntervalDate(from_day=date(2018, 7, 2), to_day=date(2018, 7, 1))

    assert faults(a_report(published=IntervalDate())) == []
    assert faults(a_report(published=IntervalDate(from_day=date(2018, 7, 1)))) == []
    assert faults(a_report(published=on("2018-07-01", "2018-07-09"))) == []
    assert faults(a_report(published=backward)) == ["published.to_day"]


# Scales


@pytest.mark.parametrize("name", RESERVED)
def test_a_registered_scale_does_not_take_the_id_of_a_built_in_one(name):
    [field] = faults(a_scale(), entry_id=name)

    assert field == "items[0].entry.id"
    assert faults(a_party(), entry_id=name) == []


@pytest.mark.parametrize(
    ("coding", "good", "wrong"),
    [
        (Coding.CAMEO, ("08", "0842"), ("RETREAT", "8", "")),
        (Coding.PLOVER, ("RETREAT", "RETREAT/disarm"), ("0842", "RETREAT/", "retreat", "")),
    ],
)
def test_the_rows_of_a_scale_are_spelt_by_its_coding(coding, good, wrong):
    for code in good:
        assert faults(a_scale(coding=coding, weights=(Weight(code=code, weight="1"),))) == []
    for code in wrong:
        rows = (Weight(code=code, weight="1"),)
        assert faults(a_scale(coding=coding, weights=rows)) == ["weights[0].code"]


def test_a_code_stands_once_in_a_scale():
    rows = (Weight(code="08", weight="1"), Weight(code="08", weight="2"))

    assert faults(a_scale(weights=rows)) == ["weights[1].code"]


@pytest.mark.parametrize("weight", ["", "1/2", "1e1", "0.1234567"])
def test_a_weight_is_a_decimal_with_at_most_six_places(weight):
    rows = (Weight(code="08", weight=weight), Weight(code="09", weight="-2.25"))

    assert faults(a_scale(weights=rows)) == ["weights[0].weight"]


def test_one_to_2000_rows():
    rows = tuple(Weight(code=f"{n:04}", weight="1") for n in range(2001))

    assert faults(a_scale(weights=())) == ["weights"]
    assert faults(a_scale(weights=rows[:2000])) == []
    assert faults(a_scale(weights=rows))[0] == "weights"
