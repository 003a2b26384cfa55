"""A position that another service gave just now is known here at once, whatever is asked
about it: two services on one database, of which the second is told nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import audit_service_pb2 as audit
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1.audit_service_pb2_grpc import AuditServiceStub
from diplomatic_ledger.v1.cuts_pb2 import Cuts

from ledger_service.service import Service
from ledger_service.settings import Settings
from tests.support.examples import a_party, entry
from tests.support.wire import NAME, Api, refused

Ask = Callable[[Api, int], Any]


async def first_of(stream: Any) -> Any:
    return await anext(aiter(stream))


async def read(api: Api, position: int) -> Any:
    """The position itself where the log reaches it."""
    asked = history.ReadLogRequest(
        ledger=NAME, after_position=position - 1, up_to_position=position
    )
    return list((await first_of(api.history.ReadLog(asked))).batch.positions)


async def subscribe(api: Api, position: int) -> Any:
    """The end of the log as a subscription finds it."""
    asked = history.SubscribeRequest(ledger=NAME, after_position=position)
    return (await first_of(api.history.Subscribe(asked))).caught_up.head


def of_audit(method: str, asked: Callable[[int], Any]) -> Ask:
    async def ask(api: Api, position: int) -> Any:
        return await getattr(AuditServiceStub(api.channel), method)(asked(position))

    return ask


async def export(api: Api, position: int) -> Any:
    asked = audit.ExportRequest(ledger=NAME, position=position)
    return await first_of(AuditServiceStub(api.channel).Export(asked))


ASKED = {
    "export": export,
    "checkpoint": of_audit(
        "GetCheckpoint", lambda n: audit.GetCheckpointRequest(ledger=NAME, position=n)
    ),
    "inclusion": of_audit(
        "GetInclusionProof",
        lambda n: audit.GetInclusionProofRequest(ledger=NAME, position=1, tree_size=n),
    ),
    "consistency": of_audit(
        "GetConsistencyProof",
        lambda n: audit.GetConsistencyProofRequest(ledger=NAME, old_size=1, new_size=n),
    ),
    "receipt": of_audit(
        "GetReceipt", lambda n: audit.GetReceiptRequest(ledger=NAME, position=n)
    ),
}


@pytest.fixture
async def two(tmp_path: Path, postgres: str) -> AsyncIterator[tuple[Api, Api]]:
    """The second service hears nothing of what the first one records."""
    services, channels = [], []
    for name in ("one", "two"):
        services.append(
            Service(
                Settings(
                    data_dir=tmp_path / name,
                    keys_dir=tmp_path / "keys",
                    listen="127.0.0.1:0",
                    store=postgres,
                    drain_seconds=1.0,
                )
            )
        )
        await services[-1].start()
        channels.append(grpc.aio.insecure_channel(services[-1].address))
        if name == "one":
            await Api(channels[0]).open_ledger()
    await asyncio.to_thread(services[1].registry.get(NAME).ledger.follower._watch.stop)
    yield Api(channels[0]), Api(channels[1])
    for channel in channels:
        await channel.close()
    for service in services:
        await service.stop()


async def test_a_position_of_one_is_known_to_the_other_whatever_is_asked(
    two: tuple[Api, Api],
) -> None:
    first, second = two
    for number, (what, ask) in enumerate(ASKED.items()):
        answer = await first.record(entry(f"p{number}", a_party()))
        position = answer.recorded[0].position
        assert await ask(second, position), what
        refusal = await refused(ask(second, position + 1))
        assert refusal.reason == "CUT_OUT_OF_RANGE", what
        assert refusal.metadata["head"] == str(position), what


async def test_a_receipt_of_an_entry_is_given_by_who_did_not_hear_of_it(
    two: tuple[Api, Api],
) -> None:
    first, second = two
    await first.record(entry("us", a_party()))
    asked = audit.GetReceiptRequest(ledger=NAME, entry_id="us")
    assert (await AuditServiceStub(second.channel).GetReceipt(asked)).position == 2


async def test_what_one_recorded_is_read_and_followed_at_the_other(
    two: tuple[Api, Api],
) -> None:
    first, second = two
    answer = await first.record(entry("us", a_party()))
    position = answer.recorded[0].position
    assert await read(second, position) == [position]
    assert await read(second, position + 1) == []
    answer = await first.record(entry("dprk", a_party()))
    assert await subscribe(second, answer.recorded[0].position) == position + 1


async def test_a_refused_time_tells_a_head_that_a_token_beside_it_does_not_exceed(
    two: tuple[Api, Api],
) -> None:
    """Else a client would take its token for one of a log that was lost."""
    first, second = two
    answer = await first.record(entry("us", a_party()))
    cuts = Cuts(at_least=answer.token)
    cuts.recorded_at.FromJsonString("2999-01-01T00:00:00Z")
    refusal = await refused(
        second.history.GetEntry(history.GetEntryRequest(ledger=NAME, entry_id="us", cuts=cuts))
    )
    assert refusal.reason == "CUT_OUT_OF_RANGE"
    assert refusal.metadata["head"] == str(answer.recorded[0].position)
