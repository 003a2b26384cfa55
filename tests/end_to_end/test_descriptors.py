"""Whoever takes connections or ledgers without end leaves enough open files to others."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest
from diplomatic_ledger.admin.v1 import admin_service_pb2
from diplomatic_ledger.admin.v1.admin_service_pb2_grpc import AdminServiceStub
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2 import SubscribeRequest
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from tests.support.processes import Process

OPEN_FILES = 400
HELLO_SECONDS = 1.0
#: Each client its own connection.
_ALONE = [("grpc.use_local_subchannel_pool", 1)]


class Running(Process):
    """A service that may have few open files."""

    def __init__(self, folder: Path, short: str) -> None:
        self.socket = f"{short}/admin.sock"
        super().__init__(
            folder,
            open_files=OPEN_FILES,
            LEDGER_ADMIN_SOCKET=self.socket,
            LEDGER_HELLO_SECONDS=str(HELLO_SECONDS),
            LEDGER_IDLE_SECONDS="1",
        )

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def answers(self) -> str:
        with grpc.insecure_channel(self.address(), options=_ALONE) as channel:
            return _code(lambda: LedgerServiceStub(channel).GetServerInfo(_INFO, timeout=3))

    def answers_the_operator(self) -> str:
        with grpc.insecure_channel(f"unix:{self.socket}", options=_ALONE) as channel:
            request = admin_service_pb2.ShowLedgersRequest()
            return _code(lambda: AdminServiceStub(channel).ShowLedgers(request, timeout=3))

    def create(self, name: str) -> str:
        request = pb.CreateLedgerRequest(ledger=name, title="Talks", purpose="To test.")
        with grpc.insecure_channel(self.address(), options=_ALONE) as channel:
            return _code(lambda: LedgerServiceStub(channel).CreateLedger(request, timeout=10))


_INFO = pb.GetServerInfoRequest()


def _code(call: object) -> str:
    try:
        call()  # type: ignore[operator]
    except grpc.RpcError as error:
        return f"{error.code().name} {error.details()}"
    return "OK"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="few") as short:
        running = Running(tmp_path, short)
        running.address()
        yield running
        running.stop()


@contextmanager
def connected(address: str, count: int) -> Iterator[None]:
    """So many connections that say nothing."""
    host, _, port = address.rpartition(":")
    with ExitStack() as open_:
        for _ in range(count):
            open_.enter_context(socket.create_connection((host, int(port)), timeout=1))
        yield


def test_connections_that_say_nothing_shut_out_neither_callers_nor_the_operator(
    service: Running,
) -> None:
    with (
        grpc.insecure_channel(service.address(), options=_ALONE) as channel,
        connected(service.address(), 2 * OPEN_FILES),
    ):
        assert service.answers_the_operator() == "OK"
        assert service.descriptors < OPEN_FILES // 2
        stub = LedgerServiceStub(channel)
        request = pb.CreateLedgerRequest(ledger="talks", title="Talks", purpose="To test.")
        end = time.monotonic() + 10
        while (told := _code(lambda: stub.CreateLedger(request, timeout=3))) != "OK":
            assert time.monotonic() < end, told
        assert service.answers_the_operator() == "OK"
        assert service.answers() == "OK"


def test_ledgers_in_use_are_bounded_while_there_are_files_for_all_others(
    service: Running,
) -> None:
    """There are more ledgers than would have files if each were open. Each caller follows two,
    so that none has more than its share of the places.
    """
    names = [f"l{count}" for count in range(OPEN_FILES // 8)]
    assert {service.create(name) for name in names} == {"OK"}
    with ExitStack() as callers:
        streams = []
        for name in names:
            if len(streams) % 2 == 0:
                channel = grpc.insecure_channel(service.address(), options=_ALONE)
                history = HistoryServiceStub(callers.enter_context(channel))
            streams.append(history.Subscribe(SubscribeRequest(ledger=name)))
            if (told := _code(lambda: next(streams[-1]))) != "OK":
                break
        assert told.startswith("RESOURCE_EXHAUSTED")
        assert f"{len(streams) - 1} ledgers" in told
        assert "ulimit -n" in told
        assert len(streams) > 5
        assert service.create("l0") == "OK"
        assert service.answers_the_operator() == "OK"
        with connected(service.address(), 2 * OPEN_FILES):
            assert service.answers_the_operator() == "OK"
            assert service.descriptors < OPEN_FILES


def test_a_connection_without_calls_is_closed_and_opened_again_unnoticed(
    service: Running,
) -> None:
    before = service.descriptors
    with grpc.insecure_channel(service.address(), options=_ALONE) as channel:
        stub = LedgerServiceStub(channel)
        stub.GetServerInfo(_INFO)
        assert service.descriptors > before
        end = time.monotonic() + 10
        while service.descriptors > before:
            assert time.monotonic() < end
            time.sleep(0.1)
        stub.GetServerInfo(_INFO)
