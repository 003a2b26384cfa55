"""All answers about a random ledger at once, so that whole ledgers can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_service.domain.balance.balance import balance
from ledger_service.domain.balance.deliveries import Measure
from ledger_service.domain.balance.series import series
from ledger_service.domain.instruments.standing import instrument_standing
from ledger_service.domain.lifecycle.acts import act_view
from ledger_service.domain.lifecycle.standing import commitment_standing
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.party_view import party_view
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import (
    ActView,
    Balance,
    CommitmentStanding,
    CountBy,
    InstrumentStanding,
    PartyView,
    Series,
)
from ledger_service.domain.values.scales import UNIT, built_in
from tests.support.random_ledgers import (
    ACTS,
    COMMITMENTS,
    INSTRUMENTS,
    PAIRS,
    PARTIES,
    Look,
)


@dataclass(frozen=True)
class AllAnswers:
    """What a ledger says at some cuts."""

    commitments: dict[str, CommitmentStanding | None]
    acts: dict[str, ActView | None]
    instruments: dict[str, InstrumentStanding | None]
    parties: dict[str, PartyView | None]
    balances: tuple[Balance, ...]
    series: tuple[Series, ...]


def all_answers(history: History, look: Look) -> AllAnswers:
    picture = Picture(history, look.as_of, look.reported_by, look.policy)
    acts = {i: picture.act(i) for i in ACTS}
    plain = Measure(built_in()[UNIT])
    grouped = Measure(built_in()[UNIT], count_by=CountBy.COMMITMENTS, with_predecessors=True)
    some = PAIRS[::4]
    return AllAnswers(
        {i: commitment_standing(picture, i) for i in COMMITMENTS},
        {i: act_view(picture, act) if act else None for i, act in acts.items()},
        {i: instrument_standing(picture, i) for i in INSTRUMENTS},
        {i: party_view(picture, i) for i in PARTIES},
        tuple(balance(picture, *pair, how) for pair in some for how in (plain, grouped)),
        tuple(series(picture, *pair, plain) for pair in some),
    )
