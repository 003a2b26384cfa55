"""A program that calls a service much faster than one may and heeds no refusal. When its input
ends, it gives up what was not answered yet, and prints how many calls were made, answered,
refused by the service, and failed in another way (held back by the transport).

    python -m tests.support.greedy_caller ADDRESS LEDGER ENTRY CALLS_PER_SECOND
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from typing import Any

import grpc
from diplomatic_ledger.v1.standing_service_pb2 import GetCommitmentRequest
from diplomatic_ledger.v1.standing_service_pb2_grpc import StandingServiceStub

_STEP_SECONDS = 0.02
_PATIENCE_SECONDS = 10.0


async def _call(stub: Any, request: GetCommitmentRequest, told: Counter[str]) -> None:
    try:
        await stub.GetCommitment(request, timeout=_PATIENCE_SECONDS)
        told["answered"] += 1
    except grpc.aio.AioRpcError as error:
        is_refused = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        told["refused" if is_refused else "failed"] += 1


async def main(address: str, ledger: str, entry: str, per_second: float) -> Counter[str]:
    told: Counter[str] = Counter()
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = StandingServiceStub(channel)
        request = GetCommitmentRequest(ledger=ledger, entry_id=entry)
        calls: set[asyncio.Task[None]] = set()
        begun, made = loop.time(), 0
        while not ended.done():
            due = int((loop.time() - begun) * per_second)
            for _ in range(due - made):
                calls.add(call := asyncio.create_task(_call(stub, request, told)))
                call.add_done_callback(calls.discard)
            made = due
            await asyncio.sleep(_STEP_SECONDS)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    told["made"] = made
    return told


if __name__ == "__main__":
    address, ledger, entry, per_second = sys.argv[1:]
    os.nice(10)  # as if it had a machine of its own
    told = asyncio.run(main(address, ledger, entry, float(per_second)))
    sys.stdout.write(json.dumps(told))
