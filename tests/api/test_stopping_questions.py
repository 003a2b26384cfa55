"""A question that nobody waits for any more ends, and leaves its thread to others."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import standing_service_pb2 as pb

from ledger_service.application.questions import Questions
from ledger_service.domain.picture.picture import Picture
from ledger_service.projections.history import LoggedHistory
from ledger_service.service import Service
from tests.support.wire import NAME, Api, refused

#: Far more than the 100 ms that it should take: what counts is that it ends at all.
_SOON = 5.0


class Running:
    """How many questions are being computed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def run(self, work: Callable[[], Any]) -> Any:
        self._change(1)
        try:
            return work()
        finally:
            self._change(-1)

    async def reach(self, count: int) -> None:
        await asyncio.to_thread(self._await, count)

    def _change(self, by: int) -> None:
        with self._changed:
            self._count += by
            self._changed.notify_all()

    def _await(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._count == count, _SOON), self._count


def looking_without_end(picture: Picture, commitment: str) -> Any:
    while True:
        picture.entry(commitment)


def reading_without_end(picture: Picture, _: str) -> Any:
    history: Any = picture.history
    assert isinstance(history, LoggedHistory)
    with history.database.reading() as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT max(i) FROM n"
        ).fetchone()


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"read_threads": 2, "drain_seconds": 0.3, "wait_seconds": 30.0}


@pytest.fixture(params=[looking_without_end, reading_without_end])
def running(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Running]:
    """Standings of commitments are computed without end, but in another ledger."""
    running = Running()
    whole = Questions.commitment

    def commitment(self: Questions, basis: Any, entry_id: str) -> Any:
        if basis.ledger != NAME:
            return whole(self, basis, entry_id)
        return running.run(lambda: request.param(self._picture(basis), entry_id))

    monkeypatch.setattr(Questions, "commitment", commitment)
    return running


def _asked(api: Api, ledger: str = NAME, **call: Any) -> Any:
    request = pb.GetCommitmentRequest(ledger=ledger, entry_id="C1")
    return api.standing.GetCommitment(request, **call)


async def test_who_goes_away_frees_the_thread(api: Api, running: Running) -> None:
    await api.record()
    calls = [_asked(api), _asked(api)]
    await running.reach(2)
    for call in calls:
        call.cancel()
    await running.reach(0)


async def test_two_that_went_away_leave_other_ledgers_answered(
    api: Api, running: Running
) -> None:
    await api.open_ledger("other")
    await api.record()
    await api.record(ledger="other")
    calls = [_asked(api), _asked(api)]
    await running.reach(2)
    for call in calls:
        call.cancel()
    answer = await _asked(api, "other", timeout=_SOON)
    assert answer.commitment.entry_id == "C1"


async def test_a_deadline_frees_the_thread(api: Api, running: Running) -> None:
    await api.record()
    # On a busy machine the transport may tell of it before the service does.
    with pytest.raises(grpc.aio.AioRpcError) as told:
        await _asked(api, timeout=0.3)
    assert told.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await running.reach(0)


async def test_stopping_ends_what_is_computed(
    api: Api, service: Service, running: Running
) -> None:
    await api.record()
    call = _asked(api)
    await running.reach(1)
    began = time.monotonic()
    await asyncio.wait_for(service.stop(), _SOON)
    assert time.monotonic() - began < _SOON
    await running.reach(0)
    with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
        await call


class TestComputingForTooLong:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"max_computing_seconds": 0.3, "light_seconds": 0.05, "drain_seconds": 0.3}

    @pytest.fixture
    def running(self, monkeypatch: pytest.MonkeyPatch) -> Running:
        running = Running()

        def commitment(self: Questions, basis: Any, entry_id: str) -> Any:
            return running.run(lambda: looking_without_end(self._picture(basis), entry_id))

        monkeypatch.setattr(Questions, "commitment", commitment)
        return running

    async def test_a_question_ends_whatever_time_its_caller_gives_it(
        self, api: Api, running: Running
    ) -> None:
        await api.record()
        refusal = await refused(_asked(api, timeout=600.0))
        assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "LIMIT_REACHED")
        assert refusal.metadata == {"seconds": "0.3"}
        assert refusal.retry_seconds is None, "it would take as long again"
        assert "Ask for less at once" in refusal.text
        await running.reach(0)
