"""Weights of event codes."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_service.domain.values.entries import Coding, EventCode, PloverCode, Weight
from ledger_service.domain.values.scales import (
    GOLDSTEIN,
    PLOVER,
    RESERVED,
    UNIT,
    built_in,
    from_entry,
    weigh,
)
from tests.support.examples import a_scale


def cameo(code: str) -> EventCode:
    return EventCode(cameo=code)


def plover(event_type: str, mode: str = "") -> EventCode:
    return EventCode(plover=PloverCode(type=event_type, mode=mode))


def by_plover(code: EventCode | None):
    return weigh(built_in()[PLOVER], code)


def by_goldstein(code: EventCode | None):
    return weigh(built_in()[GOLDSTEIN], code)


def test_three_scales_are_built_in_and_say_where_they_come_from():
    assert tuple(built_in()) == RESERVED
    for name, table in built_in().items():
        assert table.id == name
        assert all([table.version, table.source, table.licence])


def test_the_tables_are_whole():
    assert len(built_in()[GOLDSTEIN].weights) == 311
    assert len(built_in()[PLOVER].weights) == 82
    assert max(built_in()[GOLDSTEIN].weights.values()) == 10
    assert min(built_in()[GOLDSTEIN].weights.values()) == -10


@pytest.mark.parametrize("code", [None, EventCode(), cameo("0842"), plover("NOSUCH")])
def test_on_the_scale_unit_every_deed_weighs_one(code):
    assert weigh(built_in()[UNIT], code) == 1


@pytest.mark.rule("6.4")
@pytest.mark.parametrize(
    ("code", "weight"),
    [("0842", 7), ("0874", 10), ("010", 0), ("10", -5), ("042", Fraction("1.9")), ("130", Fraction("-4.4"))],
)  # fmt: skip
def test_goldstein_weighs_a_cameo_code_by_its_own_row(code, weight):
    assert by_goldstein(cameo(code)) == weight


@pytest.mark.rule("6.4")
def test_a_cameo_code_without_a_row_takes_its_parents():
    assert by_goldstein(cameo("0879")) == by_goldstein(cameo("087")) == 9
    assert by_goldstein(cameo("0899")) == by_goldstein(cameo("08")) == 5


def test_a_cameo_code_with_no_row_above_it_has_no_weight():
    assert by_goldstein(cameo("99")) is None


@pytest.mark.parametrize("code", [None, EventCode()])
def test_a_deed_without_a_code_has_no_weight(code):
    assert by_goldstein(code) is None
    assert by_plover(code) is None


def test_a_scale_of_cameo_codes_does_not_guess_from_a_plover_code():
    assert by_goldstein(plover("RETREAT")) is None


def test_plover_weighs_a_type_with_its_mode():
    assert by_plover(plover("RETREAT", "disarm")) == 10


@pytest.mark.rule("6.4")
def test_a_plover_mode_without_a_score_takes_its_types():
    assert by_plover(plover("RETREAT", "ease")) == by_plover(plover("RETREAT"))
    assert by_plover(plover("RETREAT")) == Fraction("6.5")


def test_an_unknown_plover_type_has_no_weight():
    assert by_plover(plover("NOSUCH", "disarm")) is None


@pytest.mark.rule("6.4")
def test_without_a_plover_code_the_crosswalk_answers():
    assert by_plover(cameo("0873")) == 10
    assert by_plover(cameo("0842")) == Fraction("6.5")


def test_the_crosswalk_too_falls_back_to_the_parent():
    assert by_plover(cameo("0849")) == by_plover(cameo("084"))


@pytest.mark.rule("6.4")
def test_a_given_plover_code_goes_before_the_crosswalk():
    both = EventCode(cameo="0873", plover=PloverCode(type="CONCEDE"))

    assert by_plover(both) == Fraction("4.5")


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("root", [f"{number:02}" for number in range(3, 21)])
def test_the_crosswalk_reads_a_root_code_as_the_code_not_specified_below(root):
    assert by_plover(cameo(root)) == by_plover(cameo(f"{root}0")) is not None


def test_a_code_with_no_row_but_its_roots_takes_that():
    assert by_plover(cameo("0899")) == by_plover(cameo("08")) == Fraction("4.5")


@pytest.mark.rule("6.4")
@pytest.mark.parametrize("root", ["01", "02", "99"])
def test_a_root_code_that_plover_has_no_type_for_has_no_weight(root):
    assert by_plover(cameo(root)) is None


def test_a_cameo_code_that_the_crosswalk_drops_has_no_plover_weight():
    assert by_plover(cameo("010")) is None


def test_a_registered_scale_weighs_like_a_built_in_one():
    ours = from_entry("ours", a_scale())

    assert (ours.id, ours.version) == ("ours", "1")
    assert weigh(ours, cameo("0842")) == Fraction("7.5")
    assert weigh(ours, cameo("0841")) == 5
    assert weigh(ours, cameo("03")) is None


def test_a_registered_scale_may_weigh_by_plover():
    rows = (Weight(code="YIELD", weight="1"), Weight(code="RETREAT/disarm", weight="2"))
    ours = from_entry("ours", a_scale(coding=Coding.PLOVER, weights=rows))

    assert weigh(ours, cameo("0873")) == 2
    assert weigh(ours, plover("RETREAT")) is None
    assert weigh(ours, plover("YIELD", "fully")) == 1


@settings(max_examples=100)
@given(st.from_regex(r"[0-9]{2,4}", fullmatch=True))
def test_a_code_weighs_as_its_own_row_or_as_its_parent(code):
    own = built_in()[GOLDSTEIN].weights.get(code)

    assert by_goldstein(cameo(code)) == (by_goldstein(cameo(code[:-1])) if own is None else own)
