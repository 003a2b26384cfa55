"""In a real process, on a ledger of thousands of commitments of one pair: light questions are
answered while heavy ones are at work, and what nobody waits for costs nothing more.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.filters_pb2 import CommitmentFilter
from diplomatic_ledger.v1.standing_service_pb2 import (
    GetCommitmentRequest,
    ListCommitmentsRequest,
)
from diplomatic_ledger.v1.standings_pb2 import LIFECYCLE_EXPIRED

from tests.support.examples import a_party, entry
from tests.support.processes import Process
from tests.support.shapes import SHAPES, common
from tests.support.wire import Api, message

LEDGER, OTHER = "of-one-pair", "another"
SIZE = 4_000
_SOON = 60.0
_AT_ONCE = 500


@pytest.fixture
def process(start: Any) -> Process:
    return start(afresh=True)  # type: ignore[no-any-return]


@pytest.fixture
async def api(process: Process) -> AsyncIterator[Api]:
    async with grpc.aio.insecure_channel(process.address()) as channel:
        api = Api(channel)
        await _fill(api, LEDGER, SIZE)
        await _fill(api, OTHER, 50)
        yield api


async def _fill(api: Api, ledger: str, size: int) -> None:
    await api.open_ledger(ledger)
    items = iter((*common(), *SHAPES["commitments of one pair"](size)))
    while some := list(islice(items, _AT_ONCE)):
        answer = await api.record(*some, ledger=ledger)
    cuts = Cuts(at_least=answer.token)
    asked = GetCommitmentRequest(ledger=ledger, entry_id="c1", cuts=cuts)
    await api.standing.GetCommitment(asked, timeout=_SOON)


def _heavy(api: Api, number: int) -> Any:
    """None of all commitments is expired, which is found out by a look at each: beside what one
    supposes alone, nothing counts that others asked.
    """
    alone = message(entry(f"supposed-{number}", a_party()))
    cuts = Cuts(as_of=f"2040-01-{number:02}", suppose=[alone])
    wanted = CommitmentFilter(lifecycles=[LIFECYCLE_EXPIRED])
    asked = ListCommitmentsRequest(ledger=LEDGER, cuts=cuts, filter=wanted)
    return api.standing.ListCommitments(asked, timeout=10 * _SOON)


async def _light(api: Api, ledger: str, number: int) -> None:
    """At cuts that nobody asked for yet."""
    cuts = Cuts(as_of=f"2016-{number % 12 + 1:02}-{number % 28 + 1:02}")
    asked = GetCommitmentRequest(ledger=ledger, entry_id=f"c{number}", cuts=cuts)
    answer = await api.standing.GetCommitment(asked, timeout=_SOON)
    assert answer.commitment.entry_id == f"c{number}"
    page = ListCommitmentsRequest(ledger=ledger, cuts=cuts, page_size=5)
    assert (await api.standing.ListCommitments(page, timeout=_SOON)).commitments


async def test_light_questions_overtake_heavy_ones_in_their_ledger_and_in_others(
    api: Api,
) -> None:
    heavy = [_heavy(api, number) for number in range(1, 7)]
    await asyncio.sleep(0.5)  # they are known to be heavy by now
    assert not any(call.done() for call in heavy)
    for number in range(1, 11):
        await _light(api, LEDGER, number)
        await _light(api, OTHER, number)
    assert not any(call.done() for call in heavy)
    for call in heavy:
        call.cancel()


async def test_a_heavy_question_goes_on_for_who_still_waits_for_it(api: Api) -> None:
    gone, waits = _heavy(api, 1), _heavy(api, 1)
    await asyncio.sleep(0.5)
    gone.cancel()
    answer = await waits
    assert answer.basis.as_of == "2040-01-01"
    assert not answer.commitments


async def test_what_nobody_waits_for_any_more_costs_nothing_more(
    api: Api, process: Process
) -> None:
    heavy = [_heavy(api, number) for number in range(1, 7)]
    await asyncio.sleep(0.5)
    assert not any(call.done() for call in heavy)
    for call in heavy:
        call.cancel()
    for call in heavy:
        with suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
            await call
    before = _computed(process)
    await asyncio.sleep(1.0)
    # All six of them would compute for many seconds more.
    assert _computed(process) - before < 0.5


def _computed(process: Process) -> float:
    """The seconds that the process has computed."""
    fields = Path(f"/proc/{process.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
