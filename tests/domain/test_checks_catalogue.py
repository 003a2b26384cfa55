"""What a report and a scale must keep to be recorded (rules 13.3, 13.4 and 13.6)."""

from datetime import date

import pytest

from ledger_service.domain.checks import check_command, normalise
from ledger_service.domain.values.entries import (
    TYPE_NAMES,
    Attribute,
    Coding,
    IntervalDate,
    Weight,
)
from ledger_service.domain.values.scales import RESERVED
from tests.support.examples import (
    a_command,
    a_party,
    a_report,
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


@pytest.mark.parametrize("good", [a_report(), a_scale()])
def test_the_examples_are_good(good):
    assert faults(good) == []


@pytest.mark.parametrize(
    ("make", "field", "limit", "required"),
    [
        (a_report, "title", 500, True),
        (a_report, "publisher", 200, True),
        (a_report, "url", 2000, False),
        (a_report, "archived_url", 2000, False),
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


# Reports


def test_a_report_may_have_an_open_or_unknown_date_but_not_a_backward_one():
    backward = IntervalDate(from_day=date(2018, 7, 2), to_day=date(2018, 7, 1))

    assert faults(a_report(published=IntervalDate())) == []
    assert faults(a_report(published=IntervalDate(from_day=date(2018, 7, 1)))) == []
    assert faults(a_report(published=on("2018-07-01", "2018-07-09"))) == []
    assert faults(a_report(published=backward)) == ["published.to_day"]


@pytest.mark.rule("13.6")
@pytest.mark.parametrize(
    ("field", "good", "wrong"),
    [
        (
            "digest",
            ("", "sha256:" + "0a" * 32),
            ("0a" * 32, "sha256:" + "0A" * 32, "sha256:" + "0a" * 31, "md5:" + "0a" * 16),
        ),
        (
            "language",
            ("", "ko", "en-GB", "zh-Hant-TW", "de-1996", "mn-Cyrl-MN"),
            ("k", "Korean language", "en_GB", "en-", "-en", "x" * 9, "ko, en"),
        ),
    ],
)
def test_what_is_read_by_other_programs_is_spelt_as_they_expect(field, good, wrong):
    for value in good:
        assert faults(a_report(**{field: value})) == []
    for value in wrong:
        assert faults(a_report(**{field: value})) == [field]


@pytest.mark.rule("13.4")
def test_a_report_was_not_read_in_the_future():
    tomorrow = date(2018, 9, 2)

    assert faults(a_report(retrieved=tomorrow)) == []
    assert faults(a_report(retrieved=date(2018, 9, 3))) == ["retrieved"]
    # A copy that was shown before it was published, by embargo or across a border of days:
    assert faults(a_report(retrieved=date(2018, 7, 8))) == []


def test_a_report_has_topics_and_attributes():
    assert (
        faults(a_report(topics=("sanctions",), attributes=(Attribute("tone", "-2.5"),))) == []
    )
    assert faults(a_report(topics=("Sanctions",))) == ["topics[0]"]
    assert faults(a_report(attributes=(Attribute("Tone", "-2.5"),))) == ["attributes[0].name"]


# Scales


@pytest.mark.parametrize("name", RESERVED)
def test_a_registered_scale_does_not_take_the_id_of_a_built_in_one(name):
    [field] = faults(a_scale(), entry_id=name)

    assert field == "items[0].entry.entry_id"
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
