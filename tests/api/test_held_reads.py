"""What is read is held against the leaf hashes: a record that somebody changed in the file
is never answered with, and whoever asks for it ends the trust in the log.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as standing

from ledger_service.api import record_batches
from ledger_service.service import Service
from tests.support.examples import a_party, an_amendment, an_annulment, entry
from tests.support.wire import NAME, Api, record_request, refused, refused_stream

CHANGED = "The record at position 6 does not fit its leaf hash: one of them was changed."


@pytest.fixture
async def changed(api: Api, service: Service) -> AsyncIterator[Api]:
    """The API over a ledger in which the record of C1 was changed before anybody asked for
    it.
    """
    await api.record(request_id="r-1")
    ledger = service.registry.get(NAME).ledger
    with closing(sqlite3.connect(ledger.log.datastore.pool.db_name)) as log, log:
        changed = log.execute(
            "UPDATE stored_events SET state = CAST(replace(state, 'local', 'other') AS BLOB) "
            "WHERE rowid = 6"
        )
        assert changed.rowcount == 1
    yield api
    assert ledger.audit.distrusted == CHANGED


def check_refused(refusal: Any) -> None:
    assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
    assert refusal.reason == "LEDGER_DISTRUSTED"
    assert CHANGED in refusal.text


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"after_position": 5, "limit": 1},
        {"backwards": True},
        {"filter": {"entry_ids": ["us"]}},
        {"filter": {"record_types": ["party.registered.v1"]}},
    ],
)
async def test_the_log_is_read_up_to_a_changed_record(
    changed: Api, request_: dict[str, Any]
) -> None:
    request = history.ReadLogRequest(ledger=NAME, **request_)
    _, refusal = await refused_stream(changed.history.ReadLog(request))
    check_refused(refusal)


async def test_a_subscriber_is_not_sent_a_changed_record(changed: Api) -> None:
    request = history.SubscribeRequest(ledger=NAME)
    _, refusal = await refused_stream(changed.history.Subscribe(request))
    check_refused(refusal)


async def test_long_reads_are_held_in_part(
    changed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One record in so many: here each one, behind the first ones that all are held."""
    monkeypatch.setattr(record_batches, "_ALL_HELD", 0)
    monkeypatch.setattr(record_batches, "_FEW", 0)
    monkeypatch.setattr(record_batches, "_HELD_OF", 1)
    _, refusal = await refused_stream(
        changed.history.ReadLog(history.ReadLogRequest(ledger=NAME))
    )
    check_refused(refusal)


@pytest.mark.parametrize(
    "ask",
    [
        lambda api: api.history.GetEntry(history.GetEntryRequest(ledger=NAME, entry_id="C1")),
        lambda api: api.standing.GetCommitment(
            standing.GetCommitmentRequest(ledger=NAME, entry_id="C1")
        ),
        lambda api: api.standing.ListCommitments(standing.ListCommitmentsRequest(ledger=NAME)),
        lambda api: api.standing.Replay(standing.ReplayRequest(ledger=NAME)),
        lambda api: api.ledgers.Record(record_request(request_id="r-1")),
    ],
    ids=["GetEntry", "GetCommitment", "ListCommitments", "Replay", "Record again"],
)
async def test_no_answer_rests_on_a_changed_record(changed: Api, ask: Any) -> None:
    check_refused(await refused(ask(changed)))


async def test_what_does_not_need_the_record_is_answered_as_before(changed: Api) -> None:
    check_refused(
        await refused(
            changed.history.GetEntry(history.GetEntryRequest(ledger=NAME, entry_id="C1"))
        )
    )
    for other in ("us", "F001", "ours"):
        request = history.GetEntryRequest(ledger=NAME, entry_id=other)
        assert (await changed.history.GetEntry(request)).versions
    request = history.ReadLogRequest(ledger=NAME, after_position=6)
    positions = [
        each async for page in changed.history.ReadLog(request) for each in page.batch.positions
    ]
    assert positions == [7, 8]
    check_refused(await refused(changed.record(entry("late", a_party()))))


@pytest.mark.parametrize("item", [an_amendment("C1", a_party()), an_annulment("C1")])
async def test_nothing_is_recorded_on_a_changed_record(
    changed: Api, service: Service, item: Any
) -> None:
    service.registry.get(NAME).ledger._group_commit._admission.forget()
    check_refused(await refused(changed.record(item)))
    assert await changed.head() == 8


async def test_a_list_that_needs_a_changed_record_says_so_and_one_before_it_is_answered(
    changed: Api,
) -> None:
    request = standing.ListCommitmentsRequest(ledger=NAME)
    refusal = await refused(changed.standing.ListCommitments(request))
    check_refused(refusal)
    assert f"the answer would need what somebody changed in its log. {CHANGED}" in refusal.text
    assert "read only" not in refusal.text
    request.cuts.position = 5
    answer = await changed.standing.ListCommitments(request)
    assert not answer.commitments
    assert answer.basis.distrusted == CHANGED
