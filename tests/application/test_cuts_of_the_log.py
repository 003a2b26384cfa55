"""Where a log may be cut: at the ends of requests, by position, token or time."""

from datetime import timedelta
from hashlib import sha256

import pytest

from ledger_service.domain.values.refusals import CutOutOfRange, InvalidToken
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import EVERY_STORE
from tests.support.slow_tree import check_log

pytestmark = EVERY_STORE


@pytest.fixture
async def ledger_of_three_requests(ledger, clock):
    """Requests end at positions 1, 3 and 6, an hour apart."""
    for size in (2, 3):
        clock.time += timedelta(hours=1)
        await ledger.record(a_command(*(entry("", a_party()) for _ in range(size))))
    return ledger


@pytest.mark.rule("2.2")
async def test_a_position_resolves_down_to_the_end_of_a_request(
    ledger_of_three_requests,
) -> None:
    ledger = ledger_of_three_requests
    found = [ledger.positions.boundary(position) for position in range(8)]
    assert found == [0, 1, 1, 3, 3, 3, 6, 6]


async def test_the_next_end_of_a_request_is_known(ledger_of_three_requests) -> None:
    ledger = ledger_of_three_requests
    assert [ledger.positions.boundary_after(position) for position in range(6)] == [
        1,
        3,
        3,
        6,
        6,
        6,
    ]


@pytest.mark.rule("2.1", "2.2")
async def test_a_time_resolves_to_the_last_request_recorded_by_then(
    ledger_of_three_requests, clock
) -> None:
    ledger, start = ledger_of_three_requests, clock.time - timedelta(hours=2)
    microsecond = timedelta(microseconds=1)
    second = start + timedelta(hours=1)
    assert await ledger.positions.position_at(start - microsecond) == 0
    assert await ledger.positions.position_at(start) == 1
    assert await ledger.positions.position_at(second) == 1  # the first of its two records only
    assert await ledger.positions.position_at(second + microsecond) == 3
    assert await ledger.positions.position_at(clock.time + timedelta(days=1)) == 6


async def test_times_and_roots_are_known_at_each_position(ledger_of_three_requests) -> None:
    ledger = ledger_of_three_requests
    versions = ledger.told_at([2, 3, 4, 5, 6])
    assert [ledger.positions.recorded_at(position) for position in range(2, 7)] == [
        version.recorded_at for version in versions
    ]
    assert ledger.positions.recorded_at(0) is None
    assert ledger.log.root(0) == sha256(b"").digest()
    check_log(ledger)


@pytest.mark.rule("2.1")
async def test_a_token_gives_its_position_back(ledger_of_three_requests) -> None:
    ledger = ledger_of_three_requests
    assert [
        ledger.positions.position_of(ledger.positions.token(position))
        for position in (0, 1, 3, 6)
    ] == [
        0,
        1,
        3,
        6,
    ]
    assert ledger.positions.token(6).replace("-", "").replace("_", "").isalnum()


async def test_a_token_beyond_the_head_is_out_of_range(ledger_of_three_requests) -> None:
    ledger = ledger_of_three_requests
    with pytest.raises(CutOutOfRange) as refusal:
        ledger.positions.position_of(ledger.positions.token(7))
    assert refusal.value.head == 6


@pytest.mark.parametrize("token", ["", "x", "not a token", "Ä", "AAAA", "=" * 8, "A" * 28])
async def test_a_damaged_token_is_refused(ledger, token: str) -> None:
    with pytest.raises(InvalidToken, match="damaged"):
        ledger.positions.position_of(token)


async def test_a_token_with_one_letter_changed_is_refused(ledger) -> None:
    token = ledger.positions.token(1)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(InvalidToken):
            ledger.positions.position_of(token[:place] + other + token[place + 1 :])


async def test_a_token_of_another_ledger_is_refused(ledger, ledgers) -> None:
    other = await ledgers.create("other", "Other", "", None)
    with pytest.raises(InvalidToken, match="another ledger"):
        ledger.positions.position_of(other.positions.token(1))
