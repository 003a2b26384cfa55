"""Views that are damaged are not the log's trouble: the refusal says so, and they are built
anew by themselves while the service runs.
"""

import asyncio
import random
from pathlib import Path
from typing import IO, Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing
from diplomatic_ledger.v1.filters_pb2 import ActFilter

from ledger_service.settings import Settings
from tests.support.wire import NAME, Api, taken_apart

_QUESTIONS = (
    ("history", "GetEntry", history.GetEntryRequest(ledger=NAME, entry_id="dprk")),
    ("standing", "ListCommitments", standing.ListCommitmentsRequest(ledger=NAME)),
    (
        "standing",
        "ListActs",
        standing.ListActsRequest(ledger=NAME, filter=ActFilter(parties=["dprk"])),
    ),
    ("standing", "ListBalances", standing.ListBalancesRequest(ledger=NAME)),
)


@pytest.fixture
def views(settings: Settings) -> Path:
    return settings.data_dir / "ledgers" / NAME


def spoil(folder: Path, how: str) -> None:
    """In place: the service has the files open."""
    (path,) = folder.glob("views-*.sqlite")
    if how == "gone":
        path.unlink()
    for each in folder.glob("views-*.sqlite*"):
        if not each.name.endswith("-shm"):
            with each.open("r+b") as file:
                _spoil(file, each.stat().st_size, how)


def _spoil(file: IO[bytes], size: int, how: str) -> None:
    chance = random.Random(how)
    for _ in range(size // 40):
        at = chance.randrange(100, size)
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(b"\0" if how == "zeros" else bytes([byte ^ 1 << chance.randrange(8)]))


async def answers(api: Api) -> list[Any]:
    """Each answer, or the reason of the refusal. Each asks for what nobody asked before."""
    found: list[Any] = []
    for service, method, request in _QUESTIONS:
        try:
            found.append(await getattr(getattr(api, service), method)(request, timeout=10))
        except grpc.aio.AioRpcError as error:
            refusal = taken_apart(error)
            found.append(f"{refusal.code.name} {refusal.reason}")
            if refusal.reason == "VIEWS_FAILED":
                assert "derived from its log" in refusal.text
                assert refusal.retry_seconds == 1
    return found


@pytest.mark.parametrize("how", ["gone", "zeros", "flipped", "flipped otherwise"])
async def test_they_are_built_anew(api: Api, views: Path, how: str) -> None:
    await api.record()
    right = await answers(api)
    spoil(views, how)
    for number in range(60):
        # What is new is not remembered yet, so the file is read.
        await api.record(*_parties(number))
        found = await answers(api)
        wrong = [each for each in found if isinstance(each, str)]
        assert {*wrong} <= {"UNAVAILABLE VIEWS_FAILED", "NOT_FOUND ENTRY_NOT_FOUND"}
        if number > 5 and not wrong:
            break
        await asyncio.sleep(0.05)
    assert [type(each) for each in found] == [type(each) for each in right]


def _parties(number: int) -> list[Any]:
    from tests.support.examples import a_party, entry

    return [entry(f"p{number}", a_party(name=f"Party {number}", aliases=()))]
