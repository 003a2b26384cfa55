"""Callers that record through two services on one cluster, and ask again until they are answered."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc
from diplomatic_ledger.v1 import history_service_pb2 as history

from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, record_request

_CALLERS = 8
_CALL_SECONDS = 5.0
_RETRY_SECONDS = 0.05
#: What may pass: the database is away, or its answer is late.
_MAY_PASS = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


@dataclass
class Told:
    """What callers were told: each acknowledged entry with its position, and when."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    #: Why recording was refused for good, if it was.
    refused: str = ""

    def longest_silence(self) -> float:
        """The most seconds between one acknowledged entry and the next one."""
        times = sorted(self.moments)
        return max((after - before for before, after in itertools.pairwise(times)), default=0)


class Load:
    def __init__(self, services: Sequence[Api]) -> None:
        self.told = Told()
        self._services = services
        self._stopping = asyncio.Event()
        self._callers = [asyncio.create_task(self._call(n)) for n in range(_CALLERS)]

    async def answered_after(self, moment: float, seconds: float) -> bool:
        """Whether somebody is answered after the moment, within so many seconds; no where
        recording is refused for good.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.told.refused:
            if self.told.moments and self.told.moments[-1] > moment:
                return True
            await asyncio.sleep(0.1)
        return False

    async def stop(self) -> None:
        self._stopping.set()
        await asyncio.gather(*self._callers)

    async def _call(self, caller: int) -> None:
        number = 0
        while not self._stopping.is_set() and not self.told.refused:
            number += 1
            await self._record(f"p{caller}-{number}", caller + number)

    async def _record(self, name: str, turn: int) -> None:
        request = record_request(entry(name, a_party(name=name)), request_id=f"r-{name}")
        while not self.told.refused:
            turn += 1
            service = self._services[turn % len(self._services)]
            try:
                answer = await service.ledgers.Record(request, timeout=_CALL_SECONDS)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _MAY_PASS:
                    self.told.refused = f"{error.code().name}: {error.details()}"
                if self._stopping.is_set():
                    return
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            for each in answer.recorded:
                self.told.acknowledged[each.entry_id] = each.position
            self.told.moments.append(time.monotonic())
            return


@dataclass(frozen=True)
class Found:
    """What the log holds of what was acknowledged."""

    records: int
    lost: int
    doubled: int
    #: Others stand where they were acknowledged.
    moved: int


async def compare(service: Api, told: Told) -> Found:
    """Holds what callers were told against the log that a service reads out."""
    call = service.history.ReadLog(history.ReadLogRequest(ledger=NAME))
    lines = [
        line for batch in [f.batch async for f in call] for line in batch.lines.split(b"\n")
    ]
    records = [json.loads(line) for line in lines if line]
    stands = {r["subject"]: int(r["position"]) for r in records if r.get("subject")}
    times = Counter(record.get("subject") for record in records)
    return Found(
        records=len(records),
        lost=sum(name not in stands for name in told.acknowledged),
        doubled=sum(times[name] > 1 for name in told.acknowledged),
        moved=sum(stands.get(n, at) != at for n, at in told.acknowledged.items()),
    )
