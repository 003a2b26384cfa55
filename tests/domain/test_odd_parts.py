"""Shares whose denominators have nothing in common are answered, however many there are."""

import pytest

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.outstanding import owed_between
from ledger_service.domain.lifecycle.standing import commitment_standing, standing
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values import exact
from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.scales import UNIT, built_in
from tests.support.histories import MemoryHistory
from tests.support.shapes import NORTH, SHAPES, SOUTH, common, on

_LATE = on(9_000).to_day


def picture_of(name: str, size: int) -> Picture:
    history = MemoryHistory()
    history.record(RecordCommand((*common(), *SHAPES[name](size))))
    return Picture(history.at(history.head), _LATE)


@pytest.mark.rule("5.4.3")
def test_a_share_of_too_many_digits_is_told_as_a_lower_bound() -> None:
    found = commitment_standing(picture_of("fulfilments in odd parts", 550), "c")
    assert found
    assert found.standing.share is None
    assert abs(float(found.standing.share_at_least) - 550e-9) < 1e-11
    assert len(exact.text(found.standing.share_at_least)) < 700


@pytest.mark.rule("5.4.3")
def test_a_share_of_some_digits_is_exact() -> None:
    found = commitment_standing(picture_of("fulfilments in odd parts", 20), "c")
    assert found
    assert found.standing.share == found.standing.share_at_least


@pytest.mark.rule("6.7")
def test_what_is_owed_of_too_many_digits_is_told_as_an_upper_bound() -> None:
    picture = picture_of("commitments in odd parts", 300)
    found = balance(picture, NORTH, SOUTH, Measure(built_in()[UNIT])).outstanding_ab.undated
    assert found.count == 150
    assert found.at_most
    assert 149 < found.weight < 150
    assert len(exact.text(found.weight)) < 700


@pytest.mark.parametrize("deeds", [20, 550])
def test_a_balance_leaves_of_a_commitment_what_its_standing_does(deeds: int) -> None:
    """Also where the order in which shares are added up decides how they are rounded."""
    picture = picture_of("fulfilments in odd parts", deeds)
    stands = standing(picture, "c")
    (debt,) = owed_between(picture, NORTH, SOUTH).debts()
    assert debt.left == 1 - stands.share_at_least
    assert debt.at_most == (stands.share is None)
