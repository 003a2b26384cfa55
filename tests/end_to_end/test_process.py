"""The service as a process of its own: start, stop, start again."""

import signal
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1.history_service_pb2_grpc import HistoryServiceStub
from diplomatic_ledger.v1.ledger_service_pb2_grpc import LedgerServiceStub

from ledger_service import __version__
from tests.support.processes import START_SECONDS
from tests.support.wire import record_request


@pytest.fixture
def start(start: Any) -> Any:
    """As an operator starts it."""
    return partial(start, afresh=True)


def opened(address: str) -> tuple[grpc.Channel, Any, Any]:
    channel = grpc.insecure_channel(address)
    return channel, LedgerServiceStub(channel), HistoryServiceStub(channel)


def test_what_was_recorded_is_there_after_a_restart(start: Any) -> None:
    process = start()
    channel, ledgers, _ = opened(process.address())
    with channel:
        ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="us-dprk", title="Talks"))
        first = ledgers.Record(record_request(request_id="r-1"))
        before = ledgers.GetLedger(pb.GetLedgerRequest(ledger="us-dprk"))
    assert process.stop() == 0

    process = start()
    channel, ledgers, history = opened(process.address())
    with channel:
        after = ledgers.GetLedger(pb.GetLedgerRequest(ledger="us-dprk"))
        assert after.ledger.checkpoint_position == 8
        after.ledger.checkpoint_position = before.ledger.checkpoint_position
        assert after == before
        again = ledgers.Record(record_request(request_id="r-1"))
        assert again.already_recorded
        assert again.recorded == first.recorded
        log = history.ReadLog(history_service_pb2.ReadLogRequest(ledger="us-dprk"))
        assert [position for frame in log for position in frame.batch.positions] == [
            *range(1, 9)
        ]
    assert process.stop() == 0


def test_what_was_answered_survives_a_kill(start: Any) -> None:
    process = start()
    channel, ledgers, _ = opened(process.address())
    with channel:
        ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="us-dprk", title="Talks"))
        first = ledgers.Record(record_request(request_id="r-1"))
    process.stop(signal.SIGKILL)

    channel, ledgers, _ = opened(start().address())
    with channel:
        again = ledgers.Record(record_request(request_id="r-1"))
    assert again.already_recorded
    assert again.recorded == first.recorded


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_drains_when_told_to_stop(start: Any, number: int) -> None:
    process = start()
    channel, ledgers, history = opened(process.address())
    with channel:
        ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="us-dprk", title="Talks"))
        request = history_service_pb2.SubscribeRequest(ledger="us-dprk")
        subscription = history.Subscribe(request, timeout=20)
        assert next(subscription).WhichOneof("event") == "batch"
        assert next(subscription).WhichOneof("event") == "caught_up"
        process.process.send_signal(number)
        with pytest.raises(grpc.RpcError) as ended:
            list(subscription)
        assert ended.value.code() is grpc.StatusCode.UNAVAILABLE  # type: ignore[attr-defined]
    assert process.process.wait(START_SECONDS) == 0
    events = [line["event"] for line in process.lines()]
    assert events.index("ready") < events.index("stopping") < events.index("stopped")


def test_a_second_process_on_the_same_folder_is_refused(start: Any) -> None:
    first = start()
    first.address()
    second = start()
    assert second.process.wait(START_SECONDS) == 2
    assert "Another process uses the data folder" in second.said()
    assert "Traceback" not in second.said()
    assert first.process.poll() is None


def test_an_address_that_is_taken_is_refused(start: Any, tmp_path: Path) -> None:
    address = start().address()
    second = start(LEDGER_LISTEN=address, LEDGER_DATA_DIR=str(tmp_path / "other"))
    assert second.process.wait(START_SECONDS) == 2
    assert f"The address {address} cannot be listened on" in second.said()


def test_its_log_is_json_with_the_promised_fields(start: Any) -> None:
    process = start()
    channel, ledgers, _ = opened(process.address())
    with channel:
        ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="us-dprk", title="Talks"))
        ledgers.Record(record_request(), metadata=(("x-request-id", "call-17"),))
    process.stop()
    lines = process.lines()
    opening = next(line for line in lines if line["event"] == "opening")
    assert (opening["version"], opening["store"]) == (__version__, "sqlite")
    assert len(opening["commit"]) == 12 or opening["commit"] == "unknown"
    ready = next(line for line in lines if line["event"] == "ready")
    assert ready["ledgers"] == 0
    assert ready["address"].startswith("127.0.0.1:")
    assert ready["data_dir"].endswith("/data")
    call = next(line for line in lines if line.get("request_id") == "call-17")
    assert {
        "event": "call",
        "method": "LedgerService/Record",
        "ledger": "us-dprk",
        "code": "OK",
        "entries": 7,
    }.items() <= call.items()
    assert {"duration_ms", "peer", "timestamp", "level"} <= call.keys()


def test_it_tells_its_address_on_stdout_and_in_a_file_while_it_runs(start: Any) -> None:
    process = start()
    address = process.address()
    process.stop()
    assert not process._ready.exists()
    assert process.process.stdout.read().decode().strip() == address
