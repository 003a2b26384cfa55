"""Evidence that is added, as callers record it and get it back."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import history_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import Cuts
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from ledger_service.domain.values.entries import Evidence
from tests.support.examples import a_report, an_addition, an_annulment, entry
from tests.support.wire import NAME, Api, SeeingApi, message, refused

SECRET = "“We were told at the hangar.”"


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    return api


async def told_again(api: Api) -> None:
    """F001 is told by one more report in each of the versions 2 to 4."""
    await api.record()
    await api.record(*(entry(f"A{n}", a_report()) for n in (2, 3, 4)))
    for n in (2, 3, 4):
        await api.record(an_addition("F001", Evidence(f"A{n}", quote=f"No. {n}")))


async def versions(api: Api, **cuts: Any) -> list[pb.EntryVersion]:
    request = pb.GetEntryRequest(ledger=NAME, entry_id="F001", cuts=Cuts(**cuts))
    return list((await api.history.GetEntry(request)).versions)


def reports(version: pb.EntryVersion) -> list[str]:
    return [each.report for each in version.state.act.evidence]


async def test_each_version_tells_what_it_adds_and_the_last_one_all_of_it(api: Api) -> None:
    await told_again(api)
    for _ in range(2):  # the second time from the cache
        found = await versions(api)
        added = [[(e.report, e.quote) for e in v.evidence_added] for v in found]
        assert added == [[], [("A2", "No. 2")], [("A3", "No. 3")], [("A4", "No. 4")]]
        assert [v.HasField("state") for v in found] == [True, False, False, True]
        assert (reports(found[0]), reports(found[3])) == (["A1"], ["A1", "A2", "A3", "A4"])
        assert [v.answers for v in found] == [False, False, False, True]


async def test_the_version_that_answers_has_all_of_its_own(api: Api) -> None:
    await told_again(api)
    head = await api.head()
    found = await versions(api, position=head - 1)
    assert [(v.answers, reports(v)) for v in found[2:]] == [(True, ["A1", "A2", "A3"])]
    early = message(an_addition("F001", Evidence("A4", quote="Early."), report="A4"))
    await api.seen(await api.ledgers.Record(RecordRequest(ledger=NAME, items=[early])))
    hidden = await versions(api, reported_by="2018-07-09", as_of="2018-08-18")
    assert [v.answers for v in hidden] == [False, False, False, False, True]
    hidden = await versions(api, reported_by="2018-07-08", as_of="2018-08-18")
    assert [v.HasField("state") for v in hidden][-1] is True


async def test_a_seal_is_told_where_it_was_added_and_where_it_stands(api: Api) -> None:
    await told_again(api)
    sealing = message(an_addition("F001", Evidence("A4", locator=SECRET)))
    sealing.amendment.seal.append("evidence_added[0].locator")
    await api.seen(await api.ledgers.Record(RecordRequest(ledger=NAME, items=[sealing])))
    last = (await versions(api))[-1]
    (added,), (standing,) = last.sealed_beside, last.sealed
    assert (added.path, standing.path) == ("evidence_added[0].locator", "evidence[4].locator")
    assert added.hash == standing.hash
    assert added.state == standing.state == entries_pb2.SEAL_STATE_WITHHELD
    assert last.evidence_added[0].locator == last.state.act.evidence[4].locator == ""


@pytest.mark.parametrize("changes", [{"disclose_sealed": True}])
async def test_who_is_cleared_reads_it_in_both_places(api: Api) -> None:
    await told_again(api)
    sealing = message(an_addition("F001", Evidence("A4", locator=SECRET)))
    sealing.amendment.seal.append("evidence_added[0].locator")
    await api.seen(await api.ledgers.Record(RecordRequest(ledger=NAME, items=[sealing])))
    last = (await versions(api))[-1]
    assert last.evidence_added[0].locator == last.state.act.evidence[4].locator == SECRET


async def test_nothing_is_added_to_what_is_annulled(api: Api) -> None:
    await told_again(api)
    await api.record(an_annulment("F001"))
    refusal = await refused(api.record(an_addition("F001", Evidence("A2", quote="Again."))))
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "is annulled" in refusal.fields["items[0].amendment.evidence_added"]
    assert not (await versions(api))[-1].HasField("state")
