"""Each part of a ledger by itself, over a log that a ledger left behind."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from ledger_service.application.clock_watch import ClockWatch
from ledger_service.application.head_signer import HeadSigner
from ledger_service.application.ledger_reader import LedgerReader
from ledger_service.application.log_application import LogApplication, UnsupportedOperation
from ledger_service.application.log_follower import LogFollower
from ledger_service.application.log_writer import LogWriter
from ledger_service.application.opening_record import LogUnreadable, opening_record
from ledger_service.application.positions import Positions
from ledger_service.audit.notes import Checkpoint, SignedCheckpoint
from ledger_service.domain.checks import EntryHead, normal_request
from ledger_service.domain.values.commands import RecordAnswer
from ledger_service.domain.values.refusals import (
    CutOutOfRange,
    LedgerDistrusted,
    StorageFailed,
)
from ledger_service.health import Health
from ledger_service.persistence.recording.clock import ClockCheck
from ledger_service.persistence.recording.requests import Request, prepare
from ledger_service.persistence.recording.waiting import QueueLimits
from ledger_service.persistence.records import RECORD_TYPES, microseconds_of
from ledger_service.persistence.signing.home import Home
from ledger_service.persistence.signing.last_signed import LastSigned
from ledger_service.persistence.signing.permission import Permission
from ledger_service.persistence.signing.signer import Signing
from ledger_service.persistence.signing.trust import Trust
from ledger_service.persistence.storage.log import LogChanged
from ledger_service.persistence.storage.stores import FolderStore
from tests.support.examples import a_command, a_party, an_amendment, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

NAME = "us-dprk"
HEALTH = Health().of(NAME)
ANSWER = RecordAnswer((), "r", 0)


@pytest.fixture
async def left_behind(tmp_path: Path, clock: Clock) -> Path:
    """The log of a ledger that was closed: requests end at positions 1, 2 and 4."""
    ledgers = all_ledgers(tmp_path, clock)
    ledgers.open()
    ledger = await ledgers.create(NAME, "US and North Korea", "To test.", None)
    await ledger.record(a_command(entry("us", a_party())))
    clock.time += timedelta(hours=1)
    changed = an_amendment("us", a_party(name="USA"))
    await ledger.record(a_command(changed, entry("dprk", a_party())))
    await ledgers.close()
    return tmp_path / "data" / "ledgers"


@pytest.fixture
def application(left_behind: Path) -> Iterator[LogApplication]:
    application = LogApplication(NAME, FolderStore(left_behind).environment(NAME))
    application.log_recorder.reopen()
    yield application
    application.close()


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(NAME, LastSigned(tmp_path, NAME), HEALTH)


@pytest.fixture
def permission(application: LogApplication, trust: Trust, tmp_path: Path) -> Permission:
    home = Home(NAME, application.log_recorder, tmp_path / f"{NAME}.home", HEALTH)
    return Permission(home, trust)


@pytest.fixture
def reader(application: LogApplication, trust: Trust) -> LedgerReader:
    return LedgerReader(NAME, application.log_recorder, trust)


def a_follower(application: LogApplication, grown: Callable[[], object]) -> LogFollower:
    return LogFollower(
        application.log_recorder, None, HEALTH, grown=grown, misfit=lambda _: None
    )


def test_what_passes_by_admission_is_refused(application: LogApplication) -> None:
    record = next(iter(application.events.get("us")))
    with pytest.raises(UnsupportedOperation, match=r"no save. Record through Ledger.record"):
        application.save(record)
    with pytest.raises(UnsupportedOperation, match=r"no put. Record through Ledger.record"):
        application.events.put([record])
    assert application.log_recorder.refresh().position == 4


def test_there_are_no_aggregates(application: LogApplication) -> None:
    with pytest.raises(UnsupportedOperation, match="no repository"):
        application.repository.get("us")
    with pytest.raises(UnsupportedOperation, match="no snapshots"):
        application.take_snapshot("us")


def test_the_library_reads_the_records_of_an_entry_and_of_all(
    application: LogApplication,
) -> None:
    assert [each.originator_version for each in application.events.get("us")] == [1, 2]
    shown = application.notification_log.select(start=1, limit=10)
    assert [each.id for each in shown] == [1, 2, 3, 4]
    assert shown[1].topic == RECORD_TYPES[type(a_party())]
    assert application.notification_log["1,10"].id == "1,4"


def test_the_environment_of_the_process_has_no_say(
    left_behind: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQLITE_DBNAME", ":memory:")
    monkeypatch.setenv("IS_SNAPSHOTTING_ENABLED", "y")
    monkeypatch.setenv("COMPRESSOR_TOPIC", "zlib")
    application = LogApplication(NAME, FolderStore(left_behind).environment(NAME))
    with closing(application):
        application.log_recorder.reopen()
        assert application.log_recorder.head.position == 4
        assert application.snapshots is None


def test_the_first_record_says_which_ledger_it_is(application: LogApplication) -> None:
    opening = opening_record(application.log_recorder, NAME)
    assert (opening.title, opening.purpose, opening.opens_on) == (
        "US and North Korea",
        "To test.",
        None,
    )
    assert opening.origin == f"ledger.example/{NAME}"
    assert opening.verification_key.startswith(f"{opening.origin}+")
    assert [opening.identity] == application.log_recorder.nodes(0, 0, 1)


def test_a_first_record_that_was_changed_opens_nothing(
    application: LogApplication, left_behind: Path
) -> None:
    with closing(sqlite3.connect(left_behind / NAME / "log.sqlite")) as file, file:
        file.execute("UPDATE stored_events SET state = x'7b' WHERE rowid = 1")
    with pytest.raises(LogUnreadable, match=f"first record of the ledger '{NAME}'"):
        opening_record(application.log_recorder, NAME)


def test_the_reader_reads_versions(reader: LedgerReader) -> None:
    assert [each.state for each in reader.versions("us")] == [a_party(), a_party(name="USA")]
    assert reader.entry_head("us") == EntryHead(2, a_party(name="USA"))
    assert reader.entry_head("nobody") is None
    assert [each.entry_id for each in reader.told_at([4, 2])] == ["dprk", "us"]
    assert reader.counted_lines(2, 4) == (3, reader.held_lines(2, 4))


def test_a_record_that_was_changed_withdraws_the_trust(
    reader: LedgerReader, trust: Trust, left_behind: Path
) -> None:
    with closing(sqlite3.connect(left_behind / NAME / "log.sqlite")) as file, file:
        file.execute("UPDATE stored_events SET state = x'7b7d' WHERE rowid = 3")
    assert reader.records(4, 4)
    with pytest.raises(LedgerDistrusted):
        reader.records(3, 4)
    assert "position 3" in trust.finding


async def test_who_waits_is_told_when_the_log_grew(application: LogApplication) -> None:
    grown: list[int] = []
    follower = a_follower(application, lambda: grown.append(follower.head.position))
    waiting = asyncio.create_task(follower.wait_beyond(4))
    await asyncio.sleep(0)
    follower.advance()
    assert (grown, waiting.done()) == ([], False)
    (last,) = application.log_recorder.select_events("dprk")
    again = type(last)("third", 1, last.topic, last.state)
    application.log_recorder.insert_events([again])
    assert follower.head.position == 4, "nobody was told yet"
    follower.advance()
    await asyncio.wait_for(waiting, 20)
    assert grown == [5]
    assert follower.head.root_hash == application.log_recorder.root(5)


async def test_positions_are_found_by_themselves(
    application: LogApplication, reader: LedgerReader, clock: Clock
) -> None:
    follower = a_follower(application, lambda: None)
    positions = Positions(application.log_recorder, reader, follower, lambda _: b"identity")
    assert [positions.boundary(each) for each in range(6)] == [0, 1, 2, 2, 4, 4]
    assert await positions.position_at(clock.time - timedelta(minutes=1)) == 2
    assert (await positions.end_by(3)).position == 2
    assert await positions.reached(positions.token(4)) == 4
    with pytest.raises(CutOutOfRange):
        positions.position_of(positions.token(5))


class Writing:
    """What a writer is made with, and what it did."""

    def __init__(self, permission: Permission) -> None:
        self.signed = [True]
        self.groups: list[int] = []
        self.settled = 0
        self.writer = LogWriter(
            self._commit, permission, self._signed, HEALTH, self._settle, QueueLimits()
        )

    def _commit(self, requests: Sequence[Request]) -> list[Any]:
        self.groups.append(len(requests))
        return [ANSWER for _ in requests]

    def _signed(self) -> bool:
        return self.signed.pop(0) if len(self.signed) > 1 else self.signed[0]

    def _settle(self) -> None:
        self.settled += 1


@pytest.fixture
async def writing(permission: Permission) -> AsyncIterator[Writing]:
    writing = Writing(permission)
    yield writing
    await writing.writer.drain()
    writing.writer.close()


def a_request() -> Request:
    return prepare(normal_request(a_command(entry("us", a_party()))), now=0)


async def test_a_writer_answers_what_was_committed_and_signed(writing: Writing) -> None:
    assert await writing.writer.record(a_request()) == ANSWER
    assert await writing.writer.write(lambda: "done") == "done"
    assert (writing.groups, writing.settled) == ([1], 2)


@pytest.mark.parametrize(("signed", "groups"), [([False], []), ([True, False], [1])])
async def test_what_is_not_signed_is_not_answered(
    writing: Writing, signed: list[bool], groups: list[int]
) -> None:
    writing.signed = signed
    with pytest.raises(StorageFailed):
        await writing.writer.record(a_request())
    assert writing.groups == groups


async def test_a_log_that_is_not_trusted_is_not_written(writing: Writing, trust: Trust) -> None:
    def misfit() -> None:
        raise LogChanged(3)

    with pytest.raises(LedgerDistrusted):
        await writing.writer.write(misfit)
    with pytest.raises(LedgerDistrusted):
        await writing.writer.record(a_request())
    assert (writing.groups, trust.finding) == ([], str(LogChanged(3)))


class Signatures:
    """In the place of `Signing`: fails while it is told to."""

    def __init__(self) -> None:
        self.failure: Exception | None = OSError("The disk is full.")
        self.newest: SignedCheckpoint | None = None

    def sign(self, *, regular: bool) -> None:
        assert regular
        if self.failure is not None:
            raise self.failure
        self.newest = SignedCheckpoint(Checkpoint("origin", 4, bytes(32)), (), "")


@pytest.mark.parametrize("interval", [0.0, 60.0])
def test_a_group_that_cannot_be_signed_is_told_of_where_each_is_to_be_signed(
    application: LogApplication, permission: Permission, interval: float
) -> None:
    signatures, health = Signatures(), Health()
    signer = HeadSigner(
        application.log_recorder,
        cast(Signing, signatures),
        permission,
        interval,
        health.of(NAME),
    )
    assert signer.committed() == (interval > 0)
    signer.sign()
    assert signer.behind
    assert signer.pause > 0
    assert [each.text.rpartition(": ")[2] for each in health.problems()] == [
        "The disk is full."
    ]
    signatures.failure = None
    signer.sign()
    assert not signer.behind
    assert signer.committed()
    assert health.problems() == []


async def test_a_clock_is_watched_until_nothing_is_wrong_with_it(
    application: LogApplication, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_service.application.clock_watch._SECONDS", 0.001)
    check = ClockCheck(application.log_recorder, HEALTH, trusted=False)
    looked = asyncio.Event()

    async def run(work: Callable[[], None]) -> None:
        work()
        looked.set()

    log = application.log_recorder
    watch = ClockWatch(check, log, lambda: microseconds_of(clock.time), run, HEALTH)
    clock.time -= timedelta(days=1)
    watch.begin()
    assert check.told
    watch.look()
    await asyncio.wait_for(looked.wait(), 20)
    assert check.told
    clock.time += timedelta(days=2)
    while check.told:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await watch.stop()
