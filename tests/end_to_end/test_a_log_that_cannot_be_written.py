"""The service answers as before while its own log cannot be written: on a full disk, into
a pipe that nobody reads any more, or to nowhere. Afterwards it says how much was lost.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1 import standing_service_pb2
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

from tests.support.processes import START_SECONDS, Process
from tests.support.wire import record_request


@contextmanager
def calls(address: str) -> Iterator[Any]:
    with grpc.insecure_channel(address) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        standing: Any = StandingServiceStub(channel)

        def record(number: int) -> None:
            """Records, is refused, and reads what was recorded: each has its line."""
            name = f"talks-{number}"
            ledgers.CreateLedger(pb.CreateLedgerRequest(ledger=name, title="T"), timeout=10)
            ledgers.Record(record_request(ledger=name, request_id="r"), timeout=10)
            with pytest.raises(grpc.RpcError) as refused:
                ledgers.GetLedger(pb.GetLedgerRequest(ledger="nobody"), timeout=10)
            assert refused.value.code() is grpc.StatusCode.NOT_FOUND  # type: ignore[attr-defined]
            question = standing_service_pb2.ListCommitmentsRequest(ledger=name)
            assert standing.ListCommitments(question, timeout=10).commitments

        yield record


def problems(address: str) -> list[tuple[str, str]]:
    with grpc.insecure_channel(address) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        told = ledgers.GetServerInfo(pb.GetServerInfoRequest(), timeout=10)
    return [(each.ledger, each.part) for each in told.problems]


@pytest.mark.parametrize("form", ["json", "human"])
def test_all_calls_succeed_while_the_disk_of_the_log_is_full(start: Any, form: str) -> None:
    with Path("/dev/full").open("wb") as full:
        service: Process = start(stderr=full, LEDGER_LOG_FORMAT=form)
    address = service.address()
    with calls(address) as record:
        for number in range(3):
            record(number)
    assert problems(address) == [("", "log")]
    assert service.stop() == 0


@pytest.mark.parametrize("before", [True, False], ids=["before the start", "while it serves"])
def test_all_calls_succeed_when_the_reader_of_the_log_has_gone(
    start: Any, before: bool
) -> None:
    reader, writer = os.pipe()
    if before:
        os.close(reader)
    service: Process = start(stderr=writer)
    os.close(writer)
    address = service.address()
    with calls(address) as record:
        record(1)
        if not before:
            os.close(reader)
        for number in range(2, 5):
            record(number)
    assert problems(address) == [("", "log")]
    assert service.stop() == 0


@pytest.mark.parametrize("how", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_it_serves_without_the_standard_streams(tmp_path: Path, how: str) -> None:
    ready = tmp_path / "ready"
    command = f"exec {sys.executable} -m ledger_service serve --ready-file {ready} {how}"
    settings = {
        "LEDGER_DATA_DIR": str(tmp_path / "data"),
        "LEDGER_KEYS_DIR": str(tmp_path / "keys"),
        "LEDGER_LISTEN": "127.0.0.1:0",
    }
    with subprocess.Popen(
        ["/bin/sh", "-c", command], env=os.environ | settings, stdout=subprocess.DEVNULL
    ) as process:
        try:
            end = time.monotonic() + START_SECONDS
            while not ready.exists() and time.monotonic() < end and process.poll() is None:
                time.sleep(0.02)
            for number in (0, 1, 2):
                held = Path(f"/proc/{process.pid}/fd/{number}").resolve()
                assert not held.is_relative_to(tmp_path), "no file of ours is a standard stream"
            with calls(ready.read_text().strip()) as record:
                record(1)
            process.terminate()
            assert process.wait(START_SECONDS) == 0
        finally:
            process.kill()


def test_a_reader_that_sleeps_does_not_stop_the_service(start: Any) -> None:
    reader, writer = os.pipe()
    service: Process = start(stderr=writer)
    os.close(writer)
    address = service.address()
    with grpc.insecure_channel(address) as channel:
        ledgers: Any = LedgerServiceStub(channel)
        for _ in range(1000):  # more lines than a pipe holds
            with pytest.raises(grpc.RpcError) as refused:
                ledgers.GetLedger(pb.GetLedgerRequest(ledger="nobody"), timeout=10)
            assert refused.value.code() is grpc.StatusCode.NOT_FOUND  # type: ignore[attr-defined]
        assert problems(address) == [("", "log")]
        os.set_blocking(reader, False)
        said = b""
        while True:
            try:
                said += os.read(reader, 1 << 16)
            except BlockingIOError:
                break
        ledgers.ListLedgers(pb.ListLedgersRequest(), timeout=10)
        assert problems(address) == []
    assert service.stop() == 0
    said = os.read(reader, 1 << 16)
    os.close(reader)
    assert b'"event": "log_lines_lost"' in said


def ran(tmp_path: Path, *command: str, stdout: str, stderr: str = "") -> tuple[int, str]:
    """A command of ledger-service whose stdout goes there: its exit code and stderr."""
    settings = {
        "LEDGER_DATA_DIR": str(tmp_path / "data"),
        "LEDGER_KEYS_DIR": str(tmp_path / "keys"),
        "LEDGER_LISTEN": "127.0.0.1:0",
    }
    (tmp_path / "data").mkdir(exist_ok=True)
    words = " ".join((sys.executable, "-m", "ledger_service", *command))
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {words} > {stdout} {stderr}"],
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["ledger list", "migrate", "settings", "--help"])
def test_a_command_whose_output_cannot_be_written_says_so_in_one_line(
    tmp_path: Path, command: str
) -> None:
    line = "ledger-service: The output cannot be written: No space left on device.\n"
    assert ran(tmp_path, *command.split(), stdout="/dev/full") == (1, line)
    assert ran(tmp_path, *command.split(), stdout="/dev/full", stderr="2>/dev/full")[0] == 1


def test_a_service_whose_address_cannot_be_said_stops_and_says_why(tmp_path: Path) -> None:
    code, said = ran(tmp_path, "serve", stdout="/dev/full")
    assert code == 2
    assert "Traceback" not in said
    last = "The address cannot be written to stdout: No space left on device."
    assert said.splitlines()[-1] == f"ledger-service: {last}"
    assert '"stopped"' in said, "in good order"


def test_a_refused_start_has_its_exit_code_where_nobody_reads_why(tmp_path: Path) -> None:
    for stderr in ("2>/dev/full", "2>&-"):
        code, _ = ran(
            tmp_path, "serve", "--listen", "nonsense", stdout="/dev/null", stderr=stderr
        )
        assert code == 2
