"""How a refusal tells of times: as short as it can."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger_service.domain.values.refusals import CutOutOfRange

NOW = datetime(2018, 8, 18, 12, 0, 0, 250, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "asked", "clock"),
    [
        (timedelta(days=1), "2018-08-19T12:00:00Z", "2018-08-18T12:00:00Z"),
        (
            timedelta(microseconds=1),
            "2018-08-18T12:00:00.000251Z",
            "2018-08-18T12:00:00.000250Z",
        ),
    ],
)
def test_seconds_do_where_they_tell_two_times_apart(ahead, asked, clock):
    said = str(CutOutOfRange("The time", NOW + ahead, 7, NOW))
    assert said == (
        f"The time {asked} lies beyond this ledger: it ends at position 7 and its clock is "
        f"at {clock}. Ask for an earlier one."
    )


def test_other_cuts_are_told_without_a_clock():
    said = str(CutOutOfRange("The position", "9", 7))
    assert "position 9 lies beyond this ledger: it ends at position 7." in said
