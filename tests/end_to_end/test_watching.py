"""Watching standings of a service that is a process of its own: a day that begins, a service
that is killed and comes back, and the command line.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import LedgerClient, StandingsChanged, WatchReached, json_form
from diplomatic_ledger.words import flags

from tests.support.own_address import own_address
from tests.support.processes import Process

LEDGER = "talks"
PARTY = {"kind": "state"}


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def items() -> list[Any]:
    """Both parties, a report, and a promise that is due today."""
    promise = {
        "debtors": ["dprk"],
        "creditors": ["us"],
        "consequent": "dismantle the site",
        "occurred": today(),
        "due": today(),
        "evidence": [{"report": "r"}],
    }
    said = [
        {"id": "us", "party": {"name": "US", **PARTY}},
        {"id": "dprk", "party": {"name": "DPRK", **PARTY}},
        {"id": "r", "report": {"title": "Talks", "publisher": "A paper", "published": today()}},
        {"id": "c", "commitment": promise},
    ]
    return [json_form.read_item(each) for each in said]


class Services:
    """One service after the other, at the same address and with the same data; its clock can
    be set ahead.
    """

    def __init__(self, start: Any, folder: Path) -> None:
        self._start = start
        self._clock = folder / "clock"
        self.address = own_address()
        self.turn(timedelta())
        self.begin()

    def begin(self) -> None:
        self._process: Process = self._start(
            program=("tests.reliability.seeds", "clock"),
            TORTURE_CLOCK=str(self._clock),
            LEDGER_LISTEN=self.address,
            LEDGER_HEARTBEAT_SECONDS="0.5",
        )
        self._process.address()

    def kill(self) -> None:
        self._process.stop(signal.SIGKILL)

    def turn(self, ahead: timedelta) -> None:
        beside = self._clock.with_suffix(".new")
        beside.write_text(f"{ahead.total_seconds()}\n")
        beside.replace(self._clock)

    def just_before_midnight(self) -> None:
        """Sets the clock half a second before the next day."""
        now = datetime.now(UTC)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        self.turn(tomorrow - now - timedelta(seconds=0.5))


@pytest.fixture
def services(start: Any, tmp_path: Path) -> Services:
    return Services(start, tmp_path)


async def changed(told: Any) -> StandingsChanged:
    async with asyncio.timeout(30):
        async for each in told:
            if isinstance(each, StandingsChanged):
                return each
    raise AssertionError


async def test_midnight_is_told_while_nobody_records(services: Services) -> None:
    async with LedgerClient(services.address) as client:
        await client.create_ledger(LEDGER, "Talks")
        await client.record(LEDGER, items())
        told = client.watch_standings(LEDGER, after=(1, today()))
        first = await changed(told)
        assert flags(first.step.changes[0].after.standing) == ["due"]
        services.just_before_midnight()
        midnight = await changed(told)
        (change,) = midnight.step.changes
        assert flags(change.after.standing) == ["overdue"]
        assert not change.because
        assert midnight.step.after.day > midnight.step.before.day
        await told.aclose()


async def test_a_watch_goes_on_when_the_service_was_killed_and_tells_what_it_missed(
    services: Services,
) -> None:
    connection: list[bool] = []
    async with LedgerClient(services.address) as client:
        await client.create_ledger(LEDGER, "Talks")
        told = client.watch_standings(LEDGER, on_connection=connection.append)
        first = await anext(told)
        assert isinstance(first, WatchReached)
        assert first.is_caught_up
        await client.record(LEDGER, items())
        assert (await changed(told)).step.after.position == 5
        services.kill()
        services.turn(timedelta(hours=24))
        services.begin()
        missed = await changed(told)
        assert missed.step.before.position == missed.step.after.position == 5
        assert flags(missed.step.changes[0].after.standing) == ["overdue"]
        assert connection == [False, True]
        await told.aclose()


def ledgerctl(services: Services, *args: str) -> subprocess.Popen[str]:
    program = "from diplomatic_ledger.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LEDGERCTL_SERVER": services.address, "LEDGERCTL_LEDGER": LEDGER},
    )


@pytest.fixture
def watching(services: Services, request: pytest.FixtureRequest) -> Iterator[Any]:
    """`ledgerctl watch --standings` from the beginning of a ledger, with more options."""

    async def fill() -> None:
        async with LedgerClient(services.address) as client:
            await client.create_ledger(LEDGER, "Talks")
            await client.record(LEDGER, items())

    asyncio.run(fill())
    process = ledgerctl(services, "watch", "--standings", "--after", "1", *request.param)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("watching", [()], indirect=True)
def test_the_command_prints_a_line_for_each_change(services: Services, watching: Any) -> None:
    line = watching.stdout.readline()
    assert line.startswith(today())
    assert line.endswith("  c  entered  - → active, due  because of c v1 recorded\n")
    assert "Waiting; Ctrl-C ends." in watching.stdout.readline()
    services.just_before_midnight()
    line = watching.stdout.readline()
    assert line.endswith(" begins  c  changed  active, due → active, overdue  time alone\n")
    watching.send_signal(signal.SIGINT)
    _, told = watching.communicate(timeout=20)
    assert (told, watching.returncode) == ("", 0)


@pytest.mark.parametrize(
    "watching", [("--debtor", "us", "--creditor", "us"), ("--text", "talk*")], indirect=True
)
def test_the_command_narrows_as_the_command_that_lists(watching: Any) -> None:
    assert "Waiting; Ctrl-C ends." in watching.stdout.readline()


@pytest.mark.parametrize(
    "watching",
    [("--format", "json"), ("--format", "json", "--debtor", "dprk", "--text", "dismantle*")],
    indirect=True,
)
def test_a_line_of_json_has_the_token_to_go_on(services: Services, watching: Any) -> None:
    told = json.loads(watching.stdout.readline())
    assert [each["entry_id"] for each in told["changes"]] == ["c"]
    chosen = watching.args[watching.args.index("json") + 1 :]
    resumed = ledgerctl(
        services, "watch", "--standings", "--resume", told["resume_token"], *chosen
    )
    try:
        assert "Waiting; Ctrl-C ends." in resumed.stdout.readline()  # type: ignore[union-attr]
    finally:
        resumed.kill()
        resumed.communicate()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--lifecycle", "breached"], "go with --standings"),
        (["--topic", "nuclear-tests"], "go with --standings"),
        (["--standings", "--type", "act.recorded.v1"], "go without it"),
        (["--standings", "--format", "records"], "go without it"),
        (["--standings", "--after", "1", "--resume", "x"], "Leave one of them out"),
        (["--standings", "--resume", "x"], "The resume token is damaged"),
        (["--standings", "--party", "nobody"], "nobody"),
        (["--standings", "--debtor", "nobody"], "nobody"),
    ],
)
def test_what_does_not_go_together_is_refused(
    services: Services, args: list[str], said: str
) -> None:
    async def open_ledger() -> None:
        async with LedgerClient(services.address) as client:
            await client.create_ledger(LEDGER, "Talks")
            await client.record(LEDGER, items())

    asyncio.run(open_ledger())
    process = ledgerctl(services, "watch", *args)
    _, told = process.communicate(timeout=30)
    assert process.returncode != 0
    assert said in told
    assert "Traceback" not in told
