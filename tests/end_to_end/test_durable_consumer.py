"""The sample that keeps a table of breached commitments: killed at random, again and again,
while the ledger grows and days begin, it has in the end what the ledger has, and has taken in
each change once.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import StandingsChanged, SyncLedgerClient, WatchReached, json_form
from diplomatic_ledger.v1.standings_pb2 import CommitmentStanding
from diplomatic_ledger.v1.watching_pb2 import WatchedChange

from clients.examples.breached_table import WANTED, Table
from tests.support.processes import Process

ROOT = Path(__file__).parents[2]
LEDGER = "talks"
KILLS = 8
PROMISES = 6
A_DAY = 86_400
TODAY = time.strftime("%Y-%m-%d", time.gmtime())


class Clock:
    """The clock of the service, which can be set ahead."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ahead = 0
        self.turn(0)

    def turn(self, days: int) -> None:
        self._ahead += days * A_DAY
        beside = self._path.with_suffix(".new")
        beside.write_text(f"{self._ahead}\n")
        beside.replace(self._path)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def address(start: Any, clock: Clock, tmp_path: Path) -> str:
    process: Process = start(
        program=("tests.reliability.seeds", "clock"),
        TORTURE_CLOCK=str(tmp_path / "clock"),
        LEDGER_TRUST_CLOCK="true",
        LEDGER_HEARTBEAT_SECONDS="0.2",
    )
    return process.address()


@contextmanager
def consumer(
    file: Path, address: str, *, may_end: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """The sample at work, killed when the block ends."""
    process = subprocess.Popen(
        [
            sys.executable,
            "clients/examples/breached_table.py",
            str(file),
            f"--server={address}",
            f"--ledger={LEDGER}",
        ],
        cwd=ROOT,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
        assert may_end or process.poll() is None, said_by(process)
    finally:
        process.kill()
        process.communicate()


def said_by(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=20)[1]


class Story:
    """Promises that are broken, and found not to have been, at random."""

    def __init__(self, client: SyncLedgerClient, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self._broken_by: dict[str, str] = {}
        self._count = 0

    def begin(self) -> None:
        party = {"kind": "state"}
        self._record({"id": "us", "party": {"name": "US", **party}})
        self._record({"id": "dprk", "party": {"name": "DPRK", **party}})
        report = {"title": "Talks", "publisher": "A paper", "published": TODAY}
        self._record({"id": "r", "report": report})
        for n in range(PROMISES):
            promise = {
                "debtors": ["dprk"],
                "creditors": ["us"],
                "consequent": f"stop testing of kind {n}",
                "occurred": TODAY,
                "nature": "maintenance",
                "evidence": [{"report": "r"}],
            }
            self._record({"id": f"c{n}", "commitment": promise})

    def goes_on(self) -> None:
        promise = f"c{self._chance.randrange(PROMISES)}"
        if promise in self._broken_by:
            broken_by = self._broken_by.pop(promise)
            self._record({"annul": broken_by, "reason": "A mistake."})
            return
        self._count += 1
        act = {
            "kind": "violation",
            "actor": "dprk",
            "counterparties": ["us"],
            "title": "Tests",
            "occurred": TODAY,
            "evidence": [{"report": "r"}],
            "relations": [{"kind": "breaches", "target": promise}],
        }
        self._record({"id": f"a{self._count}", "act": act})
        self._broken_by[promise] = f"a{self._count}"

    def _record(self, item: dict[str, Any]) -> None:
        self._client.record(LEDGER, [json_form.read_item(item)])


def rows(file: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(statement).fetchall()


def table_of(file: Path) -> set[str]:
    return {row[0] for row in rows(file, "SELECT entry_id FROM breached")}


def breached(client: SyncLedgerClient) -> set[str]:
    return {each.entry_id for each in client.commitments(LEDGER, lifecycles=["breached"])}


def is_caught_up(file: Path, client: SyncLedgerClient) -> bool:
    """Whether nothing is to be told any more behind what the consumer has in its file."""
    token = rows(file, "SELECT resume_token FROM place")[0][0]
    with closing(client.watch_standings(LEDGER, wanted=WANTED, resume_token=token)) as rest:
        return isinstance(next(each for each in rest if not _is_heartbeat(each)), WatchReached)


def until(happened: Callable[[], bool], meanwhile: Callable[[], object] = bool) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "The consumer does not get on."
        meanwhile()
        time.sleep(0.02)


def _is_heartbeat(told: StandingsChanged | WatchReached) -> bool:
    return isinstance(told, WatchReached) and not told.is_caught_up


def test_however_often_it_is_killed_its_table_is_that_of_the_ledger(
    address: str, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "breached.db"
    chance = random.Random(5)
    with SyncLedgerClient(address) as client:
        client.create_ledger(LEDGER, "Talks")
        story = Story(client, chance)
        story.begin()
        story.goes_on()
        for _ in range(KILLS):
            with consumer(file, address):
                known = len(alerts_of(file))
                if chance.random() < 0.8:  # else it is killed before it has begun, or soon
                    until(lambda known=known: len(alerts_of(file)) > known, story.goes_on)
                for _ in range(chance.randint(0, 6)):
                    story.goes_on()
            story.goes_on()
            if chance.random() < 0.5:
                clock.turn(1)
        with consumer(file, address):
            until(lambda: is_caught_up(file, client))
        assert table_of(file) == breached(client)
        alerts = alerts_of(file)
        assert len(alerts) > KILLS
        assert alerts == told_to_who_was_never_killed(client, file)


def test_of_two_at_work_on_one_file_one_ends_and_each_change_is_taken_in_once(
    address: str, tmp_path: Path
) -> None:
    file = tmp_path / "breached.db"
    with SyncLedgerClient(address) as client:
        client.create_ledger(LEDGER, "Talks")
        story = Story(client, random.Random(5))
        story.begin()
        with consumer(file, address, may_end=True) as one:
            until(lambda: bool(alerts_of(file)), story.goes_on)
            with consumer(file, address, may_end=True) as other:
                until(lambda: (one.poll(), other.poll()) != (None, None), story.goes_on)
                ended, goes_on = (one, other) if other.poll() is None else (other, one)
                assert (ended.poll(), goes_on.poll()) == (1, None)
                assert said_by(ended) == (
                    f"Another process keeps the table of {LEDGER} in {file}. This one ends; "
                    "what it was told last is left to the other.\n"
                )
                until(lambda: is_caught_up(file, client))
        assert table_of(file) == breached(client)
        assert alerts_of(file) == told_to_who_was_never_killed(client, file)


def test_two_ledgers_have_their_tables_in_one_file(tmp_path: Path) -> None:
    file, place = tmp_path / "breached.db", (3, TODAY, "")
    found = CommitmentStanding(entry_id="c1")
    with closing(Table(file, "talks")) as talks, closing(Table(file, "more talks")) as more:
        talks.make([found], place, None)
        more.make([found, CommitmentStanding(entry_id="c2")], place, None)
        more.make([], place, place)
        assert rows(file, "SELECT ledger, entry_id FROM breached") == [("talks", "c1")]


def alerts_of(file: Path) -> list[tuple[str, str, int, str]]:
    try:
        return rows(file, "SELECT entry_id, change, position, day FROM alert ORDER BY number")
    except sqlite3.OperationalError:  # it was killed before it made its tables
        return []


def told_to_who_was_never_killed(
    client: SyncLedgerClient, file: Path
) -> list[tuple[str, str, int, str]]:
    """What one watch tells from where the table was made on."""
    ((position, day),) = rows(file, "SELECT position, day FROM place")
    found = []
    watch = client.watch_standings(LEDGER, wanted=WANTED, after=(position, day))
    with closing(watch):
        for told in watch:
            if _is_heartbeat(told):
                continue
            if not isinstance(told, StandingsChanged):
                break
            after = told.step.after
            for change in told.step.changes:
                word = WatchedChange.Name(change.change).removeprefix("WATCHED_CHANGE_")
                found.append((change.entry_id, word.lower(), after.position, after.day))
    return found
