"""A list of all commitments reads what it shows, and asks not where each of them stands."""

from datetime import date, timedelta
from typing import Any

from ledger_service.application import finding
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.filters import CommitmentFilter, DayRange
from tests.support.examples import a_command, a_commitment, a_ledgerful, entry, on
from tests.support.histories import MemoryHistory

FIRST_DAY = date(2018, 6, 12)
IDS = [f"c{n}" for n in range(5)]


class NoFactsAsked:
    """A history of which nobody may ask the facts that lists by lifecycle are made of."""

    def __init__(self, history: Any) -> None:
        self._history = history

    def __getattr__(self, name: str) -> Any:
        assert name != "kept_facts"
        return getattr(self._history, name)


def picture() -> Picture:
    ledger = MemoryHistory()
    ledger.record(a_command(*a_ledgerful()))
    days = [FIRST_DAY + timedelta(days=n) for n in range(len(IDS))]
    ledger.record(
        a_command(
            *(
                entry(each, a_commitment(occurred=on(day.isoformat())))
                for each, day in zip(IDS, days, strict=True)
            )
        )
    )
    history: Any = NoFactsAsked(ledger.at(ledger.head))
    return Picture(history, date(2019, 1, 1), None, Policy.CERTAIN)


def test_all_commitments_are_listed_without_asking_where_each_stands() -> None:
    listed = [known.id for known in finding.commitments(picture(), CommitmentFilter())]
    assert [each for each in listed if each in IDS] == IDS


def test_so_are_those_of_some_days() -> None:
    days = DayRange(FIRST_DAY, FIRST_DAY + timedelta(days=1))
    asked = CommitmentFilter(occurred=days)
    listed = [known.id for known in finding.commitments(picture(), asked)]
    assert [each for each in listed if each in IDS] == IDS[:2]
