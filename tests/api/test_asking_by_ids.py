"""Many are asked for by their ids at once: each is told in its place, or why it is missing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import grpc
import pytest
from diplomatic_ledger import LedgerClient
from diplomatic_ledger.v1 import batches_pb2 as batches
from diplomatic_ledger.v1 import history_service_pb2 as history
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import VIEW_FULL, Cuts

from ledger_service.api.sizes import Sizes
from ledger_service.domain.values.entries import Evidence
from ledger_service.projections import history as projected
from ledger_service.service import Service
from tests.support.examples import (
    a_commitment,
    a_party,
    an_addition,
    an_amendment,
    an_annulment,
    entry,
    on,
)
from tests.support.wire import NAME, Api, SeeingApi, message, refused


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    await api.record()
    return api


def commitments(*ids: str, **asked: Any) -> pb.BatchGetCommitmentsRequest:
    return pb.BatchGetCommitmentsRequest(ledger=NAME, entry_ids=ids, **asked)


def entries(*ids: str, **asked: Any) -> history.BatchGetEntriesRequest:
    return history.BatchGetEntriesRequest(ledger=NAME, entry_ids=ids, **asked)


def reasons(results: Any) -> dict[str, str]:
    return {
        each.entry_id: batches.MissingReason.Name(each.missing.reason).removeprefix(
            "MISSING_REASON_"
        )
        for each in results
        if each.WhichOneof("result") == "missing"
    }


async def test_commitments_come_in_the_order_in_which_they_were_asked_for(api: Api) -> None:
    await api.record(entry("c2", a_commitment()), entry("c1", a_commitment()))
    answer = await api.standing.BatchGetCommitments(commitments("c2", "nobody", "c1"))
    assert [each.entry_id for each in answer.results] == ["c2", "nobody", "c1"]
    assert reasons(answer.results) == {"nobody": "NOT_RECORDED"}
    assert answer.basis.position == await api.head()


@pytest.mark.parametrize("view", ["VIEW_BASIC", "VIEW_FULL"])
async def test_each_is_told_as_it_is_when_it_is_asked_for_alone(api: Api, view: str) -> None:
    await api.record(entry("c1", a_commitment()), entry("c2", a_commitment()))
    asked: dict[str, Any] = {"view": view, "rubrics": ["g20"], "cuts": {"as_of": "2018-08-01"}}
    answer = await api.standing.BatchGetCommitments(commitments("c1", "c2", **asked))
    for each in answer.results:
        request = pb.GetCommitmentRequest(ledger=NAME, entry_id=each.entry_id, **asked)
        alone = await api.standing.GetCommitment(request)
        assert each.commitment == alone.commitment
        assert answer.basis == alone.basis


async def test_without_a_view_long_lists_are_counted_and_left_out(api: Api) -> None:
    await api.record(entry("c1", a_commitment()))
    (basic,) = (await api.standing.BatchGetCommitments(commitments("c1"))).results
    request = commitments("c1", view=VIEW_FULL)
    (full,) = (await api.standing.BatchGetCommitments(request)).results
    assert not basic.commitment.standing.why
    assert basic.commitment.standing.why_entry_count == len(full.commitment.standing.why) > 0


async def test_why_each_is_missing_is_told(api: Api) -> None:
    await api.record(
        entry("later", a_commitment(occurred=on("2019-01-01"))),
        entry("gone", a_commitment()),
        entry("c1", a_commitment()),
    )
    await api.record(an_annulment("gone"))
    request = commitments("later", "gone", "us", "nobody", "c1")
    answer = await api.standing.BatchGetCommitments(request)
    assert reasons(answer.results) == {
        "later": "NOT_YET",
        "gone": "ANNULLED",
        "us": "OTHER_TYPE",
        "nobody": "NOT_RECORDED",
    }
    texts = {each.entry_id: each.missing.text for each in answer.results}
    assert texts["later"] == "takes effect on 2019-01-01, after the day that was asked for"
    assert texts["us"] == "is of type party, not a commitment"
    before = commitments("c1", cuts=Cuts(reported_by="2018-07-08"))
    answer = await api.standing.BatchGetCommitments(before)
    assert reasons(answer.results) == {"c1": "NOT_REPORTED"}


async def test_what_is_supposed_is_found_too(api: Api) -> None:
    supposed = Cuts(suppose=[message(entry("c1", a_commitment()))])
    answer = await api.standing.BatchGetCommitments(commitments("c1", cuts=supposed))
    assert reasons(answer.results) == {}


async def test_each_is_asked_for_once(api: Api) -> None:
    for call in (
        api.standing.BatchGetCommitments(commitments("a", "b", "a", "")),
        api.history.BatchGetEntries(entries("a", "b", "a", "")),
    ):
        assert (await refused(call)).fields == {
            "entry_ids[2]": "'a' is entry_ids[0] already. Ask for each once.",
            "entry_ids[3]": "This is empty. Name an entry.",
        }


async def test_at_least_one_and_at_most_200_are_asked_for(api: Api) -> None:
    many = [f"c{n}" for n in range(201)]
    for call in (
        api.standing.BatchGetCommitments(commitments(*many)),
        api.history.BatchGetEntries(entries(*many)),
    ):
        said = "At most 200 are allowed, and 201 are given."
        assert (await refused(call)).fields == {"entry_ids": said}
    for call in (
        api.standing.BatchGetCommitments(commitments()),
        api.history.BatchGetEntries(entries()),
    ):
        assert (await refused(call)).fields == {"entry_ids": "This is required."}
    answer = await api.standing.BatchGetCommitments(commitments(*many[:200]))
    assert len(answer.results) == 200


async def test_what_has_no_room_beside_others_is_left_out_and_told_when_asked_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"c{n}" for n in range(5)]
    await api.record(*(entry(each, a_commitment(note="x" * 1000)) for each in ids))
    monkeypatch.setattr(Sizes, "page_bytes", 4000)
    found, missing, calls = list[str](), ids, 0
    while missing:
        answer = await api.standing.BatchGetCommitments(commitments(*missing))
        left_out = reasons(answer.results)
        assert set(left_out.values()) <= {"LEFT_OUT"}
        found += [each for each in missing if each not in left_out]
        missing, calls = list(left_out), calls + 1
    assert (found, calls) == (ids, 2)


# For which GetCommitment is refused.
@pytest.mark.parametrize("changes", [{"max_answer_bytes": 20_000}], indirect=True)
async def test_one_that_has_no_room_in_any_answer_does_not_stand_in_the_way_of_others(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, huge = a_commitment(note="x" * 2000), a_commitment(note="x" * 4_000)
    await api.record(entry("large", large), entry("huge", huge), entry("small", a_commitment()))
    monkeypatch.setattr(Sizes, "page_bytes", 1500)
    answer = await api.standing.BatchGetCommitments(commitments("large", "huge", "small"))
    assert reasons(answer.results) == {"large": "TOO_LARGE", "huge": "TOO_LARGE"}


async def test_how_to_ask_for_one_that_is_too_large_depends_on_how_it_was_asked_for(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.record(entry("large", a_commitment(note="x" * 2000)))
    monkeypatch.setattr(Sizes, "page_bytes", 1500)
    in_full = commitments("large", view=VIEW_FULL)
    (full,) = (await api.standing.BatchGetCommitments(in_full)).results
    assert full.missing.text == "is too large to be told here; ask for it with VIEW_BASIC"
    (basic,) = (await api.standing.BatchGetCommitments(commitments("large"))).results
    assert basic.missing.text == (
        "is too large to be told here; ask for it alone, with GetCommitment and VIEW_BASIC"
    )
    (version,) = (await api.history.BatchGetEntries(entries("large"))).results
    assert version.missing.text == (
        "is too large to be told here; ask for it alone, with GetEntry"
    )


async def test_an_entry_comes_with_the_version_that_answers(api: Api) -> None:
    await api.record(entry("c1", a_commitment()))
    first = await api.head()
    await api.record(an_amendment("c1", a_commitment(note="mended")))
    answer = await api.history.BatchGetEntries(entries("c1", "us"))
    (commitment, party) = answer.results
    assert commitment.version.state.commitment.note == "mended"
    assert (commitment.answering_version, commitment.last_version) == (2, 2)
    assert party.version.state.party.name
    before = await api.history.BatchGetEntries(entries("c1", cuts=Cuts(position=first)))
    assert [(r.version.version, r.last_version) for r in before.results] == [(1, 1)]


async def test_an_entry_that_is_not_visible_comes_with_its_last_version(api: Api) -> None:
    await api.record(entry("later", a_commitment(occurred=on("2019-01-01"))))
    await api.record(entry("gone", a_commitment()))
    await api.record(an_annulment("gone"))
    answer = await api.history.BatchGetEntries(entries("later", "gone", "nobody"))
    later, gone, _ = answer.results
    assert (later.answering_version, later.last_version) == (0, 1)
    assert (later.version.answers, later.version.HasField("state")) == (False, True)
    assert (gone.answering_version, gone.version.version, gone.version.change) == (
        0,
        2,
        history.CHANGE_ANNULMENT,
    )
    assert reasons(answer.results) == {"nobody": "NOT_RECORDED"}


async def test_commitments_are_fetched_some_at_a_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = list[set[str]]()
    places = projected.places

    def noted(connection: Any, asked: Collection[str], upto: int) -> Any:
        fetched.append({*asked} & {*ids})
        return places(connection, asked, upto)

    monkeypatch.setattr(projected, "places", noted)
    ids = [f"c{n}" for n in range(50)]
    await api.record(*(entry(each, a_commitment()) for each in ids))
    fetched.clear()
    answer = await api.standing.BatchGetCommitments(commitments(*ids))
    assert [each.entry_id for each in answer.results] == ids
    assert [len(each) for each in fetched if each] == [20, 20, 10]


async def test_what_cannot_be_an_id_is_not_recorded_and_changes_no_other(api: Api) -> None:
    names = ["C1", "C1\0x", "\0", "C1\0"]
    for ask, request in (
        (api.standing.BatchGetCommitments, commitments),
        (api.history.BatchGetEntries, entries),
    ):
        answer = await ask(request(*names))
        assert reasons(answer.results) == dict.fromkeys(names[1:], "NOT_RECORDED")
    found = await api.history.GetEntry(history.GetEntryRequest(ledger=NAME, entry_id="C1"))
    assert len(found.versions) == found.last_version == 1


async def test_each_version_is_the_one_that_answers_when_its_entry_is_asked_for(
    api: Api,
) -> None:
    await api.record(entry("c1", a_commitment()), entry("p", a_party()))
    await api.record(an_addition("c1", Evidence("A1", quote="once more")))
    ids = ("c1", "p", "us", "A1", "F001")
    answer = await api.history.BatchGetEntries(entries(*ids))
    for each in answer.results:
        request = history.GetEntryRequest(ledger=NAME, entry_id=each.entry_id)
        alone = await api.history.GetEntry(request)
        (answering,) = [v for v in alone.versions if v.answers]
        assert each.version == answering
        assert each.version.HasField("state")
        assert each.answering_version == alone.answering_version


async def test_entries_are_asked_for_as_they_were_recorded(api: Api) -> None:
    supposed = Cuts(suppose=[message(entry("c1", a_commitment()))])
    refusal = await refused(api.history.BatchGetEntries(entries("c1", cuts=supposed)))
    assert list(refusal.fields) == ["cuts.suppose"]


async def test_the_client_asks_for_any_number_on_one_basis(
    api: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"c{n}" for n in range(250)]
    await api.record(*(entry(each, a_commitment(note="x" * 1000)) for each in ids))
    monkeypatch.setattr(Sizes, "page_bytes", 100_000)
    async with LedgerClient(service.address) as client:
        found = await client.commitments_by_id(NAME, [*ids, "nobody", "c0"])
        told = await client.entries_by_id(NAME, ids)
        nothing = await client.entries_by_id(NAME, [])
    assert [each.entry_id for each in found.results] == [*ids, "nobody"]
    assert reasons(found.results) == {"nobody": "NOT_RECORDED"}
    assert [each.version.entry_id for each in told.results] == ids
    assert found.basis == told.basis
    assert (len(nothing.results), nothing.HasField("basis")) == (0, False)
