"""A ledger in a folder that cannot be opened keeps nobody from the others: it is named in
the log, in health and by the commands, and calls to it are told why.
"""

import sqlite3
import subprocess
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

from tests.support import programs
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


def log(folder: Path, ledger: str = "bad") -> Path:
    return folder / "data/ledgers" / ledger / "log.sqlite"


def key(folder: Path, ledger: str = "bad") -> Path:
    return folder / f"keys/{ledger}.key"


#: What is done to a ledger whose name says it, and words of what is said of it.
HARMS: dict[str, tuple[Harm, str]] = {
    "no-database": (
        lambda folder: log(folder, "no-database").write_bytes(b"x" * 9000),
        "from a backup",
    ),
    "damaged-pages": (
        lambda folder: _overwrite(log(folder, "damaged-pages"), 4096),
        "from a backup",
    ),
    "missing-table": (lambda folder: _drop(log(folder, "missing-table")), "from a backup"),
    "newer-program": (
        lambda folder: _set_version(log(folder, "newer-program")),
        "newer program",
    ),
    "earlier-form": (
        lambda folder: _set_version(log(folder, "earlier-form"), 1),
        "commit 2d91251",
    ),
    "folder-in-its-place": (
        lambda folder: (
            log(folder, "folder-in-its-place").unlink(),
            log(folder, "folder-in-its-place").mkdir(),
        ),
        "from a backup",
    ),
    "missing-key": (lambda folder: key(folder, "missing-key").unlink(), "is missing"),
    "damaged-key": (
        lambda folder: key(folder, "damaged-key").write_bytes(b"x"),
        "holds no Ed25519 key",
    ),
}


def _made(start: Any, *names: str) -> None:
    """A service makes these ledgers, and stops."""
    service: Process = start()
    with SyncLedgerClient(service.address()) as client:
        for name in names:
            client.create_ledger(name, "Talks")
    assert service.stop() == 0


@pytest.fixture
def stopped(start: Any, tmp_path: Path) -> Path:
    """The folder of a service with two ledgers, which has stopped."""
    _made(start, "bad", "good")
    return tmp_path


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    folders = ["--data-dir", str(folder / "data")]
    if words[0] != "migrate":
        folders += ["--keys-dir", str(folder / "keys")]
    return programs.ledger_service(*words, *folders)


def test_ledgers_that_cannot_be_opened_keep_nobody_from_the_others(
    start: Any, tmp_path: Path
) -> None:
    _made(start, "good", *HARMS)
    for do, _ in HARMS.values():
        do(tmp_path)
    service: Process = start()
    with grpc.insecure_channel(service.address()) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        health: Any = health_pb2_grpc.HealthStub(channel)

        def state(name: str) -> str:
            answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
            return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

        assert ledgers.Record(record_request(ledger="good", request_id="r"), timeout=10)
        assert (state(""), state("ledger/good")) == ("SERVING", "SERVING")
        for bad, (_, told) in HARMS.items():
            for call, request in (
                (ledgers.GetLedger, pb.GetLedgerRequest(ledger=bad)),
                (ledgers.Record, record_request(ledger=bad, request_id="r")),
                (ledgers.CreateLedger, pb.CreateLedgerRequest(ledger=bad, title="Talks")),
            ):
                with pytest.raises(grpc.RpcError) as error:
                    call(request, timeout=10)
                refusal = taken_apart(error.value)
                assert refusal.reason == "LEDGER_NOT_SERVED", bad
                assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION, bad
                assert told in refusal.text, bad
            assert state(f"ledger/{bad}") == "NOT_SERVING", bad
        problems = ledgers.GetServerInfo(pb.GetServerInfoRequest(), timeout=10).problems
        assert {each.ledger: each.part for each in problems} == dict.fromkeys(HARMS, "opening")
        assert [
            each.ledger for each in problems if HARMS[each.ledger][1] not in each.text
        ] == []
        listed = ledgers.ListLedgers(pb.ListLedgersRequest(), timeout=10).ledgers
        assert [each.ledger for each in listed] == sorted(["good", *HARMS])
        assert [each.ledger for each in listed if not each.untold] == ["good"]
        assert [
            each.ledger
            for each in listed
            if each.ledger in HARMS and HARMS[each.ledger][1] not in each.untold
        ] == []
    with SyncLedgerClient(service.address()) as client, pytest.raises(LedgerNotServed):
        client.ledger("no-database")
    done = programs.ledgerctl("--server", service.address(), "ledgers")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    for bad in HARMS:
        assert shown.count(f"{bad} is only named.") == 1
    assert "The ledger is not served." not in shown  # it stands there already

    running = command(tmp_path, "ledger", "list")
    assert service.stop() == 0
    assert "Traceback" not in service.said()
    alone = command(tmp_path, "ledger", "list")
    for listed in (running, alone):
        assert listed.returncode == 1
        good, *rest = listed.stdout.splitlines()
        assert good.startswith("good: ")
        whys = dict(zip(rest[::2], rest[1::2], strict=True))
        assert {
            bad: told in whys[f"{bad}: not served"] for bad, (_, told) in HARMS.items()
        } == (dict.fromkeys(HARMS, True))
    for bad in ("no-database", "missing-key"):
        checked = command(tmp_path, "ledger", "check", bad)
        assert (checked.returncode, HARMS[bad][1] in checked.stderr) == (1, True)
    assert command(tmp_path, "ledger", "check", "good").returncode == 0


def test_a_key_that_is_put_back_opens_its_ledger(start: Any, stopped: Path) -> None:
    aside = key(stopped).rename(stopped / "aside.key")
    service: Process = start()
    with grpc.insecure_channel(service.address()) as channel:
        ledgers: Any = LedgerServiceStub(channel)

        def untold() -> list[str]:
            listed = ledgers.ListLedgers(pb.ListLedgersRequest(), timeout=10).ledgers
            return [each.ledger for each in listed if each.untold]

        assert untold() == ["bad"]
        aside.rename(key(stopped))
        end = time.monotonic() + 10
        while untold():
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


def test_migrating_goes_on_after_bad_ones(start: Any, tmp_path: Path) -> None:
    harms = ("earlier-form", "folder-in-its-place", "newer-program", "no-database")
    _made(start, "good", *harms)
    for harm in harms:
        HARMS[harm][0](tmp_path)
    good = log(tmp_path, "good")
    good.unlink()
    good.touch(mode=0o600)  # as a start leaves it that is cut off before the tables are made
    before = command(tmp_path, "migrate", "--check")
    done = command(tmp_path, "migrate")
    after = command(tmp_path, "migrate", "--check")
    for each in (before, done, after):
        assert each.returncode == 1
        assert "Traceback" not in each.stderr
        for harm, said in zip(harms, each.stderr.splitlines(), strict=True):
            assert said.startswith(f"ledger-service: {harm}: "), said
            assert HARMS[harm][1] in said
    assert before.stdout.startswith("good: version 2")
    assert done.stdout.startswith("good: version 2")
    assert after.stdout == f"1 ledger in {tmp_path / 'data'} is up to date.\n"
