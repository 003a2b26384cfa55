"""From a large request on, memory is kept for the next one."""

import grpc
import pytest
from diplomatic_ledger.v1.ledger_service_pb2 import CreateLedgerRequest

from ledger_service import memory
from tests.support.wire import Api

MEGABYTE = 1024 * 1024


async def test_memory_is_kept_for_the_next_large_request(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = list[tuple[int, int]]()
    monkeypatch.setattr(memory, "_set", chosen.append)

    async def send(size: int) -> None:
        with pytest.raises(grpc.aio.AioRpcError):
            await api.ledgers.CreateLedger(
                CreateLedgerRequest(ledger="talks", title="x" * size)
            )

    await send(MEGABYTE)
    assert not chosen
    await send(3 * MEGABYTE)
    await send(3 * MEGABYTE)
    ((_, kept),) = chosen
    assert kept > 32 * MEGABYTE
