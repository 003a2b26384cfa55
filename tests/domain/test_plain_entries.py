"""Of plain entries there may be very many: what they have in common is in memory once."""

from datetime import UTC, date, datetime

from ledger_service.domain.picture.plain_acts import plain_act
from ledger_service.domain.picture.plain_commitments import plain_commitment
from ledger_service.domain.values.entries import Act, Change, Commitment, IntervalDate, Version
from tests.support.examples import a_commitment, an_act


def a_version(entry_id: str, position: int, state: Act | Commitment) -> Version:
    return Version(
        entry_id=entry_id,
        version=1,
        change=Change.RECORDED,
        state=state,
        recorded_at=datetime(2018, 7, 1, tzinfo=UTC),
        position=position,
    )


def a_day() -> IntervalDate:
    """A value of its own each time, as it is read from a record."""
    day = date(2018, 6, 12)
    return IntervalDate(day.replace(), day.replace())


def test_plain_commitments_share_their_days_and_dues() -> None:
    ones = [
        plain_commitment(a_version(f"c{n}", n, a_commitment(occurred=a_day(), due=a_day())), ())
        for n in (1, 2)
    ]
    first, second = (each for each in ones if each)
    assert first.day is second.day
    assert first.due is second.due


def test_plain_acts_share_their_days() -> None:
    ones = [plain_act(a_version(f"a{n}", n, an_act(occurred=a_day()))) for n in (1, 2)]
    first, second = (each for each in ones if each)
    assert first.day is second.day
