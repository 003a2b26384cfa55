"""All answers about a ledger at once, so that whole ledgers can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger_service.domain.balance.balance import balance, balances
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    ActView,
    Balance,
    Bin,
    CommitmentStanding,
    Series,
)
from ledger_service.domain.values.cuts import EvidenceFilter
from ledger_service.domain.values.scales import UNIT, ScaleTable, built_in, from_entry
from tests.support.strategies import PARTIES, SCALE, Look

#: Every two parties once.
PAIRS = [(a, b) for a in PARTIES for b in PARTIES if a < b]


@dataclass(frozen=True)
class Answers:
    """What a ledger says at some cuts."""

    commitments: dict[str, CommitmentStanding]
    acts: dict[str, ActView]
    balances: tuple[Balance, ...]
    series: tuple[Series, ...]


def picture_of(history: History, look: Look) -> Picture:
    return Picture(history, look.as_of, look.reported_by, look.policy)


def unit(
    evidence: EvidenceFilter = EvidenceFilter.ANY, half_life: Fraction | None = None
) -> Measure:
    return Measure(built_in()[UNIT], evidence, half_life)


def house(picture: Picture) -> ScaleTable:
    scale = picture.scale(SCALE)
    return from_entry(SCALE, scale) if scale else built_in()[UNIT]


def everything(history: History, look: Look) -> Answers:
    picture = picture_of(history, look)
    how = Measure(house(picture), EvidenceFilter.ANY, None)
    return Answers(
        commitments(picture),
        acts(picture),
        tuple(balances(picture, how)),
        tuple(series_of(picture, a, b, how) for a, b in PAIRS),
    )


def commitments(picture: Picture) -> dict[str, CommitmentStanding]:
    found = {i: commitment_standing(picture, i) for i in picture.history.commitments()}
    return {i: stands for i, stands in sorted(found.items()) if stands is not None}


def acts(picture: Picture) -> dict[str, ActView]:
    found = {i: picture.act(i) for i in picture.history.acts()}
    return {i: act_view(picture, act) for i, act in sorted(found.items()) if act}


def series_of(
    picture: Picture,
    a: str,
    b: str,
    how: Measure,
    width: Bin = Bin.WEEK,
    days: tuple[date, date] | None = None,
) -> Series:
    first, last = days or (None, None)
    return series(picture, a, b, how, bin_=width, from_day=first, to_day=last)


def balance_of(picture: Picture, a: str, b: str, how: Measure) -> Balance:
    return balance(picture, a, b, how)
