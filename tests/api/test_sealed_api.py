"""What a caller is told of sealed fields: their values to who is cleared, else that they
are there.
"""

from typing import Any

import grpc
import pytest
from diplomatic_ledger import InvalidRequest, LedgerClient
from diplomatic_ledger.json_form import read_item
from diplomatic_ledger.v1 import entries_pb2, items_pb2
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import ledger_service_pb2 as pb
from diplomatic_ledger.v1 import standing_service_pb2 as standing

from ledger_service.service import Service
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    an_act,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
)
from tests.support.wire import NAME, Api, message, refused

SECRET = "a colonel of the second bureau"
SOURCE = "evidence[0].attribution"
WITHHELD, DISCLOSED, ERASED = (
    entries_pb2.SEAL_STATE_WITHHELD,
    entries_pb2.SEAL_STATE_DISCLOSED,
    entries_pb2.SEAL_STATE_ERASED,
)

cleared = pytest.mark.parametrize("changes", [{"disclose_sealed": True}])


def record_items() -> list[items_pb2.RecordItem]:
    told = (an_evidence(attribution=SECRET),)
    items = [message(item) for item in a_ledgerful()[:4]]
    act = message(entry("F001", an_act(evidence=told)))
    act.entry.seal.append(SOURCE)
    promise = message(entry("C1", a_commitment(summary=SECRET)))
    promise.entry.seal.append("summary")
    return [*items, act, promise]


@pytest.fixture
async def sealed(api: Api) -> Api:
    """The API over a ledger with a sealed source and a sealed summary."""
    await api.ledgers.Record(pb.RecordRequest(ledger=NAME, items=record_items()))
    return api


async def versions(api: Api, entry_id: str) -> Any:
    answer = await api.history.GetEntry(history.GetEntryRequest(ledger=NAME, entry_id=entry_id))
    return answer.versions


async def answers(api: Api) -> list[tuple[str, Any]]:
    """What each question tells of the sealed fields: the text and the seal."""
    (version,) = await versions(api, "F001")
    acts = await api.standing.ListActs(standing.ListActsRequest(ledger=NAME))
    listed = await api.standing.ListCommitments(standing.ListCommitmentsRequest(ledger=NAME))
    one = await api.standing.GetCommitment(
        standing.GetCommitmentRequest(ledger=NAME, entry_id="C1")
    )
    replay = await api.standing.Replay(standing.ReplayRequest(ledger=NAME))
    diff = await api.standing.Diff(standing.DiffRequest(ledger=NAME, before={"position": 1}))
    found = [
        (version.state.act.evidence[0].attribution, version.sealed),
        (acts.acts[0].act.evidence[0].attribution, acts.acts[0].sealed),
        *((c.commitment.summary, c.sealed) for c in (listed.commitments[0], one.commitment)),
    ]
    for item in replay.items:
        if item.HasField("act"):
            found.append((item.act.act.evidence[0].attribution, item.act.sealed))
        if item.HasField("commitment"):
            found.append((item.commitment.commitment.summary, item.commitment.sealed))
    (promise,) = (each for each in diff.entries if each.entry_id == "C1")
    (moved,) = diff.commitments
    found.append((promise.after.commitment.summary, promise.sealed_after))
    found.append((moved.after.commitment.summary, moved.after.sealed))
    assert len(found) == 8
    return [(text, only(seals)) for text, seals in found]


def only(seals: Any) -> Any:
    (seal,) = seals
    assert seal.path in (SOURCE, "summary")
    assert len(seal.hash.removeprefix("sha256:")) == 64
    return seal.state


async def test_a_caller_who_is_not_cleared_is_told_that_something_is_sealed(sealed) -> None:
    assert set(await answers(sealed)) == {("", WITHHELD)}


@cleared
async def test_a_caller_who_is_cleared_reads_the_value_in_its_field(sealed) -> None:
    assert set(await answers(sealed)) == {(SECRET, DISCLOSED)}


@cleared
async def test_an_erased_value_is_told_to_be_erased(sealed, service: Service) -> None:
    ledger = service.registry.get(NAME).ledger
    await ledger.erase("F001", SOURCE, "asked for")
    await ledger.erase("C1", "summary", "asked for")
    assert set(await answers(sealed)) == {("", ERASED)}


@cleared
async def test_the_log_is_read_as_it_is_stored_by_everybody(sealed) -> None:
    request = history.ReadLogRequest(ledger=NAME)
    log = b"".join([page.batch.lines async for page in sealed.history.ReadLog(request)])
    assert SECRET.encode() not in log
    assert log.count(b'{"sealed":"sha256:') == 2


@cleared
async def test_an_amendment_keeps_a_seal(sealed) -> None:
    item = message(an_amendment("F001", an_act(evidence=(an_evidence(attribution=""),))))
    item.amendment.keep_sealed.append(SOURCE)
    await sealed.ledgers.Record(pb.RecordRequest(ledger=NAME, items=[item]))
    first, second = await versions(sealed, "F001")
    assert second.state.act.evidence[0].attribution == SECRET
    assert second.sealed == first.sealed


async def test_what_cannot_be_sealed_is_named_with_its_place(api: Api) -> None:
    item = message(entry("F001", an_act()))
    item.entry.seal.extend(["place", "title", "place.name"])
    request = pb.RecordRequest(ledger=NAME, items=[*record_items()[:4], item])
    refusal = await refused(api.ledgers.Record(request))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert set(refusal.fields) == {"items[4].entry.seal[0]"}
    problem = refusal.fields["items[4].entry.seal[0]"]
    assert "Sealable are title, place.name, place.country" in problem
    assert "evidence[n].quote" in problem
    assert "here: title, place.name" in problem


async def test_a_request_sent_again_with_a_guess_gets_one_answer(sealed: Api) -> None:
    """GetEntry shows the id of the request, so anybody can send it again."""
    (version,) = await versions(sealed, "F001")
    answers = []
    for guess in (SECRET, "a guess", "another guess"):
        items = record_items()
        items[4].entry.state.act.evidence[0].attribution = guess
        request = pb.RecordRequest(ledger=NAME, request_id=version.request_id, items=items)
        answers.append(await sealed.ledgers.Record(request))
        request.validate_only = True
        answers.append(await sealed.ledgers.Record(request))
    assert answers[0].already_recorded
    assert answers[0] == answers[2] == answers[4]
    assert answers[1] == answers[3] == answers[5]


async def test_an_id_reused_after_an_erasure_gets_one_answer(sealed, service) -> None:
    items = record_items()[4:]
    for item in items:
        item.entry.entry_id += "x"
    request = pb.RecordRequest(ledger=NAME, request_id="r-1", items=items)
    await sealed.ledgers.Record(request)
    assert (await sealed.ledgers.Record(request)).already_recorded
    await service.registry.get(NAME).ledger.erase("F001x", SOURCE, "asked for")
    right = await refused(sealed.ledgers.Record(request))
    items[0].entry.state.act.evidence[0].attribution = "a guess"
    request = pb.RecordRequest(ledger=NAME, request_id="r-1", items=items)
    wrong = await refused(sealed.ledgers.Record(request))
    assert (right.code, right.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
    )
    assert (right.code, right.reason, right.text, right.metadata) == (
        wrong.code,
        wrong.reason,
        wrong.text,
        wrong.metadata,
    )


@pytest.mark.parametrize("changes", [{"disclose_sealed": False}, {"disclose_sealed": True}])
async def test_the_reason_of_a_change_may_be_sealed(api: Api, changes: dict[str, bool]) -> None:
    await api.record()
    withdrawn = message(an_annulment("F001", reason=SECRET))
    withdrawn.annulment.seal.append("reason")
    restored = message(an_amendment("F001", an_act(), reason=SECRET))
    restored.amendment.seal.append("reason")
    await api.ledgers.Record(pb.RecordRequest(ledger=NAME, items=[withdrawn, restored]))
    cleared = changes["disclose_sealed"]
    for version in (await versions(api, "F001"))[1:]:
        (seal,) = version.sealed_beside
        assert (seal.path, seal.state) == ("reason", DISCLOSED if cleared else WITHHELD)
        assert version.reason == (SECRET if cleared else "")


async def test_a_second_sealed_text_of_one_entry_is_not_dropped_in_silence(
    api: Api, service: Service
) -> None:
    await api.ledgers.CreateLedger(pb.CreateLedgerRequest(ledger="seals", title="Seals"))
    items = [
        read_item({"id": "a", "party": {"name": {"seal": text}, "kind": "state"}})
        for text in ("one", "two")
    ]
    async with LedgerClient(service.address) as client:
        with pytest.raises(InvalidRequest, match="id of an earlier item"):
            async for _ in client.record_all("seals", items, if_exists="accept_identical"):
                pass
