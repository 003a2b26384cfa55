"""The disk of the data fills and is freed again: nobody waits for good meanwhile, nothing
that was answered is lost, and afterwards all goes on by itself.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import cuts_pb2, standing_service_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from tests.support.examples import a_party, entry
from tests.support.wire import record_request

NAME = "us-dprk"
MEGABYTE = 1 << 20
#: Within so long each call is answered, one way or the other.
ANSWER_SECONDS = 12
#: The disk is smaller than what the service wants to be free as a rule.
SMALL = {"LEDGER_DISK_RESERVE_BYTES": str(MEGABYTE)}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, in memory."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False, timeout=10)
    if mounted.returncode:
        pytest.skip(f"NOT SHOWN, a full disk: only root can mount one ({mounted.stderr})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False, timeout=10)


def fill(disk: Path) -> None:
    """To the last byte."""
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * MEGABYTE) == MEGABYTE:
                pass
        except OSError:
            pass
        try:
            while file.write(b"\0"):
                pass
        except OSError:
            pass


class Caller:
    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._ledgers: Any = LedgerServiceStub(self._channel)
        self._standing: Any = StandingServiceStub(self._channel)
        self._health: Any = HealthStub(self._channel)
        self._token = ""

    def create(self) -> None:
        self._ledgers.CreateLedger(pb.CreateLedgerRequest(ledger=NAME, title="Talks"))

    def record(self, number: int) -> grpc.StatusCode:
        parties = [entry(f"party-{number}-{n}", a_party()) for n in range(200)]
        request = record_request(*parties, request_id=f"r-{number}")

        def record() -> None:
            self._token = self._ledgers.Record(request, timeout=ANSWER_SECONDS).token

        return code(record)

    def read(self) -> grpc.StatusCode:
        """Asks for what was recorded last, without a deadline that would end the wait."""
        cuts = cuts_pb2.Cuts(at_least=self._token)
        question = standing_service_pb2.ListCommitmentsRequest(ledger=NAME, cuts=cuts)
        return code(lambda: self._standing.ListCommitments(question, timeout=3600))

    def parts(self) -> set[str]:
        told = self._ledgers.GetServerInfo(pb.GetServerInfoRequest(), timeout=ANSWER_SECONDS)
        return {each.part for each in told.problems}

    def serves(self) -> bool:
        """What the service says of itself as a whole."""
        said = self._health.Check(HealthCheckRequest(), timeout=ANSWER_SECONDS).status
        return bool(said == HealthCheckResponse.SERVING)

    def close(self) -> None:
        self._channel.close()


def code(call: Any) -> grpc.StatusCode:
    began = time.monotonic()
    try:
        call()
    except grpc.RpcError as error:
        found: grpc.StatusCode = error.code()  # type: ignore[attr-defined]
    else:
        found = grpc.StatusCode.OK
    assert time.monotonic() - began < ANSWER_SECONDS
    return found


def test_views_on_a_full_disk_beside_a_log_elsewhere(
    start: Any, disk: Path, postgres: str
) -> None:
    """What is recorded is recorded, and who asks for it is told in time."""
    service = start(LEDGER_STORE=postgres, LEDGER_WAIT_SECONDS="600", **SMALL)
    caller = Caller(service.address())
    caller.create()
    assert caller.record(0) is grpc.StatusCode.OK
    assert caller.read() is grpc.StatusCode.OK
    fill(disk)
    refused = False
    for number in range(1, 40):
        assert caller.record(number) is grpc.StatusCode.OK
        if refused := caller.read() is grpc.StatusCode.UNAVAILABLE:
            break
    assert refused, "the views need more room than there is"
    assert "views" in caller.parts()

    (disk / "filler").unlink()
    end = time.monotonic() + 15
    while caller.read() is not grpc.StatusCode.OK:
        assert time.monotonic() < end
        time.sleep(0.1)
    while "views" in caller.parts():
        assert time.monotonic() < end
        time.sleep(0.05)
    caller.close()
    assert service.stop() == 0


MAY_COME = (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE)


@pytest.mark.parametrize("log_on_it", [False, True])
def test_the_disk_of_the_data_fills_and_is_freed(
    start: Any, disk: Path, log_on_it: bool
) -> None:
    own_log = disk / "service.log"
    with own_log.open("wb") if log_on_it else Path(os.devnull).open("wb") as log:
        service = start(stderr=log, LEDGER_WAIT_SECONDS="600", **SMALL)
    caller = Caller(service.address())
    caller.create()
    acknowledged = []
    assert caller.record(0) is grpc.StatusCode.OK
    assert caller.read() is grpc.StatusCode.OK
    for number in range(1, 9):
        if number == 3:
            fill(disk)
        told = caller.record(number)
        assert told in MAY_COME
        if told is grpc.StatusCode.OK:
            acknowledged.append(number)
        assert caller.read() in MAY_COME
    assert service.process.poll() is None
    end = time.monotonic() + 30
    while caller.serves():
        assert time.monotonic() < end
        time.sleep(0.1)

    (disk / "filler").unlink()
    end = time.monotonic() + 30
    while (caller.record(100), caller.read()) != (grpc.StatusCode.OK, grpc.StatusCode.OK):
        assert time.monotonic() < end
        time.sleep(0.1)
    for number in acknowledged:
        assert caller.record(number) is grpc.StatusCode.OK, "it is known by its request id"
    while caller.parts() or not caller.serves():
        assert time.monotonic() < end
        time.sleep(0.1)
    caller.close()
    assert service.stop() == 0
