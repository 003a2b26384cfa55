"""A commit that a database made by itself while it waited for a standby is seen by all, and
lost when that database is: it is acknowledged only once something later was waited for.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers
from tests.support.slow_tree import check_log

psycopg = pytest.importorskip("psycopg", reason="needs psycopg")

SECONDS = 20
_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid <> ALL(%s)"


class Database:
    """One that waits for a standby that is not there, when told so."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Any = psycopg.connect(url, autocommit=True)
        self._cut: list[int] = []

    def wait_for_a_standby(self) -> None:
        self._connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        self._connection.execute("SELECT pg_reload_conf()")
        self._commit_until_one_waits()

    def _commit_until_one_waits(self) -> None:
        """The database reads its settings anew at some moment of its own."""
        given_up: list[Any] = []
        self._connection.add_notice_handler(given_up.append)
        end = time.monotonic() + SECONDS
        while not given_up and time.monotonic() < end:
            giving_up = threading.Timer(0.2, self._connection.cancel_safe)
            giving_up.start()
            with contextlib.suppress(psycopg.errors.QueryCanceled):
                self._connection.execute("SELECT pg_logical_emit_message(true, 'test', '')")
            giving_up.cancel()
            giving_up.join()
        assert given_up, "the database never waited for the standby"

    def wait_for_none(self) -> None:
        self._connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        self._connection.execute("SELECT pg_reload_conf()")

    async def one_that_waits(self) -> int:
        """The session of a commit that waits for the standby, and was not cut before."""
        async with asyncio.timeout(SECONDS):
            while not (rows := self._waiting()):  # noqa: ASYNC110 -- the database tells nobody
                await asyncio.sleep(0.05)
        return int(rows[0][0])

    def _waiting(self) -> list[Any]:
        return list(self._connection.execute(_WAITING, (self._cut,)))

    async def cut_the_one_that_waits(self) -> None:
        """It has committed here, and nowhere else."""
        session = await self.one_that_waits()
        self._cut.append(session)
        self._connection.execute("SELECT pg_terminate_backend(%s)", (session,))

    def close(self) -> None:
        self.wait_for_none()
        self._connection.close()


@pytest.fixture
def database(postgres: str) -> Iterator[Database]:
    database = Database(postgres)
    yield database
    database.close()


async def test_what_only_this_database_committed_is_not_acknowledged(
    tmp_path: Path, clock: Clock, database: Database
) -> None:
    ledgers = all_ledgers(tmp_path, clock, store=database.url)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "US and North Korea")
    database.wait_for_a_standby()
    command = a_command(entry("us", a_party()), request_id="r1")
    recording = asyncio.create_task(ledger.record(command))
    await database.cut_the_one_that_waits()
    await database.one_that_waits()  # what is committed to tell that the first one lasts
    assert not recording.done()
    assert (await asyncio.to_thread(ledger.log.refresh)).position == 1  # type: ignore[attr-defined]
    assert ledger.head.position == 1

    database.wait_for_none()
    answer = await asyncio.wait_for(recording, SECONDS)
    assert answer.position == ledger.head.position == 2
    assert (await ledger.record(command)).already_recorded
    check_log(ledger)
    await ledgers.close()


async def test_a_retry_is_not_acknowledged_either(
    tmp_path: Path, clock: Clock, database: Database
) -> None:
    """Also by what is waited for to tell: that, too, can be cut off."""
    ledgers = all_ledgers(tmp_path, clock, store=database.url)
    ledgers.open()
    ledger = await ledgers.create("us-dprk", "US and North Korea")
    database.wait_for_a_standby()
    command = a_command(entry("us", a_party()), request_id="r1")
    recording = asyncio.gather(ledger.record(command), return_exceptions=True)
    for _ in range(2):
        await database.cut_the_one_that_waits()
    await recording
    retrying = asyncio.create_task(ledger.record(command))
    await database.one_that_waits()
    assert not retrying.done()
    assert ledger.health.health.ledgers() == {"us-dprk": False}

    database.wait_for_none()
    assert (await asyncio.wait_for(retrying, SECONDS)).position == 2
    async with asyncio.timeout(SECONDS):
        while ledger.health.health.problems():  # noqa: ASYNC110 -- of another thread
            await asyncio.sleep(0.05)
    await ledgers.close()
