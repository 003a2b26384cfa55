"""The scales that a question may name: those of the service, and those of the ledger."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from diplomatic_ledger.v1 import entries_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as pb
from diplomatic_ledger.v1.cuts_pb2 import VIEW_FULL, Cuts
from diplomatic_ledger.v1.ledger_service_pb2 import RecordRequest

from tests.support.examples import a_scale, an_amendment, an_annulment, entry
from tests.support.wire import NAME, Api, SeeingApi, message, refused

BUILT_IN = ["unit", "goldstein-cameo-gdelt", "plover-2.0"]


@pytest.fixture
async def api(channel: grpc.aio.Channel) -> SeeingApi:
    api = SeeingApi(channel)
    await api.open_ledger()
    return api


async def listed(api: Api, **asked: Any) -> list[Any]:
    answer = await api.standing.ListScales(pb.ListScalesRequest(ledger=NAME, **asked))
    return list(answer.scales)


async def test_every_ledger_has_those_that_come_with_the_service(api: Api) -> None:
    found = await listed(api)
    assert [each.scale for each in found] == BUILT_IN
    assert all(each.built_in and each.title and each.source for each in found)
    assert [each.coding for each in found] == [
        entries_pb2.CODING_UNSPECIFIED,
        entries_pb2.CODING_CAMEO,
        entries_pb2.CODING_PLOVER,
    ]


async def test_those_of_the_ledger_follow_by_id(api: Api) -> None:
    await api.record(entry("house", a_scale(title="House rules")), entry("a", a_scale()))
    found = await listed(api)
    assert [each.scale for each in found] == [*BUILT_IN, "a", "house"]
    house = found[-1]
    assert (house.title, house.built_in, house.entry_version) == ("House rules", False, 1)
    assert house.version == a_scale().version


async def test_the_weights_are_counted_and_told_in_the_full_view(api: Api) -> None:
    await api.record(entry("house", a_scale()))
    basic, full = (await listed(api))[-1], (await listed(api, view=VIEW_FULL))[-1]
    told = [(each.code, each.weight) for each in full.weights]
    assert told == [(each.code, each.weight) for each in a_scale().weights]
    assert (list(basic.weights), basic.weight_count) == ([], len(told))
    cameo = (await listed(api, view=VIEW_FULL))[1]
    assert cameo.weight_count == len(cameo.weights) > 200


async def test_they_are_those_of_the_basis(api: Api) -> None:
    await api.record(entry("house", a_scale()))
    first = await api.head()
    await api.record(an_amendment("house", a_scale(version="2")))
    second = await api.head()
    await api.record(an_annulment("house"))
    assert (await listed(api, cuts=Cuts(position=0)))[3:] == []
    told = [(await listed(api, cuts=Cuts(position=n)))[3:] for n in (first, second)]
    assert [(s.version, s.entry_version) for (s,) in told] == [(a_scale().version, 1), ("2", 2)]
    assert (await listed(api))[3:] == []


async def test_one_that_is_supposed_is_listed(api: Api) -> None:
    supposed = Cuts(suppose=[message(entry("house", a_scale()))])
    assert [each.scale for each in await listed(api, cuts=supposed)] == [*BUILT_IN, "house"]


async def test_a_sealed_title_is_told_as_sealed(api: Api) -> None:
    item = message(entry("house", a_scale()))
    item.entry.seal.append("title")
    await api.ledgers.Record(RecordRequest(ledger=NAME, items=[item]))
    house = (await listed(api, cuts=Cuts(position=await api.head())))[-1]
    assert (house.title, [each.path for each in house.sealed]) == ("", ["title"])


async def test_they_come_in_pages(api: Api) -> None:
    await api.record(*(entry(f"s{n}", a_scale()) for n in range(3)))
    request, found = pb.ListScalesRequest(ledger=NAME, page_size=4), list[list[str]]()
    while not found or request.page_token:
        page = await api.standing.ListScales(request)
        found.append([each.scale for each in page.scales])
        request.page_token = page.next_page_token
    assert found == [[*BUILT_IN, "s0"], ["s1", "s2"]]


async def test_all_of_them_come_backwards_too(api: Api) -> None:
    await api.record(entry("a", a_scale()), entry("b", a_scale()))
    found = [each.scale for each in await listed(api, descending=True)]
    assert found == ["b", "a", *BUILT_IN[::-1]]
    request = pb.ListScalesRequest(ledger=NAME, page_size=4, descending=True)
    page = await api.standing.ListScales(request)
    assert [each.scale for each in page.scales] == found[:4]
    request.page_token = page.next_page_token
    page = await api.standing.ListScales(request)
    assert [each.scale for each in page.scales] == found[4:]
    request.descending = False
    assert (await refused(api.standing.ListScales(request))).reason == "INVALID_PAGE_TOKEN"
