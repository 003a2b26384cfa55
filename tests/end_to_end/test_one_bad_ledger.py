"""A ledger in a folder that cannot be opened keeps nobody from the others: it is named in
the log, in health and by the commands, and calls to it are told why.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger import LedgerNotServed, SyncLedgerClient
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.processes import Process
from tests.support.wire import record_request, taken_apart

Harm = Callable[[Path], object]


def _overwrite(path: Path, begin: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:begin] + b"\xff" * (len(whole) - begin))


def _set_version(path: Path, version: int = 99) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {version}")


def _drop(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE requests RENAME TO gone")


def log(folder: Path) -> Path:
    return folder / "data/ledgers/bad/log.sqlite"


#: What is done to a ledger, and words of what is said of it.
HARMS: dict[str, tuple[Harm, str]] = {
    "no database": (lambda folder: log(folder).write_bytes(b"x" * 9000), "from a backup"),
    "damaged pages": (lambda folder: _overwrite(log(folder), 4096), "from a backup"),
    "a missing table": (lambda folder: _drop(log(folder)), "from a backup"),
    "a newer program": (lambda folder: _set_version(log(folder)), "newer program"),
    "an earlier form": (lambda folder: _set_version(log(folder), 1), "commit 2d91251"),
    "a folder in its place": (
        lambda folder: (log(folder).unlink(), log(folder).mkdir()),
        "from a backup",
    ),
    "a missing key": (lambda folder: (folder / "keys/bad.key").unlink(), "is missing"),
    "a damaged key": (
        lambda folder: (folder / "keys/bad.key").write_bytes(b"x"),
        "holds no Ed25519 key",
    ),
}


@pytest.fixture
def stopped(start: Any, tmp_path: Path) -> Path:
    """The folder of a service with two ledgers, which has stopped."""
    service: Process = start()
    with SyncLedgerClient(service.address()) as client:
        for name in ("bad", "good"):
            client.create_ledger(name, "Talks")
    assert service.stop() == 0
    return tmp_path


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    folders = ["--data-dir", str(folder / "data")]
    if words[0] != "migrate":
        folders += ["--keys-dir", str(folder / "keys")]
    return subprocess.run(
        [sys.executable, "-m", "ledger_service", *words, *folders],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("harm", HARMS)
def test_a_ledger_that_cannot_be_opened_keeps_nobody_from_the_others(
    start: Any, stopped: Path, harm: str
) -> None:
    do, told = HARMS[harm]
    do(stopped)
    service: Process = start()
    with grpc.insecure_channel(service.address()) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        health: Any = health_pb2_grpc.HealthStub(channel)
        assert ledgers.Record(record_request(ledger="good", request_id="r"), timeout=10)
        for call in (
            lambda: ledgers.GetLedger(pb.GetLedgerRequest(ledger="bad"), timeout=10),
            lambda: ledgers.Record(record_request(ledger="bad", request_id="r"), timeout=10),
            lambda: ledgers.CreateLedger(
                pb.CreateLedgerRequest(ledger="bad", title="Talks"), timeout=10
            ),
        ):
            with pytest.raises(grpc.RpcError) as error:
                call()
            refusal = taken_apart(error.value)
            assert refusal.reason == "LEDGER_NOT_SERVED"
            assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
            assert told in refusal.text
        states = [
            health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10).status
            for name in ("", "ledger/good", "ledger/bad")
        ]
        assert [health_pb2.HealthCheckResponse.ServingStatus.Name(each) for each in states] == [
            "SERVING",
            "SERVING",
            "NOT_SERVING",
        ]
        (problem,) = ledgers.GetServerInfo(pb.GetServerInfoRequest(), timeout=10).problems
        assert (problem.ledger, problem.part, told in problem.text) == ("bad", "opening", True)
    with SyncLedgerClient(service.address()) as client, pytest.raises(LedgerNotServed):
        client.ledger("bad")

    running = command(stopped, "ledger", "list")
    assert service.stop() == 0
    assert "Traceback" not in service.said()
    alone = command(stopped, "ledger", "list")
    for listed in (running, alone):
        assert listed.returncode == 1
        bad, why, good = listed.stdout.splitlines()[-2:] + listed.stdout.splitlines()[:1]
        assert bad == "bad: not served"
        assert told in why
        assert good.startswith("good: ")
    checked = command(stopped, "ledger", "check", "bad")
    assert (checked.returncode, told in checked.stderr) == (1, True)
    assert command(stopped, "ledger", "check", "good").returncode == 0


def test_a_key_that_is_put_back_opens_its_ledger(start: Any, stopped: Path) -> None:
    key = stopped / "keys/bad.key"
    aside = key.rename(stopped / "aside.key")
    service: Process = start()
    with grpc.insecure_channel(service.address()) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        assert len(ledgers.ListLedgers(pb.ListLedgersRequest(), timeout=10).ledgers) == 1
        aside.rename(key)
        end = time.monotonic() + 10
        while len(ledgers.ListLedgers(pb.ListLedgersRequest(), timeout=10).ledgers) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        assert ledgers.Record(record_request(ledger="bad", request_id="r"), timeout=10)
        assert not ledgers.GetServerInfo(pb.GetServerInfoRequest(), timeout=10).problems
    assert service.stop() == 0


def test_a_folder_that_was_renamed_is_told_by_the_name_that_its_log_gives(
    start: Any, stopped: Path
) -> None:
    log(stopped).parent.rename(stopped / "data/ledgers/another")
    service: Process = start()
    with grpc.insecure_channel(service.address()) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        assert ledgers.Record(record_request(ledger="good", request_id="r"), timeout=10)
        told = ledgers.GetServerInfo(pb.GetServerInfoRequest(), timeout=10).problems
    assert [each.ledger for each in told] == ["another", "bad"]
    assert "By its log this is the ledger 'bad'" in told[0].text
    assert "Its log is lost" in told[1].text
    assert service.stop() == 0
    (stopped / "data/ledgers/another").rename(log(stopped).parent)
    assert command(stopped, "ledger", "list").returncode == 0


@pytest.mark.parametrize(
    "harm", ["no database", "a newer program", "an earlier form", "a folder in its place"]
)
def test_migrating_goes_on_after_a_bad_one(stopped: Path, harm: str) -> None:
    do, told = HARMS[harm]
    do(stopped)
    good = stopped / "data/ledgers/good/log.sqlite"
    good.unlink()
    good.touch(mode=0o600)  # as a start leaves it that is cut off before the tables are made
    before = command(stopped, "migrate", "--check")
    done = command(stopped, "migrate")
    after = command(stopped, "migrate", "--check")
    for each in (before, done, after):
        assert each.returncode == 1
        assert "Traceback" not in each.stderr
        assert each.stderr.startswith("ledger-service: bad: ")
        assert told in each.stderr
    assert before.stdout.startswith("good: version 2")
    assert done.stdout.startswith("good: version 2")
    place = stopped / "data"
    assert after.stdout == f"1 ledger in {place} is up to date.\n"
