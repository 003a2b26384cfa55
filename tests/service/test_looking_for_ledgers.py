"""How often a service looks for ledgers that other services made in its database."""

import pytest

from ledger_service.ledger_registry import pause_after


@pytest.mark.parametrize(
    ("took", "pause"), [(0.001, 1.0), (0.05, 1.0), (0.2, 4.0), (60.0, 10.0)]
)
def test_looking_takes_a_twentieth_of_the_time_at_most_and_happens_every_ten_seconds_at_least(
    took, pause
):
    assert pause_after(took) == pytest.approx(pause)
