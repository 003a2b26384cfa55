"""What one service signs, another one that only reads shows soon, and remembers."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
from diplomatic_ledger.v1 import ledger_service_pb2 as pb

from tests.support.wire import NAME, Api

SECONDS = 10


async def test_a_ledger_that_was_found_unsigned_is_shown_signed(
    start: Any, tmp_path: Path, postgres: str
) -> None:
    recording = start(
        LEDGER_STORE=postgres,
        LEDGER_DATA_DIR=str(tmp_path / "one"),
        LEDGER_CHECKPOINT_SECONDS="3",
    )
    reading = start(
        LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / "two"), LEDGER_READ_ONLY="true"
    )
    async with (
        grpc.aio.insecure_channel(recording.address()) as to_one,
        grpc.aio.insecure_channel(reading.address()) as to_two,
    ):
        one, two = Api(to_one), Api(to_two)
        await one.open_ledger()
        await one.record()
        found = await shown(two)
        assert found.position == 8
        async with asyncio.timeout(SECONDS):
            while found.checkpoint_position != found.position:
                await asyncio.sleep(0.1)
                found = await shown(two)
    assert list((tmp_path / "two").rglob(f"{NAME}.seen")), "so that its loss is noticed"


async def shown(api: Api) -> pb.LedgerInfo:
    """The ledger as soon as it was found with all of its records."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                answer = await api.ledgers.GetLedger(pb.GetLedgerRequest(ledger=NAME))
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
            else:
                if answer.ledger.position == 8:
                    return answer.ledger
            await asyncio.sleep(0.05)
