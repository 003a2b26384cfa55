"""Whatever a service acknowledges or shows survives a loss of power, also when the disk
says that it could not be written.
"""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.examples import a_party, entry
from tests.support.failing_disk import FailingDisk
from tests.support.processes import Process
from tests.support.wire import NAME, record_request, taken_apart

SECONDS = 10
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Service:
    """One that is gone when the test ends."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.channel = grpc.insecure_channel(process.address())
        self.stub: Any = LedgerServiceStub(self.channel)

    def create(self) -> None:
        self.stub.CreateLedger(pb.CreateLedgerRequest(ledger=NAME, title="Talks"))

    def record(self, name: str) -> Any:
        """The answer to a request that records a party, or its status."""
        request = record_request(entry(name, a_party()), request_id=f"r-{name}")
        try:
            return self.stub.Record(request, timeout=SECONDS)
        except grpc.RpcError as error:
            return error.code()

    def head(self) -> int:
        asked = pb.GetLedgerRequest(ledger=NAME)
        return self.stub.GetLedger(asked, timeout=SECONDS).ledger.position

    def health(self) -> Any:
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        return stub.Check(health_pb2.HealthCheckRequest(service=f"ledger/{NAME}")).status

    def wait_until_recording(self) -> None:
        end = time.monotonic() + SECONDS
        while self.health() != SERVING:
            assert time.monotonic() < end
            time.sleep(0.1)

    def kill(self) -> None:
        self.close()
        self.process.stop(signal.SIGKILL)

    def close(self) -> None:
        self.channel.close()
        if self.process.process.poll() is None:
            self.process.process.kill()
        self.process.process.wait()


@pytest.fixture
def disk(tmp_path: Path) -> FailingDisk:
    return FailingDisk(tmp_path)


@pytest.fixture
def started() -> Iterator[Any]:
    with ExitStack() as all_:
        yield lambda process: all_.enter_context(closing(Service(process)))


def test_nothing_is_acknowledged_or_shown_while_no_sync_succeeds(
    disk: FailingDisk, started: Any
) -> None:
    service = started(disk.start())
    service.create()
    assert service.record("before").recorded[0].position == 2
    disk.fail()
    with ThreadPoolExecutor(8) as callers:
        answers = [*callers.map(service.record, [f"p{n}" for n in range(40)])]
    assert answers == [grpc.StatusCode.UNAVAILABLE] * 40
    assert service.head() == 2
    assert service.health() == NOT_SERVING
    problems = service.stub.GetServerInfo(pb.GetServerInfoRequest()).problems
    assert "storage" in [each.part for each in problems if each.ledger == NAME]

    disk.mend()
    service.wait_until_recording()
    acknowledged = [service.record(f"p{n}") for n in range(0, 40, 4)]
    assert [each.recorded[0].position for each in acknowledged] == [*range(3, 13)]
    service.kill()

    left = started(disk.start_after_loss_of_power())
    assert left.head() == 12
    for number, answer in zip(range(0, 40, 4), acknowledged, strict=True):
        again = left.record(f"p{number}")
        assert again.already_recorded
        assert again.recorded == answer.recorded


def test_what_is_found_after_a_kill_is_on_the_disk_before_it_is_shown(
    disk: FailingDisk, started: Any
) -> None:
    """What a process wrote and could not sync, the next one reads from memory. Linux takes
    it for written, so that a sync of the next one succeeds and does nothing.
    """
    service = started(disk.start())
    service.create()
    assert service.record("before").recorded[0].position == 2
    disk.fail()
    assert service.record("unsynced") is grpc.StatusCode.UNAVAILABLE
    service.kill()

    disk.mend()
    service = started(disk.start())
    shown = service.head()
    found = service.record("unsynced")
    after = service.record("after")
    service.kill()

    left = started(disk.start_after_loss_of_power())
    assert left.head() >= max(shown, after.recorded[0].position)
    assert left.record("unsynced").recorded == found.recorded
    assert left.record("after").recorded == after.recorded


def test_a_service_does_not_serve_what_it_cannot_sync_at_its_start(
    disk: FailingDisk, started: Any
) -> None:
    service = started(disk.start())
    service.create()
    service.record("before")
    service.kill()
    disk.fail()
    process = disk.start()
    service = started(process)
    with pytest.raises(grpc.RpcError) as error:
        service.head()
    assert taken_apart(error.value).reason == "LEDGER_NOT_SERVED"
    disk.mend()
    service.wait_until_recording()
    assert service.head() == 2, "it goes on by itself"
    assert "Traceback" not in process.said()
