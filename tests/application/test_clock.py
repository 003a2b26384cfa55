"""A clock that runs far ahead dates no records, and one that did is told of."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.refusals import ClockAhead
from ledger_service.persistence import disk
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import EVERY_STORE, Clock, all_ledgers

YEAR = timedelta(days=365)


class LeapingClock(Clock):
    """Leaps a year ahead when it was read `reads` times."""

    reads = -1

    def __call__(self) -> datetime:
        if self.reads == 0:
            self.time += YEAR
        self.reads -= 1
        return self.time


@pytest.fixture
def clock() -> LeapingClock:
    """One that says what the system's says."""
    clock = LeapingClock()
    clock.time = datetime.now(UTC)
    return clock


def problems(ledgers: Ledgers) -> list[tuple[str, bool]]:
    return [(each.text, each.usable) for each in ledgers.health.problems()]


def is_about(one: datetime, other: datetime) -> bool:
    """But for the microseconds that records add."""
    return abs(one - other) < timedelta(milliseconds=1)


@EVERY_STORE
async def test_a_clock_that_is_a_year_ahead_dates_no_record(ledger, ledgers, clock) -> None:
    known = a_command(entry("us", a_party()), request_id="r1")
    await ledger.record(known)
    clock.time += YEAR
    with pytest.raises(ClockAhead, match="more than a day later"):
        await ledger.record(a_command(entry("dprk", a_party())))
    with pytest.raises(ClockAhead):
        await ledger.rotate_key("Yearly change.")
    assert (await ledger.record(known)).already_recorded
    [(text, usable)] = problems(ledgers)
    assert "trust_clock" in text
    assert not usable
    assert ledger.head.position == 2
    assert not ledger.log.doubtful

    clock.time -= YEAR
    answer = await ledger.record(a_command(entry("dprk", a_party())))
    assert is_about(answer.recorded[0].recorded_at, clock.time)
    assert problems(ledgers) == []


@EVERY_STORE
@pytest.mark.parametrize("reads", range(4))
async def test_what_is_dated_bears_the_very_time_that_was_found_good(
    ledger, clock, reads
) -> None:
    good = clock.time
    clock.reads = reads
    for name in ("us", "dprk"):
        with suppress(ClockAhead):
            await ledger.record(a_command(entry(name, a_party())))
    assert is_about(ledger.head.recorded_at, good)


async def test_a_clock_that_was_set_right_is_noticed_though_nobody_records(
    ledger, ledgers, clock, monkeypatch
) -> None:
    monkeypatch.setattr("ledger_service.application.clock_watch._SECONDS", 0.01)
    clock.time += YEAR
    with pytest.raises(ClockAhead):
        await ledger.record(a_command(entry("us", a_party())))
    clock.time -= YEAR
    async with asyncio.timeout(20):
        while problems(ledgers):  # noqa: ASYNC110 -- nobody tells of it but health
            await asyncio.sleep(0.01)


async def test_a_log_may_rest_for_years(ledger, ledgers, clock, monkeypatch) -> None:
    """The file system says that so much time went by."""
    clock.time += 3 * YEAR
    later = int((time.time() + 3 * YEAR.total_seconds()) * 1_000_000)
    monkeypatch.setattr(
        "ledger_service.persistence.storage.sqlite.recorder.time_of_disk", lambda _: later
    )
    answer = await ledger.record(a_command(entry("us", a_party())))
    assert is_about(answer.recorded[0].recorded_at, clock.time)
    assert problems(ledgers) == []


async def test_no_ledger_begins_in_a_year_to_come(ledgers, clock) -> None:
    clock.time += YEAR
    with pytest.raises(ClockAhead):
        await ledgers.create("us-dprk", "US and North Korea")
    clock.time -= YEAR
    await ledgers.create("us-dprk", "US and North Korea")


async def test_a_clock_is_believed_when_the_operator_says_so_and_told_of_ever_after(
    tmp_path: Path, clock: Clock, ledger, ledgers
) -> None:
    await ledgers.close()
    ahead = clock.time + YEAR
    trusting = Ledgers(
        tmp_path / "data", tmp_path / "keys", "ledger.example", clock, trust_clock=True
    )
    trusting.open()
    clock.time = ahead
    await trusting.get("us-dprk").record(a_command(entry("us", a_party())))
    assert problems(trusting) == []
    await trusting.close()

    clock.time -= YEAR
    again = all_ledgers(tmp_path, clock)
    again.open()
    [(text, usable)] = problems(again)
    assert (
        f"bears the time {ahead.isoformat(timespec='seconds').removesuffix('+00:00')}Z" in text
    )
    assert usable
    answer = await again.get("us-dprk").record(a_command(entry("dprk", a_party())))
    assert is_about(answer.recorded[0].recorded_at, ahead)
    await again.close()


def test_the_time_of_a_disk_is_that_of_a_file_made_now(tmp_path: Path) -> None:
    assert abs(disk.time_of_disk(tmp_path) / 1e6 - time.time()) < 5
    assert [*tmp_path.iterdir()] == []
